#include "toolchain/launchers.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/process.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The system of this machine, as far as its /bin/true and /bin/echo need it, as if it had been
// unpacked.
class Launchers : public ::testing::Test {
 protected:
  Launchers() {
    root = scratch.path() / "root with blanks";
    fs::create_directories(root / "usr/bin");
    fs::create_directories(root / "usr/lib/gcc/t/14");
    program("usr/bin/t-linux-gnu-gcc-14");
    fs::create_symlink("t-linux-gnu-gcc-14", root / "usr/bin/gcc-14");
    program("usr/lib/gcc/t/14/cc1");
    program("usr/bin/ld");
    sys_test::write(root / "usr/bin/c89-gcc", "#!/bin/sh\n");
  }

  void program(const std::string& name) const {
    fs::copy_file(fs::canonical("/bin/echo"), root / name);
  }

  // This machine's loader and libraries take the place of the unpacked system's.
  void add_system() const {
    for (const char* loader : {"lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"}) {
      std::error_code none;
      if (!fs::exists(fs::path("/") / loader, none)) continue;
      fs::create_directories((root / loader).parent_path());
      fs::copy_file(fs::canonical(fs::path("/") / loader), root / loader);
    }
    for (const char* triple : {"x86_64-linux-gnu", "aarch64-linux-gnu"}) {
      const fs::path libc = fs::path("/lib") / triple / "libc.so.6";
      std::error_code none;
      if (!fs::exists(libc, none)) continue;
      fs::create_directories(root / "usr/lib" / triple);
      fs::copy_file(fs::canonical(libc), root / "usr/lib" / triple / "libc.so.6");
    }
  }

  static std::string says(const fs::path& program) {
    SystemRunner runner;
    Command command;
    command.argv = {program.string(), "two words", "*"};
    return runner.run(command).output;
  }

  TemporaryDirectory scratch{fs::temp_directory_path(), "pytune-launchers"};
  fs::path root;
};

TEST_F(Launchers, StartTheProgramWithItsOwnLoaderAndWords) {
  add_system();
  make_launchers(root);
  EXPECT_THAT(read_file(root / "usr/bin/t-linux-gnu-gcc-14"), StartsWith("#!/bin/sh\n"));
  for (const char* name : {"usr/bin/t-linux-gnu-gcc-14", "usr/bin/gcc-14", "programs/gcc-14",
                           "usr/lib/gcc/t/14/cc1", "usr/lib/gcc/t/14/ld"})
    EXPECT_EQ(says(root / name), "two words *\n") << name;
}

TEST_F(Launchers, CanBeMoved) {
  add_system();
  make_launchers(root);
  const fs::path moved = scratch.path() / "elsewhere";
  fs::rename(root, moved);
  EXPECT_EQ(says(moved / "programs/gcc-14"), "two words *\n");
}

TEST_F(Launchers, HaveOneProgramBehindThem) {
  add_system();
  make_launchers(root);
  const std::string echo = read_file("/bin/echo");
  EXPECT_EQ(read_file(program_behind(root / "programs/gcc-14")), echo);
  EXPECT_EQ(read_file(program_behind(root / "usr/bin/gcc-14")), echo);
  EXPECT_EQ(program_behind("/bin/echo"), fs::canonical("/bin/echo"));
  EXPECT_EQ(program_behind(root / "none"), "");
}

TEST_F(Launchers, LeaveScriptsAndTheMachinesOwnNamesAlone) {
  add_system();
  make_launchers(root);
  EXPECT_EQ(read_file(root / "usr/bin/c89-gcc"), "#!/bin/sh\n");
  EXPECT_FALSE(fs::exists(root / "programs/ld"));
  EXPECT_FALSE(fs::exists(root / "programs/t-linux-gnu-gcc-14"));
}

TEST_F(Launchers, AreNotMadeWithoutALoaderThatCanPassNames) {
  const auto why = [&] {
    try {
      make_launchers(root);
    } catch (const Failure& failure) {
      return std::string(failure.what());
    }
    return std::string();
  };
  EXPECT_THAT(why(), HasSubstr("which is not among its packages"));
  for (const char* loader : {"lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"}) {
    fs::create_directories((root / loader).parent_path());
    sys_test::write(root / loader, "of an older glibc");
  }
  EXPECT_THAT(why(), HasSubstr("take a release from Debian 12 on"));
}

}  // namespace
}  // namespace pytune
