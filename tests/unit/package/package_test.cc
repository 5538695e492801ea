#include "package/package.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "input/unpack.h"
#include "sys/error.h"
#include "unit/package/fake_prefix.h"
#include "unit/sys/recorded_listener.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class PackageTest : public testing::Test {
 protected:
  PackageTest()
      : temporary_(fs::temp_directory_path(), "package_test"), store_(temporary_.path() / "store") {
    build_ = make_fake_build(temporary_.path() / "prefix");
    options_.output_directory = temporary_.path() / "out";
    options_.check = false;
    options_.source_date_epoch = "1700000000";
    options_.benchmark = {{"geometric_mean", 1.07}};
  }

  PackageResult package() {
    return make_package(store_, interpreter_, build_, options_, listener_);
  }

  fs::path unpacked(const PackageFile& file) {
    const fs::path target = temporary_.path() / ("unpacked" + std::to_string(++count_));
    fs::create_directories(target);
    unpack_package(file.path, target, "package");
    return target / "python";
  }

  std::string failure() {
    try {
      package();
    } catch (const Failure& error) {
      return error.what();
    }
    return "it worked";
  }

  bool nothing_left() const {
    return (!fs::exists(options_.output_directory) || fs::is_empty(options_.output_directory)) &&
           fs::is_empty(store_.root() / "staging");
  }

  TemporaryDirectory temporary_;
  Store store_;
  FakeInterpreter interpreter_;
  Build build_;
  PackageOptions options_;
  test::RecordedListener listener_;
  int count_ = 0;
};

TEST_F(PackageTest, SameBuildGivesSameBytes) {
  const PackageResult first = package();
  // What a run may leave in the prefix, and when files were written, must not show.
  put(build_.prefix / "lib/python3.13/test/__pycache__/test_dict.cpython-313.pyc", pyc(0, "stray"));
  put(build_.prefix / "lib/python3.13/__pycache__/os.cpython-313.opt-1.pyc", pyc(0, "stray"));
  fs::last_write_time(build_.prefix / "lib/python3.13/os.py", fs::file_time_type::clock::now());
  options_.output_directory = temporary_.path() / "elsewhere";
  const PackageResult second = package();
  EXPECT_EQ(first.full.sha256, second.full.sha256);
  EXPECT_EQ(first.install.sha256, second.install.sha256);
  EXPECT_EQ(sha256_file(second.full.path), second.full.sha256);
  EXPECT_EQ(fs::file_size(second.install.path), second.install.bytes);
  EXPECT_TRUE(second.ok());
}

TEST_F(PackageTest, AFreeThreadedBuildKeepsTheBytecodeThatItHas) {
  fs::rename(build_.prefix / "lib/python3.13", build_.prefix / "lib/python3.13t");
  fs::rename(build_.prefix / "bin/python3.13", build_.prefix / "bin/python3.13t");
  fs::create_symlink("python3.13t", build_.prefix / "bin/python3.13");
  build_.python = build_.prefix / "bin/python3.13t";
  const fs::path cache = unpacked(package().install) / "lib/python3.13t/__pycache__";
  EXPECT_EQ(read_file(cache / "os.cpython-313.pyc"), pyc(1, "os as installed"));
  EXPECT_FALSE(fs::exists(cache / "os.cpython-313t.pyc"));
}

TEST_F(PackageTest, NamesSayWhatIsInside) {
  const PackageResult result = package();
  EXPECT_EQ(result.full.path.filename(),
            "cpython-3.13.5+pytune-0123456789abcdef-x86_64-unknown-linux-gnu-full.tar.zst");
  EXPECT_EQ(result.install.path.filename(),
            "cpython-3.13.5+pytune-0123456789abcdef-x86_64-unknown-linux-gnu-install.tar.gz");
}

TEST_F(PackageTest, FullArchiveHasEverything) {
  const fs::path root = unpacked(package().full);
  for (const char* name : {"install/bin/python3.13", "install/lib/python3.13/test/test_dict.py",
                           "PYTHON.json", "install/lib/libpython3.13.a",
                           "licenses/LICENSE.cpython.txt", "sbom.spdx.json", "run_tests.py"})
    EXPECT_TRUE(fs::is_regular_file(root / name)) << name;
  // One copy of the static library, found from both places.
  const fs::path second =
      root / "install/lib/python3.13/config-3.13-x86_64-linux-gnu/libpython3.13.a";
  EXPECT_EQ(fs::read_symlink(second), "../../libpython3.13.a");
  EXPECT_EQ(fs::read_symlink(root / "install/bin/python"), "python3.13");
}

TEST_F(PackageTest, InstallArchiveHasNoTestsAndNoStaticLibraryButItsPapers) {
  const fs::path root = unpacked(package().install);
  for (const char* name :
       {"bin/python3.13", "share/pytune/PYTHON.json", "share/pytune/sbom.spdx.json",
        "share/pytune/licenses/LICENSE.cpython.txt",
        "lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so"})
    EXPECT_TRUE(fs::exists(root / name)) << name;
  for (const char* name :
       {"lib/python3.13/test", "lib/python3.13/idlelib/idle_test", "lib/libpython3.13.a",
        "lib/python3.13/config-3.13-x86_64-linux-gnu/libpython3.13.a",
        "lib/python3.13/lib-dynload/_testcapi.cpython-313-x86_64-linux-gnu.so"})
    EXPECT_FALSE(fs::exists(fs::symlink_status(root / name))) << name;
}

TEST_F(PackageTest, ManifestTellsHowItWasMade) {
  const auto manifest = nlohmann::json::parse(read_file(unpacked(package().full) / "PYTHON.json"));
  EXPECT_EQ(manifest.at("version"), "8");
  EXPECT_EQ(manifest.at("target_triple"), "x86_64-unknown-linux-gnu");
  EXPECT_EQ(manifest.at("python_exe"), "install/bin/python3.13");
  EXPECT_EQ(manifest.at("python_paths").at("stdlib"), "install/lib/python3.13");
  EXPECT_EQ(manifest.at("python_paths").at("data"), "install");
  EXPECT_EQ(manifest.at("python_stdlib_test_packages"),
            (nlohmann::json{"idlelib.idle_test", "test"}));
  EXPECT_EQ(manifest.at("libpython_link_mode"), "static");
  EXPECT_EQ(manifest.at("python_config_vars").at("CC"), "cc -pthread");
  const auto& own = manifest.at("pytune");
  EXPECT_EQ(own.at("make_variables").at(0), "CFLAGS_NODIST=-O3 -march=native");
  EXPECT_EQ(own.at("tools").at(0).at("sha256"), std::string(64, 'b'));
  EXPECT_EQ(own.at("source").at("sha256"), std::string(64, 'a'));
  EXPECT_EQ(own.at("profile_sha256"), std::string(64, 'd'));
  EXPECT_EQ(own.at("code_sha256"), std::string(64, 'c'));
  EXPECT_EQ(own.at("effective_flags"), "-O3 -march=native");
  EXPECT_THAT(own.at("cpu_requirement").get<std::string>(), HasSubstr("sapphirerapids"));
  EXPECT_EQ(own.at("benchmark").at("geometric_mean"), 1.07);
  EXPECT_EQ(own.at("static_library").at("included"), true);
}

TEST_F(PackageTest, LtoOnlyStaticLibraryIsLeftOutAndTheManifestSaysWhy) {
  put(build_.prefix / "lib/libpython3.13.a", ar_archive({"BC\xC0\xDE bitcode"}));
  put(build_.prefix / "lib/python3.13/config-3.13-x86_64-linux-gnu/libpython3.13.a",
      ar_archive({"BC\xC0\xDE bitcode"}));
  const fs::path root = unpacked(package().full);
  EXPECT_FALSE(fs::exists(root / "install/lib/libpython3.13.a"));
  const auto manifest = nlohmann::json::parse(read_file(root / "PYTHON.json"));
  const auto& library = manifest.at("pytune").at("static_library");
  EXPECT_EQ(library.at("included"), false);
  EXPECT_THAT(library.at("reason").get<std::string>(), HasSubstr("bitcode"));
  EXPECT_FALSE(manifest.at("build_info").at("core").contains("static_lib"));
}

TEST_F(PackageTest, NoPathOfTheBuildIsLeft) {
  const fs::path root = unpacked(package().install);
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && !entry.is_symlink()) {
      EXPECT_THAT(read_file(entry.path()), Not(HasSubstr("/made/slot"))) << entry.path();
    }
  }
}

TEST_F(PackageTest, BytecodeMatchesItsSource) {
  const fs::path cache = unpacked(package().install) / "lib/python3.13/__pycache__";
  EXPECT_EQ(read_file(cache / "os.cpython-313.pyc"), pyc(1, "os as installed"));
  EXPECT_EQ(read_file(cache / "abc.cpython-313.pyc"), pyc(1, "compiled: # abc\n"));
  EXPECT_THAT(read_file(cache / "_sysconfigdata__linux_x86_64-linux-gnu.cpython-313.pyc"),
              HasSubstr("_relocate"));
  EXPECT_FALSE(fs::exists(cache / "gone.cpython-313.pyc"));
}

TEST_F(PackageTest, InterpreterThatCannotRunHereStillGivesAPackage) {
  interpreter_.broken = true;
  const fs::path root = unpacked(package().install);
  EXPECT_FALSE(fs::exists(root / "lib/python3.13/__pycache__/abc.cpython-313.pyc"));
  EXPECT_EQ(
      nlohmann::json::parse(read_file(root / "share/pytune/PYTHON.json")).at("python_version"),
      "3.13.5");
}

TEST_F(PackageTest, TheBuildItselfIsNotTouched) {
  const auto before = read_file(build_.prefix / "bin/pydoc3.13");
  package();
  EXPECT_EQ(read_file(build_.prefix / "bin/pydoc3.13"), before);
  EXPECT_EQ(read_file(build_.prefix / "lib/python3.13/__pycache__/abc.cpython-313.pyc"),
            pyc(0, "made by a run, with a time"));
  EXPECT_TRUE(fs::is_regular_file(build_.prefix / "lib/libpython3.13.a"));
}

TEST_F(PackageTest, ProfileTravelsInTheFullArchive) {
  build_.profile = temporary_.path() / "profile";
  put(build_.profile / "code.profdata", "counts");
  const PackageResult result = package();
  EXPECT_EQ(read_file(unpacked(result.full) / "profile/code.profdata"), "counts");
  EXPECT_FALSE(fs::exists(unpacked(result.install) / "profile"));
}

TEST_F(PackageTest, BillNamesWhatTheSourceTreeNames) {
  options_.source_tree = temporary_.path() / "source";
  put(options_.source_tree / "LICENSE", "PSF\n");
  put(options_.source_tree / "Modules/expat/COPYING", "MIT text\n");
  put(options_.source_tree / "Misc/sbom.spdx.json",
      R"({"packages": [{"name": "expat", "versionInfo": "2.6.3"}, 7, {}]})");
  const auto bill = nlohmann::json::parse(read_file(unpacked(package().full) / "sbom.spdx.json"));
  EXPECT_EQ(bill.at("spdxVersion"), "SPDX-2.3");
  EXPECT_EQ(bill.at("creationInfo").at("created"), "2023-11-14T22:13:20Z");
  ASSERT_EQ(bill.at("packages").size(), 2u);
  EXPECT_EQ(bill.at("packages").at(1).at("name"), "expat");
  EXPECT_EQ(bill.at("packages").at(1).at("versionInfo"), "2.6.3");
  EXPECT_EQ(bill.at("packages").at(1).at("licenseDeclared"), "MIT");
}

TEST_F(PackageTest, MissingPrefixIsOneClearLine) {
  build_.prefix = temporary_.path() / "nowhere";
  EXPECT_THAT(failure(), testing::AllOf(HasSubstr("nowhere"), HasSubstr("build it again"),
                                        Not(HasSubstr("\n"))));
  EXPECT_TRUE(nothing_left());
}

TEST_F(PackageTest, FailedBuildIsRefused) {
  build_.failure = BuildFailure{
      .stage = "compile", .failure_class = "hang", .message = "timed out", .remedy = "", .log = ""};
  EXPECT_THAT(failure(), HasSubstr("nothing to package"));
}

TEST_F(PackageTest, LinkOutOfTheInstallationIsRefused) {
  fs::create_symlink("../../../../etc/passwd", build_.prefix / "lib/escape");
  EXPECT_THAT(failure(), HasSubstr("leads out of the installation"));
  EXPECT_TRUE(nothing_left());
}

TEST_F(PackageTest, SystemPrefixCannotBeMadeRelocatable) {
  put(build_.prefix / "lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py",
      "build_time_vars = {'prefix': '/usr'}");
  EXPECT_THAT(failure(), HasSubstr("--prefix=/usr"));
  EXPECT_TRUE(nothing_left());
}

TEST_F(PackageTest, UnwritableOutputLeavesNothing) {
  put(temporary_.path() / "file", "in the way");
  options_.output_directory = temporary_.path() / "file";
  EXPECT_THAT(failure(), HasSubstr("file"));
  EXPECT_TRUE(fs::is_empty(store_.root() / "staging"));
}

TEST_F(PackageTest, EpochMustBeANumber) {
  options_.source_date_epoch = "yesterday";
  EXPECT_THROW(package(), UsageError);
}

TEST_F(PackageTest, AFailedCheckIsReportedAndTheArchivesStay) {
  options_.check = true;  // the fake interpreter prints no result that any step expects
  interpreter_.broken = true;
  const PackageResult result = package();
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(fs::exists(result.full.path));
  ASSERT_FALSE(result.checks.empty());
  EXPECT_EQ(result.checks.front().name, "unpack");
  EXPECT_TRUE(result.checks.front().ok) << result.checks.front().detail;
  EXPECT_FALSE(result.checks.back().ok);
  EXPECT_THAT(result.checks.back().detail, HasSubstr("signal 4"));
}

TEST_F(PackageTest, AMissingModuleFailsTheCheckUnlessItIsAllowed) {
  options_.check = true;
  options_.source_tree = temporary_.path() / "source";
  for (const char* source : {"_lzmamodule.c", "_tkinter.c"})
    put(options_.source_tree / "Modules" / source, "");
  const auto modules = [&] {
    for (const CheckStep& step : package().checks)
      if (step.name == "modules") return step;
    return CheckStep{};
  };
  EXPECT_FALSE(modules().ok);
  EXPECT_THAT(modules().detail, HasSubstr("lacks _lzma (liblzma-dev)"));
  EXPECT_THAT(modules().detail, HasSubstr("--allow-missing _lzma"));
  options_.allowed_missing = {"_lzma"};
  EXPECT_TRUE(modules().ok);
  EXPECT_EQ(modules().detail, "without _lzma, _tkinter");
}

TEST_F(PackageTest, APackageForAnotherMachineIsTriedInTheRootGivenAndNotInTheSysroot) {
  build_.target.emplace();
  build_.target->triple = "aarch64-linux-gnu";
  build_.target->run_words = {"qemu-aarch64", "-L", "/sysroot", "-cpu", "max"};
  options_.check = true;
  options_.run_root = "/bare";
  package();
  std::vector<std::string> roots;  // that an emulated program looks for its files in
  for (const auto& command : interpreter_.commands)
    if (command.argv.front() == "qemu-aarch64") roots.push_back(command.argv[2]);
  ASSERT_FALSE(roots.empty());
  EXPECT_EQ(roots.front(), "/sysroot");  // what the archives say of the interpreter
  EXPECT_EQ(roots.back(), "/bare");
  EXPECT_THAT(listener_.begun,
              testing::IsSupersetOf({"copying the build", "writing the archives",
                                     "trying the package: unpack", "trying the package: run"}));
}

}  // namespace
}  // namespace pytune
