// Which trials of compilers have passed on this machine. A sweep of thousands of points tries a
// hundred combinations of flags, 50 ms each, and they pass the next time as well. What failed is
// tried again: the user may have installed what was missing.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace pytune {

class PassedTrials {
 public:
  // What the file holds; nothing of one that is absent, unreadable or no file of this kind.
  static PassedTrials read(const std::filesystem::path& file);

  // Of a trial by commands that are run in turn, each an argv: hashes them, `identity`
  // (Toolchain::identity), which programs they name by size and time, this machine's CPU and its C
  // library.
  static std::string key(const std::vector<std::vector<std::string>>& commands,
                         const std::string& identity);

  bool has(const std::string& key) const { return keys_.contains(key); }
  void add(const std::string& key) { changed_ = keys_.insert(key).second || changed_; }

  // Unless nothing was added. A file that cannot be written is no loss but of time.
  void write(const std::filesystem::path& file) const;

 private:
  std::set<std::string> keys_;
  bool changed_ = false;
};

}  // namespace pytune
