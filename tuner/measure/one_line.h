// Making one printable line of what a program wrote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pytune::measure {

// `text` as one line of valid UTF-8: runs of white space and control characters become one space,
// bytes that are not UTF-8 become '?', and what is longer than `longest` bytes ends in "...".
// Records are JSON, which holds nothing but UTF-8.
std::string one_line(std::string_view text, std::size_t longest);

// The last line of a program's output that is not blank, through one_line(). A Python traceback's
// last line names the error.
std::string last_line(std::string_view output, std::size_t longest);

}  // namespace pytune::measure
