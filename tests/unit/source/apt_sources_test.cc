#include "source/apt_sources.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AptSources, FindsDebianAmongOtherRepositoriesByItsOrigin) {
  const auto targets = parse_index_targets(
      "https://packages.example/apt/|bookworm|Somebody|Somebody|main\n"
      "http://mirror.example/debian/|bookworm|Debian|Debian|main\n"
      "http://mirror.example/debian/|bookworm-updates|Debian|Debian|main\n"
      "http://mirror.example/debian-security/|bookworm-security|Debian-Security|Debian|main\n"
      "http://mirror.example/debian/|bookworm-backports|Debian Backports|Debian Backports|main\n"
      "http://second.example/debian/|bookworm|Debian|Debian|main\n");
  EXPECT_EQ(targets.size(), 6U);
  EXPECT_THAT(debian_mirrors(targets),
              ElementsAre("http://mirror.example/debian/", "http://second.example/debian/"));
}

TEST(AptSources, GoesByReleaseNameWhileAptHasNoReleaseFiles) {
  EXPECT_THAT(debian_mirrors(
                  parse_index_targets("http://m.example/debian/|bookworm|||main\n"
                                      "http://n.example/debian/|sid|$(LABEL)|$(ORIGIN)|main\n"
                                      "http://s.example/debian-security/|bookworm-security|||main\n"
                                      "https://d.example/linux/debian/|bookworm|||stable\n"
                                      "https://u.example/ubuntu/|noble|||main\n")),
              ElementsAre("http://m.example/debian/", "http://n.example/debian/"));
}

TEST(AptSources, ReadsPrintUrisOfAFreshContainer) {
  const std::string output =
      "'http://m.example/debian/dists/trixie/InRelease' m.example_debian_dists_trixie_InRelease 0 "
      "\n"
      "'http://m.example/debian/dists/trixie/main/binary-arm64/Packages.xz' m.example_x 0 \n"
      "'http://m.example/debian/dists/trixie/main/binary-all/Packages.xz' m.example_y 0 \n"
      "'http://m.example/debian/dists/trixie/main/dep11/Components-arm64.yml.xz' m.example_z 0 \n"
      "'mirror+file:/etc/apt/mirrors/debian.list/dists/stable/main/binary-arm64/Packages.xz' q 0 \n"
      "'http://m.example/debian-security/dists/trixie-security/main/binary-arm64/Packages.xz' w 0 "
      "\n"
      "'https://d.example/linux/debian/dists/bookworm/stable/binary-arm64/Packages.xz' e 0 \n";
  EXPECT_THAT(debian_mirrors(parse_print_uris(output)),
              ElementsAre("http://m.example/debian/", "mirror+file:/etc/apt/mirrors/debian.list/"));
}

TEST(AptSources, AnUbuntuMachineHasNoDebianMirror) {
  EXPECT_THAT(
      debian_mirrors(parse_index_targets("http://u.example/ubuntu/|noble|Ubuntu|Ubuntu|main\n")),
      IsEmpty());
  EXPECT_THAT(debian_mirrors(parse_print_uris(
                  "'http://u.example/ubuntu/dists/noble/main/binary-amd64/Packages.xz' x 0\n")),
              IsEmpty());
}

TEST(AptSources, SkipsLinesThatMakeNoSense) {
  EXPECT_THAT(parse_index_targets("E: broken\n|||\n\n||||||\n"), IsEmpty());
  EXPECT_THAT(
      parse_print_uris(
          "'\n'x\n'/dists/'\n'/dists/a\n'/dists/a/' \n'/dists/a/b' \n'x/dists/a/main/source' \n"),
      IsEmpty());
}

TEST(AptSources, AMirrorUriCannotChangeTheSourcesList) {
  EXPECT_TRUE(is_mirror_uri("http://deb.example/debian"));
  EXPECT_TRUE(is_mirror_uri("file:/srv/debian"));
  EXPECT_TRUE(is_mirror_uri("mirror+file:/etc/apt/mirrors/debian.list"));
  for (const char* bad : {"", "debian", "/srv/debian", ":x", "http:", "http://x y", "http://x\nDeb",
                          "http://x\ty", "[trusted=yes]http://x", "http://x[trusted=yes]",
                          "http://x#", "-o:x", "HTTP://x", "http://\x80"}) {
    EXPECT_FALSE(is_mirror_uri(bad)) << bad;
  }
}

TEST(AptSources, SourcePackagesComeWithAllTheirVersions) {
  const auto found = parse_source_packages(
      "Package: python3.13\nBinary: python3.13, libpython3.13\nVersion: 3.13.5-1\n\n\n"
      "Version: 3.15.0~rc2-1\nPackage: python3.15\n\nPackage: ../x\nVersion: 1\n\n"
      "Package: python3.14\nVersion: $(x)\n\nPackage: python3.16\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "python3.13");
  EXPECT_EQ(found[0].version, "3.13.5-1");
  EXPECT_EQ(found[1].version, "3.15.0~rc2-1");
}

// Pairs of deb-version(7), and what `dpkg --compare-versions` says of more.
TEST(AptSources, DebianVersionsAreOrderedAsDpkgOrdersThem) {
  for (const auto& [older, newer] :
       std::vector<std::pair<const char*, const char*>>{{"3.13.9-1", "3.13.10-1"},
                                                        {"3.15.0~rc2-1", "3.15.0-1"},
                                                        {"3.15.0~b4-1", "3.15.0~rc1-1"},
                                                        {"3.13.5-2", "3.13.5-2+deb13u5"},
                                                        {"3.13.5-2~bpo12+1", "3.13.5-2"},
                                                        {"9.0-1", "1:1.0-1"},
                                                        {"1.0~~", "1.0~~a"},
                                                        {"1.0~~a", "1.0~"},
                                                        {"1.0~", "1.0"},
                                                        {"1.0", "1.0a"},
                                                        {"1.0a", "1.0+x"},
                                                        {"1.0", "1.0-1"}}) {
    EXPECT_LT(compare_debian_versions(older, newer), 0) << older << " " << newer;
    EXPECT_GT(compare_debian_versions(newer, older), 0) << older << " " << newer;
  }
  EXPECT_EQ(compare_debian_versions("3.013.5-01", "0:3.13.5-1"), 0);
}

TEST(AptSources, DebiansVersionsAreUpstreamsWithMore) {
  EXPECT_EQ(upstream_version("3.13.5-2+deb13u5"), "3.13.5");
  EXPECT_EQ(upstream_version("3.15.0~rc2-1"), "3.15.0rc2");
  EXPECT_EQ(upstream_version("1:3.11.2+dfsg-1"), "3.11.2");
}

// The outputs below are apt 2.6's.
TEST(AptComplaint, AMissingKeyIsNamedWithTheKeyringPackage) {
  const auto complaint = read_apt_complaint(
      "Get:1 http://m.example/debian trixie InRelease [140 kB]\n"
      "Err:1 http://m.example/debian trixie InRelease\n"
      "  The following signatures couldn't be verified because the public key is not available: "
      "NO_PUBKEY 6ED0\n"
      "Reading package lists...\n"
      "W: GPG error: http://m.example/debian trixie InRelease: The following signatures couldn't "
      "be verified because "
      "the public key is not available: NO_PUBKEY 6ED0\n"
      "E: The repository 'http://m.example/debian trixie InRelease' is not signed.\n",
      "trixie", "give --source a tarball");
  EXPECT_THAT(complaint.line, HasSubstr("NO_PUBKEY 6ED0"));
  EXPECT_THAT(complaint.remedy, HasSubstr("debian-archive-keyring"));
}

TEST(AptComplaint, AnUnsignedRepositoryIsNamed) {
  const auto complaint =
      read_apt_complaint("E: The repository 'file:/srv trixie Release' is not signed.\n", "trixie",
                         "give --source a tarball");
  EXPECT_EQ(complaint.line, "The repository 'file:/srv trixie Release' is not signed");
  EXPECT_THAT(complaint.remedy, HasSubstr("debian-archive-keyring"));
}

TEST(AptComplaint, NoNetworkIsTold) {
  const auto complaint = read_apt_complaint(
      "Err:1 http://no.invalid/debian trixie InRelease\n  Could not resolve 'no.invalid'\n"
      "E: Some index files failed to download. They have been ignored, or old ones used instead.\n"
      "E: Failed to fetch http://no.invalid/debian/dists/trixie/InRelease  Could not resolve "
      "'no.invalid'\n",
      "trixie", "give --source a tarball");
  EXPECT_EQ(complaint.line,
            "Failed to fetch http://no.invalid/debian/dists/trixie/InRelease Could not resolve "
            "'no.invalid'");
  EXPECT_THAT(complaint.remedy, HasSubstr("network"));
}

TEST(AptComplaint, AMirrorWithoutTheSuiteIsTold) {
  const auto complaint = read_apt_complaint(
      "E: The repository 'http://m.example/x trixie Release' does not have a Release file.\n",
      "trixie", "give --source a tarball");
  EXPECT_THAT(complaint.remedy, HasSubstr("no trixie sources"));
  EXPECT_THAT(
      read_apt_complaint("E: Unable to find a source package for python3.13\n", "trixie", "")
          .remedy,
      HasSubstr("--mirror"));
}

TEST(AptComplaint, IsOneLineWhateverAptPrints) {
  const auto complaint =
      read_apt_complaint("E: a\x1b[31m\x01 b \xff\n", "trixie", "give --source a tarball");
  EXPECT_EQ(complaint.line.find('\x1b'), std::string::npos);
  EXPECT_EQ(complaint.line.find('\xff'), std::string::npos);
  EXPECT_EQ(read_apt_complaint("", "trixie", "").line, "");
  EXPECT_LT(read_apt_complaint("E: " + std::string(100000, 'x'), "trixie", "").line.size(), 400U);
}

}  // namespace
}  // namespace pytune
