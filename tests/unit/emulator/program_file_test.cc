#include "emulator/program_file.h"

#include <elf.h>
#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune::emulator {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class ProgramFile : public sys_test::Scratch {
 protected:
  std::string elf(const std::string& name, std::uint16_t machine, std::uint16_t type = ET_DYN,
                  unsigned char bits = ELFCLASS64) {
    std::string bytes(sizeof(Elf64_Ehdr), '\0');
    bytes.replace(0, 4, ELFMAG);
    bytes[EI_CLASS] = static_cast<char>(bits);
    bytes[EI_DATA] = ELFDATA2LSB;
    bytes.replace(offsetof(Elf64_Ehdr, e_type), 2, reinterpret_cast<const char*>(&type), 2);
    bytes.replace(offsetof(Elf64_Ehdr, e_machine), 2, reinterpret_cast<const char*>(&machine), 2);
    return executable(name, bytes);
  }
  std::string executable(const std::string& name, const std::string& bytes) {
    sys_test::write(at(name), bytes);
    fs::permissions(at(name), fs::perms::owner_all);
    return at(name).string();
  }
  std::optional<Started> start(const std::string& path, std::vector<std::string> arguments = {"me"},
                               const std::string& prefix = "") {
    return find_started(*find_guest("aarch64"), prefix, path, std::move(arguments));
  }
};

TEST_F(ProgramFile, StartsProgramsOfTheGuestOnly) {
  const std::string ours = elf("ours", EM_AARCH64);
  ASSERT_TRUE(start(ours));
  EXPECT_EQ(start(ours)->file, ours);
  EXPECT_THAT(start(ours)->arguments, ElementsAre("me"));
  EXPECT_TRUE(start(elf("fixed", EM_AARCH64, ET_EXEC)));
  EXPECT_FALSE(start(elf("host", EM_X86_64)));
  EXPECT_FALSE(start(elf("object", EM_AARCH64, ET_REL)));
  EXPECT_FALSE(start(elf("narrow", EM_AARCH64, ET_EXEC, ELFCLASS32)));
  EXPECT_FALSE(start(executable("cut", "\177ELF\2\1\1")));
  EXPECT_FALSE(start(executable("empty", "")));
}

TEST_F(ProgramFile, LeavesAloneWhatTheKernelWouldRefuse) {
  fs::permissions(elf("plain", EM_AARCH64), fs::perms::owner_read);
  EXPECT_FALSE(start(at("plain")));
  EXPECT_FALSE(start(at("absent")));
  EXPECT_FALSE(start(root()));
}

TEST_F(ProgramFile, StartsTheInterpreterOfAScript) {
  const std::string interpreter = elf("interpreter", EM_AARCH64);
  const std::string script = executable("script", "#! " + interpreter + " -a b  \nrest");
  const auto started = start(script, {"name", "x", "y"});
  ASSERT_TRUE(started);
  EXPECT_EQ(started->file, interpreter);
  EXPECT_THAT(started->arguments, ElementsAre(interpreter, "-a b", script, "x", "y"));
}

TEST_F(ProgramFile, AScriptWithoutArgumentsGetsItsPath) {
  const std::string interpreter = elf("interpreter", EM_AARCH64);
  const std::string script = executable("script", "#!" + interpreter);
  EXPECT_THAT(start(script, {})->arguments, ElementsAre(interpreter, script));
}

TEST_F(ProgramFile, FollowsScriptsOfScriptsButNotForEver) {
  const std::string interpreter = elf("interpreter", EM_AARCH64);
  const std::string inner = executable("inner", "#!" + interpreter + "\n");
  const std::string outer = executable("outer", "#!" + inner + "\n");
  EXPECT_THAT(start(outer)->arguments, ElementsAre(interpreter, inner, outer));
  const std::string loop = at("loop");
  executable("loop", "#!" + loop + "\n");
  EXPECT_FALSE(start(loop));
}

TEST_F(ProgramFile, LooksUnderThePrefixFirst) {
  const std::string name = root().string() + "/tool";
  elf("tool", EM_X86_64);
  const std::string prefix = at("sysroot").string();
  elf("sysroot" + name, EM_AARCH64);
  ASSERT_TRUE(start(name, {"tool"}, prefix));
  EXPECT_EQ(start(name, {"tool"}, prefix)->file, prefix + name);
  EXPECT_FALSE(start(name, {"tool"}));
  EXPECT_EQ(under_prefix(prefix, "relative"), "relative");
  EXPECT_EQ(under_prefix(prefix, "/not/there"), "/not/there");
}

TEST_F(ProgramFile, TheInterpreterOfAScriptIsUnderThePrefixToo) {
  const std::string prefix = at("sysroot").string();
  const std::string inside = elf("sysroot/bin/only-here", EM_AARCH64);
  const auto started = start(executable("script", "#!/bin/only-here\n"), {"me"}, prefix);
  ASSERT_TRUE(started);
  EXPECT_EQ(started->file, inside);
  EXPECT_EQ(started->arguments.front(), "/bin/only-here");
}

TEST(Guests, AreTheTwoThatAreSupported) {
  EXPECT_EQ(find_guest("aarch64")->execve_number, 221);
  EXPECT_EQ(find_guest("x86_64")->execve_number, 59);
  EXPECT_FALSE(find_guest("riscv64"));
}

}  // namespace
}  // namespace pytune::emulator
