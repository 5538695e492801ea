#include <gmock/gmock.h>

#include "source/apt_sources.h"
#include "sys/error.h"
#include "unit/source/support.h"

namespace pytune {
namespace {

using source_test::message;
using ::testing::HasSubstr;

const std::string kHash(64, 'a');
const std::string kOther(64, 'b');

std::string unsigned_dsc(const std::string& checksums,
                         const std::string& version = "3.13.5-2+deb13u5") {
  return "Format: 3.0 (quilt)\nSource: python3.13\nBinary: python3.13, idle\nVersion: " + version +
         "\nPackage-List:\n python3.13 deb python optional arch=any\nChecksums-Sha1:\n " +
         std::string(40, 'c') + " 5 python3.13_3.13.5.orig.tar.xz\nChecksums-Sha256:\n" +
         checksums + "Files:\n x 5 y\n";
}

std::string signed_dsc(const std::string& body) {
  return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + body +
         "\n-----BEGIN PGP SIGNATURE-----\n\niQIz\n-----END PGP SIGNATURE-----\n";
}

const std::string kGood = " " + kHash + " 22856016 python3.13_3.13.5.orig.tar.xz\n " + kOther +
                          " 963 python3.13_3.13.5.orig.tar.xz.asc\n " + kOther +
                          " 299640 python3.13_3.13.5-2+deb13u5.debian.tar.xz\n";

TEST(Dsc, NamesTheUpstreamTarball) {
  for (const std::string& text : {unsigned_dsc(kGood), signed_dsc(unsigned_dsc(kGood))}) {
    const Dsc dsc = parse_dsc(text, "x.dsc");
    EXPECT_EQ(dsc.source, "python3.13");
    EXPECT_EQ(dsc.version, "3.13.5-2+deb13u5");
    EXPECT_EQ(dsc.archive, "python3.13_3.13.5.orig.tar.xz");
    EXPECT_EQ(dsc.sha256, kHash);
    EXPECT_EQ(dsc.bytes, 22856016U);
  }
}

TEST(Dsc, TheEpochIsNotInTheFileName) {
  EXPECT_EQ(parse_dsc(unsigned_dsc(kGood, "1:3.13.5-2"), "x.dsc").archive,
            "python3.13_3.13.5.orig.tar.xz");
}

TEST(Dsc, WhatStandsOutsideTheSignatureDoesNotCount) {
  const std::string forged =
      signed_dsc("Source: python3.13\nVersion: 3.13.5-2\n") + "\nChecksums-Sha256:\n" + kGood;
  EXPECT_THAT(message<Failure>([&] { parse_dsc(forged, "x.dsc"); }),
              HasSubstr("names no upstream tarball"));
}

TEST(Dsc, RefusesHostileFileNames) {
  for (const char* name :
       {"../python3.13_3.13.5.orig.tar.xz", "/etc/passwd", ".hidden",
        "python3.13_3.13.5.orig.tar.xz/x", "a\x1b", "python3.13_3.13.5.orig.tar.xz extra"}) {
    const std::string text = unsigned_dsc(" " + kHash + " 5 " + name + "\n");
    EXPECT_THAT(message<Failure>([&] { parse_dsc(text, "x.dsc"); }),
                HasSubstr("x.dsc: has a malformed"))
        << name;
  }
}

TEST(Dsc, RefusesBadHashesAndSizes) {
  for (const std::string& line :
       {std::string(63, 'a') + " 5 ", std::string(64, 'g') + " 5 ", kHash + " -5 ", kHash + " 5x ",
        kHash + " 99999999999999999999999 ", kHash + " "}) {
    const std::string text = unsigned_dsc(" " + line + "python3.13_3.13.5.orig.tar.xz\n");
    EXPECT_THROW(parse_dsc(text, "x.dsc"), Failure) << line;
  }
}

TEST(Dsc, RefusesAmbiguity) {
  EXPECT_THAT(
      message<Failure>([] { parse_dsc(unsigned_dsc(kGood) + "Version: 3.13.6-1\n", "x.dsc"); }),
      HasSubstr("field Version comes twice"));
  EXPECT_THAT(message<Failure>([] {
                parse_dsc(unsigned_dsc(kGood + " " + kOther + " 5 python3.13_3.13.5.orig.tar.gz\n"),
                          "x.dsc");
              }),
              HasSubstr("two upstream tarballs"));
}

TEST(Dsc, RefusesWhatIsCutOffOrSomethingElse) {
  EXPECT_THROW(parse_dsc("", "x.dsc"), Failure);
  EXPECT_THROW(parse_dsc("<html>not found</html>", "x.dsc"), Failure);
  EXPECT_THROW(parse_dsc("-----BEGIN PGP SIGNED MESSAGE-----", "x.dsc"), Failure);
  EXPECT_THROW(parse_dsc("-----BEGIN PGP SIGNED MESSAGE-----\n\n" + unsigned_dsc(kGood), "x.dsc"),
               Failure);
  EXPECT_THROW(parse_dsc("Source: a b\nVersion: 1\n", "x.dsc"), Failure);
  EXPECT_THROW(parse_dsc("Source: a/b\nVersion: 1\n", "x.dsc"), Failure);
  EXPECT_THROW(parse_dsc("Source: a\n", "x.dsc"), Failure);
}

}  // namespace
}  // namespace pytune
