// The file _sysconfigdata*.py: one Python dict, read and written without Python, so that a build
// for another processor can be packaged as well.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace pytune {

using SysconfigVariables = std::map<std::string, std::variant<std::string, std::int64_t>>;

// Reads `build_time_vars = {...}` as CPython's _generate_posix_vars() writes it: names to strings
// (adjacent literals are one) and integers. Throws Failure for anything else.
SysconfigVariables parse_sysconfig_data(std::string_view text);

// Reads _sysconfig_vars*.json, which 3.14 and newer have as well: one object of the same variables.
// Others than strings and integers are left out. Throws Failure for anything else.
SysconfigVariables parse_sysconfig_json(std::string_view text);

// The same file again, sorted, with a block at its end that puts the place of the installation
// where `built_prefix` stands.
std::string write_sysconfig_data(const SysconfigVariables& variables,
                                 const std::string& built_prefix);

// The text of a variable; empty when it is missing or a number.
std::string text_of(const SysconfigVariables& variables, const std::string& name);

}  // namespace pytune
