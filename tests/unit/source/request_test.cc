#include <gmock/gmock.h>

#include "source/source.h"
#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

using source_test::message;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Kind = SourceRequest::Kind;

const std::string kGivenHash(64, 'a');

std::string refusal(const std::string& text, const std::string& sha256 = "",
                    const std::string& mirror = "") {
  return message<UsageError>([&] { parse_source(text, sha256, mirror); });
}

class Request : public source_test::ScratchTest {};

TEST_F(Request, TellsTheFourKindsApart) {
  source_test::write(at("x.tar.xz"), "x");
  std::filesystem::create_directory(at("tree"));
  const SourceRequest debian = parse_source("debian:3.11", "", "");
  EXPECT_EQ(debian.kind, Kind::debian);
  EXPECT_EQ(debian.debian.minor, "3.11");
  EXPECT_EQ(parse_source(at("x.tar.xz"), "", "").kind, Kind::archive);
  EXPECT_EQ(parse_source(at("tree"), "", "").kind, Kind::tree);
  EXPECT_EQ(parse_source("https://x.example/p.tar.xz", kGivenHash, "").kind, Kind::url);
}

TEST_F(Request, ADebianSourceIsAVersionOrTheNewestOfAReleaseOrOfAny) {
  const auto wish = [](const char* text) { return parse_source(text, "", "").debian; };
  EXPECT_EQ(wish("debian:3.13.5").minor, "3.13");
  EXPECT_EQ(wish("debian:3.13.5").version, "3.13.5");
  EXPECT_EQ(wish("debian:3.15.0rc2").version, "3.15.0rc2");
  EXPECT_EQ(wish("debian:3.14").version, "");
  EXPECT_EQ(wish("debian:sid/3.14").release, "sid");
  EXPECT_EQ(wish("debian:sid/3.14").minor, "3.14");
  EXPECT_EQ(wish("debian:newest").minor, "");
  EXPECT_EQ(wish("debian:13/newest").release, "13");
}

TEST_F(Request, WhatNamesNoVersionIsToldTheForms) {
  for (const char* text : {"debian:", "debian:trixie", "debian:2.7", "debian:3.13.", "debian:3.13/",
                           "debian:3.13.5rc", "debian:sid/", "debian:13/gcc-14"})
    EXPECT_THAT(refusal(text), HasSubstr("debian:3.13, debian:3.13.5, debian:trixie/3.13")) << text;
  EXPECT_THAT(refusal("debian:trixie-backports/3.13"), HasSubstr("take trixie"));
  EXPECT_THAT(refusal("debian:/3.13"), HasSubstr("no release has such a name"));
  EXPECT_THAT(refusal("debian:../3.13"), HasSubstr("no release has such a name"));
}

TEST_F(Request, AMisspeltDebianSourceGetsASuggestion) {
  EXPECT_THAT(refusal("debain:3.13"), HasSubstr("did you mean debian:3.13?"));
  EXPECT_THAT(refusal("3.11"), HasSubstr("did you mean debian:3.11?"));
}

TEST_F(Request, AMissingFileNamesTheChoices) {
  EXPECT_THAT(refusal("no/such.tar.xz"),
              AllOf(HasSubstr("no/such.tar.xz"), HasSubstr("debian:3.13, a tarball")));
  EXPECT_THAT(refusal(""), HasSubstr("nothing given"));
}

TEST_F(Request, AFileMayBeSignedByABundleAndASignerIsAnIdentityWithItsIssuer) {
  source_test::write(at("x.tar.xz"), "x");
  const SourceRequest url = parse_source("https://x.example/p.tar.xz", "", "");
  EXPECT_EQ(url.bundle, "");
  EXPECT_FALSE(url.signer);
  const SourceRequest file =
      parse_source(at("x.tar.xz"), "", "", {"x.sigstore", " me@x.example, https://i.example "});
  EXPECT_EQ(file.bundle, "x.sigstore");
  EXPECT_EQ(file.signer->identity, "me@x.example");
  EXPECT_EQ(file.signer->issuer, "https://i.example");
}

TEST_F(Request, ASignatureOfWhatIsNotSignedIsRefused) {
  source_test::write(at("x.tar.xz"), "x");
  std::filesystem::create_directory(at("tree"));
  const std::string signer = "me@x.example,https://i.example";
  const auto refused = [](const std::string& text, const SignatureWords& words) {
    return message<UsageError>([&] { parse_source(text, "", "", words); });
  };
  EXPECT_THAT(refused("debian:3.14", {"x.sigstore", ""}), HasSubstr("--sigstore: goes with"));
  EXPECT_THAT(refused(at("tree"), {"x.sigstore", ""}), HasSubstr("--sigstore: goes with"));
  EXPECT_THAT(refused(at("tree"), {"", signer}), HasSubstr("--signer: goes with"));
  EXPECT_THAT(refused(at("x.tar.xz"), {"", signer}), HasSubstr("--signer: give --sigstore"));
  for (const char* bad : {"me@x.example", ",https://i.example", "-x,https://i.example", "me,i"})
    EXPECT_THAT(refused("https://x.example/p.tgz", {"", bad}), HasSubstr("not IDENTITY,ISSUER"));
}

TEST_F(Request, OnlyKnownUrlSchemesAndCharacters) {
  EXPECT_THAT(refusal("ftp://x.example/p.tar.xz", kGivenHash),
              HasSubstr("only http, https and file"));
  EXPECT_THAT(refusal("https://x.example/a b", kGivenHash), HasSubstr("%20"));
  EXPECT_THAT(refusal("https://x.example/a\nb", kGivenHash), HasSubstr("%20"));
}

TEST_F(Request, AHashIs64HexadecimalDigitsOfEitherCase) {
  EXPECT_EQ(parse_source("debian:3.13", std::string(64, 'A'), "").sha256, kGivenHash);
  EXPECT_THAT(refusal("debian:3.13", "abc"), HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(refusal("debian:3.13", std::string(64, 'g')), HasSubstr("64 hexadecimal digits"));
}

TEST_F(Request, AHashOfADirectoryAndAMirrorOfAFileAreRefused) {
  std::filesystem::create_directory(at("tree"));
  EXPECT_THAT(refusal(at("tree"), kGivenHash), HasSubstr("drop --sha256"));
  EXPECT_THAT(refusal(at("tree"), "", "http://x.example/debian"), HasSubstr("--mirror"));
  EXPECT_THAT(refusal("debian:3.13", "", "http://x.example/ [trusted=yes]"), HasSubstr("--mirror"));
}

}  // namespace
}  // namespace pytune
