#include "source/mirror_suites.h"

#include <algorithm>

#include "input/text.h"
#include "source/private_apt.h"
#include "sys/error.h"
#include "sys/host.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kReleases = "releases";  // that a mirror had on a day

// Under which a mirror has the releases that it still serves.
const std::vector<std::string> kSuitesAsked = {"stable", "testing", "unstable", "oldstable",
                                               "oldoldstable"};

struct Remembered {
  MirrorSuites answer;
  bool of_today = false;
};

json suites_json(const std::vector<DebianSuite>& suites) {
  json list = json::array();
  for (const DebianSuite& suite : suites)
    list.push_back({{"number", suite.number},
                    {"codename", suite.codename},
                    {"suite", suite.suite},
                    {"moving", suite.moving},
                    {"architectures", suite.architectures}});
  return list;
}

Remembered remembered_suites(const Store& store, const std::string& mirror) {
  Remembered known;
  const std::vector<Step> steps = store.list(kReleases);
  const auto newest = std::find_if(steps.rbegin(), steps.rend(), [&](const Step& step) {
    return step.ok && step.inputs.value("mirror", "") == mirror;
  });
  if (newest == steps.rend()) return known;
  for (const json& suite : newest->details.at("suites"))
    known.answer.suites.push_back({suite.at("number"), suite.at("codename"), suite.at("suite"),
                                   suite.at("moving"), suite.at("architectures")});
  known.answer.mirror = newest->details.value("mirror", "");
  known.of_today = newest->created.substr(0, 10) == today();
  return known;
}

MirrorSuites ask(Store& store, ProcessRunner& runner, const SuitesQuestion& question) {
  const std::string& wanted = question.wanted;
  const TemporaryDirectory staging = store.staging("releases");
  PrivateApt apt(runner, staging.path(), question.shown, "", question.otherwise);
  std::vector<std::string> names = kSuitesAsked;
  if (std::find(names.begin(), names.end(), wanted) == names.end() &&
      wanted.find_first_not_of("0123456789.") != std::string::npos)
    names.push_back(wanted);
  MirrorSuites answer;
  std::vector<ReleaseFile> files;
  fetch_from_mirrors(apt, staging.path(), question.mirror,
                     [&](const std::string& from, const fs::path& directory) {
                       for (const auto& text : apt.release_files(directory, from, names))
                         if (auto file = parse_release(text)) files.push_back(std::move(*file));
                       answer.mirror = without_password(from);
                       return files.size();
                     });
  answer.suites = debian_suites(std::move(files));
  const json inputs = {{"mirror", question.mirror}, {"day", today()}};
  const StepId id{kReleases, step_key(inputs)};
  store.remove(id);
  store.produce(id, inputs, [&](const fs::path&) -> StepResult {
    return {true, {{"mirror", answer.mirror}, {"suites", suites_json(answer.suites)}}};
  });
  return answer;
}

}  // namespace

std::string today() { return utc_timestamp().substr(0, 10); }

MirrorSuites suites_of_mirror(Store& store, ProcessRunner& runner, const SuitesQuestion& question,
                              bool offline) {
  Remembered known = remembered_suites(store, question.mirror);
  const bool fits =
      !known.answer.suites.empty() &&
      (question.wanted.empty() || find_suite(known.answer.suites, question.wanted) != nullptr);
  if (offline || (fits && known.of_today)) return std::move(known.answer);
  try {
    return ask(store, runner, question);
  } catch (const Failure&) {
    if (!fits) throw;
    return std::move(known.answer);
  }
}

}  // namespace pytune
