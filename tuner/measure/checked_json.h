// Reading JSON that something else wrote: every access checks type and range and says where it
// stood.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace pytune::measure {

// No document of ours is deeper than 8; pyperf's are 6 deep.
inline constexpr int kDeepestNesting = 32;

// Parses a whole document. Throws UsageError in a few words ("breaks off after 12 bytes", "NaN
// where JSON has no such value", "key \"name\" twice in one object"): the caller says which
// document it was.
nlohmann::json parse_json(std::string_view text);

// A JSON value and where it stands ("blocks[3].samples[0].position"). Refers to the value, which
// must outlive it. What is not as asked throws UsageError: "PATH: expected an integer from 0 to 9,
// got \"x\"".
class JsonView {
 public:
  JsonView(const nlohmann::json& value, std::string path)
      : value_(&value), path_(std::move(path)) {}

  const nlohmann::json& value() const { return *value_; }
  bool has(std::string_view key) const;                    // of an object
  JsonView at(std::string_view key) const;                 // of an object
  std::vector<JsonView> elements(std::size_t most) const;  // of an array
  void only_keys(std::initializer_list<std::string_view> known) const;

  long integer(long least, long most) const;
  int small_integer(int least, int most) const { return static_cast<int>(integer(least, most)); }
  double number(double least, double most) const;  // finite
  std::vector<double> positive_numbers(std::size_t most,
                                       double largest) const;  // all of an array > 0
  std::string text(std::size_t longest) const;
  std::string nonempty_text(std::size_t longest) const;
  std::string name(
      std::size_t longest) const;  // letters, digits, and _ . - inside: fit for a file name
  // The texts of the array at `key` of an object, none of them empty; nothing without that key.
  std::vector<std::string> words(std::string_view key, std::size_t most, std::size_t longest) const;
  std::string one_of(std::initializer_list<std::string_view> words) const;

  [[noreturn]] void fail(std::string_view message) const;

 private:
  [[noreturn]] void expected(std::string_view what) const;
  const nlohmann::json* value_;
  std::string path_;
};

// Letters, digits, '_', '.', '-'; starts with a letter or digit, so never "..", hidden, or an
// option.
bool is_plain_name(std::string_view name);

}  // namespace pytune::measure
