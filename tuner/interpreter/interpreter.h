// An interpreter: how it is run, what stands for its bytes, what it was given.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "build/target.h"
#include "input/record.h"
#include "sys/process.h"
#include "toolchain/emulator.h"

namespace pytune {

// Which interpreter a process is, by its own account. Empty parts: it did not say.
struct SelfReport {
  std::string version;     // sys.version's first word: "3.13.5"
  std::string executable;  // its program's file, links followed
  std::string build;       // sys.version, tag of its bytecode, hexversion: in one line
  bool operator==(const SelfReport&) const = default;
};
DECLARE_RECORD(SelfReport);

// Python: own_program() is the file of the running interpreter, as profiles/pyperf_hook has it.
// sys.executable is what it was called by, which a launcher chooses (exec -a "$0") and a site may
// set; but where the loader of another system was started, only that is in /proc/self/exe.
// mapped() gives the files in memory.
inline constexpr const char* kOwnProgram = R"(
import sys
sys.path = [path for path in sys.path if path]
import os
def mapped():
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        ends = [line.rstrip("\n").split(None, 5)[5:] for line in maps]
    return {end[0] for end in ends if end and end[0].startswith("/")}
def own_program():
    named = os.path.realpath(sys.executable) if sys.executable else ""
    try:
        running = os.path.realpath("/proc/self/exe")
        files = mapped()
    except OSError:
        return named
    return running if named not in files and running in files else named
)";

// Whether both may be of the same interpreter: what one of them did not say is not compared.
bool may_be_same(const SelfReport& one, const SelfReport& other);
// "/usr/bin/python3.11 (3.11.2)"
std::string description_of(const SelfReport& report);

// It runs in one of three ways: on this machine; on this machine, but by the dynamic loader and the
// libraries of another system that was unpacked in `root`; or under an emulator, which looks for
// the system's files in `root` first.
struct Interpreter {
  std::string python;                           // absolute path
  int minor = 0;                                // 13: Python 3.13; 0: not known
  std::vector<std::string> packages = {};       // directories of what was installed for it alone
  std::vector<std::string> dependencies = {};   // of those, what pip chose: "idna-3.10"
  std::string root = {};                        // its system's folder; empty: this machine's own
  Environment variables = {};                   // that it runs with besides plain_environment()
  std::optional<EmulatedMachine> machine = {};  // that it is a program of; nothing: this one
  // Where the compiler that it was built with lies by its usual name, for what is compiled for it;
  // empty: it is installed.
  std::string compilers = {};
  // Stands for its bytes in keys: the SHA-256 over executable and libpython. Empty: of a build in
  // the store, whose path holds the hash of all that made it.
  std::string identity = {};
  // The SHA-256 over the libraries that LD_PRELOAD brings into it. Empty: there are none.
  std::string preloaded = {};
  // Bytes of environment that others measured beside it have more than it: the environment lies
  // above the stack, whose alignment moves with its size.
  int filler_bytes = 0;
  // For people, as it says itself. Empty where it was not asked.
  std::string name = {};            // as the user called it, or a build's name
  std::string implementation = {};  // "CPython", "PyPy"
  std::string version = {};         // of the language: "3.11.2"
  std::string compiler = {};        // "GCC 12.2.0"
  std::string emulated = {};        // how, where it was measured elsewhere, by an emulator
  SelfReport self = {};             // what each of its workers has to say, too
};
// Of an arm: what its workers depend on. How a result shows it is recorded apart (result/).
DECLARE_RECORD(Interpreter);

// A build as an interpreter, with its configuration's variables; of a build for `target`, run as
// that. Its identity is its id.
Interpreter interpreter_of(const Build& build, const Target* target);

// Where its compiler lies, if that was unpacked and not installed; else empty.
std::string unpacked_compilers_of(const Build& build);

// The words before the path of an interpreter that is to run only, uncounted; none for one of this
// machine's own. Throws Failure where the root has no dynamic loader.
std::vector<std::string> words_before(const Interpreter& interpreter);

// How an emulator runs it, with what its loader is told; of one that has a machine.
Emulation emulation_of(const Interpreter& interpreter);

// Whether the loader of its system starts it, and not this machine's: with another libc it is
// another program.
bool runs_by_own_loader(const Interpreter& interpreter);

// `arguments` with the interpreter before them, where workers run, in its environment: one with
// nothing of the user's but PATH and HOME (no PYTHONPATH, no site packages of the user, no bytecode
// written, no locale), and the interpreter's own variables. A launcher may choose by either: what
// is asked must be what is measured.
Command command_of(const Interpreter& interpreter, const std::vector<std::string>& arguments);
Environment plain_environment();
// Where whatever is measured runs: of the same length for everybody, and nothing a user has files
// in.
inline constexpr const char* kWorkersDirectory = "/";

// Read by glibc itself: an emulator's own would take it for its own.
bool is_loaders_variable(const std::string& name);

// Its variables that go into a process's environment: all but what an emulator is told otherwise.
Environment direct_variables(const Interpreter& interpreter);

// Those of its variables without which it may not start, or not find its library: for commands that
// prepare it and are not measured.
Environment variables_to_start(const Interpreter& interpreter);

// What variables make of an interpreter, for keys; null where it has none.
nlohmann::json surroundings_key(const Interpreter& interpreter);

// "/usr/bin/python3 (CPython 3.11.2)", "a.json (Python 3.12.1, emulated)"
std::string label_of(const Interpreter& interpreter);

}  // namespace pytune
