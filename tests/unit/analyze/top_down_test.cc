#include "analyze/top_down.h"

#include <gmock/gmock.h>

#include <numeric>

#include "perf/stat.h"
#include "sys/files.h"

namespace pytune {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;

constexpr Core kN1{0x41, 0xd0c, 3, 1};
constexpr Core kN2{0x41, 0xd49, 0, 3};
constexpr Core kOldN2{0x41, 0xd49, 0, 0};
constexpr Core kV1{0x41, 0xd40, 1, 1};
constexpr Core kV2{0x41, 0xd4f, 0, 1};

// The counts of a synthesized output, by our names.
std::map<std::string, double> counts(const Core& core) {
  const std::string name = core_name(core);
  const PerfStat stat = parse_perf_stat(
      read_file(std::string(PYTUNE_SOURCE_DIR "/tests/unit/perf/output/") + name + ".jsonl"));
  EXPECT_EQ(stat.error, "");
  std::map<std::string, double> all;
  for (const CounterEvent& event : counter_events(name)) {
    const auto found = stat.events.find(event.perf);
    if (found != stat.events.end() && found->second.state == EventReading::State::counted)
      all[event.name] = static_cast<double>(found->second.value);
  }
  return all;
}

void expect_shares(const TopDown& top_down, const std::vector<double>& by_hand) {
  ASSERT_EQ(top_down.shares.size(), by_hand.size());
  for (std::size_t i = 0; i < by_hand.size(); ++i)
    EXPECT_THAT(top_down.shares[i].value, DoubleNear(by_hand[i], 1e-12)) << top_down.shares[i].name;
}

double sum(const TopDown& top_down) {
  return std::accumulate(top_down.shares.begin(), top_down.shares.end(), 0.0,
                         [](double total, const auto& share) { return total + share.value; });
}

// 1e9 cycles, so 5e9 slots; 2e9 stalled: 0.6 issued, 0.9 of them retired. 0.01 mispredictions per
// cycle.
TEST(TopDown, OfN2) {
  const auto result = top_down(kN2, counts(kN2));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->formulas, "neoverse-n2");
  EXPECT_EQ(result->caveat, "");
  expect_shares(*result, {0.54, 0.06 + 0.04, 0.25 - 0.01, 0.15 - 0.03});
  EXPECT_NEAR(sum(*result), 1, 1e-12);
}

// One stalled slot less in each cycle: 1e9 of 5e9, so 0.8 issued.
TEST(TopDown, OfN2BeforeStallSlotWasMended) {
  const auto result = top_down(kOldN2, counts(kOldN2));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->formulas, "neoverse-n2-r0p0");
  expect_shares(*result, {0.72, 0.08 + 0.04, 0.24, 0.12});
}

// 8e9 slots, 4e9 stalled: 0.5 issued, 0.8 of them retired. 0.005 mispredictions per cycle.
TEST(TopDown, OfV1) {
  const auto result = top_down(kV1, counts(kV1));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->formulas, "neoverse-v1");
  expect_shares(*result, {0.4, 0.1 + 0.02, 0.3 - 0.02, 0.2});
  EXPECT_NEAR(sum(*result), 1, 1e-12);
}

TEST(TopDown, OfV2) {
  const auto result = top_down(kV2, counts(kV2));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->formulas, "neoverse-v2");
  expect_shares(*result, {0.4, 0.1 + 0.02, 0.3 - 0.005, 0.2 - 0.015});
  EXPECT_NEAR(sum(*result), 1, 1e-12);
}

TEST(TopDown, OfN1IsNoFourParts) {
  const auto result = top_down(kN1, counts(kN1));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->formulas, "stalled-cycles");
  expect_shares(*result, {0.25, 0.125});
  EXPECT_THAT(result->caveat, HasSubstr("no slot events"));
}

TEST(TopDown, OfAGuestWithoutSlotEventsIsNoFourPartsEither) {
  auto seen = counts(kN2);
  seen.erase("STALL_SLOT");
  EXPECT_FALSE(top_down(kN2, seen));
  seen["STALL_FRONTEND"] = 1e8;
  seen["STALL_BACKEND"] = 2e8;
  EXPECT_EQ(top_down(kN2, seen)->formulas, "stalled-cycles");
}

TEST(TopDown, OfRatesIsThatOfCounts) {
  auto rates = counts(kV2);
  for (auto& [event, value] : rates) value /= 3e6;
  expect_shares(*top_down(kV2, rates), {0.4, 0.12, 0.295, 0.185});
}

TEST(TopDown, OfNothingIsNothing) {
  EXPECT_FALSE(top_down(kV2, {}));
  EXPECT_FALSE(top_down({}, {{"cycles", 5}}));
  EXPECT_FALSE(
      top_down({}, {{"cycles", 0}, {"stalled-cycles-frontend", 1}, {"stalled-cycles-backend", 1}}));
  EXPECT_EQ(
      top_down({}, {{"cycles", 4}, {"stalled-cycles-frontend", 1}, {"stalled-cycles-backend", 2}})
          ->shares[1]
          .value,
      0.5);
}

}  // namespace
}  // namespace pytune
