// What can be known of an interpreter by reading it and what lies beside it, without running it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "binary/binary.h"

namespace pytune {

struct InspectedFile {
  std::string path;
  Binary binary;
};

struct Inspection {
  std::string name;  // what the user called it
  InspectedFile program;
  // libpython or libpypy, when the program is in it; then the evaluation loop is there.
  std::optional<InspectedFile> library;
  std::string missing_library;  // needed by the program, but not found beside it
  // What the installation says of its own build, which need not be true of this file. Empty: no
  // _sysconfigdata*.py beside it.
  std::string sysconfig_path;
  std::string sysconfig_problem;  // why it could not be read
  std::map<std::string, std::string> sysconfig;

  const InspectedFile& core() const { return library ? *library : program; }
};

// Throws UsageError that starts with `name`: no program, or one of a kind that is no interpreter's.
Inspection inspect_interpreter(const std::filesystem::path& python, const std::string& name);

// Of the installation's own words, those that say it was built with an optimization:
// "--with-lto in CONFIG_ARGS". Empty when none does.
enum class Optimization { lto, pgo, bolt };
std::vector<std::string> declared(const Inspection& inspection, Optimization optimization);

}  // namespace pytune
