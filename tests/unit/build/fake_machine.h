// A machine on which nothing runs: compilers that only answer, a make that only writes files.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "build/recipe.h"
#include "sys/files.h"
#include "sys/process.h"
#include "unit/binary/made_elf.h"
#include "unit/sys/scratch.h"
#include "unit/toolchain/fake_gcc.h"

namespace pytune::build_test {

inline bool has_word(const Command& command, std::string_view part) {
  for (const auto& word : command.argv)
    if (word.find(part) != std::string::npos) return true;
  return false;
}

// What is left of the word that starts so; empty: there is none.
inline std::string rest_of(const Command& command, std::string_view start) {
  for (const auto& word : command.argv)
    if (word.starts_with(start)) return word.substr(start.size());
  return "";
}

// Makes interpreters whose machine code is the words of make's OPT.
class FakeMachine : public ProcessRunner {
 public:
  // Asked first about every command of a build; nothing: it goes well.
  std::function<std::optional<Outcome>(const Command&)> goes_wrong = [](const Command&) {
    return std::nullopt;
  };
  // Changes an interpreter that is made with these flags, and adds to its prefix.
  std::function<void(elf_test::MadeElf&, const std::string& flags)> shape = [](auto&, const auto&) {
  };
  std::function<void(const std::filesystem::path& prefix, const std::string& flags)> add =
      [](const auto&, const auto&) {};
  // What else is to run, such as workers.
  std::function<Outcome(const Command&)> otherwise = [](const Command&) { return Outcome{}; };

  Outcome run(const Command& command) override {
    const std::string program = std::filesystem::path(command.argv.front()).filename();
    if (program.starts_with("gcc") || program.starts_with("clang")) {
      const std::lock_guard lock(mutex_);
      return compilers_.run(command);
    }
    const bool builds =
        program == "configure" || program == "make" || has_word(command, "compileall");
    if (!builds) return otherwise(command);
    {
      const std::lock_guard lock(mutex_);
      ++count_[program == "configure" || program == "make" ? program : "compileall"];
      if (auto wrong = goes_wrong(command)) return *wrong;
    }
    Outcome outcome;
    outcome.wall_seconds = 2;
    outcome.user_seconds = 1;
    if (program == "configure") sys_test::write(command.cwd / "Makefile", "all:\n");
    if (program == "make") make(command);
    if (has_word(command, "compileall")) compile_bytecode(command.argv.back());
    return outcome;
  }

  // How often "configure", "make" or "compileall" ran.
  int runs(const std::string& program) const {
    const auto found = count_.find(program);
    return found == count_.end() ? 0 : found->second;
  }

 private:
  // Of a library one file, of a file what stands in it.
  static void compile_bytecode(const std::filesystem::path& named) {
    if (!std::filesystem::is_regular_file(named)) {
      std::filesystem::remove(named / "__pycache__/os.pyc");  // compileall renames over it
      return sys_test::write(named / "__pycache__/os.pyc", "code");
    }
    sys_test::write(named.parent_path() / "__pycache__" / (named.stem().string() + ".pyc"),
                    read_file(named));
  }

  void make(const Command& command) const {
    const std::string flags = rest_of(command, "OPT=");
    std::ofstream(command.log, std::ios::app)
        << "gcc " << flags << " -c ../src/Python/ceval.c -o Python/ceval.o\n";
    const std::string destination = rest_of(command, "DESTDIR=");
    if (destination.empty()) return;
    elf_test::MadeElf interpreter;
    interpreter.machine = EM_X86_64;
    interpreter.add_code(flags);
    shape(interpreter, flags);
    const std::filesystem::path prefix = destination + kConfiguredPrefix;
    sys_test::write(prefix / "bin/python3.13", interpreter.write());
    std::filesystem::permissions(prefix / "bin/python3.13", std::filesystem::perms::owner_all);
    sys_test::write(prefix / "lib/python3.13/os.py", "pass\n");
    add(prefix, flags);
  }

  std::mutex mutex_;
  toolchain_test::FakeCompilers compilers_;
  std::map<std::string, int> count_;
};

}  // namespace pytune::build_test
