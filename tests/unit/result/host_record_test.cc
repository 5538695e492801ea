#include "result/host_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pytune {
namespace {

TEST(HostRecord, SurvivesTheRoundTrip) {
  Host host;
  host.architecture = "x86_64";
  host.os = "Debian";
  host.cpus = 4;
  host.virtualized = true;
  host.load1 = 0.5;
  const nlohmann::json json = host;
  EXPECT_EQ(nlohmann::json(json.get<Host>()), json);
  EXPECT_EQ(json.at("fingerprint"), host.fingerprint());
}

}  // namespace
}  // namespace pytune
