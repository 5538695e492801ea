#include "measure/profile.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "input/text.h"
#include "perf/count_sink.h"
#include "perf/probe.h"
#include "sys/error.h"
#include "sys/user_variables.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

// A prime: no step with what the program does at round intervals.
constexpr const char* kSamplesPerSecond = "997";
constexpr int kHashSeed = 1;
constexpr double kEnoughWhole = 0.4;
constexpr const char* kMostFrames = "512";  // kDeepestStack; perf's own limit for DWARF is 127
constexpr std::size_t kLongestScript = std::size_t{64} << 20;

// Which trampolines are really at work: older versions take any word after -X.
constexpr const char* kTrampoline =
    "import os, sys; print(os.getpid(), sys.is_stack_trampoline_active())";

// CPython puts these files into /tmp whatever TMPDIR says (Python/perf_trampoline.c,
// Python/perf_jit_trampoline.c), and `perf inject --jit` its own beside them. Only ours are taken.
void remove_maps(const std::set<int>& pids) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const int pid : pids) {
    found.emplace_back(fmt::format("/tmp/perf-{}.map", pid));
    found.emplace_back(fmt::format("/tmp/jit-{}.dump", pid));
  }
  for (const auto& entry : fs::directory_iterator("/tmp", none)) {
    const std::string name = entry.path().filename().string();
    for (const int pid : pids)
      if (name.starts_with(fmt::format("jitted-{}-", pid)) && name.ends_with(".so"))
        found.push_back(entry.path());
  }
  for (const fs::path& file : found) {
    struct stat status = {};
    if (lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid())
      fs::remove(file, none);
  }
}

double whole_share(const SampledStacks& stacks) {
  return stacks.samples == 0
             ? 0
             : static_cast<double>(stacks.whole) / static_cast<double>(stacks.samples);
}

}  // namespace

Profiler::Profiler(ProcessRunner& runner, WorkerManager& workers, fs::path directory)
    : runner_(runner), workers_(workers), directory_(std::move(directory)) {
  const auto perf = find_program("perf");
  if (!perf) throw Failure(kNoPerf);
  perf_ = perf->string();
  event_ = choose_event();
}

Outcome Profiler::run_perf(std::vector<std::string> words) {
  Command command;
  command.argv = {perf_};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  command.environment = environment_for(Audience::tool);
  for (const auto& [name, value] : perf_environment())
    command.environment->insert_or_assign(name, value);
  command.cwd = directory_;
  command.log = directory_ / "perf.log";
  command.capture_stdout_only = true;
  command.timeout = std::chrono::minutes(5);
  command.output_limit = kLongestScript;
  return runner_.run(command);
}

std::string Profiler::choose_event() {
  Outcome outcome;
  for (const char* event : {"cycles:u", "cpu-clock:u"}) {
    Command command;
    command.argv = {perf_, "record",  "-q", "-N",
                    "-e",  event,     "-o", (directory_ / "probe").string(),
                    "--",  "/bin/sh", "-c", ":"};
    command.timeout = std::chrono::seconds(60);
    command.output_limit = 1 << 20;
    outcome = runner_.run(command);
    if (!outcome.ok()) continue;
    // perf may have taken the software clock in place of cycles, of its own accord.
    const Outcome taken = run_perf({"evlist", "-i", (directory_ / "probe").string()});
    return taken.output.find("cpu-clock") == std::string::npos ? event : "cpu-clock:u";
  }
  throw Failure(perf_refusal(outcome));
}

bool Profiler::has_trampoline(const Arm& arm, const std::string& option) {
  Command command = command_of(arm.interpreter, {"-I", "-X", option, "-c", kTrampoline});
  command.timeout = std::chrono::seconds(60);
  command.output_limit = 1 << 16;
  const Outcome outcome = runner_.run(command);
  const std::string said = last_line(outcome.output, 100);
  int pid = 0;
  std::from_chars(said.data(), said.data() + said.size(), pid);
  if (pid > 0) remove_maps({pid});
  return outcome.ok() && said.ends_with(" True");
}

std::vector<ProfileMode> Profiler::modes_of(const Arm& arm) {
  std::vector<ProfileMode> modes;
  if (has_trampoline(arm, "perf"))
    modes.push_back({"perf", "fp", "C and Python frames, by frame pointers"});
  if (has_trampoline(arm, "perf_jit"))
    modes.push_back({"perf_jit", "dwarf,32768", "C and Python frames, by DWARF"});
  if (modes.empty()) modes.push_back({"", "fp", "C frames, by frame pointers"});
  modes.push_back({"", "dwarf,32768", "C frames, by DWARF"});
  return modes;
}

SampledStacks Profiler::read(const fs::path& data) {
  const Outcome outcome = run_perf({"script", "-i", data.string(), "--no-inline", "--max-stack",
                                    kMostFrames, "-F", "comm,pid,ip,sym,dso"});
  if (outcome.ok() || outcome.truncated) return parse_perf_script(outcome.output);
  SampledStacks bad;
  bad.error = fmt::format("perf script failed: {}", outcome.describe());
  return bad;
}

Profile Profiler::record(const Arm& arm, const Workload& workload, const ProfileMode& mode) {
  const fs::path data = directory_ / "perf.data";
  const bool jit = mode.interpreter_option == "perf_jit";
  Onlooker onlooker;
  onlooker.before = {perf_,          "record",          "-q", "-N",
                     "-F",           kSamplesPerSecond, "-e", event_,
                     "--call-graph", mode.call_graph,   "-o", data.string()};
  // The clock of CPython's dump, without which perf inject finds nothing in it.
  if (jit) onlooker.before.insert(onlooker.before.end(), {"-k", "mono"});
  onlooker.before.emplace_back("--");
  const auto words = words_before(arm.interpreter);
  onlooker.before.insert(onlooker.before.end(), words.begin(), words.end());
  if (!mode.interpreter_option.empty())
    onlooker.interpreter_options = {"-X", mode.interpreter_option};
  onlooker.environment = perf_environment();
  std::error_code none;
  fs::remove(data, none);  // what is read after a failure must not be another process's
  const Sample sample = workers_.run(arm, workload, {.hash_seed = kHashSeed}, onlooker);
  if (!sample.error.empty()) {
    remove_maps(read(data).pids);
    throw Failure(sample.error);
  }
  Profile profile{{}, mode, event_};
  const fs::path injected = directory_ / "perf.jit.data";
  const bool merged =
      jit && run_perf({"inject", "--jit", "-i", data.string(), "-o", injected.string()}).ok();
  profile.stacks = read(merged ? injected : data);
  remove_maps(profile.stacks.pids);
  if (!profile.stacks.error.empty()) throw Failure(profile.stacks.error);
  return profile;
}

Profile Profiler::profile(const Arm& arm, const Workload& workload) {
  if (const auto chosen = chosen_.find(arm.interpreter.python); chosen != chosen_.end())
    return record(arm, workload, chosen->second);
  std::optional<Profile> best;
  std::string problem;
  const std::vector<ProfileMode> modes = modes_of(arm);
  for (const ProfileMode& mode : modes) {
    if (best && whole_share(best->stacks) >= kEnoughWhole) break;
    try {
      Profile tried = record(arm, workload, mode);
      if (!best || whole_share(tried.stacks) > whole_share(best->stacks)) best = std::move(tried);
    } catch (const Failure& failure) {
      if (problem.empty()) problem = fmt::format("{}: {}", mode.interpreter_option, failure.what());
    }
  }
  if (!best) throw Failure(problem);
  if (modes.front().interpreter_option.empty() != best->mode.interpreter_option.empty())
    best->mode.words +=
        "; no Python frames: before CPython 3.13 they need an interpreter with frame pointers "
        "(axis frame_pointers=keep)";
  if (!problem.empty()) best->mode.words += fmt::format("; -X {}", problem);
  chosen_[arm.interpreter.python] = best->mode;
  return *best;
}

}  // namespace pytune
