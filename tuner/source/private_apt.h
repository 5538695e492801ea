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

  // Fetches the lists of `directory`. What cannot be fetched matters only where no list of packages
  // came of it. Lists that are no longer valid are taken where the machine's own apt is set to take
  // them, as of a frozen mirror: expired() then says so. Throws Failure.
  void update(const std::filesystem::path& directory, const std::string& suite);
  const std::string& expired() const { return expired_; }

  // The signed Release files of those `suites` that `mirror` has, in any order. Throws Failure when
  // it has none of them.
  std::vector<std::string> release_files(const std::filesystem::path& directory,
                                         const std::string& mirror,
                                         const std::vector<std::string>& suites);

  // Runs an action in `directory`/download; its output. Throws Failure: what apt said, what to do.
  std::string run(const std::filesystem::path& directory, const std::vector<std::string>& action,
                  const std::string& suite, std::chrono::milliseconds timeout);

  // Names of packages that begin so, of the lists in `directory`; none where apt does not answer.
  std::vector<std::string> package_names(const std::filesystem::path& directory,
                                         const std::string& prefix);

  // Those of the named source packages that the lists in `directory` have, in all versions; none
  // where apt does not answer.
  std::vector<SourcePackage> source_packages(const std::filesystem::path& directory,
                                             const std::vector<std::string>& names);

  Failure fail(const std::string& what, const std::string& remedy) const;

  // Files that apt was done with keep its check of the signed index only if they are what it says.
  // Throws Failure, naming the file and `described_by`.
  void require_file(const std::filesystem::path& file, std::uint64_t bytes,
                    const std::string& sha256, const std::string& described_by) const;

 private:
  Outcome attempt(const std::filesystem::path& directory, const std::vector<std::string>& action,
                  std::chrono::milliseconds timeout, const char* program = "apt-get");
  // Fetches lists, expired ones too where the machine's apt takes them.
  Outcome fetch_lists(const std::filesystem::path& directory,
                      const std::vector<std::string>& options);
  Failure complaint_of(const Outcome& outcome, const std::string& suite) const;
  Outcome run_apt(std::vector<std::string> argv, const std::filesystem::path& cwd,
                  std::chrono::milliseconds timeout, const char* program = "apt-get");
  std::string ask(std::vector<std::string> argv);
  bool machine_takes_expired_lists();

  ProcessRunner& runner_;
  std::filesystem::path staging_;
  std::string shown_;
  std::string otherwise_;
  Environment environment_;
  std::string expired_;
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
