// PYTHON.json: what is in the package, what it needs, how it was made and how fast it was.
//
// The keys at the top are those of python-build-standalone's format, version 8 (its
// docs/distributions.md), so that tools which install such archives can read these too. What that
// format has no place for is below "pytune".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "binary/elf_versions.h"
#include "build/build.h"
#include "package/licences.h"
#include "package/relocate.h"
#include "package/stage_tree.h"

namespace pytune {

struct ManifestFacts {
  const Build& build;
  const StagedPrefix& staged;
  const Relocation& relocation;
  const std::vector<Licence>& licences;
  nlohmann::json interpreter;                        // interpreter_facts()
  std::map<std::string, ElfFacts> binaries;          // by name below the prefix
  std::map<std::string, std::string> binary_hashes;  // SHA-256, by the same names
  std::optional<std::string>
      static_library_left_out;  // why; nothing when there is one, or none was built
  bool has_static_library = false;
  bool has_profile = false;
  nlohmann::json benchmark;
};

// `full`: of the full archive, whose prefix is install/; else of the archive that is the prefix
// itself.
nlohmann::json make_manifest(const ManifestFacts& facts, bool full);

// "aarch64-unknown-linux-gnu" from sysconfig's variables.
std::string target_triple(const SysconfigVariables& variables);

// Libraries that must be on the target machine, beyond glibc: in order, each once.
std::vector<std::string> system_libraries(const std::map<std::string, ElfFacts>& binaries);

}  // namespace pytune
