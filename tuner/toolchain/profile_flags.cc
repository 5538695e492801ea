#include "toolchain/flags.h"

namespace pytune {

std::vector<std::string> profile_generate_flags(CompilerFamily family, PgoKind::Value kind) {
  const bool front_end = family == CompilerFamily::clang && kind == PgoKind::Value::front_end;
  return {front_end ? "-fprofile-instr-generate" : "-fprofile-generate"};
}

std::vector<std::string> profile_generate_link(const Toolchain& toolchain, PgoKind::Value kind) {
  std::vector<std::string> flags = profile_generate_flags(toolchain.family, kind);
  flags.insert(flags.end(), toolchain.profile_link_words.begin(),
               toolchain.profile_link_words.end());
  return flags;
}

std::vector<std::string> profile_use_flags(CompilerFamily family, const std::string& profile,
                                           PgoKind::Value kind) {
  // -fprofile-correction: counters of threads may disagree; -Wno-missing-profile: modules the
  // training never loads have none. A mismatch, which gcc takes for an error by itself, costs one
  // function its profile, not the build; compile_log.h finds it.
  if (family == CompilerFamily::gcc)
    return {"-fprofile-use", "-fprofile-correction", "-Wno-missing-profile",
            "-Wno-error=coverage-mismatch"};
  const char* const use =
      kind == PgoKind::Value::front_end ? "-fprofile-instr-use=" : "-fprofile-use=";
  return {use + profile, "-Wno-profile-instr-unprofiled", "-Wno-profile-instr-out-of-date"};
}

namespace {

constexpr const char* kOnX86 = "x86_64";
constexpr const char* kOnArm = "aarch64";

struct BoltFlag {
  std::string_view word;
  std::string_view architecture = {};  // empty: all
  int oldest = 0;                      // LLVM's major version
  int newest = 999;
  bool of_shared = false;  // of shared libraries only, and of their instrumentation
};

// CPython's own (configure.ac, BOLT_COMMON_FLAGS) and python-build-standalone's where the two
// differ, for it has met the faults:
// - -use-gnu-stack of CPython's takes the header away without which the stack is executable
//   (https://github.com/llvm/llvm-project/issues/174191).
// - Folding identical code made functions share an address, which CPython compares (slot
//   functions); LLVM 20 and later can leave out those whose address is taken.
// - The frame optimizer, which is of x86-64 alone, breaks the compressors of SHA-2 and BLAKE2
//   (https://github.com/astral-sh/python-build-standalone/issues/1186), which a build with
//   modules=static has in the interpreter; a name that is not there is passed over.
// - cdsplit splits code of AArch64 where it may not be split
//   (https://github.com/astral-sh/ruff/pull/27575).
// - Computed gotos of position-independent code end llvm-bolt 19 with an error, and older ones make
//   code that is wrong; 21 takes them (https://github.com/python/cpython/issues/128472,
//   https://github.com/llvm/llvm-project/pull/120267). CPython has them in the bytecodes' loop and
//   in the matcher of regular expressions.
// - -inline-all ends llvm-bolt 19 with a fault on any program for AArch64; 22 takes it.
constexpr BoltFlag kBoltFlags[] = {
    {"-update-debug-sections=0"},
    {"-reorder-blocks=ext-tsp"},
    {"-reorder-functions=cdsort"},
    {"-split-functions"},
    {"-split-strategy=cdsplit", kOnX86},
    {"-split-strategy=profile2", kOnArm},
    {"-icf=0", {}, 0, 19},
    {"-icf=safe", {}, 20},
    {"-inline-all", kOnX86},
    {"-inline-all", kOnArm, 22},
    {"-split-eh"},
    {"-jump-tables=move"},
    {"-peepholes=none"},
    {"-frame-opt=hot", kOnX86},
    {"-skip-funcs=RC4_options/1,sha256_update/.*,sha512_update/.*,"
     "PyBlake2_blake2b_compress/.*,PyBlake2_blake2s_compress/.*,update_block.*",
     kOnX86},
    {"-skip-funcs=_PyEval_EvalFrameDefault.*,sre_ucs[124]_match.*", {}, 0, 20, true},
    {"-dyno-stats"},
};

bool suits(const BoltFlag& flag, const Toolchain& toolchain) {
  return (flag.architecture.empty() || flag.architecture == toolchain.architecture) &&
         toolchain.bolt_major >= flag.oldest && toolchain.bolt_major <= flag.newest;
}

}  // namespace

std::vector<std::string> bolt_flags(const Toolchain& toolchain, bool shared) {
  std::vector<std::string> words;
  for (const BoltFlag& flag : kBoltFlags)
    if (suits(flag, toolchain) && (shared || !flag.of_shared)) words.emplace_back(flag.word);
  return words;
}

std::vector<std::string> bolt_instrument_flags(const Toolchain& toolchain, bool shared) {
  std::vector<std::string> words;
  for (const BoltFlag& flag : kBoltFlags)
    if (suits(flag, toolchain) && shared && flag.of_shared) words.emplace_back(flag.word);
  return words;
}

// llvm-bolt takes the name for one in the lib folder of its own LLVM, whatever it begins with
// (RuntimeLibrary::getLibPath). Above the root there is the root.
std::string bolt_runtime_flag(const std::string& runtime) {
  constexpr const char* kUpToTheRoot = "../../../../../../../../../../../..";
  return std::string("-runtime-instrumentation-lib=") + kUpToTheRoot + runtime;
}

}  // namespace pytune
