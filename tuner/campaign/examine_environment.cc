#include "campaign/examine_environment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <map>
#include <utility>

#include "input/text.h"
#include "interpreter/pip.h"
#include "spec/arm_words.h"
#include "sys/user_variables.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using Level = Finding::Level;

struct Fate {
  Effect effect;
  const char* topic;
  Level level;
  const char* remedy;
};
constexpr std::array kFates = {
    Fate{Effect::speed, "interpreters", Level::note,
         "to measure with one: pytune measure \"NAME=VALUE PYTHON\" ..."},
    Fate{Effect::build, "compilers", Level::note,
         "flags of a sweep's builds are its axes cflags and ldflags"},
    Fate{Effect::install, "pip", Level::ok, ""},
    Fate{Effect::reach, "network", Level::ok, ""},
    Fate{Effect::text, "text", Level::ok, ""},
    Fate{Effect::place, "places", Level::ok, ""},
    Fate{Effect::nothing, "harmless", Level::ok, ""},
};

// Who gets variables of a rule, in words.
std::string audience_of(const std::string& name, const VariableRule& rule) {
  if (name == "PATH" || name == "HOME")
    return "passed on to everything, also to measured processes";
  if (rule.effect == Effect::text)
    return "neutralised: programs that pytune reads print plain English";
  constexpr std::array<std::pair<Audience, const char*>, 3> kAudiences = {{
      {Audience::pip, "pip and what it compiles"},
      {Audience::tool, "tools such as perf, apt and curl"},
      {Audience::compiler, "trials of compilers"},
  }};
  std::vector<std::string> who;
  for (const auto& [audience, words] : kAudiences)
    if ((rule.audiences & static_cast<unsigned>(audience)) != 0) who.emplace_back(words);
  if (who.empty()) return "neutralised: nothing that pytune starts gets it";
  return fmt::format("passed on to {}; not to measured processes and builds", fmt::join(who, ", "));
}

}  // namespace

std::vector<Finding> examine_environment(const Environment& ours, const fs::path& root) {
  std::map<std::pair<Effect, std::string>, std::vector<std::string>> groups;
  for (const auto& [name, value] : ours) {
    const VariableRule* rule = rule_for(name);
    if (rule == nullptr || value.empty()) continue;
    const bool is_ours = rule->effect == Effect::speed && why_not_settable(name) != nullptr;
    groups[{is_ours ? Effect::nothing : rule->effect, audience_of(name, *rule)}].push_back(
        printable(name));
  }
  std::vector<Finding> findings;
  for (const Fate& fate : kFates) {
    for (const auto& [what, names] : groups)
      if (what.first == fate.effect)
        findings.push_back({fate.topic, fate.level,
                            fmt::format("{}: {}", fmt::join(names, ", "), what.second),
                            fate.remedy});
  }
  for (const fs::path& file : pip_configurations(ours, root))
    findings.push_back({"pip", Level::ok,
                        fmt::format("{}: only what it takes to reach an index is taken from it",
                                    printable(file.string())),
                        ""});
  return findings;
}

}  // namespace pytune
