#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "input/text.h"
#include "report/export.h"
#include "report/speed_table.h"
#include "report/text.h"
#include "result/lookup.h"

namespace pytune {
namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Between what a code host would make a link or a notice of: a comment, which is shown as nothing.
// Backslashes do not help there, since it looks at the text as it is shown.
constexpr std::string_view kNothing = "<!-- -->";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether what ends before `rest` and goes on with it would be a mention (@name), an issue (#123,
// GH-123) or a link (http://, www.).
bool would_link(std::string_view before, std::string_view rest) {
  if (rest.empty()) return false;
  return before.ends_with('@') || (before.ends_with('#') && is_digit(rest.front())) ||
         (before.ends_with(':') && rest.starts_with("//")) ||
         ((before.ends_with("www") || before.ends_with("WWW")) && rest.starts_with('.')) ||
         ((before.ends_with("GH") || before.ends_with("gh")) && rest.starts_with('-'));
}

// A character that would make the line another kind of block: a list, a heading.
bool begins_block(std::string_view text, std::size_t i) {
  const std::string_view before = text.substr(0, i);
  if (before.empty()) return std::string_view("-+#=").find(text[i]) != std::string_view::npos;
  return (text[i] == '.' || text[i] == ')') && std::all_of(before.begin(), before.end(), is_digit);
}

// Text that is nothing but text, in a table cell too (GitHub Flavored Markdown 0.29, 2.4 and 4.10).
// An underscore inside a word is no emphasis, and json_dumps should stay readable in the source.
std::string plain(std::string_view raw) {
  const std::string text = printable(raw);
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside_word = i > 0 && i + 1 < text.size() && is_word_character(text[i - 1]) &&
                             is_word_character(text[i + 1]);
    const bool special = std::string_view("\\`*|<>[]~&$#").find(text[i]) != std::string_view::npos;
    if (would_link(std::string_view(text).substr(0, i), std::string_view(text).substr(i)))
      escaped += kNothing;
    if (special || begins_block(text, i) || (text[i] == '_' && !inside_word)) escaped += '\\';
    escaped += text[i];
  }
  return escaped;
}

std::string label_of(const MeasureResult& result, const ArmComparison& arm) {
  return plain(find_arm(result, arm.arm)->label);
}

std::vector<const ArmComparison*> fastest_first(const MeasureResult& result) {
  std::vector<const ArmComparison*> arms;
  arms.reserve(result.comparison.arms.size());
  for (const ArmComparison& arm : result.comparison.arms) arms.push_back(&arm);
  std::stable_sort(arms.begin(), arms.end(), [](const auto* a, const auto* b) {
    return a->speed.estimate > b->speed.estimate;
  });
  return arms;
}

std::string interpreters(const MeasureResult& result, const std::string& baseline) {
  std::string text =
      fmt::format("| interpreter | speed | {:.4g} % interval | verdict |\n|---|---:|:---:|---|\n",
                  result.comparison.confidence * 100);
  const std::string own = fmt::format("| {} | 1.000x | reference | baseline |\n", baseline);
  bool shown = false;
  for (const ArmComparison* arm : fastest_first(result)) {
    if (!shown && arm->speed.estimate <= 1) {
      text += own;
      shown = true;
    }
    if (arm->workloads.empty())
      text += fmt::format("| {} | - | - | no figure |\n", label_of(result, *arm));
    else
      text += fmt::format("| {} | {} | {} | {} |\n", label_of(result, *arm),
                          ratio(arm->speed.estimate), range(arm->speed), name_of(arm->verdict));
  }
  return shown ? text : text + own;
}

std::string cell_of(const WorkloadComparison* one) {
  if (one == nullptr || one->blocks == 0) return "no figure";
  return fmt::format("{} ({}){}", ratio(one->speed.estimate), range(one->speed),
                     one->speed.high < 1 ? " slower" : "");
}

std::string workloads(const MeasureResult& result) {
  std::string head = "| workload |";
  std::string rule = "|---|";
  std::vector<const ArmComparison*> arms = fastest_first(result);
  std::erase_if(arms, [&](const ArmComparison* arm) { return is_copy(result, *arm); });
  for (const ArmComparison* arm : arms) {
    head += fmt::format(" {} |", label_of(result, *arm));
    rule += "---:|";
  }
  std::vector<std::unordered_map<std::string_view, const WorkloadComparison*>> known;
  known.reserve(arms.size());
  for (const ArmComparison* arm : arms) known.push_back(by_workload(*arm));
  std::string text = head + "\n" + rule + "\n";
  for (const Workload& workload : result.measurement.workloads) {
    text += fmt::format("| {} |", plain(workload.name));
    for (const auto& of_arm : known) {
      const auto found = of_arm.find(workload.name);
      text += fmt::format(" {} |", cell_of(found == of_arm.end() ? nullptr : found->second));
    }
    text += "\n";
  }
  return text;
}

std::string conditions(const MeasureResult& result) {
  const Host& host = result.host;
  std::string text = "On " + plain(host.cpu_model);
  if (host.cpus > 0) text += fmt::format(", {} CPU{}", host.cpus, host.cpus == 1 ? "" : "s");
  text += ", " + plain(host.os) + (host.virtualized ? ", virtual machine" : "");
  if (!result.suite.empty()) text += "; suite " + plain(result.suite);
  text += fmt::format("; {} workloads, {} rounds.", result.measurement.workloads.size(),
                      result.comparison.rounds);
  const std::string noise = noise_sentence(result.comparison);
  return noise.empty() ? text : text + " " + plain(noise);
}

std::string warnings(const MeasureResult& result) {
  std::string text;
  for (const auto* list : {&result.comparison.warnings, &result.measurement.notes})
    for (const std::string& warning : *list) text += fmt::format("- {}\n", plain(warning));
  return text.empty() ? "" : "\nWarnings:\n\n" + text;
}

}  // namespace

std::string markdown_of(const MeasureResult& result) {
  const std::string baseline = plain(label_of(baseline_of(result).interpreter));
  static const std::map<Clock, const char*> kClocks = {
      {Clock::cpu, "CPU time"},
      {Clock::wall, "wall time"},
      {Clock::instructions, "instructions executed"}};
  const bool counted = result.comparison.clock == Clock::instructions;
  return fmt::format(
      "{} against {} ({} in {}, geometric mean; above 1 is {}):\n\n{}\n"
      "By workload, each interval on its own:\n\n{}\n{}\n{}",
      counted ? "Instructions" : "Speed", baseline, name_of(evidence_of(result)),
      kClocks.at(result.comparison.clock), counted ? "fewer" : "faster",
      interpreters(result, baseline), workloads(result), conditions(result), warnings(result));
}

}  // namespace pytune
