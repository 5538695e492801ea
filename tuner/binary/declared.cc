// What an installation's sysconfig says of its own build, read as configure and the compiler read
// it.
#include <fmt/format.h>

#include <array>

#include "binary/inspection.h"
#include "input/words.h"

namespace pytune {
namespace {

constexpr const char* kConfigure = "CONFIG_ARGS";

// In the order in which make puts them on a compiler's command line: what comes later counts. The
// last of each holds the others, expanded.
constexpr std::array kCompiling = {"CC", "OPT", "PY_CFLAGS", "PY_CFLAGS_NODIST", "PY_CORE_CFLAGS"};
constexpr std::array kLinking = {"PY_LDFLAGS", "PY_LDFLAGS_NODIST", "PY_CORE_LDFLAGS",
                                 "LINKFORSHARED"};
// Of configure's words NAME=VALUE, those that come before all of these.
constexpr std::array kCompilingArguments = {"CC=", "CFLAGS=", "CFLAGS_NODIST="};
constexpr std::array kLinkingArguments = {"LDFLAGS=", "LDFLAGS_NODIST="};

struct CommandLine {
  std::vector<std::string> words;
  std::vector<std::string> variables;  // of each word, the one that it is from
};

template <std::size_t Arguments, std::size_t Variables>
CommandLine command_line(const Inspection& inspection,
                         const std::array<const char*, Arguments>& arguments,
                         const std::array<const char*, Variables>& variables) {
  CommandLine line;
  const auto add = [&](std::string_view text, const char* variable) {
    for (auto& word : unquoted_words(text)) {
      line.words.push_back(std::move(word));
      line.variables.emplace_back(variable);
    }
  };
  const auto value = [&](const char* name) -> std::string_view {
    const auto found = inspection.sysconfig.find(name);
    return found == inspection.sysconfig.end() ? std::string_view() : found->second;
  };
  for (const std::string& word : unquoted_words(value(kConfigure)))
    for (const std::string_view name : arguments)
      if (word.starts_with(name)) add(std::string_view(word).substr(name.size()), kConfigure);
  for (const char* name : variables) add(value(name), name);
  return line;
}

struct Kind {
  std::string_view feature;  // of configure
  std::vector<std::string_view> options;
};

Kind kind_of(Optimization optimization) {
  switch (optimization) {
    case Optimization::lto:
      return {"with-lto", {"lto"}};
    case Optimization::pgo:
      return {"enable-optimizations",
              {"profile-use", "profile-instr-use", "profile-sample-use", "auto-profile"}};
    case Optimization::bolt:
      break;
  }
  return {"enable-bolt", {}};
}

}  // namespace

std::vector<std::string> declared(const Inspection& inspection, Optimization optimization) {
  const Kind kind = kind_of(optimization);
  std::vector<std::string> found;
  const auto arguments = inspection.sysconfig.find(kConfigure);
  if (arguments != inspection.sysconfig.end()) {
    const auto words = unquoted_words(arguments->second);
    const OptionState state = configure_option(words, kind.feature);
    if (state.is == OptionState::Is::on)
      found.push_back(fmt::format("{} in {}", words[state.word], kConfigure));
  }
  for (const CommandLine& line : {command_line(inspection, kCompilingArguments, kCompiling),
                                  command_line(inspection, kLinkingArguments, kLinking)}) {
    const OptionState state = compiler_option(line.words, kind.options);
    // The compiler does what its own last word says, whatever configure was told.
    if (state.is == OptionState::Is::off) return {};
    if (state.is == OptionState::Is::on && found.size() < 2)
      found.push_back(fmt::format("{} in {}", line.words[state.word], line.variables[state.word]));
  }
  return found;
}

std::string declared_level(const Inspection& inspection) {
  return compiler_level(command_line(inspection, kCompilingArguments, kCompiling).words);
}

}  // namespace pytune
