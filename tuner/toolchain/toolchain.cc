#include "toolchain/toolchain.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.pop_back();
  return text;
}

std::vector<fs::path> path_directories() {
  const char* path = std::getenv("PATH");
  std::vector<fs::path> result;
  std::string rest = path != nullptr ? path : "/usr/bin:/bin";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) result.emplace_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  return result;
}

// The highest N for which PROGRAM-N (or plain PROGRAM) is on PATH.
std::optional<std::string> newest(const std::string& program) {
  for (int n = 40; n >= 10; --n) {
    if (const auto path = find_program(fmt::format("{}-{}", program, n))) return path->string();
  }
  if (const auto path = find_program(program)) return path->string();
  return std::nullopt;
}

// A tool that belongs to a compiler: beside it under the same suffix, then beside the real file,
// then any on PATH.
std::optional<std::string> companion(const std::string& compiler, const std::string& program,
                                     const std::string& major) {
  std::error_code ignored;
  const fs::path real = fs::canonical(compiler, ignored).parent_path();
  for (const fs::path& candidate :
       {fs::path(compiler).parent_path() / fmt::format("{}-{}", program, major),
        real / fmt::format("{}-{}", program, major), real / program}) {
    if (access(candidate.c_str(), X_OK) == 0) return candidate.string();
  }
  if (const auto path = find_program(fmt::format("{}-{}", program, major))) return path->string();
  return std::nullopt;
}

Tool tool(const std::string& name, const std::string& path, const std::string& version) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return {name, path, version, error ? "" : sha256_file(real)};
}

}  // namespace

Outcome ToolchainProbe::ask(const std::vector<std::string>& argv) {
  Command command;
  command.argv = argv;
  command.timeout = std::chrono::seconds(30);
  Environment environment = current_environment();
  environment["LC_ALL"] = "C";  // messages are shown and matched
  command.environment = environment;
  return runner_.run(command);
}

std::vector<std::string> ToolchainProbe::discover(CompilerFamily family) {
  const std::regex pattern(fmt::format("{}-([0-9]+)", to_string(family)));
  std::set<int, std::greater<>> versions;
  std::error_code ignored;
  for (const auto& directory : path_directories()) {
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      std::smatch match;
      const std::string name = entry.path().filename();
      if (std::regex_match(name, match, pattern) && match[1].length() < 4 &&
          access(entry.path().c_str(), X_OK) == 0)
        versions.insert(std::stoi(match[1]));
    }
  }
  std::vector<std::string> names;
  names.reserve(versions.size());
  for (const int version : versions)
    names.push_back(fmt::format("{}-{}", to_string(family), version));
  if (names.empty() && find_program(std::string(to_string(family))))
    names.emplace_back(to_string(family));
  return names;
}

Toolchain ToolchainProbe::examine(const std::string& name, const std::string& path,
                                  std::string& reason) {
  Toolchain t;
  t.path = fs::absolute(path).lexically_normal();
  const Outcome version = ask({t.path, "--version"});
  if (!version.ok()) {
    reason = fmt::format("{} --version: {}", t.path, version.describe());
    return t;
  }
  t.version_text = first_line(version.output);
  t.family = version.output.find("clang") != std::string::npos ? CompilerFamily::clang
                                                               : CompilerFamily::gcc;
  const bool gcc = t.family == CompilerFamily::gcc;
  t.version = trimmed(first_line(ask({t.path, gcc ? "-dumpfullversion" : "-dumpversion"}).output));
  t.triple = trimmed(first_line(ask({t.path, "-dumpmachine"}).output));
  if (!std::regex_match(t.version, std::regex("[0-9]+(\\.[0-9]+)*")) ||
      t.triple.find('-') == std::string::npos) {
    reason = fmt::format("{}: does not answer like gcc or clang (version \"{}\", target \"{}\")",
                         t.path, t.version.substr(0, 40), t.triple.substr(0, 40));
    return t;
  }
  t.architecture = t.triple.substr(0, t.triple.find('-'));
  const std::string major = t.version.substr(0, t.version.find('.'));
  const std::string usual = fmt::format("{}-{}", to_string(t.family), major);
  // gcc is called gcc-12 only where that name leads to the same program: a later look-up by name
  // must find this one.
  const auto same = find_program(usual);
  std::error_code unequal;
  const bool known_as_usual = name == usual || (same && fs::equivalent(*same, t.path, unequal));
  t.name = name.find('/') == std::string::npos && known_as_usual ? usual : t.path;

  t.tools.push_back(tool(usual, t.path, t.version_text));
  for (const char* part : {"cc1", "as", "ld"}) {
    if (!gcc && std::string_view(part) == "cc1") continue;
    const std::string answer =
        trimmed(first_line(ask({t.path, fmt::format("-print-prog-name={}", part)}).output));
    const auto found = find_program(answer);
    if (found)
      t.tools.push_back(tool(part, found->string(),
                             std::string_view(part) == "cc1"
                                 ? ""
                                 : first_line(ask({found->string(), "--version"}).output)));
  }
  if (!gcc) {
    // clang's driver is a thin program; the code generator is in these.
    std::error_code ignored;
    const fs::path lib = fs::canonical(t.path, ignored).parent_path().parent_path() / "lib";
    for (const auto& library :
         {fmt::format("libclang-cpp.so.{}", major), fmt::format("libLLVM-{}.so", major),
          fmt::format("libLLVM.so.{}.1", major)}) {
      if (fs::exists(lib / library)) t.tools.push_back(tool(library, lib / library, ""));
    }
    t.profdata = companion(t.path, "llvm-profdata", major);
    if (t.profdata) t.tools.push_back(tool("llvm-profdata", *t.profdata, ""));
  }
  t.ar = companion(t.path, gcc ? "gcc-ar" : "llvm-ar", major).value_or("ar");
  t.ranlib = companion(t.path, gcc ? "gcc-ranlib" : "llvm-ranlib", major).value_or("ranlib");
  t.bolt = newest("llvm-bolt");
  t.merge_fdata = newest("merge-fdata");

  std::string identity = t.triple + t.version_text;
  for (const auto& part : t.tools) identity += part.name + part.sha256;
  t.identity = sha256(identity);
  return t;
}

const Toolchain* ToolchainProbe::probe(const std::string& name, std::string& reason) {
  auto found = known_.find(name);
  if (found == known_.end()) {
    std::pair<std::optional<Toolchain>, std::string> answer;
    const auto path = find_program(name);
    if (!path) {
      answer.second =
          name.find('/') != std::string::npos
              ? fmt::format("{}: not an executable file", name)
              : fmt::format("{} is not installed; on Debian: apt-get install {}", name, name);
    } else {
      Toolchain t = examine(name, path->string(), answer.second);
      if (answer.second.empty()) answer.first = std::move(t);
    }
    found = known_.emplace(name, std::move(answer)).first;
  }
  reason = found->second.second;
  return found->second.first ? &*found->second.first : nullptr;
}

std::optional<std::string> ToolchainProbe::trial(const Toolchain& toolchain,
                                                 const std::vector<std::string>& words) {
  std::vector<std::string> argv{toolchain.path};
  argv.insert(argv.end(), words.begin(), words.end());
  const std::string key = shell_quote(argv);
  if (const auto known = trials_.find(key); known != trials_.end()) return known->second;

  const TemporaryDirectory scratch(fs::temp_directory_path(), "pytune-trial");
  write_file_atomic(scratch.path() / "trial.c", "int main(void) { return 0; }\n");
  argv.insert(argv.end(),
              {(scratch.path() / "trial.c").string(), "-o", (scratch.path() / "trial").string()});
  const Outcome outcome = ask(argv);
  std::optional<std::string> complaint;
  if (!outcome.ok()) {
    complaint = outcome.describe();
    std::size_t start = 0;
    while (start < outcome.output.size()) {
      const std::string line =
          outcome.output.substr(start, outcome.output.find('\n', start) - start);
      start += line.size() + 1;
      if (line.find("error") == std::string::npos && line.find("cannot find") == std::string::npos)
        continue;
      complaint = std::regex_replace(line, std::regex("^.*error: "), "");
      break;
    }
  }
  trials_.emplace(key, complaint);
  return complaint;
}

// gcc lists the options that "native" stands for, a line each ("  -march=      znver3"); clang
// shows the words it would start its compiler proper with.
std::optional<std::string> ToolchainProbe::native_name(const Toolchain& toolchain) {
  const std::string option = toolchain.architecture == "x86_64" ? "-march=" : "-mcpu=";
  const bool gcc = toolchain.family == CompilerFamily::gcc;
  std::vector<std::string> argv{toolchain.path, option + "native"};
  if (gcc)
    argv.insert(argv.end(), {"-Q", "--help=target"});
  else
    argv.insert(argv.end(), {"-###", "-c", "-x", "c", "/dev/null"});
  const Outcome outcome = ask(argv);
  std::smatch match;
  const std::regex pattern(gcc ? "(?:^|\n)\\s*" + option + "\\s+([a-z0-9._-]+)"
                               : std::string("\"-target-cpu\" \"([a-z0-9._-]+)\""));
  if (!outcome.ok() || !std::regex_search(outcome.output, match, pattern)) return std::nullopt;
  return match[1].str();
}

}  // namespace pytune
