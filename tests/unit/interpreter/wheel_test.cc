#include "interpreter/wheel.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "input/unpack.h"
#include "sys/error.h"
#include "sys/files.h"
#include "unit/measure/fake_worker.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using measure_test::exits;
using measure_test::FakeRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Entry {
  std::string name;
  std::string contents = "x = 1\n";
  unsigned type = AE_IFREG;
};

void write_zip(const fs::path& path, const std::vector<Entry>& entries) {
  archive* zip = archive_write_new();
  archive_write_set_format_zip(zip);
  ASSERT_EQ(archive_write_open_filename(zip, path.c_str()), ARCHIVE_OK);
  for (const Entry& entry : entries) {
    archive_entry* header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_filetype(header, entry.type);
    archive_entry_set_perm(header, 0644);
    if (entry.type == AE_IFLNK) {
      archive_entry_set_symlink(header, entry.contents.c_str());
    } else {
      archive_entry_set_size(header, static_cast<la_int64_t>(entry.contents.size()));
    }
    ASSERT_EQ(archive_write_header(zip, header), ARCHIVE_OK) << archive_error_string(zip);
    if (entry.type == AE_IFREG) {
      archive_write_data(zip, entry.contents.data(), entry.contents.size());
    }
    archive_entry_free(header);
  }
  archive_write_free(zip);
}

template <typename Act>
std::string failure_of(const Act& act) {
  try {
    act();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "no failure";
}

class Unzip : public testing::Test {
 protected:
  std::string error(const std::vector<Entry>& entries) {
    write_zip(zip(), entries);
    try {
      unpack_wheel(zip(), target(), "x.whl");
    } catch (const UsageError& refusal) {
      return refusal.what();
    }
    return "unpacked";
  }
  fs::path zip() const { return directory_.path() / "x.whl"; }
  fs::path target() {
    fs::create_directories(directory_.path() / "target");
    return directory_.path() / "target";
  }

 private:
  TemporaryDirectory directory_{testing::TempDir(), "unzip"};
};

TEST_F(Unzip, UnpacksFilesInDirectories) {
  write_zip(zip(),
            {{"pyperf/", "", AE_IFDIR}, {"pyperf/__init__.py", "a"}, {"x.dist-info/RECORD", "b"}});
  EXPECT_EQ(unpack_wheel(zip(), target(), "x.whl").files, 2);
  EXPECT_EQ(read_file(target() / "pyperf" / "__init__.py"), "a");
  EXPECT_EQ(read_file(target() / "x.dist-info" / "RECORD"), "b");
}

TEST_F(Unzip, RefusesEntriesThatWouldLeaveTheDirectory) {
  EXPECT_THAT(error({{"../evil.py"}}),
              HasSubstr("x.whl: refused: \"../evil.py\" leaves the archive's directory"));
  EXPECT_THAT(error({{"a/../../evil.py"}}), HasSubstr("leaves the archive's directory"));
  EXPECT_THAT(error({{"/tmp/evil.py"}}), HasSubstr("is an absolute path"));
  EXPECT_FALSE(fs::exists(target().parent_path() / "evil.py"));
}

TEST_F(Unzip, RefusesLinks) {
  EXPECT_THAT(error({{"link", "/etc/passwd", AE_IFLNK}}), HasSubstr("is a link"));
  EXPECT_TRUE(fs::is_empty(target()));
}

TEST_F(Unzip, RefusesAFileThatComesTwice) {
  EXPECT_THAT(error({{"a.py", "1"}, {"a.py", "2"}}), HasSubstr("comes twice"));
}

TEST_F(Unzip, RefusesWhatUnpacksToTooMuch) {
  EXPECT_THAT(error({{"bomb", std::string((std::size_t{64} << 20) + 1, '\0')}}),
              HasSubstr("more than 64 MiB"));
}

TEST_F(Unzip, RefusesWhatIsNoZipFile) {
  std::ofstream(zip()) << "no zip";
  EXPECT_THROW(unpack_wheel(zip(), target(), "x.whl"), UsageError);
}

class ProvidePyperf : public testing::Test {
 protected:
  ProvidePyperf() {
    fs::create_directories(tree() / "Lib" / "ensurepip" / "_bundled");
    std::ofstream(bundled_pip()) << "zip";
  }
  fs::path tree() const { return directory_.path() / "Python-3.13.5"; }
  fs::path bundled_pip() const {
    return tree() / "Lib" / "ensurepip" / "_bundled" / "pip-25.1.1-py3-none-any.whl";
  }
  fs::path other_wheel() const { return directory_.path() / "other.whl"; }

  fs::path provide(const FakeRunner::Answer& pip, const fs::path& source_tree,
                   const fs::path& wheel = {}) {
    FakeRunner runner(pip);
    const fs::path found =
        provide_wheel(store_, runner, pyperf_pin(), {source_tree, "/usr/bin/python3", wheel});
    return found;
  }

  TemporaryDirectory directory_{testing::TempDir(), "wheel"};
  Store store_{directory_.path() / "store"};
};

TEST_F(ProvidePyperf, RunsTheSourceTreesOwnPipWithTheUsersWayToTheIndex) {
  std::vector<Command> commands;
  const auto pip = [&](const Command& command) {
    if (command.argv.back() == "list") return exits(0, "global.index-url='https://mirror'\n");
    commands.push_back(command);
    return exits(1);
  };
  EXPECT_THROW((void)provide(pip, tree()), Failure);
  ASSERT_EQ(commands.size(), 1);
  EXPECT_EQ(commands[0].environment->at("PIP_INDEX_URL"), "https://mirror");
  EXPECT_TRUE(commands[0].timeout.has_value());
  EXPECT_THAT(
      commands[0].argv,
      ElementsAre("/usr/bin/python3", (bundled_pip() / "pip").string(), "download", "--no-deps",
                  "--only-binary", ":all:", "--no-input", "--no-cache-dir",
                  "--disable-pip-version-check", "--dest", HasSubstr("staging"), "pyperf==2.10.0"));
}

TEST_F(ProvidePyperf, AsksTheInterpretersOwnPipWithoutASourceTree) {
  std::vector<std::string> argv;
  const auto pip = [&](const Command& command) {
    argv = command.argv;
    return exits(1);
  };
  EXPECT_THROW((void)provide(pip, ""), Failure);
  EXPECT_THAT(std::vector<std::string>(argv.begin(), argv.begin() + 4),
              ElementsAre("/usr/bin/python3", "-m", "pip", "download"));
}

TEST_F(ProvidePyperf, SaysInOneLineWhatFailedAndWhatToDo) {
  const auto pip = [](const Command&) {
    return exits(1, "Collecting pyperf\nERROR: No matching distribution found\n");
  };
  const std::string error = failure_of([&] { (void)provide(pip, tree()); });
  EXPECT_THAT(
      error,
      AllOf(
          HasSubstr("pip could not download pyperf 2.10.0: no wheel for this interpreter (pip: No "
                    "matching distribution found)"),
          HasSubstr("--pyperf FILE"), Not(HasSubstr("\n"))));
}

TEST_F(ProvidePyperf, ChecksTheHashBeforeAnythingIsUnpacked) {
  const auto pip = [](const Command& command) {
    if (command.argv.back() == "list") return exits(0);
    write_zip(fs::path(measure_test::option(command, "--dest")) / "pyperf-2.10.0-py3-none-any.whl",
              {{"pyperf/__init__.py"}});
    return exits(0);
  };
  EXPECT_THAT(
      failure_of([&] { (void)provide(pip, tree()); }),
      AllOf(HasSubstr("SHA-256 is "), HasSubstr(kPyperfSha256), HasSubstr("--pyperf FILE")));
  EXPECT_THAT(store_.list("wheel"), IsEmpty());
  EXPECT_TRUE(fs::is_empty(store_.root() / "staging"));
}

TEST_F(ProvidePyperf, ChecksTheHashOfAFileThatWasGivenAndDoesNotAskPip) {
  write_zip(other_wheel(), {{"pyperf/__init__.py"}});
  const auto pip = [](const Command&) -> Outcome { throw Failure("pip was run"); };
  EXPECT_THAT(failure_of([&] { (void)provide(pip, tree(), other_wheel()); }),
              HasSubstr("other.whl: SHA-256 is "));
}

TEST_F(ProvidePyperf, SaysThatTheFileThatWasGivenIsMissing) {
  const auto pip = [](const Command&) -> Outcome { throw Failure("pip was run"); };
  EXPECT_THAT(failure_of([&] { (void)provide(pip, tree(), "/nowhere/x.whl"); }),
              HasSubstr("/nowhere/x.whl"));
}

TEST_F(ProvidePyperf, TakesAnyPackagesWheelByThatPackagesName) {
  write_zip(other_wheel(), {{"pyperformance/__init__.py"}});
  const PinnedWheel pin = {"pyperformance", "1.0", sha256_file(other_wheel()), "--suite FILE"};
  FakeRunner runner([&](const Command& command) {
    if (command.argv.back() == "list") return exits(0);
    fs::copy_file(other_wheel(), fs::path(measure_test::option(command, "--dest")) /
                                     "pyperformance-1.0-py3-none-any.whl");
    return exits(0);
  });
  const fs::path found = provide_wheel(store_, runner, pin, {tree(), "/usr/bin/python3"});
  EXPECT_TRUE(fs::exists(found / "pyperformance" / "__init__.py"));
}

// Who may write to the directory may put another file in the place of the one that was hashed.
TEST_F(ProvidePyperf, UnpacksWhatWasHashedThoughTheFileIsSwapped) {
  const fs::path good = directory_.path() / "good.whl";
  const fs::path evil = directory_.path() / "evil.whl";
  write_zip(good, {{"package.py", "good"}});
  write_zip(evil, {{"package.py", "evil"}});
  fs::copy_file(good, other_wheel());
  std::atomic<bool> ending = false;
  std::thread attacker([&] {
    for (bool turn = false; !ending; turn = !turn) {
      const fs::path next = directory_.path() / "next.whl";
      fs::copy_file(turn ? good : evil, next, fs::copy_options::overwrite_existing);
      fs::rename(next, other_wheel());
    }
  });
  FakeRunner runner([](const Command&) { return exits(1); });
  for (int version = 0; version < 60; ++version) {
    const PinnedWheel pin = {"package", std::to_string(version), sha256_file(good), "--wheel FILE"};
    try {
      const fs::path found =
          provide_wheel(store_, runner, pin, {.python = "python3", .wheel = other_wheel()});
      EXPECT_EQ(read_file(found / "package.py"), "good");
    } catch (const Failure& refusal) {
      EXPECT_THAT(refusal.what(), HasSubstr("SHA-256 is "));
    }
  }
  ending = true;
  attacker.join();
}

TEST_F(ProvidePyperf, ReportsAPipThatDownloadedNothing) {
  const auto pip = [](const Command&) { return exits(0); };
  EXPECT_THAT(failure_of([&] { (void)provide(pip, tree()); }),
              HasSubstr("downloaded 0 pyperf wheels"));
}

TEST_F(ProvidePyperf, TakesItFromTheStoreWithoutAnyProcess) {
  const nlohmann::json inputs = {
      {"package", "pyperf"}, {"version", kPyperfVersion}, {"sha256", kPyperfSha256}};
  const Step made =
      store_.produce({"wheel", step_key(inputs)}, inputs, [](const fs::path& staging) {
        fs::create_directories(staging / "pyperf-2.10.0" / "pyperf");
        return StepResult{true, nlohmann::json::object()};
      });
  const auto pip = [](const Command&) -> Outcome { throw Failure("pip was run"); };
  EXPECT_EQ(provide(pip, tree()), made.directory / "pyperf-2.10.0");
}

}  // namespace
}  // namespace pytune
