// apt with configuration and state of its own, below one directory: the system's sources, lists,
// caches and architectures stay as they are and root is not needed, while the machine's proxies,
// credentials and certificates apply.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "source/apt_sources.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {

class PrivateApt {
 public:
  // `staging` is an empty directory. `shown` begins every message: "debian:3.13". `architecture` is
  // Debian's name of it ("arm64"); empty: the machine's own. `otherwise` is what the user can do
  // without apt ("give --source a tarball"), or empty.
  PrivateApt(ProcessRunner& runner, std::filesystem::path staging, std::string shown,
             const std::string& architecture, std::string otherwise);

  // Where this machine's own apt gets Debian itself. Throws Failure when it gets it nowhere.
  std::vector<std::string> machine_mirrors();

  // A new directory with state and cache for the repository at `mirror`, of `type` "deb" or
  // "deb-src".
  void open(const std::filesystem::path& directory, const std::string& type,
            const std::string& mirror, const std::string& suite);

  // Runs an action in `directory`/download; its output. Throws Failure: what apt said, what to do.
  std::string run(const std::filesystem::path& directory, const std::vector<std::string>& action,
                  const std::string& suite, std::chrono::milliseconds timeout);

  Failure fail(const std::string& what, const std::string& remedy) const;

  // Files that apt was done with keep its check of the signed index only if they are what it says.
  // Throws Failure, naming the file and `described_by`.
  void require_file(const std::filesystem::path& file, std::uint64_t bytes,
                    const std::string& sha256, const std::string& described_by) const;

 private:
  Outcome run_apt(std::vector<std::string> argv, const std::filesystem::path& cwd,
                  std::chrono::milliseconds timeout);
  std::string ask(std::vector<std::string> argv);

  ProcessRunner& runner_;
  std::filesystem::path staging_;
  std::string shown_;
  std::string otherwise_;
  Environment environment_;
};

// Calls `fetch(mirror, staging/mirrorN)` for `mirror`, or, when that is empty, for each of the
// machine's mirrors until one delivers. Throws Failure with what the first one said.
template <class Fetch>
auto fetch_from_mirrors(PrivateApt& apt, const std::filesystem::path& staging,
                        const std::string& mirror, const Fetch& fetch) {
  const std::vector<std::string> mirrors =
      mirror.empty() ? apt.machine_mirrors() : std::vector<std::string>{mirror};
  std::string first;
  for (std::size_t i = 0; i < mirrors.size(); ++i) {
    try {
      return fetch(mirrors[i], staging / ("mirror" + std::to_string(i)));
    } catch (const Failure& failure) {
      // The first mirror is the one the machine uses most; what it said is what the user can act
      // on.
      if (first.empty()) first = failure.what();
    }
  }
  throw Failure(first);
}

}  // namespace pytune
