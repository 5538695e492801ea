#include "toolchain/compiler_call.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>

#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kLaunchers[] = {"ccache",     "sccache", "distcc", "icecc",
                                           "buildcache", "gomacc",  "pump"};
// Of configure's and make's shell, and of make.
constexpr std::string_view kNoWord = "\"'`$\\&;|<>()*?[]{}!#";

bool is_launcher(const fs::path& program) {
  const std::string name = program.filename();
  return std::find(std::begin(kLaunchers), std::end(kLaunchers), name) != std::end(kLaunchers);
}

bool is_link_to_launcher(const fs::path& program) {
  std::error_code error;
  const fs::path real = fs::canonical(program, error);
  return !error && is_launcher(real) && !is_launcher(program);
}

// `ccache key=value gcc` and `distcc --option gcc` are for the launcher.
bool is_for_launcher(const std::string& word) {
  return word.starts_with('-') || word.find('=') != std::string::npos;
}

// "Debian:13/gcc-14"
bool names_other_release(const std::string& word) {
  constexpr std::string_view kDebian = "debian:";
  return word.size() > kDebian.size() && word.find('/') != std::string::npos &&
         std::equal(kDebian.begin(), kDebian.end(), word.begin(), [](char small, char any) {
           return small == std::tolower(static_cast<unsigned char>(any));
         });
}

// Options that an axis of a sweep gives or leaves out: as words of the compiler they would be in
// every build, and some would be overruled in silence.
std::string for_an_axis(const std::vector<std::string>& words) {
  struct Option {
    std::string_view start;
    std::string_view axis;
  };
  constexpr Option kOptions[] = {
      {"-flto", "lto"},   {"-fprofile-", "pgo"}, {"--coverage", "pgo"}, {"-march=", "cpu"},
      {"-mcpu=", "cpu"},  {"-mtune=", "cpu"},    {"-O", "opt"},         {"-fuse-ld=", "linker"},
      {"-static", "pie"}, {"-no-pie", "pie"},    {"-pie", "pie"},
  };
  for (const std::string& word : words)
    for (const Option& option : kOptions)
      if (word.starts_with(option.start) && &word != &words.front())
        return fmt::format("{} is for the axis {} of the sweep", word, option.axis);
  return "";
}

}  // namespace

CompilerCall compiler_call(const std::string& text) {
  CompilerCall call;
  if (const auto bad = text.find_first_of(kNoWord); bad != std::string::npos) {
    call.problem = fmt::format(
        "holds a {}, which the shell of configure and make would not take "
        "for part of a word; a link or script with a plain name will do",
        text[bad]);
    return call;
  }
  if (text.find('/') != std::string::npos && text.find(' ') != std::string::npos &&
      access(text.c_str(), X_OK) == 0) {
    call.problem =
        "has a blank in its path, which configure and make cannot take; make a link to "
        "it without one";
    return call;
  }
  std::istringstream in(text);
  for (std::string word; in >> word;) call.words.push_back(word);
  std::string launcher;
  while (!call.words.empty() && is_launcher(call.words.front())) {
    launcher = call.words.front();
    call.words.erase(call.words.begin());
    while (!call.words.empty() && is_for_launcher(call.words.front()))
      call.words.erase(call.words.begin());
  }
  for (const std::string& word : call.words)
    if (names_other_release(word)) {
      call.problem = fmt::format(
          "a compiler of another release is named alone, in small letters and without a launcher "
          "and options, as in {}",
          launcher.empty() && &word == &call.words.front() ? "debian:13/gcc-14" : word);
      return call;
    }
  call.problem = for_an_axis(call.words);
  if (!call.words.empty()) return call;
  call.problem = launcher.empty() ? "is no word"
                                  : fmt::format(
                                        "names no compiler: {} starts the one that follows "
                                        "it, as in \"{} gcc\"",
                                        launcher, launcher);
  return call;
}

std::optional<fs::path> compiler_program(const std::string& name, std::string& problem) {
  problem.clear();
  auto found = find_program(name);
  if (!found || !is_link_to_launcher(*found)) return found;
  const std::string plain = fs::path(name).filename();
  const char* path = std::getenv("PATH");
  std::istringstream directories(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    fs::path candidate = fs::path(directory) / plain;
    if (!directory.empty() && access(candidate.c_str(), X_OK) == 0 && !is_launcher(candidate) &&
        !is_link_to_launcher(candidate))
      return candidate;
  }
  std::error_code ignored;
  problem = fmt::format("{} is a link to {}, and no {} is on PATH that it could start",
                        found->string(), fs::canonical(*found, ignored).filename().string(), plain);
  return std::nullopt;
}

}  // namespace pytune
