#include "unit/result/sample_measurement.h"

namespace pytune::test {
namespace {

Sample sample(const std::string& arm, int position, double seconds) {
  Sample one;
  one.arm = arm;
  one.position = position;
  one.wall_values = {seconds, seconds * 1.02};
  one.cpu_values = {seconds * 0.99, seconds};
  one.process_wall_seconds = 3;
  one.max_rss_kib = 10'000;
  return one;
}

Sample failed(const std::string& arm, int position) {
  Sample one;
  one.arm = arm;
  one.position = position;
  one.error = "worker failed: exit status 1";
  return one;
}

Block block(int round, const std::string& workload, double seconds) {
  Block one;
  one.round = round;
  one.phase = Phase::race;
  one.workload = workload;
  one.samples = {sample("base-1", 0, seconds), sample("copy", 1, seconds * 1.001),
                 sample("fast-2", 2, seconds * 0.8), sample("odd-3", 3, seconds * 1.1)};
  if (workload == "json_dumps") one.samples[3] = failed("odd-3", 3);
  return one;
}

Workload workload(const std::string& name) {
  Workload one;
  one.name = name;
  one.script = "/srv/suite/" + name + ".py";
  one.kind = "pure-python";
  one.loops = 4;
  return one;
}

ArmComparison row(const std::string& arm, const Interval& speed, Verdict verdict,
                  std::vector<WorkloadComparison> workloads) {
  ArmComparison one;
  one.arm = arm;
  one.speed = one.wall_speed = speed;
  one.verdict = verdict;
  one.max_rss_kib = 10'000;
  one.workloads = std::move(workloads);
  return one;
}

Interpreter interpreter(const char* name, const char* python, const char* implementation,
                        const char* version, const char* compiler) {
  Interpreter one;
  one.name = name;
  one.python = python;
  one.implementation = implementation;
  one.version = version;
  one.compiler = compiler;
  one.identity = std::string("sha256 of ") + python;
  return one;
}

}  // namespace

MeasureResult sample_measurement() {
  MeasureResult result;
  result.id = "0123456789abcdef";
  result.created = "2026-01-02T03:04:05Z";
  result.suite = "builtin";
  result.host.cpu_model = "Neoverse-N1";
  result.host.os = "Debian GNU/Linux 12 (bookworm)";
  result.host.cpus = 4;
  Measurement& measurement = result.measurement;
  const Interpreter base =
      interpreter("/usr/bin/python3", "/usr/bin/python3", "CPython", "3.11.2", "GCC 12.2.0");
  const Interpreter fast =
      interpreter("/srv/a \"b\", c|d_/python", "/srv/python", "CPython", "3.13.5", "GCC 13");
  const Interpreter odd = interpreter("pypy3", "/usr/bin/pypy3", "PyPy", "3.9.16", "GCC 12");
  measurement.arms = {{"base-1", label_of(base), base, Arm::Role::baseline},
                      {"copy", "baseline again (A/A)", {"/usr/bin/python3"}, Arm::Role::copy},
                      {"fast-2", label_of(fast), fast, Arm::Role::candidate},
                      {"odd-3", label_of(odd), odd, Arm::Role::candidate}};
  measurement.workloads = {workload("nbody"), workload("json_dumps")};
  for (int round = 0; round < 3; ++round) {
    measurement.blocks.push_back(block(round, "nbody", 0.1 + 0.001 * round));
    measurement.blocks.push_back(block(round, "json_dumps", 0.2 + 0.001 * round));
  }
  measurement.notes = {"pypy3 failed on json_dumps in 3 of 3 rounds: worker failed"};
  Comparison& comparison = result.comparison;
  comparison.clock = Clock::cpu;
  comparison.baseline = "base-1";
  comparison.copy_bound = 0.003;
  comparison.rounds = 3;
  comparison.arms = {
      row("copy", {0.999, 0.997, 1.001}, Verdict::equivalent,
          {{"nbody", {0.999, 0.996, 1.002}, 3}, {"json_dumps", {0.999, 0.995, 1.003}, 3}}),
      row("fast-2", {1.25, 1.2, 1.3}, Verdict::faster,
          {{"nbody", {1.6, 1.5, 1.7}, 3}, {"json_dumps", {0.9765625, 0.96, 0.99}, 3}}),
      row("odd-3", {0.909, 0.85, 1.01}, Verdict::cannot_tell, {{"nbody", {0.909, 0.85, 1.01}, 3}})};
  comparison.warnings = {"only 3 rounds, which makes wide intervals: measure at least 5"};
  result.minutes = 1.2;
  return result;
}

}  // namespace pytune::test
