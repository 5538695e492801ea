#include "machine/tune.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "machine/settings.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using State = TuneStep::State;

std::string remedy_for(int error) {
  if (error == EACCES || error == EPERM)
    return geteuid() == 0 ? "this container or the kernel forbids it: set it on the host"
                          : "do it as root";
  if (error == EROFS) return "it is mounted read-only, as in containers: set it on the host";
  return "this kernel does not take it here: leave it, or set it by other means";
}

TunedValue* find(TuneRecord& record, const fs::path& path) {
  const auto found = std::find_if(record.values.begin(), record.values.end(),
                                  [&](const TunedValue& v) { return v.path == path; });
  return found == record.values.end() ? nullptr : &*found;
}

// Also waits for another pytune that is at it.
FileLock lock_state(const fs::path& state) {
  std::error_code error;
  fs::create_directories(state, error);
  if (error || access(state.c_str(), W_OK) != 0)
    throw Failure(
        fmt::format("{}: cannot be written to, and the values to go back to must be kept: do it as "
                    "root, or give --state DIR",
                    state.string()));
  return FileLock::acquire(state / "tuned.lock");
}

}  // namespace

std::string to_string(TuneStep::State state) {
  switch (state) {
    case State::fine:
      return "fine";
    case State::done:
      return "done";
    case State::left:
      return "left";
    case State::failed:
      break;
  }
  return "failed";
}

bool TuneReport::complete() const {
  return std::all_of(steps.begin(), steps.end(), [](const TuneStep& step) {
    return step.state == State::fine || step.state == State::done;
  });
}

MachineTuning::MachineTuning(fs::path root, fs::path state)
    : root_(std::move(root)), state_(std::move(state)), file_(state_ / "tuned.json") {}

std::string MachineTuning::boot_id() const {
  return setting_value(read_setting(root_ / "proc/sys/kernel/random/boot_id").value_or(""));
}

std::string MachineTuning::require_boot_id() const {
  std::string id = boot_id();
  if (id.empty())
    throw Failure(
        fmt::format("{}: cannot be read, so after a restart nobody could tell what to put back: "
                    "mount /proc, or "
                    "do it on the host",
                    (root_ / "proc/sys/kernel/random/boot_id").string()));
  return id;
}

bool MachineTuning::commands_run() const { return FileLock::is_locked(users_file()); }

std::optional<TuneRecord> MachineTuning::read_record() const {
  std::error_code error;
  if (!fs::exists(file_, error)) return std::nullopt;
  try {
    return parse_tune_record(read_file(file_));
  } catch (const UsageError& problem) {
    throw Failure(fmt::format("{}: {}; look what it says, put that back by hand, and remove it",
                              file_.string(), problem.what()));
  }
}

void MachineTuning::forget() const {
  std::error_code error;
  fs::remove(file_, error);
  if (error)
    throw Failure(fmt::format("{}: cannot be removed: {}", file_.string(), error.message()));
}

std::optional<TuneRecord> MachineTuning::record_of_this_boot(TuneReport& report) {
  auto record = read_record();
  if (!record || record->boot_id == require_boot_id()) return record;
  forget();
  report.notes.push_back(
      fmt::format("the machine was restarted since it was tuned ({}): the kernel has its own "
                  "values again",
                  record->created));
  return std::nullopt;
}

TuneStep MachineTuning::write(const std::string& topic, const fs::path& path,
                              const std::string& bytes) const {
  const fs::path file = root_ / path;
  TuneStep step{topic, "/" / path, setting_value(read_setting(file).value_or("")),
                setting_value(bytes)};
  if (const int error = write_setting(file, bytes); error != 0) {
    step.state = State::failed;
    step.reason = std::strerror(error);
    step.remedy = remedy_for(error);
    return step;
  }
  const std::string now = setting_value(read_setting(file).value_or(""));
  step.state = now == step.to ? State::done : State::failed;
  if (now != step.to) {
    step.reason = fmt::format("the kernel took it, and says {} all the same", now);
    step.remedy = remedy_for(0);
  }
  return step;
}

TuneReport MachineTuning::tune(bool force) {
  const FileLock turn = lock_state(state_);
  return tune_until(/*restored=*/true, force);
}

MachineTuning::ForCommand MachineTuning::begin_command(bool force) {
  const FileLock turn = lock_state(state_);
  FileLock user = FileLock::share(users_file());
  return {tune_until(/*restored=*/false, force), std::move(user)};
}

TuneReport MachineTuning::end_command(ForCommand& command, bool force) {
  const FileLock turn = lock_state(state_);
  command.user.reset();
  TuneReport report;
  if (commands_run() || !read_record()) return report;
  const auto record = record_of_this_boot(report);
  return !record || record->until_restored ? report
                                           : put_all_back(*record, std::move(report), force);
}

TuneReport MachineTuning::tune_until(bool restored, bool force) {
  TuneReport report;
  auto record = record_of_this_boot(report);
  const bool first = !record;
  if (first) record = TuneRecord{require_boot_id(), utc_timestamp(), restored, {}};
  const bool longer = restored && !record->until_restored;
  record->until_restored |= restored;
  const auto settings = machine_settings(root_);
  std::vector<const MachineSetting*> to_write;
  for (const auto& setting : settings) {
    if (setting.follows) continue;
    TunedValue* known = find(*record, setting.path);
    if (setting.wanted.empty()) {
      report.steps.push_back({setting.topic, "/" / setting.path, setting.value, setting.value});
    } else if (known != nullptr && setting.value != setting_value(known->before) &&
               setting.value != known->written && !force) {
      report.steps.push_back({setting.topic, "/" / setting.path, setting.value, setting.wanted,
                              State::left,
                              fmt::format("somebody changed it since; before --tune it was {}",
                                          setting_value(known->before)),
                              "pytune doctor --tune --force sets it all the same"});
    } else {
      to_write.push_back(&setting);
      if (known != nullptr)
        known->written = setting.wanted;
      else
        record->values.push_back({setting.topic, setting.path, setting.bytes, setting.wanted});
    }
  }
  if (!to_write.empty() || longer) {
    // What follows another moves with the first write, so only the first tune sees it untouched.
    for (const auto& setting : settings) {
      if (setting.follows && first)
        record->values.push_back({setting.topic, setting.path, setting.bytes, ""});
    }
    write_file_atomic(file_, tune_record_text(*record));
  }
  for (const MachineSetting* setting : to_write)
    report.steps.push_back(write(setting->topic, setting->path, setting->wanted + "\n"));
  report.kept = !record->values.empty();
  return report;
}

// Nothing when it is as before already.
std::optional<TuneStep> MachineTuning::put_back(const TunedValue& value, bool force) const {
  const std::string before = setting_value(value.before);
  const auto bytes = read_setting(root_ / value.path);
  if (!bytes)
    return TuneStep{value.topic,
                    "/" / value.path,
                    "?",
                    before,
                    State::failed,
                    "it is gone",
                    "is its CPU offline? then --restore again"};
  if (*bytes == value.before) return std::nullopt;
  const std::string now = setting_value(*bytes);
  if (now != before && now != value.written && !value.written.empty() && !force)
    return TuneStep{value.topic,
                    "/" / value.path,
                    now,
                    before,
                    State::left,
                    fmt::format("--tune wrote {}, and somebody changed it since", value.written),
                    fmt::format("pytune doctor --restore --force puts it back; to keep it so, "
                                "remove {}",
                                file_.string())};
  // Of a choice the kernel shows all words and takes one.
  const bool choice = value.before.find('[') != std::string::npos;
  if (choice && now == before) return std::nullopt;
  return write(value.topic, value.path, choice ? before + "\n" : value.before);
}

TuneReport MachineTuning::restore(bool force) {
  TuneReport report;
  std::error_code error;
  if (!fs::exists(file_, error)) {
    report.notes.emplace_back("nothing to put back: not tuned, or put back already");
    return report;
  }
  const FileLock turn = lock_state(state_);
  auto record = record_of_this_boot(report);
  if (!record) return report;
  if (commands_run() && !force) {
    record->until_restored = false;
    write_file_atomic(file_, tune_record_text(*record));
    report.kept = true;
    report.notes.emplace_back(
        "a command still runs under `doctor --tune --`: all is put back when it ends, and with "
        "--force now");
    return report;
  }
  return put_all_back(*record, std::move(report), force);
}

TuneReport MachineTuning::put_all_back(const TuneRecord& record, TuneReport report, bool force) {
  for (const auto& value : record.values) {
    if (auto step = put_back(value, force)) report.steps.push_back(std::move(*step));
  }
  report.kept = !report.complete();
  if (!report.kept) forget();
  return report;
}

Finding MachineTuning::finding() const {
  const char* topic = "tuning";
  try {
    const auto record = read_record();
    if (!record)
      return {topic, Finding::Level::ok, "nothing that --tune set waits to be put back", ""};
    if (record->boot_id != require_boot_id())
      return {topic, Finding::Level::note,
              fmt::format("tuned at {}, and restarted since: the kernel has its own values again",
                          record->created),
              "pytune doctor --restore forgets it, --tune sets it anew"};
    if (!record->until_restored && commands_run())
      return {topic, Finding::Level::ok,
              fmt::format("--tune wrote {} settings at {} for a command that runs",
                          record->values.size(), record->created),
              ""};
    return {topic, Finding::Level::note,
            fmt::format("--tune wrote {} settings at {}", record->values.size(), record->created),
            "when you are done measuring: pytune doctor --restore"};
  } catch (const Failure& failure) {
    return {topic, Finding::Level::problem, failure.what(), "see what it says"};
  }
}

}  // namespace pytune
