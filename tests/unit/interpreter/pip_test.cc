#include "interpreter/pip.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "unit/measure/fake_worker.h"
#include "unit/sys/scratch.h"

namespace pytune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

TEST(PipSettings, OnlyWhatReachesAnIndexIsKept) {
  const PipSurroundings kept = keep_reach(
      ":env:.target='/elsewhere'\n"
      "global.cert='/etc/ca.pem'\n"
      "global.extra-index-url='\\nhttps://a/simple\\nhttps://b/simple'\n"
      "global.index-url='https://user:secret@global/simple'\n"
      "global.require-virtualenv='true'\n"
      "install.index-url='https://install/simple'\n"
      "install.target='/elsewhere'\n"
      "nonsense\n",
      {});
  EXPECT_THAT(kept.environment,
              ElementsAre(Pair("PIP_CERT", "/etc/ca.pem"), Pair("PIP_CONFIG_FILE", "/dev/null"),
                          Pair("PIP_EXTRA_INDEX_URL", "https://a/simple https://b/simple"),
                          Pair("PIP_INDEX_URL", "https://install/simple")));
  EXPECT_THAT(kept.left_out, ElementsAre("global.require-virtualenv", "install.target"));
}

TEST(PipSettings, AVariableGoesBeforeAFile) {
  const PipSurroundings kept =
      keep_reach("install.proxy='http://file:1'\n", {{"PIP_PROXY", "http://variable:2"}});
  EXPECT_EQ(kept.environment.at("PIP_PROXY"), "http://variable:2");
  EXPECT_THAT(kept.left_out, IsEmpty());
}

// Lines of pip 25 where a proxy reads along, and where there is none.
TEST(PipReason, SaysWhyAnIndexIsNotReachedAndWhatToDo) {
  const auto reason = [](const std::string& broken) {
    Outcome outcome;
    outcome.exit_code = 1;
    outcome.output =
        "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by '" + broken +
        "': /simple/pyperf/\nERROR: Could not find a version that satisfies the requirement "
        "pyperf==2.10.0 (from versions: none)\nERROR: No matching distribution found for "
        "pyperf==2.10.0\n";
    return pip_reason(outcome, lost_connection(outcome));
  };
  EXPECT_EQ(reason("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
                   "certificate verify failed: self-signed certificate in certificate chain'))"),
            "the package index cannot be reached: its certificate is not trusted here; where a "
            "proxy reads along, name the proxy's certificates with PIP_CERT=FILE or in pip.conf "
            "(cert = FILE) (pip: No matching distribution found for pyperf==2.10.0)");
  EXPECT_THAT(reason("ProxyError('Cannot connect to proxy.', OSError('407'))"),
              HasSubstr("check HTTPS_PROXY and pip.conf (proxy)"));
  EXPECT_THAT(reason("NewConnectionError('[Errno -3] Temporary failure in name resolution')"),
              HasSubstr("its name cannot be looked up"));
  EXPECT_THAT(reason("ConnectTimeoutError('Connection to index.example timed out.')"),
              HasSubstr("it does not answer in time"));
  EXPECT_THAT(reason("Something else"), StartsWith("the package index cannot be reached (pip: "));
}

class PipConfigurations : public sys_test::Scratch {};

TEST_F(PipConfigurations, ThoseThatAreThereAreNamed) {
  sys_test::write(at("etc/pip.conf"), "[global]\n");
  sys_test::write(at("home/.config/pip/pip.conf"), "[global]\n");
  sys_test::write(at("mine"), "[global]\n");
  EXPECT_THAT(pip_configurations({{"HOME", at("home")}, {"PIP_CONFIG_FILE", at("mine")}}, root()),
              ElementsAre(at("etc/pip.conf"), at("home/.config/pip/pip.conf"), at("mine")));
  EXPECT_THAT(pip_configurations({{"PIP_CONFIG_FILE", "/dev/null"}}, at("nowhere")), IsEmpty());
}

TEST(PipSettings, ThatCannotBeReadAreNamedAndNotTakenForNoPip) {
  measure_test::FakeRunner runner([](const Command& command) {
    Outcome outcome;
    if (command.argv.back() != "--version") {
      outcome.exit_code = 1;
      outcome.output =
          "Configuration file could not be loaded.\nFile contains no section headers.\n"
          "file: '/home/x/.config/pip/pip.conf', line: 1\n";
    }
    return outcome;
  });
  const auto pip = find_pip(runner, {"python3"}, "", {});
  EXPECT_EQ(runner.commands.back().environment->at("PIP_CONFIG_FILE"), "/dev/null");
  EXPECT_THAT(sys_test::message<Failure>([&] { (void)pip_surroundings(runner, pip, {}); }),
              AllOf(HasSubstr("'/home/x/.config/pip/pip.conf', line: 1"),
                    HasSubstr("mend that file, or set PIP_CONFIG_FILE=/dev/null")));
}

TEST(PipSettings, AnIndexIsTriedTwiceAtLeast) {
  measure_test::FakeRunner runner([](const Command&) { return Outcome{}; });
  EXPECT_EQ(pip_surroundings(runner, {"pip"}, {{"PIP_RETRIES", "0"}}).environment.at("PIP_RETRIES"),
            "1");
  EXPECT_EQ(pip_surroundings(runner, {"pip"}, {{"PIP_RETRIES", "7"}}).environment.at("PIP_RETRIES"),
            "7");
}

}  // namespace
}  // namespace pytune
