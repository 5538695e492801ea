#include "binary/elf.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

class Elf : public sys_test::Scratch {};

TEST_F(Elf, CopiesHaveEqualCode) {
  fs::copy_file("/bin/true", at("copy"));
  EXPECT_EQ(code_sha256({"/bin/true"}), code_sha256({at("copy")}));
  EXPECT_NE(code_sha256({"/bin/true"}), code_sha256({"/bin/ls"}));
}

TEST_F(Elf, OnlyCodeCounts) {
  const std::string bytes = read_file("/bin/true");
  sys_test::write(at("appended"), bytes + "a path, a time");
  EXPECT_EQ(code_sha256({at("appended")}), code_sha256({"/bin/true"}));
}

TEST_F(Elf, OrderOfFilesCounts) {
  EXPECT_NE(code_sha256({"/bin/true", "/bin/ls"}), code_sha256({"/bin/ls", "/bin/true"}));
}

TEST_F(Elf, ScriptsCountWhole) {
  sys_test::write(at("script"), "#!/bin/sh\n");
  EXPECT_EQ(code_sha256({at("script")}), sha256("#!/bin/sh\n"));
}

TEST_F(Elf, DamagedFilesAreFailures) {
  const std::string bytes = read_file("/bin/true");
  for (const std::size_t size :
       {4UL, 5UL, 16UL, 20UL, 63UL, 64UL, 1000UL, bytes.size() / 2, bytes.size() - 1}) {
    sys_test::write(at("short"), bytes.substr(0, size));
    EXPECT_THROW(code_sha256({at("short")}), Failure) << size;
  }
  EXPECT_THROW(code_sha256({at("absent")}), Failure);
}

TEST_F(Elf, AnyDamagedHeaderByteIsAFailureOrAnotherHash) {
  const std::string bytes = read_file("/bin/true");
  for (std::size_t i = 4; i < 64; ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(~damaged[i]);
    sys_test::write(at("damaged"), damaged);
    try {
      EXPECT_EQ(code_sha256({at("damaged")}).size(), 64U);
    } catch (const Failure&) {
    }
  }
}

}  // namespace
}  // namespace pytune
