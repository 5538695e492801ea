#include "campaign/emulated_machine.h"

#include <gtest/gtest.h>

namespace pytune {
namespace {

TEST(WithModelsOf, LeavesOutWhatTheEmulatorHasNoModelFor) {
  Emulator emulator;
  emulator.cpus = {"max", "neoverse-n1"};
  CpuProfile profile;
  profile.qemu.resize(2);
  profile.qemu[0].cpu = "neoverse-n2";
  profile.qemu[1].cpu = "max,sve-max-vq=1";
  const CpuProfile known = with_models_of(emulator, profile);
  ASSERT_EQ(known.qemu.size(), 1U);
  EXPECT_EQ(known.qemu[0].cpu, "max,sve-max-vq=1");
}

}  // namespace
}  // namespace pytune
