#include "binary/stack_header.h"

#include <gmock/gmock.h>

#include "binary/hardening_facts.h"
#include "unit/binary/made_elf.h"

namespace pytune {
namespace {

using elf_test::MadeElf;
using ::testing::HasSubstr;

// As llvm-bolt -use-gnu-stack leaves it.
MadeElf without_stack_header() {
  MadeElf elf;
  elf.machine = EM_X86_64;
  elf.type = ET_EXEC;
  elf.add_code("code");
  elf.segments.push_back({.type = PT_PHDR, .section = 1});
  elf.segments.push_back({.type = PT_LOAD, .flags = PF_R | PF_X, .section = 1});
  return elf;
}

TEST(StackHeader, TakesThePlaceOfTheOneThatIsNotNeeded) {
  std::string bytes = without_stack_header().write();
  EXPECT_FALSE(hardening_of(bytes)->stack);
  const auto patch = stack_header_patch(bytes);
  ASSERT_TRUE(patch.has_value());
  bytes.replace(patch->offset, patch->bytes.size(), patch->bytes);
  EXPECT_TRUE(hardening_of(bytes)->stack);
  EXPECT_EQ(stack_header_patch(bytes), std::nullopt);
}

TEST(StackHeader, IsNotTouchedWhereItIsOrCannotBe) {
  MadeElf elf = without_stack_header();
  elf.segments.push_back({.type = PT_GNU_STACK, .flags = PF_R | PF_W});
  EXPECT_EQ(stack_header_patch(elf.write()), std::nullopt);
  elf = without_stack_header();
  elf.type = ET_DYN;
  EXPECT_EQ(stack_header_patch(elf.write()), std::nullopt);
  elf = without_stack_header();
  elf.segments.erase(elf.segments.begin());
  EXPECT_EQ(stack_header_patch(elf.write()), std::nullopt);
  const std::string whole = without_stack_header().write();
  for (std::size_t size = 0; size < 180; ++size) stack_header_patch(whole.substr(0, size));
  EXPECT_EQ(stack_header_patch("#!/bin/sh\n"), std::nullopt);
}

TEST(StackHeader, IsAlsoAShellCommand) {
  const auto patch = stack_header_patch(without_stack_header().write());
  ASSERT_TRUE(patch.has_value());
  EXPECT_THAT(patch->command("python"), HasSubstr("printf '\\121\\345\\164\\144\\006\\000"));
  EXPECT_THAT(patch->command("python"), HasSubstr("' | dd of=python bs=1 seek=64 conv=notrunc"));
}

}  // namespace
}  // namespace pytune
