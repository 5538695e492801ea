#include "emulator/instruction_kinds.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

namespace pytune::emulator {
namespace {

KindMask kinds(std::initializer_list<Kind> all) {
  KindMask mask = 0;
  for (const Kind kind : all) mask |= mask_of(kind);
  return mask;
}

const KindMask kNone = 0;
const KindMask kBranch = kinds({kBranches});
const KindMask kConditional = kinds({kBranches, kConditionalBranches});
const KindMask kIndirect = kinds({kBranches, kIndirectBranches});
const KindMask kDirectCall = kinds({kBranches, kCalls});
const KindMask kIndirectCall = kinds({kBranches, kIndirectBranches, kCalls});
const KindMask kReturn = kinds({kBranches, kReturns});
const KindMask kLoad = kinds({kLoads});
const KindMask kStore = kinds({kStores});
const KindMask kAtomic = kinds({kLoads, kStores, kLseAtomics});
const KindMask kExclusiveLoad = kinds({kLoads, kExclusives});
const KindMask kExclusiveStore = kinds({kStores, kExclusives});
const KindMask kScalar = kinds({kScalarFloat});
const KindMask kNeonOnly = kinds({kNeon});
const KindMask kNeonBfmmla = kinds({kNeon, kBfmmla});
const KindMask kNeonBfdot = kinds({kNeon, kBfdot});
const KindMask kSveOnly = kinds({kSve});
const KindMask kSveLoad = kinds({kSve, kLoads});
const KindMask kSveStore = kinds({kSve, kStores});
const KindMask kSveBfmmla = kinds({kSve, kBfmmla});
const KindMask kSveBfdot = kinds({kSve, kBfdot});

struct Assembled {
  std::uint32_t encoding;
  KindMask kinds;
  const char* text;
};

// What GNU as 2.40 makes of each text (-march=armv8.6-a+sve+bf16+rcpc+crypto).
const Assembled kAssembled[] = {
    {0x54000001, kConditional, "b.ne ."},
    {0xB4000000, kConditional, "cbz x0, ."},
    {0x35000001, kConditional, "cbnz w1, ."},
    {0x36180000, kConditional, "tbz x0, #3, ."},
    {0x37280002, kConditional, "tbnz w2, #5, ."},
    {0x14000000, kBranch, "b ."},
    {0x94000000, kDirectCall, "bl ."},
    {0xD61F0060, kIndirect, "br x3"},
    {0xD63F0080, kIndirectCall, "blr x4"},
    {0xD65F03C0, kReturn, "ret"},
    {0xD71F0822, kIndirect, "braa x1, x2"},
    {0xD63F08BF, kIndirectCall, "blraaz x5"},
    {0xD65F0BFF, kReturn, "retaa"},
    {0xD503201F, kNone, "nop"},
    {0xD4000001, kNone, "svc #0"},
    {0xF9400020, kLoad, "ldr x0, [x1]"},
    {0xF8408C20, kLoad, "ldr x0, [x1, #8]!"},
    {0xF8408420, kLoad, "ldr x0, [x1], #8"},
    {0xB85FD020, kLoad, "ldur w0, [x1, #-3]"},
    {0xF8400820, kLoad, "ldtr x0, [x1]"},
    {0xB9800420, kLoad, "ldrsw x0, [x1, #4]"},
    {0x38E26820, kLoad, "ldrsb w0, [x1, x2]"},
    {0x58000000, kLoad, "ldr x0, ."},
    {0x98000000, kLoad, "ldrsw x0, ."},
    {0x9C000000, kLoad, "ldr q0, ."},
    {0xA9400440, kLoad, "ldp x0, x1, [x2]"},
    {0x69400440, kLoad, "ldpsw x0, x1, [x2]"},
    {0xA8400440, kLoad, "ldnp x0, x1, [x2]"},
    {0x3DC00020, kLoad, "ldr q0, [x1]"},
    {0x3C626820, kLoad, "ldr b0, [x1, x2]"},
    {0xADC10440, kLoad, "ldp q0, q1, [x2, #32]!"},
    {0x4C40A000, kLoad, "ld1 {v0.16b, v1.16b}, [x0]"},
    {0x0DE1B000, kLoad, "ld4 {v0.s, v1.s, v2.s, v3.s}[1], [x0], x1"},
    {0x4D40C800, kLoad, "ld1r {v0.4s}, [x0]"},
    {0xC8DFFC20, kLoad, "ldar x0, [x1]"},
    {0xB8BFC020, kLoad, "ldapr w0, [x1]"},
    {0xD9408020, kLoad, "ldapur x0, [x1, #8]"},
    {0xF8200420, kLoad, "ldraa x0, [x1]"},
    {0xF9000020, kStore, "str x0, [x1]"},
    {0x38001C20, kStore, "strb w0, [x1, #1]!"},
    {0x78226820, kStore, "strh w0, [x1, x2]"},
    {0xF81F8020, kStore, "stur x0, [x1, #-8]"},
    {0xF8000820, kStore, "sttr x0, [x1]"},
    {0xA9BF07E0, kStore, "stp x0, x1, [sp, #-16]!"},
    {0xA8000440, kStore, "stnp x0, x1, [x2]"},
    {0x3D800020, kStore, "str q0, [x1]"},
    {0x3C001420, kStore, "str b0, [x1], #1"},
    {0x6D000440, kStore, "stp d0, d1, [x2]"},
    {0x4C007000, kStore, "st1 {v0.16b}, [x0]"},
    {0x0D007000, kStore, "st3 {v0.h, v1.h, v2.h}[2], [x0]"},
    {0xC89FFC20, kStore, "stlr x0, [x1]"},
    {0x99004020, kStore, "stlur w0, [x1, #4]"},
    {0xF9800000, kNone, "prfm pldl1keep, [x0]"},
    {0xF8A16800, kNone, "prfm pldl1keep, [x0, x1]"},
    {0xD8000000, kNone, "prfm pldl1keep, ."},
    {0xF89FF000, kNone, "prfum pldl1keep, [x0, #-1]"},
    {0xF8200041, kAtomic, "ldadd x0, x1, [x2]"},
    {0xB8E00041, kAtomic, "ldaddal w0, w1, [x2]"},
    {0xF820003F, kAtomic, "stadd x0, [x1]"},
    {0x38201041, kAtomic, "ldclrb w0, w1, [x2]"},
    {0x78203041, kAtomic, "ldseth w0, w1, [x2]"},
    {0xF8204041, kAtomic, "ldsmax x0, x1, [x2]"},
    {0xF8208041, kAtomic, "swp x0, x1, [x2]"},
    {0x38E08041, kAtomic, "swpalb w0, w1, [x2]"},
    {0xC8A07C41, kAtomic, "cas x0, x1, [x2]"},
    {0x48E0FC41, kAtomic, "casalh w0, w1, [x2]"},
    {0x48207C82, kAtomic, "casp x0, x1, x2, x3, [x4]"},
    {0x0860FC82, kAtomic, "caspal w0, w1, w2, w3, [x4]"},
    {0xC85F7C20, kExclusiveLoad, "ldxr x0, [x1]"},
    {0x085FFC20, kExclusiveLoad, "ldaxrb w0, [x1]"},
    {0xC87F0440, kExclusiveLoad, "ldxp x0, x1, [x2]"},
    {0xC8007C41, kExclusiveStore, "stxr w0, x1, [x2]"},
    {0x4800FC41, kExclusiveStore, "stlxrh w0, w1, [x2]"},
    {0xC8208861, kExclusiveStore, "stlxp w0, x1, x2, [x3]"},
    {0xD5033F5F, kNone, "clrex"},
    {0xD5033BBF, kNone, "dmb ish"},
    {0x1E622820, kScalar, "fadd d0, d1, d2"},
    {0x9E660020, kScalar, "fmov x0, d1"},
    {0x1E220020, kScalar, "scvtf s0, w1"},
    {0x9E58F420, kScalar, "fcvtzs x0, d1, #3"},
    {0x1E602008, kScalar, "fcmp d0, #0.0"},
    {0x1E620C20, kScalar, "fcsel d0, d1, d2, eq"},
    {0x1F420C20, kScalar, "fmadd d0, d1, d2, d3"},
    {0x1E6E1000, kScalar, "fmov d0, #1.0"},
    {0x4EA28420, kNeonOnly, "add v0.4s, v1.4s, v2.4s"},
    {0x6F00E400, kNeonOnly, "movi v0.2d, #0"},
    {0x4FA21020, kNeonOnly, "fmla v0.4s, v1.4s, v2.s[1]"},
    {0x5EF1B820, kNeonOnly, "addp d0, v1.2d"},
    {0x5EE28420, kNeonOnly, "add d0, d1, d2"},
    {0x4E040C20, kNeonOnly, "dup v0.4s, w1"},
    {0x0E0C3C20, kNeonOnly, "umov w0, v1.s[1]"},
    {0x4E020020, kNeonOnly, "tbl v0.16b, {v1.16b}, v2.16b"},
    {0x4E284820, kNeonOnly, "aese v0.16b, v1.16b"},
    {0x5E024020, kNeonOnly, "sha256h q0, q1, v2.4s"},
    {0x4E829420, kNeonOnly, "sdot v0.4s, v1.16b, v2.16b"},
    {0x6E42EC20, kNeonBfmmla, "bfmmla v0.4s, v1.8h, v2.8h"},
    {0x6E42FC20, kNeonBfdot, "bfdot v0.4s, v1.8h, v2.8h"},
    {0x2E42FC20, kNeonBfdot, "bfdot v0.2s, v1.4h, v2.4h"},
    {0x4F62F820, kNeonBfdot, "bfdot v0.4s, v1.8h, v2.2h[3]"},
    {0x2EC2FC20, kNeonOnly, "bfmlalb v0.4s, v1.8h, v2.8h"},
    {0x6462E420, kSveBfmmla, "bfmmla z0.s, z1.h, z2.h"},
    {0x64628020, kSveBfdot, "bfdot z0.s, z1.h, z2.h"},
    {0x64724020, kSveBfdot, "bfdot z0.s, z1.h, z2.h[2]"},
    {0x2518E3E0, kSveOnly, "ptrue p0.b"},
    {0x04A20020, kSveOnly, "add z0.s, z1.s, z2.s"},
    {0x25A11C00, kSveOnly, "whilelo p0.s, x0, x1"},
    {0x0420E3E0, kSveOnly, "cntb x0"},
    {0x85804000, kSveLoad, "ldr z0, [x0]"},
    {0x85800000, kSveLoad, "ldr p0, [x0]"},
    {0xA540A000, kSveLoad, "ld1w {z0.s}, p0/z, [x0]"},
    {0xA4002000, kSveLoad, "ld1rqb {z0.b}, p0/z, [x0]"},
    {0xA5E16000, kSveLoad, "ldff1d {z0.d}, p0/z, [x0, x1, lsl #3]"},
    {0xC541C000, kSveLoad, "ld1w {z0.d}, p0/z, [x0, z1.d]"},
    {0x8423C020, kSveLoad, "ld1b {z0.s}, p0/z, [z1.s, #3]"},
    {0xA520E000, kSveLoad, "ld2w {z0.s, z1.s}, p0/z, [x0]"},
    {0xE5804000, kSveStore, "str z0, [x0]"},
    {0xE5800000, kSveStore, "str p0, [x0]"},
    {0xE540E000, kSveStore, "st1w {z0.s}, p0, [x0]"},
    {0xE581A000, kSveStore, "st1d {z0.d}, p0, [x0, z1.d]"},
    {0x85C04000, kSveOnly, "prfw pldl1keep, p0, [x0]"},
    {0x8401C000, kSveOnly, "prfb pldl1keep, p0, [x0, x1]"},
    {0xC461E000, kSveOnly, "prfd pldl1keep, p0, [x0, z1.d, lsl #3]"},
    {0x8481E020, kSveOnly, "prfh pldl1keep, p0, [z1.s, #2]"},
    {0x8B020020, kNone, "add x0, x1, x2"},
    {0xD28000A0, kNone, "mov x0, #5"},
    {0x90000000, kNone, "adrp x0, ."},
    {0x9B027C20, kNone, "mul x0, x1, x2"},
    {0x9AC24C20, kNone, "crc32x w0, w1, x2"},
    {0x9AC20820, kNone, "udiv x0, x1, x2"},
};

TEST(InstructionKinds, TellsWhatAnAarch64InstructionIs) {
  for (const Assembled& one : kAssembled)
    EXPECT_EQ(aarch64_kinds(one.encoding), one.kinds) << one.text;
}

TEST(InstructionKinds, ReservedEncodingsAreOfNoKindThatAProgramWouldNotice) {
  EXPECT_EQ(aarch64_kinds(0x00000000), kNone);  // udf #0
  EXPECT_EQ(aarch64_kinds(0xD4200000), kNone);  // brk #0
}

TEST(InstructionKinds, MemoryTagsAreNeitherLoadedNorStored) {
  EXPECT_EQ(aarch64_kinds(0xD9600020), kNone);  // ldg x0, [x1]
  EXPECT_EQ(aarch64_kinds(0xD9200820), kNone);  // stg x0, [x1]
}

struct X86 {
  std::vector<std::uint8_t> bytes;
  KindMask kinds;
  const char* text;
};

const X86 kX86[] = {
    {{0x75, 0xFE}, kConditional, "jne"},
    {{0x0F, 0x84, 0, 0, 0, 0}, kConditional, "je near"},
    {{0x2E, 0x0F, 0x84, 0, 0, 0, 0}, kConditional, "je with a hint"},
    {{0xE3, 0xFE}, kConditional, "jrcxz"},
    {{0xEB, 0xFE}, kBranch, "jmp short"},
    {{0xE9, 0, 0, 0, 0}, kBranch, "jmp"},
    {{0xF2, 0xE9, 0, 0, 0, 0}, kBranch, "bnd jmp"},
    {{0xFF, 0xE0}, kIndirect, "jmp *%rax"},
    {{0x41, 0xFF, 0xE3}, kIndirect, "jmp *%r11"},
    {{0x3E, 0xFF, 0xE0}, kIndirect, "notrack jmp *%rax"},
    {{0xFF, 0x25, 0, 0, 0, 0}, kIndirect, "jmp *0(%rip)"},
    {{0xE8, 0, 0, 0, 0}, kDirectCall, "call"},
    {{0xFF, 0xD0}, kIndirectCall, "call *%rax"},
    {{0x41, 0xFF, 0x54, 0x24, 8}, kIndirectCall, "call *8(%r12)"},
    {{0xC3}, kReturn, "ret"},
    {{0xF3, 0xC3}, kReturn, "repz ret"},
    {{0xC2, 8, 0}, kReturn, "ret $8"},
    {{0xFF, 0xC0}, kNone, "inc %eax"},
    {{0xFF, 0x35, 0, 0, 0, 0}, kNone, "push 0(%rip)"},
    {{0x0F, 0x05}, kNone, "syscall"},
    {{0xF3, 0x0F, 0x1E, 0xFA}, kNone, "endbr64"},
    {{0x48, 0x8B, 0x07}, kNone, "mov (%rdi), %rax"},
    {{0xC5, 0xF8, 0x77}, kNone, "vzeroupper"},
    {{0x66, 0x48}, kNone, "prefixes alone"},
    {{0x0F}, kNone, "half an opcode"},
    {{0xFF}, kNone, "no ModRM"},
    {{}, kNone, "nothing"},
};

TEST(InstructionKinds, TellsWhatAnX86InstructionIs) {
  for (const X86& one : kX86)
    EXPECT_EQ(x86_64_kinds(one.bytes.data(), one.bytes.size()), one.kinds) << one.text;
}

TEST(InstructionKinds, OfX86NothingIsToldThatIsNotCounted) {
  for (const X86& one : kX86) EXPECT_EQ(one.kinds & ~kX86_64Kinds, 0) << one.text;
}

TEST(InstructionKinds, EachHasANameOfItsOwn) {
  EXPECT_EQ(std::set<std::string>(kKindNames.begin(), kKindNames.end()).size(),
            static_cast<std::size_t>(kKinds));
}

}  // namespace
}  // namespace pytune::emulator
