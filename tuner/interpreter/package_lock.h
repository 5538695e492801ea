// Which files of packages may be installed, by their SHA-256: an index that serves another file
// under the same version serves another workload, or worse.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

struct InstalledFile {
  std::string package;  // "scikit-learn==1.7", its name as PEP 503 has it
  std::string sha256;   // of the wheel or source archive; empty: pip said none
};

// "idna" of "Idna==3.10; python_version > '3'" and of "idna-3.10" (PEP 503).
std::string package_of(std::string_view text);

// What `pip install --report FILE` wrote (pip 22.2 and later; PyPA's "pip installation report").
// Throws UsageError that names `origin`.
std::vector<InstalledFile> read_pip_report(std::string_view text, const std::string& origin);

class PackageLock {
 public:
  // Lines "NAME==VERSION --hash=sha256:HEX ...", which pip reads as well; "#" begins a comment
  // line. No file: an empty lock. Throws UsageError that names file and line.
  static PackageLock read(const std::filesystem::path& file);

  // The first of `files` whose package and version the lock has with other hashes, said in a line.
  // What it has not is taken as it comes.
  std::optional<std::string> refusal(const std::vector<InstalledFile>& files) const;

 private:
  std::map<std::string, std::set<std::string>, std::less<>> hashes_;  // by InstalledFile::package
};

}  // namespace pytune
