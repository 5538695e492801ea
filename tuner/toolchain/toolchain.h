// Compilers and what belongs to them: found, asked for their version and abilities, identified by
// content.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "spec/configuration.h"
#include "sys/process.h"
#include "toolchain/cpu_names.h"
#include "toolchain/passed_trials.h"

namespace pytune {

// What the compilers generate code for.
struct CrossTarget {
  std::string triple;             // "aarch64-linux-gnu"; empty: what each compiler does by itself
  std::filesystem::path sysroot;  // headers and libraries of the target; empty: the compiler's own
  // The target's libclang_rt.profile by clang's major version: what code that counts is linked
  // with. A clang that is not here looks for its own. Empty: not fetched yet, and not tried.
  std::map<std::string, std::filesystem::path> clang_profile_runtimes = {};
  // The target's libbolt_rt_instr.a by llvm-bolt's major version: what an interpreter that BOLT
  // counts in needs. Empty: not fetched yet, and not tried.
  std::map<std::string, std::filesystem::path> bolt_runtimes = {};
};

struct Tool {
  std::string name;  // "gcc-12", "cc1", "ld", "llvm-profdata"
  std::string path;
  std::string version;  // first line of --version, or empty
  std::string sha256;
};

struct Toolchain {
  // Canonical: "gcc-12", "clang-19", or the resolved path when it is none of the usual names; the
  // user's own words follow ("/opt/zig/zig cc").
  std::string name;
  CompilerFamily family = CompilerFamily::gcc;
  std::string path;          // absolute
  std::string version;       // "12.2.0", of the family: armclang 24.04 is clang 18.0.0
  std::string version_text;  // first line of --version
  std::string triple;        // "x86_64-linux-gnu"
  std::string architecture;  // "x86_64", "aarch64"
  // That every call of the compiler needs, behind its path: the user's own, --target, --sysroot.
  std::vector<std::string> words;
  std::vector<std::string> link_words;          // that every link needs besides
  std::vector<std::string> profile_link_words;  // that a link of code that counts needs besides
  std::string ar, ranlib, nm;                   // that understand the compiler's LTO objects
  std::string strip, objcopy, readelf;          // for the target's files
  std::vector<std::string> gcov;        // reads this compiler's .gcda; clang: {llvm-cov, "gcov"}
  std::optional<std::string> profdata;  // llvm-profdata of the same version (clang)
  std::optional<std::string> bolt;      // newest llvm-bolt found, any version
  int bolt_major = 0;                   // of its LLVM; 0: it did not say
  std::optional<std::string> merge_fdata;
  // For another machine: CrossTarget::bolt_runtimes' of that version, or nothing.
  std::optional<std::string> bolt_runtime;
  std::vector<Tool> tools;  // everything whose bytes can change the result: driver, cc1, assembler,
                            // linker, shared LLVM
  std::string identity;     // hash over `tools`
  // Of the standard library, whose headers it does not find (optional_modules.h).
  std::vector<std::string> absent_modules;
  // Of a compiler that was unpacked somewhere: where its programs lie by their usual names, to come
  // first on PATH, so that a build names none of this machine's paths. Empty: it is installed.
  std::string folder;
  // It is not here yet: only for a plan, in which nothing of it is tried.
  bool stand_in = false;
  // Of the LLVM that makes the code of CPython's JIT compiler; empty: none is built.
  std::string jit_identity = {};
  // The Python that makes it, where configure would take one that cannot; else empty.
  std::string jit_python = {};

  // The compiler called with these words.
  std::vector<std::string> call(const std::vector<std::string>& more) const;
};

struct BoltTools {
  std::optional<std::string> bolt;  // any version
  int major = 0;                    // of its LLVM; 0: it did not say
  std::optional<std::string> merge_fdata;
};

// What a compiler or its tool complained of first.
std::string complaint_of(const Outcome& outcome);

// The path that a compiler itself gives for a program, or nothing.
using NamedBy = std::function<std::optional<std::string>(const std::string& program)>;

// A compiler that is not installed, but unpacked in a folder.
struct UnpackedCompiler {
  std::string name;     // canonical: "debian:13/gcc-14"
  std::string program;  // "gcc-14"
  bool clang = false;
  std::string version;           // "14"
  std::filesystem::path folder;  // with its programs; empty: not fetched yet
  std::string contents;          // stands for the bytes of all that it works with
};

// What a name that begins with kUnpacked stands for. Throws Failure or UsageError: why not.
using CompilerSource = std::function<UnpackedCompiler(const std::string& name)>;
inline constexpr const char* kUnpacked = "debian:";

class ToolchainProbe {
 public:
  // With a target's triple the names stay what they are: "gcc-12" is then the program
  // aarch64-linux-gnu-gcc-12 (or gcc-12 itself on such a machine), "clang-19" is clang-19
  // with --target.
  explicit ToolchainProbe(ProcessRunner& runner, CrossTarget target = {})
      : runner_(runner), target_(std::move(target)) {}

  // Without this, only compilers of this machine are known.
  void take_unpacked_from(CompilerSource source) { unpacked_ = std::move(source); }

  // Trials of flags that passed before are not run again, and those that pass are added. It has to
  // outlive this.
  void take_passed_from(PassedTrials& passed) { passed_ = &passed; }

  // Every gcc-N and clang-N for the target on PATH, newest first, by canonical name; gcc and clang
  // themselves resolve to one of these.
  std::vector<std::string> discover(CompilerFamily family);

  // Name ("gcc", "gcc-12", "clang"), path, or several words (compiler_call.h). Null with `reason`
  // set when it is not there or neither gcc nor clang, by what it does (compiler_kind.h).
  const Toolchain* probe(const std::string& name, std::string& reason);

  // Compiles and links a one-line program with these words; the compiler's first complaint, or
  // nothing. Remembered.
  std::optional<std::string> trial(const Toolchain& toolchain,
                                   const std::vector<std::string>& words);

  // Whether a program that it makes with these words runs here, and counts and lays out data as
  // CPython takes for granted; what is not so, or nothing. Of a cross compiler nothing is known.
  // Remembered.
  std::optional<std::string> premises_trial(const Toolchain& toolchain,
                                            const std::vector<std::string>& words);

  // Each does with the toolchain what a build does, on a program of one line; what goes wrong, or
  // nothing. Remembered. `words` are the flags of compilation and link.
  // Links objects that the archiver has put into a library: with LTO it has to know them.
  std::optional<std::string> archive_trial(const Toolchain& toolchain,
                                           const std::vector<std::string>& words);
  // Counts, merges and uses a profile. Where the program cannot run here, it is not.
  std::optional<std::string> profile_trial(const Toolchain& toolchain);
  // Calls that are jumps, as an interpreter of tail calls makes them: what the compiler must
  // promise (musttail and preserve_none, of CPython 3.14's Python/ceval.c and 3.15's configure),
  // and that a million of them in a row keep their arguments and take no stack. Run where that can
  // be.
  std::optional<std::string> tail_call_trial(const Toolchain& toolchain,
                                             const std::vector<std::string>& words);
  // Has llvm-bolt instrument the program, or the shared library, and rewrite it.
  std::optional<std::string> bolt_trial(const Toolchain& toolchain,
                                        const std::vector<std::string>& words, bool shared = false);

  // The newest llvm-bolt and merge-fdata on PATH. Remembered.
  const BoltTools& bolt_tools();

  // What a program on PATH says to --version; empty where there is none. Remembered.
  std::string version_of(const std::string& program);

  // What the compiler itself takes this machine's CPU for, by a name of its own; nothing when it
  // does not say.
  std::optional<std::string> native_name(const Toolchain& toolchain);

  // This machine's CPU by LLVM's name; by the compiler's own where it is older than the CPU. In
  // words that the compiler accepts. Remembered.
  const CpuTarget& native_target(const Toolchain& toolchain);

 private:
  Outcome ask(const std::vector<std::string>& argv, const std::filesystem::path& directory = {});
  Outcome ask_for_output(const std::vector<std::string>& argv);
  std::string answer(const std::vector<std::string>& argv);
  std::optional<std::string> why_it_does_not_run(const Toolchain& toolchain,
                                                 const std::filesystem::path& directory);
  std::string program(const std::string& name) const;
  std::optional<Toolchain> look_up(const std::string& name, std::string& reason);
  std::optional<Toolchain> look_up_unpacked(const std::string& name, std::string& reason);
  std::string cannot_work(const Toolchain& t);
  void add_programs(Toolchain& t, bool aimed);
  std::string add_parts_of_clang(Toolchain& t, const std::string& major, bool aimed);
  std::string not_there(const std::string& name);
  NamedBy named_by(const Toolchain& t);
  std::string recognize(Toolchain& t);
  std::vector<std::string> absent_modules(const Toolchain& t);
  Toolchain examine(const std::vector<std::string>& call, const std::string& path,
                    std::string& reason);
  // Runs these commands in turn in a directory of their own; the first complaint, or nothing.
  std::optional<std::string> try_commands(const Toolchain& toolchain,
                                          const std::vector<std::vector<std::string>>& commands);

  ProcessRunner& runner_;
  CrossTarget target_;
  CompilerSource unpacked_;
  PassedTrials* passed_ = nullptr;
  std::optional<BoltTools> bolt_tools_;
  std::map<std::string, std::pair<std::optional<Toolchain>, std::string>> known_;
  // Hashed: such words are long and begin alike.
  std::unordered_map<std::string, std::optional<std::string>> trials_;
  std::map<std::string, std::string> versions_;
  std::map<std::string, CpuTarget> natives_;
};

}  // namespace pytune
