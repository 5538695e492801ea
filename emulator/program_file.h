// What a guest's execve() would start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pytune::emulator {

struct Guest {
  std::string name;           // "aarch64"
  std::uint16_t machine = 0;  // e_machine (ELF gABI)
  // System calls, by Linux's own numbers for this architecture.
  std::int64_t execve_number = 0;
  std::int64_t execveat_number = 0;
  std::int64_t mmap_number = 0;
};

// Nothing for a guest that is not supported.
std::optional<Guest> find_guest(const std::string& name);

struct Started {
  std::string file;                    // the ELF program: what it is told to be is arguments[0]
  std::vector<std::string> arguments;  // with the script and its interpreter's argument put in
};

// `path` with `prefix` before it where there is such a file, as QEMU opens files (-L).
std::string under_prefix(const std::string& prefix, const std::string& path);

// The program of the guest's that starts when `path` is executed: itself, or what a script names in
// its first line, scripts of scripts included. Nothing when it is not of the guest's architecture,
// or cannot be executed.
std::optional<Started> find_started(const Guest& guest, const std::string& prefix,
                                    const std::string& path, std::vector<std::string> arguments);

}  // namespace pytune::emulator
