#include "build/jit.h"

#include <gmock/gmock.h>

#include "unit/toolchain/fake_gcc.h"

namespace pytune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using toolchain_test::FakeCompilers;
using toolchain_test::OnlyOnPath;
using toolchain_test::says;

class BuildsOfTheJit : public sys_test::Scratch {
 protected:
  BuildsOfTheJit() {
    write("tree/Tools/jit/_llvm.py", "import re\n\n_LLVM_VERSION = 19\n");
    write("tree/configure", "for ac_prog in python$PACKAGE_VERSION python3.13 python3\ndo\n");
    source_.version = "3.14.7";
    source_.minor = "3.14";
    source_.tree = at("tree");
    configuration_.set<Jit>(Jit::Value::on);
    gcc_.name = "gcc-12";
    runner_.answer = [this](const std::vector<std::string>& argv) -> std::optional<Outcome> {
      const std::string program = std::filesystem::path(argv.front()).filename();
      if (program.starts_with("llvm-readobj")) return says("LLVM version " + readobj_ + "\n");
      if (program.starts_with("python3")) return says(program == "python3.13" ? shim_ : python_);
      return std::nullopt;
    };
  }
  void write(const std::string& name, const std::string& text) { sys_test::write(at(name), text); }
  std::optional<std::string> reason(const std::vector<std::string>& on_path) {
    const OnlyOnPath path(at("bin" + std::to_string(++asked_)), on_path);
    ToolchainProbe probe(runner_);
    return unfit_for_jit(configuration_, {source_, training_}, probe, gcc_);
  }

  int asked_ = 0;
  FakeCompilers runner_;
  Source source_;
  TrainingSet training_{"/training", "abc"};
  Configuration configuration_;
  Toolchain gcc_;
  std::string readobj_ = "19.1.7";
  std::string shim_ = "Python 3.13.5\n";
  std::string python_ = "Python 3.11.2\n";
};

TEST_F(BuildsOfTheJit, TakeTheLlvmThatTheSourceNames) {
  EXPECT_EQ(reason({"clang-19", "llvm-readobj-19", "python3"}), std::nullopt);
  EXPECT_FALSE(gcc_.jit_identity.empty());
  EXPECT_EQ(gcc_.jit_python, "");
  EXPECT_THAT(reason({"clang-18", "llvm-readobj-19", "python3"}).value_or(""),
              AllOf(HasSubstr("the JIT's code of CPython 3.14.7 is made by LLVM 19: "),
                    HasSubstr("apt-get install clang-19 llvm-19")));
  readobj_ = "14.0.6";
  EXPECT_THAT(reason({"clang-19", "llvm-readobj", "python3"}).value_or(""),
              HasSubstr("llvm-readobj is not installed; on Debian: apt-get install clang-19"));
}

TEST_F(BuildsOfTheJit, ReadTheVersionInEitherSpelling) {
  EXPECT_EQ(llvm_of_jit(at("tree")), "19");
  write("tree/Tools/jit/_llvm.py", "_LLVM_VERSION = \"21\"\n_LLVM_VERSION_PATTERN = 1\n");
  EXPECT_EQ(llvm_of_jit(at("tree")), "21");
  EXPECT_EQ(llvm_of_jit(at("none")), "");
}

TEST_F(BuildsOfTheJit, NameAPythonWhereConfigureTakesAShim) {
  shim_ = "pyenv: python3.13: command not found\n";
  EXPECT_EQ(reason({"clang-19", "llvm-readobj-19", "python3.13", "python3"}), std::nullopt);
  EXPECT_EQ(gcc_.jit_python, "python3");
  python_ = "Python 3.9.2\n";
  EXPECT_THAT(reason({"clang-19", "llvm-readobj-19", "python3.13", "python3"}).value_or(""),
              HasSubstr("the JIT's code is made by a Python 3.11 or later, and none is on PATH"));
}

TEST_F(BuildsOfTheJit, AreNoneWithoutTheLockWhereConfigureSaysSo) {
  configuration_.set<Gil>(Gil::Value::off);
  EXPECT_EQ(reason({"clang-19", "llvm-readobj-19", "python3"}), std::nullopt);
  write("tree/configure", "--enable-experimental-jit cannot be used with --disable-gil.");
  EXPECT_THAT(reason({"clang-19", "llvm-readobj-19", "python3"}).value_or(""),
              HasSubstr("no JIT compiler without the global interpreter lock"));
}

TEST_F(BuildsOfTheJit, AreNotJudgedWithoutASourceOrWithoutAJit) {
  source_.tree.clear();
  EXPECT_EQ(reason({}), std::nullopt);
  configuration_ = Configuration();
  EXPECT_EQ(reason({}), std::nullopt);
  EXPECT_EQ(gcc_.jit_identity, "");
}

}  // namespace
}  // namespace pytune
