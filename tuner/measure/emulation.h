// Whether a result came from an interpreter that another processor imitated.
#pragma once

#include <string>
#include <string_view>

namespace pytune {

// What a benchmark file says of where it was made; empty where it does not.
struct MachineFacts {
  std::string_view compiler;   // platform.python_compiler(): "MSC v.1938 64 bit (AMD64)"
  std::string_view cpu_model;  // of /proc/cpuinfo or the like
  std::string_view platform;   // platform.platform(): "macOS-14.2-x86_64-i386-64bit"
  // Of the file: bench_runner's, "bm-20240101-NICKNAME-aarch64-python-main-3.13.0-abcdef0.json",
  // name the machine's architecture.
  std::string_view file;
};

// "x86-64 on Arm, by Windows": the interpreter is a program of one architecture and the CPU of
// another, or the CPU is one that only emulators name. Empty where nothing says so, which proves
// nothing: qemu-user may show a CPU of the program's own architecture.
std::string emulation_of(const MachineFacts& facts);

}  // namespace pytune
