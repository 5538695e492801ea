// Tarballs and URLs whose Sigstore bundle is checked by a tool of the user's.
#include "source/sigstore.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "source/source.h"
#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::exits;
using source_test::FakeRunner;
using source_test::has;
using source_test::message;
using source_test::StoreTest;
using source_test::Tar;
using source_test::write;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kRelease = "https://x.example/ftp/Python-3.14.7.tgz";

// Only what the test puts there is on PATH.
class SigstoreTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    path_ = std::getenv("PATH");
    fs::create_directories(at("bin"));
    setenv("PATH", at("bin").c_str(), 1);
  }
  void TearDown() override {
    setenv("PATH", path_.c_str(), 1);
    StoreTest::TearDown();
  }
  void install(const std::string& name) {
    write(at("bin/" + name), "#!/bin/false\n");
    fs::permissions(at("bin/" + name), fs::perms::owner_all);
  }
  Source provide(const std::string& text, const SignatureWords& words = {}, bool offline = false) {
    return provide_source(store, runner, parse_source(text, "", "", words), offline, false);
  }
  template <class E>
  std::string refusal(const std::string& text, const SignatureWords& words = {}) {
    std::string told = message<E>([&] { provide(text, words); });
    EXPECT_EQ(told.find('\n'), std::string::npos) << told;
    expect_nothing_left();
    return told;
  }
  // The command that checked the signature.
  const Command& check() const {
    for (const Command& command : runner.commands)
      if (has(command, "verify") || has(command, "verify-blob")) return command;
    ADD_FAILURE() << "no signature was checked";
    return runner.commands.front();
  }
  std::string word_after(const std::string& word) const {
    const auto& argv = check().argv;
    const auto found = std::find(argv.begin(), argv.end(), word);
    return found == argv.end() || found + 1 == argv.end() ? "" : *(found + 1);
  }

  fs::path tarball = Tar().cpython("3.14.7").save(at("Python-3.14.7.tgz"), Tar::Filter::gzip);
  std::string bundle_at = kRelease + ".sigstore";
  Outcome version = exits(0, "sigstore 4.5.1\n");
  Outcome verified = exits(0, "OK: download\n");
  FakeRunner runner{[this](const Command& command) {
    if (has(command, "--version") || has(command, "version")) return version;
    if (!has(command, "curl")) return verified;
    const std::string& url = command.argv.back();
    const auto into = std::find(command.argv.begin(), command.argv.end(), "--output");
    if (url == kRelease)
      fs::copy_file(tarball, *(into + 1));
    else if (url == bundle_at)
      write(*(into + 1), "{}");
    else
      return exits(22, "curl: (22) The requested URL returned error: 404\n");
    return exits(0);
  }};

 private:
  std::string path_;
};

TEST_F(SigstoreTest, AUrlIsCheckedByTheBundleBesideItAgainstItsReleaseManager) {
  install("sigstore");
  const Source got = provide(kRelease);
  EXPECT_EQ(got.version, "3.14.7");
  EXPECT_EQ(got.origin, kRelease + ", signed by hugo@python.org (Sigstore)");
  EXPECT_EQ(check().argv.front(), at("bin/sigstore").string());
  EXPECT_EQ(word_after("--cert-identity"), "hugo@python.org");
  EXPECT_EQ(word_after("--cert-oidc-issuer"), "https://github.com/login/oauth");
  EXPECT_FALSE(has(check(), "--offline"));
  EXPECT_EQ(check().environment->count("PYTHONPATH"), 0U);

  const auto steps = store.list("resolution");
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].inputs.at("signer"), "hugo@python.org");
  EXPECT_EQ(steps[0].details.at("tool"), "sigstore 4.5.1");
  EXPECT_EQ(steps[0].details.at("bundle"), kRelease + ".sigstore");
  EXPECT_EQ(read_file(steps[0].directory / "bundle.sigstore"), "{}");

  const std::size_t before = runner.commands.size();
  EXPECT_EQ(provide(kRelease, {}, true).origin, got.origin);
  EXPECT_EQ(foresee_source(store, parse_source(kRelease, "", ""))->id, got.id);
  EXPECT_EQ(runner.commands.size(), before) << "checked once";
}

TEST_F(SigstoreTest, TheOtherNameOfABundleIsTriedToo) {
  install("sigstore");
  bundle_at = kRelease + ".sigstore.json";
  EXPECT_EQ(provide(kRelease).version, "3.14.7");
}

TEST_F(SigstoreTest, AMissingBundleIsNamedWithWhatToGive) {
  install("sigstore");
  bundle_at = "";
  EXPECT_THAT(refusal<Failure>(kRelease),
              AllOf(StartsWith(kRelease), HasSubstr("no Sigstore bundle beside it"),
                    HasSubstr("404"), HasSubstr("--sigstore"), HasSubstr("--sha256")));
  EXPECT_THAT(refusal<UsageError>(kRelease, {at("none.sigstore"), ""}), HasSubstr("no such file"));
}

TEST_F(SigstoreTest, WithoutAToolNothingIsFetched) {
  EXPECT_THAT(refusal<UsageError>(kRelease),
              AllOf(HasSubstr("pipx install sigstore, or cosign"), HasSubstr("--sha256")));
  EXPECT_TRUE(runner.commands.empty());
}

TEST_F(SigstoreTest, PythonsModuleIsRunWhereNothingOfTheUsersLies) {
  install("python3");
  provide(kRelease);
  EXPECT_EQ(check().argv[0], at("bin/python3").string());
  EXPECT_EQ(check().argv[1], "-m");
  EXPECT_THAT(check().cwd.string(), StartsWith(store.root().string()));
}

TEST_F(SigstoreTest, CosignOfOldIsToldTheFormat) {
  install("cosign");
  version = exits(0, "cosign: A tool\n\nGitVersion:    v2.6.1\n");
  provide(kRelease);
  EXPECT_EQ(word_after("--certificate-identity"), "hugo@python.org");
  EXPECT_TRUE(has(check(), "--new-bundle-format"));
}

TEST_F(SigstoreTest, CosignOfTodayIsNot) {
  install("cosign");
  version = exits(0, "GitVersion:    v3.0.4\n");
  provide(kRelease);
  EXPECT_TRUE(has(check(), "verify-blob"));
  EXPECT_FALSE(has(check(), "--new-bundle-format"));
  EXPECT_EQ(store.list("resolution")[0].details.at("tool"), "cosign v3.0.4");
}

TEST_F(SigstoreTest, WhatTheToolSaysIsToldInOneLineWithWhatToDo) {
  install("sigstore");
  struct Row {
    const char* said;
    const char* reason;
    const char* remedy;
  };
  for (const Row& row : {
           Row{"[21:28:06] WARNING  TUF repository is loaded in offline mode      tuf.py:103\n"
               "[21:28:07] ERROR    FAIL: download                              _cli.py:1159\n"
               "           ERROR    Certificate's SANs do not match hugo@python.org; actual SANs: "
               "{'a@b.c'}      errors.py:42\n"
               "                    For detailed error information, run with --verbose\n",
               "(Certificate's SANs do not match hugo@python.org; actual SANs: {'a@b.c'})",
               "--signer IDENTITY,ISSUER"},
           Row{"           ERROR    FAIL: download                              _cli.py:1159\n"
               "           ERROR    Bundle message digest mismatch                 errors.py:42\n",
               "(Bundle message digest mismatch)", "damaged, or the bundle is another file's"},
           Row{"           ERROR          An issue occurred while parsing the Sigstore bundle.\n\n"
               "                          Additional context:                              \n"
               "                                                                           \n"
               "                          failed to load bundle: 1 validation error        \n",
               "(failed to load bundle: 1 validation error)", "give --sigstore the bundle"},
           Row{"           ERROR            Failed to refresh TUF metadata.        errors.py:42\n",
               "(Failed to refresh TUF metadata.)", "cannot fetch its trust root"},
           Row{"", "(exit status 1)", "--sha256"},
       }) {
    verified = exits(1, row.said);
    EXPECT_THAT(refusal<Failure>(kRelease),
                AllOf(StartsWith(kRelease + ": sigstore 4.5.1 does not confirm by " + bundle_at),
                      HasSubstr(row.reason), HasSubstr(row.remedy)));
  }
}

TEST_F(SigstoreTest, AnotherVersionThanTheNameSaysIsRefusedAsTheSignatureWouldBeRight) {
  install("sigstore");
  Tar().cpython("3.14.0").save(tarball, Tar::Filter::gzip);
  EXPECT_THAT(refusal<Failure>(kRelease), HasSubstr("holds CPython 3.14.0 and not 3.14.7"));
}

TEST_F(SigstoreTest, WhoSignsALaterVersionIsAskedFor) {
  install("sigstore");
  Tar().cpython("3.19.1").save(at("later.tgz"), Tar::Filter::gzip);
  write(at("b"), "{}");
  EXPECT_THAT(refusal<UsageError>(at("later.tgz"), {at("b"), ""}),
              AllOf(HasSubstr("who signs CPython 3.19 is not known here"), HasSubstr("--signer"),
                    HasSubstr("python.org/downloads/metadata/sigstore")));
  const Source got = provide(at("later.tgz"), {at("b"), "me@x.example,https://i.example"}, true);
  EXPECT_EQ(got.origin, "tarball later.tgz, signed by me@x.example (Sigstore)");
  EXPECT_TRUE(has(check(), "--offline"));
  EXPECT_EQ(word_after("--cert-oidc-issuer"), "https://i.example");
}

TEST_F(SigstoreTest, WhatAnotherSignerSignedIsNoAnswerForTheReleaseManager) {
  install("sigstore");
  provide(kRelease, {"", "me@x.example,https://i.example"});
  verified = exits(1, "ERROR    Certificate's SANs do not match\n");
  EXPECT_THAT(message<Failure>([&] { provide(kRelease); }), HasSubstr("hugo@python.org"));
}

TEST(ReleaseManagers, AreKnownFor311To315) {
  EXPECT_EQ(release_manager("3.11")->identity, "pablogsal@python.org");
  EXPECT_EQ(release_manager("3.13")->issuer, "https://accounts.google.com");
  EXPECT_EQ(release_manager("3.15")->identity, "hugo@python.org");
  EXPECT_FALSE(release_manager("3.10"));
}

}  // namespace
}  // namespace pytune
