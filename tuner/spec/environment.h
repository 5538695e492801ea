// What a configuration is measured with: variables of the environment, which no build depends on.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spec/configuration.h"
#include "sys/process.h"

namespace pytune {

// Values of the axis `runtime` that have a name. Libraries by the names that the loader finds: the
// lines to export are then right on other machines, too.
struct NamedRuntime {
  std::string_view name;
  std::string_view environment;
};
inline constexpr std::array<NamedRuntime, 7> kRuntimes{{
    {"malloc", "PYTHONMALLOC=malloc"},
    {"thp", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"},
    {"hugepages", "GLIBC_TUNABLES=glibc.malloc.hugetlb=2"},
    {"jemalloc", "LD_PRELOAD=libjemalloc.so.2 PYTHONMALLOC=malloc"},
    {"mimalloc", "LD_PRELOAD=libmimalloc.so.2 PYTHONMALLOC=malloc"},
    {"mimalloc3", "LD_PRELOAD=libmimalloc.so.3 PYTHONMALLOC=malloc"},
    {"tcmalloc", "LD_PRELOAD=libtcmalloc_minimal.so.4 PYTHONMALLOC=malloc"},
}};

// Why `value` is none of the axis `runtime`, in one line; nothing where it is.
std::optional<std::string> runtime_problem(const std::string& value);

// Of all its axes; empty for most.
Environment environment_of(const Configuration& configuration);

// What its build is trained under, one run each: a build that serves several values of an axis by
// their variables is trained under all of them. Empty: one run, without any.
std::vector<Environment> training_environments(const Configuration& configuration);

// "PYTHON_TLBC has no effect: CPython 3.13 does not know it, 3.14 is the first that does" for each
// that CPython 3.`minor` does not know.
std::vector<std::string> unknown_to_version(const Environment& variables, int minor);

// "export PYTHON_JIT=1"; empty without variables.
std::string export_line(const Environment& variables);

}  // namespace pytune
