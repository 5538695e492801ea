#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "analyze/looks.h"
#include "cli/arms.h"
#include "cli/counting.h"
#include "cli/emulating.h"
#include "cli/exporting.h"
#include "cli/home.h"
#include "cli/interpreters.h"
#include "cli/kept_results.h"
#include "cli/measuring.h"
#include "cli/profiling.h"
#include "cli/suites.h"
#include "cli/values.h"
#include "cli/verb.h"
#include "measure/cpu_claim.h"
#include "measure/pyperf_wheel.h"
#include "report/measure_result.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMeasureUsage = "measure PYTHON PYTHON... [OPTIONS]";
constexpr double kSecondsPerProcess = 0.2;  // a first guess, for the ETA of the first round only

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

// Counts have no times.
void refuse_with_emulate(const po::variables_map& options) {
  for (const char* other : {"throughput", "price", "counters", "flame-graph", "pyperf-json"}) {
    if (options.contains(other))
      throw UsageError(fmt::format(
          "--{} is about times, and --emulate counts instructions; leave one of them out", other));
  }
}

// Where the workers run.
void read_placement(const po::variables_map& options, MeasuringRequest& request) {
  if (options.contains("cpus")) request.cpus = parse_cpus(options["cpus"].as<std::string>());
  request.throughput = options.contains("throughput");
  request.lanes = options["lanes"].as<int>();
  const auto cpus =
      static_cast<int>(request.cpus.empty() ? allowed_cpus().size() : request.cpus.size());
  if (request.lanes < 1 || request.lanes > cpus)
    throw UsageError(fmt::format("--lanes must be between 1 and {}, the number of CPUs", cpus));
  if (request.throughput && request.lanes > 1)
    throw UsageError("--throughput uses all CPUs at once; leave --lanes out, or it");
}

// Of the machine, per hour; 0 when not given.
double read_price(const po::variables_map& options) {
  if (!options.contains("price")) return 0;
  if (!options.contains("throughput"))
    throw UsageError("--price is for work per unit of money, which --throughput measures; add it");
  const double price = options["price"].as<double>();
  if (!std::isfinite(price) || price <= 0) throw UsageError("--price must be above 0");
  return price;
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

std::vector<MeasuredInterpreter> find_all(const std::vector<std::string>& words, Store& store,
                                          ProcessRunner& runner,
                                          const std::optional<EmulatedWorkers>& emulated) {
  std::vector<MeasuredInterpreter> found;
  for (const auto& word : words) {
    MeasuredInterpreter interpreter = find_interpreter(word, store, runner, emulated);
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

// A CPython source tree that a sweep left; empty when there is none.
fs::path newest_source_tree(const Store& store) {
  const auto sources = store.list("source");
  return sources.empty() ? fs::path() : sources.back().directory / "tree";
}

// pip comes from a CPython source tree, or from whichever interpreter has one.
fs::path get_wheel(const PinnedWheel& pin, Store& store, ProcessRunner& runner,
                   const std::vector<MeasuredInterpreter>& interpreters, const fs::path& tree,
                   const fs::path& wheel) {
  std::vector<std::string> pythons;
  pythons.reserve(interpreters.size() + 1);
  for (const auto& interpreter : interpreters) pythons.push_back(interpreter.python);
  pythons.emplace_back("/usr/bin/python3");
  std::string first;
  for (const auto& python : pythons) {
    try {
      return provide_wheel(store, runner, pin, tree, python, wheel);
    } catch (const Failure& failure) {
      if (first.empty()) first = failure.what();
      if (!wheel.empty()) break;  // a bad file is bad for all
    }
  }
  throw Failure(first);
}

// Seconds per value where an interpreter compiles while it runs: in the short values that suit
// CPython it would still be warming up.
constexpr double kMinTimeWithJit = 0.1;

bool is_cpython(const MeasuredInterpreter& interpreter) {
  return interpreter.implementation == "CPython";
}

// 13 of "3.13.5"; 0 of what is none.
int minor_of(const std::string& version) {
  const std::string rest = version.substr(std::min(version.find('.'), version.size() - 1) + 1);
  int minor = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), minor);
  return minor;
}

std::vector<Arm> make_arms(const std::vector<MeasuredInterpreter>& interpreters,
                           const fs::path& copy) {
  std::vector<Arm> arms;
  arms.reserve(interpreters.size() + 1);
  for (const auto& one : interpreters)
    arms.push_back({one.arm, interpreter_label(one), one.python,
                    arms.empty() ? Arm::Role::baseline : Arm::Role::candidate,
                    minor_of(one.version)});
  arms.insert(arms.begin() + 1,
              {"copy", "baseline again (A/A)", copy.string(), Arm::Role::copy, arms.front().minor});
  return arms;
}

// Rounds, looks and stopping: fills measurement.blocks and comparison. An interpreter whose
// interval is narrow enough takes no part in further rounds, which then take less time.
class Race {
 public:
  Race(MeasureResult& result, Measuring& measuring, std::uint64_t seed, int lanes,
       Progress& progress)
      : result_(result),
        measuring_(measuring),
        seed_(seed),
        lanes_(lanes),
        progress_(progress),
        identities_(identities_of(result)),
        live_(result.measurement.arms) {}

  void run(const Stopping& stopping) {
    if (stopping.rounds > 0) {
      progress_.expect(minutes_for(stopping.rounds, kSecondsPerProcess));
      measure(0, stopping.rounds, 0.95);
      require_something();
      return;
    }
    progress_.expect(stopping.minutes);
    int rounds = 0;
    for (int look = 1;; ++look) {
      result_.looks = look;
      measure(rounds, rounds_at_look(look), confidence_at_look(0.95, look));
      rounds = rounds_at_look(look);
      require_something();
      drop_settled(stopping.precision);
      if (live_.size() <= kAlwaysMeasured) return;
      const int next = rounds_at_look(look + 1);
      if (result_.minutes + minutes_for(next - rounds, seconds_per_process()) > stopping.minutes) {
        stop_early(stopping);
        return;
      }
    }
  }

 private:
  static constexpr std::size_t kAlwaysMeasured = 2;  // the baseline and its copy

  void drop_settled(double precision) {
    for (const ArmComparison& row : result_.comparison.arms) {
      std::erase_if(live_, [&](const Arm& arm) {
        return arm.id == row.arm && arm.role == Arm::Role::candidate && is_settled(row, precision);
      });
    }
  }
  double minutes_for(int rounds, double seconds_per_process) const {
    return rounds * static_cast<double>(live_.size() * result_.measurement.workloads.size()) *
           seconds_per_process / 60;
  }
  double seconds_per_process() const {
    std::size_t count = 0;
    for (const auto& block : result_.measurement.blocks) count += block.samples.size();
    return count == 0 ? kSecondsPerProcess : result_.minutes * 60 / static_cast<double>(count);
  }

  void measure(int first_round, int rounds, double confidence) {
    Measurement& measurement = result_.measurement;
    const auto blocks =
        measuring_.run_phase(measurement, identities_, "race", first_round, rounds, live_, seed_,
                             minutes_done_, seconds_per_process() / 60);
    measurement.blocks.insert(measurement.blocks.end(), blocks.begin(), blocks.end());
    result_.minutes = measured_minutes(measurement, lanes_);
    ComparisonSettings settings;
    settings.lanes = lanes_;
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
  int lanes_;
  Progress& progress_;
  std::vector<std::string> identities_;
  std::vector<Arm> live_;
  double minutes_done_ = 0;
};

}  // namespace

po::options_description measure_options() {
  po::options_description options("options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()("python", po::value<std::vector<std::string>>()->value_name("PYTHON"),
                        "interpreters, as words without dashes too: a path, a program on PATH, or "
                        "a build in the store by name or id; the first is the baseline")(
      "suite", text("NAME|FILE")->default_value("builtin"),
      "workloads to measure: builtin; numeric; pyperformance (its programs that need no package of "
      "others; pyperformance-all: those that do as well); a suite's JSON file; a manifest of "
      "pyperformance's kind; a pyperf script")(
      "workloads", text("LIST"), "only these of the suite: names or patterns (json*,nbody)")(
      "precision", po::value<double>()->value_name("PCT"),
      "stop when every interval is within this (default 0.5)")(
      "time", text("TIME"), "stop at the latest after this time: 15m (default), 1h30m")(
      "rounds", po::value<int>()->value_name("N"), "instead: exactly so many rounds")(
      "cpus", text("LIST"), "pin the measured processes to these CPUs: 0-3 or 0,2")(
      "lanes", po::value<int>()->value_name("N")->default_value(1),
      "measure so many workloads at once, each on its own share of the CPUs; for large machines")(
      "throughput",
      "one worker on every CPU at once: compare what the whole machine gets done, not how fast one "
      "process is")(
      "price", po::value<double>()->value_name("AMOUNT"),
      "with --throughput: what the machine costs an hour, for work per unit of money")(
      "timeout", text("TIME"),
      "end a measured process, and what it started, after this time, record that, and go on "
      "(default 2m)")(
      "memory-limit", text("SIZE"),
      "likewise above this memory: 2G, 512M (default: four fifths of what is free)")(
      "wait", "wait while another run measures on the same CPUs, instead of failing")(
      "seed", po::value<std::uint64_t>()->value_name("N")->default_value(1),
      "of the random orders")("pyperf", text("FILE"),
                              "pyperf's wheel, where PyPI cannot be reached")(
      "pyperf-json", text("DIR"), "the same as --export pyperf=DIR")(
      "counters", "then also count instructions, cache misses and the like, with perf")(
      "emulate", text("CPU"),
      "the interpreters are programs for this CPU (neoverse-n1, ...; profiles/cpus/), unpacked "
      "with "
      "their system: run them under QEMU and count instructions instead of measuring times")(
      "flame-graph", text("DIR"),
      "then also write an SVG per interpreter that shows where its time went, with perf")(
      "json", "result as JSON on stdout")("no-color", "no colours; NO_COLOR does the same")(
      "progress", text("WHEN")->default_value("auto"), "auto, always (lines in a pipe), never");
  add_export_options(options);
  add_store_option(options);
  return options;
}

int run_measure(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(arguments, measure_options(), kMeasureUsage, {"python..."});
  if (!parsed) return 0;
  const po::variables_map& options = *parsed;
  const auto option = [&](const char* name) {
    return options.contains(name) ? options[name].as<std::string>() : std::string();
  };
  const auto words = options.contains("python") ? options["python"].as<std::vector<std::string>>()
                                                : std::vector<std::string>();
  if (words.size() < 2)
    throw UsageError(fmt::format("give two interpreters or more; usage: pytune {}", kMeasureUsage));
  const Stopping stopping = read_stopping(options);
  const ProgressMode mode = progress_mode(option("progress"));
  MeasuringRequest request;
  request.home = data_home();
  read_placement(options, request);
  const double price = read_price(options);
  MeasureSettings settings;
  if (options.contains("timeout"))
    settings.timeout = std::max(
        1, static_cast<int>(std::lround(parse_minutes("--timeout", option("timeout")) * 60)));
  if (options.contains("memory-limit"))
    request.memory_limit = parse_bytes("--memory-limit", option("memory-limit"));
  request.wait = options.contains("wait");
  request.seed = options["seed"].as<std::uint64_t>();
  Exporting exporting(options);
  if (options.contains("flame-graph")) require_directory("--flame-graph", option("flame-graph"));

  Store store(options.contains("store") ? fs::path(option("store")) : default_store());
  SystemRunner runner;
  MeasureResult result;
  result.price_per_hour = price;
  expected_workloads(request.home, option("suite"));  // a misspelt one is told at once
  if (options.contains("emulate")) {
    refuse_with_emulate(options);
    request.emulated =
        emulated_workers(request.home, runner, option("emulate"), store.root() / "staging");
    result.evidence = "counted";
  }
  result.interpreters = find_all(words, store, runner, request.emulated);
  request.source_tree = newest_source_tree(store);
  const Suite suite =
      open_suite(request.home, option("suite"), parse_words(option("workloads")), [&] {
        return get_wheel(pyperformance_pin(), store, runner, result.interpreters,
                         request.source_tree, {}) /
               "pyperformance";
      });
  result.suite = option("suite");
  if (!std::all_of(result.interpreters.begin(), result.interpreters.end(), is_cpython))
    settings.min_time = kMinTimeWithJit;
  if (request.throughput)
    result.throughput_cpus = request.cpus.empty() ? allowed_cpus() : request.cpus;
  result.host = read_host();
  // Counts do not depend on where a file lies.
  const fs::path first = result.interpreters.front().python;
  result.measurement.arms = make_arms(
      result.interpreters, request.emulated ? first : executable_copy(store, runner, first));
  if (request.emulated) {
    for (Arm& arm : result.measurement.arms) arm.root = emulated_root(store, arm.python).string();
  }
  request.host = result.host;
  request.pyperf = get_wheel(pyperf_pin(), store, runner, result.interpreters, request.source_tree,
                             option("pyperf"));

  Progress progress(mode);
  Measuring measuring(store, runner, settings, request, progress);
  measuring.prepare(result.measurement, identities_of(result), suite.workloads, 0);
  result.measurement.notes.insert(result.measurement.notes.end(), suite.notes.begin(),
                                  suite.notes.end());
  Race(result, measuring, request.seed, request.lanes, progress).run(stopping);
  for (auto& note : failure_notes(result.measurement.blocks))
    result.measurement.notes.push_back(std::move(note));
  if (options.contains("counters"))
    count_interpreters(result, measuring, request.seed, runner, progress);
  if (options.contains("flame-graph"))
    draw_flame_graphs(result, measuring, store, runner, option("flame-graph"), progress);
  result.created = utc_timestamp();
  keep_measurement(store, result);
  const std::string again = show_again(result, option("store"));
  progress.line(fmt::format("kept; shown or exported again by: {}\n", again));
  return exporting.finish(result, again);
}

}  // namespace pytune
