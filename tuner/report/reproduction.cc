#include "report/reproduction.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/patched_source.h"
#include "build/slot_commands.h"
#include "build/stage_kinds.h"
#include "input/json.h"
#include "input/text.h"
#include "interpreter/interpreter.h"
#include "report/recorded_line.h"
#include "report/sentences.h"
#include "report/text.h"
#include "result/lookup.h"
#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

// `python -m test --pgo` exits with 2 or 3 when some test failed or changed the environment; its
// profile is as good.
constexpr std::string_view kTolerateFailedTests = "|| case $? in 2 | 3) ;; *) exit 1 ;; esac";

// STORE/build/<id>/prefix gives STORE; nothing when the prefix is no longer where a store keeps it.
std::optional<fs::path> store_root(const Build& build) {
  const fs::path step = build.prefix.parent_path();
  if (build.prefix.filename() != "prefix" || step.filename() != build.id ||
      step.parent_path().filename() != facts_of(StageKind::finish).name)
    return std::nullopt;
  return step.parent_path().parent_path();
}

// "$WORK/build" as recorded, which is not quoted, as one word of shell source.
std::string directory_word(const std::string& directory) {
  const std::size_t slash = std::min(directory.find('/'), directory.size());
  const std::string start = directory.substr(0, slash);
  const std::string rest = directory.substr(slash);
  if (expand_placeholders(start) == start) return shell_quote(directory);
  if (rest.empty() || shell_quote(rest) == rest) return fmt::format("\"{}\"", directory);
  return fmt::format("\"{}\"{}", start, shell_quote(rest));
}

bool names(const ReproductionStep& step, std::string_view placeholder) {
  return std::any_of(step.words.begin(), step.words.end(), [&](const std::string& word) {
    return word.find(placeholder) != std::string::npos;
  });
}

ReproductionStep make_step(const RecordedCommand& command, const Configuration& configuration) {
  ReproductionStep step{command.stage, directory_word(command.directory),
                        shell_words(expand_placeholders(command.line))};
  if (command.stage == facts_of(StageKind::train).name &&
      configuration.get<Pgo>() == Pgo::Value::upstream && names(step, "--pgo"))
    step.words.emplace_back(kTolerateFailedTests);
  return step;
}

// The last step that says --prefix or DESTDIR is the one that the finished tree came from.
void find_installed_tree(Reproduction& reproduction) {
  std::string destination;
  for (const ReproductionStep& step : reproduction.steps) {
    if (const auto value = value_of(step.words, "--prefix")) reproduction.prefix = *value;
    if (const auto value = value_of(step.words, "DESTDIR")) destination = *value;
  }
  if (!reproduction.prefix.empty()) reproduction.installed = destination + reproduction.prefix;
}

std::string hash_words(std::string_view what, const std::string& hash) {
  return hash.empty() ? "" : fmt::format("{}sha256 {}", what, printable(hash));
}

std::string below(const fs::path& home, const fs::path& directory) {
  return home.empty() ? "" : (home / directory).string();
}

}  // namespace

Reproduction reproduction_of(const Build& build) {
  if (!build.ok())
    throw Failure(
        fmt::format("build {} failed in stage {} ({}), so there is nothing to reproduce; "
                    "name a build that succeeded",
                    printable(build.id), printable(build.failure->stage),
                    printable(build.failure->failure_class)));
  if (build.commands.empty())
    throw Failure(
        fmt::format("the record of build {} holds no commands, so it cannot be reproduced; "
                    "remove it from the store and run pytune sweep again to make it anew",
                    printable(build.id)));
  Reproduction reproduction;
  reproduction.environment = kBuildEnvironment;
  // Where it is gone, an installed compiler of that name is found.
  if (const std::string folder = unpacked_compilers_of(build); !folder.empty())
    replace_all(reproduction.environment, "PATH=\"$PATH\"",
                fmt::format("PATH={}:\"$PATH\"", shell_quote(folder)));
  bool patched = false;
  for (const RecordedCommand& command : build.commands) {
    ReproductionStep step = make_step(command, build.configuration);
    std::vector<std::string> words = step.words;
    reproduction.fixed_addresses |= take_setarch(words);
    reproduction.uses_training |= names(step, "$TRAINING");
    reproduction.uses_strip |= names(step, "$STRIP");
    patched |= command.stage == "patch";
    reproduction.steps.push_back(std::move(step));
  }
  reproduction.needs_patches = !patched && build.configuration.get<Patches>() != Patches::initial();
  if (reproduction.needs_patches && build.configuration.get<Patches>() != kWholeSeries)
    reproduction.one_patch = shell_quote(build.configuration.get<Patches>() + ".patch");
  find_installed_tree(reproduction);
  const std::size_t second_dot = build.source_version.find('.', build.source_version.find('.') + 1);
  reproduction.minor = build.source_version.substr(0, second_dot);
  std::erase_if(reproduction.minor, [](char c) { return c != '.' && (c < '0' || c > '9'); });
  reproduction.interpreter = build.python.filename().string();
  if (!is_plain_name(reproduction.interpreter))
    reproduction.interpreter = "python" + reproduction.minor;
  return reproduction;
}

std::vector<std::string> provenance(const SweepResult& result, const Build& build) {
  std::vector<std::string> lines;
  const auto add = [&lines](const std::vector<std::string>& parts) {
    std::string line;
    for (const std::string& part : parts)
      if (!part.empty()) line += (line.empty() || line.ends_with(": ") ? "" : ", ") + part;
    if (!line.empty()) lines.push_back(printable(line));
  };
  const std::string name = build_name(result, build);
  const std::string label = arm_label(result, build.id);
  add({fmt::format("CPython {} as pytune built it: {}{}", build.source_version, label,
                   name == label ? "" : fmt::format(" ({})", name))});
  add({fmt::format("Speed ({}): ", name_of(evidence_of(result))), speed_sentence(result, build)});
  add({tests_sentence(result, build)});
  add({modules_sentence(build)});
  add({"Measured on: ", result.host.cpu_model, fmt::format("{} CPUs", result.host.cpus),
       result.host.os, result.host.libc, result.created});
  add({run_with_sentence(build)});
  add({build.cpu_requirement.empty() ? "" : "Runs on: " + build.cpu_requirement});
  add({fmt::format("Build {} of sweep {}", build.id, result.id)});
  add({"Source: ", build.source_archive, build.source_origin, hash_words("", build.source_sha256)});
  add({hash_words("Training programs: ", build.training_sha256)});
  add({hash_words("Profile data: ", build.profile_sha256)});
  for (const RecordedTool& tool : build.tools)
    add({"Tool: ", tool.name, tool.version, tool.path, hash_words("", tool.sha256)});
  return lines;
}

std::optional<fs::path> stored_archive(const Build& build) {
  const auto root = store_root(build);
  const fs::path name(build.source_archive);
  if (!root || name.empty() || name != name.filename()) return std::nullopt;
  // Kinds of records and their keys are the store's business; an archive lies directly in one of
  // its records.
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const auto& kind : fs::directory_iterator(*root, ignored)) {
    for (const auto& record : fs::directory_iterator(kind.path(), ignored))
      if (fs::is_regular_file(record.path() / name, ignored)) found.push_back(record.path() / name);
  }
  if (found.empty()) return std::nullopt;
  return *std::min_element(found.begin(), found.end());  // the same one every time
}

std::vector<std::string> archive_instructions(const Build& build) {
  const std::string origin = printable(build.source_origin);
  std::vector<std::string> lines{fmt::format("Get {} (sha256 {}) and set ARCHIVE to where it is.",
                                             printable(build.source_archive),
                                             printable(build.source_sha256))};
  constexpr std::string_view kDebian = "Debian ";
  if (origin.starts_with(kDebian)) {
    // "Debian python3.13 3.13.5-2+deb13u5 (trixie), upstream tarball"
    const auto words = wrap(origin.substr(kDebian.size()), 1);
    if (words.size() >= 2)
      lines.push_back(
          fmt::format("On a system whose apt sources include deb-src for that release: "
                      "apt-get source --download-only {}",
                      shell_quote(words[0] + "=" + words[1])));
  } else if (!origin.empty()) {
    lines.push_back("It came from: " + origin);
  }
  lines.emplace_back("A copy from anywhere else will do: its hash is checked.");
  return lines;
}

std::string training_directory(const fs::path& home) {
  return below(home, fs::path("profiles") / "training");
}

std::string patches_directory(const fs::path& home, const Reproduction& reproduction) {
  return below(home, fs::path("patches") / reproduction.minor);
}

std::vector<std::string> version_parts(const RecordedTool& tool) {
  const std::string version = printable(tool.version);
  const std::size_t open = version.find(" (");
  const std::size_t close = open == std::string::npos ? open : version.find(')', open);
  if (close == std::string::npos)
    return version.empty() ? std::vector<std::string>{} : std::vector{version};
  std::vector<std::string> parts{version.substr(0, open),
                                 version.substr(open + 2, close - open - 2)};
  if (close + 2 < version.size()) parts.push_back(version.substr(close + 2));
  std::erase(parts, "");
  return parts;
}

std::string without_profile_flags(std::string_view flags) {
  const auto names_profile = [](std::string_view word) {
    return word.starts_with("-fprofile") || word.starts_with("-Wno-missing-profile") ||
           word.starts_with("-Wno-profile") || word == "-Wno-error=coverage-mismatch";
  };
  std::string kept;
  for (const std::string& word : wrap(flags, 1))
    if (!names_profile(word)) kept += (kept.empty() ? "" : " ") + word;
  return kept;
}

std::string stage_words(std::string_view stage) {
  if (stage == "patch") return "patch: the interpreter patches";
  if (stage == facts_of(StageKind::instrument).name)
    return "instrument: a build that counts what runs";
  if (stage == facts_of(StageKind::train).name) return "train: run the training programs on it";
  if (stage == facts_of(StageKind::bolt).name) return "bolt: lay the finished binary out anew";
  return printable(stage);
}

}  // namespace pytune
