#include "interpreter/environment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <set>

#include "input/text.h"
#include "interpreter/package_lock.h"
#include "interpreter/pip.h"
#include "source/tree.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/user_variables.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr int kEnvironmentVersion = 1;  // of how environments are made: another one makes them anew
constexpr std::chrono::minutes kInstallTimeout{10};  // of one pip
constexpr std::chrono::minutes kBuildTimeout{10};
constexpr std::chrono::minutes kLongestInstallation{
    30};  // of all for one interpreter, its last pip besides
constexpr std::size_t kLongestBuildReason = 300;

// Compiling one of these takes from minutes to half an hour, and needs more than a compiler.
constexpr const char* kWheelsOnly =
    "numpy,scipy,pandas,scikit-learn,matplotlib,numba,llvmlite,cython,torch,jax,jaxlib,pyarrow,"
    "h5py,lxml,greenlet,cryptography,grpcio";
// If set, packages may be compiled, which runs programs that they bring.
constexpr const char* kAllowSdists = "PYTUNE_ALLOW_SDISTS";

// If set, an index may serve other files than those of packages.lock: a company's own wheels.
constexpr const char* kAllowOtherFiles = "PYTUNE_ALLOW_OTHER_WHEELS";

// Something that is no fault of the store's: its text is the reason.
struct NotPrepared : Failure {
  using Failure::Failure;
};

// For pip and the compilers that it and builds start: the interpreter's own surroundings, as far as
// it takes them to start.
Environment preparing_environment(const Interpreter& interpreter) {
  Environment environment = environment_for(Audience::pip);
  environment["PYTHONNOUSERSITE"] = "1";
  for (const auto& [name, value] : variables_to_start(interpreter)) environment[name] = value;
  if (!interpreter.compilers.empty())
    environment["PATH"] = interpreter.compilers + ":" + environment["PATH"];
  return environment;
}

// What no line asks for by its version: pip took what the index had that day.
std::vector<std::string> chosen_by_pip(const std::vector<std::string>& installed,
                                       const std::vector<std::string>& lines) {
  std::set<std::string> pinned;
  for (const std::string& line : lines)
    if (line.find("==") != std::string::npos) pinned.insert(package_of(line));
  std::vector<std::string> chosen;
  for (const std::string& one : installed)
    if (!pinned.contains(package_of(one.substr(0, one.rfind('-'))))) chosen.push_back(one);
  return chosen;
}

nlohmann::json names_in(const fs::path& directory, std::string_view suffix) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(suffix)) names.push_back(name.substr(0, name.size() - suffix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The compiler that a build will find decides what it makes.
std::string compiler_hash(const std::string& name) {
  const auto compiler = find_program(name);
  std::error_code error;
  const fs::path file = compiler ? fs::canonical(*compiler, error) : fs::path();
  return file.empty() ? "" : sha256_file(file);
}

class Preparation {
 public:
  Preparation(Store& store, ProcessRunner& runner, const PreparationRequest& request,
              Listener& listener)
      : store_(store), runner_(runner), request_(request), listener_(listener) {}

  PreparedEnvironment run() {
    std::vector<std::string> lines;
    for (const Workload& workload : request_.workloads)
      lines.insert(lines.end(), workload.requirements.begin(), workload.requirements.end());
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    install_packages(lines);
    std::vector<std::string> built;
    for (const Workload& workload : request_.workloads) {
      const bool seen = done_.contains(workload.build);
      // What is missing already is the better reason.
      if (workload.build.empty() || seen || !result_.missing(workload).empty()) continue;
      done_.insert(workload.build);
      if (const auto directory = build(workload)) built.push_back(*directory);
    }
    result_.packages.insert(result_.packages.end(), built.begin(), built.end());
    return std::move(result_);
  }

 private:
  using Reason = std::optional<std::string>;  // nothing: it went well

  void install_packages(const std::vector<std::string>& lines) {
    const std::vector<std::string> known = known_good(lines);
    const bool partly = !known.empty() && known.size() < lines.size();
    Reason reason = partly ? "not tried" : install(lines);
    if (!reason) return;
    std::vector<std::string> good = lines.size() == 1 ? lines : those_alone(lines, known);
    if (partly || good.size() < lines.size()) reason = install(good);
    if (!reason) return;
    if (good.size() > 1) {
      good = those_together(good);
      reason = install(good);
    }
    if (!reason) return;
    for (const std::string& line : good) result_.not_installed[line] = *reason;
  }

  // The most of these lines that the store has installed together: an earlier run's, which saves
  // trying them each alone when the others fail again.
  std::vector<std::string> known_good(const std::vector<std::string>& lines) const {
    std::vector<std::string> best;
    for (const Step& step : store_.list(kEnvironmentStep)) {
      if (!step.inputs.contains("requirements")) continue;
      const auto installed = step.inputs["requirements"].get<std::vector<std::string>>();
      const bool all_wanted =
          std::includes(lines.begin(), lines.end(), installed.begin(), installed.end());
      if (all_wanted && installed.size() > best.size() && step.inputs == inputs_of(installed))
        best = installed;
    }
    return best;
  }

  nlohmann::json inputs_of(const std::vector<std::string>& lines) const {
    return {{"version", kEnvironmentVersion},
            {"python", request_.interpreter.python},
            {"interpreter", request_.interpreter.identity},
            {"requirements", lines}};
  }

  std::vector<std::string> those_alone(const std::vector<std::string>& lines,
                                       const std::vector<std::string>& known) {
    std::vector<std::string> good;
    for (const std::string& line : lines) {
      const bool tried = std::binary_search(known.begin(), known.end(), line);
      if (const Reason reason = tried ? Reason() : try_install({line}))
        result_.not_installed[line] = *reason;
      else
        good.push_back(line);
    }
    return good;
  }

  // Each line with those before it: the first of two that contradict each other stays.
  std::vector<std::string> those_together(const std::vector<std::string>& lines) {
    std::vector<std::string> good;
    for (const std::string& line : lines) {
      good.push_back(line);
      if (const Reason reason = try_install(good)) {
        result_.not_installed[line] = *reason;
        good.pop_back();
      }
    }
    return good;
  }

  // Into the store, for good.
  Reason install(const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    const nlohmann::json inputs = inputs_of(lines);
    try {
      const Step step = store_.produce(
          {kEnvironmentStep, step_key(inputs)}, inputs, [&](const fs::path& staging) {
            const fs::path packages = staging / "packages";
            if (const Reason reason = run_pip(lines, packages)) throw NotPrepared(*reason);
            return StepResult{true, {{"installed", names_in(packages, ".dist-info")}}};
          });
      result_.packages = {(step.directory / "packages").string()};
      result_.dependencies =
          chosen_by_pip(step.details.at("installed").get<std::vector<std::string>>(), lines);
      return {};
    } catch (const NotPrepared& problem) {
      return problem.what();
    }
  }

  Reason try_install(const std::vector<std::string>& lines) {
    const TemporaryDirectory scratch = store_.staging("pip");
    return run_pip(lines, scratch.path() / "packages");
  }

  Reason run_pip(const std::vector<std::string>& lines, const fs::path& directory) {
    if (std::chrono::steady_clock::now() > deadline_)
      return fmt::format("not tried: preparing took longer than {} min",
                         kLongestInstallation.count());
    fs::create_directories(directory);  // pip makes none where no marker fits
    const std::string activity =
        fmt::format("installing for {}: {}", request_.interpreter.python, fmt::join(lines, ", "));
    listener_.line(activity);
    const Activity installing(listener_, activity);
    Command command;
    try {
      find_pip_once();
    } catch (const Failure& problem) {
      return problem.what();
    }
    command.argv = pip_;
    const char* const wheels_only = std::getenv(kAllowSdists) == nullptr ? ":all:" : kWheelsOnly;
    for (const char* word : {"install", "--no-input", "--disable-pip-version-check",
                             "--prefer-binary", "--only-binary", wheels_only, "--target"})
      command.argv.emplace_back(word);
    command.argv.push_back(directory.string());
    if (offline_) command.argv.insert(command.argv.end(), {"--retries", "0"});
    const fs::path report = directory.string() + ".json";
    if (reports_) command.argv.insert(command.argv.end(), {"--report", report.string()});
    command.argv.emplace_back("--");
    command.argv.insert(command.argv.end(), lines.begin(), lines.end());
    command.environment = surroundings_.environment;
    command.cwd = "/";  // nothing a user has files in may be imported
    command.timeout = kInstallTimeout;
    const Outcome outcome = runner_.run(command);
    if (reports_ && outcome.output.find("no such option: --report") != std::string::npos) {
      reports_ = false;
      result_.notes.emplace_back(
          "this pip is older than 22.2 and does not say which files it installed: they are not "
          "compared with those that are known");
      return run_pip(lines, directory);
    }
    if (outcome.ok()) return other_file(report);
    offline_ = offline_ || lost_connection(outcome);
    return pip_reason(outcome, offline_);
  }

  // Nothing of a wheel has run yet: it is imported by workloads alone.
  Reason other_file(const fs::path& report) const {
    std::error_code error;
    if (!reports_ || std::getenv(kAllowOtherFiles) != nullptr || !fs::exists(report, error))
      return {};
    const std::string text = read_file(report);
    fs::remove(report, error);
    try {
      Reason reason =
          PackageLock::read(request_.lock).refusal(read_pip_report(text, "what pip reports"));
      if (reason)
        *reason += fmt::format("; take packages from PyPI, or set {}=1 if this index is right",
                               kAllowOtherFiles);
      return reason;
    } catch (const UsageError& problem) {
      return problem.what();
    }
  }

  void find_pip_once() {
    if (!pip_.empty()) return;
    const Environment environment = preparing_environment(request_.interpreter);
    pip_ = find_pip(runner_, command_of(request_.interpreter, {}).argv, request_.source_tree,
                    environment);
    surroundings_ = pip_surroundings(runner_, pip_, environment);
    if (!surroundings_.left_out.empty())
      result_.notes.push_back(fmt::format(
          "pip installs without these settings of its files: {}; only what it takes to reach an "
          "index is taken from them",
          fmt::join(surroundings_.left_out, ", ")));
  }

  // The directory with what it made.
  std::optional<std::string> build(const Workload& workload) {
    const std::vector<std::string>& files = workload.build;
    nlohmann::json inputs = {
        {"version", kEnvironmentVersion},
        {"python", request_.interpreter.python},
        {"interpreter", request_.interpreter.identity},
        {"packages", result_.packages},
        {"compiler", compiler_hash(request_.cross ? request_.cross->compiler : "cc")},
        {"files", nlohmann::json::array()}};
    for (const std::string& file : files)
      inputs["files"].push_back({fs::path(file).filename().string(), sha256_of_build_input(file)});
    try {
      const Step step = store_.produce(
          {kEnvironmentStep, step_key(inputs)}, inputs, [&](const fs::path& staging) {
            run_build(files, staging / "built");
            return StepResult{true, {{"built", names_in(staging / "built", "")}}};
          });
      return (step.directory / "built").string();
    } catch (const NotPrepared& problem) {
      result_.not_built[files] = problem.what();
      return {};
    }
  }

  void run_build(const std::vector<std::string>& files, const fs::path& directory) {
    fs::create_directories(directory);
    const std::string name = fs::path(files.at(files.size() > 1 ? 1 : 0)).filename().string();
    const std::string activity =
        fmt::format("compiling a module for {}", request_.interpreter.python);
    listener_.line(activity);
    const Activity compiling(listener_, activity);
    Command command;
    if (request_.cross)
      command.argv = {request_.cross->native_python};
    else
      command.argv = command_of(request_.interpreter, {}).argv;
    for (const std::string& word : {files.front(), directory.string()})
      command.argv.push_back(word);
    command.argv.insert(command.argv.end(), files.begin() + 1, files.end());
    command.environment = preparing_environment(request_.interpreter);
    if (!result_.packages.empty()) (*command.environment)["PYTHONPATH"] = result_.packages.front();
    if (request_.cross) {
      (*command.environment)["PYTUNE_TARGET_PREFIX"] =
          fs::path(request_.interpreter.python).parent_path().parent_path().string();
      (*command.environment)["PYTUNE_TARGET_CC"] = request_.cross->compiler;
    }
    command.cwd = "/";
    command.timeout = kBuildTimeout;
    const Outcome outcome = runner_.run(command);
    if (outcome.ok()) return;
    const std::string said = last_line(outcome.output, kLongestBuildReason);
    const bool refused = outcome.started && outcome.signal == 0 && !outcome.timed_out &&
                         outcome.exit_code == kCannotRunStatus && !said.empty();
    throw NotPrepared(refused ? said
                              : fmt::format("{} cannot be compiled: {}{}{}", name,
                                            outcome.describe(), said.empty() ? "" : ": ", said));
  }

  Store& store_;
  ProcessRunner& runner_;
  const PreparationRequest& request_;
  Listener& listener_;
  PreparedEnvironment result_;
  std::vector<std::string> pip_;             // empty: not looked for yet
  PipSurroundings surroundings_;             // of pip_
  std::set<std::vector<std::string>> done_;  // builds
  bool offline_ = false;                     // asking again and again costs minutes
  bool reports_ = true;                      // until pip says that it has no --report
  std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + kLongestInstallation;
};

}  // namespace

std::string PreparedEnvironment::missing(const Workload& workload) const {
  for (const std::string& line : workload.requirements) {
    const auto found = not_installed.find(line);
    if (found != not_installed.end())
      // Without its marker, which is not what is missing.
      return fmt::format("{}: {}", line.substr(0, line.find_first_of("; ")), found->second);
  }
  const auto found = not_built.find(workload.build);
  return found == not_built.end() ? "" : found->second;
}

std::string sha256_of_build_input(const fs::path& path) {
  return fs::is_directory(path) ? digest_tree(path, list_tree(path, path.string())).sha256
                                : sha256_file(path);
}

PreparedEnvironment prepare_environment(Store& store, ProcessRunner& runner,
                                        const PreparationRequest& request, Listener& listener) {
  return Preparation(store, runner, request, listener).run();
}

}  // namespace pytune
