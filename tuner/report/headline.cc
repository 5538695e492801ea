#include "report/headline.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <map>

#include "report/speed_table.h"
#include "report/text.h"
#include "result/lookup.h"

namespace pytune {
namespace {

// One for times, one for counts: no count is a speed. The fields are those of `fields_of`.
struct Sentences {
  const char* measured;
  const char* counted;
};

const std::map<Ending, Sentences> kSentences = {
    {Ending::rebuilt,
     {"{recommended}: {build}: {against} the baseline ({interval}), confirmed on fresh rounds and "
      "over {rebuilds} rebuilds",
      "{recommended}: {build}: {against} the baseline ({interval}), confirmed on fresh rounds and "
      "over {rebuilds} rebuilds"}},
    {Ending::confirmed,
     {"{recommended}: {build}: {against} the baseline ({interval}), confirmed on fresh rounds",
      "{recommended}: {build}: {against} the baseline ({interval}), confirmed on fresh rounds"}},
    {Ending::unconfirmed,
     {"{recommended}: {build}: {against} the baseline ({interval}), not confirmed on fresh rounds, "
      "so a chosen winner's luck is still in it",
      "{recommended}: {build}: {against} the baseline ({interval}), not confirmed on fresh rounds, "
      "so a chosen winner's luck is still in it"}},
    {Ending::nothing_to_choose,
     {"{none}: keep the {baseline} (no other build could be measured)",
      "{none}: keep the {baseline} (no other build could be measured)"}},
    {Ending::lost_when_rebuilt,
     {"{none}: keep the {baseline} (the fastest, {build}, did not hold up: built anew {rebuilds} "
      "times it came to {ratio} the speed of the baseline built anew, {interval}, so its lead may "
      "be an accident of code layout)",
      "{none}: keep the {baseline} (the one with fewest instructions, {build}, did not hold up: "
      "built anew {rebuilds} times it came to {against} the baseline built anew, {interval}, so "
      "its lead may be an accident of code layout)"}},
    {Ending::lost_when_confirmed,
     {"{none}: keep the {baseline} (the fastest in the race, {build}, did not hold up: on fresh "
      "rounds it came to {ratio} its speed, {interval})",
      "{none}: keep the {baseline} (the one with fewest instructions in the race, {build}, did not "
      "hold up: on fresh rounds it came to {against} it, {interval})"}},
    {Ending::cannot_tell,
     {"{none}: keep the {baseline} (the fastest other build, {build}, came to {ratio} its speed, "
      "{interval}: {verdict}, {time_to_tell})",
      "{none}: keep the {baseline} (the other build with fewest instructions, {build}, came to "
      "{against} it, {interval}: {verdict}, {time_to_tell})"}},
    {Ending::not_faster,
     {"{none}: keep the {baseline} (the fastest other build, {build}, came to {ratio} its speed, "
      "{interval}: {verdict})",
      "{none}: keep the {baseline} (the other build with fewest instructions, {build}, came to "
      "{against} it, {interval}: {verdict})"}},
};

// The fastest build that is not the baseline, by the race; nothing when none was measured.
const ArmComparison* fastest_candidate(const SweepResult& result) {
  const ArmComparison* best = nullptr;
  for (const ArmComparison& arm : result.race.arms) {
    const Arm* known = find_arm(result, arm.arm);
    const bool candidate = known == nullptr ? find_build(result, arm.arm) != nullptr
                                            : known->role == Arm::Role::candidate;
    if (candidate && (best == nullptr || arm.speed.estimate > best->speed.estimate)) best = &arm;
  }
  return best;
}

const ArmComparison* confirmation_of(const SweepResult& result, const std::string& arm) {
  return result.confirm ? find_comparison(*result.confirm, arm) : nullptr;
}

// The figure that a sentence gives, and how many rebuilds it is over.
struct Shown {
  Interval speed;
  double confidence = 0;
  int rebuilds = 0;
};

Shown shown_by(const SweepResult& result, Ending ending) {
  const Recommendation& recommended = result.recommendation;
  switch (ending) {
    case Ending::rebuilt:
    case Ending::confirmed:
    case Ending::unconfirmed: {
      const bool fresh = recommended.confirmed && result.confirm;
      return {recommended.speed, (fresh ? *result.confirm : result.race).confidence,
              recommended.rebuilds};
    }
    case Ending::lost_when_rebuilt: {
      const RebuildComparison& rebuilt = *result.rebuilds->comparison;
      return {rebuilt.speed, rebuilt.confidence, static_cast<int>(rebuilt.winner.size())};
    }
    case Ending::lost_when_confirmed:
      return {confirmation_of(result, fastest_candidate(result)->arm)->speed,
              result.confirm->confidence, 0};
    case Ending::cannot_tell:
    case Ending::not_faster:
      return {fastest_candidate(result)->speed, result.race.confidence, 0};
    case Ending::nothing_to_choose:
      break;
  }
  return {};
}

}  // namespace

Ending ending_of(const SweepResult& result) {
  const Recommendation& recommended = result.recommendation;
  if (recommended.significant) {
    if (!recommended.confirmed) return Ending::unconfirmed;
    return recommended.rebuilds > 0 ? Ending::rebuilt : Ending::confirmed;
  }
  const ArmComparison* best = fastest_candidate(result);
  if (best == nullptr) return Ending::nothing_to_choose;
  if (result.rebuilds && result.rebuilds->comparison) return Ending::lost_when_rebuilt;
  if (best->verdict == Verdict::faster && confirmation_of(result, best->arm) != nullptr)
    return Ending::lost_when_confirmed;
  return best->verdict == Verdict::cannot_tell ? Ending::cannot_tell : Ending::not_faster;
}

std::string headline(const SweepResult& result, bool color) {
  const Ending ending = ending_of(result);
  const bool counted = is_counted(result.race);
  const Shown figure = shown_by(result, ending);
  const ArmComparison* best = fastest_candidate(result);
  const bool recommends = result.recommendation.significant;
  const std::string evidence(name_of(evidence_of(result)));
  const std::string baseline = arm_label(result, result.baseline_build);
  std::string build;
  if (recommends)
    build = paint(arm_label(result, result.recommendation.arm), Tone::good, color);
  else if (best != nullptr)
    build = arm_label(result, best->arm);
  const auto head = [&](const char* words) {
    return paint(fmt::format("{} ({})", words, evidence), Tone::heading, color);
  };

  fmt::dynamic_format_arg_store<fmt::format_context> fields;
  fields.push_back(fmt::arg("recommended", head("Recommended")));
  fields.push_back(fmt::arg("none", head("No significant winner")));
  fields.push_back(
      fmt::arg("baseline", baseline == "baseline" ? baseline : "baseline " + baseline));
  fields.push_back(fmt::arg("build", build));
  fields.push_back(fmt::arg("ratio", ratio(figure.speed.estimate)));
  fields.push_back(fmt::arg("against", against(figure.speed, counted)));
  fields.push_back(fmt::arg("interval", interval_words(figure.speed, figure.confidence)));
  fields.push_back(fmt::arg("rebuilds", figure.rebuilds));
  fields.push_back(
      fmt::arg("verdict", best == nullptr ? "" : verdict_word(best->verdict, counted)));
  fields.push_back(
      fmt::arg("time_to_tell", best == nullptr ? "" : time_to_tell(best->minutes_to_tell)));
  const Sentences& sentences = kSentences.at(ending);
  return fmt::vformat(counted ? sentences.counted : sentences.measured, fields);
}

}  // namespace pytune
