// What of the kernel `doctor --tune` sets: a table of files below /proc and /sys.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pytune {

// One such file, as it is now.
struct MachineSetting {
  std::string topic;           // that of the finding it mends: "governor", ...
  std::filesystem::path path;  // below the root, links resolved: "proc/sys/vm/swappiness"
  std::string bytes;           // the file's
  std::string value;           // its first line; of a choice ("a [b] c") what is chosen
  std::string wanted;          // empty: it is as wanted
  bool follows = false;  // nothing is wanted of it, but the kernel moves it when one above is set
};

// Every file of the table that this kernel has and that can be read, in the table's order. `root`
// is "/" but in tests. Not in the table, and so never changed:
// SMT: switching it off takes CPUs away from every program that runs, which putting it back does
// not give back (their affinity is cut), and makes this another machine (Host::fingerprint).
// Isolated CPUs, page size: the boot decides. Load, steal, memory: not the kernel's to set.
std::vector<MachineSetting> machine_settings(const std::filesystem::path& root);

// Whether the table could name this path: a record may be anybody's.
bool is_machine_setting(const std::filesystem::path& path);

// What a setting's file says: see MachineSetting::value.
std::string setting_value(std::string_view bytes);

// The file's bytes when they are a few printable ones: nothing else is a setting.
std::optional<std::string> read_setting(const std::filesystem::path& file);

// Writes in place, as the kernel's files want it. 0, or the errno.
int write_setting(const std::filesystem::path& file, std::string_view bytes);

}  // namespace pytune
