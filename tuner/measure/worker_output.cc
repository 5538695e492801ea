#include "measure/worker_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "input/json.h"
#include "input/text.h"
#include "measure/sample.h"
#include "sys/error.h"

namespace pytune {
namespace {

using nlohmann::json;

// A result of 10 values is 3 kB; the longest part is the interpreter's configure arguments.
constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr std::size_t kMostWorkerValues = 100'000;
constexpr long kMostLoops = long{1} << 32;  // pyperf's MAX_LOOPS
constexpr double kLongestValue = 1e6;       // seconds; no worker lives for eleven days

[[noreturn]] void bad(std::string_view what) { throw UsageError(fmt::format("worker {}", what)); }

std::string show(const json& value) {
  return printable(value.dump(-1, ' ', false, json::error_handler_t::replace), 40);
}

// The one non-blank line: pyperf writes one document per benchmark, each on a line.
std::string_view only_line(std::string_view sent) {
  if (sent.size() > kMostBytes) {
    bad(fmt::format("sent {} bytes, more than any result is long", sent.size()));
  }
  std::string_view found;
  while (!sent.empty()) {
    const std::string_view line = sent.substr(0, sent.find('\n'));
    sent.remove_prefix(std::min(line.size() + 1, sent.size()));
    if (line.empty()) {
      continue;
    }
    if (!found.empty()) {
      bad("sent more than one result");
    }
    found = line;
  }
  if (found.empty()) {
    bad("ended without sending a result");
  }
  return found;
}

json parse_line(std::string_view line) {
  try {
    return parse_json(line);
  } catch (const UsageError& error) {
    const std::string_view reason = error.what();
    constexpr std::string_view kHas = "has ";
    // "worker sent NaN as a value", but "worker sent a result that breaks off after 12 bytes".
    bad(reason.starts_with(kHas) ? fmt::format("sent {}", reason.substr(kHas.size()))
                                 : fmt::format("sent a result that {}", reason));
  }
}

JsonView only_element(const JsonView& parent, std::string_view key) {
  const std::vector<JsonView> all = parent.at(key).elements(kMostWorkerValues);
  if (all.size() != 1) {
    bad(fmt::format("sent {} {} instead of 1", all.size(), key));
  }
  return all.front();
}

// A document with one run, and the metadata of that run: pyperf moves what all runs share to the
// outer levels.
class Result {
 public:
  explicit Result(std::string_view sent) : document_(parse_line(only_line(sent))) {
    const JsonView root(document_);
    if (root.at("version").value() != "1.0") {
      bad(fmt::format("sent format version {} instead of \"1.0\"",
                      show(root.at("version").value())));
    }
    const JsonView benchmark = only_element(root, "benchmarks");
    const JsonView run = only_element(benchmark, "runs");
    run_ = &run.value();
    for (const JsonView& level : {root, benchmark, run}) {
      take_metadata(level);
    }
  }
  Result(const Result&) = delete;  // run_ points into document_
  Result& operator=(const Result&) = delete;

  JsonView run() const { return JsonView(*run_, {}, "run"); }
  JsonView metadata() const { return JsonView(metadata_, {}, "metadata"); }

 private:
  void take_metadata(const JsonView& level) {
    if (!level.has("metadata")) {
      return;
    }
    const JsonView here = level.at("metadata");
    here.has("");  // throws unless it is an object
    metadata_.update(here.value());
  }

  json document_;
  const json* run_ = nullptr;
  json metadata_ = json::object();
};

void check_benchmark(const JsonView& metadata, const std::string& name) {
  const std::string sent = metadata.at("name").text(1000);
  if (sent != name) {
    bad(fmt::format("measured \"{}\" instead of \"{}\"", printable(sent, 60), name));
  }
  if (metadata.has("unit") && metadata.at("unit").value() != "second") {
    bad(fmt::format("sent values in {} instead of seconds", show(metadata.at("unit").value())));
  }
}

double time_value(const json& value, bool may_be_zero) {
  const double seconds = value.is_number() ? value.get<double>() : -1;
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLongestValue ||
      (seconds == 0 && !may_be_zero)) {
    bad(fmt::format("sent {} as a value", show(value)));
  }
  return seconds;
}

void check_warmups(const JsonView& run, const WorkerRequest& request) {
  const std::size_t wanted = static_cast<std::size_t>(request.warmups);
  const std::vector<JsonView> warmups =
      run.has("warmups") ? run.at("warmups").elements(kMostWorkerValues) : std::vector<JsonView>();
  if (warmups.size() != wanted) {
    bad(fmt::format("sent {} warm-ups instead of {}", warmups.size(), wanted));
  }
  for (const JsonView& warmup : warmups) {
    const std::vector<JsonView> pair = warmup.elements(2);
    if (pair.size() != 2) {
      warmup.fail("expected [loops, seconds]");
    }
    pair[0].integer(request.loops, request.loops);
    time_value(pair[1].value(), true);
  }
}

std::vector<double> wall_values(const JsonView& run, const WorkerRequest& request) {
  const std::vector<JsonView> sent =
      run.has("values") ? run.at("values").elements(kMostWorkerValues) : std::vector<JsonView>();
  if (sent.size() != static_cast<std::size_t>(request.values)) {
    bad(fmt::format("sent {} values instead of {}", sent.size(), request.values));
  }
  std::vector<double> values;
  values.reserve(sent.size());
  for (const JsonView& value : sent) {
    values.push_back(time_value(value.value(), false));
  }
  return values;
}

double cpu_seconds(std::string_view word) {
  double seconds = -1;
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
  if (error != std::errc() || stop != word.data() + word.size() || !std::isfinite(seconds) ||
      seconds < 0 || seconds > kLongestValue) {
    bad(fmt::format("sent \"{}\" as CPU seconds", printable(word, 40)));
  }
  return seconds;
}

// What the hook in profiles/pyperf_hook notes: the CPU seconds of each call, all its loops
// together, warm-ups first.
std::vector<double> cpu_values(const JsonView& metadata, const WorkerRequest& request) {
  constexpr const char* kKey = "pytune_cpu_seconds";
  if (!metadata.has(kKey)) {
    return {};
  }
  const std::string line = metadata.at(kKey).text(kMostBytes);
  const long inner_loops =
      metadata.has("inner_loops") ? metadata.at("inner_loops").integer(1, kMostLoops) : 1;
  const double loops = static_cast<double>(request.loops) * static_cast<double>(inner_loops);
  std::vector<double> calls;
  for (std::string_view rest = line; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    calls.push_back(cpu_seconds(word) / loops);
  }
  const auto warmups = request.warmups;
  const std::size_t wanted =
      static_cast<std::size_t>(warmups) + static_cast<std::size_t>(request.values);
  if (calls.size() != wanted) {
    bad(fmt::format("sent CPU seconds of {} calls instead of {}", calls.size(), wanted));
  }
  calls.erase(calls.begin(), calls.begin() + warmups);
  // A CPU clock that ticks too slowly for this value (some sandboxes count in 10 ms) says nothing:
  // go by wall time.
  const bool too_coarse =
      std::any_of(calls.begin(), calls.end(), [](double value) { return value <= 0; });
  return too_coarse ? std::vector<double>() : calls;
}

long peak_rss_kib(const JsonView& metadata) {
  constexpr const char* kKey = "pytune_peak_rss_kib";
  constexpr long kMost = 1L << 40U;  // a pebibyte
  return metadata.has(kKey) ? metadata.at(kKey).integer(1, kMost) : 0;
}

// By our hook; without it, pyperf's own entry says the version alone: "3.13.5 (64-bit)".
SelfReport self_report(const JsonView& metadata) {
  constexpr std::size_t kLongest = 4096;
  const auto said = [&](const char* key) {
    return metadata.has(key) ? metadata.at(key).text(kLongest) : std::string();
  };
  SelfReport report{said("pytune_python_version"), said("pytune_python_executable"),
                    printable(said("pytune_python_build"))};
  if (report.version.empty()) {
    const std::string version = said("python_version");
    report.version = version.substr(0, version.find(' '));
  }
  report.version = printable(report.version);
  return report;
}

template <typename Answer, typename Read>
Answer guarded(const Read& read) {
  Answer answer;
  try {
    read(answer);
    return answer;
  } catch (const UsageError& error) {
    answer = Answer();
    const std::string reason = printable(error.what(), 300);
    answer.error = reason.starts_with("worker ")
                       ? reason
                       : fmt::format("worker sent a result in which {}", reason);
  } catch (const json::exception& error) {
    answer = Answer();
    answer.error =
        printable(fmt::format("worker sent a result that cannot be read: {}", error.what()), 300);
  }
  return answer;
}

}  // namespace

WorkerValues parse_worker_values(std::string_view sent, const WorkerRequest& request) {
  return guarded<WorkerValues>([&](WorkerValues& answer) {
    const Result result(sent);
    check_benchmark(result.metadata(), request.name);
    result.metadata().at("loops").integer(request.loops, request.loops);
    check_warmups(result.run(), request);
    answer.wall = wall_values(result.run(), request);
    answer.cpu = cpu_values(result.metadata(), request);
    answer.peak_rss_kib = peak_rss_kib(result.metadata());
    answer.python = self_report(result.metadata());
  });
}

WorkerLoops parse_worker_loops(std::string_view sent, const std::string& name) {
  return guarded<WorkerLoops>([&](WorkerLoops& answer) {
    const Result result(sent);
    answer.name = result.metadata().at("name").nonempty_text(1000);
    if (name != kEveryBenchmark) check_benchmark(result.metadata(), name);
    answer.loops = result.metadata().at("calibrate_loops").integer(1, kMostLoops);
    answer.python = self_report(result.metadata());
  });
}

}  // namespace pytune
