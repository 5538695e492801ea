// What machine this is. Everything a measurement depends on and a reader would ask for.
#pragma once

#include <cstdint>
#include <string>

namespace pytune {

struct Host {
  std::string architecture;  // uname -m: "x86_64", "aarch64"
  std::string cpu_model;     // /proc/cpuinfo model name, or MIDR fields on Arm
  std::string kernel;
  std::string libc;                          // "glibc 2.36"
  std::string os;                            // /etc/os-release PRETTY_NAME
  int cpus = 1;                              // this process may run on
  std::uint64_t memory_bytes = 0;            // in all
  std::uint64_t available_memory_bytes = 0;  // now, and of what the control groups leave
  double load1 = 0;
  std::string governor;  // cpu0's, or empty when the kernel does not say
  bool virtualized = false;

  // Hash of what makes two machines' times comparable: architecture, CPU model, CPUs, memory, libc.
  // Not the load.
  std::string fingerprint() const;
};

Host read_host();
std::string host_architecture();  // uname -m

// "2026-11-21T10:00:00Z" of seconds since 1970.
std::string utc_text(std::int64_t seconds);
std::string utc_timestamp();  // of now; of PYTUNE_TIME where that is set

}  // namespace pytune
