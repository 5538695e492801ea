#include "input/record.h"

#include <gmock/gmock.h>

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sys/error.h"

namespace pytune {

enum class Colour { red, green };
template <>
struct EnumNames<Colour> {
  static constexpr std::array names = {std::pair{Colour::red, "red"},
                                       std::pair{Colour::green, "green"}};
};

struct Pixel {
  int x = 0;
  Colour colour = Colour::red;
  bool operator==(const Pixel&) const = default;
};
DECLARE_RECORD(Pixel);
DEFINE_RECORD(Pixel, no_check<Pixel>, field("x", &Pixel::x, Whole{0, 9}),
              field("colour", &Pixel::colour))

struct Picture {
  std::string title;
  std::vector<Pixel> pixels;
  std::optional<double> exposure;
  std::map<std::string, int> tags;
  std::vector<double> times;  // optional_field
  bool framed = false;        // later_field
  Pixel corner;               // inlined
  int cached = 0;             // not recorded
  bool operator==(const Picture&) const = default;
};
DECLARE_RECORD(Picture);

namespace {

using testing::HasSubstr;

void require_title(const JsonView& view, const Picture& picture) {
  if (picture.title.empty() && !picture.pixels.empty()) view.at("title").fail("a picture has one");
}

Picture picture() {
  Picture one;
  one.title = "dusk";
  one.pixels = {{1, Colour::red}, {2, Colour::green}};
  one.exposure = 0.5;
  one.tags = {{"sky", 3}};
  one.times = {1, 2.5};
  one.framed = true;
  one.corner = {4, Colour::green};
  return one;
}

std::string refusal(const nlohmann::json& document) {
  try {
    (void)document.get<Picture>();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

DEFINE_RECORD(Picture, require_title, field("title", &Picture::title, Text{8}),
              field("pixels", &Picture::pixels), field("exposure", &Picture::exposure),
              field("tags", &Picture::tags), optional_field("times", &Picture::times),
              later_field("framed", &Picture::framed), inlined(&Picture::corner),
              not_recorded(&Picture::cached))

namespace {

TEST(Record, ComesBackAsItWasWritten) {
  Picture one = picture();
  one.cached = 7;
  const nlohmann::json document = one;
  const Picture read = nlohmann::json::parse(document.dump()).get<Picture>();
  one.cached = 0;  // not recorded
  EXPECT_EQ(read, one);
  EXPECT_EQ(document.at("colour"), "green") << "of the inlined record";
}

TEST(Record, LeavesOutWhatIsEmptyOrAsItWasAtFirst) {
  const nlohmann::json document = Picture();
  EXPECT_FALSE(document.contains("exposure"));
  EXPECT_FALSE(document.contains("times"));
  EXPECT_TRUE(document.contains("framed"));
  EXPECT_TRUE(document.contains("tags"));
  EXPECT_EQ(document.get<Picture>(), Picture());
}

TEST(Record, OfAnEarlierVersionLacksLaterFieldsOnly) {
  nlohmann::json document = picture();
  document.erase("framed");
  EXPECT_FALSE(document.get<Picture>().framed);
  document.erase("tags");
  EXPECT_THAT(refusal(document), HasSubstr("tags"));
}

TEST(Record, IsRefusedWithThePlaceOfWhatIsWrong) {
  struct Case {
    const char* pointer;
    nlohmann::json value;
    const char* place;
  };
  const std::vector<Case> cases = {
      {"/pixels/1/x", 10, "pixels[1].x"},
      {"/pixels/1/x", -1, "pixels[1].x"},
      {"/pixels/1/x", 1.5, "pixels[1].x"},
      {"/pixels/0/colour", "blue", "pixels[0].colour"},
      {"/pixels/0/colour", 3, "pixels[0].colour"},
      {"/title", "longer than eight", "title"},
      {"/title", nullptr, "title"},
      {"/exposure", "bright", "exposure"},
      {"/tags/sky", "many", "tags.sky"},
      {"/tags/sky", std::int64_t{1} << 40, "tags.sky"},
      {"/framed", 1, "framed"},
      {"/times/0", true, "times[0]"},
      {"/pixels", nlohmann::json::object(), "pixels"},
  };
  for (const Case& one : cases) {
    nlohmann::json document = picture();
    document[nlohmann::json::json_pointer(one.pointer)] = one.value;
    EXPECT_THAT(refusal(document), HasSubstr(one.place)) << one.pointer << ' ' << one.value;
  }
}

TEST(Record, IsLeftAloneByADocumentThatIsRefused) {
  nlohmann::json document = picture();
  document["framed"] = "yes";
  Picture read;
  read.title = "before";
  EXPECT_THROW(document.get_to(read), UsageError);
  EXPECT_EQ(read.title, "before");
}

TEST(Record, IsRefusedWhereItsMembersDoNotFitEachOther) {
  nlohmann::json document = picture();
  document["title"] = "";
  EXPECT_THAT(refusal(document), HasSubstr("title: a picture has one"));
}

TEST(Record, OfAnotherKindIsRefused) {
  EXPECT_NE(refusal(nlohmann::json::array()), "");
  EXPECT_NE(refusal(nlohmann::json("picture")), "");
  EXPECT_NE(refusal(nullptr), "");
}

}  // namespace
}  // namespace pytune
