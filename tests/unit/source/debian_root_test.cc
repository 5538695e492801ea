// Roots of Debian packages from the request to the store, with an apt-get that these tests play.
// One file because all of them play the same one.
#include "source/debian_root.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "source/sysroot.h"
#include "sys/error.h"
#include "sys/host.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::Deb;
using source_test::exits;
using source_test::FakeRunner;
using source_test::has;
using source_test::message;
using source_test::NoRunner;
using source_test::not_installed;
using source_test::StoreTest;
using source_test::Tar;
using source_test::write;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class DebianRoots : public StoreTest {
 protected:
  DebianRoots() {
    package("libz_1%3a1.2-1_arm64.deb", Tar().file("lib/libz.so.1", "z"));
    package("libz-dev_1%3a1.2-1_arm64.deb",
            Tar().file("usr/include/zlib.h", "h").symlink("usr/lib/libz.so", "/lib/libz.so.1"));
    request.shown = "test root";
    request.suite = "bookworm";
    request.architecture = "arm64";
    request.packages = {"libz-dev"};
  }

  void package(const std::string& file, const Tar& tar) {
    packages[file] = Deb().files(tar, at("data")).save(at("debs") / file);
  }

  static std::string setting(const Command& command, const std::string& name) {
    for (const auto& word : command.argv) {
      if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
    }
    return "";
  }

  std::string uris() const {
    std::string text = "Reading package lists...\n";
    for (const auto& [file, path] : packages) {
      text += fmt::format("'http://m.example/pool/{}' {} {} SHA256:{}\n", file, file,
                          fs::file_size(path), sha256_file(path));
    }
    return text;
  }

  // With the Release files of those suites of sources.list that there are.
  Outcome fetch_lists(const Command& command) {
    const bool expired_taken = has(command, "Acquire::Check-Valid-Until=false");
    if (!expired.empty() && !expired_taken) return exits(100, "E: " + expired + "\n");
    for (const auto& [suite, text] : releases) {
      if (sources.back().find(" " + suite + " ") != std::string::npos)
        write(setting(command, "Dir::State::lists") + "/m.example_dists_" + suite + "_InRelease",
              text);
    }
    if (!update_leaves.empty())
      write(setting(command, "Dir::State::lists") + "/" + update_leaves, "");
    return update;
  }

  void release(const std::string& suite, const std::string& codename, const std::string& version) {
    releases[suite] = "Origin: Debian\nSuite: " + suite + "\nCodename: " + codename + "\n" +
                      (version.empty() ? "" : "Version: " + version + "\n") +
                      "Architectures: amd64 arm64\n";
  }

  Outcome apt(const Command& command) {
    if (command.argv.front() == "apt-config") return exits(0, settings);
    if (command.argv.front() == "apt-cache") return exits(0, names);
    EXPECT_EQ(command.argv.front(), "apt-get");
    if (has(command, "indextargets"))
      return exits(0, "http://m.example/debian/|bookworm|Debian|Debian|main\n");
    sources.push_back(read_file(setting(command, "Dir::Etc::sourcelist")));
    configuration = read_file(command.argv[3]);
    if (has(command, "update")) return fetch_lists(command);
    if (!has(command, "install")) return exits(100, "E: Invalid operation");
    if (!install.ok()) return install;
    for (const auto& missing : not_there)
      if (has(command, missing)) return exits(100, "E: Unable to locate package " + missing);
    status = read_file(setting(command, "Dir::State::status"));
    if (has(command, "--print-uris")) return exits(0, listed.value_or(uris()));
    EXPECT_TRUE(has(command, "--download-only"));
    const fs::path archives = setting(command, "Dir::Cache::archives");
    for (const auto& [file, path] : packages) fs::copy_file(path, archives / file);
    after_install(archives);
    return install;
  }

  DebianRoot provide(bool refresh = false) {
    return provide_debian_root(store, runner, request, false, refresh);
  }

  template <class E>
  std::string refusal() {
    std::string text = message<E>([&] { provide(); });
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_THAT(text, StartsWith("test root: "));
    expect_nothing_left();
    return text;
  }

  std::map<std::string, fs::path> packages;
  std::optional<std::string> listed;
  Outcome update = exits(0);
  Outcome install = exits(0);
  std::function<void(const fs::path&)> after_install = [](const fs::path&) {};
  std::vector<std::string> sources;
  std::string configuration;
  std::map<std::string, std::string> releases;  // Release files by the suite asked for
  std::string expired;                          // what apt says of a list, if it is
  std::string update_leaves;                    // a list that is there all the same
  std::string settings;                         // of the machine's own apt
  std::vector<std::string> not_there;           // packages
  std::string names;                            // of packages in the lists
  std::string status;                           // that apt was given
  DebianRootRequest request;
  FakeRunner runner{[this](const Command& command) { return apt(command); }};
  NoRunner none;
};

TEST_F(DebianRoots, AreUnpackedFromVerifiedPackages) {
  const DebianRoot root = provide();
  EXPECT_EQ(read_file(root.root / "usr/include/zlib.h"), "h");
  EXPECT_EQ(read_file(root.root / "usr/lib/libz.so"), "z");
  EXPECT_EQ(root.mirror, "http://m.example/debian/");
  ASSERT_EQ(root.packages.size(), 2U);
  EXPECT_EQ(root.packages[0].name, "libz-dev");
  EXPECT_EQ(root.packages[0].version, "1:1.2-1");
  EXPECT_TRUE(fs::is_empty(store.root() / "staging"));
  std::vector<std::string> beside;
  for (const auto& entry : fs::directory_iterator(root.root.parent_path()))
    beside.push_back(entry.path().filename());
  EXPECT_THAT(beside, testing::UnorderedElementsAre("record.json", "root"));
}

TEST_F(DebianRoots, AptWorksForTheArchitectureAloneAndBesideTheSystemsOwn) {
  provide();
  EXPECT_THAT(configuration, AllOf(HasSubstr("APT::Architecture \"arm64\";"),
                                   HasSubstr("#clear APT::Architectures;"),
                                   HasSubstr("APT::Architectures { \"arm64\"; };"),
                                   HasSubstr("APT::Install-Recommends \"false\"")));
  const std::string staging = (store.root() / "staging").string();
  for (const Command& command : runner.commands) {
    if (has(command, "indextargets")) continue;
    for (const char* name : {"Dir::State", "Dir::State::lists", "Dir::State::status", "Dir::Cache",
                             "Dir::Cache::archives", "Dir::Etc::sourcelist"}) {
      EXPECT_THAT(setting(command, name), StartsWith(staging)) << name;
    }
    EXPECT_EQ(setting(command, "Dir::Etc::sourceparts"), "/dev/null");
  }
  EXPECT_EQ(sources.front(),
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
            "http://m.example/debian/ bookworm main\n");
}

TEST_F(DebianRoots, ASecondRunStartsNothing) {
  const DebianRoot first = provide();
  const DebianRoot second = provide_debian_root(store, none, request, true, false);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.root, first.root);
  EXPECT_EQ(second.packages.size(), 2U);
  EXPECT_EQ(second.mirror, first.mirror);
}

TEST_F(DebianRoots, OtherPackagesAreAnotherRoot) {
  const DebianRoot first = provide();
  request.packages.emplace_back("more");
  package("more_1_arm64.deb", Tar().file("usr/more"));
  const DebianRoot second = provide();
  EXPECT_NE(second.id, first.id);
  EXPECT_TRUE(fs::exists(second.root / "usr/more"));
  EXPECT_FALSE(fs::exists(first.root / "usr/more"));
}

TEST_F(DebianRoots, RefreshAsksAgainAndTheAnswerHoldsFromThen) {
  const std::string first = provide().id;
  EXPECT_EQ(provide(true).id, first);
  package("libz-dev_1%3a1.2-1_arm64.deb", Tar().file("usr/include/zlib.h", "newer"));
  const std::string second = provide(true).id;
  EXPECT_NE(second, first);
  EXPECT_EQ(provide_debian_root(store, none, request, true, false).id, second);
}

TEST_F(DebianRoots, OneThatWasRemovedIsMadeAgain) {
  fs::remove_all(provide().root);
  EXPECT_EQ(read_file(provide().root / "usr/include/zlib.h"), "h");
}

TEST_F(DebianRoots, OfflineWithoutACopySaysSo) {
  EXPECT_THAT(message<Failure>([&] { provide_debian_root(store, none, request, true, false); }),
              AllOf(StartsWith("test root: not in the store"), HasSubstr("without --offline")));
  EXPECT_THAT(message<UsageError>([&] { provide_debian_root(store, none, request, true, true); }),
              HasSubstr("--refresh"));
}

TEST_F(DebianRoots, WithoutAptOrNetworkItSaysSo) {
  update = exits(100, "E: Failed to fetch http://m.example Could not resolve 'm.example'\n");
  EXPECT_EQ(refusal<Failure>(),
            "test root: apt: Failed to fetch http://m.example Could not resolve 'm.example'; check "
            "the network and apt's proxy setting");
  update = not_installed();
  EXPECT_EQ(refusal<Failure>(),
            "test root: apt-get cannot be run here (No such file or directory); run this once on "
            "Debian or a system that has apt");
}

TEST_F(DebianRoots, AnUnknownPackageIsNamed) {
  install = exits(100, "E: Unable to locate package libz-dev\n");
  EXPECT_EQ(refusal<Failure>(),
            "test root: apt: Unable to locate package libz-dev; bookworm has no such package for "
            "this architecture: drop it, or name its successor");
}

TEST_F(DebianRoots, AnUnsignedRepositoryIsRefused) {
  update = exits(100,
                 "W: GPG error: http://m.example: NO_PUBKEY 6ED0\nE: The repository "
                 "'http://m.example' is not signed.\n");
  EXPECT_THAT(refusal<Failure>(), HasSubstr("debian-archive-keyring"));
}

TEST_F(DebianRoots, APackageThatTheIndexDoesNotDescribeIsRefused) {
  after_install = [](const fs::path& archives) {
    const fs::path file = archives / "libz_1%3a1.2-1_arm64.deb";
    std::string bytes = read_file(file);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write(file, bytes);
  };
  EXPECT_THAT(
      refusal<Failure>(),
      HasSubstr("libz_1%3a1.2-1_arm64.deb is not the file that the signed index describes"));
  after_install = [](const fs::path& archives) {
    fs::remove(archives / "libz_1%3a1.2-1_arm64.deb");
  };
  EXPECT_THAT(refusal<Failure>(), HasSubstr("is not the file that"));
}

TEST_F(DebianRoots, AListThatIsNoneIsRefused) {
  const std::string good =
      "'http://m.example/a_1_arm64.deb' a_1_arm64.deb 1 SHA256:" + std::string(64, 'a') + "\n";
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {" a_1_arm64.deb", " ../a_1_arm64.deb"},
           {" a_1_arm64.deb", " /etc/a_1_arm64.deb"},
           {" a_1_arm64.deb", " a.deb"},
           {"SHA256:", "MD5Sum:"},
           {" 1 ", " x "},
           {" 1 ", " "},
           {"'http://m.example/a_1_arm64.deb'", "'http://m.example"}}) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    listed = text;
    EXPECT_THAT(refusal<Failure>(), HasSubstr("apt's list of packages")) << text;
  }
  listed = "";
  EXPECT_THAT(refusal<Failure>(), HasSubstr("apt names no package to fetch"));
}

TEST_F(DebianRoots, AHostilePackageLeavesNothing) {
  package("libz_1%3a1.2-1_arm64.deb", Tar().file("usr/../../../x"));
  EXPECT_THAT(message<UsageError>([&] { provide(); }),
              AllOf(StartsWith("libz_1%3a1.2-1_arm64.deb: refused"), HasSubstr("leaves")));
  expect_nothing_left();
}

TEST_F(DebianRoots, AReleaseThatTheMirrorNamesIsFetchedByItsCodename) {
  release("stable", "trixie", "13.8");
  release("testing", "forky", "");
  for (const char* name : {"14", "testing", "forky"}) {
    request.suite = name;
    request.ask_mirror = true;
    EXPECT_EQ(provide().suite, "forky") << name;
    EXPECT_THAT(sources.back(), HasSubstr(" forky main")) << name;
  }
}

TEST_F(DebianRoots, AReleaseThatIsNotThereIsToldWithThoseThatAre) {
  release("stable", "trixie", "13.8");
  release("unstable", "sid", "");
  request.ask_mirror = true;
  for (const char* name : {"10", "buster"}) {
    request.suite = name;
    EXPECT_EQ(message<UsageError>([&] { provide(); }),
              "test root: http://m.example/debian/ has no release \"" + std::string(name) +
                  "\"; it has 13 (trixie, stable), sid (unstable)");
  }
  request.suite = "sid";
  request.architecture = "armhf";
  EXPECT_EQ(message<UsageError>([&] { provide(); }),
            "test root: sid is not made for armhf; it is for amd64, arm64");
}

TEST_F(DebianRoots, AMovingReleaseIsAskedForAgainEachDayAndOldOnesStay) {
  release("unstable", "sid", "");
  request.suite = "sid";
  request.ask_mirror = true;
  setenv("PYTUNE_TIME", "1700000000", 1);
  const DebianRoot first = provide();
  package("libz-dev_1%3a1.2-1_arm64.deb", Tar().file("usr/include/zlib.h", "newer"));
  EXPECT_EQ(provide().id, first.id) << "on the same day";
  setenv("PYTUNE_TIME", "1700100000", 1);
  const DebianRoot second = provide();
  EXPECT_NE(second.id, first.id);
  EXPECT_EQ(read_file(first.root / "usr/include/zlib.h"), "h");
  setenv("PYTUNE_TIME", "1700200000", 1);
  update = exits(100, "E: Failed to fetch http://m.example Could not resolve 'm.example'\n");
  releases.clear();
  EXPECT_EQ(provide().id, second.id) << "without the mirror";
  EXPECT_EQ(provide_debian_root(store, none, request, true, false).id, second.id);
  unsetenv("PYTUNE_TIME");
}

TEST_F(DebianRoots, AnExpiredListIsRefusedUnlessTheMachinesOwnAptTakesIt) {
  expired = "Release file for http://m.example/InRelease is expired (invalid since 24d)";
  EXPECT_THAT(refusal<Failure>(), AllOf(HasSubstr("is expired"), HasSubstr("clock")));
  EXPECT_THAT(configuration, AllOf(HasSubstr("Acquire::Check-Valid-Until \"true\";"),
                                   HasSubstr("Acquire::Check-Date \"true\";")));
  settings = "PERIOD='true'\nDATE='true'\n";
  EXPECT_THAT(refusal<Failure>(), HasSubstr("is expired"));
  settings = "PERIOD='false'\nDATE='true'\n";
  testing::internal::CaptureStderr();
  EXPECT_TRUE(fs::exists(provide().root));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("is expired (invalid since 24d)"), HasSubstr("Check-Valid-Until")));
}

TEST_F(DebianRoots, ListsOfSoftwareCentresAreNotFetched) {
  provide();
  EXPECT_THAT(configuration, AllOf(HasSubstr("#clear Acquire::IndexTargets;"),
                                   HasSubstr("Acquire::IndexTargets::deb::Packages")));
}

TEST_F(DebianRoots, AListThatIsThereIsUsedThoughAnotherCannotBeRefreshed) {
  update = exits(100, "E: Some index files failed to download.\n");
  EXPECT_THAT(refusal<Failure>(), HasSubstr("index files failed"));
  update_leaves = "m.example_main_binary-arm64_Packages";
  EXPECT_EQ(read_file(provide().root / "usr/include/zlib.h"), "h");
}

TEST_F(DebianRoots, WhatIsWantedBesidesIsLeftOutWhereTheReleaseHasNone) {
  request.optional = {"lld-22", "bolt-22"};
  not_there = {"bolt-22"};
  provide();
  std::vector<std::string> last = runner.commands.back().argv;
  EXPECT_THAT(last, AllOf(Contains("libz-dev"), Contains("lld-22"), Not(Contains("bolt-22"))));
}

TEST_F(DebianRoots, TheTestsAreThoseOfThePython3ThatTheReleaseHas) {
  package("libpython3.14-stdlib_3.14.8_arm64.deb", Tar().file("usr/lib/python3.14/os.py"));
  request.testsuite = true;
  provide();
  EXPECT_THAT(runner.commands.back().argv, Contains("libpython3.14-testsuite"));
}

TEST_F(DebianRoots, AVersionThatTheReleaseHasNotIsToldWithThoseThatItHas) {
  request.packages = {"gcc-99"};
  request.numbered = "gcc-";
  not_there = {"gcc-99"};
  names = "gcc-14\ngcc-9\ngcc-14-base\ngcc-doc\ngcc-12\nother\n";
  EXPECT_EQ(message<UsageError>([&] { provide(); }),
            "test root: Debian bookworm has no gcc-99 for arm64; it has gcc-9, gcc-12, gcc-14");
  names = "gcc-99\n";
  EXPECT_THAT(message<Failure>([&] { provide(); }), HasSubstr("Unable to locate"));
  names = "";
  EXPECT_THAT(message<UsageError>([&] { provide(); }), HasSubstr("it has none"));
}

TEST_F(DebianRoots, OfAnotherKindAreCompletedOnceBeforeTheyAreSeen) {
  request.kind = "toolchain";
  int times = 0;
  request.complete = [&](const fs::path& root) {
    ++times;
    EXPECT_THAT(root.string(), HasSubstr("staging"));
    write(root / "usr/made", "here");
  };
  const DebianRoot root = provide();
  EXPECT_EQ(read_file(root.root / "usr/made"), "here");
  EXPECT_EQ(root.root.parent_path().parent_path().filename(), "toolchain");
  provide();
  EXPECT_EQ(times, 1);
  request.complete = nullptr;
  EXPECT_EQ(find_debian_root(store, none, request)->id, root.id);
  request.packages = {"more"};
  EXPECT_FALSE(find_debian_root(store, none, request).has_value());
}

TEST_F(DebianRoots, WhatIsThisMachinesOwnCountsAsInstalled) {
  request.own = {"libc6-dev"};
  provide();
  EXPECT_THAT(status, AllOf(HasSubstr("Package: libc6-dev\n"), HasSubstr("Architecture: arm64\n"),
                            HasSubstr("Status: install ok installed\n")));
}

TEST(DebianPython, IsAReleaseAndAnArchitecture) {
  const DebianRootRequest request = parse_debian_python("debian:12-arm64", "");
  EXPECT_EQ(request.suite, "bookworm");
  EXPECT_EQ(request.architecture, "arm64");
  EXPECT_THAT(request.packages, AllOf(Contains("python3"), Contains("libpython3.11-testsuite")));
  EXPECT_EQ(parse_debian_python("debian:trixie-amd64", "").suite, "trixie");
  EXPECT_FALSE(parse_debian_python("debian:trixie-amd64", "").ask_mirror);
}

TEST(DebianPython, OfAReleaseThatIsNotKnownTheMirrorIsAsked) {
  for (const char* name : {"11", "14", "sid", "stable", "forky"}) {
    const auto request = parse_debian_python("debian:" + std::string(name) + "-amd64", "");
    EXPECT_TRUE(request.ask_mirror) << name;
    EXPECT_TRUE(request.testsuite) << name;
    EXPECT_EQ(request.suite, name);
  }
}

TEST(DebianPython, OtherFormsAreRefused) {
  const auto why = [](const std::string& text) {
    return message<UsageError>([&] { parse_debian_python(text, ""); });
  };
  EXPECT_EQ(why("debian:12"),
            "debian:12: must be debian:RELEASE-ARCHITECTURE, such as debian:13-" +
                std::string(read_host().architecture == "aarch64" ? "arm64" : "amd64"));
  EXPECT_THAT(why("debian:13/gcc-14"), HasSubstr("is named like a compiler"));
  EXPECT_EQ(parse_debian_python("debian:Trixie-X86_64", "").architecture, "amd64");
  EXPECT_EQ(parse_debian_python("debian:Trixie-AMD64", "").suite, "trixie");
  EXPECT_THAT(why("debian-arm64"), HasSubstr("must be debian:"));
  EXPECT_THAT(why("debian:experimental-arm64"), HasSubstr("take sid"));
  EXPECT_THAT(why("debian:bookworm-backports-arm64"), HasSubstr("take bookworm"));
  EXPECT_THAT(why("debian:../x-arm64"), HasSubstr("no release has such a name"));
  EXPECT_THAT(why("debian:12-arm46"), HasSubstr("unknown architecture \"arm46\""));
}

TEST(SysrootRequest, HoldsWhatTheReleaseCallsItsPackages) {
  EXPECT_THAT(sysroot_request("bookworm", "arm64", "").packages,
              AllOf(Contains("libc6-dev"), Contains("libssl-dev"), Contains("libgcc-12-dev")));
  EXPECT_THAT(sysroot_request("trixie", "arm64", "").packages,
              AllOf(Contains("libgcc-14-dev"), Not(Contains("libgcc-12-dev"))));
  EXPECT_THAT(message<UsageError>([] { sysroot_request("sid", "arm64", ""); }),
              HasSubstr("sysroot sid arm64: unknown Debian release"));
}

TEST_F(DebianRoots, WhatRunsThereNeedsNothingToCompileWith) {
  package("libasan8_12_arm64.deb", Tar().file("usr/lib/libasan.so.8", "a"));
  const auto runtime = runtime_request(store, provide().root);
  ASSERT_TRUE(runtime.has_value());
  EXPECT_THAT(runtime->packages, ElementsAre("libz"));
  EXPECT_EQ(runtime->suite, "bookworm");
  EXPECT_EQ(runtime->architecture, "arm64");
  fs::create_directory(at("elsewhere"));
  EXPECT_FALSE(runtime_request(store, at("elsewhere")).has_value());
}

}  // namespace
}  // namespace pytune
