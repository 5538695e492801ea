#include "campaign/networks.h"

#include <gmock/gmock.h>

#include "sys/error.h"

namespace pytune {
namespace {

constexpr const char* kAnswer =
    R"({"network": "gpt2", "difference": 0.0157, "rows": 4, "same_largest": 3,
        "float32_backend": "neon-fp32", "bf16_backend": "neon-bfmmla"})";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kAnswer;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(NetworkAccuracy, IsReadFromTheScriptsAnswer) {
  const NetworkInBf16 answer = parse_accuracy(kAnswer);
  EXPECT_EQ(answer.network, "gpt2");
  EXPECT_EQ(answer.difference, 0.0157);
  EXPECT_EQ(answer.rows, 4);
  EXPECT_EQ(answer.same_largest, 3);
  EXPECT_EQ(answer.bf16_backend, "neon-bfmmla");
}

TEST(NetworkAccuracy, OfAnythingElseIsRefusedWithThePlace) {
  const auto error = [](const std::string& text) -> std::string {
    try {
      parse_accuracy(text);
    } catch (const Failure& failure) {
      return failure.what();
    }
    return "";
  };
  EXPECT_THAT(error(with("0.0157", "NaN")), testing::HasSubstr("NaN"));
  EXPECT_THAT(error(with("0.0157", "-1")), testing::HasSubstr("difference"));
  EXPECT_THAT(error(with("\"rows\": 4", "\"rows\": 0")), testing::HasSubstr("rows"));
  EXPECT_THAT(error(with("\"same_largest\": 3", "\"same_largest\": 5")),
              testing::HasSubstr("same_largest"));
  EXPECT_THAT(error(with("neon-fp32", "a\\u0000b")), testing::HasSubstr("float32_backend"));
  EXPECT_THAT(error(""), testing::Not(testing::IsEmpty()));
}

TEST(NumericSuite, OfAnEmulatorIsTheSmallOne) {
  EXPECT_EQ(numeric_suite(false), "networks");
  EXPECT_EQ(numeric_suite(true), "networks-small");
}

}  // namespace
}  // namespace pytune
