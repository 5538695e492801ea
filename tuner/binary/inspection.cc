#include "binary/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "binary/installed_files.h"
#include "binary/loaded_objects.h"
#include "binary/sysconfig_data.h"
#include "input/text.h"
#include "input/words.h"
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

// What a line of a shell script replaces the shell by: an absolute path after `exec`, its options
// and env; else nothing.
std::string program_executed(std::string_view line) {
  std::vector<std::string> words = unquoted_words(line.substr(0, kLongestScriptLine));
  std::reverse(words.begin(), words.end());
  const auto assigns = [](const std::string& word) {
    return word.find('=') != std::string::npos && word.find('/') > word.find('=');
  };
  while (!words.empty() && assigns(words.back())) words.pop_back();
  if (words.empty() || words.back() != "exec") return {};
  words.pop_back();
  while (!words.empty()) {
    const std::string word = words.back();
    const bool names = word == "-a";  // what the program is called by follows
    const bool env = word == "env" || word == "/usr/bin/env";
    if (!names && !env && !assigns(word) && !word.starts_with('-')) break;
    words.pop_back();
    if (names && !words.empty()) words.pop_back();
  }
  const bool plain = !words.empty() && words.back().starts_with('/') &&
                     words.back().find('$') == std::string::npos;
  return plain ? words.back() : "";
}

// A wrapper such as `exec /opt/python/bin/python3 "$@"` leads to a program; a script of any other
// form, only to what runs it.
std::string where_a_script_leads(std::string_view text) {
  const auto first_line = text.substr(2, std::min(text.find('\n'), kLongestScriptLine) - 2);
  const std::string runner = printable(trim(first_line));
  for (const std::string_view line : split_lines(text))
    if (const std::string program = program_executed(trim(line)); !program.empty())
      return fmt::format("a script for {} that starts {}; inspect that", runner,
                         printable(program));
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

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

void add_library(Inspection& inspection, const LoadedObjects& loaded) {
  for (const std::string_view kind : {"libpython", "libpypy"}) {
    // libpython3.so, the stable ABI's, only leads to the library that has the interpreter.
    for (const LoadedObject& object : loaded.objects)
      if (object.path != loaded.objects.front().path && !inspection.library &&
          object.path.filename().string().starts_with(kind) &&
          object.path.filename() != "libpython3.so")
        inspection.library = inspect_file(object.path, object.path.string());
    for (const std::string& missing : loaded.missing)
      if (file_name(missing).starts_with(kind) && !inspection.library)
        inspection.missing_library = missing;
  }
}

// The library that it is in says which Python it is; names and what is installed, where that does
// not.
void decide_version(Inspection& inspection, const fs::path& python) {
  Binary& core = inspection.library ? inspection.library->binary : inspection.program.binary;
  VersionEvidence evidence = core.version_evidence;
  std::error_code none;
  for (const std::string& path :
       {inspection.core().path, fs::canonical(python, none).string(), python.string()}) {
    const std::string name = file_name(path);
    evidence.minors.push_back(minor_in_name(name));
    evidence.is_python |= named_as_python(name);
    if (core.abi_flags.empty()) core.abi_flags = abi_flags_in_name(name);
  }
  for (const StandardLibrary& library : standard_libraries(python))
    if (std::find(evidence.installed.begin(), evidence.installed.end(), library.minor) ==
        evidence.installed.end())
      evidence.installed.push_back(library.minor);
  evidence.described = described_version(python, python_minor_of(evidence));
  core.python_version = python_version_of(evidence);
  core.version_evidence = std::move(evidence);
}

void add_sysconfig(Inspection& inspection, const fs::path& python) {
  const Binary& core = inspection.core().binary;
  // Of several versions the data of none, and of what is no Python neither.
  const std::string minor = python_minor_of(core.version_evidence);
  if (minor.empty()) return;
  const auto found = find_sysconfig_data(python, {.minor = minor,
                                                  .abi_flags = core.abi_flags,
                                                  .machine = machine_name(core.machine),
                                                  .musl = core.linking.libc == Libc::musl});
  if (!found) return;
  inspection.sysconfig_path = found->string();
  try {
    const std::string text = read_file(*found);
    const auto variables =
        found->extension() == ".json" ? parse_sysconfig_json(text) : parse_sysconfig_data(text);
    for (const char* name : kDeclaring)
      if (auto value = text_of(variables, name); !value.empty())
        inspection.sysconfig[name] = std::move(value);
  } catch (const Failure& failure) {
    inspection.sysconfig_problem = failure.what();
  }
}

// Those of its own standard library: they are loaded sooner or later.
std::vector<fs::path> extension_modules(const Inspection& inspection, const fs::path& python) {
  std::error_code none;
  std::vector<fs::path> modules;
  const Binary& core = inspection.core().binary;
  const std::string minor = python_minor_of(core.version_evidence);
  for (const StandardLibrary& library : standard_libraries(python)) {
    const bool other = !library.abi_flags.empty() && library.abi_flags != core.abi_flags;
    if (minor.empty() || library.minor != minor || other) continue;
    for (const auto& file : fs::directory_iterator(library.path / "lib-dynload", none))
      if (file.path().extension() == ".so") modules.push_back(file.path());
  }
  std::sort(modules.begin(), modules.end());
  return modules;
}

template <class Lacks>
std::vector<const ProgramFile*> files_that(const Inspection& inspection, const Lacks& lacks) {
  std::vector<const ProgramFile*> found;
  for (const ProgramFile& file : inspection.files)
    if (lacks(file.facts)) found.push_back(&file);
  return found;
}

}  // namespace

std::vector<const ProgramFile*> with_executable_stack(const Inspection& inspection) {
  return files_that(inspection, [](const ElfFacts& facts) { return facts.executable_stack; });
}

std::vector<const ProgramFile*> without_protection(const Inspection& inspection,
                                                   const std::string& name) {
  return files_that(inspection, [&](const ElfFacts& facts) {
    return std::find(facts.branch_protection.begin(), facts.branch_protection.end(), name) ==
           facts.branch_protection.end();
  });
}

std::vector<const ProgramFile*> without_64k_pages(const Inspection& inspection) {
  return files_that(inspection, [](const ElfFacts& facts) { return !facts.pages_64k; });
}

Inspection inspect_interpreter(const fs::path& python, const std::string& name) {
  Inspection inspection;
  inspection.name = name;
  inspection.program = inspect_file(python, name);
  add_library(inspection, objects_loaded_by(python));
  decide_version(inspection, python);
  add_sysconfig(inspection, python);
  LoadedObjects loaded = objects_loaded_by(python, extension_modules(inspection, python));
  for (LoadedObject& object : loaded.objects)
    inspection.files.push_back({object.path.string(), std::move(object.facts)});
  inspection.missing_files = std::move(loaded.missing);
  return inspection;
}

}  // namespace pytune
