#include "source/deb.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::Deb;
using source_test::message;
using source_test::Tar;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Debs : public source_test::ScratchTest {
 protected:
  fs::path deb(const std::string& name, const Tar& tar) const {
    return Deb().files(tar, at("data")).save(at(name));
  }

  void unpack(const std::vector<fs::path>& packages, const UnpackLimits& limits = {}) const {
    fs::remove_all(at("scratch"));
    fs::create_directory(at("scratch"));
    unpack_debs(packages, at("scratch"), at("root"), limits);
  }

  std::string refusal(const Tar& tar) const {
    fs::remove_all(at("root"));
    const fs::path file = deb("bad_1_arm64.deb", tar);
    std::string text = message<UsageError>([&] { unpack({file}); });
    EXPECT_THAT(text, StartsWith("bad_1_arm64.deb: "));
    EXPECT_EQ(text.find('\n'), std::string::npos);
    return text;
  }

  std::string link(const std::string& name) const {
    return fs::read_symlink(at("root") / name).string();
  }
  std::string file(const std::string& name) const { return read_file(at("root") / name); }
};

TEST_F(Debs, SeveralBecomeOneTree) {
  unpack({deb("a.deb", Tar().directory("./").file("./usr/include/a.h", "a")),
          deb("b.deb", Tar().directory("./").file("./usr/include/b.h", "b"))});
  EXPECT_EQ(file("usr/include/a.h"), "a");
  EXPECT_EQ(file("usr/include/b.h"), "b");
}

TEST_F(Debs, RootDirectoriesOfOldReleasesAreBelowUsr) {
  unpack({deb("a.deb", Tar().directory("./lib/").file("./lib/ld.so", "ld").file("./bin/sh", "sh")),
          deb("b.deb", Tar().symlink("./lib", "usr/lib").file("./usr/lib/new.so", "n"))});
  EXPECT_EQ(link("lib"), "usr/lib");
  EXPECT_EQ(link("bin"), "usr/bin");
  EXPECT_EQ(file("usr/lib/ld.so"), "ld");
  EXPECT_EQ(file("lib/new.so"), "n");
  EXPECT_FALSE(fs::exists(fs::symlink_status(at("root/sbin"))));
}

TEST_F(Debs, LinksMeanTheRootThatTheyAreUnpackedIn) {
  unpack({deb("a.deb", Tar()
                           .file("lib/triple/libz.so.1", "z")
                           .symlink("usr/lib/triple/libz.so", "/lib/triple/libz.so.1")
                           .symlink("lib/triple/near.so", "libz.so.1")
                           .symlink("usr/share/far", "../lib/triple/libz.so.1")
                           .symlink("lib/up", "../etc/localtime")
                           .symlink("etc/localtime", "/usr/share/far")
                           .symlink("above", "../../../usr/share/far"))});
  EXPECT_EQ(link("usr/lib/triple/libz.so"), "libz.so.1");
  EXPECT_EQ(link("usr/lib/triple/near.so"), "libz.so.1");
  EXPECT_EQ(link("usr/lib/up"), "../../etc/localtime");
  EXPECT_EQ(link("etc/localtime"), "../usr/share/far");
  EXPECT_EQ(link("above"), "usr/share/far");
  for (const char* name : {"usr/lib/triple/libz.so", "usr/share/far", "lib/up", "above"})
    EXPECT_EQ(file(name), "z") << name;
}

TEST_F(Debs, HardLinksAreKept) {
  unpack({deb("a.deb", Tar().file("bin/one", "1").hard_link("usr/bin/two", "bin/one"))});
  EXPECT_EQ(file("usr/bin/two"), "1");
}

TEST_F(Debs, HostileNamesAreRefused) {
  EXPECT_THAT(refusal(Tar().file("/etc/passwd")), HasSubstr("is an absolute path"));
  EXPECT_THAT(refusal(Tar().file("usr/../../x")), HasSubstr("leaves the archive's directory"));
  EXPECT_THAT(refusal(Tar().device("dev/null")), HasSubstr("neither a file, a directory nor"));
  EXPECT_THAT(refusal(Tar().fifo("run/x")), HasSubstr("neither a file, a directory nor"));
  EXPECT_THAT(refusal(Tar().hard_link("x", "../../etc/passwd")), HasSubstr("leaves the archive's"));
  EXPECT_FALSE(fs::exists(at("x")));
}

TEST_F(Debs, NothingIsWrittenThroughALink) {
  fs::create_directory(at("outside"));
  for (const char* target : {"../outside", "/outside"}) {
    EXPECT_THAT(refusal(Tar().symlink("usr/x", target).file("usr/x/y")),
                HasSubstr("goes through a symbolic link"));
  }
  EXPECT_THAT(refusal(Tar().symlink("usr", "../outside").file("lib/y")),
              HasSubstr("goes through a symbolic link"));
  // Two packages together.
  fs::remove_all(at("root"));
  const fs::path first = deb("first.deb", Tar().symlink("usr/x", "../../outside"));
  const fs::path second = deb("second.deb", Tar().file("usr/x/y"));
  EXPECT_THAT(message<UsageError>([&] { unpack({first, second}); }),
              AllOf(StartsWith("second.deb: "), HasSubstr("goes through a symbolic link")));
  EXPECT_TRUE(fs::is_empty(at("outside")));
}

TEST_F(Debs, WhatIsNoPackageIsRefused) {
  const auto why = [&](const fs::path& path) {
    fs::remove_all(at("root"));
    return message<UsageError>([&] { unpack({path}); });
  };
  source_test::write(at("text.deb"), "hello");
  EXPECT_THAT(why(at("text.deb")), StartsWith("text.deb: truncated or damaged"));
  EXPECT_EQ(why(Deb().member("hello", "x").save(at("ar.deb"))), "ar.deb: not a Debian package");
  EXPECT_EQ(why(Deb().member("debian-binary", "3.0\n").save(at("new.deb"))),
            "new.deb: not a Debian package");
  EXPECT_EQ(why(Deb().member("debian-binary", "2.0\n").save(at("no.deb"))),
            "no.deb: a Debian package without files");
  EXPECT_THAT(why(Deb()
                      .member("debian-binary", "2.0\n")
                      .member("data.tar.xz", "junk")
                      .save(at("junk.deb"))),
              StartsWith("junk.deb: "));
  const fs::path cut = deb("cut.deb", Tar().file("usr/a", std::string(100'000, 'a')));
  fs::resize_file(cut, fs::file_size(cut) - 40);
  EXPECT_THAT(why(cut), AnyOf(HasSubstr("truncated or damaged"), HasSubstr("ends too early")));
}

TEST_F(Debs, LimitsAreForAllOfThem) {
  UnpackLimits limits;
  limits.bytes = 35'000;
  limits.what = "Debian's";
  const fs::path one = deb("one.deb", Tar().file("usr/a", std::string(20'000, 'a')));
  const fs::path two = deb("two.deb", Tar().file("usr/b", std::string(20'000, 'b')));
  EXPECT_THAT(message<UsageError>([&] { unpack({one, two}, limits); }), StartsWith("two.deb: "));
  limits = {};
  limits.entries = 1;
  limits.what = "Debian's";
  fs::remove_all(at("root"));
  EXPECT_EQ(message<UsageError>([&] { unpack({one, two}, limits); }),
            "two.deb: holds more than 1 files; is it really Debian's?");
}

}  // namespace
}  // namespace pytune
