#include "emulator/instruction_kinds.h"

#include <algorithm>

namespace pytune::emulator {
namespace {

constexpr KindMask kConditional = mask_of(kBranches) | mask_of(kConditionalBranches);
constexpr KindMask kIndirect = mask_of(kBranches) | mask_of(kIndirectBranches);
constexpr KindMask kDirectCall = mask_of(kBranches) | mask_of(kCalls);
constexpr KindMask kReturn = mask_of(kBranches) | mask_of(kReturns);
constexpr KindMask kLoad = mask_of(kLoads);
constexpr KindMask kStore = mask_of(kStores);
constexpr KindMask kAtomic = mask_of(kLoads) | mask_of(kStores) | mask_of(kLseAtomics);
constexpr KindMask kExclusiveLoad = mask_of(kLoads) | mask_of(kExclusives);
constexpr KindMask kExclusiveStore = mask_of(kStores) | mask_of(kExclusives);
constexpr KindMask kSveLoad = mask_of(kSve) | kLoad;
constexpr KindMask kSveStore = mask_of(kSve) | kStore;
constexpr KindMask kSveBfmmla = mask_of(kSve) | mask_of(kBfmmla);
constexpr KindMask kSveBfdot = mask_of(kSve) | mask_of(kBfdot);
constexpr KindMask kNeonBfmmla = mask_of(kNeon) | mask_of(kBfmmla);
constexpr KindMask kNeonBfdot = mask_of(kNeon) | mask_of(kBfdot);

struct Encoding {
  std::uint32_t mask;
  std::uint32_t value;
  KindMask kinds;
};

// Arm Architecture Reference Manual (DDI 0487), "A64 instruction set encoding" in chapter C4, by
// the names of its tables. In each group the first row that fits decides. FEAT_MOPS and FEAT_MTE,
// which copy, fill or tag memory, are neither loads nor stores here.

// "Branches, Exception Generating and System instructions"
constexpr Encoding kBranchEncodings[] = {
    {0xFF000000, 0x54000000, kConditional},  // B.cond, BC.cond
    {0x7E000000, 0x34000000, kConditional},  // CBZ, CBNZ
    {0x7E000000, 0x36000000, kConditional},  // TBZ, TBNZ
    {0xFC000000, 0x14000000, mask_of(kBranches)},
    {0xFC000000, 0x94000000, kDirectCall},                  // BL
    {0xFEFF0000, 0xD61F0000, kIndirect},                    // BR, BRAA to BRABZ
    {0xFEFF0000, 0xD63F0000, kIndirect | mask_of(kCalls)},  // BLR, BLRAA to BLRABZ
    {0xFEFF0000, 0xD65F0000, kReturn},                      // RET, RETAA, RETAB
    {0xFFC0001F, 0x5500001F, kReturn},                      // RETAASPPC, RETABSPPC
};

// "Loads and Stores"
constexpr Encoding kMemoryEncodings[] = {
    // "Compare and swap pair", "Compare and swap": Rt2 is 31.
    {0xBFA07C00, 0x08207C00, kAtomic},
    {0x3FA07C00, 0x08A07C00, kAtomic},
    // "Load/store exclusive register", "pair"
    {0x3FC00000, 0x08400000, kExclusiveLoad},
    {0x3FC00000, 0x08000000, kExclusiveStore},
    // "Load/store ordered": LDAR, LDLAR, STLR, STLLR
    {0x3FE00000, 0x08C00000, kLoad},
    {0x3FE00000, 0x08800000, kStore},
    // "LDAPR/STLR (unscaled immediate)": opc 0 stores
    {0x3FE00C00, 0x19000000, kStore},
    {0x3F200C00, 0x19000000, kLoad},
    // The same of SIMD&FP registers, "Load/store ordered pair", LDAPR and STLR with write-back
    {0x3B600C00, 0x19400800, kLoad},
    {0x3B600C00, 0x19000800, kStore},
    // "Load/store memory tags", then "128-bit atomic memory operations" and read-check-write
    {0xFF200000, 0xD9200000, 0},
    {0x3F200000, 0x19200000, kAtomic},
    // "Load register (literal)": opc 3 is PRFM
    {0xFF000000, 0xD8000000, 0},
    {0x3B000000, 0x18000000, kLoad},
    // "Load/store no-allocate pair", "register pair"
    {0x3A400000, 0x28400000, kLoad},
    {0x3A400000, 0x28000000, kStore},
    // "Advanced SIMD load/store multiple structures", "single structure"
    {0xBE400000, 0x0C400000, kLoad},
    {0xBE400000, 0x0C000000, kStore},
    // "Atomic memory operations": LDAPR, LD64B, ST64B, ST64BV and ST64BV0 are none
    {0x3FFFFC00, 0x38BFC000, kLoad},
    {0xFFFFFC00, 0xF83FD000, kLoad},
    {0xFFFFFC00, 0xF83F9000, kStore},
    {0xFFE0FC00, 0xF820B000, kStore},
    {0xFFE0FC00, 0xF820A000, kStore},
    {0x3F200C00, 0x38200000, kAtomic},
    // "Load/store register (pac)"
    {0xFF200400, 0xF8200400, kLoad},
    // PRFUM, PRFM (register), PRFM (immediate)
    {0xFFE00C00, 0xF8800000, 0},
    {0xFFE00C00, 0xF8A00800, 0},
    {0xFFC00000, 0xF9800000, 0},
    // "Load/store register" of SIMD&FP registers, where bit 22 is the direction, then of general
    // ones, where opc 0 stores: unscaled, post- and pre-indexed, unprivileged; by register;
    // unsigned immediate
    {0x3F600000, 0x3C400000, kLoad},
    {0x3F600000, 0x3C000000, kStore},
    {0x3FE00000, 0x38000000, kStore},
    {0x3F200000, 0x38000000, kLoad},
    {0x3F600C00, 0x3C600800, kLoad},
    {0x3F600C00, 0x3C200800, kStore},
    {0x3FE00C00, 0x38200800, kStore},
    {0x3F200C00, 0x38200800, kLoad},
    {0x3F400000, 0x3D400000, kLoad},
    {0x3F400000, 0x3D000000, kStore},
    {0x3FC00000, 0x39000000, kStore},
    {0x3F000000, 0x39000000, kLoad},
};

// "Data Processing -- Scalar Floating-Point and Advanced SIMD"
constexpr Encoding kFloatEncodings[] = {
    {0xFFE0FC00, 0x6E40EC00, kNeonBfmmla},
    {0xBFE0FC00, 0x2E40FC00, kNeonBfdot},
    {0xBFC0F400, 0x0F40F000, kNeonBfdot},  // by element
    // op0 x0x1: conversions, moves, arithmetic, comparison and selection of single values
    {0x5E000000, 0x1E000000, mask_of(kScalarFloat)},
    {0x0E000000, 0x0E000000, mask_of(kNeon)},
};

// "SVE encodings"
constexpr Encoding kSveEncodings[] = {
    {0xFFE0FC00, 0x6460E400, kSveBfmmla},
    {0xFFE0FC00, 0x64608000, kSveBfdot},
    {0xFFE0FC00, 0x64604000, kSveBfdot},  // indexed
    // Prefetches, in "SVE Memory - 32-bit Gather and Unsized Contiguous" and "64-bit Gather"
    {0xFFC08010, 0x85C00000, mask_of(kSve)},
    {0xFE60E010, 0x8400C000, mask_of(kSve)},
    {0xFE60E010, 0x8400E000, mask_of(kSve)},
    {0xFFA08010, 0x84200000, mask_of(kSve)},
    {0xFE60E010, 0xC400E000, mask_of(kSve)},
    {0xFFA08010, 0xC4200000, mask_of(kSve)},
    {0xFFE08010, 0xC4608000, mask_of(kSve)},
    {0xFE000000, 0x84000000, kSveLoad},
    {0xFE000000, 0xA4000000, kSveLoad},
    {0xFE000000, 0xC4000000, kSveLoad},
    {0xFE000000, 0xE4000000, kSveStore},
    {0x1E000000, 0x04000000, mask_of(kSve)},
};

template <std::size_t N>
KindMask first_match(const Encoding (&encodings)[N], std::uint32_t instruction) {
  const auto* found = std::find_if(
      std::begin(encodings), std::end(encodings),
      [&](const Encoding& encoding) { return (instruction & encoding.mask) == encoding.value; });
  return found == std::end(encodings) ? KindMask{0} : found->kinds;
}

// "Legacy prefixes" and REX (SDM vol. 2, 2.1.1 and 2.2.1).
bool is_prefix(std::uint8_t byte) {
  constexpr std::uint8_t kLegacy[] = {0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65,
                                      0x66, 0x67, 0xF0, 0xF2, 0xF3};
  return (byte & 0xF0) == 0x40 ||
         std::find(std::begin(kLegacy), std::end(kLegacy), byte) != std::end(kLegacy);
}

// Opcode FF, "group 5": the operation is in the reg field of the ModRM byte.
KindMask group_5(std::uint8_t modrm) {
  switch ((modrm >> 3) & 7) {
    case 2:
    case 3:
      return kIndirect | mask_of(kCalls);
    case 4:
    case 5:
      return kIndirect;
    default:
      return 0;
  }
}

}  // namespace

// The group is told by op0, bits 28 to 25 ("A64 instruction set encoding", main table).
KindMask aarch64_kinds(std::uint32_t instruction) {
  switch ((instruction >> 25) & 15) {
    case 2:
      return first_match(kSveEncodings, instruction);
    case 10:
    case 11:
      return first_match(kBranchEncodings, instruction);
    case 4:
    case 6:
    case 12:
    case 14:
      return first_match(kMemoryEncodings, instruction);
    case 7:
    case 15:
      return first_match(kFloatEncodings, instruction);
    default:
      return 0;
  }
}

KindMask x86_64_kinds(const std::uint8_t* bytes, std::size_t size) {
  const std::uint8_t* const end = bytes + size;
  bytes = std::find_if_not(bytes, end, is_prefix);
  if (bytes == end) return 0;
  const std::uint8_t opcode = *bytes++;
  if ((opcode & 0xF0) == 0x70 || (opcode & 0xFC) == 0xE0) return kConditional;  // Jcc, LOOP, JRCXZ
  switch (opcode) {
    case 0x0F:
      return bytes != end && (*bytes & 0xF0) == 0x80 ? kConditional : KindMask{0};
    case 0xE8:
      return kDirectCall;
    case 0xE9:
    case 0xEB:
      return mask_of(kBranches);
    case 0xC2:
    case 0xC3:
    case 0xCA:
    case 0xCB:
      return kReturn;
    case 0xFF:
      return bytes == end ? KindMask{0} : group_5(*bytes);
    default:
      return 0;
  }
}

}  // namespace pytune::emulator
