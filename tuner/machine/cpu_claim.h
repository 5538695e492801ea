// One run per CPU, on the whole machine: two that measure on one CPU would measure each other.
#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pytune {

// Who measures on the CPUs that were asked for. It is the kernel that says so, and not the files,
// which anybody may write: `pid` is 0 where it lists none that can be seen here.
struct CpuHolder {
  std::vector<int> cpus;
  int pid = 0;
  std::string command;
  std::time_t since = 0;         // when it took them; 0: not known
  std::string describe() const;  // "pid 12 (pytune measure a b) since 10:41", "another process"
  std::string sentence() const;  // "CPU 0-1 is being measured on by pid 12 (...) since 10:41"
};

// A lock (flock) on a file for each CPU, held until destruction or the death of the process,
// however it dies.
class CpuClaim {
 public:
  // All of them or none. Throws Failure when a lock file is not what it should be.
  static std::optional<CpuClaim> try_take(const std::vector<int>& cpus,
                                          const std::filesystem::path& directory,
                                          CpuHolder& holder);
  CpuClaim(CpuClaim&& other) noexcept = default;
  CpuClaim& operator=(CpuClaim&& other) noexcept;
  ~CpuClaim();

 private:
  CpuClaim() = default;
  std::vector<int> files_;
};

// Where all users' runs look: $PYTUNE_LOCKS; else /run/lock or /tmp, where everybody may write but
// not remove what is another's; else `otherwise`, which tells only runs apart that share it. A
// container with its own /run and /tmp is a machine of its own.
std::filesystem::path cpu_lock_directory(const std::filesystem::path& otherwise);

std::string cpu_list(std::vector<int> cpus);  // "0-3,6"

}  // namespace pytune
