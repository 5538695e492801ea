#include "source/debian_releases.h"

#include <gmock/gmock.h>

namespace pytune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string in_release(const std::string& suite, const std::string& codename,
                       const std::string& version) {
  return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian\n"
         "Suite: " +
         suite + "\n" + (version.empty() ? "" : "Version: " + version + "\n") +
         "Codename: " + codename +
         "\nDate: Sat, 21 Nov 2026 09:15:44 UTC\nArchitectures: all amd64 arm64\nComponents: main\n"
         "SHA256:\n 0123 45 main/Codename: no\n-----BEGIN PGP SIGNATURE-----\n\nSuite: forged\n"
         "-----END PGP SIGNATURE-----\n";
}

ReleaseFile read(const std::string& suite, const std::string& codename,
                 const std::string& version) {
  return parse_release(in_release(suite, codename, version)).value();
}

std::vector<DebianSuite> all() {
  return debian_suites({read("unstable", "sid", ""), read("stable", "trixie", "13.8"),
                        read("testing", "forky", ""), read("oldstable", "bookworm", "12.15"),
                        read("stable", "trixie", "13.8"), read("oldoldstable", "bullseye", "11")});
}

TEST(ReleaseFiles, SayWhatIsSignedAndNothingElse) {
  const ReleaseFile file = read("stable", "trixie", "13.8");
  EXPECT_EQ(file.suite, "stable");
  EXPECT_EQ(file.codename, "trixie");
  EXPECT_EQ(file.version, "13.8");
  EXPECT_EQ(file.date, "Sat, 21 Nov 2026 09:15:44 UTC");
  EXPECT_THAT(file.architectures, ElementsAre("all", "amd64", "arm64"));
  EXPECT_EQ(read("unstable", "sid", "").version, "");
}

TEST(ReleaseFiles, OfOthersOrWithHostileNamesAreNone) {
  std::string ubuntu = in_release("noble", "noble", "24.04");
  ubuntu.replace(ubuntu.find("Origin: Debian"), 14, "Origin: Ubuntu");
  EXPECT_FALSE(parse_release(ubuntu).has_value());
  EXPECT_FALSE(parse_release("").has_value());
  EXPECT_FALSE(parse_release("<html>404</html>").has_value());
  EXPECT_FALSE(parse_release(in_release("stable", "../../etc", "13")).has_value());
  EXPECT_FALSE(parse_release(in_release("stable", "a b", "13")).has_value());
  EXPECT_FALSE(parse_release(in_release("-o", "trixie", "13")).has_value());
  for (const char* version : {"x", "13x", "-1", "0", "99999999999999"})
    EXPECT_FALSE(parse_release(in_release("stable", "trixie", version)).has_value()) << version;
}

TEST(DebianSuites, AreFoundByNumberCodenameAndSuite) {
  const auto suites = all();
  const auto codename = [&](const std::string& name) {
    const DebianSuite* found = find_suite(suites, name);
    return found == nullptr ? std::string("none") : found->codename;
  };
  for (const char* name : {"13", "trixie", "stable"}) EXPECT_EQ(codename(name), "trixie");
  for (const char* name : {"14", "forky", "testing"}) EXPECT_EQ(codename(name), "forky");
  for (const char* name : {"sid", "unstable"}) EXPECT_EQ(codename(name), "sid");
  EXPECT_EQ(codename("11"), "bullseye");
  for (const char* name : {"10", "15", "", "1"}) EXPECT_EQ(codename(name), "none");
}

TEST(DebianSuites, OnlyWhatIsReleasedStays) {
  const auto suites = all();
  EXPECT_FALSE(find_suite(suites, "stable")->moving);
  EXPECT_TRUE(find_suite(suites, "testing")->moving);
  EXPECT_TRUE(find_suite(suites, "sid")->moving);
}

TEST(DebianSuites, AreListedOnceOldestFirst) {
  EXPECT_EQ(list_of(all()),
            "11 (bullseye, oldoldstable), 12 (bookworm, oldstable), 13 (trixie, stable), 14 "
            "(forky, testing), sid (unstable)");
}

TEST(DebianSuites, WithoutAReleasedOneTestingHasNoNumber) {
  EXPECT_EQ(list_of(debian_suites({read("testing", "forky", "")})), "forky (testing)");
}

TEST(ReleaseNames, OfAdditionsAreExplained) {
  EXPECT_THAT(never_a_release("experimental"), HasSubstr("take sid"));
  EXPECT_THAT(never_a_release("bookworm-backports"), HasSubstr("take bookworm"));
  EXPECT_THAT(never_a_release("trixie-security"), HasSubstr("take trixie"));
  for (const char* name : {"", "../x", "a b", "-o"})
    EXPECT_EQ(never_a_release(name), "no release has such a name") << name;
  for (const char* name : {"12", "sid", "bookworm", "duke"})
    EXPECT_THAT(never_a_release(name), IsEmpty()) << name;
}

}  // namespace
}  // namespace pytune
