// Tries a package out: unpacked somewhere else, used the way people use it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "package/package.h"
#include "package/stage_tree.h"
#include "sys/listener.h"
#include "sys/process.h"

namespace pytune {

struct CheckRequest {
  std::filesystem::path full;  // archives as written
  std::filesystem::path install;
  std::string interpreter;            // "python3.13"
  std::string version;                // "3.13.5"
  std::string built_prefix;           // must not be seen any more
  std::filesystem::path source_tree;  // its Lib/test is used when the build left tests out
  std::filesystem::path scratch;      // an empty directory
  // Of a package for another machine: the words before its interpreter to run it here, and the
  // compiler that stands for the one extensions are built with there.
  std::vector<std::string> run_words = {};
  std::string compiler = {};
};

// Never throws for a broken package: what does not work is a failed step, and what it keeps from
// being tried is missing.
std::vector<CheckStep> check_package(ProcessRunner& runner, const CheckRequest& request,
                                     Listener& listener);

// The modules of the standard library's own tests that are run.
std::vector<std::string> checked_test_modules();

}  // namespace pytune
