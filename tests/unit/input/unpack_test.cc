#include "input/unpack.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <clocale>

#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::message;
using source_test::Tar;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Archive : public source_test::ScratchTest {
 protected:
  void unpack(const Tar& tar) { unpack_source(tar.save(at("x.tar.xz")), at("out"), "x.tar.xz"); }
  std::string refusal(const Tar& tar, const UnpackLimits& limits = {}) {
    const fs::path file = tar.save(at("x.tar.xz"));
    std::string text =
        message<UsageError>([&] { unpack_source(file, at("out"), "x.tar.xz", limits); });
    EXPECT_THAT(text, StartsWith("x.tar.xz: "));
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_FALSE(fs::exists(at("out")));
    return text;
  }
  // Cuts `bytes` off the end of a good archive.
  std::string refusal_when_cut(Tar::Filter filter, std::size_t bytes) {
    // Noise, so that the compressed file has a body to cut.
    std::string noise;
    for (unsigned i = 0, x = 1; i < 200000; ++i)
      noise += static_cast<char>((x = x * 1103515245 + 12345) >> 16);
    const fs::path file = Tar().cpython().file("Python/noise", noise).save(at("x.tar"), filter);
    fs::resize_file(file, fs::file_size(file) - bytes);
    return message<UsageError>([&] { unpack_source(file, at("out"), "x.tar"); });
  }
};

TEST_F(Archive, UnpacksEveryCompressionAndStripsTheTopDirectory) {
  int n = 0;
  for (const auto filter : {Tar::Filter::none, Tar::Filter::xz, Tar::Filter::gzip,
                            Tar::Filter::bzip2, Tar::Filter::zstd}) {
    const fs::path out = at("out" + std::to_string(++n));
    unpack_source(Tar().cpython().save(at("x"), filter), out, "x");
    EXPECT_EQ(read_file(out / "README"), "This is Python.\n");
    EXPECT_FALSE(fs::exists(out.string() + ".raw"));
  }
}

TEST_F(Archive, WithoutATopDirectoryNothingIsStripped) {
  unpack(Tar().directory("./").cpython("3.13.5", "./"));
  EXPECT_TRUE(fs::exists(at("out/Include/patchlevel.h")));
}

TEST_F(Archive, KeepsTimesAndTheExecutableBitAndNoOtherMode) {
  unpack(Tar().file("p/configure", "x", 04755).file("p/README", "x", 0666));
  struct stat info = {};
  ASSERT_EQ(stat(at("out/configure").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07000U, 0U);
  EXPECT_NE(info.st_mode & 0100U, 0U);
  EXPECT_EQ(info.st_mtime, 1'000'000'000);
  ASSERT_EQ(stat(at("out/README").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0111U, 0U);
}

TEST_F(Archive, KeepsLinksThatStayInside) {
  unpack(Tar()
             .file("p/d/a")
             .symlink("p/d/b", "a")
             .symlink("p/c", "./d/a")
             .symlink("p/e/f", "../d")
             .hard_link("p/g", "p/d/a"));
  EXPECT_EQ(fs::read_symlink(at("out/d/b")), "a");
  EXPECT_EQ(read_file(at("out/c")), "x");
  EXPECT_EQ(read_file(at("out/e/f/a")), "x");
  EXPECT_EQ(read_file(at("out/g")), "x");
}

TEST_F(Archive, KeepsNamesThatTheLocaleCannotSpell) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C"), nullptr);
  unpack(Tar().file("p/caf\xc3\xa9").file("p/b"));
  EXPECT_TRUE(fs::exists(at("out/caf\xc3\xa9")));
}

TEST_F(Archive, RefusesNamesThatLeaveTheTree) {
  EXPECT_THAT(refusal(Tar().file("p/a").file("../evil")), HasSubstr("\"../evil\" leaves"));
  EXPECT_THAT(refusal(Tar().file("p/../../evil")), HasSubstr("leaves"));
  EXPECT_THAT(refusal(Tar().file(at("evil").string())), HasSubstr("absolute"));
  EXPECT_FALSE(fs::exists(at("evil")));
}

TEST_F(Archive, RefusesLinksThatLeaveTheTree) {
  EXPECT_THAT(refusal(Tar().file("p/a").symlink("p/l", at("").string())),
              HasSubstr("leaves the tree"));
  EXPECT_THAT(refusal(Tar().file("p/a").symlink("p/l", "../../x")), HasSubstr("leaves the tree"));
  EXPECT_THAT(refusal(Tar().file("p/a").symlink("p/l", "a/../../../x")),
              HasSubstr("leaves the tree"));
  source_test::write(at("secret"), "s");
  EXPECT_THAT(refusal(Tar().file("p/a").hard_link("p/l", at("secret").string())),
              HasSubstr("absolute"));
  EXPECT_THAT(refusal(Tar().file("p/a").hard_link("p/l", "../secret")), HasSubstr("leaves"));
  EXPECT_THAT(refusal(Tar().file("p/a").symlink("p/s", "a").hard_link("p/l", "p/s")),
              HasSubstr("hard link"));
}

TEST_F(Archive, RefusesToWriteThroughALink) {
  EXPECT_THAT(refusal(Tar().directory("p/d").symlink("p/l", "d").file("p/l/evil")),
              HasSubstr("through a symbolic link"));
  EXPECT_THAT(refusal(Tar().directory("p/d").symlink("p/l", "d").file("p//./l/evil")),
              HasSubstr("through a symbolic link"));
}

TEST_F(Archive, AFileMayReplaceALinkButIsNotWrittenThroughIt) {
  unpack(Tar().file("p/a", "old").symlink("p/l", "a").file("p/l", "new"));
  EXPECT_EQ(read_file(at("out/a")), "old");
  EXPECT_EQ(read_file(at("out/l")), "new");
}

TEST_F(Archive, RefusesDevicesAndPipes) {
  EXPECT_THAT(refusal(Tar().file("p/a").device("p/null")), HasSubstr("neither a file"));
  EXPECT_THAT(refusal(Tar().file("p/a").fifo("p/pipe")), HasSubstr("neither a file"));
}

TEST_F(Archive, RefusesTooManyFiles) {
  UnpackLimits few;
  few.entries = 2;
  EXPECT_THAT(refusal(Tar().cpython(), few), HasSubstr("more than 2 files"));
}

TEST_F(Archive, RefusesABombInABody) {
  UnpackLimits small;
  small.bytes = 1 << 20;
  EXPECT_THAT(refusal(Tar().file("p/zeros", std::string(3 << 20, '\0')), small),
              HasSubstr("more than 1 MiB"));
}

// 10 KB that would be read as 3 GiB.
TEST_F(Archive, RefusesASparseFile) {
  const fs::path file = Tar().cpython().sparse("Python/x", la_int64_t{3} << 30).save(at("x"));
  ASSERT_LT(fs::file_size(file), 20'000U);
  EXPECT_THAT(message<UsageError>([&] { unpack_source(file, at("out"), "x"); }),
              HasSubstr("is a sparse file"));
  // GNU's own form of it, whose header holds the map: "x" as the only data of 3 GiB.
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(0, "Python/x");
  put(100, "0000644");
  put(124, "00000001000");
  put(136, "00000000000");
  put(156, "S");
  put(257, "ustar  ");
  put(386, "00000000000");  // the map's first piece: offset, size
  put(398, "00000001000");
  put(483, "30000000000");  // 3 GiB
  put(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  source_test::write(at("old.tar"), header + std::string(512, 'x') + std::string(1024, '\0'));
  EXPECT_THAT(message<UsageError>([&] { unpack_source(at("old.tar"), at("out"), "old.tar"); }),
              HasSubstr("is a sparse file"));
}

TEST_F(Archive, RefusesWhatLiesTooDeep) {
  std::string deep = "P/";
  for (int i = 0; i < 90; ++i) deep += "a/";
  unpack(Tar().file("P/x").file(deep + "x"));
  fs::remove_all(at("out"));
  for (int i = 0; i < 1800; ++i) deep += "a/";
  EXPECT_THAT(refusal(Tar().file("P/x").file(deep + "x")), HasSubstr("more than 100 directories"));
}

TEST_F(Archive, RefusesOneFileLargerThanAnyOfItsKind) {
  UnpackLimits limits;
  limits.file_bytes = 1 << 20;
  EXPECT_THAT(refusal(Tar().file("p/zeros", std::string(3 << 20, '\0')), limits),
              HasSubstr("is larger than 1 MiB, as no file of CPython is"));
}

// Each file is small enough, and so are all together; but nothing shrinks to a thousandth.
TEST_F(Archive, RefusesWhatUnpacksToFarMoreThanItsSize) {
  const std::string zeros(std::size_t{24} << 20, '\0');
  for (const auto filter :
       {Tar::Filter::xz, Tar::Filter::gzip, Tar::Filter::bzip2, Tar::Filter::zstd}) {
    const fs::path file =
        Tar().file("p/a", zeros).file("p/b", zeros).file("p/c", zeros).save(at("bomb"), filter);
    EXPECT_THAT(message<UsageError>([&] { unpack_source(file, at("out"), "bomb"); }),
                HasSubstr("unpacks to more than 64 MiB"));
    fs::remove_all(at("out.raw"));
  }
}

TEST_F(Archive, NamesInMessagesAreMadeHarmless) {
  const std::string text = refusal(Tar().file("../\x1b[31mred"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(Archive, SeesThatTheBodyIsCutOff) {
  for (const auto filter : {Tar::Filter::none, Tar::Filter::xz, Tar::Filter::gzip,
                            Tar::Filter::bzip2, Tar::Filter::zstd}) {
    EXPECT_THAT(refusal_when_cut(filter, 100000), StartsWith("x.tar: truncated or damaged ("));
  }
}

// libarchive's tar reader alone takes these for complete.
TEST_F(Archive, SeesThatTheLastByteIsCutOff) {
  for (const auto filter :
       {Tar::Filter::xz, Tar::Filter::gzip, Tar::Filter::bzip2, Tar::Filter::zstd}) {
    EXPECT_THAT(refusal_when_cut(filter, 1), StartsWith("x.tar: truncated or damaged ("));
  }
}

TEST_F(Archive, SeesFlippedBits) {
  const fs::path xz = Tar().cpython().save(at("x.tar.xz"));
  std::string bytes = read_file(xz);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  source_test::write(xz, bytes);
  EXPECT_THAT(message<UsageError>([&] { unpack_source(xz, at("out"), "x"); }),
              HasSubstr("truncated or damaged"));
}

TEST_F(Archive, RefusesWhatIsNoArchive) {
  source_test::write(at("x"), "");
  EXPECT_THAT(message<UsageError>([&] { unpack_source(at("x"), at("a"), "x"); }),
              HasSubstr("empty"));
  source_test::write(at("x"), "<html>404</html>");
  EXPECT_THAT(message<UsageError>([&] { unpack_source(at("x"), at("b"), "x"); }),
              HasSubstr("not a tar archive"));
}

TEST(Links, StayInsideOnlyWithTheirDotsInFront) {
  EXPECT_TRUE(link_stays_inside("a", "b"));
  EXPECT_TRUE(link_stays_inside("d/a", "../b"));
  EXPECT_TRUE(link_stays_inside("d/e/a", ".././../b/c"));
  EXPECT_TRUE(link_stays_inside("d/a", ".."));
  EXPECT_FALSE(link_stays_inside("a", ".."));
  EXPECT_FALSE(link_stays_inside("a", "/etc"));
  EXPECT_FALSE(link_stays_inside("a", ""));
  EXPECT_FALSE(link_stays_inside("d/a", "../../b"));
  // With a/b/c -> ../.. this one would leave the tree, though its text looks balanced.
  EXPECT_FALSE(link_stays_inside("a/b/t", "c/.."));
}

}  // namespace
}  // namespace pytune
