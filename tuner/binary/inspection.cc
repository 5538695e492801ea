#include "binary/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "binary/installed_files.h"
#include "binary/sysconfig_data.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestProgram = 1U
                                           << 30U;  // read into memory; PyPy, the largest, is 60 MB
constexpr std::size_t kLongestScriptLine = 300;

// The variables of sysconfig that hold what the build was told.
constexpr const char* kDeclaring[] = {
    "CONFIG_ARGS",
    "CC",
    "OPT",
    "PY_CFLAGS",
    "PY_CFLAGS_NODIST",
    "PY_LDFLAGS_NODIST",
    "PY_LDFLAGS",
    "PY_CORE_CFLAGS",
    "PY_CORE_LDFLAGS",
    "LINKFORSHARED",
};

// A wrapper such as `exec /opt/python/bin/python3 "$@"` leads to a program; a script of any other
// form, only to what runs it.
std::string where_a_script_leads(std::string_view text) {
  const auto first_line = text.substr(2, std::min(text.find('\n'), kLongestScriptLine) - 2);
  const std::string runner = printable(first_line);
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.starts_with("exec ")) continue;
    line.remove_prefix(5);
    if (line.starts_with('"') || line.starts_with('\'')) line.remove_prefix(1);
    const auto path = line.substr(0, line.find_first_of(" \t\"'"));
    if (path.starts_with('/') && path.find('$') == std::string_view::npos &&
        path.size() <= kLongestScriptLine)
      return fmt::format("a script for {} that starts {}; inspect that", runner, printable(path));
  }
  return fmt::format("a script for {}, no program; name the program it starts", runner);
}

InspectedFile inspect_file(const fs::path& path, const std::string& name) {
  std::error_code problem;
  if (!fs::is_regular_file(path, problem))
    throw UsageError(fmt::format("{}: is no regular file", name));
  if (fs::file_size(path, problem) > kLargestProgram)
    throw UsageError(fmt::format("{}: is larger than {} MB, which no interpreter is", name,
                                 kLargestProgram >> 20U));
  const std::string bytes = read_file(path);
  if (bytes.starts_with("#!"))
    throw UsageError(fmt::format("{}: is {}", name, where_a_script_leads(bytes)));
  return {path.string(), inspect_binary(bytes, name)};
}

void add_library(Inspection& inspection) {
  const Linking& linking = inspection.program.binary.linking;
  for (const auto& needed : linking.needed) {
    if (!needed.starts_with("libpython") && !needed.starts_with("libpypy")) continue;
    const auto found = find_library(inspection.program.path, needed, linking.run_paths,
                                    machine_name(inspection.program.binary.machine));
    if (found) {
      inspection.missing_library.clear();
      inspection.library = inspect_file(*found, found->string());
      return;
    }
    inspection.missing_library = needed;
  }
}

void add_sysconfig(Inspection& inspection) {
  const std::string& version = inspection.core().binary.python_version;
  const auto second_dot = version.find('.', version.find('.') + 1);
  const auto found = find_sysconfig_data(inspection.program.path, version.substr(0, second_dot),
                                         machine_name(inspection.program.binary.machine));
  if (!found) return;
  inspection.sysconfig_path = found->string();
  try {
    const auto variables = parse_sysconfig_data(read_file(*found));
    for (const char* name : kDeclaring)
      if (auto text = text_of(variables, name); !text.empty())
        inspection.sysconfig[name] = std::move(text);
  } catch (const Failure& failure) {
    inspection.sysconfig_problem = failure.what();
  }
}

}  // namespace

Inspection inspect_interpreter(const fs::path& python, const std::string& name) {
  Inspection inspection;
  inspection.name = name;
  inspection.program = inspect_file(python, name);
  add_library(inspection);
  add_sysconfig(inspection);
  return inspection;
}

std::vector<std::string> declared(const Inspection& inspection, Optimization optimization) {
  struct Word {
    Optimization optimization;
    std::string_view text;
  };
  // configure's own options, and what compilers are told.
  constexpr Word kWords[] = {
      {Optimization::lto, "--with-lto"},
      {Optimization::lto, "-flto"},
      {Optimization::pgo, "--enable-optimizations"},
      {Optimization::pgo, "-fprofile-use"},
      {Optimization::pgo, "-fprofile-instr-use"},
      {Optimization::bolt, "--enable-bolt"},
  };
  std::vector<std::string> found;
  for (const auto& word : kWords) {
    if (word.optimization != optimization) continue;
    for (const auto& [name, value] : inspection.sysconfig) {
      const auto at = value.find(word.text);
      if (at == std::string::npos) continue;
      found.push_back(fmt::format("{} in {}", word.text, name));
      break;
    }
  }
  return found;
}

}  // namespace pytune
