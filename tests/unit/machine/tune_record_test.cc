#include "machine/tune_record.h"

#include <gmock/gmock.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using ::testing::HasSubstr;

TEST(TuneRecord, ReadsWhatItWrote) {
  const TuneRecord record{"boot", "now", false, {{"swap", "proc/sys/vm/swappiness", "60\n", "1"}}};
  const TuneRecord read = parse_tune_record(tune_record_text(record));
  EXPECT_EQ(read.boot_id, "boot");
  EXPECT_FALSE(read.until_restored);
  ASSERT_EQ(read.values.size(), 1U);
  EXPECT_EQ(read.values[0].path, "proc/sys/vm/swappiness");
  EXPECT_EQ(read.values[0].before, "60\n");
  EXPECT_EQ(read.values[0].written, "1");
}

TEST(TuneRecord, OneOfAnEarlierVersionIsKeptUntilSomebodyAsks) {
  const char* text = R"({"schema": 1, "boot_id": "boot", "created": "now", "values": []})";
  EXPECT_TRUE(parse_tune_record(text).until_restored);
}

TEST(TuneRecord, RefusesWhatItWouldNotHaveWritten) {
  const std::string good =
      tune_record_text({"boot", "now", true, {{"swap", "proc/sys/vm/swappiness", "60\n", "1"}}});
  const auto refusal = [](const std::string& text) {
    return sys_test::message<UsageError>([&] { parse_tune_record(text); });
  };
  EXPECT_THAT(refusal(good.substr(0, good.size() / 2)), HasSubstr("breaks off"));
  for (const char* path :
       {"etc/passwd", "proc/sys/vm/../../../etc/passwd", "/proc/sys/vm/swappiness",
        "sys/devices/system/cpu/cpufreq/policy/scaling_governor"}) {
    std::string bad = good;
    bad.replace(bad.find("proc/sys/vm/swappiness"), 22, path);
    EXPECT_THAT(refusal(bad), HasSubstr("values[0].path")) << path;
  }
}

}  // namespace
}  // namespace pytune
