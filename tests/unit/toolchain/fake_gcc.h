// A runner that answers a ToolchainProbe like a compiler, without one: the files exist, nothing is
// run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "toolchain/toolchain.h"
#include "unit/sys/scratch.h"

namespace pytune::toolchain_test {

// What -dM -E prints, as far as it matters.
inline std::string macros_of(bool clang, const std::string& major, const std::string& more = "") {
  std::string text = "#define __linux__ 1\n#define __SIZEOF_POINTER__ 8\n" + more;
  if (clang)
    return text + "#define __GNUC__ 4\n#define __clang__ 1\n#define __clang_major__ " + major +
           "\n#define __clang_minor__ 1\n#define __clang_patchlevel__ 7\n";
  return text + "#define __GNUC__ " + major +
         "\n#define __GNUC_MINOR__ 2\n#define __GNUC_PATCHLEVEL__ 0\n";
}

inline Outcome says(const std::string& output, int exit_code = 0) {
  Outcome outcome;
  outcome.exit_code = exit_code;
  outcome.output = output;
  return outcome;
}

class FakeCompilers : public ProcessRunner {
 public:
  // Overrides the usual answer for a command when it returns one.
  std::function<std::optional<Outcome>(const std::vector<std::string>&)> answer = [](const auto&) {
    return std::nullopt;
  };
  std::vector<std::vector<std::string>> asked;

  Outcome run(const Command& command) override {
    asked.push_back(command.argv);
    if (auto special = answer(command.argv)) return *special;
    const std::string program = std::filesystem::path(command.argv.front()).filename();
    const bool clang = program.starts_with("clang");
    const std::size_t dash = program.rfind('-');
    const bool numbered = dash != std::string::npos &&
                          program.find_first_not_of("0123456789", dash + 1) == std::string::npos;
    const std::string major = numbered ? program.substr(dash + 1) : clang ? "19" : "12";
    const std::string version = major + (clang ? ".1.7" : ".2.0");
    const std::string word = command.argv.size() > 1 ? command.argv[1] : "";
    if (word == "--version")
      return says((clang ? "Debian clang version " : "gcc (Debian) ") + version + "\nmore\n");
    if (word == "-dM") return says(macros_of(clang, major));
    if (word == "-dumpmachine") return says("x86_64-linux-gnu\n");
    if (word.starts_with("-print-prog-name=")) return says(word.substr(17) + "\n");
    return says("");
  }
};

// PATH leads to programs of these names only.
class OnlyOnPath {
 public:
  OnlyOnPath(const std::filesystem::path& directory, const std::vector<std::string>& programs)
      : before_(getenv("PATH")) {
    std::filesystem::create_directories(directory);
    for (const auto& name : programs) {
      sys_test::write(directory / name, "#!" + name);
      std::filesystem::permissions(directory / name, std::filesystem::perms::owner_all);
    }
    setenv("PATH", directory.c_str(), 1);
  }
  OnlyOnPath(const OnlyOnPath&) = delete;
  OnlyOnPath& operator=(const OnlyOnPath&) = delete;
  ~OnlyOnPath() { setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

}  // namespace pytune::toolchain_test
