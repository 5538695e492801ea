// Why a file is no program that this machine starts. The kernel says no more than "No such file or
// directory" or "Exec format error", whatever is wrong.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pytune {

// Of a path that leads to something else than a file: "a device", "a named pipe"; empty: a file.
std::string other_than_file(const std::filesystem::path& path);

// What bytes are that no Linux starts: "a program for Windows", "a zip file"; empty: not known.
std::string foreign_format(std::string_view bytes);

// Of a file that could not be started, or ended at once, on a machine that is `architecture`
// ("x86_64"): "it is empty", "it is a script for /opt/gone/sh, which is not there", each with what
// to do. Empty: nothing is seen.
std::string start_problem(const std::filesystem::path& program, const std::string& architecture);

}  // namespace pytune
