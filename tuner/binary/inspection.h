// What can be known of an interpreter by reading it and what lies beside it, without running it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "binary/binary.h"
#include "binary/elf_versions.h"

namespace pytune {

struct InspectedFile {
  std::string path;
  Binary binary;
};

// One of the files that a running interpreter consists of.
struct ProgramFile {
  std::string path;
  ElfFacts facts;
};

struct Inspection {
  std::string name;  // what the user called it
  InspectedFile program;
  // libpython or libpypy, when the program is in it; then the evaluation loop is there.
  std::optional<InspectedFile> library;
  std::string missing_library;  // needed by the program, but not found beside it
  // All files that it loads at its start, itself first, then its extension modules with what these
  // need. `missing_files`: needed, but not found.
  std::vector<ProgramFile> files;
  std::vector<std::string> missing_files;
  // What the installation says of its own build, which need not be true of this file. Empty: no
  // _sysconfigdata*.py beside it.
  std::string sysconfig_path;
  std::string sysconfig_problem;  // why it could not be read
  std::map<std::string, std::string> sysconfig;

  const InspectedFile& core() const { return library ? *library : program; }
};

// Throws UsageError that starts with `name`: no program, or one of a kind that is no interpreter's.
Inspection inspect_interpreter(const std::filesystem::path& python, const std::string& name);

// The files without a property that the whole program has only if all of them have it: one asks for
// an executable stack, or declares no landing pads ("BTI", "IBT", ...), or is not aligned for pages
// of 64 KiB.
std::vector<const ProgramFile*> with_executable_stack(const Inspection& inspection);
std::vector<const ProgramFile*> without_protection(const Inspection& inspection,
                                                   const std::string& name);
std::vector<const ProgramFile*> without_64k_pages(const Inspection& inspection);

// Of the installation's own words, those that say it was built with an optimization:
// "--with-lto in CONFIG_ARGS". Empty when none does, or a later word takes it back.
enum class Optimization { lto, pgo, bolt };
std::vector<std::string> declared(const Inspection& inspection, Optimization optimization);
std::string declared_level(const Inspection& inspection);  // "-O3"; empty: none

}  // namespace pytune
