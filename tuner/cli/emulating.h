// Interpreters of another architecture, run under an emulator and counted.
#pragma once

#include <filesystem>
#include <string>

#include "measure/session.h"
#include "sys/process.h"
#include "toolchain/cpu_profile.h"
#include "toolchain/emulator.h"

namespace pytune {

// The folder that holds the system of an interpreter that was unpacked somewhere: the outermost one
// above it with a dynamic loader of Linux, save / itself. Empty: there is none, as of a file of
// this machine's own.
std::filesystem::path root_of(const std::filesystem::path& python);

// The profile with those of its emulated CPUs that this emulator has a model for.
CpuProfile with_models_of(const Emulator& emulator, CpuProfile profile);

// What it takes to run programs as on the CPU of the profile `cpu` (profiles/cpus): emulator, its
// CPU, and the plugin. Throws UsageError for an unknown CPU, with a suggestion, and for one that
// nothing here emulates; Failure with the remedy where emulator or plugin are missing.
EmulatedWorkers emulated_workers(const std::filesystem::path& home, ProcessRunner& runner,
                                 const std::string& cpu, const std::filesystem::path& scratch);

}  // namespace pytune
