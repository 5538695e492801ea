// What was there before `doctor --tune`, kept on disk until it has been put back.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

struct TunedValue {
  std::string topic;
  std::filesystem::path path;  // below the root; one that is_machine_setting()
  std::string before;          // the file's bytes
  std::string written;         // the value that was written; empty: it only follows another
};

struct TuneRecord {
  std::string boot_id;  // of the boot these values belong to
  std::string created;  // utc_timestamp()
  // Until somebody asks for it to be put back; else until the last command that it was done for has
  // ended.
  bool until_restored = true;
  std::vector<TunedValue> values;
};

std::string tune_record_text(const TuneRecord& record);

// Throws UsageError in a few words: the caller says which file it was. A path that `--tune` never
// writes is refused: whoever puts a file there must not get others written.
TuneRecord parse_tune_record(std::string_view text);

}  // namespace pytune
