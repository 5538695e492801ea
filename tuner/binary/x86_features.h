// Which feature an x86-64 instruction needs, by the way it is encoded and its mnemonic.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// How the bytes of an instruction begin: Intel 64 and IA-32 Architectures Software Developer's
// Manual, volume 2, chapter 2.
struct X86Encoding {
  enum class Kind { legacy, rex2, vex, evex, xop };
  Kind kind = Kind::legacy;
  unsigned map = 0;  // 0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A, others as VEX and EVEX number them
  bool locked = false;            // prefix F0
  bool wide = false;              // VEX.L: 256 bits
  bool register_operand = false;  // ModRM.mod is 3
};
X86Encoding x86_encoding(std::string_view bytes);

// Names as LLVM and compilers have them ("sse4.2", "avx2"); empty for what every x86-64 processor
// runs. `mnemonic` is Intel's. "avx512f" stands for any of the five AVX-512 sets of x86-64-v4.
//
// Instructions that older processors run as another harmless one count as baseline: ENDBR64, RDSSP
// and PREFETCHW are no-ops there, and TZCNT runs as BSF, for which reason compilers write it as
// "rep bsf" for any processor.
//
// Every encoding has a default, the set that most of its instructions came with, and the tables
// name what came with another; so a set newer than the tables shows as the default of its encoding
// rather than as nothing. Sets by the manual's column "CPUID Feature Flag".
std::vector<std::string_view> x86_features(std::string_view mnemonic, const X86Encoding& encoding);

// "x86-64-v1" to "x86-64-v4", the lowest level whose features (by LLVM's target parser) and those
// in `beyond` are all of `features`.
struct X86Level {
  std::string name;
  std::vector<std::string> beyond;
};
X86Level x86_level(const std::vector<std::string>& features);

}  // namespace pytune
