#include "report/native_build.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "build/target.h"
#include "report/recorded_line.h"
#include "report/text.h"
#include "sys/process.h"

namespace pytune {
namespace {

// Words of configure that build/cross_configure adds, by how they begin.
constexpr std::array kCrossOnly = {"--build=",
                                   "--host=",
                                   "--with-build-python=",
                                   "--without-ensurepip",
                                   "--with-computed-gotos",
                                   "ac_cv_",
                                   "PKG_CONFIG_LIBDIR=",
                                   "PKG_CONFIG_SYSROOT_DIR=",
                                   "CPP=",
                                   "NM=",
                                   "STRIP=",
                                   "OBJCOPY=",
                                   "READELF="};
// Variables that name a program, and words for it.
constexpr std::array kPrograms = {"CC", "AR", "RANLIB", "LINKCC"};

class Translation {
 public:
  explicit Translation(const RecordedTarget& target) : target_(target) {}

  std::vector<std::string> plain(const std::vector<std::string>& words) const {
    std::vector<std::string> kept;
    for (const std::string& word : words)
      if (auto own = translated(word)) kept.push_back(*own);
    return kept;
  }

  // A recorded line, whose words are quoted for the shell.
  std::string line(const std::string& text) const {
    std::vector<std::string> kept;
    auto words = shell_words(text);
    leave_out_emulator(words);
    for (const std::string& word : words) {
      const std::string bare = unquoted(word);
      const auto own = translated(bare);
      if (!own) continue;
      kept.push_back(*own == bare ? word : shell_quote(*own));
    }
    return fmt::format("{}", fmt::join(kept, " "));
  }

  // "/usr/bin/aarch64-linux-gnu-gcc-12" is gcc-12 there.
  std::string program(const std::string& path) const {
    std::string name = std::filesystem::path(path).filename().string();
    const std::string prefix = target_.triple + "-";
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
    return name;
  }

 private:
  static std::string unquoted(const std::string& word) {
    const bool quoted = word.size() >= 2 && word.front() == '\'' && word.back() == '\'';
    return quoted ? word.substr(1, word.size() - 2) : word;
  }

  void leave_out_emulator(std::vector<std::string>& words) const {
    const auto start = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
      return unquoted(word) == target_.run_words.front();
    });
    const auto count = static_cast<std::ptrdiff_t>(target_.run_words.size());
    if (words.end() - start >= count) words.erase(start, start + count);
  }

  std::optional<std::string> translated(const std::string& word) const {
    for (const char* start : kCrossOnly)
      if (word.starts_with(start)) return std::nullopt;
    for (const char* name : kPrograms) {
      const std::string start = std::string(name) + "=";
      if (word.starts_with(start)) return start + compiler(word.substr(start.size()));
    }
    return word;
  }

  std::string compiler(const std::string& value) const {
    std::vector<std::string> kept;
    const auto words = wrap(value, 1);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      if (word == "-isystem") {
        ++i;  // its directory, of the sysroot
        continue;
      }
      if (word.starts_with("--target=") || word.find(kSlotSysroot) != std::string::npos) continue;
      kept.push_back(kept.empty() ? program(word) : word);
    }
    return fmt::format("{}", fmt::join(kept, " "));
  }

  const RecordedTarget& target_;
};

}  // namespace

Build native_build(Build build) {
  if (!build.target) return build;
  const RecordedTarget target = *build.target;
  const Translation translation(target);
  for (auto* words :
       {&build.configure_arguments, &build.make_variables, &build.profile_make_variables})
    *words = translation.plain(*words);
  for (RecordedCommand& command : build.commands) command.line = translation.line(command.line);
  for (RecordedTool& tool : build.tools) {
    tool.path = translation.program(tool.path);
    tool.sha256.clear();  // of another program that does the same
  }
  build.target.reset();
  return build;
}

}  // namespace pytune
