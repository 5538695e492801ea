// What `pytune inspect` found in interpreters, as a table with one column each and as JSON.
#pragma once

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "report/result.h"
#include "toolchain/binary.h"

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

// Rows are properties, columns are interpreters. Columns share the width, but have 24 characters at
// least.
void print_inspections(std::ostream& out, const std::vector<Inspection>& inspections,
                       const ConsoleStyle& style);

nlohmann::ordered_json inspections_json(const std::vector<Inspection>& inspections);

// Of the installation's own words, those that say it was built with an optimization:
// "--with-lto in CONFIG_ARGS". Empty when none does.
enum class Optimization { lto, pgo, bolt };
std::vector<std::string> declared(const Inspection& inspection, Optimization optimization);

}  // namespace pytune
