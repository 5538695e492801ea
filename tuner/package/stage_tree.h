// A copy of an install prefix that may be changed, and what is what in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pytune {

struct StagedPrefix {
  std::filesystem::path root;
  std::string interpreter;  // file name in bin/: "python3.13"
  std::string stdlib;       // "lib/python3.13"
  std::string config;  // "lib/python3.13/config-3.13-aarch64-linux-gnu"; empty when there is none
  std::vector<std::string> test_packages;  // "idlelib.idle_test", "test": those that are there
  // Words before the interpreter to run it here; none for one of this machine's.
  std::vector<std::string> run_words = {};

  std::vector<std::string> interpreter_words() const;  // those, and the interpreter

  bool is_test(const std::string& name)
      const;  // belongs to a test package, or is an extension only tests use
  bool is_static_library(
      const std::string& name) const;  // libpython*.a, and the object linked beside it
};

// Copies `prefix` to `root` (hard links: whoever changes a file must replace it) and finds its
// parts. Throws Failure when `prefix` is not a CPython installation with that interpreter.
StagedPrefix stage_tree(const std::filesystem::path& prefix, const std::string& interpreter,
                        const std::filesystem::path& root);

// The parts of an installation where it stands.
StagedPrefix examine_prefix(const std::filesystem::path& root, const std::string& interpreter);

// Everything below `root`, by relative name, sorted. Throws Failure for what an archive must not
// hold: a socket or a device, or a symbolic link that leads out of the tree.
std::vector<std::string> list_tree(const std::filesystem::path& root);

// Replaces a file of the staged tree by new bytes, keeping its mode; never writes through a hard
// link.
void replace_file(const std::filesystem::path& path, const std::string& bytes);

}  // namespace pytune
