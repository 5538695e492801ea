// What an interpreter is given before it is measured: packages that pip installs, and programs
// compiled for it. Kept in the store as steps of
// kind kEnvironmentStep.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"
#include "store/store.h"
#include "sys/listener.h"
#include "sys/process.h"
#include "workload/workload.h"

namespace pytune {

inline constexpr const char* kEnvironmentStep = "environment";

// What an interpreter of another architecture, which pip and compilers do not run on, is prepared
// with: programs compiled for it only.
struct CrossPreparation {
  std::string native_python;  // absolute path; runs the building programs
  std::string compiler;       // C, for the interpreter's machine: "aarch64-linux-gnu-gcc"
};

struct PreparationRequest {
  const Interpreter& interpreter;
  // Their requirements and builds are prepared; a line or a build that many name, once.
  std::vector<Workload> workloads;
  std::filesystem::path source_tree;           // of a CPython, for its pip; may be empty
  std::optional<CrossPreparation> cross = {};  // nothing: the interpreter is of this machine
  std::filesystem::path lock = {};             // of PackageLock; may be empty
};

struct PreparedEnvironment {
  std::vector<std::string> packages;           // for Interpreter::packages
  std::vector<std::string> dependencies = {};  // likewise
  // Requirement lines that could not be installed, and why in one line.
  std::map<std::string, std::string> not_installed;
  // Workload::build that could not be done, and why.
  std::map<std::vector<std::string>, std::string> not_built;
  std::vector<std::string> notes = {};  // sentences on how pip was run

  // Why a workload lacks something; empty when it lacks nothing.
  std::string missing(const Workload& workload) const;
};

// Installs all requirement lines together, into one directory and nowhere else, by the
// interpreter's own pip, which reaches the index as the user's configuration of pip says, and takes
// nothing else from that. Where that fails, each line
// is tried alone, those that fail are left out with pip's reason, and lines that contradict earlier
// ones are left out too. Packages that take long to compile are taken as wheels only.
//
// A build is files.front(), run by the interpreter as `python PROGRAM DIRECTORY FILES...`, with the
// packages importable; what it writes to DIRECTORY is importable by the workloads. It says that it
// cannot work here as scripts do (kCannotRunStatus). With `cross`, the native interpreter runs it,
// and PYTUNE_TARGET_PREFIX (where the interpreter is installed) and PYTUNE_TARGET_CC say for what.
//
// What failed is not remembered: the next run tries again, for a compiler or a network may be there
// by then. Throws Interrupted, and Failure when the store fails.
PreparedEnvironment prepare_environment(Store& store, ProcessRunner& runner,
                                        const PreparationRequest& request, Listener& listener);

// Of a file, or over the names and contents of all files in a directory: what a build is made from.
std::string sha256_of_build_input(const std::filesystem::path& path);

}  // namespace pytune
