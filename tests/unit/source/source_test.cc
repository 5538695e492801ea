// Local tarballs, trees and URLs, from the request to the store.
#include "source/source.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::cpython_tree;
using source_test::exits;
using source_test::FakeRunner;
using source_test::message;
using source_test::StoreTest;
using source_test::Tar;
using source_test::write;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kWrong(64, 'a');

class SourceTest : public StoreTest {
 protected:
  Source provide(const std::string& text, const std::string& sha256 = "", bool offline = false) {
    return provide_source(store, runner, parse_source(text, sha256, ""), offline, false);
  }
  template <class E = UsageError>
  std::string refusal(const std::string& text, const std::string& sha256 = "") {
    std::string words = message<E>([&] { provide(text, sha256); });
    EXPECT_EQ(words.find('\n'), std::string::npos);
    expect_nothing_left();
    return words;
  }
  std::size_t steps(const std::string& kind) const { return store.list(kind).size(); }

  fs::path tarball = Tar().cpython().save(at("Python-3.13.5.tar.xz"));
  Outcome answer = exits(0);
  fs::path served = tarball;
  FakeRunner runner{[this](const Command& command) {
    for (std::size_t i = 0; i + 1 < command.argv.size(); ++i) {
      if (command.argv[i] == "--output") fs::copy_file(served, command.argv[i + 1]);
    }
    return answer;
  }};
};

using LocalArchive = SourceTest;
using LocalTree = SourceTest;
using Url = SourceTest;

TEST_F(LocalArchive, IsKeptByContent) {
  const Source got = provide(tarball, sha256_file(tarball));
  EXPECT_EQ(got.version, "3.13.5");
  EXPECT_EQ(got.origin, "tarball Python-3.13.5.tar.xz");
  EXPECT_EQ(got.archive_name, "Python-3.13.5.tar.xz");
  EXPECT_EQ(got.archive_sha256, sha256_file(tarball));
  EXPECT_EQ(got.tree_sha256.size(), 64U);
  EXPECT_EQ(read_file(got.tree / "README"), "This is Python.\n");
  EXPECT_TRUE(fs::exists(tarball));  // copied, not moved

  fs::copy_file(tarball, at("renamed.tar.xz"));
  const Source again = provide(at("renamed.tar.xz"), "", true);
  EXPECT_EQ(again.id, got.id);
  EXPECT_EQ(again.archive, got.archive);
  EXPECT_EQ(steps("archive"), 1U);
  EXPECT_EQ(steps("source"), 1U);
  EXPECT_TRUE(fs::is_empty(store.root() / "staging"));
}

TEST_F(LocalArchive, OddNamesAreKeptUnderPlainOnes) {
  fs::copy_file(tarball, at("re cord\x1b\xff.tar.xz"));
  const Source got = provide(at("re cord\x1b\xff.tar.xz"));
  EXPECT_EQ(got.archive_name, "re_cord__.tar.xz");
  EXPECT_EQ(got.origin.find('\x1b'), std::string::npos);
  fs::copy_file(Tar().cpython("3.13.6").save(at("x")), at("record.json"));
  EXPECT_EQ(provide(at("record.json")).archive_name, "archiverecord.json");
}

TEST_F(LocalArchive, AWrongHashNamesBoth) {
  EXPECT_THAT(refusal(tarball, kWrong), AllOf(HasSubstr(kWrong), HasSubstr(sha256_file(tarball))));
}

TEST_F(LocalArchive, DamageIsToldInOneLineAndLeavesNothing) {
  fs::resize_file(tarball, fs::file_size(tarball) - 10);
  EXPECT_THAT(refusal(tarball),
              AllOf(StartsWith(tarball.string()), HasSubstr("truncated or damaged (")));
  fs::resize_file(tarball, 0);
  EXPECT_THAT(refusal(tarball), HasSubstr("empty"));
}

TEST_F(LocalArchive, HostileOnesLeaveNothingAnywhere) {
  Tar().cpython().file("../../../evil").save(tarball);
  EXPECT_THAT(refusal(tarball), HasSubstr("refused"));
  Tar().cpython().symlink("Python/out", at("").string()).file("Python/out/evil").save(tarball);
  EXPECT_THAT(refusal(tarball), HasSubstr("refused"));
  EXPECT_FALSE(fs::exists(at("evil")));
  EXPECT_FALSE(fs::exists(store.root() / "evil"));
}

TEST_F(LocalArchive, SomethingElseThanCPythonIsRefused) {
  Tar().file("zlib/configure").file("zlib/README").save(tarball);
  EXPECT_THAT(
      refusal(tarball),
      HasSubstr("not a CPython source tree (no Include/patchlevel.h); give a CPython release"));
  Tar().cpython("3.9.1").save(tarball);
  EXPECT_THAT(refusal(tarball), HasSubstr("3.11 and later"));
}

TEST_F(LocalArchive, AFileThatIsTooLargeIsRefusedUnread) {
  fs::resize_file(tarball, (std::uintmax_t{1} << 30) + 1);  // sparse
  EXPECT_THAT(refusal(tarball), HasSubstr("larger than 1024 MiB"));
}

TEST_F(LocalArchive, AnInterruptLeavesNothing) {
  request_stop();
  EXPECT_THROW(provide(tarball), Interrupted);
  clear_stop_request();
  expect_nothing_left();
}

TEST_F(SourceTest, APlanSeesTheSourceThatASweepWouldGetAndWritesNothing) {
  cpython_tree(at("cpython"), "3.14.0rc1");
  Store looked_at(at("elsewhere"), StoreAccess::look);
  for (const std::string& text : {tarball.string(), at("cpython").string()}) {
    const auto seen = foresee_source(looked_at, parse_source(text, "", ""));
    EXPECT_FALSE(fs::exists(at("elsewhere")));
    const Source got = provide(text);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->id, got.id);
    EXPECT_EQ(seen->version, got.version);
    EXPECT_EQ(seen->minor, got.minor);
    EXPECT_EQ(seen->origin, got.origin);
  }
  const SourceRequest url = parse_source("https://example.org/p.tgz", sha256_file(tarball), "");
  EXPECT_TRUE(foresee_source(store, url)) << "the store has a tarball of this hash";
  EXPECT_FALSE(foresee_source(looked_at, url));
  EXPECT_FALSE(foresee_source(looked_at, parse_source("debian:3.13", "", "")));
}

TEST_F(SourceTest, APlanRefusesWhatASweepWouldRefuse) {
  Store looked_at(at("elsewhere"), StoreAccess::look);
  const auto refusal_of = [&](const std::string& sha256 = "") {
    return message<UsageError>(
        [&] { foresee_source(looked_at, parse_source(tarball, sha256, "")); });
  };
  EXPECT_THAT(refusal_of(kWrong), HasSubstr(kWrong));
  Tar().cpython("3.9.1").save(tarball);
  EXPECT_THAT(refusal_of(), HasSubstr("3.11 and later"));
  // Two at the top: nothing is stripped, so nothing is where it belongs.
  Tar().cpython().file("README").save(tarball);
  EXPECT_THAT(refusal_of(), HasSubstr("no Include/patchlevel.h"));
  Tar().file("P/Include/patchlevel.h", source_test::patchlevel("3.13.5")).save(tarball);
  EXPECT_THAT(refusal_of(), HasSubstr("no configure"));
  Tar().cpython("3.13.5", "").save(tarball);
  EXPECT_TRUE(foresee_source(looked_at, parse_source(tarball, "", "")));
  Tar().cpython().save(tarball);
  fs::resize_file(tarball, fs::file_size(tarball) - 10);
  EXPECT_THAT(refusal_of(), HasSubstr("truncated or damaged"));
}

TEST_F(LocalTree, IsCopiedAndNeverTouched) {
  cpython_tree(at("cpython"));
  write(at("cpython/.git/HEAD"), "x");
  const Source got = provide(at("cpython"));
  EXPECT_EQ(got.version, "3.13.5");
  EXPECT_EQ(got.archive_name, "");
  EXPECT_TRUE(got.archive.empty());
  EXPECT_EQ(got.origin, "source tree " + at("cpython").string());
  EXPECT_EQ(read_file(got.tree / "README"), "This is Python.\n");
  EXPECT_FALSE(fs::exists(got.tree / ".git"));
  EXPECT_EQ(provide(at("cpython")).id, got.id);
  EXPECT_EQ(steps("source"), 1U);
}

TEST_F(LocalTree, AChangeIsANewSource) {
  cpython_tree(at("cpython"));
  const Source first = provide(at("cpython"));
  write(at("cpython/README"), "changed");
  const Source second = provide(at("cpython"));
  EXPECT_NE(second.id, first.id);
  EXPECT_EQ(read_file(first.tree / "README"), "This is Python.\n");
}

TEST_F(LocalTree, HasTheHashOfItsTarballsTree) {
  cpython_tree(at("cpython"));
  EXPECT_EQ(provide(at("cpython")).tree_sha256, provide(tarball).tree_sha256);
}

TEST_F(LocalTree, SomethingElseThanCPythonIsRefused) {
  fs::create_directory(at("other"));
  EXPECT_EQ(refusal(at("other")),
            at("other").string() +
                ": not a CPython source tree (no Include/patchlevel.h); give the "
                "directory that holds configure");
  cpython_tree(at("built"));
  write(at("built/Makefile"), "");
  EXPECT_THAT(refusal(at("built")), HasSubstr("make distclean"));
}

TEST_F(Url, IsFetchedOnceAndThenServedOffline) {
  const std::string url = "https://me:secret@x.example/ftp/Python-3.13.5.tar.xz?token=1";
  const Source got = provide(url, sha256_file(tarball));
  EXPECT_EQ(got.archive_name, "Python-3.13.5.tar.xz");
  EXPECT_EQ(got.origin, "https://x.example/ftp/Python-3.13.5.tar.xz?token=1");
  EXPECT_EQ(runner.commands.size(), 1U);
  EXPECT_EQ(provide(url, sha256_file(tarball), true).id, got.id);
  EXPECT_EQ(runner.commands.size(), 1U);
}

TEST_F(Url, AWrongHashNamesBothAndKeepsNothing) {
  EXPECT_THAT(refusal("https://x.example/p.tar.xz", kWrong),
              AllOf(HasSubstr(kWrong), HasSubstr(sha256_file(tarball))));
}

TEST_F(Url, AFailedDownloadKeepsNothingOfWhatHasArrived) {
  answer = exits(18, "curl: (18) transfer closed with 100 bytes remaining to read\n");
  EXPECT_THAT(refusal<Failure>("https://x.example/p.tar.xz", kWrong), HasSubstr("transfer closed"));
}

TEST_F(Url, TheRightHashOfSomethingElseIsRefused) {
  write(at("page"), "<html>");
  served = at("page");
  EXPECT_THAT(refusal("https://x.example/p.tar.xz", sha256_file(served)),
              HasSubstr("not a tar archive"));
}

TEST_F(Url, OfflineIsRefusedUnlessItIsAFile) {
  EXPECT_THAT(message<Failure>([&] { provide("https://x.example/p.tar.xz", kWrong, true); }),
              HasSubstr("--offline"));
  EXPECT_EQ(provide("file://" + tarball.string(), sha256_file(tarball), true).version, "3.13.5");
  EXPECT_TRUE(runner.commands.empty());
}

}  // namespace
}  // namespace pytune
