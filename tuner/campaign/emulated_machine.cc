#include "campaign/emulated_machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "campaign/data_home.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;

CpuProfile with_models_of(const Emulator& emulator, CpuProfile profile) {
  std::erase_if(profile.qemu, [&](const EmulatedCpu& one) {
    const std::string model = one.cpu.substr(0, one.cpu.find(','));
    return std::find(emulator.cpus.begin(), emulator.cpus.end(), model) == emulator.cpus.end();
  });
  return profile;
}

EmulatedMachine find_emulated_machine(const fs::path& home, ProcessRunner& runner,
                                      const std::string& cpu) {
  const auto profiles = load_cpu_profiles(home / "profiles" / "cpus");
  const CpuProfile& profile = find_cpu_profile(profiles, cpu);
  EmulatedMachine machine;
  machine.emulator = find_emulator(runner, profile.architecture);
  machine.plugin = emulator_plugin();
  require_plugin(runner, machine.emulator, machine.plugin);
  const TemporaryDirectory folder(temporary_files(), "pytune-emulator");
  const fs::path program = folder.path() / "program";
  std::string reason;
  // The trial ends in the plugin, before QEMU looks for the model.
  const CpuProfile known = with_models_of(machine.emulator, profile);
  if (known.qemu.empty() && !profile.qemu.empty())
    throw UsageError(
        fmt::format("{}: {} (QEMU {}) has no model of it, nor one that executes all of it; use a "
                    "newer QEMU",
                    cpu, machine.emulator.path, machine.emulator.version));
  const auto emulated =
      emulated_cpu(known, runner, trial_words(machine.emulator, machine.plugin, program),
                   program.string(), reason);
  if (!emulated) throw UsageError(fmt::format("{}: {}", cpu, reason));
  machine.cpu = emulated->cpu;
  return machine;
}

}  // namespace pytune
