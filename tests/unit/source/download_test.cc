#include "source/download.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::exits;
using source_test::FakeRunner;
using source_test::has;
using source_test::message;
using source_test::NoRunner;
using source_test::not_installed;
using source_test::ScratchTest;
using source_test::write;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kUrl = "https://x.example/Python-3.13.5.tar.xz";

class Download : public ScratchTest {};

TEST_F(Download, UsesCurlAndLimitsProtocolsAndSize) {
  FakeRunner runner([&](const Command&) {
    write(at("file"), "x");
    return exits(0);
  });
  download(runner, kUrl, at("file"));
  ASSERT_EQ(runner.commands.size(), 1U);
  const Command& command = runner.commands.front();
  EXPECT_EQ(command.argv.front(), "curl");
  EXPECT_EQ(command.argv.at(1), "--disable");  // works as the first word only
  for (const char* word :
       {"--fail", "--proto", "--proto-redir", "=http,https", "--max-filesize", "--globoff", kUrl}) {
    EXPECT_TRUE(has(command, word)) << word;
  }
  EXPECT_TRUE(command.timeout);
}

TEST_F(Download, UsesWgetWhereThereIsNoCurl) {
  FakeRunner runner([&](const Command& command) {
    if (command.argv.front() == "curl") return not_installed();
    write(at("file"), "x");
    return exits(0);
  });
  download(runner, kUrl, at("file"));
  ASSERT_EQ(runner.commands.size(), 2U);
  EXPECT_TRUE(has(runner.commands.back(), "wget"));
  EXPECT_TRUE(has(runner.commands.back(), "--no-config"));
  EXPECT_EQ(runner.commands.back().argv.back(), kUrl);
}

TEST_F(Download, WithNeitherItSaysWhatToInstall) {
  FakeRunner runner([](const Command&) { return not_installed(); });
  EXPECT_THAT(message<Failure>([&] { download(runner, kUrl, at("file")); }),
              HasSubstr("neither curl nor wget"));
}

TEST_F(Download, AFailureSaysTheToolsLastLineAndNoPassword) {
  FakeRunner runner([](const Command&) {
    return exits(6, "noise\ncurl: (6) Could not resolve host: x.example\n\n");
  });
  EXPECT_THAT(
      message<Failure>([&] { download(runner, "https://me:secret@x.example/p", at("file")); }),
      AllOf(HasSubstr("https://x.example/p: download failed (curl: (6) Could not resolve host: "
                      "x.example); check"),
            Not(HasSubstr("secret"))));
}

TEST_F(Download, ACommandThatLeavesNothingIsAFailure) {
  FakeRunner runner([](const Command&) { return exits(0); });
  EXPECT_THAT(message<Failure>([&] { download(runner, kUrl, at("file")); }),
              HasSubstr("left no file"));
}

TEST_F(Download, AFileThatIsTooLargeIsAFailure) {
  FakeRunner runner([&](const Command&) {
    write(at("file"), "x");
    fs::resize_file(at("file"), kLargestArchive + 1);  // sparse
    return exits(0);
  });
  EXPECT_THAT(message<Failure>([&] { download(runner, kUrl, at("file")); }),
              HasSubstr("larger than 1024 MiB"));
}

TEST_F(Download, AFileUrlNeedsNoProgram) {
  NoRunner runner;
  write(at("a b%"), "contents");
  download(runner, "file://" + at("").string() + "a%20b%25", at("one"));
  EXPECT_EQ(read_file(at("one")), "contents");
  download(runner, "file://localhost" + at("").string() + "a%20b%", at("two"));
  EXPECT_EQ(read_file(at("two")), "contents");
  EXPECT_THAT(message<UsageError>([&] { download(runner, "file:///no/such", at("x")); }),
              HasSubstr("no such file"));
  EXPECT_THAT(message<UsageError>([&] { download(runner, "file://host/x", at("x")); }),
              HasSubstr("another host"));
}

}  // namespace
}  // namespace pytune
