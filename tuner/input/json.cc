#include "input/json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "input/byte_text.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

constexpr std::size_t kLongestExcerpt = 60;

// Python's json module writes these three although JSON has no such values.
std::string_view python_constant_at(std::string_view text, std::size_t position) {
  for (const std::string_view word : {"NaN", "Infinity"}) {
    if (text.substr(position).starts_with(word)) return word;
  }
  return {};
}

// What people have under the name of a JSON file, by how it begins.
struct Foreign {
  std::string_view start;
  const char* what;
};
constexpr std::array kForeign = {
    Foreign{"\x1f\x8b", "is compressed by gzip: unpack it first (gzip -d)"},
    Foreign{"BZh", "is compressed by bzip2: unpack it first (bzip2 -d)"},
    Foreign{"\xfd"
            "7zXZ",
            "is compressed by xz: unpack it first (xz -d)"},
    Foreign{"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it first (zstd -d)"},
    Foreign{"PK\x03\x04", "is a zip archive: unpack it first (unzip)"},
    Foreign{"\xff\xfe", "is UTF-16: convert it (iconv -f UTF-16 -t UTF-8)"},
    Foreign{"\xfe\xff", "is UTF-16: convert it (iconv -f UTF-16 -t UTF-8)"},
    Foreign{std::string_view("{\0", 2), "is UTF-16: convert it (iconv -f UTF-16LE -t UTF-8)"},
    Foreign{std::string_view("\0{", 2), "is UTF-16: convert it (iconv -f UTF-16BE -t UTF-8)"},
    Foreign{"\x7f"
            "ELF",
            "is a program or a library"},
    Foreign{"version https://git-lfs", "is a pointer of Git LFS: git lfs pull fetches the file"},
    Foreign{"<", "is HTML or XML, such as a web page about the file"},
};

// nlohmann counts bytes from 1, and the byte one past the end stands for the end of the input.
std::string describe_parse_error(std::string_view text, std::size_t byte) {
  const std::string_view said = trim(text);
  if (said.empty()) return "is empty";
  const auto* foreign = std::find_if(kForeign.begin(), kForeign.end(), [&](const Foreign& one) {
    return said.starts_with(one.start);
  });
  if (foreign != kForeign.end()) return foreign->what;
  if (byte > text.size()) return fmt::format("breaks off after {} bytes", text.size());
  const std::size_t position = byte == 0 ? 0 : byte - 1;
  const std::string_view constant = python_constant_at(text, position);
  if (constant.empty())
    return fmt::format("{} (byte {} of {})",
                       is_utf8(text) ? "is not JSON" : "is not JSON, for it is not UTF-8", byte,
                       text.size());
  const bool negative = position > 0 && text[position - 1] == '-';
  return fmt::format("has {}{} as a value", negative ? "-" : "", constant);
}

// "FILE:LINE:COLUMN: ", which editors open.
std::string place(std::string_view file, std::string_view text, std::size_t byte) {
  if (file.empty()) return "";
  const std::string_view before = text.substr(0, byte > 0 ? byte - 1 : 0);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 == 0
  return fmt::format("{}:{}:{}: ", file, line, before.size() - start + 1);
}

// Makes the document while it is read. nlohmann's own way to look at each event (a callback of
// parse()) searches the whole parent for discarded values after every object: quadratic in 3.11.
template <class Json>
class StrictBuilder {
 public:
  // NOLINTBEGIN(readability-identifier-naming): nlohmann's names
  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(std::int64_t value) { return put(value); }
  bool number_unsigned(std::uint64_t value) { return put(value); }
  bool number_float(double value, const std::string& /*text*/) { return put(value); }
  bool string(std::string& value) { return put(bytes_of_text(std::move(value))); }
  bool binary(typename Json::binary_t& /*value*/) { return false; }  // no text holds one
  bool start_object(std::size_t /*unknown*/) { return open(Json::object()); }
  bool start_array(std::size_t /*unknown*/) { return open(Json::array()); }
  bool end_array() { return close(); }

  bool key(std::string& text) {
    std::string name = bytes_of_text(std::move(text));
    auto& members = open_.back()->template get_ref<typename Json::object_t&>();
    if constexpr (kInOrder) {
      // Past its search for the key, which is linear; end_object() looks at all keys at once.
      member_ = &members.Json::object_t::Container::emplace_back(std::move(name), nullptr).second;
    } else {
      const auto [place, fresh] = members.try_emplace(std::move(name), nullptr);
      if (!fresh) refuse_second(place->first);
      member_ = &place->second;
    }
    return true;
  }

  bool end_object() {
    if constexpr (kInOrder) {
      std::vector<std::string_view> keys;
      for (const auto& member : open_.back()->template get_ref<const typename Json::object_t&>())
        keys.emplace_back(member.first);
      std::sort(keys.begin(), keys.end());
      const auto second = std::adjacent_find(keys.begin(), keys.end());
      if (second != keys.end()) refuse_second(*second);
    }
    return close();
  }

  bool parse_error(std::size_t byte, const std::string& /*token*/,
                   const typename Json::exception& error) {
    byte_ = byte;
    is_syntax_ = dynamic_cast<const typename Json::parse_error*>(&error) != nullptr;
    return false;
  }
  // NOLINTEND(readability-identifier-naming)

  Json& document() { return document_; }
  std::size_t byte() const { return byte_; }     // where it ended early
  bool is_syntax() const { return is_syntax_; }  // else out of range: 1e999
  bool is_whole() const { return document_.is_structured() && open_.empty(); }

 private:
  static constexpr bool kInOrder = std::is_same_v<Json, nlohmann::ordered_json>;

  [[noreturn]] static void refuse_second(std::string_view key) {
    throw UsageError(
        fmt::format("has the key \"{}\" twice in one object", printable(key, kLongestExcerpt)));
  }

  Json& add(Json value) {
    throw_if_stopped();
    if (open_.size() > kDeepestNesting)
      throw UsageError(fmt::format("is nested deeper than {} levels", kDeepestNesting));
    if (open_.empty()) return document_ = std::move(value);
    Json& parent = *open_.back();
    if (parent.is_object()) return *member_ = std::move(value);
    return parent.template get_ref<typename Json::array_t&>().emplace_back(std::move(value));
  }
  bool put(Json value) {
    add(std::move(value));
    return true;
  }
  bool open(Json value) {
    open_.push_back(&add(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json document_;
  std::vector<Json*> open_;  // each the last of the one before, which grows no more meanwhile
  Json* member_ = nullptr;   // of the innermost, for the value that comes next
  std::size_t byte_ = 0;
  bool is_syntax_ = true;
};

template <class Json>
bool is_plain_text(const Json& value) {
  if (value.is_string()) return stands_for_itself(value.template get_ref<const std::string&>());
  if (!value.is_structured()) return true;
  for (const auto& [key, member] : value.items())
    if (!is_plain_text(member) || (value.is_object() && !stands_for_itself(key))) return false;
  return true;
}

template <class Json>
Json as_text(const Json& value) {
  if (value.is_string()) return Json(text_of_bytes(value.template get_ref<const std::string&>()));
  if (!value.is_structured()) return value;
  Json all = value.is_object() ? Json::object() : Json::array();
  for (const auto& [key, member] : value.items()) {
    if (value.is_object())
      all[text_of_bytes(key)] = as_text(member);
    else
      all.push_back(as_text(member));
  }
  return all;
}

template <class Json>
Json parse_strictly(std::string_view text, std::string_view file) {
  StrictBuilder<Json> builder;
  const std::string named = file.empty() ? "" : fmt::format("{}: ", file);
  try {
    if (Json::sax_parse(without_lone_surrogates(text), &builder))
      return std::move(builder.document());
  } catch (const UsageError& refusal) {
    throw UsageError(named + refusal.what());
  }
  if (!builder.is_syntax()) throw UsageError(named + "has a number above 1e308");
  if (builder.is_whole())
    throw UsageError(place(file, text, builder.byte()) +
                     fmt::format("is not JSON (byte {} of {}): it goes on after its end",
                                 builder.byte(), text.size()));
  throw UsageError(place(file, text, builder.byte()) + describe_parse_error(text, builder.byte()));
}

template <class Json>
std::string excerpt(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return fmt::format("an array of {}", value.size());
  return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), kLongestExcerpt);
}

}  // namespace

template <class Json>
std::string dump_json(const Json& document, int indent) {
  return is_plain_text(document) ? document.dump(indent) : as_text(document).dump(indent);
}
template std::string dump_json(const nlohmann::json&, int);
template std::string dump_json(const nlohmann::ordered_json&, int);

nlohmann::json parse_json(std::string_view text, std::string_view file) {
  return parse_strictly<nlohmann::json>(text, file);
}

nlohmann::ordered_json parse_ordered_json(std::string_view text, std::string_view file) {
  return parse_strictly<nlohmann::ordered_json>(text, file);
}

template <class Json>
void BasicJsonView<Json>::fail(std::string_view message) const {
  throw UsageError(fmt::format("{}{}{}{}{}", file_, file_.empty() ? "" : ": ", path_,
                               path_.empty() ? "" : ": ", message));
}

template <class Json>
void BasicJsonView<Json>::expected(std::string_view what) const {
  fail(fmt::format("expected {}, got {}", what, excerpt(*value_)));
}

template <class Json>
std::string BasicJsonView<Json>::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

template <class Json>
bool BasicJsonView<Json>::has(std::string_view key) const {
  if (!value_->is_object()) expected("an object");
  return value_->contains(key);
}

template <class Json>
BasicJsonView<Json> BasicJsonView<Json>::at(std::string_view key) const {
  if (!value_->is_object()) expected("an object");
  const auto found = value_->find(key);
  if (found == value_->end()) BasicJsonView(*value_, file_, path_of(key)).fail("missing");
  return BasicJsonView(*found, file_, path_of(key));
}

template <class Json>
std::vector<BasicJsonView<Json>> BasicJsonView<Json>::elements(std::size_t most) const {
  if (!value_->is_array()) expected("an array");
  if (value_->size() > most) expected(fmt::format("an array of at most {}", most));
  std::vector<BasicJsonView> all;
  all.reserve(value_->size());
  std::string path = path_ + '[';  // fmt::format() would take most of the time of a long array
  for (const Json& element : *value_) {
    path.resize(path_.size() + 1);
    path.append(std::to_string(all.size())) += ']';
    all.push_back(BasicJsonView(element, file_, path));
  }
  return all;
}

template <class Json>
std::vector<std::pair<std::string, BasicJsonView<Json>>> BasicJsonView<Json>::members(
    std::size_t most) const {
  if (!value_->is_object()) expected("an object");
  if (value_->size() > most) fail(fmt::format("expected at most {} keys", most));
  std::vector<std::pair<std::string, BasicJsonView>> all;
  for (const auto& [key, member] : value_->items())
    all.emplace_back(key, BasicJsonView(member, file_, path_of(key)));
  return all;
}

template <class Json>
void BasicJsonView<Json>::only_keys(const std::vector<std::string>& known) const {
  if (!value_->is_object()) expected("an object");
  for (const auto& item : value_->items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end())
      fail(fmt::format("unknown key \"{}\"{}", printable(item.key(), kLongestExcerpt),
                       suggestion(item.key(), known)));
  }
}

template <class Json>
bool BasicJsonView<Json>::boolean() const {
  if (!value_->is_boolean()) expected("true or false");
  return value_->template get<bool>();
}

template <class Json>
long BasicJsonView<Json>::integer(long least, long most) const {
  const bool too_large = value_->is_number_unsigned() && value_->template get<std::uint64_t>() >
                                                             static_cast<std::uint64_t>(INT64_MAX);
  if (value_->is_number_integer() && !too_large) {
    const auto number = value_->template get<std::int64_t>();
    if (number >= least && number <= most) return static_cast<long>(number);
  }
  expected(fmt::format("an integer from {} to {}", least, most));
}

template <class Json>
double BasicJsonView<Json>::number(double least, double most) const {
  if (value_->is_number()) {
    const auto number = value_->template get<double>();
    if (std::isfinite(number) && number >= least && number <= most) return number;
  }
  expected(fmt::format("a number from {} to {}", least, most));
}

template <class Json>
std::vector<double> BasicJsonView<Json>::positive_numbers(std::size_t most, double largest) const {
  if (!value_->is_array()) expected("an array");
  if (value_->size() > most) expected(fmt::format("an array of at most {}", most));
  std::vector<double> numbers;
  numbers.reserve(value_->size());
  for (const Json& element : *value_) {
    const auto number = element.is_number() ? element.template get<double>() : -1;
    if (number > 0 && number <= largest) {
      numbers.push_back(number);
      continue;
    }
    // Only what is wrong needs its place.
    const BasicJsonView wrong(element, file_, fmt::format("{}[{}]", path_, numbers.size()));
    static_cast<void>(wrong.number(0, largest));
    wrong.expected("a number above 0");
  }
  return numbers;
}

template <class Json>
std::string BasicJsonView<Json>::text(std::size_t longest) const {
  if (!value_->is_string()) expected("a text");
  if (value_->template get_ref<const std::string&>().size() > longest)
    expected(fmt::format("a text of at most {} bytes", longest));
  return value_->template get<std::string>();
}

template <class Json>
std::string BasicJsonView<Json>::nonempty_text(std::size_t longest) const {
  std::string all = text(longest);
  if (all.empty()) expected("a text that is not empty");
  return all;
}

template <class Json>
std::string BasicJsonView<Json>::name(std::size_t longest) const {
  std::string all = text(longest);
  if (!is_plain_name(all)) expected("a name of letters, digits, '_', '.' and '-'");
  return all;
}

template <class Json>
std::vector<std::string> BasicJsonView<Json>::words(std::string_view key, std::size_t most,
                                                    std::size_t longest) const {
  std::vector<std::string> found;
  if (!has(key)) return found;
  for (const BasicJsonView& word : at(key).elements(most))
    found.push_back(word.nonempty_text(longest));
  return found;
}

template <class Json>
std::string BasicJsonView<Json>::one_of(const std::vector<std::string_view>& words) const {
  if (value_->is_string()) {
    const auto& text = value_->template get_ref<const std::string&>();
    if (std::find(words.begin(), words.end(), text) != words.end()) return text;
  }
  expected(fmt::format("one of \"{}\"", fmt::join(words, "\", \"")));
}

template class BasicJsonView<nlohmann::json>;
template class BasicJsonView<nlohmann::ordered_json>;

}  // namespace pytune
