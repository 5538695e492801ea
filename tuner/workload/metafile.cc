#include "workload/metafile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "input/small_file.h"
#include "input/text.h"
#include "sys/error.h"
#include "workload/workload.h"

// toml++ 3.3 comes to some of its assertions by wrong input ("[>"), found by fuzzing, and takes
// them for granted under NDEBUG. Here they are errors of the input, in every build.
namespace pytune {
struct BrokenToml : std::runtime_error {
  BrokenToml() : std::runtime_error("this is not TOML") {}
};
[[noreturn]] static void refuse_toml() { throw BrokenToml(); }
}  // namespace pytune
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? static_cast<void>(0) : pytune::refuse_toml())
#include <toml++/toml.h>

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepestInheritance = 8;
constexpr std::size_t kMostManifestWords = 100;
constexpr int kNewestMinor = 999;  // of any Python 3

// toml++ 3.3 stumbles over some characters that are not ASCII (is_non_ascii_horizontal_whitespace,
// found by fuzzing). Where they may stand, in comments and texts, nothing we read has them.
std::string ascii_of(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) > 0x7e) c = '?';
  return text;
}

// Windows' editors begin files with it.
std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

// One file's own words.
struct OwnMetadata {
  ProgramMetadata said;
  std::string inherits;
};

std::vector<std::string> texts_of(const fs::path& path, const toml::node& node,
                                  std::string_view key) {
  std::vector<std::string> texts;
  const toml::array* words = node.as_array();
  const auto refuse = [&] {
    throw UsageError(fmt::format("{}: tool.pyperformance.{}: expected texts", path.string(), key));
  };
  if (words == nullptr) refuse();
  for (const auto& word : *words) {
    const auto value = word.value<std::string>();
    if (!value || value->empty() || texts.size() == kMostManifestWords) refuse();
    texts.push_back(*value);
  }
  return texts;
}

// "a, b c" or an array.
std::vector<std::string> tags_of(const fs::path& path, const toml::node& node) {
  const auto text = node.value<std::string>();
  if (!text) return texts_of(path, node, "tags");
  std::string blanks = *text;
  std::replace(blanks.begin(), blanks.end(), ',', ' ');
  std::istringstream words(blanks);
  std::vector<std::string> tags;
  for (std::string word; words >> word && tags.size() < kMostManifestWords;) tags.push_back(word);
  return tags;
}

OwnMetadata read_document(const fs::path& path, const toml::table& document) {
  OwnMetadata own;
  const auto tool = document["tool"]["pyperformance"];
  if (const auto script = tool["runscript"].value<std::string>(); script && !script->empty())
    own.said.script = path.parent_path() / *script;
  own.said.requires_python = document["project"]["requires-python"].value_or(std::string());
  own.said.installs_itself = tool["install_setup"].value_or(false);
  own.inherits = tool["inherits"].value_or(std::string());
  if (const toml::node* words = tool["extra_opts"].node())
    own.said.arguments = texts_of(path, *words, "extra_opts");
  if (const toml::node* words = tool["tags"].node()) own.said.tags = tags_of(path, *words);
  return own;
}

OwnMetadata read_own(const fs::path& path) {
  const std::string text = ascii_of(std::string(without_mark(read_small_file(path))));
  try {
    return read_document(path, toml::parse(text));
  } catch (const BrokenToml& error) {
    throw UsageError(fmt::format("{}: {}", path.string(), error.what()));
  } catch (const toml::parse_error& error) {
    refuse_line(path, static_cast<int>(error.source().begin.line),
                std::string(error.description()));
  }
}

// The file whose values are this one's defaults.
std::optional<fs::path> base_of(const fs::path& metafile, const std::string& inherits) {
  const fs::path folder = metafile.parent_path();
  std::error_code error;
  if (!inherits.empty()) {
    const fs::path base = folder / inherits;
    return fs::is_directory(base, error) ? base / "base.toml" : base;
  }
  const std::string name = metafile.filename().string();
  fs::path sibling = folder / "pyproject.toml";
  const bool variant = name.starts_with("bm_") && name.ends_with(".toml") &&
                       folder.filename().string().starts_with("bm_");
  if (variant && fs::exists(sibling, error)) return sibling;
  return std::nullopt;
}

ProgramMetadata read_with_bases(const fs::path& metafile, int depth) {
  if (depth > kDeepestInheritance)
    throw UsageError(fmt::format("{}: metafiles inherit from each other", metafile.string()));
  const OwnMetadata own = read_own(metafile);
  ProgramMetadata all = own.said;
  if (const auto base = base_of(metafile, own.inherits)) {
    ProgramMetadata inherited = read_with_bases(*base, depth + 1);
    if (all.script.empty()) all.script = std::move(inherited.script);
    if (all.arguments.empty()) all.arguments = std::move(inherited.arguments);
    if (all.tags.empty()) all.tags = std::move(inherited.tags);
    if (all.requires_python.empty()) all.requires_python = inherited.requires_python;
    all.installs_itself = all.installs_itself || inherited.installs_itself;
  }
  if (const fs::path usual = metafile.parent_path() / "run_benchmark.py";
      all.script.empty() && fs::exists(usual))
    all.script = usual;
  return all;
}

// 11 of "3.11", "3.11.2" and "3.11.*"; nothing for what is not of Python 3.
std::optional<int> minor_of(std::string_view version) {
  constexpr std::string_view kMajor = "3.";
  if (!version.starts_with(kMajor)) return std::nullopt;
  version.remove_prefix(kMajor.size());
  int minor = 0;
  const auto [stop, error] =
      std::from_chars(version.data(), version.data() + version.size(), minor);
  const std::string_view rest = version.substr(static_cast<std::size_t>(stop - version.data()));
  if (error != std::errc() || minor < 0 || minor > kNewestMinor) return std::nullopt;
  return rest.empty() || rest.front() == '.' ? std::optional(minor) : std::nullopt;
}

// 2 of "2.7" and "2"; nothing for what does not begin with a number.
std::optional<int> major_of(std::string_view version) {
  int major = 0;
  const auto [stop, error] =
      std::from_chars(version.data(), version.data() + version.size(), major);
  const bool whole = stop == version.data() + version.size() || *stop == '.';
  return error == std::errc() && whole ? std::optional(major) : std::nullopt;
}

// Whether no Python 3 fits: "<3", "<3.0", "==2.7.*", ">=4".
bool excludes_python_3(std::string_view comparison, std::string_view version) {
  const auto major = major_of(version);
  if (!major || comparison == "!=") return false;
  const bool from_below = comparison == "<" || comparison == "<=";
  if (comparison == "<" && *major == 3) return version == "3" || version.starts_with("3.0");
  if (from_below) return *major < 3;
  return *major > 3 || (*major < 3 && comparison != ">=" && comparison != ">");
}

bool is_whole_minor(std::string_view version) {
  return std::count(version.begin(), version.end(), '.') == 1;
}

}  // namespace

std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> lines;
  int number = 0;
  for (const std::string_view raw : split_lines(without_mark(text))) {
    ++number;
    const std::string_view line = trim(raw.substr(0, raw.find('#')));
    if (!line.empty()) lines.push_back({number, std::string(line)});
  }
  return lines;
}

void refuse_line(const fs::path& file, int line, const std::string& what) {
  throw UsageError(fmt::format("{}:{}: {}", file.string(), line, printable(what, 200)));
}

ProgramMetadata read_metafile(const fs::path& metafile) {
  ProgramMetadata metadata = read_with_bases(metafile, 0);
  if (metadata.script.empty()) metadata.script = metafile.parent_path() / "run_benchmark.py";
  return metadata;
}

PythonRange python_range(const std::string& specifier) {
  static constexpr std::array<std::string_view, 8> kOperators = {
      "===", "~=", "==", "!=", ">=", "<=", ">", "<"};
  PythonRange range;
  std::istringstream clauses(specifier);
  for (std::string raw; std::getline(clauses, raw, ',');) {
    const std::string_view clause = trim(raw);
    const auto found =
        std::find_if(kOperators.begin(), kOperators.end(),
                     [&](std::string_view word) { return clause.starts_with(word); });
    if (found == kOperators.end()) continue;
    const std::string_view version = trim(clause.substr(found->size()));
    if (excludes_python_3(*found, version)) return {kNoMinor, 0};
    const auto minor = minor_of(version);
    if (!minor) continue;
    const bool equal = *found == "==" || *found == "===";
    if (equal || *found == ">=" || *found == ">" || *found == "~=")
      range.oldest_minor = std::max(range.oldest_minor, *minor);
    // "~=3.10" admits 3.11, "~=3.10.2" does not.
    const bool one_minor = equal || (*found == "~=" && !is_whole_minor(version));
    const bool below = *found == "<" && is_whole_minor(version);
    if (one_minor || *found == "<=" || *found == "<") {
      const int newest = below ? std::max(0, *minor - 1) : *minor;
      range.newest_minor = range.newest_minor == 0 ? newest : std::min(range.newest_minor, newest);
    }
  }
  return range;
}

}  // namespace pytune
