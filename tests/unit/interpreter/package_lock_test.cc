#include "interpreter/package_lock.h"

#include <gmock/gmock.h>

#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class PackageLocks : public testing::Test {
 protected:
  PackageLock lock(const std::string& text) {
    const fs::path file = directory_.path() / "packages.lock";
    write_file_atomic(file, text);
    return PackageLock::read(file);
  }
  std::string fault(const std::string& text) {
    try {
      lock(text);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "none";
  }
  const std::string a_ = std::string(64, 'a');
  const std::string b_ = std::string(64, 'b');
  TemporaryDirectory directory_{testing::TempDir(), "lock"};
};

TEST(PackageNames, AreComparedAsIndexesCompareThem) {
  EXPECT_EQ(package_of("Some__Thing.x==2; python_version > '3'"), "some-thing-x");
  EXPECT_EQ(package_of("dask[distributed]==1"), "dask");
}

TEST_F(PackageLocks, KnowManyFilesOfAPackage) {
  const PackageLock known =
      lock("# by hand\nidna==3 --hash=sha256:" + a_ + " --hash=sha256:" + b_ + "\n");
  EXPECT_FALSE(known.refusal({{"idna==3", a_}, {"idna==3", b_}}));
  EXPECT_THAT(known.refusal({{"idna==3", std::string(64, 'c')}}).value_or(""),
              HasSubstr("idna==3"));
  EXPECT_THAT(known.refusal({{"idna==3", ""}}).value_or(""), HasSubstr("not said"));
}

TEST_F(PackageLocks, TakeWhatTheyDoNotNameAsItComes) {
  EXPECT_FALSE(lock("idna==3 --hash=sha256:" + a_ + "\n").refusal({{"idna==4", b_}, {"x==1", ""}}));
  EXPECT_FALSE(PackageLock::read("").refusal({{"x==1", ""}}));
}

TEST_F(PackageLocks, SayWhichLineIsNone) {
  const std::vector<std::string> lines = {"idna==3", "idna --hash=sha256:" + a_,
                                          "idna==3 --hash=sha256:abc", "idna==3 --hash=md5:" + a_,
                                          "idna==3 --hash=sha256:" + a_ + " --pre"};
  for (const std::string& line : lines)
    EXPECT_THAT(fault("# first\n" + line + "\n"), HasSubstr("packages.lock:2: expected")) << line;
}

TEST(PipReports, NameTheFilesOfPackages) {
  const auto files = read_pip_report(
      R"({"install": [{"metadata": {"name": "A_b", "version": "1"}, "download_info": {"dir_info": {}}},
          {"metadata": {"name": "c", "version": "2"},
           "download_info": {"archive_info": {"hashes": {"sha256": "12"}}}}]})",
      "report");
  std::vector<std::string> said;
  for (const InstalledFile& file : files) said.push_back(file.package + " " + file.sha256);
  EXPECT_THAT(said, ElementsAre("a-b==1 ", "c==2 12"));
}

TEST(PipReports, OfAnotherFormAreRefused) {
  for (const char* text : {"", "[]", "{}", R"({"install": [{}]})",
                           R"({"install": [{"metadata": {"name": 3, "version": "1"}}]})"})
    EXPECT_THROW(read_pip_report(text, "report"), UsageError) << text;
}

}  // namespace
}  // namespace pytune
