// Reading JSON that a person wrote: every complaint names the file and the key path, e.g.
// `builds/x.json: axes.lto[1]: ...`.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace pytune {

class JsonCursor {
 public:
  JsonCursor(const nlohmann::ordered_json& value, std::string file, std::string path = "")
      : value_(value), file_(std::move(file)), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& message) const;  // throws UsageError

  const nlohmann::ordered_json& json() const { return value_; }
  // Checks that this is an object with no key outside `known` (suggesting the nearest).
  void require_object(const std::vector<std::string>& known) const;
  bool has(const std::string& key) const { return value_.contains(key); }
  JsonCursor at(const std::string& key) const;                      // fails when missing
  std::vector<JsonCursor> elements() const;                         // fails unless an array
  std::vector<std::pair<std::string, JsonCursor>> members() const;  // fails unless an object

  std::string string() const;
  bool boolean() const;
  int integer(int low, int high) const;
  double number(double low, double high) const;

 private:
  const nlohmann::ordered_json& value_;
  std::string file_;
  std::string path_;
};

// Parses, refusing syntax errors with line and column, duplicate keys, and nesting deeper than 64.
// Throws UsageError.
nlohmann::ordered_json parse_json_text(const std::string& text, const std::string& file);

}  // namespace pytune
