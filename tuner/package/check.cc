#include "package/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "binary/elf_versions.h"
#include "input/text.h"
#include "input/unpack.h"
#include "package/bytecode.h"
#include "package/check_programs.h"
#include "package/page_alignment.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using std::chrono::minutes;

// The telling line of a child's output: the last one with something on it.
std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of("\r\n \t");
  if (end == std::string::npos) return {};
  const auto start = text.rfind('\n', end);
  const auto first = start == std::string::npos ? 0 : start + 1;
  return text.substr(first, end + 1 - first);
}

std::string line_after(const std::string& text, std::string_view start) {
  const auto at = text.rfind(start);
  if (at == std::string::npos) return {};
  return text.substr(at + start.size(), text.find('\n', at) - at - start.size());
}

// "/../lib" of "$ORIGIN/../lib"; nothing for a path that does not begin at the file itself.
std::optional<std::string> after_origin(const std::string& path) {
  for (const std::string_view origin : {"$ORIGIN", "${ORIGIN}"})
    if (path.starts_with(origin) && (path.size() == origin.size() || path[origin.size()] == '/'))
      return path.substr(origin.size());
  return std::nullopt;
}

constexpr int kEmulatedIsSlower = 20;

class Check {
 public:
  Check(ProcessRunner& runner, const CheckRequest& request, Listener& listener)
      : runner_(runner), request_(request), listener_(listener) {}

  std::vector<CheckStep> run() {
    // Spaces, because half of all relocation bugs are a missing quote; two places, because the
    // other half are one path that happens to fit.
    const fs::path full = request_.scratch / "a place for the full archive";
    const fs::path install = request_.scratch / "another place" / "install";
    if (!step("unpack", [&] { return unpack(full, install); })) return std::move(steps_);
    full_ = fs::canonical(full / "python" / "install");
    install_ = fs::canonical(install / "python");
    scratch_ = request_.scratch / "temporary files";
    fs::create_directories(scratch_);
    if (!request_.compiler.empty()) {
      compilers_ = request_.scratch / "compilers";
      fs::create_directories(compilers_);
      fs::create_symlink(request_.compiler, compilers_ / "cc");
    }
    step("libraries", [&] { return libraries(); });
    if (!step("run", [&] { return in_both(kCheckRun, {"{prefix}", request_.version}); }))
      return std::move(steps_);
    std::vector<std::string> sysconfig = {"{prefix}", request_.built_prefix};
    // A shell script that starts the interpreter is run by this machine's shell.
    if (!request_.run_words.empty()) sysconfig.emplace_back("emulated");
    step("sysconfig", [&] { return in_both(kCheckSysconfig, sysconfig); });
    step("venv", [&] { return in_both(kCheckVenv, {"{new}", "{prefix}"}); });
    step("extension", [&] { return in_both(kCheckExtension, {"{new}"}); });
    step("tests", [&] { return tests(); });
    return std::move(steps_);
  }

 private:
  // A step's function returns its detail or throws Failure with what is wrong.
  template <class F>
  bool step(const char* name, F&& work) {
    CheckStep done{.name = name, .ok = true, .detail = {}};
    const Activity trying(listener_, fmt::format("trying the package: {}", name));
    try {
      done.detail = work();
    } catch (const Failure& failure) {
      done.ok = false;
      done.detail = failure.what();
    } catch (const UsageError& damage) {  // of an archive
      done.ok = false;
      done.detail = damage.what();
    } catch (const fs::filesystem_error& error) {
      done.ok = false;
      done.detail = error.what();
    }
    steps_.push_back(done);
    return done.ok;
  }

  std::string unpack(const fs::path& full, const fs::path& install) const {
    fs::create_directories(full);
    fs::create_directories(install);
    const Unpacked one = unpack_package(request_.full, full, request_.full.filename().string());
    const Unpacked two =
        unpack_package(request_.install, install, request_.install.filename().string());
    for (const fs::path& papers : {full / "python", install / "python/share/pytune"}) {
      for (const char* paper : {"PYTHON.json", "sbom.spdx.json"})
        if (!nlohmann::json::parse(read_file(papers / paper), nullptr, false).is_object())
          throw Failure(fmt::format("{} is not JSON", (papers / paper).string()));
      if (fs::is_empty(papers / "licenses")) throw Failure("no licences in " + papers.string());
    }
    return fmt::format("full: {} files, {} links; install: {} files, {} links", one.files,
                       one.links, two.files, two.links);
  }

  Outcome python(const fs::path& prefix, const std::vector<std::string>& arguments,
                 minutes timeout) const {
    return python_in(scratch_, prefix, arguments, timeout);
  }

  Outcome python_in(const fs::path& directory, const fs::path& prefix,
                    const std::vector<std::string>& arguments, minutes timeout) const {
    Command command;
    command.argv = request_.run_words;
    command.argv.push_back((prefix / "bin" / request_.interpreter).string());
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.cwd = directory;
    command.environment = interpreter_environment(directory);
    if (!request_.compiler.empty())
      (*command.environment)["PATH"] =
          fmt::format("{}:{}", compilers_.string(), (*command.environment)["PATH"]);
    command.timeout = timeout * (request_.run_words.empty() ? 1 : kEmulatedIsSlower);
    return runner_.run(command);
  }

  static void require(const Outcome& outcome, const std::string& where) {
    if (outcome.ok()) return;
    const std::string said = last_line(outcome.output);
    // A program that says what is wrong ends with status 1; anything else needs the way it ended.
    const bool explained =
        outcome.started && outcome.exit_code == 1 && !outcome.timed_out && !said.empty();
    throw Failure(explained ? fmt::format("{}: {}", where, said)
                            : fmt::format("{}: {}{}{}", where, outcome.describe(),
                                          said.empty() ? "" : ": ", said));
  }

  // Runs a program in both unpacked archives. "{prefix}" stands for theirs, "{new}" for a directory
  // of its own.
  std::string in_both(const char* program, const std::vector<std::string>& arguments) {
    std::string detail;
    for (const auto& [name, prefix] : {std::pair("full", full_), std::pair("install", install_)}) {
      std::vector<std::string> argv = {"-I", "-c", program};
      for (const auto& argument : arguments) {
        if (argument == "{prefix}") {
          argv.push_back(prefix.string());
        } else if (argument == "{new}") {
          const fs::path fresh = scratch_ / fmt::format("fresh {}", ++fresh_);
          fs::create_directories(fresh);
          argv.push_back(fs::canonical(fresh).string());
        } else {
          argv.push_back(argument);
        }
      }
      const Outcome outcome = python(prefix, argv, minutes(5));
      require(outcome, name);
      detail = last_line(outcome.output);  // both say the same
    }
    return detail;
  }

  std::string libraries() const {
    std::vector<ElfFacts> files;
    std::set<std::string> ours;
    std::map<std::string, ElfFacts> by_name;
    for (const auto& name : list_tree(full_)) {
      const fs::path path = full_ / name;
      if (fs::is_symlink(path) || !fs::is_regular_file(path) || path.extension() == ".py" ||
          path.extension() == ".pyc")
        continue;
      if (auto facts = read_elf(read_file(path))) by_name.emplace(name, *facts);
    }
    require_64k_pages(by_name);
    for (const auto& [name, facts] : by_name) ours.insert(facts.soname);
    ours.erase("");
    for (const auto& [name, facts] : by_name) {
      if (facts.text_relocations)
        throw Failure(name + " has text relocations (TEXTREL); compile it with -fPIC");
      if (facts.executable_stack)
        throw Failure(name + " asks for an executable stack; link with -Wl,-z,noexecstack");
      for (const auto& path : facts.run_paths)
        if (!after_origin(path))
          throw Failure(
              fmt::format("{} looks for libraries in {}, a path of the build; link with "
                          "-Wl,-rpath,'$ORIGIN/../lib'",
                          name, path.empty() ? "the current directory" : path));
      for (const auto& library : facts.needed) {
        if (!ours.contains(library) || found_by_origin(name, facts, library, by_name)) continue;
        throw Failure(fmt::format(
            "{} does not find the package's own {}; link with -Wl,-rpath,'$ORIGIN/../lib'", name,
            library));
      }
      files.push_back(facts);
    }
    const auto glibc = newest_glibc(files);
    const auto beyond = unknown_glibc_names(files);
    return fmt::format(
        "{} binaries: no text relocations, no executable stack, no path of the build; glibc {} or "
        "newer{}{}",
        files.size(), glibc.empty() ? "of any version" : glibc, beyond.empty() ? "" : ", with ",
        fmt::join(beyond, ", "));
  }

  // The loader also takes what the executable has already loaded, so an extension needs no search
  // path of its own.
  bool found_by_origin(const std::string& name, const ElfFacts& facts, const std::string& library,
                       const std::map<std::string, ElfFacts>& all) const {
    const auto main = all.find("bin/" + request_.interpreter);
    if (main != all.end() && name != main->first &&
        std::find(main->second.needed.begin(), main->second.needed.end(), library) !=
            main->second.needed.end())
      return true;
    return std::any_of(
        facts.run_paths.begin(), facts.run_paths.end(), [&](const std::string& path) {
          const auto rest = after_origin(path);
          return rest && fs::exists((full_ / name).parent_path() / ("." + *rest) / library);
        });
  }

  // The tests of the full archive; when the build left them out, those of the source tree, through
  // a link.
  fs::path test_directory() const {
    for (const auto& entry : fs::directory_iterator(full_ / "lib")) {
      if (!fs::is_regular_file(entry.path() / "os.py")) continue;
      const fs::path tests = entry.path() / "test";
      if (fs::is_directory(tests / "support")) return tests;
      const fs::path source = request_.source_tree / "Lib" / "test";
      if (request_.source_tree.empty() || !fs::is_directory(source / "support"))
        throw Failure(
            "no test package: neither in the archive nor in a source tree; give the source tree "
            "that was built");
      fs::remove_all(tests);
      fs::create_directory_symlink(fs::canonical(source), tests);
      return tests;
    }
    throw Failure("no standard library in the full archive");
  }

  std::string tests() const {
    const fs::path directory = test_directory();
    // Not below the store, whose path may be long: 3.14's processes are started through sockets,
    // whose names have 107 bytes at most. With a space still.
    const TemporaryDirectory temporary(temporary_files(), "pytune check");
    // -j2: each module in an interpreter of its own, so that one crash is one failure.
    // Ignored: ctypes.util.find_library() reads ld's trace and stops at a space, here in the
    // temporary directory's name. 3.14's file of variables in JSON has the paths of the build,
    // which only code can have relative.
    std::vector<std::string> argv = {"-E",        "-m",
                                     "test",      "-j2",
                                     "--timeout", "180",
                                     "--tempdir", temporary.path().string(),
                                     "-i",        "test_find_on_libpath",
                                     "-i",        "test_sysconfigdata_json"};
    int modules = 0;
    for (const auto& module : checked_test_modules()) {
      // It asks programs of this machine (gcc, ld, ldconfig) for libraries of the target.
      if (!request_.run_words.empty() && module == "test_ctypes") continue;
      if (!fs::exists(directory / (module + ".py")) && !fs::is_directory(directory / module))
        continue;
      argv.push_back(module);
      ++modules;
    }
    if (modules == 0) throw Failure("none of the chosen test modules is there");
    const Outcome outcome = python_in(temporary.path(), full_, argv, minutes(20));
    if (!outcome.ok()) {
      // "2 tests failed:\n    test_a test_b"
      std::string failed;
      if (const auto at = outcome.output.find(" failed:\n"); at != std::string::npos)
        failed = outcome.output.substr(at + 9, outcome.output.find("\n\n", at) - at - 9);
      failed.erase(0, std::min(failed.find_first_not_of(' '), failed.size()));
      std::replace(failed.begin(), failed.end(), '\n', ' ');
      throw Failure(
          fmt::format("full: {}{}{}; to see more, unpack it and run python/run_tests.py -v MODULE",
                      outcome.describe(), failed.empty() ? "" : ", failed: ", failed));
    }
    return fmt::format(
        "{} modules, tests {}{}", modules, line_after(outcome.output, "Total tests: "),
        request_.run_words.empty() ? "" : "; under an emulator, without test_ctypes");
  }

  ProcessRunner& runner_;
  const CheckRequest& request_;
  Listener& listener_;
  std::vector<CheckStep> steps_;
  fs::path full_;
  fs::path install_;
  fs::path scratch_;
  fs::path compilers_;
  int fresh_ = 0;
};

}  // namespace

std::vector<std::string> checked_test_modules() {
  // Quick, need no network, no terminal and no user but root; together they touch the evaluation
  // loop, the object types and every bundled or linked C library.
  return {
      "test_array",      "test_ast",      "test_bool",       "test_builtin",    "test_bytes",
      "test_bz2",        "test_call",     "test_cmath",      "test_complex",    "test_contextlib",
      "test_csv",        "test_ctypes",   "test_datetime",   "test_dict",       "test_enum",
      "test_exceptions", "test_float",    "test_functools",  "test_generators", "test_grammar",
      "test_hashlib",    "test_heapq",    "test_int",        "test_json",       "test_list",
      "test_lzma",       "test_math",     "test_operator",   "test_pyexpat",    "test_re",
      "test_set",        "test_sqlite3",  "test_statistics", "test_str",        "test_struct",
      "test_sysconfig",  "test_textwrap", "test_tuple",      "test_types",      "test_unpack",
      "test_uuid",       "test_zlib"};
}

std::vector<CheckStep> check_package(ProcessRunner& runner, const CheckRequest& request,
                                     Listener& listener) {
  return Check(runner, request, listener).run();
}

}  // namespace pytune
