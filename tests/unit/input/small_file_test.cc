#include "input/small_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
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

TEST(SmallFile, WhyThereIsNoneIsSaid) {
  const TemporaryDirectory folder(testing::TempDir(), "small");
  fs::create_symlink("circle", folder.path() / "circle");
  fs::create_symlink("nowhere", folder.path() / "dangling");
  EXPECT_THAT(refusal_of_small(folder.path() / "circle"), HasSubstr("leads back to itself"));
  EXPECT_THAT(refusal_of_small(folder.path() / "dangling"), HasSubstr("a link to nowhere, which"));
  EXPECT_THAT(refusal_of_small(std::string(300, 'x')), HasSubstr("File name too long"));
  EXPECT_EQ(refusal_of_small("https://me:secret@host/a.json"),
            "https://host/a.json: is a URL: fetch it first, and give the file");
  EXPECT_THAT(refusal_of_small("~/a.json"), HasSubstr("write $HOME"));
}

TEST(SmallFile, APipeWithoutAWriterIsNotWaitedForWithoutEnd) {
  const TemporaryDirectory folder(testing::TempDir(), "small");
  const fs::path pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(refusal_of_small(pipe), HasSubstr("is a pipe that nothing writes into"));
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
