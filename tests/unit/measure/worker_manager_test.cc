#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "measure/worker.h"
#include "sys/error.h"
#include "sys/files.h"
#include "unit/measure/fake_worker.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using measure_test::arm;
using measure_test::exits;
using measure_test::FakeRunner;
using measure_test::good_worker;
using measure_test::option;
using measure_test::sends;
using measure_test::worker_document;
using measure_test::workload;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

Sample run_one(const Outcome& outcome) {
  FakeRunner runner([&](const Command&) { return outcome; });
  WorkerManager manager(runner, {});
  return manager.run(arm("a"), workload("nbody"), {5, 10});
}

TEST(WorkerManager, RunsPyperfsOwnWorkerProtocol) {
  FakeRunner runner(good_worker);
  WorkerSettings settings;
  settings.timeout = std::chrono::milliseconds(1234);
  settings.cpus = {1};
  WorkerManager manager(runner, settings);
  const Sample sample = manager.run(arm("a"), workload("nbody", 16), {5, 10});
  EXPECT_EQ(sample.error, "");
  EXPECT_THAT(sample.wall_values, ElementsAre(1.0, 1.0, 1.0));
  const Command& command = runner.commands.at(0);
  EXPECT_THAT(command.argv, ElementsAre("/builds/a/bin/python3", "/suite/nbody.py", "--worker",
                                        "--pipe", "{pipe}", "--worker-task", "0", "-l", "16", "-w",
                                        "1", "-n", "3", "--hook", "pytune_cpu"));
  EXPECT_TRUE(command.result_pipe);
  EXPECT_EQ(command.timeout, std::chrono::milliseconds(1234));
  EXPECT_THAT(command.cpus, ElementsAre(1));
}

TEST(WorkerManager, NotesWhatTheProcessUsed) {
  FakeRunner runner(good_worker);
  WorkerManager manager(runner, {});
  const Sample sample = manager.run(arm("a"), workload("nbody"), {5, 10});
  EXPECT_EQ(sample.arm, "a");
  EXPECT_EQ(sample.process_wall_seconds, 0.25);
  EXPECT_EQ(sample.process_cpu_seconds, 0.1875);
  EXPECT_EQ(sample.involuntary_switches, 3);
}

// What wait4 says holds the memory of whoever started the process, and is not used.
TEST(WorkerManager, TakesPeakMemoryFromTheWorkerItself) {
  nlohmann::json document = worker_document("nbody", 2, 1, {1, 2, 3});
  Outcome outcome;
  outcome.max_rss_kib = 9000;
  outcome.piped = document.dump();
  EXPECT_EQ(run_one(outcome).max_rss_kib, 0);
  document["metadata"]["pytune_peak_rss_kib"] = 7000;
  outcome.piped = document.dump();
  EXPECT_EQ(run_one(outcome).max_rss_kib, 7000);
  EXPECT_EQ(run_one(outcome).error, "");
  document["metadata"]["pytune_peak_rss_kib"] = -1;
  outcome.piped = document.dump();
  EXPECT_THAT(run_one(outcome).error, HasSubstr("pytune_peak_rss_kib"));
}

TEST(WorkerManager, BuildsTheEnvironmentFromNothing) {
  setenv("LD_PRELOAD", "/nowhere/lib.so", 1);
  setenv("PYTHONMALLOC", "debug", 1);
  FakeRunner runner(good_worker);
  WorkerManager manager(runner, {}, {.python_path = {"/store/pyperf", "/profiles/pyperf_hook"}});
  (void)manager.run(arm("a"), workload("nbody"), {5, 10});
  unsetenv("LD_PRELOAD");
  unsetenv("PYTHONMALLOC");
  const Environment& environment = runner.commands.at(0).environment.value();
  EXPECT_THAT(environment,
              UnorderedElementsAre(Key("PATH"), Key("HOME"), Key("LANG"), Key("PYTHONHASHSEED"),
                                   Key("PYTHONPATH"), Key("PYTHONDONTWRITEBYTECODE"),
                                   Key("PYTHONNOUSERSITE"), Key("PYTUNE_PADDING")));
  EXPECT_EQ(environment.at("LANG"), "C.UTF-8");
  EXPECT_EQ(environment.at("PYTHONHASHSEED"), "5");
  EXPECT_EQ(environment.at("PYTHONPATH"), "/store/pyperf:/profiles/pyperf_hook");
  EXPECT_EQ(environment.at("PYTUNE_PADDING").size(), 10);
}

TEST(WorkerManager, GoesOnWithoutCpuValuesWhenPyperfDoesNotKnowTheHook) {
  FakeRunner runner([](const Command& command) {
    return option(command, "--hook").empty() ? good_worker(command)
                                             : exits(2,
                                                     "usage: nbody.py [-h]\nnbody.py: error: "
                                                     "unrecognized arguments: --hook pytune_cpu\n");
  });
  WorkerManager manager(runner, {});
  EXPECT_EQ(manager.run(arm("a"), workload("nbody"), {5, 10}).error, "");
  EXPECT_EQ(manager.run(arm("a"), workload("nbody"), {5, 10}).wall_values.size(), 3);
  EXPECT_EQ(runner.commands.size(), 3);  // the interpreter is asked for the hook once only
}

TEST(WorkerManager, DoesNotTakeAnotherUsageErrorForAMissingHook) {
  const Sample sample =
      run_one(exits(2, "usage: x [--hook HOOK]\nx: error: argument -l: invalid int value: 'y'\n"));
  EXPECT_EQ(sample.error,
            "worker failed: exit status 2: x: error: argument -l: invalid int value: 'y'");
}

TEST(WorkerManager, QuotesTheLastLineOfAFailedWorker) {
  const Sample sample = run_one(
      exits(1, "Traceback (most recent call last):\n  File \"x\"\nValueError: wrong\x1b[0m\n\n"));
  EXPECT_EQ(sample.error, "worker failed: exit status 1: ValueError: wrong [0m");
  EXPECT_THAT(sample.wall_values, IsEmpty());
}

TEST(WorkerManager, ReportsASignalATimeOutAndAMissingInterpreter) {
  Outcome crashed;
  crashed.signal = 11;
  EXPECT_THAT(run_one(crashed).error, StartsWith("worker failed: killed by signal 11"));
  Outcome hung;
  hung.timed_out = true;
  hung.wall_seconds = 120;
  EXPECT_EQ(run_one(hung).error, "worker failed: timed out after 120 s");
  Outcome missing;
  missing.started = false;
  missing.start_error = "cannot run /x: No such file or directory";
  EXPECT_EQ(run_one(missing).error, "worker failed: cannot run /x: No such file or directory");
}

TEST(WorkerManager, DoesNotBelieveTheResultOfAWorkerThatFailedAfterSendingIt) {
  Outcome outcome = sends(worker_document("nbody", 2, 1, {1, 1, 1}).dump());
  outcome.exit_code = 1;
  EXPECT_EQ(run_one(outcome).error, "worker failed: exit status 1");
}

TEST(WorkerManager, SaysWhatAWorkerPrintedInsteadOfAResult) {
  EXPECT_EQ(run_one(exits(0, "done\n")).error, "worker ended without sending a result: done");
}

TEST(WorkerManager, ShortensAndCleansWhatTheWorkerPrinted) {
  const Sample sample = run_one(exits(1, std::string(100'000, '\xff')));
  EXPECT_LT(sample.error.size(), 400);
  EXPECT_NO_THROW((void)nlohmann::json(sample).dump());
}

TEST(WorkerManager, TurnsAFailureToStartIntoASampleButLetsAnInterruptThrough) {
  FakeRunner failing([](const Command&) -> Outcome {
    throw Failure("cannot create a pipe: Too many open files");
  });
  WorkerManager manager(failing, {});
  EXPECT_EQ(manager.run(arm("a"), workload("nbody"), {5, 10}).error,
            "worker could not be started: cannot create a pipe: Too many open files");
  FakeRunner stopped([](const Command&) -> Outcome { throw Interrupted(); });
  WorkerManager interrupted(stopped, {});
  EXPECT_THROW((void)interrupted.run(arm("a"), workload("nbody"), {5, 10}), Interrupted);
}

TEST(WorkerManager, DoesNotRunAnUncalibratedWorkload) {
  FakeRunner runner(good_worker);
  WorkerManager manager(runner, {});
  EXPECT_THAT(manager.run(arm("a"), workload("nbody", 0), {5, 10}).error,
              HasSubstr("not calibrated"));
  EXPECT_THAT(runner.commands, IsEmpty());
}

TEST(WorkerManager, CalibratesWithPyperfsOwnCalibration) {
  FakeRunner runner([](const Command&) {
    nlohmann::json document = worker_document("nbody", 64, 0, {});
    document["metadata"]["calibrate_loops"] = 64;
    return sends(document.dump());
  });
  WorkerSettings settings;
  settings.min_time = 0.1;
  WorkerManager manager(runner, settings);
  EXPECT_EQ(manager.calibrate({"baseline", "", {"/usr/bin/python3"}}, workload("nbody", 0)), 64);
  EXPECT_THAT(runner.commands.at(0).argv,
              ElementsAre("/usr/bin/python3", "/suite/nbody.py", "--worker", "--pipe", "{pipe}",
                          "--worker-task", "0", "--calibrate-loops", "--min-time", "0.1", "-w", "1",
                          "-n", "1"));
}

TEST(WorkerManager, StartsAWorkloadAsItsSuiteAsks) {
  FakeRunner runner([](const Command&) { return exits(1, ""); });
  WorkerManager manager(runner, {}, {.python_path = {"/pyperf"}});
  Workload workload = measure_test::workload("pickle_list");
  workload.benchmark = "pickle";
  workload.task = 2;
  workload.arguments = {"--pure", "list"};
  workload.environment = {{"OMP_NUM_THREADS", "2"}};
  Arm own = arm("a");
  own.interpreter.packages = {"/packages"};
  (void)manager.run(own, workload, {5, 10});
  const Command& command = runner.commands.at(0);
  const std::vector<std::string> first(command.argv.begin() + 2, command.argv.begin() + 8);
  EXPECT_THAT(first,
              ElementsAre("--pure", "list", "--worker", "--pipe", "{pipe}", "--worker-task"));
  EXPECT_EQ(command.argv.at(8), "2");
  EXPECT_EQ(command.environment->at("OMP_NUM_THREADS"), "2");
  EXPECT_EQ(command.environment->at("PYTHONPATH"), "/pyperf:/packages");
}

TEST(WorkerManager, AnArmsVariablesGoBeforeAWorkloadsAndBehindWhatPytuneMeasuresWith) {
  FakeRunner runner([](const Command&) { return exits(1, ""); });
  WorkerManager manager(runner, {}, {.python_path = {"/pyperf"}});
  Workload workload = measure_test::workload("gemm");
  workload.environment = {{"OMP_NUM_THREADS", "2"}, {"LD_LIBRARY_PATH", "/blas"}};
  Arm own = arm("a");
  own.interpreter.variables = {{"OMP_NUM_THREADS", "8"},
                               {"LD_LIBRARY_PATH", "/own"},
                               {"PYTHONPATH", "/users"},
                               {"PYTHONMALLOC", "malloc"}};
  own.interpreter.filler_bytes = 7;
  (void)manager.run(own, workload, {5, 10});
  const Environment& environment = runner.commands.at(0).environment.value();
  EXPECT_EQ(environment.at("OMP_NUM_THREADS"), "8");
  EXPECT_EQ(environment.at("LD_LIBRARY_PATH"), "/own:/blas");
  EXPECT_EQ(environment.at("PYTHONPATH"), "/pyperf:/users");
  EXPECT_EQ(environment.at("PYTHONMALLOC"), "malloc");
  EXPECT_EQ(environment.at("PYTUNE_PADDING").size(), 17U);
}

// A script with these benchmarks; the worker of one more than there are ends without a word.
FakeRunner script_of(const std::vector<std::string>& names) {
  return FakeRunner([names](const Command& command) {
    const auto word = std::find(command.argv.begin(), command.argv.end(), "--worker-task");
    const auto task = static_cast<std::size_t>(std::stoi(*std::next(word)));
    if (task >= names.size()) return exits(0, "");
    if (names[task].empty()) return exits(1, "RuntimeError: no network\n");
    json document = worker_document(names[task], 8, 0, {});
    document["metadata"]["calibrate_loops"] = 8;
    return sends(document.dump());
  });
}

Workload every_benchmark(const std::string& program) {
  Workload workload = measure_test::workload(program, 0);
  workload.benchmark = kEveryBenchmark;
  return workload;
}

TEST(WorkerManager, FindsAllBenchmarksOfAScript) {
  FakeRunner runner = script_of({"xml (parse)", "xml_generate"});
  WorkerManager manager(runner, {});
  std::string problem;
  const auto found = manager.discover(arm("a"), every_benchmark("xml"), problem);
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[0].name, "xml__parse_");
  EXPECT_EQ(found[0].benchmark, "xml (parse)");
  EXPECT_EQ(found[1].task, 1);
  EXPECT_EQ(found[1].loops, 8);
  EXPECT_EQ(problem, "");
}

TEST(WorkerManager, KeepsTheBenchmarksBeforeOneThatDoesNotRun) {
  FakeRunner runner = script_of({"first", ""});
  WorkerManager manager(runner, {});
  std::string problem;
  EXPECT_EQ(manager.discover(arm("a"), every_benchmark("x"), problem).size(), 1);
  EXPECT_THAT(problem, HasSubstr("RuntimeError: no network"));
}

TEST(WorkerManager, AScriptWithoutABenchmarkIsAFailure) {
  FakeRunner runner = script_of({});
  WorkerManager manager(runner, {});
  std::string problem;
  EXPECT_THROW((void)manager.discover(arm("a"), every_benchmark("x"), problem), Failure);
}

TEST(WorkerManager, SaysWhyAWorkloadCannotBeCalibrated) {
  FakeRunner runner(
      [](const Command&) { return exits(1, "ModuleNotFoundError: No module named 'numpy'\n"); });
  WorkerManager manager(runner, {});
  try {
    (void)manager.calibrate({"baseline", "", {"/usr/bin/python3"}}, workload("matmul", 0));
    FAIL() << "no exception";
  } catch (const Failure& failure) {
    EXPECT_STREQ(
        failure.what(),
        "workload matmul cannot be calibrated with /usr/bin/python3: worker failed: exit status 1: "
        "ModuleNotFoundError: No module named 'numpy'");
  }
}

// From here on, real processes: small shell scripts in the place of the interpreter. $4 is the
// number after --pipe.
class RealWorker : public testing::Test {
 protected:
  Sample run(const std::string& script, int timeout_ms = 20'000) {
    const fs::path python = directory_.path() / "python3";
    std::ofstream(python) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(python, fs::perms::owner_all);
    Arm interpreter = arm("fake");
    interpreter.interpreter.python = python.string();
    SystemRunner runner;
    WorkerSettings settings;
    settings.timeout = std::chrono::milliseconds(timeout_ms);
    WorkerManager manager(runner, settings);
    return manager.run(interpreter, workload("nbody"), {5, 10});
  }
  static std::string send(const std::string& text) {
    return "printf '%s' '" + text + "' > /proc/self/fd/$4";
  }

 private:
  TemporaryDirectory directory_{testing::TempDir(), "real-worker"};
};

TEST_F(RealWorker, SendsItsResultThroughThePipe) {
  const Sample sample =
      run("echo chatter; echo more >&2; " + send(worker_document("nbody", 2, 1, {1, 2, 3}).dump()));
  EXPECT_EQ(sample.error, "");
  EXPECT_THAT(sample.wall_values, ElementsAre(1.0, 2.0, 3.0));
}

TEST_F(RealWorker, CrashesInTheMiddleOfItsResult) {
  const Sample sample = run(send("{\"version\":\"1.0\",") + "; kill -SEGV $$");
  EXPECT_THAT(sample.error, StartsWith("worker failed: killed by signal 11"));
}

TEST_F(RealWorker, StopsInTheMiddleOfItsResultAsIfAllWereWell) {
  EXPECT_EQ(run(send("{\"version\":\"1.0\",")).error,
            "worker sent a result that breaks off after 17 bytes");
}

TEST_F(RealWorker, HangsAndIsEnded) {
  const Sample sample = run("sleep 60", 200);
  EXPECT_THAT(sample.error, StartsWith("worker failed: timed out"));
  EXPECT_LT(sample.process_wall_seconds, 30);
}

TEST_F(RealWorker, PrintsToStandardErrorAndFails) {
  EXPECT_EQ(run("echo fine; echo 'Fatal Python error: no memory' >&2; exit 3").error,
            "worker failed: exit status 3: Fatal Python error: no memory");
}

TEST_F(RealWorker, SeesNothingOfTheUsersEnvironment) {
  setenv("PYTHONSTARTUP", "/home/user/startup.py", 1);
  const Sample sample = run("env | grep -c -e ^PYTHONSTARTUP -e ^LD_ ; exit 1");
  unsetenv("PYTHONSTARTUP");
  EXPECT_EQ(sample.error, "worker failed: exit status 1: 0");
  EXPECT_THAT(sample.error, Not(HasSubstr("startup")));
}

TEST(WorkerManager, TellsAScriptThatCannotRunFromOneThatFailed) {
  Outcome outcome = exits(kCannotRunStatus, "Traceback\nno numpy: pip install numpy\n");
  FakeRunner runner([&](const Command&) { return outcome; });
  WorkerManager manager(runner, {});
  const auto reason = [&](const auto& act) -> std::string {
    try {
      act();
    } catch (const CannotRun& refusal) {
      return refusal.what();
    } catch (const Failure&) {
      return "failed";
    }
    return "runs";
  };
  const auto calibrate = [&] { (void)manager.calibrate(arm("a"), workload("matmul", 0)); };
  const auto try_out = [&] { manager.try_out(arm("a"), workload("matmul", 0)); };
  EXPECT_EQ(reason(calibrate), "no numpy: pip install numpy");
  EXPECT_EQ(reason(try_out), "no numpy: pip install numpy");
  EXPECT_EQ(manager.run(arm("a"), workload("matmul"), {1, 0}).error,
            "cannot run here: no numpy: pip install numpy");
  outcome.output = "";
  EXPECT_THAT(reason(try_out), HasSubstr("not why"));
  outcome = exits(1, "ValueError");
  EXPECT_EQ(reason(calibrate), "failed");
  EXPECT_EQ(reason(try_out), "runs");
}

TEST(WorkerManager, TriesAScriptOutWithOneLoop) {
  FakeRunner runner(good_worker);
  WorkerManager manager(runner, {});
  manager.try_out(arm("a"), workload("nbody", 4096));
  ASSERT_EQ(runner.commands.size(), 1);
  EXPECT_EQ(option(runner.commands[0], "-l"), "1");
  EXPECT_EQ(option(runner.commands[0], "-n"), "1");
}

}  // namespace
}  // namespace pytune
