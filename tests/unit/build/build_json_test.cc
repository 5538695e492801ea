#include <gtest/gtest.h>

#include "build/build.h"
#include "sys/error.h"

namespace pytune {
namespace {

Build sample() {
  Build b;
  b.id = "0123456789abcdef";
  set_value(b.configuration, "lto", "full");
  set_value(b.configuration, "cflags", "-fa -fb");
  b.name = "näme";
  b.source_version = "3.13.5";
  b.source_archive = "python3.13_3.13.5.orig.tar.xz";
  b.source_sha256 = "aa";
  b.source_origin = "Debian";
  b.prefix = "/store/build/x/prefix";
  b.python = "/store/build/x/prefix/bin/python3.13";
  b.configure_arguments = {"--prefix=/opt/python"};
  b.make_variables = {"OPT=-DNDEBUG -O3"};
  b.profile_make_variables = {"OPT=-O3"};
  b.training_command = {"run.py", "--all"};
  b.training_sha256 = "bb";
  b.profile_sha256 = "cc";
  b.profile = "/store/train/y";
  b.bolt_arguments = {"-split-functions"};
  b.commands = {{"configure", "$WORK/build", "../src/configure", 1.5}};
  b.tools = {{"gcc-12", "/usr/bin/gcc-12", "12.2.0", "dd"}};
  b.effective_flags = "-O3";
  b.unprofiled_functions = {"frame_setlineno"};
  b.flag_mismatches = {"-O3 was asked for"};
  b.cpu_requirement = "runs on any x86-64 machine";
  b.code_sha256 = "ee";
  b.interpreter_bytes = std::uint64_t{1} << 40U;
  b.prefix_bytes = 7;
  b.build_seconds = 12.25;
  return b;
}

TEST(BuildJson, RoundTrips) {
  const nlohmann::json json = sample();
  const Build back = nlohmann::json::parse(json.dump()).get<Build>();
  EXPECT_TRUE(back.ok());
  EXPECT_EQ(back.configuration, sample().configuration);
  EXPECT_EQ(back.python, sample().python);
  EXPECT_EQ(back.interpreter_bytes, sample().interpreter_bytes);
  EXPECT_EQ(back.commands.front().line, "../src/configure");
  EXPECT_EQ(nlohmann::json(back), json);
}

TEST(BuildJson, FailureRoundTrips) {
  Build build = sample();
  build.failure = BuildFailure{"compile", "link-error", "m", "r", "l", false};
  const nlohmann::json json = build;
  const Build back = json.get<Build>();
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.failure->failure_class, "link-error");
  EXPECT_FALSE(back.failure->deterministic);
  EXPECT_EQ(nlohmann::json(back), json);
}

TEST(BuildJson, TheMachineThatItIsForRoundTrips) {
  Build build = sample();
  build.target = RecordedTarget{"neoverse-n1",
                                "aarch64-linux-gnu",
                                "/store/root",
                                "/store/native",
                                "/bin/plugin.so",
                                "/store/rt/libclang_rt.profile-aarch64.a",
                                "libclang_rt.profile-19.a",
                                {"qemu-aarch64", "-L", "/store/root"}};
  const nlohmann::json json = build;
  const Build back = json.get<Build>();
  ASSERT_TRUE(back.target.has_value());
  EXPECT_EQ(back.target->profile_runtime_link, "libclang_rt.profile-19.a");
  EXPECT_EQ(back.target->run_words.size(), 3U);
  EXPECT_EQ(nlohmann::json(back), json);
  EXPECT_FALSE(nlohmann::json(sample()).contains("target"));
}

TEST(BuildJson, MissingMemberIsAnError) {
  nlohmann::json json = sample();
  json.erase("python");
  EXPECT_THROW((void)json.get<Build>(), UsageError);
}

}  // namespace
}  // namespace pytune
