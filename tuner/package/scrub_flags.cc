#include "package/scrub_flags.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include "build/target.h"

namespace pytune {
namespace {

template <std::size_t N>
bool starts_with_any(std::string_view text, const std::array<std::string_view, N>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](auto prefix) { return text.starts_with(prefix); });
}

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Programs: who calls them gets the system's own under its standard name.
const std::map<std::string_view, std::string_view> kPrograms = {
    {"CC", "cc"},     {"CXX", "c++"},       {"CPP", "cc"},          {"LINKCC", "cc"},
    {"MAINCC", "cc"}, {"LDSHARED", "cc"},   {"BLDSHARED", "cc"},    {"LDCXXSHARED", "c++"},
    {"AR", "ar"},     {"RANLIB", "ranlib"}, {"READELF", "readelf"}, {"NM", "nm"},
};

// -f and -m options are the tuning; these few change the meaning of code, the ABI or the hardening,
// and stay.
constexpr std::array<std::string_view, 11> kKeptOptions = {"-fPIC",
                                                           "-fpic",
                                                           "-fno-strict-overflow",
                                                           "-fwrapv",
                                                           "-fno-strict-aliasing",
                                                           "-fexceptions",
                                                           "-fstack-clash-protection",
                                                           "-m32",
                                                           "-m64",
                                                           "-fno-common",
                                                           "-fdiagnostics-show-option"};
constexpr std::array<std::string_view, 5> kKeptPrefixes = {
    "-fstack-protector", "-fcf-protection", "-fvisibility", "-mabi=", "-mbranch-protection="};
constexpr std::array<std::string_view, 4> kDroppedOptions = {"-pie", "-no-pie", "-static-pie",
                                                             "--emit-relocs"};
constexpr std::array<std::string_view, 9> kDroppedPrefixes = {
    "-B",      "-specs=",   "--target=", "--sysroot=", "--ld-path=",
    "-rtlib=", "--config=", "-g",        "--param"};
// Options whose argument is the next word. -Xlinker stays: configure itself writes "-Xlinker
// -export-dynamic".
constexpr std::array<std::string_view, 4> kDroppedPairs = {"-mllvm", "-Xclang", "--param",
                                                           "-isystem"};
// Of a cross build, which an extension that is built on the machine itself is not.
constexpr std::array<std::string_view, 3> kCrossConfigure = {
    "--build=", "--host=", "--with-build-python="};

bool is_flag_variable(std::string_view name) {
  constexpr std::array<std::string_view, 4> parts = {"CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS"};
  return name == "OPT" || name == "CCSHARED" || name == "LINKFORSHARED" || name == "LIBS" ||
         kPrograms.contains(name) || std::any_of(parts.begin(), parts.end(), [&](auto part) {
           return name.find(part) != std::string_view::npos;
         });
}

// Variables that only steer CPython's own profile, LTO and BOLT steps.
bool is_build_step(std::string_view name) {
  constexpr std::array<std::string_view, 5> prefixes = {"PGO_", "LLVM_", "BOLT_", "WASM_",
                                                        "COVERAGE_"};
  return starts_with_any(name, prefixes);
}

bool dropped(std::string_view word) {
  if (one_of(word, kKeptOptions) || starts_with_any(word, kKeptPrefixes)) return false;
  if (one_of(word, kDroppedOptions) || starts_with_any(word, kDroppedPrefixes)) return true;
  if (word.starts_with("-Wl,"))
    return word.find("rpath") != std::string_view::npos ||
           word.find("plugin") != std::string_view::npos ||
           word.find("emit-relocs") != std::string_view::npos || word == "-Wl,-q" ||
           word.starts_with("-Wl,-mllvm");
  return word.size() > 2 && (word.starts_with("-f") || word.starts_with("-m"));
}

// Words, with the quotes and backslashes of make and shell left in place.
std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool space = c == ' ' || c == '\t' || c == '\n';
    if (quote == 0 && space) {
      if (!word.empty()) result.push_back(std::exchange(word, {}));
      continue;
    }
    word += c;
    if (c == '\\' && quote != '\'' && i + 1 < text.size())
      word += text[++i];
    else if (quote != 0 && c == quote)
      quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
  }
  if (!word.empty()) result.push_back(word);
  return result;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

bool is_path_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-+~/)}").find(c) != std::string_view::npos;
}

// Where `path` stands in `text` as a path of its own or the head of one: /made/b is neither in
// /home/made/b nor in /made/bin.
std::size_t find_path(std::string_view text, std::string_view path, std::size_t from) {
  for (std::size_t at = from; (at = text.find(path, at)) != std::string_view::npos; ++at) {
    const std::size_t end = at + path.size();
    const bool ends = end == text.size() || text[end] == '/' || !is_path_character(text[end]);
    const bool option =
        at >= 2 && text[at - 2] == '-' && text[at - 1] >= 'A' && text[at - 1] <= 'Z';  // -I/work/b
    if (ends && (at == 0 || option || !is_path_character(text[at - 1]))) return at;
  }
  return std::string_view::npos;
}

}  // namespace

Scrubber::Scrubber(const std::vector<std::string>& build_paths, std::string prefix)
    : prefix_(std::move(prefix)) {
  for (const auto& path : build_paths) {
    if (path.empty()) continue;
    build_paths_.push_back(path);
    build_paths_.push_back(std::filesystem::path(path).lexically_normal().string());
  }
  // "/" would replace every path there is. A trailing slash would miss the directory itself.
  for (auto& path : build_paths_)
    while (path.ends_with('/')) path.pop_back();
  std::erase_if(build_paths_,
                [](const std::string& path) { return path.empty() || path.front() != '/'; });
  std::sort(build_paths_.begin(), build_paths_.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  build_paths_.erase(std::unique(build_paths_.begin(), build_paths_.end()), build_paths_.end());
}

bool Scrubber::names_build_path(std::string_view text) const {
  return std::any_of(build_paths_.begin(), build_paths_.end(), [&](const auto& path) {
    return find_path(text, path, 0) != std::string_view::npos;
  });
}

bool Scrubber::names_prefix(std::string_view text) const {
  return !prefix_.empty() && find_path(text, prefix_, 0) != std::string_view::npos;
}

std::string Scrubber::without_build_paths(std::string text) const {
  for (const auto& path : build_paths_)
    for (std::size_t at = 0; (at = find_path(text, path, at)) != std::string::npos; at += 6)
      text.replace(at, path.size(), "/build");
  return text;
}

std::string Scrubber::value(std::string_view name, std::string_view text) const {
  if (is_build_step(name)) return {};
  const bool configure_line = name == "CONFIG_ARGS";
  if (!configure_line && !is_flag_variable(name)) return without_build_paths(std::string(text));

  const auto before = words(text);
  std::vector<std::string> after;
  // In a Makefile the program may be a reference, $(CC), which is scrubbed where it is set.
  if (const auto program = kPrograms.find(name);
      program != kPrograms.end() && !before.empty() && !before.front().starts_with("$"))
    after.emplace_back(program->second);
  bool arguments = after.empty();  // the program may be several words: "ccache gcc-12"
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string& word = before[i];
    if (configure_line) {
      // Assignments (CC=..., CFLAGS_NODIST=...) are the compiler's business; the manifest has them.
      const std::string_view bare = std::string_view(word).substr(word.starts_with('\'') ? 1 : 0);
      if (bare.starts_with("--") && !starts_with_any(bare, kCrossConfigure) &&
          !names_build_path(word))
        after.push_back(word);
      continue;
    }
    arguments |= word.starts_with("-") || word.starts_with("$");
    if (!arguments || (word.starts_with("-") && (names_build_path(word) || names_prefix(word))))
      continue;
    if (one_of(std::string_view(word), kDroppedPairs)) {
      ++i;
      continue;
    }
    if (dropped(word) || word.find(kSlotSysroot) != std::string::npos) continue;
    const bool level = word.starts_with("-O");
    if (level && std::find(after.begin(), after.end(), "-O2") != after.end()) continue;
    after.push_back(level ? "-O2" : without_build_paths(word));
  }
  return before == after ? std::string(text) : joined(after);
}

}  // namespace pytune
