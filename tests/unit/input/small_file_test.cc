#include "input/small_file.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string refusal_of_small(const fs::path& file) {
  try {
    (void)read_small_file(file);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(none)";
}

TEST(SmallFile, IsReadWhole) {
  const TemporaryDirectory folder(testing::TempDir(), "small");
  write_file_atomic(folder.path() / "a", std::string("x\0y", 3));
  EXPECT_EQ(read_small_file(folder.path() / "a"), std::string("x\0y", 3));
}

// Three gigabytes of nothing, or no end: either would fill memory.
TEST(SmallFile, HolesAndDevicesAreRefused) {
  const TemporaryDirectory folder(testing::TempDir(), "small");
  write_file_atomic(folder.path() / "hole", "{");
  fs::resize_file(folder.path() / "hole", std::uintmax_t{3} << 30);
  EXPECT_THAT(refusal_of_small(folder.path() / "hole"), HasSubstr("larger than any such file"));
  EXPECT_THAT(refusal_of_small("/dev/zero"), HasSubstr("no such file"));
  EXPECT_THAT(refusal_of_small(folder.path()), HasSubstr("no such file"));
}

}  // namespace
}  // namespace pytune
