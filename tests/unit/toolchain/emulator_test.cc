#include "toolchain/emulator.h"

#include <gmock/gmock.h>

#include "sys/files.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What qemu-user 7.2 prints.
constexpr const char* kArmModels =
    "Available CPUs:\n  a64fx\n  cortex-a57\n  cortex-a72\n  max\n  neoverse-n1\n";
constexpr const char* kX86Models =
    "Available CPUs:\nx86 486                   (alias configured by machine type)\n"
    "x86 Skylake-Server-v4     Intel Xeon Processor (Skylake, no TSX, no EPT)\nx86 max\n\n"
    "Recognized CPUID flags:\n  3dnow 3dnowext abm\n";

// Emulators that are shell scripts: --version, -cpu help, and loading the plugin.
class Emulators : public sys_test::Scratch {
 protected:
  Emulators() {
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    setenv("PATH", root().c_str(), 1);
  }
  void TearDown() override { setenv("PATH", path_.c_str(), 1); }

  void provide(const std::string& name, const std::string& version, const std::string& plugin) {
    sys_test::write(at(name), "#!/bin/sh\ncase $1 in\n--version) echo '" + version +
                                  "' ;;\n-cpu) echo '" + kArmModels + "' ;;\n-plugin) " + plugin +
                                  " ;;\nesac\n");
    std::filesystem::permissions(at(name), std::filesystem::perms::owner_all);
  }
  void provide(const std::string& plugin = "exit 0") {
    provide("qemu-aarch64", "qemu-aarch64 version 7.2.22 (Debian 1:7.2)", plugin);
  }
  Emulator found() { return find_emulator(runner_, "aarch64"); }
  std::string refusal() {
    return sys_test::message<Failure>([&] { require_plugin(runner_, found(), "/lib/plugin.so"); });
  }
  std::string usage(const Emulation& emulation) {
    return sys_test::message<UsageError>([&] { emulator_words(found(), emulation); });
  }

  SystemRunner runner_;

 private:
  std::string path_;
};

TEST_F(Emulators, AreAskedForVersionAndModels) {
  provide();
  EXPECT_EQ(found().path, at("qemu-aarch64"));
  EXPECT_EQ(found().version, "7.2.22");
  EXPECT_THAT(found().cpus, ElementsAre("a64fx", "cortex-a57", "cortex-a72", "max", "neoverse-n1"));
  EXPECT_EQ(found().sha256, sha256_file(at("qemu-aarch64")));
}

TEST_F(Emulators, ThatAreMissingAreSaidToBeWithWhatToInstall) {
  const std::string message = sys_test::message<Failure>([&] { found(); });
  EXPECT_THAT(message, HasSubstr("qemu-aarch64 is not on PATH"));
  EXPECT_THAT(message, HasSubstr("apt-get install qemu-user"));
}

TEST_F(Emulators, OfOtherArchitecturesAreRefused) {
  EXPECT_THAT(sys_test::message<UsageError>([&] { find_emulator(runner_, "aarch65"); }),
              HasSubstr("did you mean \"aarch64\"?"));
}

TEST_F(Emulators, ThatAreSomethingElseAreRefused) {
  provide("qemu-aarch64", "hello\033[31m", "exit 0");
  EXPECT_THAT(sys_test::message<Failure>([&] { found(); }),
              AllOf(HasSubstr("is no QEMU emulator"), HasSubstr("hello?[31m")));
}

TEST_F(Emulators, TheStaticOneIsFoundButTakesNoPlugins) {
  provide("qemu-aarch64-static", "qemu-aarch64 version 10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)",
          "echo \"qemu: unknown option 'plugin'\" >&2; exit 1");
  EXPECT_EQ(found().path, at("qemu-aarch64-static"));
  EXPECT_EQ(found().version, "10.0.13");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("takes no plugins"), HasSubstr("qemu-user")));
}

TEST_F(Emulators, ThatDoNotLoadThePluginSayWhy) {
  provide("echo 'Could not load plugin: version 9' >&2; exit 1");
  EXPECT_THAT(refusal(), HasSubstr("Could not load plugin: version 9"));
  provide("kill -9 $$");
  EXPECT_THAT(refusal(), HasSubstr("killed by signal 9"));
}

TEST_F(Emulators, ThatLoadThePluginAreTaken) {
  provide("[ \"$2\" = /lib/plugin.so,check=on ]");
  EXPECT_EQ(refusal(), "");
}

TEST_F(Emulators, SettingsOfTheUsersDoNotReachThem) {
  setenv("QEMU_STRACE", "1", 1);
  provide("[ -z \"$QEMU_STRACE\" ]");
  EXPECT_EQ(refusal(), "");
  unsetenv("QEMU_STRACE");
}

TEST_F(Emulators, AreGivenTheirWords) {
  provide();
  Emulation emulation;
  EXPECT_THAT(emulator_words(found(), emulation), ElementsAre(at("qemu-aarch64").string()));
  emulation.sysroot = "/a/root";
  emulation.cpu = "neoverse-n1";
  emulation.plugin = "/a,b/plugin.so";
  EXPECT_THAT(emulator_words(found(), emulation),
              ElementsAre(at("qemu-aarch64").string(), "-L", "/a/root", "-cpu", "neoverse-n1",
                          "-plugin", "/a,,b/plugin.so"));
  emulation.counts = "/c,d";
  emulation.functions = true;
  EXPECT_EQ(emulator_words(found(), emulation).back(), "/a,,b/plugin.so,out=/c,,d,functions=on");
}

TEST_F(Emulators, AreGivenWhatOnlyTheGuestsLoaderShallSee) {
  provide();
  Emulation emulation;
  emulation.loader_environment = {{"LD_LIBRARY_PATH", "/opt/lib"}};
  EXPECT_THAT(emulator_words(found(), emulation),
              ElementsAre(at("qemu-aarch64").string(), "-E", "LD_LIBRARY_PATH=/opt/lib"));
  emulation.loader_environment = {{"LD_LIBRARY_PATH", "/opt,2/lib"}};
  EXPECT_THAT(usage(emulation), HasSubstr("comma"));
}

TEST_F(Emulators, RefuseAModelTheyDoNotKnowWithTheNearest) {
  provide();
  Emulation emulation;
  emulation.cpu = "neoverse-n2";
  EXPECT_THAT(usage(emulation), AllOf(HasSubstr("does not emulate the CPU \"neoverse-n2\""),
                                      HasSubstr("neoverse-n1")));
}

// The plugin is beside the tests, and the emulators may be on this machine.
// e_machine of the ELF header (System V ABI).
std::string machine_of(const std::filesystem::path& program) {
  return read_file(program).substr(18, 2);
}

TEST(InstalledEmulators, LoadThePlugin) {
  SystemRunner runner;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const auto plugin = beside / "libpytune_counts.so";
  ASSERT_TRUE(std::filesystem::exists(plugin)) << plugin;
  int tried = 0;
  for (const std::string architecture : {"aarch64", "x86_64"}) {
    if (!find_program("qemu-" + architecture)) continue;
    const Emulator emulator = find_emulator(runner, architecture);
    EXPECT_THAT(emulator.cpus, Contains("max"));
    // These tests may be emulated themselves; the installed emulators are then of another machine.
    if (machine_of(emulator.path) != machine_of("/proc/self/exe")) continue;
    const std::string refusal =
        sys_test::message<Failure>([&] { require_plugin(runner, emulator, plugin); });
    if (refusal.find("takes no plugins") != std::string::npos) continue;
    EXPECT_EQ(refusal, "");
    EXPECT_THAT(sys_test::message<Failure>([&] { require_plugin(runner, emulator, "/absent"); }),
                HasSubstr("does not load /absent"));
    ++tried;
  }
  if (tried == 0) GTEST_SKIP() << "no emulator that takes plugins is installed";
}

TEST(CpuModels, AreReadInBothForms) {
  EXPECT_THAT(parse_cpu_models(kArmModels), Contains("cortex-a72"));
  EXPECT_THAT(parse_cpu_models(kX86Models), ElementsAre("486", "Skylake-Server-v4", "max"));
  const std::string refused = std::string(1, '\0') + "\n  \n  -x\n  " + std::string(1000, 'a');
  EXPECT_THAT(parse_cpu_models(refused), IsEmpty());
}

}  // namespace
}  // namespace pytune
