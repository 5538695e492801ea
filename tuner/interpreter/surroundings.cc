#include "interpreter/surroundings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "input/text.h"
#include "spec/arm_words.h"
#include "sys/user_variables.h"

namespace pytune {
namespace {

std::vector<std::string> shown(const std::vector<std::string>& names) {
  std::vector<std::string> list;
  list.reserve(names.size());
  for (const std::string& name : names) list.push_back(printable(name));
  return list;
}

}  // namespace

std::vector<std::string> withheld_variables(const Environment& ours) {
  std::vector<std::string> names;
  for (const auto& [name, value] : ours) {
    const VariableRule* rule = rule_for(name);
    if (rule != nullptr && rule->effect == Effect::speed && !value.empty()) names.push_back(name);
  }
  return names;
}

std::string withheld_note(const Environment& ours) {
  const auto names = withheld_variables(ours);
  if (names.empty()) return "";
  const char* them = names.size() == 1 ? "it" : "them";
  std::string note = fmt::format(
      "measured without {}, which the environment sets: unset {} if "
      "that is meant",
      fmt::join(shown(names), ", "), them);
  std::size_t refused = 0;
  for (const std::string& name : names) {
    const char* why = why_not_settable(name);
    if (why == nullptr) continue;
    ++refused;
    note += fmt::format("; {} cannot be set for an interpreter: {}", printable(name), why);
  }
  if (refused == names.size()) return note;
  return fmt::format("{}{} put {} before an interpreter: measure \"NAME=VALUE PYTHON\"", note,
                     refused == 0 ? ", else" : "; else", refused == 0 ? them : "the others");
}

std::string build_note(const Environment& ours) {
  const auto names = shown(withheld_from(Audience::compiler, Effect::build, ours));
  if (names.empty()) return "";
  return fmt::format(
      "built without {}, which the environment sets: flags of builds are axes of the definition "
      "(cflags, ldflags, compiler)",
      fmt::join(names, ", "));
}

}  // namespace pytune
