#include "patches/series.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestPatch = 4U << 20U;
constexpr std::string_view kSuffix = ".patch";
constexpr std::size_t kDigits = 4;

struct Field {
  const char* name;
  std::string PatchHeader::* member;
  bool needed;
};
constexpr std::array<Field, 9> kFields = {{
    {"Description", &PatchHeader::summary, true},
    {"Author", &PatchHeader::author, false},
    {"Origin", &PatchHeader::author, false},
    {"Forwarded", &PatchHeader::forwarded, true},
    {"Last-Update", &PatchHeader::last_update, true},
    {"Architecture", &PatchHeader::architecture, true},
    {"Compiler", &PatchHeader::compiler, true},
    {"Versions", &PatchHeader::versions, true},
    {"Effect", &PatchHeader::effect, true},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '-'; });
}

bool is_minor(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || text.size() > 8) return false;
  const auto number = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  return number(text.substr(0, dot)) && number(text.substr(dot + 1));
}

bool is_patch_name(std::string_view name) {
  if (name.size() < kDigits + 2 || name.size() > 80 || name[kDigits] != '-') return false;
  if (!std::all_of(name.begin(), name.begin() + kDigits, is_digit)) return false;
  const std::string_view words = name.substr(kDigits + 1);
  return words.front() != '-' && std::all_of(words.begin(), words.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
         });
}

// A field's value: what stands on its line, and the lines that go on with it. " ." is an empty one.
using Fields = std::map<std::string, std::vector<std::string>, std::less<>>;

Fields read_fields(std::string_view text, const std::string& shown) {
  Fields fields;
  std::vector<std::string>* current = nullptr;
  for (const std::string_view line : split_lines(text)) {
    if (line == "---" || trim(line).empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (current == nullptr) throw Failure(fmt::format("{}: goes on with no field", shown));
      current->push_back(trim(line) == "." ? "" : std::string(trim(line)));
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string name(line.substr(0, colon));
    if (colon == std::string_view::npos)
      throw Failure(fmt::format("{}: \"{}\" in its header is no field", shown, printable(line)));
    const auto [at, is_new] = fields.try_emplace(name);
    if (!is_new) throw Failure(fmt::format("{}: the field {} comes twice", shown, printable(name)));
    at->second.emplace_back(trim(line.substr(colon + 1)));
    current = &at->second;
  }
  return fields;
}

Patch read_patch(const fs::path& path, const std::string& name) {
  const std::string shown = name + std::string(kSuffix);
  std::error_code problem;
  // Not through a link: a patch is kept beside its series.
  if (fs::symlink_status(path, problem).type() != fs::file_type::regular)
    throw Failure(fmt::format("{}: series names it, and it is no regular file there", shown));
  if (fs::file_size(path, problem) > kLargestPatch)
    throw Failure(fmt::format("{}: is larger than {} MB", shown, kLargestPatch >> 20U));
  const std::string text = read_file(path);
  Patch patch;
  patch.name = name;
  patch.sha256 = sha256(text);
  patch.diff = std::make_shared<const UnifiedDiff>(parse_unified_diff(text, shown));
  patch.header = parse_patch_header(patch.diff->header, shown);
  return patch;
}

}  // namespace

const Patch& PatchSeries::find(std::string_view name) const {
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  std::vector<std::string_view> names;
  for (const auto& patch : patches) {
    if (name == patch.name || (name.size() == kDigits && patch.name.starts_with(name)))
      return patch;
    names.push_back(patch.name);
  }
  throw UsageError(fmt::format("there is no patch \"{}\" for {}; there are {}", printable(name),
                               minor, fmt::join(names, ", ")));
}

PatchHeader parse_patch_header(std::string_view text, const std::string& shown) {
  PatchHeader header;
  Fields fields = read_fields(text, shown);
  for (const auto& [name, member, needed] : kFields) {
    const auto found = fields.find(name);
    if (found == fields.end()) {
      if (needed) throw Failure(fmt::format("{}: its header lacks the field {}", shown, name));
      continue;
    }
    const auto& lines = found->second;
    if (member == &PatchHeader::summary) {
      header.summary = lines.front();
      header.description = fmt::format("{}", fmt::join(lines.begin() + 1, lines.end(), "\n"));
    } else {
      header.*member = fmt::format("{}", fmt::join(lines, " "));
    }
    if ((header.*member).empty()) throw Failure(fmt::format("{}: {} is empty", shown, name));
    fields.erase(found);
  }
  // DEP-3's that nothing of ours reads.
  for (const char* known : {"Bug", "Applied-Upstream", "Reviewed-by"}) fields.erase(known);
  if (!fields.empty())
    throw Failure(fmt::format("{}: the field {} is none of DEP-3 or of ours", shown,
                              printable(fields.begin()->first)));
  if (header.author.empty())
    throw Failure(fmt::format("{}: its header lacks the field Author or Origin", shown));
  if (!is_date(header.last_update))
    throw Failure(fmt::format("{}: Last-Update is no date such as 2026-11-25", shown));
  return header;
}

std::vector<std::string> parse_series(std::string_view text, const std::string& shown) {
  std::vector<std::string> names;
  for (std::string_view line : split_lines(text)) {
    if (line.starts_with('#') || trim(line).empty()) continue;
    line = trim(line);
    if (!line.ends_with(kSuffix) || !is_patch_name(line.substr(0, line.size() - kSuffix.size())))
      throw Failure(
          fmt::format("{}: \"{}\" is no name such as 0001-words.patch", shown, printable(line)));
    line.remove_suffix(kSuffix.size());
    // One number each: it is a name for the patch too.
    if (!names.empty() && names.back().substr(0, kDigits) >= line.substr(0, kDigits))
      throw Failure(fmt::format("{}: {} does not follow {} in number", shown, line, names.back()));
    names.emplace_back(line);
  }
  return names;
}

PatchSeries read_series(const fs::path& patches, const std::string& minor) {
  const auto there = minors_with_patches(patches);
  if (std::find(there.begin(), there.end(), minor) == there.end())
    throw UsageError(
        fmt::format("there are no patches for {}; there are for {}", printable(minor),
                    there.empty() ? "no version" : fmt::format("{}", fmt::join(there, ", "))));
  PatchSeries series;
  series.minor = minor;
  series.directory = patches / minor;
  const std::string shown = fmt::format("patches/{}/series", minor);
  for (const auto& name : parse_series(read_file(series.directory / "series"), shown))
    series.patches.push_back(read_patch(series.directory / (name + std::string(kSuffix)), name));
  return series;
}

std::vector<std::string> minors_with_patches(const fs::path& patches) {
  std::vector<std::string> minors;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(patches, problem)) {
    const std::string name = entry.path().filename().string();
    if (is_minor(name) && fs::is_regular_file(entry.path() / "series", problem))
      minors.push_back(name);
  }
  std::sort(minors.begin(), minors.end(), [](const std::string& a, const std::string& b) {
    return std::pair(a.size(), a) < std::pair(b.size(), b);  // 3.9 before 3.13
  });
  return minors;
}

}  // namespace pytune
