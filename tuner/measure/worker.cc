#include "measure/worker.h"

#include <fmt/format.h>

#include "input/json.h"
#include "input/text.h"
#include "measure/worker_output.h"
#include "sys/error.h"

namespace pytune {
namespace {

constexpr std::size_t kLongestFileName = 90;
constexpr std::size_t kLongestTail = 300;
constexpr std::size_t kLongestError = 800;
constexpr std::size_t kOutputLimit = std::size_t{8} << 20;
constexpr int kCalibrationHashSeed = 1;
constexpr int kMostTasks = 1000;  // benchmarks of a script

std::string joined_python_path(const std::vector<std::filesystem::path>& directories) {
  std::string joined;
  for (const auto& directory : directories) {
    const std::string path = std::filesystem::absolute(directory).lexically_normal().string();
    if (path.find(':') != std::string::npos) {
      throw Failure(fmt::format("{}: PYTHONPATH cannot hold a path with a colon; move it", path));
    }
    joined += (joined.empty() ? "" : ":") + path;
  }
  return joined;
}

// argparse names the option at fault in its last line: an old pyperf does not know --hook, and one
// that does not find our hook calls it an invalid choice.
bool refused_hook(const Outcome& outcome) {
  return outcome.started && outcome.signal == 0 && outcome.exit_code == 2 &&
         last_line(outcome.output, kLongestTail).find("--hook") != std::string::npos;
}

std::string with_tail(const std::string& what, const Outcome& outcome) {
  const std::string tail = last_line(outcome.output, kLongestTail);
  return printable(tail.empty() ? what : fmt::format("{}: {}", what, tail), kLongestError);
}

// What the script says on why it cannot run; nothing when it does not say so.
std::optional<std::string> refusal(const Outcome& outcome) {
  const bool said = outcome.started && outcome.signal == 0 && !outcome.timed_out &&
                    outcome.exit_code == kCannotRunStatus;
  if (!said) return std::nullopt;
  const std::string reason = last_line(outcome.output, kLongestTail);
  return reason.empty() ? "its script says that it cannot run, and not why" : reason;
}

// Why the outcome holds no answer at all; empty when there is something to parse.
std::string process_error(const Outcome& outcome) {
  if (const auto reason = refusal(outcome)) return "cannot run here: " + *reason;
  if (!outcome.ok()) {
    return with_tail("worker failed: " + outcome.describe(), outcome);
  }
  return outcome.piped.empty() ? with_tail("worker ended without sending a result", outcome) : "";
}

void take_process(Sample& sample, const Outcome& outcome) {
  sample.process_wall_seconds = outcome.wall_seconds;
  sample.process_cpu_seconds = outcome.user_seconds + outcome.system_seconds;
  sample.involuntary_switches = outcome.involuntary_switches;
}

void require_same(const Interpreter& asked, const SelfReport& worker) {
  if (may_be_same(asked.self, worker)) return;
  const bool same_file = asked.self.executable == worker.executable;
  const auto seen = [&](const SelfReport& one) {
    return same_file ? printable(one.build.empty() ? one.version : one.build) : description_of(one);
  };
  throw OtherInterpreter(fmt::format(
      "{}: was {} when it was asked, and {} as a worker: it is a launcher (shim) that chooses "
      "anew, or was replaced meanwhile; give the path of the interpreter itself",
      printable(asked.name.empty() ? asked.python : asked.name), seen(asked.self), seen(worker)));
}

void take_values(Sample& sample, const Outcome& outcome, const WorkerRequest& request) {
  sample.error = process_error(outcome);
  if (!sample.error.empty()) {
    return;
  }
  WorkerValues values = parse_worker_values(outcome.piped, request);
  sample.error = values.error;
  sample.wall_values = std::move(values.wall);
  sample.cpu_values = std::move(values.cpu);
  sample.max_rss_kib = values.peak_rss_kib;
  sample.python = std::move(values.python);
}

// Fit for the name of a file: "xml_etree(parse)" becomes "xml_etree_parse".
std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name.substr(0, kLongestFileName)) {
    plain += is_plain_name(std::string("x") + c) ? c : '_';
  }
  return is_plain_name(plain) ? plain : "x" + plain;
}

// What the script calls the benchmark.
const std::string& benchmark_name(const Workload& workload) {
  return workload.benchmark.empty() ? workload.name : workload.benchmark;
}

// Where the first lane runs: a share of the CPUs, as the workers will have.
WorkerStart calibration_start(const WorkerSettings& settings) {
  return {kCalibrationHashSeed, 0, cpus_of_lanes(settings).front()};
}

}  // namespace

WorkerStart start_of(const Block& block) { return {block.hash_seed, block.padding_bytes}; }

Environment worker_environment(const WorkerTools& tools, const Interpreter& interpreter,
                               const Workload& workload, const WorkerStart& start) {
  std::vector<std::filesystem::path> python_path = tools.python_path;
  python_path.insert(python_path.end(), interpreter.packages.begin(), interpreter.packages.end());
  Environment environment = plain_environment();
  for (const auto& [name, value] : workload.environment) environment[name] = value;
  // What was asked for of an arm goes before what a workload brings.
  for (const auto& [name, value] : direct_variables(interpreter)) {
    std::string& now = environment[name];
    now = name == "LD_LIBRARY_PATH" && !now.empty() ? fmt::format("{}:{}", value, now) : value;
  }
  environment["PYTHONHASHSEED"] = std::to_string(start.hash_seed);
  // The interpreter's own comes last: what pytune measures with is not to be replaced.
  std::string& path = environment["PYTHONPATH"];
  path = joined_python_path(python_path) + (path.empty() ? "" : ":" + path);
  environment["PYTUNE_PADDING"] =
      std::string(static_cast<std::size_t>(start.padding_bytes + interpreter.filler_bytes), 'x');
  return environment;
}

// The command line is that of pyperf's own Manager.worker_cmd (pyperf/_manager.py), with the hook
// added.
Outcome WorkerManager::run_worker(const Arm& arm, const Workload& workload,
                                  const std::vector<std::string>& options, const WorkerStart& start,
                                  const Onlooker& onlooker) {
  Command command;
  command.argv = onlooker.before.empty() ? words_before(arm.interpreter) : onlooker.before;
  command.argv.push_back(arm.interpreter.python);
  command.argv.insert(command.argv.end(), onlooker.interpreter_options.begin(),
                      onlooker.interpreter_options.end());
  command.argv.push_back(workload.script);
  command.argv.insert(command.argv.end(), workload.arguments.begin(), workload.arguments.end());
  for (const char* word : {"--worker", "--pipe", "{pipe}", "--worker-task"})
    command.argv.emplace_back(word);
  command.argv.push_back(std::to_string(workload.task));
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  command.cwd = kWorkersDirectory;
  command.environment = worker_environment(tools_, arm.interpreter, workload, start);
  command.environment->insert(onlooker.environment.begin(), onlooker.environment.end());
  command.inherited_fds = onlooker.inherited_fds;
  command.timeout = settings_.timeout;
  command.memory_limit = settings_.memory_limit;
  command.contain = true;
  command.cpus = start.cpus.empty() ? settings_.cpus : start.cpus;
  command.result_pipe = true;
  command.output_limit = kOutputLimit;
  return runner_.run(command);
}

bool WorkerManager::is_without_hook(const std::string& python) {
  const std::lock_guard lock(without_hook_mutex_);
  return without_hook_.contains(python);
}

Outcome WorkerManager::run_calibration(const Arm& arm, const Workload& workload) {
  return run_worker(arm, workload,
                    {"--calibrate-loops", "--min-time", fmt::format("{}", settings_.min_time), "-w",
                     std::to_string(settings_.warmups), "-n", "1"},
                    calibration_start(settings_));
}

long WorkerManager::calibrate(const Arm& arm, const Workload& workload) {
  const Outcome outcome = run_calibration(arm, workload);
  if (const auto reason = refusal(outcome)) throw CannotRun(*reason);
  WorkerLoops answer;
  answer.error = process_error(outcome);
  if (answer.error.empty()) {
    answer = parse_worker_loops(outcome.piped, benchmark_name(workload));
  }
  require_same(arm.interpreter, answer.python);
  if (!answer.error.empty()) {
    throw Failure(fmt::format("workload {} cannot be calibrated with {}: {}", workload.name,
                              arm.interpreter.python, answer.error));
  }
  return answer.loops;
}

std::vector<Workload> WorkerManager::discover(const Arm& arm, const Workload& program,
                                              std::string& problem) {
  std::vector<Workload> found;
  Workload one = program;
  for (one.task = 0; one.task < kMostTasks; ++one.task) {
    const Outcome outcome = run_calibration(arm, one);
    if (const auto reason = refusal(outcome); reason && found.empty()) throw CannotRun(*reason);
    // A worker that is asked for one more benchmark than the script has ends without a word.
    if (!found.empty() && outcome.ok() && outcome.piped.empty()) {
      break;
    }
    WorkerLoops answer;
    answer.error = process_error(outcome);
    if (answer.error.empty()) {
      answer = parse_worker_loops(outcome.piped, kEveryBenchmark);
    }
    require_same(arm.interpreter, answer.python);
    if (!answer.error.empty()) {
      problem = fmt::format("program {} cannot be calibrated with {}: {}", program.name,
                            arm.interpreter.python, answer.error);
      break;
    }
    Workload& benchmark = found.emplace_back(one);
    benchmark.benchmark = answer.name;
    benchmark.name = plain_name(answer.name);
    benchmark.loops = answer.loops;
  }
  if (found.empty()) {
    throw Failure(problem);
  }
  return found;
}

void WorkerManager::try_out(const Arm& arm, const Workload& workload) {
  const Outcome outcome =
      run_worker(arm, workload, {"-l", "1", "-w", "0", "-n", "1"}, calibration_start(settings_));
  if (const auto reason = refusal(outcome)) throw CannotRun(*reason);
}

Sample WorkerManager::run(const Arm& arm, const Workload& workload, const WorkerStart& start) {
  return settings_.all_cpus_at_once ? run_on_all(arm, workload, start)
                                    : run(arm, workload, start, Onlooker());
}

Sample WorkerManager::run(const Arm& arm, const Workload& workload, const WorkerStart& start,
                          const Onlooker& onlooker) {
  Sample sample;
  sample.arm = arm.id;
  if (workload.loops < 1) {
    sample.error = "not run: the workload is not calibrated";
    return sample;
  }
  const WorkerRequest request = {benchmark_name(workload), workload.loops, settings_.warmups,
                                 settings_.values};
  const std::vector<std::string> plain = {"-l", std::to_string(request.loops),
                                          "-w", std::to_string(request.warmups),
                                          "-n", std::to_string(request.values)};
  try {
    Outcome outcome;
    const bool asks_hook = onlooker.cpu_times && !is_without_hook(arm.interpreter.python);
    if (asks_hook) {
      std::vector<std::string> hooked = plain;
      hooked.insert(hooked.end(), {"--hook", "pytune_cpu"});
      outcome = run_worker(arm, workload, hooked, start, onlooker);
      if (refused_hook(outcome)) {
        const std::lock_guard lock(without_hook_mutex_);
        without_hook_.insert(arm.interpreter.python);
      }
    }
    if (!asks_hook || is_without_hook(arm.interpreter.python)) {
      outcome = run_worker(arm, workload, plain, start, onlooker);
    }
    take_process(sample, outcome);
    take_values(sample, outcome, request);
    require_same(arm.interpreter, sample.python);
  } catch (const Interrupted&) {
    throw;
  } catch (const OtherInterpreter&) {
    throw;
  } catch (const std::exception& error) {
    sample.error =
        printable(fmt::format("worker could not be started: {}", error.what()), kLongestError);
  }
  return sample;
}

}  // namespace pytune
