#include "input/small_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

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
  EXPECT_THAT(refusal_of_small("/dev/zero"), HasSubstr("larger than any such file"));
}

TEST(SmallFile, WhatIsNoFileIsSaid) {
  const TemporaryDirectory folder(testing::TempDir(), "small");
  EXPECT_THAT(refusal_of_small(folder.path()), HasSubstr("is a directory"));
  EXPECT_THAT(refusal_of_small(folder.path() / "absent"), HasSubstr("no such file"));
}

TEST(SmallFile, APipeIsReadToItsEnd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  close(ends[1]);
  EXPECT_EQ(read_small_file(fmt::format("/dev/fd/{}", ends[0])), "x");
  close(ends[0]);
}

}  // namespace
}  // namespace pytune
