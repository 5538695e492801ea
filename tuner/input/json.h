// Reading JSON that something else wrote, be it a person or a program: every access checks type and
// range and says where it stood.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace pytune {

// No document of ours is deeper than 8; pyperf's are 6 deep. It keeps recursive readers and
// destructors off the stack's end.
inline constexpr int kDeepestNesting = 32;

// The text of a document, on one line or indented. All of ours are written so: a string that is not
// UTF-8 (the path of a file) is written as text_of_bytes() has it (input/byte_text.h), and read
// back by parse_json() as the bytes it was. The member names of objects, too.
template <class Json>
std::string dump_json(const Json& document, int indent = -1);

// Parses a whole document and refuses what nlohmann would take: bottomless nesting, and a key given
// twice. Throws UsageError. Without `file` in a few words ("breaks off after 12 bytes", "key
// \"name\" twice in one object"): the caller says which document it was. With it, those words begin
// with "FILE:LINE:COLUMN: " or "FILE: ".
nlohmann::json parse_json(std::string_view text, std::string_view file = {});
// The same with objects' keys in the order they were written.
nlohmann::ordered_json parse_ordered_json(std::string_view text, std::string_view file = {});

// A JSON value and where it stands ("blocks[3].samples[0].position"), after "FILE: " where it is of
// a file that a person wrote. Refers to the value and the file's name, which must outlive it. What
// is not as asked throws UsageError: "PATH: expected an integer from 0 to 9, got \"x\"".
template <class Json>
class BasicJsonView {
 public:
  explicit BasicJsonView(const Json& value, std::string_view file = {}, std::string path = {})
      : value_(&value), file_(file), path_(std::move(path)) {}

  const Json& value() const { return *value_; }
  bool has(std::string_view key) const;                         // of an object
  BasicJsonView at(std::string_view key) const;                 // of an object
  std::vector<BasicJsonView> elements(std::size_t most) const;  // of an array
  // Of an object, in its order.
  std::vector<std::pair<std::string, BasicJsonView>> members(std::size_t most) const;
  void only_keys(const std::vector<std::string>& known) const;

  bool boolean() const;
  long integer(long least, long most) const;
  int small_integer(int least, int most) const { return static_cast<int>(integer(least, most)); }
  double number(double least, double most) const;                                // finite
  std::vector<double> positive_numbers(std::size_t most, double largest) const;  // each above 0
  std::string text(std::size_t longest) const;
  std::string nonempty_text(std::size_t longest) const;
  std::string name(std::size_t longest) const;  // is_plain_name()
  // The texts of the array at `key` of an object, none of them empty; nothing without that key.
  std::vector<std::string> words(std::string_view key, std::size_t most, std::size_t longest) const;
  std::string one_of(const std::vector<std::string_view>& words) const;

  [[noreturn]] void fail(std::string_view message) const;

 private:
  [[noreturn]] void expected(std::string_view what) const;
  std::string path_of(std::string_view key) const;

  const Json* value_;
  std::string_view file_;
  std::string path_;
};

extern template std::string dump_json(const nlohmann::json&, int);
extern template std::string dump_json(const nlohmann::ordered_json&, int);
extern template class BasicJsonView<nlohmann::json>;
extern template class BasicJsonView<nlohmann::ordered_json>;
using JsonView = BasicJsonView<nlohmann::json>;
using OrderedJsonView = BasicJsonView<nlohmann::ordered_json>;

}  // namespace pytune
