#include "spec/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "spec/configuration.h"
#include "sys/error.h"

namespace pytune {

using nlohmann::ordered_json;

void JsonCursor::fail(const std::string& message) const {
  throw UsageError(path_.empty() ? fmt::format("{}: {}", file_, message)
                                 : fmt::format("{}: {}: {}", file_, path_, message));
}

void JsonCursor::require_object(const std::vector<std::string>& known) const {
  if (!value_.is_object()) fail("must be an object");
  for (const auto& [key, unused] : value_.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      fail(fmt::format("unknown key \"{}\"{}", key, suggestion(key, known)));
  }
}

JsonCursor JsonCursor::at(const std::string& key) const {
  if (!value_.contains(key)) fail(fmt::format("\"{}\" is missing", key));
  return {value_.at(key), file_, path_.empty() ? key : path_ + "." + key};
}

std::vector<JsonCursor> JsonCursor::elements() const {
  if (!value_.is_array()) fail("must be a list");
  std::vector<JsonCursor> result;
  result.reserve(value_.size());
  for (std::size_t i = 0; i < value_.size(); ++i)
    result.emplace_back(value_.at(i), file_, fmt::format("{}[{}]", path_, i));
  return result;
}

std::vector<std::pair<std::string, JsonCursor>> JsonCursor::members() const {
  if (!value_.is_object()) fail("must be an object");
  std::vector<std::pair<std::string, JsonCursor>> result;
  for (const auto& [key, unused] : value_.items()) result.emplace_back(key, at(key));
  return result;
}

std::string JsonCursor::string() const {
  if (!value_.is_string()) fail("must be a string");
  return value_.get<std::string>();
}

bool JsonCursor::boolean() const {
  if (!value_.is_boolean()) fail("must be true or false");
  return value_.get<bool>();
}

int JsonCursor::integer(int low, int high) const {
  if (!value_.is_number_integer()) fail("must be a whole number");
  const auto n = value_.is_number_unsigned() && value_.get<std::uint64_t>() > 1'000'000'000
                     ? std::int64_t{1'000'000'001}
                     : value_.get<std::int64_t>();
  if (n < low || n > high) fail(fmt::format("must be between {} and {}", low, high));
  return static_cast<int>(n);
}

double JsonCursor::number(double low, double high) const {
  if (!value_.is_number()) fail("must be a number");
  const auto n = value_.get<double>();
  if (n < low || n > high) fail(fmt::format("must be between {} and {}", low, high));
  return n;
}

ordered_json parse_json_text(const std::string& text, const std::string& file) {
  constexpr int kMaxDepth =
      64;  // far beyond any definition; keeps the recursive destructor off the stack's end
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, ordered_json::parse_event_t event, ordered_json& parsed) {
    if (depth > kMaxDepth)
      throw UsageError(fmt::format("{}: nested deeper than {} levels", file, kMaxDepth));
    if (event == ordered_json::parse_event_t::object_start) keys.emplace_back();
    if (event == ordered_json::parse_event_t::object_end) keys.pop_back();
    if (event == ordered_json::parse_event_t::key &&
        !keys.back().insert(parsed.get<std::string>()).second)
      throw UsageError(
          fmt::format("{}: key \"{}\" is given twice", file, parsed.get<std::string>()));
    return true;
  };
  try {
    return ordered_json::parse(text, watch);
  } catch (const ordered_json::parse_error& e) {
    const std::size_t end = std::min(e.byte > 0 ? e.byte - 1 : 0, text.size());
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n') + 1;
    const std::size_t start = end == 0 ? 0 : text.rfind('\n', end - 1) + 1;  // npos + 1 == 0
    throw UsageError(fmt::format("{}:{}:{}: not valid JSON", file, line, end - start + 1));
  } catch (const ordered_json::exception& e) {
    throw UsageError(fmt::format("{}: not valid JSON ({})", file, e.what()));
  }
}

}  // namespace pytune
