// What the tests of the patches room share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "patches/series.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune::patches_test {

inline constexpr const char* kHeader =
    "Description: Makes it fast\n"
    " By doing less.\n"
    "Author: pytune\n"
    "Forwarded: no\n"
    "Last-Update: 2026-11-25\n"
    "Architecture: aarch64\n"
    "Compiler: any\n"
    "Versions: 3.13.5\n"
    "Effect: counted: 2x\n"
    "---\n";

inline constexpr const char* kChange =
    "diff --git a/Objects/a.c b/Objects/a.c\n"
    "index 1234567..89abcde 100644\n"
    "--- a/Objects/a.c\n"
    "+++ b/Objects/a.c\n"
    "@@ -1,3 +1,3 @@\n"
    " one\n"
    "-two\n"
    "+2\n"
    " three\n"
    "@@ -20,3 +20,4 @@ int f(void)\n"
    " twenty\n"
    " twentyone\n"
    "+more\n"
    " twentytwo\n";

// The file that kChange is for.
inline std::string file_before() {
  std::string text = "one\ntwo\nthree\n";
  for (int line = 4; line < 20; ++line) text += "line " + std::to_string(line) + "\n";
  return text + "twenty\ntwentyone\ntwentytwo\nend\n";
}

inline Patch patch(const std::string& diff, const std::string& name = "0001-x") {
  Patch made;
  made.name = name;
  made.diff = std::make_shared<const UnifiedDiff>(parse_unified_diff(diff, name + ".patch"));
  return made;
}

// The message of the Failure or UsageError that `act` throws; empty: none.
template <typename Act>
std::string message(const Act& act) {
  try {
    act();
  } catch (const Failure& failure) {
    return failure.what();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

inline void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  write_file_atomic(path, bytes);
}

}  // namespace pytune::patches_test
