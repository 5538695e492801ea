// Records as JSON, from one list of fields per record: it writes them, reads them with every type
// and range checked, and does not compile when a member of the record is missing from it.
//
// In the header of a record:   DECLARE_RECORD(Point);
// In its source:               DEFINE_RECORD(Point, no_check<Point>, field("x", &Point::x),
//                                            optional_field("label", &Point::label, Text{80}));
//
// A record may come from another machine, another version or a broken disk. What is not as asked
// throws UsageError with the place in the document.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "input/json.h"

namespace pytune {

inline constexpr std::size_t kLongestRecordedText = std::size_t{1} << 20;
inline constexpr std::size_t kMostRecordedElements = 10'000'000;
inline constexpr double kLargestRecordedNumber = 1e300;

// --- how a member is read where its type does not say enough -----------------------------------

struct Text {
  std::size_t longest;
  std::string operator()(const JsonView& view) const { return view.text(longest); }
};
struct NonemptyText {
  std::size_t longest;
  std::string operator()(const JsonView& view) const { return view.nonempty_text(longest); }
};
// Fit for a file's name: is_plain_name().
struct Name {
  std::size_t longest;
  std::string operator()(const JsonView& view) const { return view.name(longest); }
};
template <std::integral T>
struct Whole {
  T least;
  T most;
  T operator()(const JsonView& view) const {
    return static_cast<T>(view.integer(static_cast<long>(least), static_cast<long>(most)));
  }
};
template <std::integral T>
Whole(T, T) -> Whole<T>;
struct Real {
  double least;
  double most;
  double operator()(const JsonView& view) const { return view.number(least, most); }
};
struct PositiveNumbers {
  std::size_t most;
  double largest;
  std::vector<double> operator()(const JsonView& view) const {
    return view.positive_numbers(most, largest);
  }
};
// An array, each element of which is read so.
template <class Element>
struct ListOf {
  std::size_t most;
  Element element;
  auto operator()(const JsonView& view) const {
    std::vector<decltype(element(view))> all;
    for (const JsonView& one : view.elements(most)) all.push_back(element(one));
    return all;
  }
};
template <class Element>
ListOf(std::size_t, Element) -> ListOf<Element>;

// --- enumerations by name ----------------------------------------------------------------------

// Specialized for each that is recorded: `names`, an array of pairs of value and text.
template <class Enum>
struct EnumNames;
template <class Enum>
concept NamedEnum = requires { EnumNames<Enum>::names; };

template <NamedEnum Enum>
constexpr std::string_view name_of(Enum value) {
  for (const auto& [known, name] : EnumNames<Enum>::names)
    if (known == value) return name;
  return "?";
}

template <NamedEnum Enum>
Enum enum_of(const JsonView& view) {
  std::vector<std::string_view> words;
  words.reserve(EnumNames<Enum>::names.size());
  for (const auto& [known, name] : EnumNames<Enum>::names) words.push_back(name);
  const std::string word = view.one_of(words);
  for (const auto& [known, name] : EnumNames<Enum>::names)
    if (name == word) return known;
  view.fail("unknown");
}

// --- values by type ----------------------------------------------------------------------------

namespace record {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

}  // namespace record

template <class T>
T value_of(const JsonView& view) {
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>) {
    return view.text(kLongestRecordedText);
  } else if constexpr (std::is_same_v<T, bool>) {
    return view.boolean();
  } else if constexpr (std::is_integral_v<T>) {
    const bool wide = sizeof(T) >= sizeof(long);
    const long most =
        wide ? std::numeric_limits<long>::max() : static_cast<long>(std::numeric_limits<T>::max());
    const long least = std::is_unsigned_v<T> ? 0
                       : wide                ? std::numeric_limits<long>::min()
                                             : static_cast<long>(std::numeric_limits<T>::min());
    return static_cast<T>(view.integer(least, most));
  } else if constexpr (std::is_floating_point_v<T>) {
    return view.number(-kLargestRecordedNumber, kLargestRecordedNumber);
  } else if constexpr (NamedEnum<T>) {
    return enum_of<T>(view);
  } else if constexpr (record::IsVector<T>::value) {
    T all;
    for (const JsonView& one : view.elements(kMostRecordedElements))
      all.push_back(value_of<typename T::value_type>(one));
    return all;
  } else if constexpr (record::IsOptional<T>::value) {
    return value_of<typename T::value_type>(view);
  } else if constexpr (record::IsMap<T>::value) {
    T all;
    for (const auto& [key, one] : view.members(kMostRecordedElements))
      all.emplace(key, value_of<typename T::mapped_type>(one));
    return all;
  } else {
    T value;
    from_view(view, value);
    return value;
  }
}

template <class T>
nlohmann::json json_of(const T& value) {
  if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return value.string();
  } else if constexpr (NamedEnum<T>) {
    return name_of(value);
  } else if constexpr (record::IsVector<T>::value) {
    nlohmann::json all = nlohmann::json::array();
    for (const auto& one : value) all.push_back(json_of(one));
    return all;
  } else {
    return value;  // to_json() of a record
  }
}

// --- fields ------------------------------------------------------------------------------------

struct ByType {};

enum class Presence {
  always,
  read_if_there,   // always written; records of earlier versions lack it
  unless_initial,  // left out where the member has its initial value, as a record without it says
};

template <class Record, class Member, class Reader, Presence presence>
struct Field {
  std::string_view name;
  Member Record::* member;
  Reader reader;

  void write(nlohmann::json& j, const Record& record, const Record& initial) const {
    const Member& value = record.*member;
    if constexpr (record::IsOptional<Member>::value) {
      if (value) j[name] = json_of(*value);
    } else if constexpr (presence == Presence::unless_initial) {
      if (!(value == initial.*member)) j[name] = json_of(value);
    } else {
      j[name] = json_of(value);
    }
  }

  void read(const JsonView& view, Record& record) const {
    const bool required = presence == Presence::always && !record::IsOptional<Member>::value;
    if (!required && !view.has(name)) return;
    const JsonView part = view.at(name);
    if constexpr (std::is_same_v<Reader, ByType>)
      record.*member = value_of<Member>(part);
    else
      record.*member = reader(part);
  }
};

// The fields of a record that is a member, in the same object.
template <class Record, class Member>
struct InlinedRecord {
  Member Record::* member;
  void write(nlohmann::json& j, const Record& record, const Record& /*initial*/) const {
    j.update(nlohmann::json(record.*member));
  }
  void read(const JsonView& view, Record& record) const { from_view(view, record.*member); }
};

// A member that is made anew, or known from elsewhere, when the record is read.
template <class Record, class Member>
struct NotRecorded {
  Member Record::* member;
  void write(nlohmann::json& /*j*/, const Record& /*record*/, const Record& /*initial*/) const {}
  void read(const JsonView& /*view*/, Record& /*record*/) const {}
};

// A std::optional is left out when it is empty.
template <class Record, class Member, class Reader = ByType>
constexpr Field<Record, Member, Reader, Presence::always> field(std::string_view name,
                                                                Member Record::* member,
                                                                Reader reader = {}) {
  return {name, member, reader};
}
template <class Record, class Member, class Reader = ByType>
constexpr Field<Record, Member, Reader, Presence::unless_initial> optional_field(
    std::string_view name, Member Record::* member, Reader reader = {}) {
  return {name, member, reader};
}
template <class Record, class Member, class Reader = ByType>
constexpr Field<Record, Member, Reader, Presence::read_if_there> later_field(
    std::string_view name, Member Record::* member, Reader reader = {}) {
  return {name, member, reader};
}
template <class Record, class Member>
constexpr InlinedRecord<Record, Member> inlined(Member Record::* member) {
  return {member};
}
template <class Record, class Member>
constexpr NotRecorded<Record, Member> not_recorded(Member Record::* member) {
  return {member};
}

// Does not compile unless the record has N members.
template <std::size_t N, class Record>
constexpr void require_members(const Record& record) {
  static_assert(N >= 1 && N <= 36, "a record has 1 to 36 members");
  // clang-format off
  if constexpr (N == 1) { [[maybe_unused]] const auto& [m0] = record; }
  if constexpr (N == 2) { [[maybe_unused]] const auto& [m0,m1] = record; }
  if constexpr (N == 3) { [[maybe_unused]] const auto& [m0,m1,m2] = record; }
  if constexpr (N == 4) { [[maybe_unused]] const auto& [m0,m1,m2,m3] = record; }
  if constexpr (N == 5) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4] = record; }
  if constexpr (N == 6) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5] = record; }
  if constexpr (N == 7) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6] = record; }
  if constexpr (N == 8) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7] = record; }
  if constexpr (N == 9) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8] = record; }
  if constexpr (N == 10) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9] = record; }
  if constexpr (N == 11) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10] = record; }
  if constexpr (N == 12) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11] = record; }
  if constexpr (N == 13) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12] = record; }
  if constexpr (N == 14) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13] = record; }
  if constexpr (N == 15) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14] = record; }
  if constexpr (N == 16) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15] = record; }
  if constexpr (N == 17) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16] = record; }
  if constexpr (N == 18) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17] = record; }
  if constexpr (N == 19) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18] = record; }
  if constexpr (N == 20) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19] = record; }
  if constexpr (N == 21) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20] = record; }
  if constexpr (N == 22) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21] = record; }
  if constexpr (N == 23) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22] = record; }
  if constexpr (N == 24) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23] = record; }
  if constexpr (N == 25) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24] = record; }
  if constexpr (N == 26) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25] = record; }
  if constexpr (N == 27) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26] = record; }
  if constexpr (N == 28) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27] = record; }
  if constexpr (N == 29) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28] = record; }
  if constexpr (N == 30) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28,m29] = record; }
  if constexpr (N == 31) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28,m29,m30] = record; }
  if constexpr (N == 32) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28,m29,m30,m31] = record; }
  if constexpr (N == 33) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28,m29,m30,m31,m32] = record; }
  if constexpr (N == 34) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28,m29,m30,m31,m32,m33] = record; }
  if constexpr (N == 35) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28,m29,m30,m31,m32,m33,m34] = record; }
  if constexpr (N == 36) { [[maybe_unused]] const auto& [m0,m1,m2,m3,m4,m5,m6,m7,m8,m9,m10,m11,m12,m13,m14,m15,m16,m17,m18,m19,m20,m21,m22,m23,m24,m25,m26,m27,m28,m29,m30,m31,m32,m33,m34,m35] = record; }
  // clang-format on
}

template <class Record, class... Fields>
nlohmann::json write_record(const Record& record, const Fields&... fields) {
  require_members<sizeof...(Fields)>(record);
  static const Record initial;
  nlohmann::json j = nlohmann::json::object();
  (fields.write(j, record, initial), ...);
  return j;
}

template <class Record, class... Fields>
void read_record(const JsonView& view, Record& record, const Fields&... fields) {
  Record read;
  (fields.read(view, read), ...);
  record = std::move(read);
}

template <class Record>
void no_check(const JsonView& /*view*/, const Record& /*record*/) {}

}  // namespace pytune

// NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses.
#define DECLARE_RECORD(Record)                             \
  void to_json(nlohmann::json& j, const Record& record);   \
  void from_json(const nlohmann::json& j, Record& record); \
  void from_view(const JsonView& view, Record& record)

// `check(view, record)` throws for a record whose members do not fit each other.
#define DEFINE_RECORD(Record, check, ...)                                                          \
  void to_json(nlohmann::json& j, const Record& record) { j = write_record(record, __VA_ARGS__); } \
  void from_view(const JsonView& view, Record& record) {                                           \
    read_record(view, record, __VA_ARGS__);                                                        \
    check(view, record);                                                                           \
  }                                                                                                \
  void from_json(const nlohmann::json& j, Record& record) { from_view(JsonView(j), record); }
// NOLINTEND(bugprone-macro-parentheses)
