#include "source/sysroot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "input/suggestion.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// What a sysroot must have for an interpreter with all its modules: what for, the header, the name
// that -l looks for, the package that has them (in all releases of debian_releases()). A header may
// also lie in the directory of the architecture.
struct Needed {
  const char* what;
  const char* header;
  const char* library;  // empty: none to link with
  const char* package;
};

constexpr std::array kNeeded = {
    Needed{"glibc", "stdio.h", "libc.so", "libc6-dev"},
    Needed{"start-up files", "", "crt1.o", "libc6-dev"},
    Needed{"Linux headers", "linux/version.h", "", "linux-libc-dev"},
    Needed{"libcrypt", "crypt.h", "libcrypt.so", "libcrypt-dev"},
    Needed{"OpenSSL", "openssl/ssl.h", "libssl.so", "libssl-dev"},
    Needed{"libffi", "ffi.h", "libffi.so", "libffi-dev"},
    Needed{"zlib", "zlib.h", "libz.so", "zlib1g-dev"},
    Needed{"bzip2", "bzlib.h", "libbz2.so", "libbz2-dev"},
    Needed{"xz", "lzma.h", "liblzma.so", "liblzma-dev"},
    Needed{"SQLite", "sqlite3.h", "libsqlite3.so", "libsqlite3-dev"},
    Needed{"expat", "expat.h", "libexpat.so", "libexpat1-dev"},
    Needed{"readline", "readline/readline.h", "libreadline.so", "libreadline-dev"},
    Needed{"ncurses", "ncursesw/panel.h", "libncursesw.so", "libncurses-dev"},
    Needed{"uuid", "uuid/uuid.h", "libuuid.so", "uuid-dev"},
    Needed{"gdbm", "gdbm.h", "libgdbm.so", "libgdbm-dev"},
    Needed{"ndbm", "gdbm-ndbm.h", "libgdbm_compat.so", "libgdbm-compat-dev"},
};

// Has what no release has yet.
constexpr const char* kNewestRelease = "sid";

// Run times of gcc's sanitizers and of other languages: what only libgcc-N-dev depends on.
constexpr std::array kCompilersOwn = {"libasan", "libhwasan", "liblsan",     "libtsan", "libubsan",
                                      "libgomp", "libitm",    "libquadmath", "libcc1"};

// Does a program need this package of a sysroot's when it runs?
bool is_runtime(const std::string& package) {
  return package.find("-dev") == std::string::npos &&
         std::none_of(kCompilersOwn.begin(), kCompilersOwn.end(),
                      [&](const char* stem) { return package.starts_with(stem); });
}

const DebianRelease& release_of(const std::string& suite, const std::string& shown) {
  static const std::vector<DebianRelease> releases = debian_releases();
  std::vector<std::string> names;
  for (const auto& release : releases) {
    if (release.codename == suite || release.number == suite) return release;
    names.push_back(release.codename);
  }
  throw UsageError(
      fmt::format("{}: unknown Debian release \"{}\"{}", shown, suite, suggestion(suite, names)));
}

}  // namespace

DebianRootRequest sysroot_request(const std::string& suite, const std::string& architecture,
                                  const std::string& mirror) {
  DebianRootRequest request;
  request.shown = fmt::format("sysroot {} {}", suite, architecture);
  const DebianRelease& release = release_of(suite, request.shown);
  request.suite = release.codename;
  request.architecture = architecture;
  request.mirror = mirror;
  require_debian_architecture(request);
  for (const auto& needed : kNeeded) {
    if (std::find(request.packages.begin(), request.packages.end(), needed.package) ==
        request.packages.end())
      request.packages.emplace_back(needed.package);
  }
  // clang links with the target's libgcc, and C++ extensions with its libstdc++; a cross gcc has
  // its own.
  request.packages.push_back(fmt::format("libgcc-{}-dev", release.gcc));
  request.packages.push_back(fmt::format("libstdc++-{}-dev", release.gcc));
  return request;
}

std::optional<DebianRootRequest> clang_runtime_request(const std::string& suite,
                                                       const std::string& architecture,
                                                       const std::string& clang_major,
                                                       const std::string& mirror) {
  DebianRootRequest request;
  request.shown = fmt::format("libclang-rt-{} {} {}", clang_major, suite, architecture);
  const DebianRelease& release = release_of(suite, request.shown);
  if (std::find(release.clangs.begin(), release.clangs.end(), clang_major) == release.clangs.end())
    return std::nullopt;
  request.suite = release.codename;
  request.architecture = architecture;
  request.mirror = mirror;
  require_debian_architecture(request);
  request.packages = {fmt::format("libclang-rt-{}-dev", clang_major)};
  return request;
}

DebianRootRequest bolt_runtime_request(const std::string& suite, const std::string& architecture,
                                       const std::string& bolt_major, const std::string& mirror) {
  DebianRootRequest request;
  request.shown = fmt::format("libbolt-{} {}", bolt_major, architecture);
  const DebianRelease& release = release_of(suite, request.shown);
  const bool there =
      std::find(release.clangs.begin(), release.clangs.end(), bolt_major) != release.clangs.end();
  set_release(request, there ? release.codename : kNewestRelease);
  request.architecture = architecture;
  request.mirror = mirror;
  require_debian_architecture(request);
  request.packages = {fmt::format("libbolt-{}-dev", bolt_major)};
  return request;
}

std::optional<DebianRootRequest> runtime_request(const Store& store, const fs::path& sysroot) {
  const auto step = record_of_root(store, sysroot);
  if (!step) return std::nullopt;
  DebianRootRequest request;
  request.suite = step->details.value("suite", "");
  request.architecture = step->inputs.value("architecture", "");
  request.shown = fmt::format("runtime {} {}", request.suite, request.architecture);
  // What is compiled with needs its libraries in the same version, so they are in the sysroot too.
  for (const auto& package : packages_of(*step))
    if (is_runtime(package.name)) request.packages.push_back(package.name);
  return request;
}

std::vector<std::string> missing_in_sysroot(const fs::path& root, const std::string& triple) {
  const auto there = [&](std::initializer_list<fs::path> candidates) {
    return std::any_of(candidates.begin(), candidates.end(), [&](const fs::path& path) {
      std::error_code ignored;
      return fs::exists(root / path, ignored);
    });
  };
  std::vector<std::string> missing;
  for (const auto& needed : kNeeded) {
    const fs::path header = fs::path("usr/include") / needed.header;
    const fs::path library = fs::path("usr/lib") / triple / needed.library;
    const bool has_header =
        *needed.header == '\0' || there({header, fs::path("usr/include") / triple / needed.header});
    const bool has_library =
        *needed.library == '\0' || there({library, fs::path("lib") / triple / needed.library,
                                          fs::path("usr/lib") / needed.library});
    if (has_header && has_library) continue;
    missing.push_back(fmt::format("{}: no {}; add the package {}", needed.what,
                                  (has_header ? library : header).string(), needed.package));
  }
  return missing;
}

}  // namespace pytune
