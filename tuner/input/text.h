// Text from outside (file names, URLs, what other programs print), made safe to show, to record and
// to compare.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// Longer than any name, message or path that is still read; keeps a runaway log line from filling
// the screen.
inline constexpr std::size_t kLongestLine = 2000;

// `text` as one line of valid UTF-8: runs of white space and control characters (those too that
// turn the direction of text round) become one space, bytes that are not UTF-8 are shown as `\xe9`,
// and what is longer than `longest` bytes ends in "...". A terminal would obey an escape sequence.
std::string printable(std::string_view text, std::size_t longest = kLongestLine);

// `text` with nothing in it that a terminal would obey: control characters but "\n" and "\t", and
// what turns the direction of text round, become "\u001b", which in JSON says the same; bytes that
// are not UTF-8 become "\xff". All else is kept as it is.
std::string escape_controls(std::string_view text);

// How many bytes of `text` end with a whole character; the rest may be the beginning of one.
std::size_t whole_characters(std::string_view text);

bool is_utf8(std::string_view text);

// The last line of a program's output that is not blank, through printable(). A Python traceback's
// last line names the error.
std::string last_line(std::string_view output, std::size_t longest);

// 64 lower-case hexadecimal digits.
bool is_sha256(std::string_view text);

// Letters, digits, '_', '.', '-'; starts with a letter or digit, so never "..", hidden, or an
// option.
bool is_plain_name(std::string_view name);

// A file name of letters, digits and "._+~-" for use inside a step's directory, where record.json
// is taken.
std::string plain_file_name(std::string_view name);

// The URL without "user:password@": it ends up in records and messages.
std::string without_password(std::string_view url);

// Lines without their "\n" or "\r\n".
std::vector<std::string_view> split_lines(std::string_view text);

std::string_view trim(std::string_view text);

}  // namespace pytune
