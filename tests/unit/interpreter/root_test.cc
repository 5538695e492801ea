#include "interpreter/root.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/files.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

class Roots : public sys_test::Scratch {
 protected:
  void file(const std::string& name) {
    fs::create_directories(at(name).parent_path());
    write_file_atomic(at(name), "");
  }
};

TEST_F(Roots, IsTheFolderWithADynamicLoaderAboveTheInterpreter) {
  file("root/usr/bin/python3");
  file("root/usr/lib/ld-linux-aarch64.so.1");
  fs::create_directory_symlink("usr/lib", at("root/lib"));
  EXPECT_EQ(root_of(at("root/usr/bin/python3")), at("root"));
}

TEST_F(Roots, ThereIsNoneOfAnInterpreterOfThisMachine) {
  file("prefix/bin/python3");
  EXPECT_EQ(root_of(at("prefix/bin/python3")), fs::path());
  EXPECT_EQ(root_of("/usr/bin/python3"), fs::path());
}

TEST_F(Roots, TheirProgramsAreStartedByTheirOwnLoader) {
  file("root/usr/bin/python3");
  EXPECT_THROW(loader_words(at("root")), Failure);
}

}  // namespace
}  // namespace pytune
