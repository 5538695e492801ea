// One value per axis. The canonical form (JSON, axes in their order, every value spelt out) hashes
// to the id.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "input/record.h"
#include "spec/axes.h"

namespace pytune {

template <class Axis>
struct AxisValue {
  typename Axis::Value value = Axis::initial();
  bool operator==(const AxisValue&) const = default;
};

template <class T>
struct ValuesOf;
template <class... A>
struct ValuesOf<std::tuple<A...>> {
  using type = std::tuple<AxisValue<A>...>;
};

class Configuration {
 public:
  template <class Axis>
  const typename Axis::Value& get() const {
    return std::get<AxisValue<Axis>>(values_).value;
  }
  template <class Axis>
  void set(typename Axis::Value value) {
    std::get<AxisValue<Axis>>(values_).value = std::move(value);
  }

  // By name, for tables, files and messages. Values as users spell them ("full", "no-pie",
  // "neoverse-n1").
  std::string value(std::string_view axis) const;

  // {"compiler": "gcc-12", "opt": "O3", ...}: every axis, in the order of `Axes`.
  nlohmann::ordered_json canonical() const;
  std::string id() const;  // first 12 hex digits of the SHA-256 of canonical()

  std::string abi_flags() const;  // sys.abiflags of what is built: "t" of a free-threaded one
  // "python3.14t": the interpreter, and its folders in lib/ and include/, of "3.14".
  std::string python_name(const std::string& minor) const;

  // What differs from `base`, for people: "cpu=native lto=full"; "baseline" when nothing does. A
  // CPU goes by its name: the features that it is without here (",no=...", dozens on some machines)
  // are in canonical().
  std::string difference(const Configuration& base) const;

  bool operator==(const Configuration&) const = default;

 private:
  ValuesOf<Axes>::type values_;
};

template <class Axis>
std::string value_name(const typename Axis::Value& value) {
  if constexpr (ClosedAxis<Axis>) {
    for (const auto& choice : Axis::choices)
      if (choice.value == value) return std::string(choice.name);
    return "?";
  } else {
    return value;
  }
}

// "znver4" of "znver4,no=pku+sgx", "neoverse-n1,tune=generic" of
// "neoverse-n1,tune=generic,no=ssbs".
std::string shown_cpu(const std::string& value);

// The value of an axis for people, in few words.
template <class Axis>
std::string shown_value(const typename Axis::Value& value) {
  std::string shown = value_name<Axis>(value);
  if constexpr (std::is_same_v<Axis, Cpu>) shown = shown_cpu(shown);
  if (shown.empty()) return "(none)";
  return shown.find(' ') == std::string::npos ? shown : "\"" + shown + "\"";
}

// How many features a value of the cpu axis takes out.
std::size_t features_without(const std::string& cpu);

// As canonical() has it; read by configuration_from_json().
DECLARE_RECORD(Configuration);

std::vector<std::string> axis_names();
// Spellings a closed axis accepts; empty for an open one.
std::vector<std::string> axis_value_names(std::string_view axis);

// Sets one axis from its spelling. Returns an error text ("unknown value \"thn\"; did you mean
// \"thin\"?") or nothing.
std::optional<std::string> set_value(Configuration& configuration, std::string_view axis,
                                     const std::string& value);

// From canonical() or any subset of it over `base`; throws UsageError.
Configuration configuration_from_json(const nlohmann::json& j,
                                      const Configuration& base = Configuration());

}  // namespace pytune
