#include "sys/host.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace pytune {
namespace {

Host sample() {
  Host host;
  host.architecture = "x86_64";
  host.cpu_model = "Intel(R) Xeon(R) Processor @ 2.30GHz";
  host.libc = "glibc 2.36";
  host.cpus = 4;
  host.memory_bytes = std::uint64_t{16} << 30U;
  return host;
}

TEST(Host, FingerprintIgnoresWhatChangesFromMinuteToMinute) {
  Host busy = sample();
  busy.load1 = 9;
  busy.available_memory_bytes = 1;
  busy.governor = "performance";
  busy.kernel = "Linux 6.2";
  busy.memory_bytes += 4096;
  EXPECT_EQ(busy.fingerprint(), sample().fingerprint());
}

TEST(Host, FingerprintFollowsTheHardwareAndTheLibc) {
  Host cpu = sample();
  cpu.cpu_model = "AMD EPYC";
  Host cpus = sample();
  cpus.cpus = 8;
  Host memory = sample();
  memory.memory_bytes *= 2;
  Host libc = sample();
  libc.libc = "glibc 2.41";
  for (const Host& other : {cpu, cpus, memory, libc})
    EXPECT_NE(other.fingerprint(), sample().fingerprint());
}

TEST(Host, ThisMachineIsDescribed) {
  const Host host = read_host();
  EXPECT_FALSE(host.architecture.empty());
  EXPECT_FALSE(host.cpu_model.empty());
  EXPECT_TRUE(host.libc.starts_with("glibc 2."));
  EXPECT_GE(host.cpus, 1);
  EXPECT_GT(host.memory_bytes, host.available_memory_bytes);
  EXPECT_EQ(host.fingerprint().size(), 16U);
}

TEST(UtcTimestamp, IsOfNowWhateverABuildSystemsShellSaysOfSources) {
  setenv("SOURCE_DATE_EPOCH", "315532800", 1);
  EXPECT_GT(utc_timestamp(), "2025");
  unsetenv("SOURCE_DATE_EPOCH");
  setenv("PYTUNE_TIME", "1735689600", 1);
  EXPECT_EQ(utc_timestamp(), "2025-01-01T00:00:00Z");
  unsetenv("PYTUNE_TIME");
  EXPECT_EQ(utc_timestamp().size(), 20U);
}

}  // namespace
}  // namespace pytune
