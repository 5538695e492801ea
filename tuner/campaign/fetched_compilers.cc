#include "campaign/fetched_compilers.h"

#include <fmt/format.h>

#include "source/debian_toolchain.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"
#include "toolchain/launchers.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// gcc's library for profiles is compiled against the C library of its release, whose headers (from
// glibc 2.38 on) turn calls of strtol and its kin into calls of these. An older C library has none
// of them; the numbers are read the same but for binary ones (C23, 7.24.1.7), which gcov has not.
constexpr const char* kMissingInOlderLibc = R"(
#define NAMED(type, name)                                                          \
  extern type name(const char *, char **, int);                                    \
  __attribute__((visibility("hidden"))) type __isoc23_##name(const char *text, char **end, int base) { \
    return name(text, end, base);                                                  \
  }
NAMED(long, strtol)
NAMED(unsigned long, strtoul)
NAMED(long long, strtoll)
NAMED(unsigned long long, strtoull)
)";

void run_or_fail(ProcessRunner& runner, const std::vector<std::string>& argv,
                 const fs::path& folder) {
  Command command;
  command.argv = argv;
  command.cwd = folder;
  command.timeout = std::chrono::minutes(1);
  const Outcome outcome = runner.run(command);
  if (!outcome.ok())
    throw Failure(
        fmt::format("{}: {}", fs::path(argv.front()).filename().string(), outcome.describe()));
}

void complete_profile_library(ProcessRunner& runner, const fs::path& root, const std::string& gcc,
                              const std::string& major) {
  const fs::path programs = root / kProgramsFolder;
  std::error_code none;
  for (const auto& triple : fs::directory_iterator(root / "usr/lib/gcc", none)) {
    const fs::path library = triple.path() / major / "libgcov.a";
    if (!fs::exists(library, none)) continue;
    const TemporaryDirectory scratch(root.parent_path(), "gcov");
    write_file_atomic(scratch.path() / "older_libc.c", kMissingInOlderLibc);
    run_or_fail(
        runner,
        {(programs / gcc).string(), "-O2", "-fPIC", "-c", "older_libc.c", "-o", "older_libc.o"},
        scratch.path());
    run_or_fail(runner, {(root / "usr/bin/ar").string(), "rD", library.string(), "older_libc.o"},
                scratch.path());
  }
}

std::string debian_architecture() {
  const std::string machine = host_architecture();
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

UnpackedCompiler unpacked(const DebianCompiler& compiler, const std::optional<DebianRoot>& root) {
  UnpackedCompiler found;
  found.name = compiler.name;
  found.program = compiler.program;
  found.clang = compiler.clang;
  found.version = compiler.major;
  if (!root) return found;
  found.folder = root->root / kProgramsFolder;
  found.contents = contents_of(*root);
  return found;
}

}  // namespace

CompilerSource fetched_compilers(Store& store, ProcessRunner& runner, Listener& listener,
                                 const CompilerFetching& fetching) {
  return [&store, &runner, &listener, fetching](const std::string& name) {
    DebianCompiler compiler = parse_debian_compiler(name, debian_architecture(), fetching.mirror);
    if (fetching.plan) return unpacked(compiler, find_debian_root(store, runner, compiler.request));
    compiler.request.complete = [&runner, &compiler](const fs::path& root) {
      try {
        make_launchers(root);
        if (!compiler.clang)
          complete_profile_library(runner, root, compiler.program, compiler.major);
      } catch (const Failure& failure) {
        throw Failure(fmt::format("{}: {}", compiler.name, failure.what()));
      }
    };
    const Activity getting(listener, "getting " + compiler.name);
    return unpacked(compiler, provide_debian_root(store, runner, compiler.request, fetching.offline,
                                                  fetching.refresh));
  };
}

}  // namespace pytune
