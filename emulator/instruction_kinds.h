// What is counted of an instruction, found from its encoding alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pytune::emulator {

// An instruction may be of several kinds: CAS is a load, a store, and an LSE atomic.
enum Kind : std::uint8_t {
  kBranches,             // whatever may change the program counter, system calls excepted
  kConditionalBranches,  // taken or not
  kIndirectBranches,     // through a register or memory, calls included, returns not
  kCalls,                // direct or indirect
  kReturns,
  kLoads,   // instructions, not bytes: a load of a pair is one; prefetches are none
  kStores,  // likewise
  kLseAtomics,
  kExclusives,  // load- and store-exclusive: a retry counts again
  kScalarFloat,
  kNeon,  // Advanced SIMD that computes, the cryptographic instructions among it
  kSve,   // all of SVE and SVE2, its loads and stores too
  kBfmmla,
  kBfdot,
  kKinds,
};

using KindMask = std::uint16_t;
static_assert(kKinds <= 16);
constexpr KindMask mask_of(Kind kind) { return static_cast<KindMask>(1U << kind); }

// As the counts file calls them.
inline constexpr std::array<const char*, kKinds> kKindNames = {
    "branches",
    "conditional-branches",
    "indirect-branches",
    "calls",
    "returns",
    "loads",
    "stores",
    "lse-atomics",
    "exclusives",
    "scalar-float",
    "neon",
    "sve",
    "bfmmla",
    "bfdot",
};

KindMask aarch64_kinds(std::uint32_t instruction);

// Branches only (Intel SDM vol. 2, appendix A): telling loads from stores would take the whole
// opcode map, and asking QEMU for each access costs more than emulating it.
KindMask x86_64_kinds(const std::uint8_t* bytes, std::size_t size);

// The kinds that are found for this guest; the rest is absent, which is not zero.
inline constexpr KindMask kAarch64Kinds = (1U << kKinds) - 1;
inline constexpr KindMask kX86_64Kinds = mask_of(kBranches) | mask_of(kConditionalBranches) |
                                         mask_of(kIndirectBranches) | mask_of(kCalls) |
                                         mask_of(kReturns);

}  // namespace pytune::emulator
