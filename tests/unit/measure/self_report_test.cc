#include <gmock/gmock.h>

#include "measure/worker.h"
#include "unit/measure/fake_worker.h"

namespace pytune {
namespace {

using measure_test::arm;
using measure_test::FakeRunner;
using measure_test::sends;
using measure_test::worker_document;
using measure_test::workload;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

// pyperf's own entry is there without our hook, and says the version alone.
TEST(SelfReports, RefusesAWorkerThatIsAnotherInterpreter) {
  const auto run = [](const SelfReport& asked, const json& said) {
    json document = worker_document("nbody", 2, 1, {1, 2, 3});
    document["metadata"].update(said);
    FakeRunner runner([&](const Command&) { return sends(document.dump()); });
    WorkerManager manager(runner, {});
    Arm one = arm("a");
    one.interpreter.name = "shims/python3";
    one.interpreter.self = asked;
    return manager.run(one, workload("nbody"), {5, 10});
  };
  const auto refusal = [&](const SelfReport& asked, const json& said) -> std::string {
    try {
      run(asked, said);
    } catch (const OtherInterpreter& refused) {
      return refused.what();
    }
    return "";
  };
  const SelfReport asked{"3.13.5", "/opt/bin/python3.13", "3.13.5 (main) cpython-313"};
  const json same = {{"pytune_python_version", asked.version},
                     {"pytune_python_executable", asked.executable},
                     {"pytune_python_build", asked.build}};
  EXPECT_EQ(run(asked, same).python, asked);
  EXPECT_EQ(run({}, same).error, "");  // of a build in the store, which is not asked
  EXPECT_EQ(run(asked, json::object()).python, SelfReport());
  EXPECT_EQ(run(asked, {{"python_version", "3.13.5 (64-bit)"}}).python.version, "3.13.5");
  EXPECT_THAT(refusal(asked, {{"python_version", "3.11.2 (64-bit)"}}),
              testing::AllOf(StartsWith("shims/python3: was /opt/bin/python3.13 (3.13.5)"),
                             HasSubstr("3.11.2 as a worker"), HasSubstr("launcher (shim)"),
                             HasSubstr("give the path of the interpreter itself")));
  json other = same;
  other["pytune_python_executable"] = "/usr/bin/python3.13";
  EXPECT_THAT(refusal(asked, other), HasSubstr("/usr/bin/python3.13 (3.13.5) as a worker"));
  other = same;
  other["pytune_python_build"] = "3.13.5 (rebuilt) cpython-313";
  EXPECT_THAT(refusal(asked, other), HasSubstr("was 3.13.5 (main) cpython-313 when"));
}

}  // namespace
}  // namespace pytune
