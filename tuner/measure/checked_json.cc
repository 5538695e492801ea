#include "measure/checked_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "measure/one_line.h"
#include "sys/error.h"

namespace pytune::measure {
namespace {

using nlohmann::json;

// Python's json module writes these three although JSON has no such values.
std::string_view python_constant_at(std::string_view text, std::size_t position) {
  for (const std::string_view word : {"NaN", "Infinity"}) {
    if (text.substr(position).starts_with(word)) {
      return word;
    }
  }
  return {};
}

std::string describe_parse_error(std::string_view text, std::size_t byte) {
  // nlohmann counts bytes from 1, and the byte one past the end stands for the end of the input.
  if (text.empty() || byte > text.size()) {
    return text.empty() ? "is empty" : fmt::format("breaks off after {} bytes", text.size());
  }
  const std::size_t position = byte == 0 ? 0 : byte - 1;
  const std::string_view constant = python_constant_at(text, position);
  if (!constant.empty()) {
    const bool negative = position > 0 && text[position - 1] == '-';
    return fmt::format("has {}{} as a value", negative ? "-" : "", constant);
  }
  return fmt::format("is not JSON (byte {} of {})", byte, text.size());
}

// Refuses what nlohmann would accept: bottomless nesting, and a key given twice, of which it would
// keep the last.
class StrictCallback {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepestNesting) {
      throw UsageError(fmt::format("is nested deeper than {} levels", kDeepestNesting));
    }
    if (event == json::parse_event_t::object_start) {
      keys_.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) {
        throw UsageError(fmt::format("has the key \"{}\" twice in one object", one_line(key, 60)));
      }
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> keys_;
};

std::string show(const json& value) {
  if (value.is_object()) {
    return "an object";
  }
  if (value.is_array()) {
    return fmt::format("an array of {}", value.size());
  }
  return one_line(value.dump(-1, ' ', false, json::error_handler_t::replace), 60);
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

nlohmann::json parse_json(std::string_view text) {
  StrictCallback strict;
  try {
    return json::parse(text, std::ref(strict));
  } catch (const json::parse_error& error) {
    throw UsageError(describe_parse_error(text, error.byte));
  } catch (const json::exception&) {  // out_of_range 406: 1e999
    throw UsageError("has a number too large for any computer");
  }
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && is_word_character(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_word_character(c) || c == '_' || c == '.' || c == '-';
         });
}

void JsonView::fail(std::string_view message) const {
  throw UsageError(path_.empty() ? std::string(message) : fmt::format("{}: {}", path_, message));
}

void JsonView::expected(std::string_view what) const {
  fail(fmt::format("expected {}, got {}", what, show(*value_)));
}

bool JsonView::has(std::string_view key) const {
  if (!value_->is_object()) {
    expected("an object");
  }
  return value_->contains(key);
}

JsonView JsonView::at(std::string_view key) const {
  const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  if (!has(key)) {
    JsonView(*value_, path).fail("missing");
  }
  return {*value_->find(key), path};
}

std::vector<JsonView> JsonView::elements(std::size_t most) const {
  if (!value_->is_array() || value_->size() > most) {
    expected(fmt::format("an array of at most {}", most));
  }
  std::vector<JsonView> all;
  all.reserve(value_->size());
  for (const nlohmann::json& element : *value_) {
    all.emplace_back(element, fmt::format("{}[{}]", path_, all.size()));
  }
  return all;
}

void JsonView::only_keys(std::initializer_list<std::string_view> known) const {
  if (!value_->is_object()) {
    expected("an object");
  }
  for (const auto& item : value_->items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end()) {
      fail(fmt::format("unknown key \"{}\"; known are {}", one_line(item.key(), 60),
                       fmt::join(known, ", ")));
    }
  }
}

long JsonView::integer(long least, long most) const {
  const bool too_large = value_->is_number_unsigned() &&
                         value_->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  if (value_->is_number_integer() && !too_large) {
    const auto number = value_->get<std::int64_t>();
    if (number >= least && number <= most) {
      return static_cast<long>(number);
    }
  }
  expected(fmt::format("an integer from {} to {}", least, most));
}

double JsonView::number(double least, double most) const {
  if (value_->is_number()) {
    const auto number = value_->get<double>();
    if (std::isfinite(number) && number >= least && number <= most) {
      return number;
    }
  }
  expected(fmt::format("a number from {} to {}", least, most));
}

std::vector<double> JsonView::positive_numbers(std::size_t most, double largest) const {
  std::vector<double> numbers;
  for (const JsonView& element : elements(most)) {
    numbers.push_back(element.number(0, largest));
    if (numbers.back() <= 0) {
      element.expected("a number above 0");
    }
  }
  return numbers;
}

std::string JsonView::text(std::size_t longest) const {
  if (!value_->is_string() || value_->get_ref<const std::string&>().size() > longest) {
    expected(fmt::format("a text of at most {} bytes", longest));
  }
  return value_->get<std::string>();
}

std::string JsonView::nonempty_text(std::size_t longest) const {
  std::string all = text(longest);
  if (all.empty()) {
    expected("a text that is not empty");
  }
  return all;
}

std::string JsonView::name(std::size_t longest) const {
  std::string all = text(longest);
  if (!is_plain_name(all)) {
    expected("a name of letters, digits, '_', '.' and '-'");
  }
  return all;
}

std::vector<std::string> JsonView::words(std::string_view key, std::size_t most,
                                         std::size_t longest) const {
  std::vector<std::string> found;
  if (!has(key)) return found;
  for (const JsonView& word : at(key).elements(most)) found.push_back(word.nonempty_text(longest));
  return found;
}

std::string JsonView::one_of(std::initializer_list<std::string_view> words) const {
  if (value_->is_string()) {
    const auto& text = value_->get_ref<const std::string&>();
    if (std::find(words.begin(), words.end(), text) != words.end()) {
      return text;
    }
  }
  expected(fmt::format("one of \"{}\"", fmt::join(words, "\", \"")));
}

}  // namespace pytune::measure
