#include "binary/hardening_facts.h"

#include <gmock/gmock.h>

#include "unit/binary/made_elf.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using elf_test::MadeElf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A program with all of it, x86-64.
MadeElf hardened(bool protects = true) {
  MadeElf elf;
  elf.machine = EM_X86_64;
  elf.add_code("code");
  elf.segments.push_back({.type = PT_LOAD, .flags = PF_R | PF_X, .section = 1});
  elf.segments.push_back({.type = PT_INTERP, .section = 1});
  elf.segments.push_back({.type = PT_GNU_STACK, .flags = PF_R | PF_W});
  elf.segments.push_back({.type = PT_GNU_RELRO});
  elf.add_dynamic({{DT_FLAGS_1, DF_1_NOW | DF_1_PIE}});
  if (protects)
    elf.add_symbols({{.name = "__stack_chk_fail", .defined = false},
                     {.name = "__memcpy_chk", .defined = false}},
                    /*dynamic=*/true);
  const std::string property = elf_test::raw(std::uint32_t{0xc0000002}) +
                               elf_test::raw(std::uint32_t{4}) + elf_test::raw(std::uint32_t{3}) +
                               elf_test::raw(std::uint32_t{0});
  elf.add_note(5, property, 8);
  return elf;
}

HardeningFacts facts(const MadeElf& elf, const std::string& name = "bin/python3.13") {
  const auto found = hardening_of(elf.write());
  EXPECT_TRUE(found.has_value());
  return {{name, found.value_or(FileHardening())}};
}

std::vector<std::string> losses(const HardeningFacts& before, const HardeningFacts& after) {
  std::vector<std::string> texts;
  for (const auto& loss : lost_protections(before, after)) texts.push_back(loss.text);
  return texts;
}

TEST(HardeningFacts, AreReadFromHeadersAndSymbols) {
  const FileHardening found = facts(hardened()).begin()->second;
  EXPECT_TRUE(found.stack);
  EXPECT_EQ(found.relro, Relro::full);
  EXPECT_TRUE(found.pie);
  EXPECT_FALSE(found.writable_code);
  EXPECT_THAT(found.branches, ElementsAre("IBT", "SHSTK"));
  EXPECT_TRUE(found.stack_protector);
  EXPECT_TRUE(found.fortify);
  EXPECT_THAT(found.text(), HasSubstr("stack not executable, RELRO full, PIE"));
  EXPECT_EQ(hardening_of("#!/bin/sh\n"), std::nullopt);
}

TEST(HardeningFacts, EqualFilesLostNothing) {
  EXPECT_THAT(losses(facts(hardened()), facts(hardened())), IsEmpty());
}

TEST(HardeningFacts, AMissingStackHeaderIsAnExecutableStack) {
  for (const bool arm : {false, true}) {
    MadeElf before = hardened();
    before.machine = arm ? EM_AARCH64 : EM_X86_64;
    MadeElf after = before;
    std::erase_if(after.segments, [](const auto& s) { return s.type == PT_GNU_STACK; });
    EXPECT_THAT(losses(facts(before), facts(after)),
                ElementsAre("bin/python3.13 has an executable stack"));
    after.segments.push_back({.type = PT_GNU_STACK, .flags = PF_R | PF_W | PF_X});
    EXPECT_THAT(losses(facts(before), facts(after)),
                ElementsAre("bin/python3.13 has an executable stack"));
  }
}

TEST(HardeningFacts, EachLossIsNamed) {
  MadeElf bare;
  bare.machine = EM_X86_64;
  bare.type = ET_EXEC;
  bare.add_code("code");
  bare.segments.push_back({.type = PT_LOAD, .flags = PF_R | PF_W | PF_X, .section = 1});
  bare.segments.push_back({.type = PT_GNU_STACK, .flags = PF_R | PF_W});
  EXPECT_THAT(
      losses(facts(hardened()), facts(bare)),
      ElementsAre("bin/python3.13 has none RELRO, not full", "bin/python3.13 is no PIE",
                  "bin/python3.13 has a segment that is writable and executable",
                  "bin/python3.13 no longer declares IBT, SHSTK",
                  "no function checks its stack any more", "no call is fortified any more"));
  EXPECT_THAT(losses(facts(bare), facts(hardened())), IsEmpty());
}

TEST(HardeningFacts, OneModuleWithAProtectedFunctionIsEnough) {
  HardeningFacts before = facts(hardened());
  HardeningFacts after = facts(hardened(/*protects=*/false));
  EXPECT_THAT(losses(before, after), testing::SizeIs(2));
  after.merge(facts(hardened(), "lib/python3.13/lib-dynload/_json.so"));
  EXPECT_THAT(losses(before, after), IsEmpty());
}

TEST(HardeningFacts, ARunPathOutsideTheInstallationIsALoss) {
  HardeningFacts before = facts(hardened());
  HardeningFacts after = before;
  after.begin()->second.run_paths = {"$ORIGIN/../lib"};
  EXPECT_THAT(losses(before, after), IsEmpty());
  after.begin()->second.run_paths = {"/tmp/build"};
  EXPECT_THAT(losses(before, after),
              ElementsAre("bin/python3.13 looks for libraries in \"/tmp/build\""));
  EXPECT_THAT(losses(after, after), IsEmpty());
}

class HardeningBelow : public sys_test::Scratch {};

TEST_F(HardeningBelow, CoversInterpreterLibraryAndModules) {
  const std::string elf = hardened().write();
  for (const char* name :
       {"bin/python3.13", "lib/libpython3.13.so.1.0", "lib/python3.13/lib-dynload/_ssl.so",
        "lib/python3.13/site-packages/x.so"})
    sys_test::write(at(name), elf);
  sys_test::write(at("bin/pip"), "#!/bin/sh\n");
  std::vector<std::string> names;
  for (const auto& [name, file] : hardening_below(at(""))) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("bin/python3.13", "lib/libpython3.13.so.1.0",
                                 "lib/python3.13/lib-dynload/_ssl.so"));
}

}  // namespace
}  // namespace pytune
