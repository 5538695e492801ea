#include "interpreter/root.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"
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

TEST_F(Roots, TheirProgramsAreStartedByTheirOwnLoaderWithTheirOwnLibraries) {
  const bool arm = host_architecture() == "aarch64";
  const std::string loader = arm ? "lib/ld-linux-aarch64.so.1" : "lib64/ld-linux-x86-64.so.2";
  const std::string triplet = host_architecture() + "-linux-gnu";
  file("root/" + loader);
  file("root/usr/lib/" + triplet + "/libc.so.6");
  const std::vector<std::string> words = loader_words(at("root"));
  ASSERT_EQ(words.size(), 3U);
  EXPECT_EQ(words[0], at("root") / loader);
  EXPECT_EQ(words[1], "--library-path");
  const std::string own = at("root/usr/lib") / triplet;
  EXPECT_THAT(words[2], testing::HasSubstr(own));
}

TEST_F(Roots, OfAnotherArchitectureOrWithoutALoaderHaveNoSuchWords) {
  file("none/usr/bin/python3");
  EXPECT_THROW(loader_words(at("none")), Failure);
  file("other/lib/ld-linux-riscv64-lp64d.so.1");
  EXPECT_THROW(loader_words(at("other")), Failure);
}

}  // namespace
}  // namespace pytune
