#include "binary/installed_files.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using sys_test::write;

class InstalledFiles : public sys_test::Scratch {
 protected:
  InstalledFiles() { write(at("root/usr/bin/python3.13"), "a program"); }
  std::string sysconfig(const SysconfigWanted& wanted) {
    const auto path = find_sysconfig_data(at("root/usr/bin/python3.13"), wanted);
    return path ? fs::relative(*path, at("root/usr")).string() : "none";
  }
  std::string sysconfig(const std::string& minor, const std::string& flags = "") {
    return sysconfig({minor, flags, "aarch64"});
  }
};

TEST_F(InstalledFiles, SysconfigIsThatOfTheVersionAndMachine) {
  EXPECT_EQ(sysconfig("3.13"), "none");
  write(at("root/usr/lib/python3.11/_sysconfigdata__aarch64-linux-gnu.py"), "");
  EXPECT_EQ(sysconfig("3.13"), "none");
  EXPECT_EQ(sysconfig(""), "lib/python3.11/_sysconfigdata__aarch64-linux-gnu.py");
  write(at("root/usr/lib/python3.13/_sysconfigdata__aarch64-linux-gnu.py"), "");
  write(at("root/usr/lib/python3.13/_sysconfigdata__x86_64-linux-gnu.py"), "");
  EXPECT_EQ(sysconfig("3.13"), "lib/python3.13/_sysconfigdata__aarch64-linux-gnu.py");
  EXPECT_EQ(sysconfig("3.11"), "lib/python3.11/_sysconfigdata__aarch64-linux-gnu.py");
  EXPECT_EQ(sysconfig(""), "none");  // which of them is not known
}

TEST_F(InstalledFiles, SysconfigIsThatOfTheFlagsAndTheLibc) {
  for (const char* name : {"python3.13/_sysconfigdata__linux_aarch64-linux-gnu.py",
                           "python3.13/_sysconfigdata_d_linux_aarch64-linux-gnu.py",
                           "python3.13/_sysconfigdata__linux_aarch64-linux-musl.py",
                           "python3.13/_sysconfig_vars__linux_aarch64-linux-gnu.json",
                           "python3.13t/_sysconfigdata_t_linux_aarch64-linux-gnu.py"})
    write(at("root/usr/lib") / name, "");
  EXPECT_EQ(sysconfig("3.13"), "lib/python3.13/_sysconfigdata__linux_aarch64-linux-gnu.py");
  EXPECT_EQ(sysconfig("3.13", "d"), "lib/python3.13/_sysconfigdata_d_linux_aarch64-linux-gnu.py");
  EXPECT_EQ(sysconfig("3.13", "t"), "lib/python3.13t/_sysconfigdata_t_linux_aarch64-linux-gnu.py");
  EXPECT_EQ(sysconfig({"3.13", "", "aarch64", true}),
            "lib/python3.13/_sysconfigdata__linux_aarch64-linux-musl.py");
}

TEST_F(InstalledFiles, SysconfigMayBeInLib64OrInJsonAlone) {
  write(at("root/usr/lib64/python3.13/_sysconfig_vars__linux_aarch64-linux-gnu.json"), "");
  EXPECT_EQ(sysconfig("3.13"), "lib64/python3.13/_sysconfig_vars__linux_aarch64-linux-gnu.json");
}

TEST_F(InstalledFiles, AVirtualEnvironmentLeadsToItsHome) {
  write(at("root/usr/lib/python3.13/_sysconfigdata__aarch64-linux-gnu.py"), "");
  write(at("venv/bin/python"), "a copy");
  write(at("venv/pyvenv.cfg"),
        "include-system-site-packages = false\nhome = " + at("root/usr/bin").string());
  EXPECT_TRUE(find_sysconfig_data(at("venv/bin/python"), {"3.13", "", "aarch64"}));
  fs::create_symlink(at("root/usr/bin/python3.13"), at("link"));
  EXPECT_TRUE(find_sysconfig_data(at("link"), {"3.13", "", "aarch64"}));
  EXPECT_EQ(standard_libraries(at("link")).size(), 1U);
}

TEST_F(InstalledFiles, TheInstallationSaysItsVersion) {
  const fs::path python = at("root/usr/bin/python3.13");
  EXPECT_EQ(described_version(python, "3.13"), "");
  fs::create_directories(at("root/usr/lib/python3.13"));
  write(
      at("root/usr/lib/python3.13/build-details.json"),
      R"({"language":{"version_info":{"major":3,"minor":13,"micro":0,"releaselevel":"candidate","serial":2}}})");
  EXPECT_EQ(described_version(python, "3.13"), "3.13.0rc2");
  write(at("root/usr/include/python3.13/patchlevel.h"),
        "#define PY_VERSION_HEX 1\n#define PY_VERSION      \t\"3.13.5+\"\n");
  EXPECT_EQ(described_version(python, "3.13"), "3.13.5+");
  EXPECT_EQ(described_version(python, "3.12"), "");
}

}  // namespace
}  // namespace pytune
