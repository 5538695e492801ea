#include "source/sysroot.h"

#include <gmock/gmock.h>

#include "unit/source/support.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;
using source_test::write;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ClangRuntimeRequest, IsForTheClangsOfTheRelease) {
  const auto request = clang_runtime_request("bookworm", "arm64", "19", "");
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(request->packages, ElementsAre("libclang-rt-19-dev"));
  EXPECT_FALSE(clang_runtime_request("bookworm", "arm64", "17", "").has_value());
}

TEST(BoltRuntimeRequest, IsForTheReleaseThatHasThatVersion) {
  const auto known = bolt_runtime_request("bookworm", "arm64", "19", "");
  EXPECT_EQ(known.suite, "bookworm");
  EXPECT_THAT(known.packages, ElementsAre("libbolt-19-dev"));
  EXPECT_EQ(bolt_runtime_request("bookworm", "arm64", "22", "").suite, "sid");
}

class Sysroots : public source_test::ScratchTest {
 protected:
  Sysroots() {
    for (const char* header :
         {"stdio.h", "linux/version.h", "crypt.h", "openssl/ssl.h", "zlib.h", "bzlib.h", "lzma.h",
          "sqlite3.h", "expat.h", "readline/readline.h", "ncursesw/panel.h", "uuid/uuid.h",
          "gdbm.h", "gdbm-ndbm.h", "t/ffi.h"})
      write(at("usr/include") / header, "");
    for (const char* library :
         {"libc.so", "crt1.o", "libcrypt.so", "libssl.so", "libffi.so", "libz.so", "libbz2.so",
          "liblzma.so", "libsqlite3.so", "libexpat.so", "libreadline.so", "libncursesw.so",
          "libuuid.so", "libgdbm.so", "libgdbm_compat.so"})
      write(at("usr/lib/t") / library, "");
  }
  std::vector<std::string> missing() const { return missing_in_sysroot(at(""), "t"); }
};

TEST_F(Sysroots, ACompleteOneLacksNothing) { EXPECT_THAT(missing(), IsEmpty()); }

TEST_F(Sysroots, WhatIsMissingIsNamedWithItsPackage) {
  fs::remove(at("usr/include/t/ffi.h"));
  fs::remove(at("usr/lib/t/libssl.so"));
  fs::remove(at("usr/lib/t/libz.so"));
  fs::create_symlink("libz.so.1", at("usr/lib/t/libz.so"));  // without the library itself
  EXPECT_THAT(missing(), ElementsAre("OpenSSL: no usr/lib/t/libssl.so; add the package libssl-dev",
                                     "libffi: no usr/include/ffi.h; add the package libffi-dev",
                                     "zlib: no usr/lib/t/libz.so; add the package zlib1g-dev"));
}

TEST_F(Sysroots, AnEmptyDirectoryLacksEverything) {
  EXPECT_EQ(missing_in_sysroot(at("none"), "t").size(), 16U);
}

}  // namespace
}  // namespace pytune
