#include "campaign/find_interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "binary/start_problem.h"
#include "build/stage_kinds.h"
#include "input/json.h"
#include "input/small_file.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "interpreter/root.h"
#include "source/debian_root.h"
#include "spec/arm_words.h"
#include "spec/environment.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/host.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr int kOldestMinor = 9;  // pyperf 2.10's python_requires
constexpr std::size_t kLongest = 300;
constexpr std::size_t kLongestAnswer = 20'000;

// What decides how fast it runs: the executable, and the library when the interpreter is in one.
// Not by -I, which workers are not started by either: a launcher may set PYTHONHOME. Nothing is
// imported from the working directory all the same. "self" is as profiles/pyperf_hook has it.
// Written past sys.stdout, for what a site customizes may replace that, or print before and after.
constexpr const char* kProbe = R"(
import json, os, platform
try:
    libraries = {name for name in mapped() if "/libpython" in name or "/libpypy" in name}
except OSError:
    libraries = set()
answer = json.dumps({
    "implementation": platform.python_implementation(), "version": platform.python_version(),
    "major": sys.version_info[0], "minor": sys.version_info[1],
    "compiler": platform.python_compiler(),
    "files": [own_program()] + sorted(os.path.realpath(name) for name in libraries),
    "ignores_environment": bool(sys.flags.ignore_environment),
    "knows_itself": bool(sys.executable),
    "self": {"python_version": sys.version.split()[0], "executable": own_program(),
             "build": " ".join([*sys.version.split(), str(sys.implementation.cache_tag),
                                hex(sys.hexversion)])}})
os.write(1, ("\npytune asked: " + answer + "\n").encode())
)";
constexpr std::string_view kAnswer = "pytune asked: ";

bool is_executable_file(const fs::path& path) {
  std::error_code none;
  const auto status = fs::status(path, none);
  return fs::is_regular_file(status) &&
         (status.permissions() & (fs::perms::owner_exec | fs::perms::group_exec |
                                  fs::perms::others_exec)) != fs::perms::none;
}

// What may have been meant by a name that no file has: more than the interpreter.
std::string meant_by(const std::string& word) {
  const std::string first = word.substr(0, word.find(' '));
  std::error_code none;
  if (first.size() == word.size())
    return word.find('/') == std::string::npos && fs::exists(word, none)
               ? fmt::format("; the file of this name is ./{}", word)
               : "";
  if (ways_to_read(word).size() > 1) return "; only measure takes variables with an interpreter";
  if (const std::size_t equals = first.find('='); equals != std::string::npos)
    return fmt::format("; \"{}\" is no name of a variable", first.substr(0, equals));
  if (first == "env" || first.ends_with("/env"))
    return "; write variables before the interpreter, without env";
  if (fs::exists(first, none) || find_program(first))
    return fmt::format("; an interpreter is given without options: {}", first);
  return "";
}

Interpreter at(const std::string& name, const std::string& python) {
  Interpreter interpreter{.python = python};
  interpreter.name = name;
  return interpreter;
}

// Of all finished sweeps, the newest first.
std::optional<Interpreter> build_called(const Store& store, const std::string& word,
                                        std::vector<std::string>& known) {
  auto builds = store.list(stage_name(StageKind::finish));
  std::reverse(builds.begin(), builds.end());
  for (const auto& step : builds) {
    const auto description = step.details.find("build");
    if (description == step.details.end()) continue;
    const Build build = description->get<Build>();
    known.push_back(build.name);
    if (build.name != word && (word.size() < 4 || !build.id.starts_with(word))) continue;
    Interpreter found = at(build.name, build.python.string());
    found.variables = environment_of(build.configuration);
    return found;
  }
  return std::nullopt;
}

// The build whose prefix this file is in.
std::optional<Build> build_of(const Store& store, const fs::path& python) {
  const fs::path inside = fs::absolute(python).lexically_relative(fs::absolute(store.root()));
  const std::string kind = stage_name(StageKind::finish);
  auto part = inside.begin();
  if (part == inside.end() || *part++ != kind || part == inside.end()) return std::nullopt;
  const auto step = store.find({kind, part->string()});
  if (!step || !step->details.contains("build")) return std::nullopt;
  return step->details.at("build").get<Build>();
}

// The root that an interpreter's files are looked for in: the system it was unpacked with, or under
// an emulator, the sysroot that a build of the store's was made against. Empty: it is this
// machine's own, as all builds are on the machine that they are for.
fs::path system_of(const Store& store, const fs::path& python, bool emulated) {
  const auto build = build_of(store, python);
  if (!build) return root_of(python);
  if (!build->target || !emulated) return {};
  std::error_code none;
  if (!fs::is_directory(build->target->sysroot, none))
    throw UsageError(fmt::format(
        "{}: the sysroot it was built against is gone ({}); run its sweep again to have it back",
        build->name, build->target->sysroot.string()));
  return build->target->sysroot;
}

// Of an interpreter that finds its libraries by a variable of the user's, which nothing measured
// gets, or not at all: what is left to do.
std::string remedy_for(const std::string& output) {
  constexpr const char* kVariable = "LD_LIBRARY_PATH";
  if (output.find("No module named 'encodings'") != std::string::npos ||
      output.find("init_fs_encoding") != std::string::npos)
    return "; it does not find its standard library: give it where it was installed, or name the "
           "prefix of its library, as in \"PYTHONHOME=PREFIX PYTHON\"";
  if (output.find("error while loading shared libraries") == std::string::npos) return "";
  if (!current_environment().contains(kVariable)) return "; install the library that it names";
  return fmt::format(
      "; what is measured does not get {}: link the interpreter with -Wl,-rpath, or list the "
      "library's folder in /etc/ld.so.conf.d",
      kVariable);
}

// Of what a program that failed said, the line that tells most.
std::string telling_line(const std::string& output) {
  constexpr std::size_t kLongestLine = 200;
  constexpr std::string_view kTraceback = "Traceback (most recent call last)";
  // Python's own before it can run anything; shells'; asdf's and mise's.
  if (output.find(kTraceback) == std::string::npos)
    for (const std::string_view telling :
         {"Fatal Python error", "command not found", "No version is set"})
      for (const std::string_view line : split_lines(output))
        if (line.find(telling) != std::string_view::npos) return printable(line, kLongestLine);
  return last_line(output, kLongestLine);
}

// Why it cannot be started here.
[[noreturn]] void refuse_to_run(const std::string& word, const std::string& why) {
  throw UsageError(fmt::format(
      "{}: cannot be run here ({}); is it for this machine's architecture?", word, why));
}

// Of one that did not start.
[[noreturn]] void refuse_to_start(const std::string& word, const Interpreter& interpreter,
                                  const std::string& kernels_reason) {
  const std::string why =
      interpreter.machine ? "" : start_problem(interpreter.python, host_architecture());
  if (why.empty()) refuse_to_run(word, kernels_reason);
  throw UsageError(fmt::format("{}: cannot be run here: {}", word, why));
}

// As the workers will be started: a launcher must not choose another interpreter for them.
Command probe_of(const std::string& word, const Interpreter& interpreter) {
  try {
    Command command = command_of(interpreter, {"-c", std::string(kOwnProgram) + kProbe});
    command.timeout = std::chrono::seconds(60);  // PyPy's first start on a slow disk
    return command;
  } catch (const Failure& failure) {
    refuse_to_run(word, failure.what());
  }
}

// What it answered the probe with. Throws UsageError in a few words for anything else.
void take_answer(Interpreter& interpreter, const std::string& output) {
  const std::size_t marked = output.rfind(kAnswer);
  const std::string text = marked == std::string::npos
                               ? last_line(output, kLongestAnswer)
                               : output.substr(marked + kAnswer.size(),
                                               output.find('\n', marked) - marked - kAnswer.size());
  if (!text.starts_with('{')) throw UsageError("it ended without an answer to -c");
  const nlohmann::json document = parse_json(text);
  const JsonView answer(document);
  interpreter.implementation = answer.at("implementation").nonempty_text(kLongest);
  interpreter.version = answer.at("version").nonempty_text(kLongest);
  interpreter.compiler = answer.at("compiler").text(kLongest);
  const int major = answer.at("major").small_integer(0, 99);
  interpreter.minor = answer.at("minor").small_integer(0, 999);
  if (major != 3 || interpreter.minor < kOldestMinor)
    throw UsageError(fmt::format("is {} {}; pyperf, which measures, needs 3.{} or later",
                                 interpreter.implementation, interpreter.version, kOldestMinor));
  if (answer.has("ignores_environment") && answer.at("ignores_environment").boolean())
    throw UsageError(
        "it starts Python with -E or -I, which then finds no pyperf by PYTHONPATH and takes no "
        "PYTHONHASHSEED; give the interpreter without them");
  if (answer.has("knows_itself") && !answer.at("knows_itself").boolean())
    throw UsageError(
        "its sys.executable is empty, and pyperf does not run without; a sitecustomize or .pth "
        "file of its site may have set that");
  std::string hashes;
  for (const auto& file : answer.at("files").elements(100))
    hashes += sha256_file(file.nonempty_text(4096));
  interpreter.identity = sha256(hashes);
  interpreter.self = value_of<SelfReport>(answer.at("self"));
  interpreter.self.build = printable(interpreter.self.build);
}

// What it is in the user's directory and environment, which a launcher may choose by; nothing where
// it does not say. Without a question where the answer cannot differ.
std::optional<SelfReport> in_users_surroundings(ProcessRunner& runner,
                                                const Interpreter& interpreter) {
  if (interpreter.machine || runs_by_own_loader(interpreter)) return std::nullopt;
  Command command = probe_of(interpreter.name, interpreter);
  command.cwd.clear();
  command.environment = current_environment();
  for (const auto& [name, value] : direct_variables(interpreter))
    (*command.environment)[name] = value;
  const Outcome outcome = runner.run(command);
  Interpreter answer;
  try {
    if (outcome.ok()) take_answer(answer, outcome.output);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return outcome.ok() ? std::optional(answer.self) : std::nullopt;
}

// Another program than its file: a script or a program that starts it.
bool is_launched(const Interpreter& interpreter, const SelfReport& self) {
  std::error_code none;
  return !self.executable.empty() &&
         fs::canonical(interpreter.python, none).string() != self.executable;
}

// Throws UsageError where the user would get another interpreter than the workers.
void refuse_choosing_launcher(ProcessRunner& runner, const Interpreter& interpreter) {
  if (interpreter.machine || runs_by_own_loader(interpreter)) return;
  if (!is_launched(interpreter, interpreter.self)) return;
  const auto users = in_users_surroundings(runner, interpreter);
  if (users && may_be_same(*users, interpreter.self)) return;
  throw UsageError(fmt::format(
      "{}: is a launcher (shim) whose answer depends on the directory or the environment: it "
      "starts {} here, and {} for workers, which run in {} without your variables; give the path "
      "of the interpreter itself",
      printable(interpreter.name), users ? description_of(*users) : "nothing that answers",
      description_of(interpreter.self), kWorkersDirectory));
}

// Of one that does not answer where the workers run, but does where the user is: the interpreter
// that it starts there, as what to do.
std::string launched_here(ProcessRunner& runner, const Interpreter& interpreter) {
  const auto users = in_users_surroundings(runner, interpreter);
  if (!users || !is_launched(interpreter, *users)) return "";
  return fmt::format(
      "; it is a launcher (shim) whose answer depends on the directory or the environment: here "
      "it starts {}; give that path",
      description_of(*users));
}

// Told before anything is fetched.
void require_own_architecture(const std::string& word) {
  const std::string own = host_architecture();
  const std::string debians = parse_debian_python(word, "").architecture;
  const bool runs =
      (own == "x86_64" && debians == "amd64") || (own == "aarch64" && debians == "arm64");
  if (!runs)
    throw UsageError(fmt::format(
        "{}: this machine is {}; give --emulate CPU, which counts it under an emulator, or name "
        "the release for this machine",
        printable(word), own));
}

}  // namespace

Interpreter locate_interpreter(const std::string& word, Store& store, ProcessRunner& runner) {
  std::error_code none;
  if (word.starts_with("debian:")) {
    const DebianRoot debian = provide_debian_root(store, runner, parse_debian_python(word, ""),
                                                  /*offline=*/false, /*refresh=*/false);
    return at(word, (debian.root / "usr" / "bin" / "python3").string());
  }
  if (word.find('/') != std::string::npos) {
    const fs::path path = fs::absolute(word).lexically_normal();
    if (!fs::exists(path, none)) throw UsageError(absence_of(word) + meant_by(word));
    if (const std::string other = other_than_file(path); !other.empty())
      throw UsageError(fmt::format("{}: is {}, no program", printable(word), other));
    if (fs::is_directory(path, none))
      throw UsageError(fmt::format(
          "{}: is a directory; give the interpreter in it, such as {}/bin/python3", word, word));
    return at(word, path.string());
  }
  std::vector<std::string> known;
  if (const auto build = build_called(store, word, known)) return *build;
  if (const auto found = find_program(word)) return at(found->string(), found->string());
  const std::string meant = meant_by(word);
  throw UsageError(
      fmt::format("no interpreter \"{}\": not on PATH, and no build in {} has that name{}", word,
                  store.root().string(), meant.empty() ? suggestion(word, known) : meant));
}

Interpreter find_interpreter(const std::string& word, Store& store, ProcessRunner& runner,
                             const std::optional<EmulatedMachine>& machine,
                             const Environment& variables) {
  if (word.starts_with("debian:") && !machine) require_own_architecture(word);
  Interpreter interpreter = locate_interpreter(word, store, runner);
  store.use_what_holds(interpreter.python);
  if (word.find('/') != std::string::npos && !is_executable_file(interpreter.python))
    throw UsageError(fmt::format("{}: is not executable; chmod +x it, or name another", word));
  interpreter.machine = machine;
  for (const auto& [name, value] : variables) interpreter.variables[name] = value;
  interpreter.root = system_of(store, interpreter.python, machine.has_value()).string();
  if (const auto build = build_of(store, interpreter.python))
    interpreter.compilers = unpacked_compilers_of(*build);
  ask_interpreter(interpreter, runner);
  return interpreter;
}

void ask_interpreter(Interpreter& interpreter, ProcessRunner& runner) {
  const std::string word = printable(shown_variables(interpreter.variables) + interpreter.name);
  const Outcome outcome = runner.run(probe_of(word, interpreter));
  if (!outcome.started) refuse_to_start(word, interpreter, outcome.start_error);
  try {
    if (outcome.signal == SIGILL)
      throw UsageError(fmt::format(
          "{}: its code needs a newer CPU than {}; `pytune inspect` names the least one that does",
          outcome.describe(), interpreter.machine ? "the emulated one" : "this machine's"));
    if (outcome.signal == SIGSEGV || outcome.signal == SIGBUS)
      if (const std::string why = start_problem(interpreter.python, host_architecture());
          !why.empty())
        throw UsageError(why);
    if (!outcome.ok()) throw UsageError(outcome.describe());
    take_answer(interpreter, outcome.output);
  } catch (const UsageError& problem) {
    const std::string said =
        outcome.output.find(kAnswer) == std::string::npos ? telling_line(outcome.output) : "";
    // What hangs is not waited for twice.
    const std::string here = outcome.timed_out ? "" : launched_here(runner, interpreter);
    throw UsageError(fmt::format("{}: is not a Python interpreter that can be measured: {}{}{}{}",
                                 word, problem.what(), said.empty() ? "" : "; it said: ", said,
                                 remedy_for(outcome.output) + here));
  }
  refuse_choosing_launcher(runner, interpreter);
}

}  // namespace pytune
