// debian:3.13 from the request to the store, with an apt-get that these tests play.
#include <gmock/gmock.h>

#include "source/source.h"
#include "sys/error.h"
#include "unit/source/support.h"
#include "unit/sys/recorded_listener.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Debian : public StoreTest {
 protected:
  Debian() {
    Tar().cpython("3.13.5").save(at("orig"));
    request = parse_source("debian:3.13", "", "");
    release("stable", "trixie", "13.8");
  }

  // The word after -o that sets `name`.
  static std::string setting(const Command& command, const std::string& name) {
    for (const auto& word : command.argv) {
      if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
    }
    return "";
  }

  std::string archive() const {
    return "python3.13_" + fetched.substr(0, fetched.rfind('-')) + ".orig.tar.xz";
  }

  std::string dsc(const std::string& sha256) const {
    return "Source: python3.13\nVersion: " + fetched + "\nChecksums-Sha256:\n " + sha256 + " " +
           std::to_string(fs::file_size(at("orig"))) + " " + archive() + "\n";
  }

  void release(const std::string& suite, const std::string& codename, const std::string& version) {
    releases[codename] = "Origin: Debian\nSuite: " + suite + "\nCodename: " + codename + "\n" +
                         (version.empty() ? "" : "Version: " + version + "\n") +
                         "Architectures: amd64 arm64\n";
  }

  // Of the codename in the sources.list of this run; the first of several.
  std::string suite_of(const Command& command) const {
    const std::string list = read_file(setting(command, "Dir::Etc::sourcelist"));
    for (const auto& [codename, text] : releases)
      if (list.find(" " + codename + " ") != std::string::npos) return codename;
    return "";
  }

  // With all Release files when the names of suites are asked for.
  Outcome fetch_lists(const Command& command) {
    if (!has(command, "Acquire::IndexTargets::deb::Packages::DefaultEnabled=false")) {
      sources.push_back(read_file(setting(command, "Dir::Etc::sourcelist")));
      return broken == suite_of(command) && !broken.empty() ? exits(100, "E: " + broken + " is bad")
                                                            : update;
    }
    for (const auto& [codename, text] : releases)
      write(setting(command, "Dir::State::lists") + "/m_dists_" + codename + "_InRelease", text);
    return exits(0);
  }

  std::string listed_in(const std::string& codename) const {
    std::string text;
    const auto found = listed.find(codename);
    for (const auto& [name, one] : found == listed.end() ? Listed() : found->second)
      text += "Package: " + name + "\nBinary: x, y\nVersion: " + one + "\n\n";
    return text;
  }

  Outcome apt(const Command& command) {
    if (command.argv.front() == "apt-config") return exits(0);
    if (command.argv.front() == "apt-cache") return exits(0, listed_in(suite_of(command)));
    EXPECT_EQ(command.argv.front(), "apt-get");
    if (has(command, "indextargets")) return exits(0, targets);
    if (has(command, "--print-uris")) return exits(0, uris);
    if (has(command, "update")) return fetch_lists(command);
    if (!has(command, "source")) return exits(100, "E: Invalid operation");
    const std::string wanted = command.argv.back();
    for (const std::string& one : lacking)
      if (wanted.ends_with("=" + one))
        return exits(100, "E: Failed to fetch http://m.example/x.dsc  404  Not Found [IP: x]\n");
    if (source.ok()) {
      fetched = wanted.substr(wanted.find('=') + 1);
      write(command.cwd / ("python3.13_" + fetched + ".dsc"), dsc(sha256_file(at("orig"))));
      fs::copy_file(at("orig"), command.cwd / archive());
      after_source(command.cwd);
    }
    return source;
  }

  Source provide(bool offline = false, bool refresh = false) {
    return provide_source(store, runner, request, offline, refresh);
  }

  template <class E>
  std::string refusal() {
    std::string text = message<E>([&] { provide(); });
    EXPECT_EQ(text.find('\n'), std::string::npos);
    expect_nothing_left();
    return text;
  }

  std::string targets =
      "http://m.example/debian/|bookworm|Debian|Debian|main\n"
      "http://m.example/debian-security/|bookworm-security|Debian-Security|Debian|main\n";
  std::string uris;
  using Listed = std::vector<std::pair<std::string, std::string>>;  // packages and versions
  std::map<std::string, Listed> listed = {{"trixie", {{"python3.13", "3.13.5-2+deb13u5"}}}};
  std::map<std::string, std::string> releases;  // Release files by codename
  std::vector<std::string> lacking;             // versions that are listed but not there
  std::string broken;                           // a release whose lists cannot be fetched
  std::string fetched;                          // version
  Outcome update = exits(0);
  Outcome source = exits(0);
  std::function<void(const fs::path&)> after_source = [](const fs::path&) {};
  std::vector<std::string> sources;  // the sources.list of each private apt run
  SourceRequest request;
  FakeRunner runner{[this](const Command& command) { return apt(command); }};
  NoRunner none;
};

TEST_F(Debian, EndsAsAVerifiedTarballAndItsTree) {
  const Source got = provide();
  EXPECT_EQ(got.version, "3.13.5");
  EXPECT_EQ(got.minor, "3.13");
  EXPECT_EQ(got.origin, "Debian python3.13 3.13.5-2+deb13u5 (trixie), upstream tarball");
  EXPECT_EQ(got.archive_name, "python3.13_3.13.5.orig.tar.xz");
  EXPECT_EQ(got.archive_sha256, sha256_file(at("orig")));
  EXPECT_EQ(sha256_file(got.archive), got.archive_sha256);
  EXPECT_EQ(read_file(got.tree / "README"), "This is Python.\n");
  EXPECT_TRUE(fs::exists(got.archive.parent_path() / "python3.13_3.13.5-2+deb13u5.dsc"));
  EXPECT_EQ(got.id.size(), 16U);
  EXPECT_TRUE(fs::is_empty(store.root() / "staging"));
}

TEST_F(Debian, ComesFromTheMachinesOwnMirrorUnderDebiansKeyring) {
  provide();
  EXPECT_THAT(
      sources.front(),
      AllOf(StartsWith("deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "),
            HasSubstr("] http://m.example/debian/ trixie main\n"), Not(HasSubstr("security"))));
}

TEST_F(Debian, APrivateAptLeavesTheSystemAlone) {
  std::string configuration;
  after_source = [&](const fs::path& cwd) {
    configuration = read_file(cwd.parent_path().parent_path().parent_path() / "apt.conf");
  };
  provide();
  const Command& command = runner.commands.back();
  const std::string staging = (store.root() / "staging").string();
  for (const char* name : {"Dir::State", "Dir::State::lists", "Dir::State::status", "Dir::Cache",
                           "Dir::Cache::archives", "Dir::Etc::sourcelist"}) {
    EXPECT_THAT(setting(command, name), StartsWith(staging)) << name;
  }
  EXPECT_EQ(setting(command, "Dir::Etc::sourceparts"), "/dev/null");
  EXPECT_EQ(setting(command, "Dir::Etc::parts"), "");  // the machine's proxy settings are in there
  EXPECT_THAT(command.cwd.string(), StartsWith(staging));
  EXPECT_EQ(command.environment->at("LC_ALL"), "C");
  EXPECT_THAT(configuration, AllOf(HasSubstr("#clear APT::Update::Post-Invoke;"),
                                   HasSubstr("Acquire::AllowInsecureRepositories \"false\"")));
}

TEST_F(Debian, ASecondRunStartsNothing) {
  const Source first = provide();
  const Source second = provide_source(store, none, request, true, false);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.origin, first.origin);
  EXPECT_EQ(second.tree_sha256, first.tree_sha256);
  EXPECT_EQ(second.archive, first.archive);
}

TEST_F(Debian, RefreshAsksAgainAndTheAnswerHoldsFromThen) {
  provide();
  listed["trixie"] = {{"python3.13", "3.13.5-9"}};
  EXPECT_THAT(provide(false, true).origin, HasSubstr("3.13.5-9"));
  EXPECT_THAT(provide_source(store, none, request, false, false).origin, HasSubstr("3.13.5-9"));
  listed["trixie"] = {{"python3.13", "3.13.5-2+deb13u5"}};  // a mirror that is behind
  provide(false, true);
  EXPECT_THAT(provide_source(store, none, request, false, false).origin, HasSubstr("+deb13u5"));
}

TEST_F(Debian, ATreeThatWasRemovedIsMadeAgain) {
  const Source first = provide();
  fs::remove_all(first.tree);
  EXPECT_EQ(read_file(provide().tree / "README"), "This is Python.\n");
}

TEST_F(Debian, AFreshContainerWithoutListsIsAskedByItsSources) {
  targets = "";
  uris = "'http://m.example/debian/dists/trixie/main/binary-arm64/Packages.xz' x 0 \n";
  provide();
  EXPECT_THAT(sources.front(), HasSubstr("] http://m.example/debian/ trixie main\n"));
}

TEST_F(Debian, WithoutAnyDebianMirrorItSaysSo) {
  targets = "http://u.example/ubuntu/|noble|Ubuntu|Ubuntu|main\n";
  EXPECT_EQ(refusal<Failure>(),
            "debian:3.13: no Debian mirror in this machine's apt configuration; name one with "
            "--mirror, or "
            "give --source a tarball");
}

TEST_F(Debian, TheMirrorNamedIsTheOneAskedAndItsPasswordIsNotKept) {
  request = parse_source("debian:3.13", "", "http://me:secret@n.example/debian");
  provide();
  EXPECT_THAT(sources.front(), HasSubstr("] http://me:secret@n.example/debian trixie main\n"));
  for (const Step& step : store.list("resolution")) {
    EXPECT_EQ(step.details.at("mirror"), "http://n.example/debian");
  }
}

TEST_F(Debian, ASecondMirrorStandsInForABrokenFirst) {
  targets += "http://n.example/debian/|bookworm|Debian|Debian|main\n";
  FakeRunner moody([&](const Command& command) {
    if (has(command, "update") &&
        read_file(setting(command, "Dir::Etc::sourcelist")).find("m.example") !=
            std::string::npos) {
      return exits(100, "E: Failed to fetch http://m.example/ Could not resolve 'm.example'");
    }
    return apt(command);
  });
  provide_source(store, moody, request, false, false);
  EXPECT_THAT(sources.back(), HasSubstr("http://n.example/debian/"));
}

TEST_F(Debian, OfflineWithoutACopySaysSo) {
  EXPECT_THAT(message<Failure>([&] { provide_source(store, none, request, true, false); }),
              AllOf(StartsWith("debian:3.13: not in the store"), HasSubstr("--offline")));
  EXPECT_THAT(message<UsageError>([&] { provide_source(store, none, request, true, true); }),
              HasSubstr("--refresh"));
  expect_nothing_left();
}

TEST_F(Debian, AnUnsignedRepositoryIsRefused) {
  update = exits(100,
                 "W: GPG error: http://m.example: NO_PUBKEY 6ED0\nE: The repository "
                 "'http://m.example' is not signed.\n");
  EXPECT_EQ(refusal<Failure>(),
            "debian:3.13: apt: GPG error: http://m.example: NO_PUBKEY 6ED0; install or update the "
            "package "
            "debian-archive-keyring");
}

TEST_F(Debian, NoNetworkAndNoPackageAreTold) {
  update = exits(100, "E: Failed to fetch http://m.example Could not resolve 'm.example'\n");
  EXPECT_THAT(refusal<Failure>(), HasSubstr("check the network"));
  update = not_installed();
  EXPECT_THAT(refusal<Failure>(), HasSubstr("apt-get cannot be run here"));
}

TEST_F(Debian, AHangingMirrorIsTold) {
  update = exits(0);
  update.timed_out = true;
  EXPECT_THAT(refusal<Failure>(), HasSubstr("timed out"));
}

TEST_F(Debian, ATarballThatTheDscDoesNotDescribeIsRefused) {
  after_source = [](const fs::path& cwd) {
    fs::resize_file(cwd / "python3.13_3.13.5.orig.tar.xz", 100);
  };
  EXPECT_THAT(refusal<Failure>(), HasSubstr("python3.13_3.13.5.orig.tar.xz is not the file that"));
  after_source = [&](const fs::path& cwd) {
    std::string bytes = read_file(at("orig"));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write(cwd / "python3.13_3.13.5.orig.tar.xz", bytes);
  };
  EXPECT_THAT(refusal<Failure>(), HasSubstr("is not the file that"));
  after_source = [&](const fs::path& cwd) { fs::remove(cwd / "python3.13_3.13.5.orig.tar.xz"); };
  EXPECT_THAT(refusal<Failure>(), HasSubstr("is not the file that"));
}

TEST_F(Debian, AMissingDoubledOrForeignDscIsRefused) {
  after_source = [&](const fs::path& cwd) { fs::remove(cwd / ("python3.13_" + fetched + ".dsc")); };
  EXPECT_THAT(refusal<Failure>(), HasSubstr("no usable .dsc"));
  after_source = [&](const fs::path& cwd) { write(cwd / "other.dsc", dsc(std::string(64, 'a'))); };
  EXPECT_THAT(refusal<Failure>(), HasSubstr("no usable .dsc"));
  after_source = [&](const fs::path& cwd) {
    write(cwd / ("python3.13_" + fetched + ".dsc"),
          "Source: evil\nVersion: 1\nChecksums-Sha256:\n " + std::string(64, 'a') +
              " 1 evil_1.orig.tar.xz\n");
  };
  EXPECT_THAT(refusal<Failure>(), HasSubstr("apt delivered evil instead of python3.13"));
}

TEST_F(Debian, AnotherHashThanTheOneAskedForIsRefused) {
  request = parse_source("debian:3.13", std::string(64, 'a'), "");
  EXPECT_THAT(refusal<UsageError>(),
              AllOf(HasSubstr(std::string(64, 'a')), HasSubstr(sha256_file(at("orig")))));
}

TEST_F(Debian, TheNewestOfAllReleasesIsTaken) {
  release("unstable", "sid", "");
  release("oldstable", "bookworm", "12.9");
  listed["sid"] = {
      {"python3.13", "3.13.9-1"}, {"python3.14", "3.14.2-1"}, {"python3.13", "3.13.10-1"}};
  EXPECT_EQ(provide().origin, "Debian python3.13 3.13.10-1 (sid), upstream tarball");
  EXPECT_EQ(sources.size(), 1U) << "older releases need not be asked";
  listed["bookworm"] = {{"python3.11", "3.11.2-6"}, {"python3.9", "3.9.2-1"}};
  request = parse_source("debian:3.12", "", "");
  EXPECT_EQ(message<Failure>([&] { provide(); }),
            "debian:3.12: http://m.example/debian/ has no such CPython; it has 3.9 (bookworm), "
            "3.11 (bookworm), "
            "3.13 (sid, trixie), 3.14 (sid); give --source a tarball, or another mirror with "
            "--mirror");
}

TEST_F(Debian, OneVersionOrTheNewestMinorOrAReleaseCanBeAskedFor) {
  release("unstable", "sid", "");
  listed["sid"] = {{"python3.13", "3.13.9-1"}, {"python3.13", "3.13.9~rc1-1"}};
  request = parse_source("debian:3.13.5", "", "");
  EXPECT_THAT(provide().origin, HasSubstr("3.13.5-2+deb13u5 (trixie)"));
  request = parse_source("debian:3.13.9rc1", "", "");
  EXPECT_THAT(provide().origin, HasSubstr("3.13.9~rc1-1 (sid)"));
  request = parse_source("debian:13/3.13", "", "");
  EXPECT_THAT(provide().origin, HasSubstr("3.13.5-2+deb13u5 (trixie)"));
  request = parse_source("debian:newest", "", "");
  EXPECT_THAT(provide().origin, HasSubstr("3.13.9-1 (sid)"));
  request = parse_source("debian:10/3.13", "", "");
  EXPECT_EQ(message<UsageError>([&] { provide(); }),
            "debian:10/3.13: http://m.example/debian/ has no release \"10\"; it has 13 (trixie, "
            "stable), sid (unstable)");
}

TEST_F(Debian, WhatAMirrorListsAndLacksGivesWayToWhatItHas) {
  test::RecordedListener told;
  store.tell(told);
  release("unstable", "sid", "");
  listed["sid"] = {{"python3.13", "3.13.9-1"}, {"python3.13", "3.13.8-1"}};
  lacking = {"3.13.9-1"};
  EXPECT_THAT(provide().origin, HasSubstr("3.13.8-1 (sid)"));
  EXPECT_THAT(told.warnings,
              ElementsAre(AllOf(
                  StartsWith("debian:3.13: http://m.example/debian/ lists python3.13 "
                             "3.13.9-1 and does not have the files; 3.13.8-1 of sid is taken"),
                  HasSubstr("--mirror"))));
  lacking = {"3.13.9-1", "3.13.8-1", "3.13.5-2+deb13u5"};
  EXPECT_EQ(
      message<Failure>([&] { provide(false, true); }),
      "debian:3.13: http://m.example/debian/ lists python3.13 3.13.9-1, python3.13 3.13.8-1, "
      "python3.13 3.13.5-2+deb13u5 and does not have the files; try again later, name another "
      "mirror with --mirror, or give --source a tarball");
}

TEST_F(Debian, AReleaseThatCannotBeAskedIsPassedOverAndNamed) {
  test::RecordedListener told;
  store.tell(told);
  release("unstable", "sid", "");
  broken = "sid";
  EXPECT_THAT(provide().origin, HasSubstr("(trixie)"));
  EXPECT_THAT(told.warnings,
              ElementsAre(AllOf(HasSubstr("sid is bad"), HasSubstr("need not be the newest"))));
  request = parse_source("debian:3.14", "", "");
  EXPECT_THAT(message<Failure>([&] { provide(); }), HasSubstr("sid is bad"));
}

TEST_F(Debian, AnInterruptLeavesNothing) {
  after_source = [](const fs::path&) { request_stop(); };
  EXPECT_THROW(provide(), Interrupted);
  clear_stop_request();
  expect_nothing_left();
}

}  // namespace
}  // namespace pytune
