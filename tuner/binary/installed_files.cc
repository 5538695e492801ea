#include "binary/installed_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "binary/python_version.h"
#include "input/json.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// bin, prefix, and what /usr or /usr/local is below: as far up as a root directory can be.
constexpr int kLevels = 4;
constexpr std::uintmax_t kLargestText = 4U << 20U;  // sysconfig's data, the largest, has 60 kB

void add_above(const fs::path& directory, std::vector<fs::path>& above) {
  fs::path one = directory;
  for (int i = 0; i < kLevels && !one.empty(); ++i) {
    if (std::find(above.begin(), above.end(), one) == above.end()) above.push_back(one);
    if (one == one.parent_path()) break;
    one = one.parent_path();
  }
}

std::string small_text(const fs::path& file) {
  std::error_code none;
  const auto size = fs::is_regular_file(file, none) ? fs::file_size(file, none) : 0;
  if (none || size == 0 || size > kLargestText) return {};
  try {
    return read_file(file);
  } catch (const Failure&) {  // it may not be read
    return {};
  }
}

// `home = /usr/bin` of the pyvenv.cfg beside a program or above it.
fs::path venv_home(const fs::path& program) {
  for (const fs::path& folder : {program.parent_path(), program.parent_path().parent_path()}) {
    const std::string text = small_text(folder / "pyvenv.cfg");
    for (const std::string_view line : split_lines(text)) {
      const auto equals = line.find('=');
      if (equals != std::string_view::npos && trim(line.substr(0, equals)) == "home")
        return std::string(trim(line.substr(equals + 1)));
    }
  }
  return {};
}

// "t" of "python3.13t"; the minor version apart.
std::string abi_flags_in(const std::string& folder, const std::string& minor) {
  const auto at = folder.find(minor);
  return at == std::string::npos ? "" : folder.substr(at + minor.size());
}

// The flags in "_sysconfigdata_t_linux_x86_64-linux-gnu.py": what stands before the second '_'.
std::string flags_of_data(std::string_view name, std::string_view start) {
  name.remove_prefix(start.size());
  if (!name.starts_with('_')) return {};
  name.remove_prefix(1);
  return std::string(name.substr(0, name.find('_')));
}

struct FoundData {
  fs::path path;
  int fit = 0;
};

// How well a file of a standard library fits; nothing for what is no such file.
std::optional<int> fit_of(const std::string& name, const SysconfigWanted& wanted) {
  struct DataName {
    std::string_view start, end;
    int fit;
  };
  constexpr std::array<DataName, 2> kNames{
      {{"_sysconfigdata", ".py", 1}, {"_sysconfig_vars", ".json", 0}}};
  for (const DataName& kind : kNames) {
    if (!name.starts_with(kind.start) || !name.ends_with(kind.end)) continue;
    const bool musl = name.find("musl") != std::string::npos;
    return kind.fit + (musl == wanted.musl ? 2 : 0) +
           (name.find(wanted.machine) != std::string::npos ? 4 : 0) +
           (flags_of_data(name, kind.start) == wanted.abi_flags ? 8 : 0);
  }
  return std::nullopt;
}

std::string quoted_after(std::string_view text, std::string_view start) {
  for (std::size_t at = text.find(start); at != std::string_view::npos;
       at = text.find(start, at + 1)) {
    const auto rest = text.substr(at + start.size());
    const auto value = trim(rest.substr(0, rest.find('\n')));
    // Not PY_VERSION_HEX.
    if (rest.empty() || (rest.front() != ' ' && rest.front() != '\t') || !value.starts_with('"'))
      continue;
    return std::string(value.substr(1, value.find('"', 1) - 1));
  }
  return {};
}

// PEP 739: "version_info": {"major": 3, "minor": 14, "micro": 0, "releaselevel": "candidate", ...}
std::string version_in_details(const std::string& text) {
  try {
    const nlohmann::json document = parse_json(text);
    const JsonView info = JsonView(document).at("language").at("version_info");
    const auto number = [&](std::string_view key) { return info.at(key).integer(0, 999); };
    const std::string level = info.at("releaselevel").text(20);
    std::string stage;
    for (const auto& [name, letters] :
         {std::pair("alpha", "a"), std::pair("beta", "b"), std::pair("candidate", "rc")})
      if (level == name) stage = fmt::format("{}{}", letters, number("serial"));
    return fmt::format("{}.{}.{}{}", number("major"), number("minor"), number("micro"), stage);
  } catch (const UsageError&) {
    return {};
  }
}

}  // namespace

std::vector<fs::path> directories_above(const fs::path& program) {
  std::error_code none;
  std::vector<fs::path> above;
  add_above(fs::canonical(program, none).parent_path(), above);
  const fs::path named = fs::absolute(program, none).lexically_normal();
  add_above(named.parent_path(), above);
  if (const fs::path home = venv_home(named); home.is_absolute()) add_above(home, above);
  return above;
}

std::vector<StandardLibrary> standard_libraries(const fs::path& program) {
  std::error_code none;
  for (const fs::path& root : directories_above(program)) {
    std::vector<StandardLibrary> found;
    for (const char* lib : {"lib", "lib64"})
      for (const auto& folder : fs::directory_iterator(root / lib, none)) {
        const std::string name = folder.path().filename().string();
        const std::string minor = name.starts_with("lib") ? "" : minor_in_name(name);
        const std::string flags = abi_flags_in(name, minor);
        if (!minor.empty() && flags.find_first_not_of("dmtu") == std::string::npos &&
            fs::is_directory(folder.path(), none))
          found.push_back({folder.path(), minor, flags});
      }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    if (!found.empty()) return found;
  }
  return {};
}

std::optional<fs::path> find_sysconfig_data(const fs::path& program,
                                            const SysconfigWanted& wanted) {
  std::error_code none;
  std::vector<StandardLibrary> libraries = standard_libraries(program);
  std::erase_if(libraries, [&](const StandardLibrary& one) {
    return !wanted.minor.empty() && one.minor != wanted.minor;
  });
  const bool one_version = std::all_of(libraries.begin(), libraries.end(), [&](const auto& one) {
    return one.minor == libraries.front().minor;
  });
  if (!one_version) return std::nullopt;
  std::vector<FoundData> found;
  for (const StandardLibrary& library : libraries) {
    // Free-threaded builds have a folder of their own beside the others'.
    const bool other = !library.abi_flags.empty() && library.abi_flags != wanted.abi_flags;
    if (other && libraries.size() > 1) continue;
    for (const auto& file : fs::directory_iterator(library.path, none))
      if (const auto fit = fit_of(file.path().filename().string(), wanted))
        found.push_back({file.path(), *fit + (library.abi_flags == wanted.abi_flags ? 16 : 0)});
  }
  if (found.empty()) return std::nullopt;
  std::sort(found.begin(), found.end(), [](const FoundData& a, const FoundData& b) {
    return a.fit != b.fit ? a.fit < b.fit : a.path < b.path;
  });
  return found.back().path;
}

std::string described_version(const fs::path& program, const std::string& minor) {
  if (minor.empty()) return {};
  for (const StandardLibrary& library : standard_libraries(program)) {
    if (library.minor != minor) continue;
    const fs::path prefix = library.path.parent_path().parent_path();
    for (const std::string& version :
         {quoted_after(small_text(prefix / "include" / library.path.filename() / "patchlevel.h"),
                       "#define PY_VERSION"),
          version_in_details(small_text(library.path / "build-details.json"))})
      if (reads_like_python_version(version)) return version;
  }
  return {};
}

}  // namespace pytune
