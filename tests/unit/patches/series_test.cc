#include "patches/series.h"

#include <gmock/gmock.h>

#include "unit/patches/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using patches_test::kChange;
using patches_test::kHeader;
using patches_test::message;
using patches_test::write;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string header_rejection(const std::string& text) {
  return message([&] { parse_patch_header(text, "0001-x.patch"); });
}

std::string without(const std::string& field) {
  std::string text = kHeader;
  const auto at = text.find("\n" + field + ":") + 1;
  return text.erase(at, text.find('\n', at) + 1 - at);
}

TEST(PatchHeader, ReadsDep3AndOurFields) {
  const PatchHeader header = parse_patch_header(kHeader, "p");
  EXPECT_EQ(header.summary, "Makes it fast");
  EXPECT_EQ(header.description, "By doing less.");
  EXPECT_EQ(header.author, "pytune");
  EXPECT_EQ(header.architecture, "aarch64");
  EXPECT_EQ(header.effect, "counted: 2x");
}

TEST(PatchHeader, LacksNothing) {
  for (const char* field :
       {"Author", "Forwarded", "Last-Update", "Architecture", "Compiler", "Versions", "Effect"}) {
    EXPECT_THAT(header_rejection(without(field)),
                HasSubstr(std::string("lacks the field ") + field));
  }
  EXPECT_THAT(header_rejection(""), HasSubstr("lacks the field Description"));
}

TEST(PatchHeader, RefusesUnknownDoubledAndMalformedFields) {
  EXPECT_THAT(header_rejection("Archtecture: x\n" + std::string(kHeader)),
              HasSubstr("Archtecture is none of DEP-3 or of ours"));
  EXPECT_THAT(header_rejection("Author: x\n" + std::string(kHeader)), HasSubstr("comes twice"));
  EXPECT_THAT(header_rejection(" x\n" + std::string(kHeader)), HasSubstr("goes on with no field"));
  EXPECT_THAT(header_rejection("words\n" + std::string(kHeader)), HasSubstr("is no field"));
  EXPECT_THAT(header_rejection(without("Last-Update").insert(0, "Last-Update: soon\n")),
              HasSubstr("no date"));
  EXPECT_THAT(header_rejection(without("Effect").insert(0, "Effect:\n")), HasSubstr("is empty"));
}

TEST(SeriesFile, HoldsNamesInOrderCommentsAndEmptyLines) {
  EXPECT_THAT(parse_series("# ours\n0001-a.patch\n\n0003-b-2.patch  \n", "series"),
              ElementsAre("0001-a", "0003-b-2"));
  EXPECT_THAT(parse_series("", "series"), IsEmpty());
}

TEST(SeriesFile, RefusesOtherNames) {
  for (const char* name : {"../0001-a.patch", "0001-a.patch -p0", "0001-A.patch", "0001.patch",
                           "a.patch", "0001-a", "0001-/etc/x.patch", "0001--a.patch"}) {
    EXPECT_THAT(message([&] { parse_series(name, "series"); }), HasSubstr("no name such as"))
        << name;
  }
  for (const char* names : {"0002-a.patch\n0001-b.patch\n", "0001-a.patch\n0001-a.patch\n",
                            "0001-a.patch\n0001-b.patch\n"}) {
    EXPECT_THAT(message([&] { parse_series(names, "series"); }), HasSubstr("does not follow"));
  }
}

class SeriesFolder : public ::testing::Test {
 protected:
  SeriesFolder() : folder_(fs::temp_directory_path(), "series") {
    write(patches() / "3.13/series", "0001-a.patch\n0002-b.patch\n");
    write(patches() / "3.13/0001-a.patch", std::string(kHeader) + kChange);
    write(patches() / "3.13/0002-b.patch", std::string(kHeader) + kChange);
  }
  fs::path patches() const { return folder_.path(); }
  std::string rejection(const std::string& minor = "3.13") const {
    return message([&] { read_series(patches(), minor); });
  }

 private:
  TemporaryDirectory folder_;
};

TEST_F(SeriesFolder, IsReadAsAWhole) {
  const PatchSeries series = read_series(patches(), "3.13");
  ASSERT_EQ(series.patches.size(), 2U);
  EXPECT_EQ(series.patches[0].name, "0001-a");
  EXPECT_EQ(series.patches[0].sha256, sha256(std::string(kHeader) + kChange));
  for (const char* name : {"0002-b", "0002-b.patch", "0002"})
    EXPECT_EQ(series.find(name).name, "0002-b");
  EXPECT_THAT(message([&] { series.find("0003"); }), HasSubstr("there are 0001-a, 0002-b"));
}

TEST_F(SeriesFolder, MinorsAreThoseWithASeriesInOrderOfVersion) {
  write(patches() / "3.9/series", "");
  write(patches() / "3.14/0001-a.patch", "");
  write(patches() / "notes/series", "");
  EXPECT_THAT(minors_with_patches(patches()), ElementsAre("3.9", "3.13"));
  EXPECT_THAT(minors_with_patches(patches() / "nowhere"), IsEmpty());
  EXPECT_THAT(rejection("3.14"), HasSubstr("there are for 3.9, 3.13"));
  EXPECT_THAT(rejection("../3.13"), HasSubstr("there are no patches for ../3.13"));
}

TEST_F(SeriesFolder, AMissingOrMalformedPatchIsNamed) {
  write(patches() / "3.13/0002-b.patch", kHeader);
  EXPECT_THAT(rejection(), HasSubstr("0002-b.patch: there is no diff in it"));
  fs::remove(patches() / "3.13/0002-b.patch");
  EXPECT_THAT(rejection(), HasSubstr("0002-b.patch: series names it"));
  fs::create_symlink("0001-a.patch", patches() / "3.13/0002-b.patch");
  EXPECT_THAT(rejection(), HasSubstr("no regular file"));
}

// The ones that come with pytune.
TEST(OwnSeries, IsReadable) {
  const fs::path patches = fs::path(PYTUNE_SOURCE_DIR) / "patches";
  for (const auto& minor : minors_with_patches(patches)) {
    const PatchSeries series = read_series(patches, minor);
    EXPECT_FALSE(series.patches.empty()) << minor;
    for (const auto& patch : series.patches) {
      EXPECT_TRUE(fs::exists(patches / "bench" / (patch.name + ".py"))) << patch.name;
      for (const auto& file : patch.diff->files) {
        // Bytecode is made once for a source and all its patched forms.
        EXPECT_FALSE(file.path.starts_with("Lib/")) << patch.name;
      }
    }
  }
}

}  // namespace
}  // namespace pytune
