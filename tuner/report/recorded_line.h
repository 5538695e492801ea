// A command as build/ recorded it, taken apart and made ready for somebody else's directory and
// environment.
//
// Everything here is shell source: words keep their quotes, and nothing is ever unquoted, so
// nothing can be quoted wrongly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// A name that a shell or make variable may have.
bool is_variable_name(std::string_view name);

// The source cut at unquoted blanks.
std::vector<std::string> shell_words(std::string_view source);

// $WORK, $SOURCE, $TRAINING, $JOBS and $STRIP made to expand, each without being split, whatever
// quotes they stand in. Any other $NAME stays as it is: between single quotes it is meant for make
// or the linker.
std::string expand_placeholders(std::string_view source);

// Takes `setarch [ARCH] -R` from before the program; false when it is not there.
bool take_setarch(std::vector<std::string>& words);

// Puts `runner` before the assignments and the program of each command of an && list, but not
// before cp, rm, cd and the like, to which the environment is all one.
void insert_runner(std::vector<std::string>& words, const std::string& runner);

// Words joined by spaces, broken with backslashes before `width`; `indent` starts each later line.
std::string join_words(const std::vector<std::string>& words, std::size_t width,
                       std::string_view indent);

// The text of the last word NAME=..., without NAME=; nothing when there is none.
std::optional<std::string> value_of(const std::vector<std::string>& words, std::string_view name);

}  // namespace pytune
