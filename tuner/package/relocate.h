// Makes a staged installation work wherever it is unpacked, and free of the paths and flags of its
// build.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "binary/sysconfig_data.h"
#include "package/scrub_flags.h"
#include "package/stage_tree.h"

namespace pytune {

struct Relocation {
  std::string built_prefix;         // what ./configure was told: "/opt/python"
  SysconfigVariables variables;     // as the package has them
  std::set<std::string> rewritten;  // names of the files that were changed
};

// Rewrites scripts, pkg-config files, sysconfig data, the installed Makefile and python-config.
// `build_paths`: directories of the build beyond those that sysconfig itself names (the store).
Relocation relocate(const StagedPrefix& staged, const std::vector<std::string>& build_paths);

// The parts, text in and text out.

// A script whose interpreter is BUILT_PREFIX/bin/python*: its first lines find the interpreter
// beside the script instead
// (`to_bin`: the way from the script's directory to bin/, "" or "../../../bin/"). Nothing for any
// other file.
std::optional<std::string> relocatable_script(std::string_view text,
                                              const std::string& built_prefix,
                                              const std::string& to_bin);
// A .pc file: `depth` is its directory's distance from the prefix.
std::string relocatable_pkgconfig(std::string_view text, const std::string& built_prefix,
                                  int depth);
// The Makefile that sysconfig installs.
std::string relocatable_makefile(std::string_view text, const Scrubber& scrubber,
                                 const std::string& built_prefix, int depth);
// bin/python3.13-config, the shell script.
std::string relocatable_python_config(std::string_view text, const Scrubber& scrubber);

}  // namespace pytune
