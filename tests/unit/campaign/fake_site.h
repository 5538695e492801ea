// A site at which nothing runs: workers answer at once with times that a test chose.
#pragma once

#include <functional>
#include <string>

#include "campaign/site.h"
#include "unit/build/fake_machine.h"
#include "unit/measure/fake_worker.h"
#include "unit/result/sample_result.h"
#include "unit/sys/recorded_listener.h"

namespace pytune::campaign_test {

class FakeSite : public sys_test::Scratch {
 protected:
  FakeSite() {
    machine_.otherwise = [this](const Command& command) { return answer(command); };
  }

  // Seconds per loop of an interpreter, by its path.
  std::function<double(const std::string& python)> seconds_ = [](const std::string&) {
    return 1.0;
  };

  // Names of CPython's tests that fail on an interpreter, by its path.
  std::function<std::string(const std::string& python)> failing_ = [](const std::string&) {
    return "";
  };

  Outcome own_tests(const Command& command) {
    Outcome outcome;
    if (build_test::has_word(command, "--list-tests")) {
      outcome.output = "test_float\ntest_long\n";
      return outcome;
    }
    ++test_files_;
    const std::string name = failing_(command.argv.front());
    std::string text = "Ran 7 tests in 0.1s\n";
    if (!name.empty()) {
      text = std::string(70, '=') + "\nFAIL: " + name + " (test.x.C." + name + ")\n" + text;
      outcome.exit_code = 2;
    }
    std::ofstream(command.log, std::ios::app) << text;
    return outcome;
  }

  Outcome answer(const Command& command) {
    if (build_test::has_word(command, "--list-tests") ||
        build_test::has_word(command, "--randseed"))
      return own_tests(command);
    if (!build_test::has_word(command, "--worker")) return {};
    ++workers_;
    const double seconds = seconds_(command.argv.front());
    const std::string name = std::filesystem::path(command.argv.at(1)).stem();
    if (build_test::has_word(command, "--calibrate-loops")) {
      auto document = measure_test::worker_document(name, 4, 0, {});
      document["metadata"]["calibrate_loops"] = 4;
      return measure_test::sends(document.dump());
    }
    const long loops = std::stol(measure_test::option(command, "-l"));
    const int warmups = std::stoi(measure_test::option(command, "-w"));
    const auto values = static_cast<std::size_t>(std::stoi(measure_test::option(command, "-n")));
    auto document =
        measure_test::worker_document(name, loops, warmups, std::vector<double>(values, seconds));
    document["metadata"]["pytune_peak_rss_kib"] = 9000;
    return measure_test::sends(document.dump());
  }

  // A suite of these workloads.
  std::filesystem::path suite(const std::vector<std::string>& names) const {
    nlohmann::json file = {{"schema", 1}, {"name", "made"}, {"workloads", nlohmann::json::array()}};
    for (const auto& name : names) {
      sys_test::write(at("suite") / (name + ".py"), "pass\n");
      file["workloads"].push_back(
          {{"name", name}, {"script", name + ".py"}, {"kind", "pure-python"}, {"about", "x"}});
    }
    sys_test::write(at("suite/made.json"), file.dump());
    return at("suite/made.json");
  }

  const test::ScopedVariable locks_{"PYTUNE_LOCKS", root().string()};
  build_test::FakeMachine machine_;
  Store store_{at("store")};
  test::RecordedListener listener_;
  Site site_{store_, machine_, listener_, PYTUNE_SOURCE_DIR};
  std::atomic<int> workers_ = 0;
  std::atomic<int> test_files_ = 0;
};

}  // namespace pytune::campaign_test
