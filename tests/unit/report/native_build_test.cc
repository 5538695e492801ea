#include "report/native_build.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;

Build cross_build() {
  Build build;
  RecordedTarget& target = build.target.emplace();
  target.triple = "aarch64-linux-gnu";
  target.run_words = {"/usr/bin/qemu-aarch64", "-L",      "/store/root",   "-cpu",
                      "neoverse-n1",           "-plugin", "/bin/plugin.so"};
  const std::string compiler = "CC=/usr/bin/aarch64-linux-gnu-gcc-12 --sysroot=../sysroot";
  build.configure_arguments = {"--prefix=/opt/python",
                               "--build=x86_64-linux-gnu",
                               "--host=aarch64-linux-gnu",
                               "--with-build-python=../native/bin/python3.13",
                               "--with-computed-gotos",
                               "ac_cv_aligned_required=no",
                               "AR=/usr/bin/aarch64-linux-gnu-gcc-ar-12",
                               compiler + " -B../sysroot/usr/lib -isystem =/usr/include",
                               "PKG_CONFIG_LIBDIR=../sysroot/usr/lib/pkgconfig",
                               "--disable-shared"};
  build.make_variables = {
      "OPT=-DNDEBUG -O3",
      "LINKCC=/usr/bin/aarch64-linux-gnu-gcc-12 --sysroot=../sysroot -isystem =/usr/include -pie"};
  build.commands = {
      {"compile", "$WORK/build",
       "../src/configure --prefix=/opt/python --host=aarch64-linux-gnu "
       "'CC=/usr/bin/aarch64-linux-gnu-gcc-12 --sysroot=../sysroot' --disable-shared",
       1},
      {"train", "$WORK/build",
       "PYTHONHASHSEED=0 setarch -R /usr/bin/qemu-aarch64 -L \"$WORK/sysroot\" -cpu neoverse-n1 "
       "-plugin \"$WORK/plugin.so\" \"$WORK/install/opt/python/bin/python3.13\" "
       "\"$TRAINING/run.py\" --scale 0.2",
       1}};
  build.tools = {{"gcc-12", "/usr/bin/aarch64-linux-gnu-gcc-12", "12.2.0", "abc"}};
  return build;
}

TEST(NativeBuild, KeepsTheFlagsAndLeavesOutWhatACrossBuildNeeds) {
  const Build build = native_build(cross_build());
  EXPECT_THAT(build.configure_arguments,
              ElementsAre("--prefix=/opt/python", "AR=gcc-ar-12", "CC=gcc-12", "--disable-shared"));
  EXPECT_THAT(build.make_variables, ElementsAre("OPT=-DNDEBUG -O3", "LINKCC=gcc-12 -pie"));
  EXPECT_FALSE(build.target.has_value());
}

TEST(NativeBuild, ConfiguresAndTrainsWithoutAnEmulator) {
  const Build build = native_build(cross_build());
  EXPECT_EQ(build.commands[0].line,
            "../src/configure --prefix=/opt/python CC=gcc-12 --disable-shared");
  EXPECT_EQ(build.commands[1].line,
            "PYTHONHASHSEED=0 setarch -R \"$WORK/install/opt/python/bin/python3.13\" "
            "\"$TRAINING/run.py\" --scale 0.2");
}

TEST(NativeBuild, LooksForTheCompilerByItsNameThere) {
  const Build build = native_build(cross_build());
  EXPECT_EQ(build.tools[0].path, "gcc-12");
  EXPECT_THAT(build.tools[0].sha256, Eq(""));
}

TEST(NativeBuild, LeavesABuildForThisMachineAsItIs) {
  Build build = cross_build();
  build.target.reset();
  EXPECT_EQ(native_build(build).configure_arguments, build.configure_arguments);
  EXPECT_EQ(native_build(build).commands[1].line, build.commands[1].line);
}

}  // namespace
}  // namespace pytune
