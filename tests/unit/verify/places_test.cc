// What the gates ask of an interpreter of this machine and of one that is emulated, by what they
// run.
#include <gmock/gmock.h>

#include <mutex>

#include "sys/error.h"
#include "unit/patches/support.h"
#include "verify/differential.h"
#include "verify/test_suite.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using patches_test::write;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Keeps the words of every command, and answers what the differential program and a test do.
class Asked : public ProcessRunner {
 public:
  Outcome run(const Command& command) override {
    std::string words;
    for (const auto& word : command.argv) words += word + " ";
    const std::lock_guard lock(mutex_);
    commands.push_back(words);
    Outcome outcome;
    outcome.output = "hex 10 " + std::string(64, 'a') + "\n";
    return outcome;
  }
  std::vector<std::string> commands;

 private:
  std::mutex mutex_;
};

class GatesByPlace : public ::testing::Test {
 protected:
  GatesByPlace() {
    write(folder_.path() / "differential.py", "");
    options_.native = {1000, {"test_int", "test_str"}};
    options_.emulated = {50, {"test_float"}};
    target_.machine.emulator.path = "/usr/bin/qemu-aarch64";
    target_.machine.emulator.cpus = {"max"};
    target_.machine.cpu = "max";
  }

  PlaceBuilds place(const std::string& name, const Target* target) const {
    PlaceBuilds made;
    made.name = name;
    made.place.target = target;
    made.recipe.emplace();
    made.plain.id = name + " plain";
    made.patched.resize(1);
    made.patched[0].variant.patch = kSeriesRow;
    made.patched[0].build.id = name + " patched";
    return made;
  }
  std::vector<PlaceBuilds> places() const {
    return {place("gcc", nullptr), place("gcc for neoverse-n2", &target_)};
  }
  // The commands that ran natively, or emulated.
  std::vector<std::string> commands(bool emulated) const {
    std::vector<std::string> found;
    for (const auto& words : runner_.commands)
      if ((words.find("qemu") != std::string::npos) == emulated) found.push_back(words);
    return found;
  }

  TemporaryDirectory folder_{fs::temp_directory_path(), "places"};
  Store store_{folder_.path() / "store"};
  Asked runner_;
  JobServer jobs_{1};
  Source source_;
  TrainingSet training_;
  BuildContext building_{store_, runner_, jobs_, source_, training_};
  PatchSeries series_;
  VerifyOptions options_;
  NoListener listener_;
  Target target_;
};

TEST_F(GatesByPlace, AnEmulatedInterpreterIsAskedItsOwnNumberOfCases) {
  VerifyContext context{building_, series_, folder_.path(), options_, listener_};
  const auto rows = verify_differential(context, places());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].outcome, GateOutcome::passed) << rows[1].why;
  EXPECT_THAT(commands(false), ElementsAre(HasSubstr("--cases 1000 "), HasSubstr("--cases 1000 ")));
  EXPECT_THAT(commands(true), ElementsAre(HasSubstr("--cases 50 "), HasSubstr("--cases 50 ")));
  EXPECT_THAT(read_file(rows[1].log), HasSubstr("--cases 50 "));
}

TEST_F(GatesByPlace, AnEmulatedInterpreterRunsItsOwnTests) {
  VerifyContext context{building_, series_, folder_.path(), options_, listener_};
  verify_tests(context, places());
  EXPECT_EQ(commands(false).size(), 4U);
  EXPECT_THAT(commands(false),
              AllOf(Contains(HasSubstr("test_int")), Contains(HasSubstr("test_str")),
                    Not(Contains(HasSubstr("test_float")))));
  EXPECT_THAT(commands(true), ElementsAre(HasSubstr("test_float"), HasSubstr("test_float")));
}

}  // namespace
}  // namespace pytune
