// Building for a machine that is not this one, and running there what comes of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "toolchain/cpu_profile.h"
#include "toolchain/emulator.h"
#include "toolchain/toolchain.h"

namespace pytune {

struct Target {
  CpuProfile profile;
  CrossTarget cross;         // with the sysroot where it lies
  std::string sysroot_id;    // stands for the sysroot's content in keys
  std::string build_triple;  // of this machine: configure's --build
  EmulatedMachine machine;   // runs the target's programs, and what they execute
};

// In a work slot the target's files are found by links beside the build directory: what configure
// writes down is then the same wherever the store lies.
inline constexpr const char* kSlotSysroot = "../sysroot";
inline constexpr const char* kSlotNative = "../native";
inline constexpr const char* kSlotPlugin = "../plugin.so";
std::string runtime_in_slot(const std::string& clang_major);  // Target::cross's profile runtimes

inline constexpr const char* kBoltRuntimeInSlot = "libbolt_rt_instr.a";  // beside build/

// The same compiler, its words naming the sysroot by the slot's link.
Toolchain in_slot(Toolchain toolchain, const Target& target);

// Arguments of configure for the target, but for the flags that a configuration adds.
std::vector<std::string> target_configure_arguments(const Toolchain& in_slot, const Target& target,
                                                    const std::string& minor);

// The library that code of this compiler which counts is linked with, where the compiler has none
// of its own.
std::optional<std::filesystem::path> profile_runtime(const Target& target,
                                                     const Toolchain& toolchain);

// The words before a program of the target's that runs in the slot.
std::vector<std::string> target_run_words(const Target& target, const std::filesystem::path& slot);

// `native`: BuildContext::native_prefix.
RecordedTarget recorded(const Target& target, const Toolchain& toolchain,
                        const std::filesystem::path& native);

// Why no build with this value of the cpu axis runs on the target: its code may hold instructions
// that the target lacks. Nothing when it does run.
std::optional<std::string> cannot_run_on(const Target& target, const std::string& cpu);

}  // namespace pytune
