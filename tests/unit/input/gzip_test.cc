#include "input/gzip.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/process.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using testing::HasSubstr;

constexpr std::size_t kMost = 256 << 20;

class Gzip : public sys_test::Scratch {
 protected:
  std::string compressed(const std::string& text) {
    sys_test::write(at("text"), text);
    Command command;
    command.argv = {"gzip", "-9", "-k", "-n", "-f", at("text").string()};
    SystemRunner runner;
    EXPECT_TRUE(runner.run(command).ok());
    return read_file(at("text.gz"));
  }
  std::string refusal(const std::string& bytes, std::size_t most = kMost) {
    return sys_test::message<UsageError>([&] { (void)gunzipped(bytes, "x.gz", most); });
  }
};

TEST_F(Gzip, UnpacksWhatIsCompressedAndPassesOnWhatIsNot) {
  const std::string text = R"({"version": "1.0"})";
  EXPECT_EQ(gunzipped(text, "x", kMost), text);
  EXPECT_EQ(gunzipped(compressed(text), "x", kMost), text);
  EXPECT_EQ(gunzipped("", "x", kMost), "");
  EXPECT_EQ(gunzipped(compressed(""), "x", kMost), "");
}

TEST_F(Gzip, RefusesWhatUnpacksToMoreThanAnyResult) {
  const std::string bomb = compressed(std::string(40 << 20, ' '));
  EXPECT_THAT(refusal(bomb), HasSubstr("x.gz: unpacks to more than"));
  EXPECT_THAT(refusal(compressed("0123456789"), 5), HasSubstr("unpacks to more than"));
}

TEST_F(Gzip, RefusesDamagedFiles) {
  std::string whole = compressed(std::string(5000, 'x') + "tail of it");
  EXPECT_THAT(refusal(whole.substr(0, whole.size() / 2)), HasSubstr("x.gz: truncated or damaged"));
  EXPECT_THAT(refusal(whole.substr(0, whole.size() - 4)),
              HasSubstr("x.gz: truncated or damaged gzip file ("));  // the library's words follow
  EXPECT_THAT(refusal(std::string("\x1f\x8b", 2)), HasSubstr("x.gz: "));
}

}  // namespace
}  // namespace pytune
