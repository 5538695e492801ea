#include "binary/disassembler.h"

#include <gmock/gmock.h>

#include "binary/x86_features.h"
#include "unit/binary/made_elf.h"

namespace pytune {
namespace {

using elf_test::code_words;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> needs(Machine machine, const std::string& bytes) {
  Disassembler& disassembler = Disassembler::of(machine);
  Instruction instruction;
  if (!disassembler.decode(bytes, 0x1000, instruction)) return {"undecodable"};
  EXPECT_EQ(instruction.size, bytes.size());
  std::vector<std::string> names;
  for (const auto feature : *instruction.features)
    names.push_back(disassembler.feature_name(feature));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> arm_needs(std::uint32_t word) {
  return needs(Machine::aarch64, code_words({word}));
}

std::vector<std::string> x86_needs(const std::string& bytes) {
  return needs(Machine::x86_64, bytes);
}

Instruction decoded(Machine machine, const std::string& bytes) {
  Instruction instruction;
  EXPECT_TRUE(Disassembler::of(machine).decode(bytes, 0x1000, instruction));
  return instruction;
}

TEST(Disassembler, AArch64BaselineNeedsNothing) {
  for (const std::uint32_t word : {
           0xd503201fU,  // nop
           0xa9bf7bfdU,  // stp x29, x30, [sp, #-16]!
           0xc800fc41U,  // stlxr w0, x1, [x2]
           0x4e22d420U,  // fadd v0.4s, v1.4s, v2.4s
       })
    EXPECT_THAT(arm_needs(word), IsEmpty()) << std::hex << word;
}

// Older processors run them as nop; that is why they are where they are.
TEST(Disassembler, HintsNeedNothing) {
  EXPECT_THAT(arm_needs(0xd503233f), IsEmpty());  // paciasp
  EXPECT_THAT(arm_needs(0xd503245f), IsEmpty());  // bti c
}

TEST(Disassembler, NamesTheFeatureOfAnAArch64Instruction) {
  const std::vector<std::pair<std::uint32_t, const char*>> cases = {
      {0x88e0fc41, "lse"},      // casal w0, w1, [x2]
      {0x9ac24c20, "crc"},      // crc32x w0, w1, x2
      {0xb8bfc020, "rcpc"},     // ldapr w0, [x1]
      {0x4e420c20, "fp16"},     // fmla v0.8h, v1.8h, v2.8h
      {0x4e829420, "dotprod"},  // sdot v0.4s, v1.16b, v2.16b
      {0x6e42fc20, "bf16"},     // bfdot v0.4s, v1.8h, v2.8h
      {0x4e82a420, "i8mm"},     // smmla v0.4s, v1.16b, v2.16b
      {0x4e284820, "aes"},      // aese v0.16b, v1.16b
      {0xd65f0bff, "pauth"},    // retaa: no hint
      {0x6e828420, "rdm"},      // sqrdmlah v0.4s, v1.4s, v2.4s
      {0x25a11c00, "sve"},      // whilelo p0.s, x0, x1
      {0xcec08420, "sm4"},      // sm4e v0.4s, v1.4s
      {0xd500401f, "flagm"},    // cfinv
      {0x19010440, "mops"},     // cpyfp [x0]!, [x1]!, x2!
  };
  for (const auto& [word, feature] : cases) EXPECT_THAT(arm_needs(word), ElementsAre(feature));
}

TEST(Disassembler, AnInstructionMayNeedTwoFeatures) {
  EXPECT_THAT(arm_needs(0x6462e420), ElementsAre("bf16", "sve"));  // bfmmla z0.s, z1.h, z2.h
}

// LLVM 19 decodes some of these with writes outside their operands; so none comes to it.
TEST(Disassembler, SmeIsToldByItsEncoding) {
  for (const std::uint32_t word : {0x80800000U, 0xc0080000U, 0xe1ffffffU, 0xa1e12f80U})
    EXPECT_THAT(arm_needs(word), ElementsAre("sme")) << std::hex << word;
}

TEST(Disassembler, MinimumNamesTheFirstVersionWithAll) {
  Disassembler& arm = Disassembler::of(Machine::aarch64);
  const auto minimum = [&](const std::vector<std::uint32_t>& code) {
    std::set<unsigned> features;
    for (const auto word : code) {
      const auto instruction = decoded(Machine::aarch64, code_words({word}));
      features.insert(instruction.features->begin(), instruction.features->end());
    }
    return arm.minimum(features);
  };
  EXPECT_EQ(minimum({0xd503201f}).spelling, "armv8-a");
  EXPECT_EQ(minimum({0xd503201f}).version, "armv8-a");
  EXPECT_EQ(minimum({0x88e0fc41}).spelling, "armv8-a+lse");
  EXPECT_EQ(minimum({0x88e0fc41}).version, "armv8.1-a");
  EXPECT_EQ(minimum({0x88e0fc41, 0xb8bfc020}).spelling, "armv8-a+lse+rcpc");
  EXPECT_EQ(minimum({0x88e0fc41, 0xb8bfc020}).version, "armv8.3-a");
  EXPECT_EQ(minimum({0xcec08420}).version, "");  // SM4 is optional in every version
}

TEST(Disassembler, KnowsBranchesAndFrames) {
  const auto arm = [](std::uint32_t word) { return decoded(Machine::aarch64, code_words({word})); };
  EXPECT_TRUE(arm(0xd61f0020).indirect_branch);   // br x1
  EXPECT_FALSE(arm(0xd65f03c0).indirect_branch);  // ret
  EXPECT_TRUE(arm(0xd63f0020).call);              // blr x1
  EXPECT_EQ(arm(0x94000002).target, 0x1008U);     // bl #8
  EXPECT_TRUE(arm(0x54000040).conditional);       // b.eq #8
  EXPECT_EQ(arm(0x54000040).target, 0x1008U);
  EXPECT_TRUE(arm(0x14000002).direct_branch);  // b #8
  EXPECT_FALSE(arm(0x14000002).conditional);
  EXPECT_TRUE(arm(0xd503245f).landing_pad);   // bti c
  EXPECT_FALSE(arm(0xd503249f).landing_pad);  // bti j
  EXPECT_TRUE(arm(0xd503233f).landing_pad);   // paciasp
  EXPECT_TRUE(arm(0xd503233f).signs_return);
  EXPECT_TRUE(arm(0xc800fc41).exclusive_store);     // stlxr w0, x1, [x2]
  EXPECT_TRUE(arm(0xa9bf7bfd).makes_frame);         // stp x29, x30, [sp, #-16]!
  EXPECT_TRUE(arm(0x910003fd).sets_frame_pointer);  // mov x29, sp

  const auto x86 = [](const std::string& bytes) { return decoded(Machine::x86_64, bytes); };
  EXPECT_TRUE(x86("\xff\xe0").indirect_branch);           // jmp rax
  EXPECT_TRUE(x86("\x3e\xff\xe0").indirect_branch);       // notrack jmp rax
  EXPECT_TRUE(x86("\xff\x24\xc2").indirect_branch);       // jmp [rdx + 8*rax]
  EXPECT_FALSE(x86("\xff\xd0").indirect_branch);          // call rax
  EXPECT_FALSE(x86("\xc3").indirect_branch);              // ret
  EXPECT_EQ(x86({"\xe8\x10\0\0\0", 5}).target, 0x1015U);  // call
  EXPECT_TRUE(x86("\xf3\x0f\x1e\xfa").landing_pad);       // endbr64
  EXPECT_TRUE(x86({"\xf0\xff\0", 3}).locked);             // lock inc [rax]
  EXPECT_TRUE(x86("\x87\x03").locked);                    // xchg [rbx], eax
  EXPECT_TRUE(x86("\x55").makes_frame);                   // push rbp
  EXPECT_TRUE(x86("\x48\x89\xe5").sets_frame_pointer);    // mov rbp, rsp
  EXPECT_FALSE(x86("\x48\x89\xe0").sets_frame_pointer);   // mov rax, rsp
}

TEST(Disassembler, BytesThatAreNoInstructionAreSteppedOver) {
  Instruction instruction;
  EXPECT_FALSE(Disassembler::of(Machine::aarch64).decode(code_words({0xffffffff}), 0, instruction));
  EXPECT_EQ(instruction.size, 4U);
  EXPECT_FALSE(Disassembler::of(Machine::aarch64).decode("\x1f\x20", 0, instruction));
  EXPECT_EQ(instruction.size, 2U);
  EXPECT_FALSE(Disassembler::of(Machine::x86_64).decode("\x06", 0, instruction));
  EXPECT_EQ(instruction.size, 1U);
  EXPECT_FALSE(Disassembler::of(Machine::x86_64).decode("\x0f", 0, instruction));  // cut off
}

TEST(X86Features, NamesTheSetOfAnInstruction) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"\x48\x89\xe5", {}},                          // mov rbp, rsp
      {"\xf3\x0f\x1e\xfa", {}},                      // endbr64: a no-op before CET
      {"\xf3\x48\x0f\x1e\xc8", {}},                  // rdsspq rax: the same
      {"\xf3\x0f\xbc\xd8", {}},                      // tzcnt: "rep bsf" before BMI
      {"\xf3\x0f\xbd\xd8", {"lzcnt"}},               // lzcnt: differs from bsr
      {"\xf3\x0f\xb8\xd8", {"popcnt"}},              // popcnt
      {{"\x66\x0f\x38\0\xc8", 5}, {"ssse3"}},        // pshufb
      {"\x66\x0f\x38\x37\xc8", {"sse4.2"}},          // pcmpgtq
      {"\x66\x0f\x38\xdc\xc8", {"aes"}},             // aesenc
      {"\x48\x0f\xc7\x08", {"cx16"}},                // cmpxchg16b [rax]
      {"\xc5\xf4\x58\xd0", {"avx"}},                 // vaddps ymm
      {"\xc5\xf1\xfe\xd0", {"avx"}},                 // vpaddd xmm
      {"\xc5\xf5\xfe\xd0", {"avx2"}},                // vpaddd ymm
      {"\xc4\xe2\x79\x18\xc8", {"avx2"}},            // vbroadcastss xmm, xmm
      {"\xc4\xe2\x79\x18\x08", {"avx"}},             // vbroadcastss xmm, [rax]
      {"\xc4\xe2\x75\xb8\xd0", {"fma"}},             // vfmadd231ps
      {"\xc4\xe2\xe3\xf5\xc8", {"bmi2"}},            // pdep
      {"\xc4\xe2\x71\xdc\xd0", {"aes", "avx"}},      // vaesenc xmm
      {"\xc4\xe2\x75\xdc\xd0", {"vaes"}},            // vaesenc ymm
      {"\xc5\xf8\x93\xc1", {"avx512f"}},             // kmovw
      {"\x62\xf1\x74\x48\x58\xd0", {"avx512f"}},     // vaddps zmm
      {"\x62\xf2\x75\x48\x50\xd0", {"avx512vnni"}},  // vpdpbusd zmm
  };
  for (const auto& [bytes, features] : cases)
    EXPECT_EQ(x86_needs(bytes), features) << testing::PrintToString(bytes);
}

TEST(X86Features, LevelIsTheLowestThatHasAll) {
  EXPECT_EQ(x86_level({}).name, "x86-64-v1");
  EXPECT_EQ(x86_level({"cx16"}).name, "x86-64-v2");
  EXPECT_EQ(x86_level({"sse3", "ssse3", "sse4.1", "sse4.2", "popcnt", "sahf"}).name, "x86-64-v2");
  EXPECT_EQ(x86_level({"avx"}).name, "x86-64-v3");
  EXPECT_EQ(x86_level({"bmi2", "fma", "f16c", "lzcnt", "movbe"}).name, "x86-64-v3");
  EXPECT_EQ(x86_level({"avx512f"}).name, "x86-64-v4");
  EXPECT_EQ(x86_level({"aes"}).name, "x86-64-v1");
  EXPECT_THAT(x86_level({"aes", "sse3"}).beyond, ElementsAre("aes"));
}

}  // namespace
}  // namespace pytune
