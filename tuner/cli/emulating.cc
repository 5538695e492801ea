#include "cli/emulating.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/home.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Of the System V ABI supplements of both architectures.
constexpr std::array<const char*, 2> kLoaders = {"lib/ld-linux-aarch64.so.1",
                                                 "lib64/ld-linux-x86-64.so.2"};

}  // namespace

fs::path root_of(const fs::path& python) {
  std::error_code none;
  fs::path root;
  // The outermost: where /lib is a link to /usr/lib, /usr has a loader as well.
  for (fs::path folder = fs::absolute(python).parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    for (const char* loader : kLoaders) {
      const bool this_machines = fs::equivalent(folder / loader, fs::path("/") / loader, none);
      if (fs::exists(folder / loader, none) && !this_machines) root = folder;
    }
  }
  return root;
}

CpuProfile with_models_of(const Emulator& emulator, CpuProfile profile) {
  std::erase_if(profile.qemu, [&](const EmulatedCpu& one) {
    const std::string model = one.cpu.substr(0, one.cpu.find(','));
    return std::find(emulator.cpus.begin(), emulator.cpus.end(), model) == emulator.cpus.end();
  });
  return profile;
}

EmulatedWorkers emulated_workers(const fs::path& home, ProcessRunner& runner,
                                 const std::string& cpu, const fs::path& scratch) {
  const auto profiles = load_cpu_profiles(home / "profiles" / "cpus");
  const CpuProfile& profile = find_cpu_profile(profiles, cpu);
  EmulatedWorkers workers;
  workers.emulator = find_emulator(runner, profile.architecture);
  workers.plugin = emulator_plugin();
  require_plugin(runner, workers.emulator, workers.plugin);
  const TemporaryDirectory folder(fs::temp_directory_path(), "pytune-emulator");
  const fs::path program = folder.path() / "program";
  std::string reason;
  // The trial ends in the plugin, before QEMU looks for the model.
  const CpuProfile known = with_models_of(workers.emulator, profile);
  if (known.qemu.empty() && !profile.qemu.empty())
    throw UsageError(
        fmt::format("{}: {} (QEMU {}) has no model of it, nor one that executes all of it; use a "
                    "newer QEMU",
                    cpu, workers.emulator.path, workers.emulator.version));
  const auto emulated =
      emulated_cpu(known, runner, trial_words(workers.emulator, workers.plugin, program),
                   program.string(), reason);
  if (!emulated) throw UsageError(fmt::format("{}: {}", cpu, reason));
  workers.cpu = emulated->cpu;
  workers.scratch = scratch;
  return workers;
}

}  // namespace pytune
