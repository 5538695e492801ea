#include "campaign/find_arm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "binary/elf_versions.h"
#include "build/stage_kinds.h"
#include "campaign/find_interpreter.h"
#include "input/json.h"
#include "input/small_file.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "interpreter/root.h"
#include "spec/arm_words.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMostLibraries = 1000;
constexpr std::uintmax_t kLargestProgram = std::uintmax_t{1} << 30U;
constexpr std::size_t kLongestList = 1 << 20;

// What is mapped into it.
constexpr const char* kLibraries = R"(
import json
with open("/proc/self/maps") as maps:
    files = (line.split(None, 5)[5:] for line in maps)
    print(json.dumps(sorted({file[0].strip() for file in files if file and ".so" in file[0]})))
)";

// Debian's packages of what is preloaded most.
struct Packaged {
  std::string_view library;
  std::string_view package;
};
constexpr std::array<Packaged, 5> kPackaged = {{
    {"libjemalloc.so.2", "libjemalloc2"},
    {"libtcmalloc.so.4", "libgoogle-perftools4"},
    {"libtcmalloc_minimal.so.4", "libtcmalloc-minimal4"},
    {"libmimalloc.so.2", "libmimalloc2.0"},
    {"libmimalloc.so.3", "libmimalloc3"},
}};

std::vector<std::string> names_of_builds(const Store& store) {
  std::vector<std::string> names;
  for (const Step& step : store.list(stage_name(StageKind::finish))) {
    const auto build = step.details.find("build");
    if (build != step.details.end() && build->is_object())
      names.push_back(build->value("name", ""));
  }
  return names;
}

// With as few variables as there is such a file or build for; else with all that can be.
ArmWords read_words(const std::string& word, const Store& store) {
  std::vector<ArmWords> ways = ways_to_read(word);
  if (ways.size() == 1) return ways.front();
  const std::vector<std::string> builds = names_of_builds(store);
  for (const ArmWords& way : ways) {
    std::error_code none;
    const bool built = std::find(builds.begin(), builds.end(), way.python) != builds.end();
    if (!way.python.empty() && (built || fs::exists(way.python, none))) return way;
  }
  if (ways.back().python.empty())
    throw UsageError(
        fmt::format("{}: names no interpreter after its variables (\"NAME=VALUE PYTHON\"), and no "
                    "build has that name{}",
                    printable(word), suggestion(word, builds)));
  return ways.back();
}

std::set<std::string> libraries_of(const Interpreter& interpreter, ProcessRunner& runner,
                                   std::string& said) {
  Command command = command_of(interpreter, {"-s", "-c", kLibraries});
  command.cwd = "/";
  command.timeout = std::chrono::seconds(60);
  command.output_limit = kLongestList;
  const Outcome outcome = runner.run(command);
  said = outcome.output;
  std::set<std::string> files;
  try {
    const nlohmann::json document = parse_json(last_line(outcome.output, kLongestList));
    for (const auto& file : JsonView(document).elements(kMostLibraries))
      files.insert(file.nonempty_text(4096));
  } catch (const UsageError&) {
    if (said.empty()) said = outcome.describe();
  }
  return files;
}

// "(cannot open shared object file)", of glibc's "ERROR: ld.so: object 'x' from LD_PRELOAD cannot
// be preloaded (cannot open shared object file): ignored."
std::string loaders_reason(const std::string& said, const std::string& library) {
  const std::string object = fmt::format("object '{}' from LD_PRELOAD", library);
  const std::size_t at = said.find(object);
  if (at == std::string::npos) return "";
  const std::size_t open = said.find('(', at);
  const std::size_t close = said.find("): ignored", at);
  if (open == std::string::npos || close == std::string::npos || close < open)
    return "(its loader refuses it)";
  return printable(said.substr(open, close + 1 - open), 200);
}

// "(it is for aarch64)": the loader passes over such a file as if it were not there.
std::string other_machine(const Interpreter& interpreter, const std::string& library) {
  std::error_code none;
  if (interpreter.machine || fs::file_size(library, none) > kLargestProgram || none) return "";
  const auto facts = read_elf(read_file(library));
  return facts && facts->machine != host_architecture()
             ? fmt::format("(it is for {})",
                           facts->machine.empty() ? "another machine" : facts->machine)
             : "";
}

[[noreturn]] void not_preloaded(const std::string& name, const std::string& library,
                                const std::string& why) {
  const auto* known = std::find_if(kPackaged.begin(), kPackaged.end(), [&](const Packaged& one) {
    return fs::path(library).filename() == one.library;
  });
  std::error_code none;
  const bool is_here = library.find('/') == std::string::npos && fs::exists(library, none);
  throw UsageError(fmt::format(
      "{}: {} cannot be preloaded {}; {}give the path of a library for this interpreter{}",
      printable(name), printable(library), why,
      known == kPackaged.end() ? "" : fmt::format("apt-get install {}, or ", known->package),
      is_here ? fmt::format(" (the file of this name is ./{})", printable(library)) : ""));
}

// Whether it was there without being preloaded: by its path, or under a name that the loader takes
// for it.
bool has_library(const std::set<std::string>& files, const std::string& library) {
  std::error_code none;
  const fs::path real = fs::weakly_canonical(library, none);
  return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
    return library.find('/') != std::string::npos
               ? file == real
               : fs::path(file).filename().string().starts_with(library);
  });
}

// The loader only complains about a library that it cannot preload, and starts the program without.
void require_preloaded(Interpreter& interpreter, ProcessRunner& runner) {
  const auto libraries = preloaded_libraries(interpreter.variables);
  if (libraries.empty()) return;
  Interpreter without = interpreter;
  without.variables.erase("LD_PRELOAD");
  std::string said;
  const auto before = libraries_of(without, runner, said);
  auto after = libraries_of(interpreter, runner, said);
  for (const std::string& library : libraries) {
    if (const std::string why = loaders_reason(said, library); !why.empty()) {
      const std::string machine = other_machine(interpreter, library);
      not_preloaded(interpreter.name, library, machine.empty() ? why : machine);
    }
    if (after == before && !has_library(after, library))
      not_preloaded(interpreter.name, library,
                    "(its loader leaves it out: is the interpreter static, or a launcher?)");
  }
  std::string hashes;
  for (const std::string& file : after)
    if (!before.contains(file))
      hashes += sha256_file(fs::exists(file) ? file : interpreter.root + file);
  interpreter.preloaded = sha256(hashes);
}

// The same of LD_AUDIT: "ERROR: ld.so: object 'x' cannot be loaded as audit interface: cannot open
// shared object file; ignored."
void require_audited(const Interpreter& interpreter, ProcessRunner& runner) {
  constexpr std::string_view kComplaint = "' cannot be loaded as audit interface: ";
  if (!interpreter.variables.contains("LD_AUDIT")) return;
  std::string said;
  static_cast<void>(libraries_of(interpreter, runner, said));
  const std::size_t at = said.find(kComplaint);
  if (at == std::string::npos) return;
  const std::size_t name = said.rfind('\'', at - 1) + 1;
  const std::size_t reason = at + kComplaint.size();
  throw UsageError(fmt::format("{}: LD_AUDIT: {} cannot be loaded ({})",
                               printable(interpreter.name), printable(said.substr(name, at - name)),
                               printable(said.substr(reason, said.find(';', reason) - reason))));
}

// "glibc.malloc.perturb: 0 (min: 0, max: 255)", of the interpreter's own loader; nothing of one
// that has no such list (before glibc 2.33, or another C library).
std::map<std::string, std::string> tunables_of(const Interpreter& interpreter,
                                               ProcessRunner& runner) {
  std::error_code none;
  Command command;
  if (runs_by_own_loader(interpreter)) {
    command.argv = {loader_words(interpreter.root).front()};
  } else if (fs::file_size(interpreter.python, none) < kLargestProgram && !none) {
    const auto facts = read_elf(read_file(interpreter.python));
    if (facts) command.argv = {facts->loader};
  }
  std::map<std::string, std::string> ranges;
  if (command.argv.empty() || command.argv.front().empty() || interpreter.machine) return ranges;
  command.argv.emplace_back("--list-tunables");
  command.timeout = std::chrono::seconds(60);
  const Outcome outcome = runner.run(command);
  if (!outcome.ok()) return ranges;
  for (const std::string_view line : split_lines(outcome.output)) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos && line.starts_with("glibc."))
      ranges.emplace(line.substr(0, colon), line.substr(colon));
  }
  return ranges;
}

// Whether glibc takes the number. Of a range that is no number, and below zero, it is not known.
bool is_in_range(const std::string& value, const std::string& range) {
  const auto number_after = [&](std::string_view what) {
    const std::size_t at = range.find(what);
    return at == std::string::npos ? 0
                                   : std::strtoull(range.c_str() + at + what.size(), nullptr, 0);
  };
  if (range.find("(min: ") == std::string::npos || range.find(": -") != std::string::npos)
    return true;
  char* end = nullptr;
  errno = 0;
  const auto number = std::strtoull(value.c_str(), &end, 0);
  return errno == 0 && !value.empty() && *end == '\0' && value.front() != '-' &&
         number >= number_after("(min: ") && number <= number_after("max: ");
}

// glibc ignores what it does not know without a word.
void require_tunables(const Interpreter& interpreter, ProcessRunner& runner) {
  const auto found = interpreter.variables.find("GLIBC_TUNABLES");
  if (found == interpreter.variables.end() || found->second.empty()) return;
  const auto refuse = [&](const std::string& why) {
    throw UsageError(fmt::format("{}: GLIBC_TUNABLES: {}; glibc would ignore it",
                                 printable(interpreter.name), why));
  };
  const auto ranges = tunables_of(interpreter, runner);
  std::vector<std::string> known;
  known.reserve(ranges.size());
  for (const auto& [name, range] : ranges) known.push_back(name);
  std::istringstream parts(found->second);
  for (std::string part; std::getline(parts, part, ':');) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos)
      refuse(fmt::format("\"{}\" is not NAME=VALUE", printable(part)));
    const std::string name = part.substr(0, equals);
    const auto range = ranges.find(name);
    if (ranges.empty()) continue;
    if (range == ranges.end())
      refuse(fmt::format("the interpreter's C library has no \"{}\"{}", printable(name),
                         suggestion(name, known)));
    else if (!is_in_range(part.substr(equals + 1), range->second))
      refuse(fmt::format("{}{}", printable(part), printable(range->second)));
  }
}

}  // namespace

Interpreter find_arm(const std::string& word, Store& store, ProcessRunner& runner,
                     const std::optional<EmulatedMachine>& machine) {
  ArmWords words = read_words(word, store);
  const std::string shown = shown_variables(words.variables);
  for (auto& [name, value] : words.variables) {
    require_settable(name);
    value = with_absolute_paths(name, value);
  }
  Interpreter interpreter = find_interpreter(words.python, store, runner, machine, words.variables);
  if (interpreter.variables.empty()) return interpreter;
  if (runs_by_own_loader(interpreter) && words.variables.contains("LD_LIBRARY_PATH"))
    throw UsageError(fmt::format(
        "{}: LD_LIBRARY_PATH has no effect: this interpreter is run by the loader of its own "
        "system, which is told where the libraries are",
        printable(word)));
  interpreter.name = shown + interpreter.name;
  require_loader_takes(interpreter, runner);
  return interpreter;
}

void require_loader_takes(Interpreter& interpreter, ProcessRunner& runner) {
  require_preloaded(interpreter, runner);
  require_audited(interpreter, runner);
  require_tunables(interpreter, runner);
}

std::vector<std::string> with_preloads(const std::vector<std::string>& words,
                                       const std::vector<std::string>& libraries) {
  std::vector<std::string> all = words;
  for (const std::string& library : libraries) {
    if (library.empty() || library.find_first_of(": \t\n") != std::string::npos)
      throw UsageError(fmt::format(
          "--preload: \"{}\": must be one library, by its path or by the name that the loader "
          "finds, without blanks and colons",
          printable(library)));
    std::error_code none;
    if (library.find('/') != std::string::npos && !fs::exists(library, none))
      throw UsageError("--preload: " + absence_of(library));
    for (const std::string& word : words) {
      if (!fs::exists(word, none) && ways_to_read(word).back().variables.contains("LD_PRELOAD"))
        continue;
      all.push_back(fmt::format("LD_PRELOAD={} {}", shell_quote(library), word));
    }
  }
  return all;
}

}  // namespace pytune
