#include "build/slot_commands.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kBuildEpoch = "1735689600";  // as in kBuildEnvironment

// Quotes a word that may hold $WORK and the like, which must still expand.
std::string quote_portable(const std::string& word) {
  static const std::vector<std::string> names = {"$WORK", "$SOURCE", "$TRAINING", "$JOBS",
                                                 "$STRIP"};
  if (std::none_of(names.begin(), names.end(),
                   [&](const std::string& n) { return word.find(n) != std::string::npos; }))
    return shell_quote(word);
  std::string quoted = "\"";
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    const bool name =
        c == '$' && std::any_of(names.begin(), names.end(), [&](const std::string& n) {
          return word.compare(i, n.size(), n) == 0;
        });
    if (c == '"' || c == '\\' || c == '`' || (c == '$' && !name)) quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

Environment clean_environment(const fs::path& slot, const fs::path& programs) {
  const Environment own = current_environment();
  const auto found = own.find("PATH");
  const std::string path = found == own.end() ? "/usr/local/bin:/usr/bin:/bin" : found->second;
  // Nothing of the user's shell leaks into a build: CFLAGS, LD_LIBRARY_PATH, PYTHONPATH and
  // MAKEFLAGS would all change it.
  return {{"PATH", programs.empty() ? path : programs.string() + ":" + path},
          {"HOME", slot / "home"},
          {"TMPDIR", slot / "tmp"},  // where the user's may be too small, or runs no programs
          {"LANG", "C.UTF-8"},
          {"LC_ALL", "C.UTF-8"},
          {"SOURCE_DATE_EPOCH", kBuildEpoch}};
}

}  // namespace

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; !what.empty() && (at = text.find(what, at)) != std::string::npos;
       at += with.size())
    text.replace(at, what.size(), with);
}

SlotCommands::SlotCommands(BuildContext& context, const std::string& stage, const Target* target,
                           Places places)
    : context_(context), stage_(stage), places_(std::move(places)) {
  for (const char* name : {"build", "home", "tmp"}) fs::create_directories(places_.slot / name);
  fs::create_directory_symlink(places_.tree, places_.slot / "src");
  if (target == nullptr) return;
  fs::create_directory_symlink(target->cross.sysroot, build() / kSlotSysroot);
  fs::create_directory_symlink(context.native_prefix, build() / kSlotNative);
  fs::create_symlink(target->machine.plugin, build() / kSlotPlugin);
  for (const auto& [major, runtime] : target->cross.clang_profile_runtimes)
    fs::create_symlink(runtime, build() / runtime_in_slot(major));
}

fs::path SlotCommands::installed_prefix() const {
  return fs::path(install().string() + kConfiguredPrefix);
}

std::string SlotCommands::portable(const std::string& text) const {
  std::string result = text;
  replace_all(result, places_.slot.string(), "$WORK");
  replace_all(result, places_.tree.string(), "$SOURCE");
  replace_all(result, context_.training.directory.string(), "$TRAINING");
  return result;
}

std::string SlotCommands::pastable(const std::vector<std::string>& argv,
                                   const Environment& extra) const {
  std::string line;
  for (const auto& [name, value] : extra)
    line += fmt::format("{}={} ", name, quote_portable(portable(value)));
  for (const auto& word : argv)
    line += (&word == &argv.front() ? "" : " ") + quote_portable(portable(word));
  return line;
}

void SlotCommands::note(const std::string& shell_line) {
  commands_.push_back({stage_, "$WORK/build", portable(shell_line), 0});
}

std::string SlotCommands::log_text() const {
  return fs::exists(places_.log) ? read_file(places_.log) : "";
}

void SlotCommands::fail(const Outcome& outcome) {
  throw StageFailed{classify_failure(stage_, outcome, log_text(), "")};
}

Outcome SlotCommands::execute(const std::vector<std::string>& argv, const Environment& extra,
                              bool make) {
  Command command;
  command.argv = argv;
  command.cwd = build();
  Environment environment = clean_environment(places_.slot, places_.programs);
  for (const auto& [name, value] : extra) {
    const auto known = defined_.find(value);
    environment[name] = known != defined_.end() ? known->second : value;
  }
  if (make) {
    // dup() without close-on-exec would leak into every other child; the runner clears the flag in
    // this child alone.
    environment["MAKEFLAGS"] = context_.jobs.makeflags();
    command.inherited_fds = {context_.jobs.read_fd(), context_.jobs.write_fd()};
  }
  command.environment = environment;
  command.log = places_.log;
  command.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(context_.stage_timeout);
  std::ofstream(places_.log, std::ios::app) << "+ " << pastable(argv, extra) << "\n";

  context_.jobs.acquire();
  Outcome outcome;
  try {
    outcome = context_.runner.run(command);
  } catch (...) {
    context_.jobs.release();
    throw;
  }
  context_.jobs.release();
  wall_seconds_ += outcome.wall_seconds;
  cpu_seconds_ += outcome.user_seconds + outcome.system_seconds;
  commands_.push_back({stage_, "$WORK/build", pastable(argv, extra), outcome.wall_seconds});
  return outcome;
}

Outcome SlotCommands::run(const std::vector<std::string>& argv, const Environment& extra,
                          const std::vector<int>& tolerated, const std::string& recorded) {
  const Outcome outcome = execute(argv, extra, false);
  if (!recorded.empty()) commands_.back().line = portable(recorded);
  const bool fine =
      outcome.started && !outcome.timed_out && outcome.signal == 0 &&
      std::find(tolerated.begin(), tolerated.end(), outcome.exit_code) != tolerated.end();
  if (!fine) fail(outcome);
  return outcome;
}

void SlotCommands::make(const std::vector<std::string>& make_words, const Environment& extra,
                        const std::vector<std::string>& made) {
  std::vector<std::string> recorded{"make", "-j$JOBS"};
  recorded.insert(recorded.end(), make_words.begin(), make_words.end());
  std::vector<std::string> argv{"make"};
  for (const auto& file : made) argv.insert(argv.end(), {"-o", file});
  argv.insert(argv.end(), make_words.begin(), make_words.end());
  const Outcome outcome = execute(argv, extra, true);
  commands_.back().line = pastable(recorded, extra);
  if (!outcome.ok()) fail(outcome);
}

}  // namespace pytune
