#include "interpreter/package_lock.h"

#include <fmt/format.h>

#include <cctype>
#include <sstream>

#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

constexpr std::size_t kMostPackages = 2000;
constexpr std::size_t kLongestField = 400;
constexpr std::string_view kHash = "--hash=sha256:";

// Of download_info, which for a directory or a repository has no archive.
std::string archive_hash(const JsonView& download) {
  if (!download.has("archive_info")) return "";
  const JsonView archive = download.at("archive_info");
  if (!archive.has("hashes") || !archive.at("hashes").has("sha256")) return "";
  return archive.at("hashes").at("sha256").text(kLongestField);
}

}  // namespace

std::string package_of(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, text.find_first_of("=;<>!~[ @"))) {
    const bool dash = c == '_' || c == '.' || c == '-';
    if (dash && name.ends_with('-')) continue;
    name += dash ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

std::vector<InstalledFile> read_pip_report(std::string_view text, const std::string& origin) {
  const nlohmann::json document = parse_json(text, origin);
  const JsonView report(document, origin);
  std::vector<InstalledFile> files;
  for (const JsonView& one : report.at("install").elements(kMostPackages)) {
    const JsonView metadata = one.at("metadata");
    files.push_back(
        {fmt::format("{}=={}", package_of(metadata.at("name").nonempty_text(kLongestField)),
                     metadata.at("version").nonempty_text(kLongestField)),
         archive_hash(one.at("download_info"))});
  }
  return files;
}

PackageLock PackageLock::read(const std::filesystem::path& file) {
  PackageLock lock;
  std::error_code error;
  if (file.empty() || !std::filesystem::exists(file, error)) return lock;
  const std::string text = read_file(file);
  int number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words{std::string(line)};
    std::string package;
    words >> package;
    std::set<std::string>& hashes = lock.hashes_[package];
    bool sound = package.find("==") != std::string::npos;
    for (std::string word; words >> word;) {
      sound = sound && word.starts_with(kHash) && is_sha256(word.substr(kHash.size()));
      if (sound) hashes.insert(word.substr(kHash.size()));
    }
    if (!sound || hashes.empty())
      throw UsageError(fmt::format("{}:{}: expected NAME==VERSION and --hash=sha256:HEX words",
                                   file.string(), number));
  }
  return lock;
}

std::optional<std::string> PackageLock::refusal(const std::vector<InstalledFile>& files) const {
  for (const InstalledFile& file : files) {
    const auto locked = hashes_.find(file.package);
    if (locked == hashes_.end() || locked->second.contains(file.sha256)) continue;
    return fmt::format("{} came as another file than those that are known (SHA-256 {})",
                       file.package, file.sha256.empty() ? "not said" : file.sha256);
  }
  return std::nullopt;
}

}  // namespace pytune
