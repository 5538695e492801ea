#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "analyze/looks.h"
#include "cli/console_style.h"
#include "cli/counting.h"
#include "cli/home.h"
#include "cli/interpreters.h"
#include "cli/measuring.h"
#include "cli/profiling.h"
#include "cli/values.h"
#include "cli/verb.h"
#include "measure/pyperf_wheel.h"
#include "report/measure_result.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kUsage = "measure PYTHON PYTHON... [OPTIONS]";
constexpr double kSecondsPerProcess = 0.6;  // a first guess, for the ETA of the first round only

// When to stop: after a number of rounds, or once every interval is as narrow as asked, at the
// latest when the time is up.
struct Stopping {
  int rounds = 0;  // 0: by precision
  double precision = 0.005;
  double minutes = 15;
};

Stopping read_stopping(const po::variables_map& options) {
  Stopping stopping;
  if (options.contains("rounds")) {
    if (options.contains("precision") || options.contains("time"))
      throw UsageError("--rounds says when to stop; leave --precision and --time out, or it");
    stopping.rounds = options["rounds"].as<int>();
    if (stopping.rounds < 1 || stopping.rounds > 1000)
      throw UsageError("--rounds must be between 1 and 1000");
  }
  if (options.contains("precision")) {
    const double percent = options["precision"].as<double>();
    if (std::isnan(percent) || percent < 0.01 || percent > 50)
      throw UsageError("--precision is in percent, between 0.01 and 50");
    stopping.precision = percent / 100;
  }
  if (options.contains("time"))
    stopping.minutes = parse_minutes("--time", options["time"].as<std::string>());
  return stopping;
}

// "python3-" of "/usr/bin/python3": ids are seen in warnings and are names of files.
std::string readable_id(const std::string& name) {
  std::string id;
  for (const char c : fs::path(name).filename().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (plain && (!id.empty() || (c != '.' && c != '-' && c != '_'))) id += c;
  }
  return id.empty() ? "" : id.substr(0, 40) + "-";
}

std::vector<MeasuredInterpreter> find_all(const std::vector<std::string>& words, const Store& store,
                                          ProcessRunner& runner) {
  std::vector<MeasuredInterpreter> found;
  for (const auto& word : words) {
    MeasuredInterpreter interpreter = find_interpreter(word, store, runner);
    const nlohmann::json inputs = {interpreter.python, interpreter.sha256, interpreter.version};
    interpreter.arm = readable_id(interpreter.name) + step_key(inputs).substr(0, 8);
    for (const auto& other : found) {
      if (other.arm == interpreter.arm)
        throw UsageError(
            fmt::format("{}: is {} again; a copy of the first interpreter is measured "
                        "in any case, to know the noise",
                        word, other.name));
    }
    found.push_back(std::move(interpreter));
  }
  return found;
}

// pip comes from a CPython source tree that a sweep left, or from whichever interpreter has one.
fs::path get_pyperf(Store& store, ProcessRunner& runner,
                    const std::vector<MeasuredInterpreter>& interpreters, const fs::path& wheel) {
  const auto sources = store.list("source");
  const fs::path tree = sources.empty() ? fs::path() : sources.back().directory / "tree";
  std::vector<std::string> pythons;
  pythons.reserve(interpreters.size() + 1);
  for (const auto& interpreter : interpreters) pythons.push_back(interpreter.python);
  pythons.emplace_back("/usr/bin/python3");
  std::string first;
  for (const auto& python : pythons) {
    try {
      return provide_pyperf(store, runner, tree, python, wheel);
    } catch (const Failure& failure) {
      if (first.empty()) first = failure.what();
      if (!wheel.empty()) break;  // a bad file is bad for all
    }
  }
  throw Failure(first);
}

std::vector<Arm> make_arms(const std::vector<MeasuredInterpreter>& interpreters) {
  std::vector<Arm> arms;
  arms.reserve(interpreters.size() + 1);
  for (const auto& one : interpreters)
    arms.push_back({one.arm, interpreter_label(one), one.python,
                    arms.empty() ? Arm::Role::baseline : Arm::Role::candidate});
  // Not a copy of the bytes, as a sweep has: an interpreter that is not ours may not run elsewhere.
  arms.insert(arms.begin() + 1,
              {"copy", "baseline again (A/A)", interpreters.front().python, Arm::Role::copy});
  return arms;
}

// Of an arm that failed on every workload no more will be known.
bool precise(const Comparison& comparison, const std::vector<Arm>& arms, double precision) {
  return std::all_of(comparison.arms.begin(), comparison.arms.end(), [&](const ArmComparison& row) {
    const auto arm =
        std::find_if(arms.begin(), arms.end(), [&](const Arm& a) { return a.id == row.arm; });
    return arm->role == Arm::Role::copy || row.workloads.empty() ||
           row.verdict == Verdict::equivalent ||
           std::log(row.speed.high / row.speed.low) / 2 <= precision;
  });
}

// Rounds, looks and stopping: fills measurement.blocks and comparison.
class Race {
 public:
  Race(MeasureResult& result, Measuring& measuring, std::uint64_t seed, Progress& progress)
      : result_(result), measuring_(measuring), seed_(seed), progress_(progress) {
    for (const auto& arm : result.measurement.arms) {
      const auto one = std::find_if(result.interpreters.begin(), result.interpreters.end(),
                                    [&](const auto& i) { return i.python == arm.python; });
      identities_.push_back(one->sha256);
    }
  }

  void run(const Stopping& stopping) {
    if (stopping.rounds > 0) {
      progress_.expect(minutes_for(stopping.rounds, kSecondsPerProcess));
      measure(stopping.rounds, 0.95);
      require_something();
      return;
    }
    progress_.expect(stopping.minutes);
    for (int look = 1;; ++look) {
      result_.looks = look;
      measure(rounds_at_look(look), confidence_at_look(0.95, look));
      require_something();
      if (precise(result_.comparison, result_.measurement.arms, stopping.precision)) return;
      const int next = rounds_at_look(look + 1);
      if (minutes_for(next, seconds_per_process()) > stopping.minutes) {
        stop_early(stopping);
        return;
      }
    }
  }

 private:
  double processes_per_round() const {
    return static_cast<double>(result_.measurement.arms.size() *
                               result_.measurement.workloads.size());
  }
  double minutes_for(int rounds, double seconds_per_process) const {
    return rounds * processes_per_round() * seconds_per_process / 60;
  }
  double seconds_per_process() const {
    std::size_t count = 0;
    for (const auto& block : result_.measurement.blocks) count += block.samples.size();
    return count == 0 ? kSecondsPerProcess : result_.minutes * 60 / static_cast<double>(count);
  }

  void measure(int rounds, double confidence) {
    Measurement& measurement = result_.measurement;
    double minutes_done = 0;
    measurement.blocks =
        measuring_.run_phase(measurement, identities_, "race", rounds, measurement.arms, seed_,
                             minutes_done, seconds_per_process() / 60);
    result_.minutes = measured_minutes(measurement);
    ComparisonSettings settings;
    settings.seed = seed_;
    settings.confidence = confidence;
    // Enough draws that the quantile asked for has about 20 of them beyond it.
    settings.bootstrap_draws =
        std::max(settings.bootstrap_draws, static_cast<int>(20 / (1 - confidence)));
    result_.comparison = compare(measurement, "race", settings);
    result_.comparison.confidence = 0.95;  // over all looks
  }

  void require_something() const {
    const auto& arms = result_.comparison.arms;
    if (std::any_of(arms.begin(), arms.end(), [&](const ArmComparison& row) {
          return row.arm != "copy" && !row.workloads.empty();
        }))
      return;
    for (const auto& block : result_.measurement.blocks) {
      for (const auto& sample : block.samples) {
        if (!sample.error.empty())
          throw Failure(fmt::format("nothing can be compared: {} failed on {}: {}", sample.arm,
                                    block.workload, sample.error));
      }
    }
    throw Failure("nothing can be compared: no block is usable");
  }

  void stop_early(const Stopping& stopping) {
    result_.measurement.notes.push_back(fmt::format(
        "not every interval is within {:.4g} % yet: raise --time (the same command goes on from "
        "here), or be content with a wider one (--precision)",
        stopping.precision * 100));
  }

  MeasureResult& result_;
  Measuring& measuring_;
  std::uint64_t seed_;
  Progress& progress_;
  std::vector<std::string> identities_;
};

// Before anything is measured: a quarter of an hour later would be a bad time to hear it.
void make_directory(const std::string& option, const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || !fs::is_directory(directory) || access(directory.c_str(), W_OK) != 0)
    throw UsageError(fmt::format("{}: {}: not a directory that can be written to{}{}", option,
                                 directory.string(), error ? ": " : "",
                                 error ? error.message() : ""));
}

void write_pyperf_files(const MeasureResult& result, const fs::path& directory) {
  for (const Arm& arm : result.measurement.arms)
    write_file_atomic(directory / (arm.id + ".json"),
                      pyperf_document(result.measurement, arm.id).dump(1) + "\n");
}

}  // namespace

po::options_description measure_options() {
  po::options_description options("options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()("python", po::value<std::vector<std::string>>()->value_name("PYTHON"),
                        "interpreters, as words without dashes too: a path, a program on PATH, or "
                        "a build in the store by name or id; the first is the baseline")(
      "suite", text("NAME|FILE")->default_value("builtin"), "workloads to measure")(
      "precision", po::value<double>()->value_name("PCT"),
      "stop when every interval is within this (default 0.5)")(
      "time", text("TIME"), "stop at the latest after this time: 15m (default), 1h30m")(
      "rounds", po::value<int>()->value_name("N"), "instead: exactly so many rounds")(
      "cpus", text("LIST"), "pin the measured processes to these CPUs: 0-3 or 0,2")(
      "seed", po::value<std::uint64_t>()->value_name("N")->default_value(1),
      "of the random orders")("pyperf", text("FILE"),
                              "pyperf's wheel, where PyPI cannot be reached")(
      "pyperf-json", text("DIR"),
      "also write a file per interpreter that `pyperf compare_to` accepts")(
      "counters", "then also count instructions, cache misses and the like, with perf")(
      "flame-graph", text("DIR"),
      "then also write an SVG per interpreter that shows where its time went, with perf")(
      "json", "result as JSON on stdout")("no-color", "no colours; NO_COLOR does the same")(
      "progress", text("WHEN")->default_value("auto"), "auto, always (lines in a pipe), never");
  add_store_option(options);
  return options;
}

int run_measure(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, measure_options(), kUsage, {"python..."});
  if (!parsed) return 0;
  const po::variables_map& options = *parsed;
  const auto option = [&](const char* name) {
    return options.contains(name) ? options[name].as<std::string>() : std::string();
  };
  const auto words = options.contains("python") ? options["python"].as<std::vector<std::string>>()
                                                : std::vector<std::string>();
  if (words.size() < 2)
    throw UsageError(fmt::format("give two interpreters or more; usage: pytune {}", kUsage));
  const Stopping stopping = read_stopping(options);
  const ProgressMode mode = progress_mode(option("progress"));
  MeasuringRequest request;
  request.home = data_home();
  if (options.contains("cpus")) request.cpus = parse_cpus(option("cpus"));
  request.seed = options["seed"].as<std::uint64_t>();
  if (options.contains("pyperf-json")) make_directory("--pyperf-json", option("pyperf-json"));
  if (options.contains("flame-graph")) make_directory("--flame-graph", option("flame-graph"));
  const auto suite = load_suite(find_suite(request.home, option("suite")));

  Store store(options.contains("store") ? fs::path(option("store")) : default_store());
  SystemRunner runner;
  MeasureResult result;
  result.interpreters = find_all(words, store, runner);
  result.suite = option("suite");
  result.host = read_host();
  result.measurement.arms = make_arms(result.interpreters);
  request.host = result.host;
  request.pyperf = get_pyperf(store, runner, result.interpreters, option("pyperf"));

  Progress progress(mode);
  Measuring measuring(store, runner, MeasureSettings(), request, progress);
  measuring.calibrate(result.measurement, result.measurement.arms.front(),
                      result.interpreters.front().sha256, suite, 0);
  Race(result, measuring, request.seed, progress).run(stopping);
  for (auto& note : failure_notes(result.measurement.blocks))
    result.measurement.notes.push_back(std::move(note));
  if (options.contains("counters"))
    count_interpreters(result, measuring, request.seed, runner, progress);
  if (options.contains("flame-graph"))
    draw_flame_graphs(result, measuring, store, runner, option("flame-graph"), progress);
  result.created = utc_timestamp();
  result.id = step_key(result.measurement);

  progress.line("");
  if (options.contains("json"))
    std::cout << nlohmann::json(result).dump(1) << std::endl;
  else
    print_measure(std::cout, result, console_style(options));
  if (options.contains("pyperf-json")) write_pyperf_files(result, option("pyperf-json"));
  return measure_exit_status(result);
}

}  // namespace pytune
