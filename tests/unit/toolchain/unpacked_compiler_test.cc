// Compilers that are not installed, through a probe whose runner these tests play.
#include <gmock/gmock.h>

#include "sys/error.h"
#include "toolchain/flags.h"
#include "toolchain/toolchain.h"
#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using toolchain_test::FakeCompilers;
using toolchain_test::says;

constexpr const char* kName = "debian:13/gcc-14";

class UnpackedCompilers : public sys_test::Scratch {
 protected:
  UnpackedCompilers() {
    for (const char* name : {"gcc-14", "gcc-ar-14", "gcc-ranlib-14"}) {
      sys_test::write(folder() / name, "#!/bin/sh\n");
      fs::permissions(folder() / name, fs::perms::owner_all);
    }
    unpacked.name = kName;
    unpacked.program = "gcc-14";
    unpacked.version = "14";
    unpacked.folder = folder();
    unpacked.contents = "these packages";
    runner.answer = [this](const std::vector<std::string>& argv) -> std::optional<Outcome> {
      if (fs::path(argv.front()).filename() == "hello") return hello;
      if (argv.size() > 1 && argv[1] == "-O1") return compiled;
      return std::nullopt;
    };
    probe.take_unpacked_from([this](const std::string& name) {
      if (name != kName) throw UsageError(name + ": there is none");
      return unpacked;
    });
  }

  fs::path folder() const { return at("programs"); }

  const Toolchain* find(const std::string& name = kName) { return probe.probe(name, reason); }

  UnpackedCompiler unpacked;
  Outcome hello = says("1\n");
  Outcome compiled = says("");
  FakeCompilers runner;
  ToolchainProbe probe{runner};
  std::string reason;
};

TEST_F(UnpackedCompilers, GoByTheNameTheyWereAskedForAndLieInTheirFolder) {
  const Toolchain* t = find();
  ASSERT_NE(t, nullptr) << reason;
  EXPECT_EQ(t->name, kName);
  EXPECT_EQ(t->folder, folder());
  EXPECT_EQ(t->path, folder() / "gcc-14");
  EXPECT_EQ(t->ar, folder() / "gcc-ar-14");
  EXPECT_EQ(t->version, "14.2.0");
  EXPECT_FALSE(t->stand_in);
}

TEST_F(UnpackedCompilers, AreIdentifiedByWhatTheyWorkWithToo) {
  const std::string before = find()->identity;
  unpacked.contents = "other packages";
  ToolchainProbe again{runner};
  again.take_unpacked_from([this](const std::string&) { return unpacked; });
  EXPECT_NE(again.probe(kName, reason)->identity, before);
}

TEST_F(UnpackedCompilers, ThatDoNotCompileHereSayWhatTheySaid) {
  compiled = says("ld: cannot find -lm\n", 1);
  EXPECT_EQ(find(), nullptr);
  EXPECT_THAT(reason, AllOf(HasSubstr("debian:13/gcc-14 does not compile here"),
                            HasSubstr("cannot find -lm")));
}

TEST_F(UnpackedCompilers, WhoseProgramsDoNotRunHereAreNotUsed) {
  hello = says("hello: version `GLIBC_2.99' not found\n", 1);
  EXPECT_EQ(find(), nullptr);
  EXPECT_THAT(reason, AllOf(HasSubstr("does not run here"), HasSubstr("GLIBC_2.99")));
}

TEST_F(UnpackedCompilers, ThatCannotBeHadAreRefusedWithTheReason) {
  EXPECT_EQ(find("debian:13/gcc-99"), nullptr);
  EXPECT_EQ(reason, "debian:13/gcc-99: there is none");
  ToolchainProbe nowhere{runner};
  EXPECT_EQ(nowhere.probe(kName, reason), nullptr);
  EXPECT_THAT(reason, HasSubstr("name an installed one"));
  ToolchainProbe cross{runner, {"aarch64-linux-gnu", {}, {}}};
  cross.take_unpacked_from([this](const std::string&) { return unpacked; });
  EXPECT_EQ(cross.probe(kName, reason), nullptr);
  EXPECT_THAT(reason, HasSubstr("build for this machine only"));
}

TEST_F(UnpackedCompilers, OfAPlanAreNamedAndNotTried) {
  unpacked.folder.clear();
  const Toolchain* t = find();
  ASSERT_NE(t, nullptr) << reason;
  EXPECT_TRUE(t->stand_in);
  EXPECT_EQ(t->name, kName);
  EXPECT_EQ(t->version, "14");
  Configuration configuration;
  configuration.set<Compiler>(kName);
  configuration.set<Cpu>("native");
  EXPECT_EQ(resolve(configuration, probe), std::nullopt);
  EXPECT_EQ(impossible(configuration, *t, probe), std::nullopt);
  EXPECT_TRUE(runner.asked.empty());
}

}  // namespace
}  // namespace pytune
