// Sets the kernel up for even times, and puts back exactly what was there: also after a crash.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "machine/check.h"
#include "machine/tune_record.h"
#include "sys/files.h"

namespace pytune {

struct TuneStep {
  // fine: nothing to do. done: written, and read back. left: somebody else changed it since.
  enum class State { fine, done, left, failed };
  std::string topic;
  std::filesystem::path path;  // absolute below "/"
  std::string from, to;        // values; the same when fine
  State state = State::fine;
  std::string reason = {};  // of left and failed
  std::string remedy = {};  // likewise
};
std::string to_string(TuneStep::State state);  // "fine", "done", "left", "failed"

struct TuneReport {
  std::vector<TuneStep> steps;
  std::vector<std::string> notes;
  bool kept = false;      // there is a record to go back to
  bool complete() const;  // nothing was left or failed
};

// Before the first write, all values to go back to are on disk in `state`/tuned.json (flushed,
// renamed into place). A second tune() keeps the first one's; restore() removes the file once
// everything is back. After a restart the kernel has its own values again, so the file is dropped.
// A value that is neither the one written nor the one before was changed by somebody: it is left,
// unless `force`. Both throw Failure when `state` cannot be written, or holds a damaged record, and
// where the kernel does not say which boot this is: what there was before could not be told from
// what there was before a restart.
class MachineTuning {
 public:
  // `root` is "/" but in tests. `state` must lie on a disk that survives a crash.
  MachineTuning(std::filesystem::path root, std::filesystem::path state);

  TuneReport tune(bool force);
  // While a command runs for which it was tuned, it is put back at the end of that, and a note says
  // so, unless `force`.
  TuneReport restore(bool force);

  // tune() for a command, which ends with end_command(). Several commands may run at a time: the
  // last one that ends puts everything back, and none does what tune() was called for.
  struct ForCommand {
    TuneReport report;
    std::optional<FileLock> user;  // shared by all of them
  };
  ForCommand begin_command(bool force);
  TuneReport end_command(ForCommand& command, bool force);

  Finding finding() const;  // whether something waits to be put back; changes nothing
  const std::filesystem::path& record_file() const { return file_; }

 private:
  std::optional<TuneRecord> read_record() const;
  std::optional<TuneRecord> record_of_this_boot(TuneReport& report);
  TuneReport tune_until(bool restored, bool force);
  TuneReport put_all_back(const TuneRecord& record, TuneReport report, bool force);
  bool commands_run() const;
  std::filesystem::path users_file() const { return state_ / "tuned.users"; }
  std::string boot_id() const;          // empty where the kernel does not say
  std::string require_boot_id() const;  // throws Failure there
  void forget() const;
  TuneStep write(const std::string& topic, const std::filesystem::path& path,
                 const std::string& bytes) const;
  std::optional<TuneStep> put_back(const TunedValue& value, bool force) const;

  std::filesystem::path root_;
  std::filesystem::path state_;
  std::filesystem::path file_;
};

}  // namespace pytune
