// One file, because all of it reads ELF files that the same few functions make.
#include "binary/binary.h"

#include <gmock/gmock.h>

#include "unit/binary/made_elf.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using elf_test::code_words;
using elf_test::MadeElf;
using elf_test::raw;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kNop = 0xd503201f;
constexpr std::uint32_t kRet = 0xd65f03c0;
constexpr std::uint32_t kJump = 0xd61f0020;  // br x1
constexpr std::uint32_t kCasal = 0x88e0fc41;
constexpr std::uint64_t kCode = 0x10000;

MadeElf program(const std::vector<std::uint32_t>& code = {kNop, kRet}) {
  MadeElf elf;
  const unsigned text = elf.add_code(code_words(code), kCode);
  elf.segments.push_back({.flags = PF_R | PF_X, .section = text});
  return elf;
}

Binary inspected(const MadeElf& elf) { return inspect_binary(elf.write(), "made"); }

std::string complaint(const std::string& bytes) {
  try {
    inspect_binary(bytes, "it");
  } catch (const UsageError& error) {
    return error.what();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

std::string probe_note(const std::string& name, std::uint64_t at) {
  const std::string description = raw(at) + raw(std::uint64_t{1}) + raw(std::uint64_t{0}) +
                                  std::string("python\0", 7) + name + std::string("\0-4@%edi\0", 9);
  std::string note = raw(std::uint32_t{8}) + raw(static_cast<std::uint32_t>(description.size())) +
                     raw(std::uint32_t{3}) + std::string("stapsdt\0", 8) + description;
  note.resize((note.size() + 3) / 4 * 4);
  return note;
}

TEST(InspectProbes, AreNamedOnceWithTheirPlaces) {
  MadeElf elf = program();
  elf.add({.name = ".note.stapsdt",
           .type = SHT_NOTE,
           .bytes = probe_note("line", 0x10) + probe_note("gc__start", 0x20) +
                    probe_note("line", 0x30)});
  std::vector<std::string> found;
  for (const Probe& probe : inspect_binary(elf.write(), "x").probes)
    found.push_back(probe.name + " " + std::to_string(probe.places));
  EXPECT_THAT(found, ElementsAre("python:gc__start 1", "python:line 2"));
}

TEST(InspectProbes, ThatBreakOffAreNone) {
  for (const std::size_t length : {0U, 7U, 12U, 20U, 30U, 44U, 46U}) {
    MadeElf elf = program();
    elf.add({.name = ".note.stapsdt",
             .type = SHT_NOTE,
             .bytes = probe_note("line", 0x10).substr(0, length)});
    EXPECT_THAT(inspect_binary(elf.write(), "x").probes, IsEmpty()) << length;
  }
}

TEST(BinaryInspection, OtherFilesAreNamedInOneLine) {
  EXPECT_EQ(complaint("#!/bin/sh"), "it: no ELF file");
  EXPECT_EQ(complaint(""), "it: is an empty file, no ELF file");
  EXPECT_EQ(complaint("MZ"), "it: is a program for Windows, no ELF file");
  MadeElf elf = program();
  elf.type = ET_REL;
  EXPECT_THAT(complaint(elf.write()), HasSubstr("it: an object file"));
  elf.type = ET_CORE;
  EXPECT_THAT(complaint(elf.write()), HasSubstr("it: a core dump"));
}

TEST(BinaryInspection, AThirdArchitectureIsNamed) {
  MadeElf elf = program();
  elf.machine = EM_RISCV;
  EXPECT_EQ(complaint(elf.write()),
            "it: made for riscv64; pytune inspects programs for x86_64 and (little-endian) "
            "aarch64");
  elf.machine = EM_386;
  std::string bytes = elf.write();
  bytes[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(complaint(bytes), HasSubstr("made for i386"));
  elf.machine = EM_X86_64;
  bytes = elf.write();
  bytes[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(complaint(bytes), HasSubstr("x32"));
  elf.machine = 0x1234;
  EXPECT_THAT(complaint(elf.write()), HasSubstr("made for machine number 4660"));
}

TEST(BinaryInspection, EveryCutOffFileIsAFailure) {
  MadeElf elf = program();
  elf.add_symbols({{"f", kCode, 8}});
  const std::string whole = elf.write();
  for (std::size_t size = 4; size < whole.size(); ++size)
    EXPECT_THAT(complaint(whole.substr(0, size)), testing::StartsWith("it: ")) << size;
  EXPECT_EQ(complaint(whole), "");
}

TEST(BinaryInspection, DamagedFilesAreReadToNoHarm) {
  MadeElf elf = program({kCasal, kJump, kNop, kRet});
  elf.add_symbols({{"f", kCode, 8}, {"g", kCode + 8, 8}});
  elf.add_dynamic({{DT_FLAGS, DF_BIND_NOW}});
  elf.add_note(NT_GNU_BUILD_ID, "\x01\x02");
  const std::string whole = elf.write();
  for (std::size_t i = 4; i < whole.size(); ++i)
    for (const char wrong : {'\xff', '\x00', '\x7f'}) {
      std::string damaged = whole;
      damaged[i] = wrong;
      complaint(damaged);
    }
}

TEST(BinaryInspection, TellsProgramsFromLibraries) {
  MadeElf elf = program();
  EXPECT_FALSE(inspected(elf).linking.executable);
  elf.segments.push_back(
      {.type = PT_INTERP, .section = elf.add({.name = ".interp", .bytes = "x"})});
  EXPECT_TRUE(inspected(elf).linking.executable);
  EXPECT_TRUE(inspected(elf).linking.position_independent);
  elf.type = ET_EXEC;
  EXPECT_TRUE(inspected(elf).linking.executable);
  EXPECT_FALSE(inspected(elf).linking.position_independent);
}

TEST(BinaryInspection, RelroIsFullOnlyWithEarlyBinding) {
  MadeElf elf = program();
  EXPECT_EQ(inspected(elf).linking.relro, Relro::none);
  elf.segments.push_back({.type = PT_GNU_RELRO});
  EXPECT_EQ(inspected(elf).linking.relro, Relro::partial);
  EXPECT_FALSE(inspected(elf).linking.bind_now);
  for (const auto& [tag, value] : std::vector<std::pair<std::int64_t, std::uint64_t>>{
           {DT_BIND_NOW, 0}, {DT_FLAGS, DF_BIND_NOW}, {DT_FLAGS_1, DF_1_NOW}}) {
    MadeElf early = elf;
    early.add_dynamic({{tag, value}});
    EXPECT_EQ(inspected(early).linking.relro, Relro::full) << tag;
  }
}

TEST(BinaryInspection, ReadsNotes) {
  MadeElf elf = program();
  elf.add_note(NT_GNU_BUILD_ID, "\xab\xcd\x01\x02");
  // Property "FEATURE_1_AND" of AArch64: type, size, bits, padding.
  elf.add_note(5, raw(0xc0000000U) + raw(4U) + raw(3U) + raw(0U), 8);
  const Binary binary = inspected(elf);
  EXPECT_EQ(binary.linking.build_id, "abcd0102");
  EXPECT_THAT(binary.hardening.declared, ElementsAre("BTI", "PAC"));
  elf.machine = EM_X86_64;
  EXPECT_THAT(inspected(elf).hardening.declared, IsEmpty());
}

TEST(BinaryInspection, StackIsExecutableWhenAskedFor) {
  MadeElf elf = program();
  elf.segments.push_back({.type = PT_GNU_STACK, .flags = PF_R | PF_W});
  EXPECT_FALSE(inspected(elf).linking.executable_stack);
  elf.segments.back().flags |= PF_X;
  EXPECT_TRUE(inspected(elf).linking.executable_stack);
}

TEST(BinaryInspection, ASegmentMustNotBeWritableAndExecutable) {
  MadeElf elf = program();
  EXPECT_FALSE(inspected(elf).linking.writable_code);
  elf.segments.front().flags |= PF_W;
  EXPECT_TRUE(inspected(elf).linking.writable_code);
}

TEST(BinaryInspection, StackProtectorIsSeenByItsCall) {
  MadeElf elf = program();
  EXPECT_THAT(inspected(elf).hardening.stack_protector, IsEmpty());
  elf.add_symbols({{.name = "__stack_chk_fail", .defined = false}}, /*dynamic=*/true);
  EXPECT_THAT(inspected(elf).hardening.stack_protector, ElementsAre("calls __stack_chk_fail"));
}

TEST(BinaryInspection, SegmentsMustNotShareAPageOf64K) {
  MadeElf elf = program();
  const unsigned data = elf.add({.name = ".data", .address = 0x20000, .bytes = "data"});
  elf.segments.push_back({.flags = PF_R | PF_W, .section = data});
  EXPECT_TRUE(inspected(elf).linking.pages_64k);
  elf.sections[data - 1].address = 0x11000;
  EXPECT_FALSE(inspected(elf).linking.pages_64k);
  elf.sections[data - 1].address = 0x20000;
  elf.segments.back().align = 0x1000;
  EXPECT_FALSE(inspected(elf).linking.pages_64k);
  EXPECT_EQ(inspected(elf).linking.segment_align, 0x1000U);
}

TEST(BinaryInspection, VersionIsBelievedWhenTheFileSaysThatItIsAPython) {
  MadeElf elf = program();
  const std::string version("hello\0003.13.5\0003.4\0003.x.1\0", 23);
  elf.add({.name = ".rodata", .bytes = version});
  EXPECT_EQ(inspected(elf).python_version, "");  // any library may have such a text
  const std::string tag(".cpython-313d-x86_64-linux-gnu.so\0cpython-313\0", 46);
  elf.sections.back().bytes = version + tag;
  EXPECT_EQ(inspected(elf).python_version, "3.13.5");
  EXPECT_EQ(inspected(elf).abi_flags, "d");
  elf.sections.back().bytes += std::string("3.40.1\0003.0.16\0", 14);  // SQLite's, OpenSSL's
  EXPECT_EQ(inspected(elf).python_version, "3.13.5");
  elf.sections.back().bytes += std::string("3.13.2\0", 7);
  EXPECT_EQ(inspected(elf).python_version, "3.13");
  elf.sections.back().bytes = std::string("3.14.0rc2+\0003.2.0\0cpython-314\0", 29);
  EXPECT_EQ(inspected(elf).python_version, "3.14.0rc2+");
  elf.sections.back().bytes = std::string("3.11.11 (7.3.19, Apr 11 2025)\0pypy311-pp73\0", 43);
  EXPECT_EQ(inspected(elf).python_version, "3.11.11");
}

TEST(BinaryInspection, CompilersAreRead) {
  MadeElf elf = program();
  elf.add({.name = ".comment", .bytes = std::string("GCC: 12\0GCC: 12\0clang 19\0", 25)});
  elf.add({.name = ".GCC.command.line", .bytes = std::string("-O3 -flto=auto\0", 15)});
  const Compilation compilation = inspected(elf).compilation;
  EXPECT_THAT(compilation.compilers, ElementsAre("GCC: 12", "clang 19"));
  EXPECT_THAT(compilation.lto, ElementsAre("-flto in .GCC.command.line"));
  EXPECT_THAT(compilation.pgo, IsEmpty());
}

TEST(BinaryInspection, ProducersAreRead) {
  MadeElf elf = program();
  // One abbreviation: compile unit without children, DW_AT_producer as DW_FORM_string.
  elf.add({.name = ".debug_abbrev", .bytes = std::string("\x01\x11\0\x25\x08\0\0\0", 8)});
  const std::string unit = std::string("\x05\0\x01\x08", 4) + raw(0U) + '\x01' +
                           std::string("GNU GIMPLE 12.2.0 -O3 -fprofile-use\0", 36);
  elf.add({.name = ".debug_info", .bytes = raw(static_cast<std::uint32_t>(unit.size())) + unit});
  const Binary binary = inspected(elf);
  EXPECT_TRUE(binary.linking.debug_info);
  EXPECT_THAT(binary.compilation.producers, ElementsAre("GNU GIMPLE 12.2.0 -O3 -fprofile-use"));
  EXPECT_THAT(binary.compilation.lto, ElementsAre(HasSubstr("GNU GIMPLE")));
  EXPECT_THAT(binary.compilation.pgo, ElementsAre("-fprofile-use in DW_AT_producer"));
}

TEST(BinaryInspection, WordsAreEvidenceOnlyWhole) {
  MadeElf elf = program();
  elf.add({.name = ".GCC.command.line", .bytes = "-fno-lto -fltoo x-flto -fprofile-users"});
  EXPECT_THAT(inspected(elf).compilation.lto, IsEmpty());
  EXPECT_THAT(inspected(elf).compilation.pgo, IsEmpty());
  elf.sections.back().bytes = "-flto=auto -fprofile-use -O2 -fno-lto -fno-profile-use -O3";
  EXPECT_THAT(inspected(elf).compilation.lto, IsEmpty());
  EXPECT_THAT(inspected(elf).compilation.pgo, IsEmpty());
}

TEST(BinaryInspection, SymbolsAndSectionsAreEvidence) {
  MadeElf elf = program();
  elf.add({.name = ".note.bolt_info", .bytes = "x"});
  elf.add({.name = "__llvm_prf_cnts", .bytes = "x"});
  elf.add_symbols(
      {{"f.lto_priv.0", kCode, 4}, {"g.lto_priv.1", kCode + 4, 4}, {"ld-temp.o", 0, 0, STT_FILE}});
  const Compilation compilation = inspected(elf).compilation;
  EXPECT_THAT(compilation.lto, ElementsAre("2 symbols such as f.lto_priv.0 (gcc LTO)",
                                           "symbols of file ld-temp.o (LLVM LTO)"));
  EXPECT_THAT(compilation.pgo, ElementsAre(HasSubstr("section __llvm_prf_cnts")));
  EXPECT_THAT(compilation.bolt, ElementsAre(HasSubstr("section .note.bolt_info")));
}

TEST(BinaryInspection, NamesTheFirstFunctionThatNeedsAFeature) {
  MadeElf elf = program({kNop, kRet, kNop, kCasal, kCasal, kRet});
  elf.add_symbols({{"plain", kCode, 8}, {"atomic", kCode + 8, 16}});
  const Architecture architecture = inspected(elf).code.architecture;
  EXPECT_EQ(architecture.minimum, "armv8-a+lse");
  EXPECT_EQ(architecture.minimum_version, "armv8.1-a");
  ASSERT_EQ(architecture.features.size(), 1U);
  const FeatureUse& use = architecture.features[0];
  EXPECT_EQ(use.feature, "lse");
  EXPECT_EQ(use.instructions, 2U);
  EXPECT_EQ(use.function_count, 1U);
  EXPECT_EQ(use.dispatched, 0U);
  EXPECT_EQ(use.first_function, "atomic");
  EXPECT_EQ(use.first_address, kCode + 12);
  EXPECT_EQ(use.first_instruction, "casal w0, w1, [x2]");
}

TEST(BinaryInspection, FunctionsChosenAtRunTimeDoNotRaiseTheMinimum) {
  for (const unsigned type : {unsigned{STT_FUNC}, unsigned{STT_GNU_IFUNC}}) {
    MadeElf elf = program({kCasal, kRet});
    elf.add_symbols({{type == STT_FUNC ? "add_lse" : "add", kCode, 8, type}});
    const Architecture architecture = inspected(elf).code.architecture;
    EXPECT_EQ(architecture.minimum, "armv8-a");
    EXPECT_EQ(architecture.with_dispatched, "armv8-a+lse");
    EXPECT_EQ(architecture.features.at(0).dispatched, 1U);
  }
}

// adrp x16; ldrb w16, [x16, #3]; cbz w16, 8 -- without a name, as in a stripped file.
TEST(BinaryInspection, OutlineAtomicsAreKnownByTheirCode) {
  MadeElf elf = program(
      {0x94000002, kRet, 0x90000010, 0x39400e10, 0x34000050, kCasal, kRet, 0xc800fc41, kRet});
  elf.add_symbols({{"caller", kCode, 8}, {"", kCode + 8, 28}});
  const Code code = inspected(elf).code;
  EXPECT_EQ(code.atomics.outline_helpers, 1U);
  EXPECT_EQ(code.atomics.outline_calls, 1U);
  EXPECT_EQ(code.atomics.lse, 0U);
  EXPECT_EQ(code.atomics.exclusive_loops, 0U);
  EXPECT_EQ(code.architecture.minimum, "armv8-a");
}

TEST(BinaryInspection, InlineAtomicsAreCounted) {
  MadeElf elf = program({kCasal, 0xc800fc41, kRet});
  elf.add_symbols({{"f", kCode, 12}});
  const Atomics atomics = inspected(elf).code.atomics;
  EXPECT_EQ(atomics.lse, 1U);
  EXPECT_EQ(atomics.exclusive_loops, 1U);
  EXPECT_EQ(atomics.outline_helpers, 0U);
}

TEST(BinaryInspection, EvaluationLoopIsFoundByNameOrByItsJumps) {
  MadeElf elf = program({kJump, kJump, kRet, kJump, kRet});
  elf.add_symbols({{"busy", kCode, 12}, {"_PyEval_EvalFrameDefault", kCode + 12, 8}});
  Dispatch dispatch = inspected(elf).code.dispatch;
  EXPECT_TRUE(dispatch.by_name);
  EXPECT_EQ(dispatch.indirect_jumps, 1U);

  elf = program({kJump, kJump, kRet, kJump, kRet});
  elf.add_symbols({{"busy", kCode, 12}, {"other", kCode + 12, 8}});
  dispatch = inspected(elf).code.dispatch;
  EXPECT_FALSE(dispatch.by_name);
  EXPECT_EQ(dispatch.function, "busy");
  EXPECT_EQ(dispatch.indirect_jumps, 2U);

  elf = program({kRet, kRet});
  EXPECT_EQ(inspected(elf).code.dispatch.function, "");
}

TEST(BinaryInspection, TailCallHandlersAreCounted) {
  MadeElf elf = program({kJump, kJump, kJump});
  elf.add_symbols({{"_TAIL_CALL_POP_TOP", kCode, 4},
                   {"_TAIL_CALL_NOP", kCode + 4, 4},
                   {"_TAIL_CALL_NOP.cold", kCode + 8, 4}});
  EXPECT_EQ(inspected(elf).code.dispatch.tail_call_handlers, 2U);
}

TEST(BinaryInspection, AJumpIntoTheMiddleOfAnotherFunctionIsASplitOne) {
  // b.eq +12 from the first function into the second, past its start.
  MadeElf elf = program({0x54000060, kRet, kNop, kNop, kRet});
  elf.add_symbols({{"hot", kCode, 8}, {"hot.cold", kCode + 8, 12}});
  EXPECT_EQ(inspected(elf).code.split_functions, 1U);
  elf.sections[0].bytes = code_words({0x54000040, kRet, kNop, kNop, kRet});  // to its start
  EXPECT_EQ(inspected(elf).code.split_functions, 0U);
}

// Six hundred functions, the first 200 at odd places, the others aligned.
TEST(BinaryInspection, ColdFunctionsThatComeFirstAreSeenByTheirAlignment) {
  std::vector<std::uint32_t> code;
  std::vector<elf_test::MadeSymbol> symbols;
  const auto function = [&](std::size_t size) {
    symbols.push_back({"f", kCode + 4 * code.size(), 4 * size});
    code.insert(code.end(), size, kNop);
  };
  for (int i = 0; i < 200; ++i) function(3);
  for (int i = 0; i < 400; ++i) function(4);
  MadeElf elf = program(code);
  elf.add_symbols(symbols);
  const Binary binary = inspected(elf);
  EXPECT_NEAR(static_cast<double>(binary.code.unaligned_first), 200, 2);
  EXPECT_THAT(binary.compilation.pgo, ElementsAre(HasSubstr("layout: the first ")));
  // The same functions the other way round are no such border.
  for (auto& symbol : symbols) symbol.address += 4;
  elf = program(code);
  elf.add_symbols(symbols);
  EXPECT_EQ(inspected(elf).code.unaligned_first, 0U);
}

// What the unwind table says of .plt is one function for all, and tail calls go to its middle.
TEST(BinaryInspection, LinkageTablesAreNoFunctions) {
  MadeElf elf = program({0x14000004, kRet, kNop, kNop, kNop, kRet});  // b +16
  elf.add_symbols({{"f", kCode, 8}, {"plt", kCode + 8, 16}});
  EXPECT_EQ(inspected(elf).code.split_functions, 1U);
  elf.add({.name = ".plt", .address = kCode + 8, .bytes = std::string(16, '\0')});
  EXPECT_EQ(inspected(elf).code.split_functions, 0U);
  EXPECT_EQ(inspected(elf).code.functions, 1U);
}

TEST(BinaryInspection, FramePointersAreCountedWhereThereIsAFrame) {
  MadeElf elf = program({0xa9bf7bfd, 0x910003fd, 0x94000000, kRet,  // stp; mov x29, sp; bl
                         0xa9bf7bfd, 0x94000000, kRet, kRet});      // stp; bl
  elf.add_symbols({{"with", kCode, 16}, {"without", kCode + 16, 12}, {"leaf", kCode + 28, 4}});
  const Code code = inspected(elf).code;
  EXPECT_EQ(code.framed_functions, 2U);
  EXPECT_EQ(code.frame_pointers, 1U);
}

TEST(BinaryInspection, StrippedFilesAreReadByTheirUnwindTable) {
  MadeElf elf = program({kJump, kRet, kNop, kRet});
  elf.segments[0].section = 1;
  // Two descriptions: length, CIE, start relative to its own place, size; then the sorted table.
  constexpr std::uint64_t kTable = 0x20000;
  constexpr std::uint64_t kFrames = 0x30000;
  const auto relative = [](std::uint64_t to, std::uint64_t from) {
    return raw(static_cast<std::uint32_t>(to - from));
  };
  const std::string frames = raw(12U) + raw(4U) + relative(kCode, kFrames + 8) + raw(8U) +
                             raw(12U) + raw(4U) + relative(kCode + 8, kFrames + 24) + raw(8U);
  const std::string table = std::string("\x01\x1b\x03\x3b", 4) + relative(kFrames, kTable + 4) +
                            raw(2U) + relative(kCode, kTable) + relative(kFrames, kTable) +
                            relative(kCode + 8, kTable) + relative(kFrames + 16, kTable);
  const unsigned header = elf.add({.name = ".eh_frame_hdr", .address = kTable, .bytes = table});
  const unsigned body = elf.add({.name = ".eh_frame", .address = kFrames, .bytes = frames});
  elf.segments.push_back({.type = PT_GNU_EH_FRAME, .section = header});
  elf.segments.push_back({.section = header});
  elf.segments.push_back({.section = body});
  const Binary binary = inspected(elf);
  EXPECT_TRUE(binary.linking.stripped);
  EXPECT_EQ(binary.code.functions, 2U);
  EXPECT_EQ(binary.code.dispatch.function, "0x10000");
  // The same without section headers: code is what may be executed.
  const Binary bare = inspect_binary(elf.write(/*with_section_headers=*/false), "made");
  EXPECT_EQ(bare.code.functions, 2U);
  EXPECT_EQ(bare.code.bytes, 16U);
}

TEST(BinaryInspection, DataInCodeIsNotDisassembled) {
  MadeElf elf = program({kNop, kCasal, kRet});
  elf.add_symbols({{"f", kCode, 12},
                   {"$x", kCode, 0, STT_NOTYPE},
                   {"$d", kCode + 4, 0, STT_NOTYPE},
                   {"$x.1", kCode + 8, 0, STT_NOTYPE}});
  const Code code = inspected(elf).code;
  EXPECT_THAT(code.architecture.features, IsEmpty());
  EXPECT_EQ(code.instructions, 2U);
}

TEST(BinaryInspection, WhatLiesBetweenFunctionsIsDoubtful) {
  MadeElf elf = program({kRet, kCasal, kCasal, kCasal, kCasal});
  elf.add_symbols({{"f", kCode, 4}});
  const Code code = inspected(elf).code;
  EXPECT_EQ(code.architecture.minimum, "armv8-a");
  EXPECT_EQ(code.architecture.doubtful_instructions, 4U);
  EXPECT_EQ(code.between_functions, 16U);
}

// A table that names the same megabytes a thousand times must not take a thousand times as long.
TEST(BinaryInspection, SectionsThatLieOverEachOtherAreReadOnce) {
  MadeElf elf = program(std::vector<std::uint32_t>(1000, kNop));
  std::string bytes = elf.write();
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  Elf64_Shdr text;
  std::memcpy(&text, bytes.data() + header.e_shoff + sizeof text, sizeof text);
  const std::string table = bytes.substr(header.e_shoff);
  bytes.resize(header.e_shoff);
  bytes += table.substr(0, sizeof text);
  for (int i = 0; i < 1000; ++i) bytes += raw(text);
  header.e_shnum = 1001;
  header.e_shstrndx = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  EXPECT_EQ(inspect_binary(bytes, "made").code.bytes, 4000U);
}

TEST(BinaryInspection, ReadsAProgramOfThisMachine) {
  const Binary binary = inspect_binary(read_file("/bin/true"), "/bin/true");
  EXPECT_TRUE(binary.linking.executable);
  EXPECT_THAT(binary.linking.needed, testing::Contains("libc.so.6"));
  EXPECT_GT(binary.code.functions, 10U);
  EXPECT_GT(binary.code.instructions, 1000U);
  EXPECT_LT(binary.code.undecoded_bytes, binary.code.bytes / 100);
  EXPECT_NE(binary.linking.glibc, "");
}

}  // namespace
}  // namespace pytune
