#include "source/debian_root.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "input/suggestion.h"
#include "input/text.h"
#include "source/deb.h"
#include "source/private_apt.h"
#include "spec/configuration.h"
#include "sys/error.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kRoot = "root";                     // an unpacked tree, by its packages
constexpr const char* kPackageResolution = "resolution";  // which packages a request came to

// Raised when the same packages are unpacked differently.
constexpr int kLayoutVersion = 1;

constexpr std::array kArchitectures = {"amd64", "arm64"};

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

void require_architecture(const std::string& architecture, const std::string& shown) {
  const std::vector<std::string> known(kArchitectures.begin(), kArchitectures.end());
  if (std::find(known.begin(), known.end(), architecture) == known.end()) {
    throw UsageError(fmt::format("{}: unknown architecture \"{}\"{}", shown, architecture,
                                 suggestion(architecture, known)));
  }
}

// One line that stands for the request in the store.
std::string request_key(const DebianRootRequest& request) {
  std::vector<std::string> packages = request.packages;
  std::sort(packages.begin(), packages.end());
  return fmt::format("root {} {} {}", request.suite, request.architecture,
                     fmt::join(packages, " "));
}

json root_inputs(const std::string& architecture, const std::vector<AptPackage>& packages) {
  json list = json::object();
  for (const auto& package : packages)
    list[package.file] = {{"version", package.version}, {"sha256", package.sha256}};
  return {{"layout", kLayoutVersion}, {"architecture", architecture}, {"packages", list}};
}

std::vector<AptPackage> packages_from(const json& inputs) {
  std::vector<AptPackage> packages;
  for (const auto& [file, facts] : inputs.at("packages").items()) {
    packages.push_back({file.substr(0, file.find('_')), facts.at("version").get<std::string>(),
                        file, 0, facts.at("sha256").get<std::string>()});
  }
  return packages;
}

DebianRoot root_from(const Step& step, const DebianRootRequest& request,
                     const std::string& mirror) {
  return {step.id.key, step.directory / "root",   request.suite, request.architecture,
          mirror,      packages_from(step.inputs)};
}

// The newest root that this request came to and that is still there.
std::optional<DebianRoot> find_resolved(Store& store, const DebianRootRequest& request) {
  std::vector<Step> steps = store.list(kPackageResolution);
  std::reverse(steps.begin(), steps.end());
  for (const Step& step : steps) {
    if (!step.ok || step.inputs.value("request", "") != request_key(request)) continue;
    const auto root = store.find({kRoot, step.inputs.value("root", "")});
    std::error_code ignored;
    if (root && root->ok && fs::is_directory(root->directory / "root", ignored))
      return root_from(*root, request, step.details.value("mirror", ""));
  }
  return std::nullopt;
}

struct Fetched {
  std::string mirror;
  std::vector<AptPackage> packages;
  std::vector<fs::path> files;
};

Fetched fetch(PrivateApt& apt, const DebianRootRequest& request, const std::string& mirror,
              const fs::path& directory) {
  apt.open(directory, "deb", mirror, request.suite);
  apt.run(directory, {"update"}, request.suite, 10min);
  std::vector<std::string> install = {"install", "--yes", "--no-remove"};
  install.insert(install.end(), request.packages.begin(), request.packages.end());
  std::vector<std::string> list = install;
  list.insert(list.end(), {"-qq", "--print-uris", "-o", "Acquire::ForceHash=SHA256"});
  install.emplace_back("--download-only");

  Fetched fetched;
  fetched.mirror = without_password(mirror);
  fetched.packages =
      parse_package_uris(apt.run(directory, list, request.suite, 5min), request.shown);
  if (fetched.packages.empty())
    throw apt.fail("apt names no package to fetch", "name another mirror with --mirror");
  apt.run(directory, install, request.suite, 60min);
  for (const auto& package : fetched.packages) {
    fetched.files.push_back(directory / "cache/archives" / package.file);
    apt.require_file(fetched.files.back(), package.bytes, package.sha256, "the signed index");
  }
  return fetched;
}

DebianRoot keep(Store& store, const DebianRootRequest& request, const Fetched& fetched,
                bool refresh) {
  const json inputs = root_inputs(request.architecture, fetched.packages);
  const StepId id{kRoot, step_key(inputs)};
  if (const auto known = store.find(id);
      known && !fs::is_directory(known->directory / "root"))  // somebody emptied it by hand
    store.remove(id);
  const Step step = store.produce(id, inputs, [&](const fs::path& staging) -> StepResult {
    const fs::path scratch = staging / "scratch";
    fs::create_directory(scratch);
    UnpackLimits limits;
    limits.what = "Debian's";
    limits.file_bytes = std::uint64_t{1} << 30;  // libLLVM has 0.15 GiB
    limits.entries = 200'000;
    unpack_debs(fetched.files, scratch, staging / "root", limits);
    fs::remove_all(scratch);
    return {true, {{"suite", request.suite}, {"packages", fetched.packages.size()}}};
  });
  const json resolved = {{"request", request_key(request)}, {"root", id.key}};
  const StepId resolution{kPackageResolution, step_key(resolved)};
  // Asked again and told the same: it becomes the newest.
  if (refresh) store.remove(resolution);
  store.produce(resolution, resolved, [&](const fs::path&) -> StepResult {
    return {true, {{"mirror", fetched.mirror}, {"suite", request.suite}}};
  });
  return root_from(step, request, fetched.mirror);
}

DebianRoot provide(Store& store, ProcessRunner& runner, const DebianRootRequest& request,
                   bool offline, bool refresh) {
  if (offline && refresh) {
    throw UsageError(
        fmt::format("{}: --refresh asks the mirror and --offline forbids that; drop one of them",
                    request.shown));
  }
  if (!refresh) {
    if (auto root = find_resolved(store, request)) return *root;
  }
  if (offline) {
    throw Failure(fmt::format("{}: not in the store {}; run once without --offline", request.shown,
                              store.root().string()));
  }
  // Two runs started together fetch once.
  const FileLock lock = store.lock("fetch-" + sha256(request_key(request)).substr(0, 16));
  if (!refresh) {
    if (auto root = find_resolved(store, request)) return *root;
  }
  const TemporaryDirectory staging = store.staging("debian");
  PrivateApt apt(runner, staging.path(), request.shown, request.architecture, "");
  const Fetched fetched =
      fetch_from_mirrors(apt, staging.path(), request.mirror,
                         [&](const std::string& mirror, const fs::path& directory) {
                           return fetch(apt, request, mirror, directory);
                         });
  return keep(store, request, fetched, refresh);
}

}  // namespace

DebianRootRequest parse_debian_python(const std::string& text, const std::string& mirror) {
  constexpr std::string_view kPrefix = "debian:";
  const std::size_t dash = text.rfind('-');
  if (!text.starts_with(kPrefix) || dash == std::string::npos || dash < kPrefix.size()) {
    throw UsageError(fmt::format("{}: must be debian:RELEASE-ARCHITECTURE, such as debian:12-arm64",
                                 printable(text)));
  }
  const std::string shown = printable(text);
  const DebianRelease& release =
      release_of(text.substr(kPrefix.size(), dash - kPrefix.size()), shown);
  DebianRootRequest request;
  request.shown = shown;
  request.suite = release.codename;
  request.architecture = text.substr(dash + 1);
  request.mirror = mirror;
  require_architecture(request.architecture, shown);
  // python3-venv has the wheels of pip, which environments are made with.
  request.packages = {"python3", "python3-venv", "libpython3-stdlib",
                      fmt::format("libpython{}-testsuite", release.minor)};
  return request;
}

DebianRootRequest sysroot_request(const std::string& suite, const std::string& architecture,
                                  const std::string& mirror) {
  DebianRootRequest request;
  request.shown = fmt::format("sysroot {} {}", suite, architecture);
  const DebianRelease& release = release_of(suite, request.shown);
  request.suite = release.codename;
  request.architecture = architecture;
  request.mirror = mirror;
  require_architecture(architecture, request.shown);
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
  require_architecture(architecture, request.shown);
  request.packages = {fmt::format("libclang-rt-{}-dev", clang_major)};
  return request;
}

std::optional<DebianRootRequest> runtime_request(const Store& store, const fs::path& sysroot) {
  const auto step = store.find({kRoot, sysroot.parent_path().filename().string()});
  std::error_code different;
  if (!step || !fs::equivalent(step->directory / "root", sysroot, different)) return std::nullopt;
  DebianRootRequest request;
  request.suite = step->details.value("suite", "");
  request.architecture = step->inputs.value("architecture", "");
  request.shown = fmt::format("runtime {} {}", request.suite, request.architecture);
  // What is compiled with needs its libraries in the same version, so they are in the sysroot too.
  for (const auto& package : packages_from(step->inputs))
    if (is_runtime(package.name)) request.packages.push_back(package.name);
  return request;
}

DebianRoot provide_debian_root(Store& store, ProcessRunner& runner,
                               const DebianRootRequest& request, bool offline, bool refresh) {
  try {
    return provide(store, runner, request, offline, refresh);
  } catch (const fs::filesystem_error& error) {
    throw Failure(fmt::format("{}: {}; check the space and the permissions there",
                              printable(error.path1().string()), error.code().message()));
  } catch (const json::exception& error) {
    throw Failure(
        fmt::format("{}: a record of {} is damaged ({}); remove root/ and resolution/ there, and "
                    "they are made again",
                    store.root().string(), request.shown, printable(error.what())));
  }
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
