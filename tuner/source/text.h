// Text from outside (file names, URLs, what other programs print), made safe to show, to record and
// to compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// One line of valid UTF-8 without control characters, shortened to about 300 bytes. Records are
// JSON, and JSON holds no other bytes; a terminal would obey an escape sequence.
std::string printable(std::string_view text);

// 64 lower-case hexadecimal digits.
bool is_sha256(std::string_view text);

// A file name of letters, digits and "._+~-" for use inside a step's directory, where record.json
// is taken.
std::string plain_name(std::string_view name);

// The URL without "user:password@": it ends up in records and messages.
std::string without_password(std::string_view url);

// Lines without their "\n" or "\r\n".
std::vector<std::string_view> split_lines(std::string_view text);

std::string_view trim(std::string_view text);

}  // namespace pytune
