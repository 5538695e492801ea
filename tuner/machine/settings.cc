#include "machine/settings.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSetting = 400;

enum class Rule {
  equals,   // the value itself
  at_most,  // a number no larger than the value
  not_always,
  follows,
};

struct Row {
  const char* topic;
  const char* pattern;  // '#': digits
  Rule rule;
  const char* value;
};

// Governor and boost: Documentation/admin-guide/pm/cpufreq.rst and intel_pstate.rst of the kernel.
// The governor's change moves the energy preference, and the global boost that of each policy.
// perf_event_paranoid: 2 lets a user count what happens in user space, which is all that is counted
// here (Documentation/admin-guide/sysctl/kernel.rst); less would open the kernel for nothing.
// ASLR is set on where it is off: layouts are averaged over, see check.cc.
// swappiness: 1 still swaps before the kernel would kill a program, 0 does not.
constexpr std::array kRows = {
    Row{"governor", "sys/devices/system/cpu/cpufreq/policy#/scaling_governor", Rule::equals,
        "performance"},
    Row{"governor", "sys/devices/system/cpu/cpu#/cpufreq/scaling_governor", Rule::equals,
        "performance"},
    Row{"governor", "sys/devices/system/cpu/cpufreq/policy#/energy_performance_preference",
        Rule::follows, ""},
    Row{"turbo", "sys/devices/system/cpu/intel_pstate/no_turbo", Rule::equals, "1"},
    Row{"turbo", "sys/devices/system/cpu/cpufreq/boost", Rule::equals, "0"},
    Row{"turbo", "sys/devices/system/cpu/cpufreq/policy#/boost", Rule::follows, ""},
    Row{"ASLR", "proc/sys/kernel/randomize_va_space", Rule::equals, "2"},
    Row{"swap", "proc/sys/vm/swappiness", Rule::at_most, "1"},
    Row{"perf", "proc/sys/kernel/perf_event_paranoid", Rule::at_most, "2"},
    Row{"huge pages", "sys/kernel/mm/transparent_hugepage/enabled", Rule::not_always, "madvise"},
};

bool digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// One component of a path against one of a pattern.
bool matches(std::string_view name, std::string_view pattern) {
  const std::size_t hash = pattern.find('#');
  if (hash == std::string_view::npos) return name == pattern;
  return name.starts_with(pattern.substr(0, hash)) && digits(name.substr(hash));
}

bool matches(const fs::path& path, const fs::path& pattern) {
  return std::equal(path.begin(), path.end(), pattern.begin(), pattern.end(),
                    [](const fs::path& a, const fs::path& b) {
                      return matches(std::string_view(a.native()), b.native());
                    });
}

// The files below `folder` that the rest of a pattern means, by name.
void expand(const fs::path& folder, fs::path::const_iterator part, fs::path::const_iterator end,
            std::vector<fs::path>& found) {
  if (part == end) {
    found.push_back(folder);
    return;
  }
  if (part->native().find('#') == std::string::npos) {
    expand(folder / *part, std::next(part), end, found);
    return;
  }
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    std::string name = entry.path().filename();
    if (matches(std::string_view(name), part->native())) names.push_back(std::move(name));
  }
  // policy2 before policy10.
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  for (const auto& name : names) expand(folder / name, std::next(part), end, found);
}

std::string wanted_of(const Row& row, const std::string& value) {
  switch (row.rule) {
    case Rule::equals:
      return value == row.value ? "" : row.value;
    case Rule::at_most: {
      int now = 0;
      const std::string_view most = row.value;
      int limit = 0;
      std::from_chars(most.data(), most.data() + most.size(), limit);
      const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), now);
      const bool fine = error == std::errc() && stop == value.data() + value.size() && now <= limit;
      return fine ? "" : row.value;
    }
    case Rule::not_always:
      return value == "always" ? row.value : "";
    case Rule::follows:
      break;
  }
  return "";
}

}  // namespace

std::string setting_value(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  const std::size_t open = line.find('[');
  const std::size_t close = line.find(']', open == std::string_view::npos ? line.size() : open);
  if (close == std::string_view::npos) return std::string(line);
  return std::string(line.substr(open + 1, close - open - 1));
}

std::optional<std::string> read_setting(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kLongestSetting + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  const bool plain = std::all_of(bytes.begin(), bytes.end(),
                                 [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
  if (bytes.empty() || bytes.size() > kLongestSetting || !plain) return std::nullopt;
  return bytes;
}

int write_setting(const fs::path& file, std::string_view bytes) {
  const int fd = open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  const ssize_t written = write(fd, bytes.data(), bytes.size());
  const int error = written < 0 ? errno : 0;
  // Not O_TRUNC: a kill between the two would leave a plain file empty. The kernel's files do not
  // care.
  if (error == 0) (void)!ftruncate(fd, static_cast<off_t>(bytes.size()));
  close(fd);
  return error;
}

bool is_machine_setting(const fs::path& path) {
  return std::any_of(kRows.begin(), kRows.end(),
                     [&](const Row& row) { return matches(path, fs::path(row.pattern)); });
}

std::vector<MachineSetting> machine_settings(const fs::path& root) {
  std::vector<MachineSetting> settings;
  std::error_code error;
  const fs::path base = fs::canonical(root, error);
  if (error) return settings;
  for (const Row& row : kRows) {
    const fs::path pattern = row.pattern;
    std::vector<fs::path> files;
    expand(base, pattern.begin(), pattern.end(), files);
    for (const fs::path& file : files) {
      // A CPU's folder is a link to its policy's: one file, one setting.
      const fs::path path = fs::canonical(file, error).lexically_relative(base);
      const bool known = std::any_of(settings.begin(), settings.end(),
                                     [&](const MachineSetting& s) { return s.path == path; });
      if (error || known || !is_machine_setting(path)) continue;
      const auto bytes = read_setting(file);
      if (!bytes) continue;
      const std::string value = setting_value(*bytes);
      settings.push_back(
          {row.topic, path, *bytes, value, wanted_of(row, value), row.rule == Rule::follows});
    }
  }
  return settings;
}

}  // namespace pytune
