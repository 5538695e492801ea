// Machine code to instructions, by LLVM's MC layer, and what each instruction is and needs.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "binary/image.h"

namespace pytune {

struct Instruction {
  std::uint64_t address = 0;
  unsigned size = 0;
  bool call = false;
  bool direct_branch = false;       // a jump to the place it names
  bool conditional = false;         // of a direct branch
  bool indirect_branch = false;     // a jump to where a register or memory says; no return
  std::uint64_t target = 0;         // of a direct branch or call; else 0
  bool landing_pad = false;         // indirect calls may end here: BTI c, PACIASP, ENDBR64
  bool signs_return = false;        // PACIASP and its kin
  bool exclusive_store = false;     // AArch64: STXR and its kin, one for each loop of exclusives
  bool locked = false;              // x86: LOCK prefix, or XCHG with memory
  bool makes_frame = false;         // makes room on the stack, or saves a register there
  bool sets_frame_pointer = false;  // the frame pointer points into the stack from here on
  const std::vector<unsigned>* features = nullptr;  // what it needs; empty: only the baseline
};

// The processors that have all of a set of features.
struct MinimumArchitecture {
  std::string spelling;  // what compilers are told: "armv8-a+lse", "x86-64-v3+aes"
  std::string version;   // the first version with all of them: "armv8.1-a"; empty: none has
};

// One for each architecture; making it takes milliseconds. It learns as it goes: what an opcode
// needs is found out once.
//
// Needs are counted against Armv8-A with Advanced SIMD, and x86-64 with SSE2. On AArch64 LLVM's
// decoder itself is asked: an instruction that it refuses with the baseline's features is tried
// with each feature, the smallest first, then with each two. On x86-64 LLVM decodes everything at
// all times; there the needs are `x86_features`.
class Disassembler {
 public:
  static Disassembler& of(Machine machine);
  explicit Disassembler(Machine machine);
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;
  ~Disassembler();

  // The instruction that `bytes` begin with; nothing else than its size is set, and false returned,
  // when there is none.
  bool decode(std::string_view bytes, std::uint64_t address, Instruction& instruction);

  // "casal w0, w1, [x2]": the instruction decoded last.
  std::string text() const;

  // As -march spells it: "lse", "fp16", "avx2". "unknown": beyond the baseline, but of no one or
  // two features that LLVM knows.
  const std::string& feature_name(unsigned feature) const;

  MinimumArchitecture minimum(const std::set<unsigned>& features) const;

 private:
  struct Llvm;
  std::unique_ptr<Llvm> llvm_;
};

}  // namespace pytune
