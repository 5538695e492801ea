// The profiles that pytune comes with, against LLVM; and what may be wrong with one.
#include "toolchain/cpu_profile.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "toolchain/cpu_names.h"
#include "toolchain/native_equivalent.h"
#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using sys_test::message;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using toolchain_test::FakeCompilers;
using toolchain_test::OnlyOnPath;
using toolchain_test::says;

const std::vector<CpuProfile>& shipped() {
  static const auto profiles = load_cpu_profiles(fs::path(PYTUNE_SOURCE_DIR) / "profiles/cpus");
  return profiles;
}

TEST(ShippedCpuProfiles, AreTheServersOfArmAndTheLevelsOfX86) {
  std::vector<std::string> names;
  for (const auto& profile : shipped()) names.push_back(profile.name);
  EXPECT_THAT(names,
              ElementsAre("ampere1", "ampere1a", "ampere1b", "armv8-a", "cortex-a57", "cortex-a72",
                          "neoverse-n1", "neoverse-n2", "neoverse-n3", "neoverse-v1", "neoverse-v2",
                          "neoverse-v3", "x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"));
}

TEST(ShippedCpuProfiles, HaveTheFeaturesThatLlvmsTargetParserImplies) {
  for (const auto& profile : shipped()) {
    for (const auto& [family, known] : profile.compilers) {
      EXPECT_EQ(profile.features, implied_features(known.cpu, profile.architecture))
          << profile.name << " " << to_string(family);
    }
  }
}

TEST(ShippedCpuProfiles, HaveThePartNumbersThatLlvmKnowsThemBy) {
  for (const auto& profile : shipped()) {
    for (const auto& part : profile.midr) {
      ArmCore core;
      core.implementer = part.implementer;
      core.part = part.part;
      EXPECT_EQ(arm_native_cpu({core}).name, profile.name) << part.part;
    }
    const bool one_core = profile.architecture == "aarch64" && profile.name != "armv8-a";
    EXPECT_NE(profile.midr.empty(), one_core) << profile.name;
  }
}

TEST(ShippedCpuProfiles, DescribeEveryCoreOfArmWhole) {
  for (const auto& profile : shipped()) {
    EXPECT_THAT(profile.pages_kib, Contains(4)) << profile.name;
    if (profile.midr.empty()) continue;
    ASSERT_TRUE(profile.caches) << profile.name;
    EXPECT_FALSE(profile.machines.empty()) << profile.name;
    EXPECT_FALSE(profile.qemu.empty()) << profile.name;
    const bool sve = std::binary_search(profile.features.begin(), profile.features.end(), "sve");
    EXPECT_TRUE(sve || profile.vector_bits == 128) << profile.name;
  }
}

// Of the compilers that are installed: a release series must know what the profile says it does.
// An older one may, where somebody carried the name back.
TEST(ShippedCpuProfiles, AreKnownToTheReleasesTheyName) {
  SystemRunner runner;
  std::map<std::string, ToolchainProbe> probes;
  std::size_t asked = 0;
  for (const auto& profile : shipped()) {
    // One for each architecture: a probe hashes every tool.
    ToolchainProbe& probe = probes
                                .try_emplace(profile.architecture, runner,
                                             CrossTarget{profile.architecture + "-linux-gnu", ""})
                                .first->second;
    for (const auto& [family, known] : profile.compilers) {
      for (const auto& name : probe.discover(family)) {
        std::string reason;
        const Toolchain* compiler = probe.probe(name, reason);
        const int since = known.since.empty() ? 0 : std::stoi(known.since);
        if (compiler == nullptr || std::stoi(compiler->version) < since) continue;
        Command command;
        command.argv = {compiler->path};
        for (const auto& words :
             {compiler->words,
              cpu_flags(parse_cpu(known.cpu, profile.architecture), profile.architecture)})
          command.argv.insert(command.argv.end(), words.begin(), words.end());
        command.argv.insert(command.argv.end(), {"-fsyntax-only", "-x", "c", "/dev/null"});
        const Outcome outcome = runner.run(command);
        EXPECT_TRUE(outcome.ok()) << shell_quote(command.argv) << ": " << outcome.output;
        ++asked;
      }
    }
  }
  EXPECT_GT(asked, 0U);
}

class CpuProfiles : public sys_test::Scratch {
 protected:
  // A sound profile with `from` replaced by `to`.
  static std::string with(const std::string& from, const std::string& to) {
    std::string text = R"({"schema": 1, "name": "neoverse-n1", "architecture": "aarch64",
      "description": "d", "machines": ["m"],
      "compilers": {"gcc": {"cpu": "neoverse-n1", "since": "9"}, "clang": {"cpu": "neoverse-n1"}},
      "features": ["lse"], "vector_bits": 128, "pages_kib": [4, 64],
      "caches": {"l1i_kib": [64], "l1d_kib": [64], "l2_kib": [512], "source": "s"},
      "midr": [{"implementer": "0x41", "part": "0xd0c"}],
      "qemu": [{"cpu": "neoverse-n1", "since": "7.1"}, {"cpu": "max,sve=off", "more": true}]})";
    const std::size_t found = text.find(from);
    EXPECT_NE(found, std::string::npos) << from;
    return text.replace(found, from.size(), to);
  }
  static std::string refusal(const std::string& from, const std::string& to) {
    return message<UsageError>([&] { parse_cpu_profile(with(from, to), "p.json"); });
  }
  static CpuProfile sound() { return parse_cpu_profile(with("lse", "lse"), "p.json"); }
};

TEST_F(CpuProfiles, AreRead) {
  const CpuProfile profile = sound();
  EXPECT_EQ(profile.name, "neoverse-n1");
  EXPECT_EQ(profile.compilers.at(CompilerFamily::gcc).since, "9");
  EXPECT_EQ(profile.compilers.at(CompilerFamily::clang).since, "");
  EXPECT_EQ(profile.midr.front(), (CpuPart{0x41, 0xd0c}));
  EXPECT_THAT(profile.qemu, SizeIs(2));
  EXPECT_TRUE(profile.qemu[1].more);
}

TEST_F(CpuProfiles, MistakesAreNamedWithTheirPlace) {
  EXPECT_EQ(refusal(R"("description": "d", )", ""), "p.json: description: missing");
  EXPECT_EQ(refusal("\"midr\"", "\"midrs\""),
            "p.json: unknown key \"midrs\"; did you mean \"midr\"?");
  EXPECT_EQ(refusal("\"schema\": 1", "\"schema\": 2"),
            "p.json: schema: expected an integer from 1 to 1, got 2");
  EXPECT_EQ(refusal("\"architecture\": \"aarch64\"", "\"architecture\": \"arm\""),
            "p.json: architecture: expected one of \"aarch64\", \"x86_64\", got \"arm\"");
  EXPECT_EQ(refusal("\"cpu\": \"neoverse-n1\"}", "\"cpu\": \"neoverse-n11\"}"),
            "p.json: compilers.clang.cpu: unknown aarch64 CPU \"neoverse-n11\"; did you mean "
            "\"neoverse-n1\"?");
  EXPECT_EQ(refusal("\"since\": \"9\"", "\"since\": \"nine\""),
            "p.json: compilers.gcc.since: must be a version, such as \"13\" or \"8.2\"");
  EXPECT_EQ(refusal("[4, 64]", "[64, 4]"), "p.json: pages_kib[1]: sizes must increase");
  EXPECT_EQ(refusal("[512]", "[]"), "p.json: caches.l2_kib: must name at least one size");
  EXPECT_EQ(refusal("0xd0c", "0x1d0c"), "p.json: midr[0].part: must be at most 0xfff");
  EXPECT_THAT(refusal("\"0x41\"", "\"65\""), HasSubstr("midr[0].implementer: must be a number as"));
  EXPECT_EQ(refusal("[\"lse\"]", "[\"lse\", \"lse\"]"),
            "p.json: features[1]: \"lse\" a second time");
  EXPECT_THAT(refusal("\"d\"", "\"a\\nb\""), HasSubstr("description: must be one line"));
  EXPECT_THAT(refusal("max,sve=off", "-version"),
              HasSubstr("qemu[1].cpu: must be what -cpu takes"));
  EXPECT_THAT(refusal("max,sve=off", "max,$(x)=1"), HasSubstr("qemu[1].cpu: "));
  EXPECT_THAT(message<UsageError>([] { parse_cpu_profile("{", "p.json"); }),
              HasSubstr("p.json:1:"));
}

TEST_F(CpuProfiles, AFileIsCalledLikeItsProfile) {
  sys_test::write(at("cpus/neoverse-n1.json"), with("lse", "lse"));
  sys_test::write(at("cpus/README"), "no profile");
  EXPECT_THAT(load_cpu_profiles(at("cpus")), SizeIs(1));
  sys_test::write(at("cpus/n1.json"), with("lse", "lse"));
  EXPECT_EQ(message<UsageError>([&] { load_cpu_profiles(at("cpus")); }),
            at("cpus/n1.json").string() + ": name: must be \"n1\", like the file");
  EXPECT_EQ(message<UsageError>([&] { load_cpu_profiles(at("none")); }),
            at("none").string() + ": no CPU profiles there");
}

TEST_F(CpuProfiles, AnUnknownTargetIsRefusedWithTheNearest) {
  EXPECT_EQ(find_cpu_profile(shipped(), "neoverse-v2").name, "neoverse-v2");
  EXPECT_THAT(message<UsageError>([] { find_cpu_profile(shipped(), "neoverse-m1"); }),
              HasSubstr("unknown target \"neoverse-m1\"; did you mean \"neoverse-"));
}

class OldCompilers : public CpuProfiles {
 protected:
  std::optional<std::string> reason(const std::string& profile, const std::string& complaint) {
    runner_.answer = [complaint](const auto& argv) -> std::optional<Outcome> {
      if (argv.back().ends_with("trial") && !complaint.empty())
        return says("cc1: error: " + complaint + "\n", 1);
      return std::nullopt;
    };
    ToolchainProbe probe(runner_);
    std::string why;
    return too_old_for(find_cpu_profile(shipped(), profile), *probe.probe("gcc-12", why), probe);
  }
  OnlyOnPath path_{at("bin"), {"gcc-12"}};
  FakeCompilers runner_;
};

TEST_F(OldCompilers, AreToldTheFirstReleaseThatKnowsTheCpu) {
  EXPECT_EQ(reason("neoverse-v2", "unknown value 'neoverse-v2' for '-mcpu'"),
            "gcc-12 (12.2.0) does not know neoverse-v2; gcc 13 is the first release series that "
            "does");
}

TEST_F(OldCompilers, AreAskedAndNotJudgedByTheirVersion) {
  EXPECT_EQ(reason("neoverse-v2", ""), std::nullopt);
  EXPECT_EQ(reason("armv8-a", "whatever"), std::nullopt);
}

TEST_F(OldCompilers, OtherComplaintsAreToldAsTheyAre) {
  EXPECT_EQ(reason("neoverse-v2", "cannot execute 'cc1'"),
            "gcc-12 (12.2.0) cannot build for neoverse-v2: cannot execute 'cc1'");
}

class EmulatedCpus : public CpuProfiles {
 protected:
  std::optional<EmulatedCpu> chosen(const std::vector<std::string>& known) {
    runner_.answer = [known](const auto& argv) -> std::optional<Outcome> {
      if (std::find(known.begin(), known.end(), argv[2]) != known.end()) return says("");
      return says("qemu-aarch64: unable to find CPU model '" + argv[2] + "'\n", 1);
    };
    return emulated_cpu(sound(), runner_, {"qemu-aarch64"}, "/trial", reason_);
  }
  FakeCompilers runner_;
  std::string reason_;
};

TEST_F(EmulatedCpus, AreTheFirstThatTheEmulatorHas) {
  EXPECT_EQ(chosen({"neoverse-n1", "max,sve=off"})->cpu, "neoverse-n1");
  EXPECT_EQ(chosen({"max,sve=off"})->cpu, "max,sve=off");
  EXPECT_THAT(runner_.asked.back(), ElementsAre("qemu-aarch64", "-cpu", "max,sve=off", "/trial"));
}

TEST_F(EmulatedCpus, WithoutOneTheEmulatorsWordsAreTold) {
  EXPECT_EQ(chosen({}), std::nullopt);
  EXPECT_EQ(reason_,
            "qemu-aarch64 -cpu max,sve=off: qemu-aarch64: unable to find CPU model 'max,sve=off'");
  EXPECT_EQ(emulated_cpu(find_cpu_profile(shipped(), "x86-64-v4"), runner_, {"qemu-x86_64"}, "/t",
                         reason_),
            std::nullopt);
  EXPECT_EQ(reason_, "no emulator executes all of x86-64-v4");
}

}  // namespace
}  // namespace pytune
