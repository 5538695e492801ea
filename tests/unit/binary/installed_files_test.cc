#include "binary/installed_files.h"

#include <gmock/gmock.h>

#include "unit/binary/made_elf.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using sys_test::write;

class InstalledFiles : public sys_test::Scratch {
 protected:
  InstalledFiles() { write(at("root/usr/bin/python3.13"), "a program"); }
  void library(const std::string& name, unsigned machine = EM_AARCH64) {
    elf_test::MadeElf elf;
    elf.machine = static_cast<std::uint16_t>(machine);
    write(at(name), elf.write());
  }
  std::string found(const std::vector<std::string>& run_paths = {}) {
    const auto path =
        find_library(at("root/usr/bin/python3.13"), "libpython3.13.so.1.0", run_paths, "aarch64");
    return path ? fs::relative(*path, root()).string() : "none";
  }
  std::string sysconfig(const std::string& version) {
    const auto path = find_sysconfig_data(at("root/usr/bin/python3.13"), version, "aarch64");
    return path ? fs::relative(*path, root()).string() : "none";
  }
};

TEST_F(InstalledFiles, LibraryOfAnUnpackedRootIsFound) {
  EXPECT_EQ(found(), "none");
  library("root/usr/lib/aarch64-linux-gnu/libpython3.13.so.1.0");
  EXPECT_EQ(found(), "root/usr/lib/aarch64-linux-gnu/libpython3.13.so.1.0");
  library("root/usr/lib/libpython3.13.so.1.0");
  EXPECT_EQ(found(), "root/usr/lib/libpython3.13.so.1.0");
}

TEST_F(InstalledFiles, RunPathsComeFirst) {
  library("root/usr/lib/libpython3.13.so.1.0");
  library("root/usr/own/libpython3.13.so.1.0");
  library("root/opt/libpython3.13.so.1.0");
  EXPECT_EQ(found({"$ORIGIN/../own"}), "root/usr/own/libpython3.13.so.1.0");
  EXPECT_EQ(found({"/opt"}), "root/opt/libpython3.13.so.1.0");  // below the unpacked root
  EXPECT_EQ(found({"relative"}), "root/usr/lib/libpython3.13.so.1.0");
}

TEST_F(InstalledFiles, LibraryOfAnotherMachineIsNotTaken) {
  library("root/usr/lib/libpython3.13.so.1.0", EM_X86_64);
  EXPECT_EQ(found(), "none");
  write(at("root/usr/lib/libpython3.13.so.1.0"), "no library");
  EXPECT_EQ(found(), "none");
}

TEST_F(InstalledFiles, SymbolicLinksLeadToTheInstallation) {
  library("root/usr/lib/libpython3.13.so.1.0");
  fs::create_symlink(at("root/usr/bin/python3.13"), at("python"));
  const auto path = find_library(at("python"), "libpython3.13.so.1.0", {}, "aarch64");
  ASSERT_TRUE(path);
  EXPECT_EQ(fs::relative(*path, root()), "root/usr/lib/libpython3.13.so.1.0");
}

TEST_F(InstalledFiles, SysconfigIsThatOfTheVersionAndMachine) {
  EXPECT_EQ(sysconfig("3.13"), "none");
  write(at("root/usr/lib/python3.11/_sysconfigdata__aarch64-linux-gnu.py"), "");
  EXPECT_EQ(sysconfig("3.13"), "none");
  write(at("root/usr/lib/python3.13/_sysconfigdata__aarch64-linux-gnu.py"), "");
  write(at("root/usr/lib/python3.13/_sysconfigdata__x86_64-linux-gnu.py"), "");
  EXPECT_EQ(sysconfig("3.13"), "root/usr/lib/python3.13/_sysconfigdata__aarch64-linux-gnu.py");
  EXPECT_EQ(sysconfig("3.11"), "root/usr/lib/python3.11/_sysconfigdata__aarch64-linux-gnu.py");
}

}  // namespace
}  // namespace pytune
