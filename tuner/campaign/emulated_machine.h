// A machine of another architecture, by the name of its CPU.
#pragma once

#include <filesystem>
#include <string>

#include "sys/process.h"
#include "toolchain/cpu_profile.h"
#include "toolchain/emulator.h"

namespace pytune {

// The profile with those of its emulated CPUs that this emulator has a model for.
CpuProfile with_models_of(const Emulator& emulator, CpuProfile profile);

// What it takes to run programs as on the CPU of the profile `cpu` (profiles/cpus below `home`).
// Throws UsageError for an unknown CPU, with a suggestion, and for one that nothing here emulates;
// Failure with the remedy where emulator or plugin are missing.
EmulatedMachine find_emulated_machine(const std::filesystem::path& home, ProcessRunner& runner,
                                      const std::string& cpu);

}  // namespace pytune
