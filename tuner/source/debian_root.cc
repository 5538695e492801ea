// One file because a root is asked for, resolved, fetched and kept in one go, with one kind of
// message.
#include "source/debian_root.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "input/suggestion.h"
#include "input/text.h"
#include "source/deb.h"
#include "source/mirror_suites.h"
#include "source/private_apt.h"
#include "spec/configuration.h"
#include "sys/error.h"
#include "sys/host.h"

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

// Of the releases that have been made nothing of this changes any more, so no mirror is asked.
std::optional<DebianRelease> known_release(const std::string& name) {
  for (const auto& release : debian_releases())
    if (release.codename == name || release.number == name) return release;
  return std::nullopt;
}

// "amd64" of the kernel's "x86_64", also of "AMD64".
std::string debians_name(const std::string& architecture) {
  const std::string small = in_small_letters(architecture);
  return small == "x86_64" ? "amd64" : small == "aarch64" ? "arm64" : small;
}

std::string own_architecture() { return debians_name(host_architecture()); }

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
  return fmt::format("{} {} {} {}", request.kind, request.suite, request.architecture,
                     fmt::join(packages, " "));
}

json root_inputs(const std::string& architecture, const std::vector<AptPackage>& packages) {
  json list = json::object();
  for (const auto& package : packages)
    list[package.file] = {{"version", package.version}, {"sha256", package.sha256}};
  return {{"layout", kLayoutVersion}, {"architecture", architecture}, {"packages", list}};
}

DebianRoot root_from(const Step& step, const DebianRootRequest& request,
                     const std::string& mirror) {
  return {step.id.key, step.directory / "root", request.suite, request.architecture,
          mirror,      packages_of(step)};
}

struct Resolved {
  DebianRoot root;
  std::string day;  // on which the mirror said so
};

// The newest root that this request came to and that is still there.
std::optional<Resolved> find_resolved(Store& store, const DebianRootRequest& request) {
  std::vector<Step> steps = store.list(kPackageResolution);
  std::reverse(steps.begin(), steps.end());
  for (const Step& step : steps) {
    if (!step.ok || step.inputs.value("request", "") != request_key(request)) continue;
    const auto root = store.find({request.kind, step.inputs.value("root", "")});
    std::error_code ignored;
    if (root && root->ok && fs::is_directory(root->directory / "root", ignored))
      return Resolved{root_from(*root, request, step.details.value("mirror", "")),
                      step.created.substr(0, 10)};
  }
  return std::nullopt;
}

struct Fetched {
  std::string mirror;
  std::vector<AptPackage> packages;
  std::vector<fs::path> files;
};

// What dpkg would have noted of them, which is all that apt asks.
std::string status_of(const DebianRootRequest& request) {
  std::string text;
  for (const std::string& package : request.own)
    text += fmt::format(
        "Package: {}\nStatus: install ok installed\nPriority: optional\nSection: libs\n"
        "Maintainer: none\nArchitecture: {}\nMulti-Arch: same\nVersion: 1:999\n"
        "Description: of this machine\n\n",
        package, request.architecture);
  return text;
}

// "libpython3.14-testsuite", where "libpython3.14-stdlib" is among the packages.
std::vector<std::string> testsuites_for(const std::vector<AptPackage>& packages) {
  constexpr std::string_view kStart = "libpython3.";
  constexpr std::string_view kEnd = "-stdlib";
  for (const AptPackage& package : packages) {
    const std::string& name = package.name;
    if (name.starts_with(kStart) && name.ends_with(kEnd))
      return {name.substr(0, name.size() - kEnd.size()) + "-testsuite"};
  }
  return {};
}

// Asks apt for one request in one directory.
class Fetching {
 public:
  Fetching(PrivateApt& apt, const DebianRootRequest& request, const fs::path& directory)
      : apt_(apt), request_(request), directory_(directory), wanted_(request.packages) {}

  Fetched run(const std::string& mirror) {
    apt_.open(directory_, "deb", mirror, request_.suite);
    write_file_atomic(directory_ / "status", status_of(request_));
    apt_.update(directory_, request_.suite);
    Fetched fetched;
    fetched.mirror = without_password(mirror);
    fetched.packages = list_what_is_needed();
    if (request_.testsuite) add(testsuites_for(fetched.packages), fetched.packages);
    if (!add(request_.optional, fetched.packages))
      for (const std::string& one : request_.optional) add({one}, fetched.packages);
    if (fetched.packages.empty())
      throw apt_.fail("apt names no package to fetch", "name another mirror with --mirror");
    std::vector<std::string> install = installation(wanted_);
    install.emplace_back("--download-only");
    apt_.run(directory_, install, request_.suite, 60min);
    for (const auto& package : fetched.packages) {
      fetched.files.push_back(directory_ / "cache/archives" / package.file);
      apt_.require_file(fetched.files.back(), package.bytes, package.sha256, "the signed index");
    }
    return fetched;
  }

 private:
  static std::vector<std::string> installation(const std::vector<std::string>& packages) {
    std::vector<std::string> action = {"install", "--yes", "--no-remove"};
    action.insert(action.end(), packages.begin(), packages.end());
    return action;
  }

  std::vector<AptPackage> list(const std::vector<std::string>& packages) {
    std::vector<std::string> action = installation(packages);
    action.insert(action.end(), {"-qq", "--print-uris", "-o", "Acquire::ForceHash=SHA256"});
    return parse_package_uris(apt_.run(directory_, action, request_.suite, 5min), request_.shown);
  }

  std::vector<AptPackage> list_what_is_needed() {
    try {
      return list(wanted_);
    } catch (const Failure&) {
      if (request_.numbered.empty()) throw;
      const std::vector<std::string> there = versions_there();
      const std::string& asked = wanted_.front();
      if (std::find(there.begin(), there.end(), asked) != there.end()) throw;
      throw UsageError(
          fmt::format("{}: Debian {} has no {} for {}; it has {}", request_.shown, request_.suite,
                      asked, request_.architecture,
                      there.empty() ? "none" : fmt::format("{}", fmt::join(there, ", "))));
    }
  }

  // "gcc-9", "gcc-14", in this order.
  std::vector<std::string> versions_there() {
    std::vector<std::pair<int, std::string>> found;
    for (const std::string& name : apt_.package_names(directory_, request_.numbered)) {
      const std::string version = name.substr(request_.numbered.size());
      if (!version.empty() && version.size() < 4 &&
          version.find_first_not_of("0123456789") == std::string::npos)
        found.emplace_back(std::stoi(version), name);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> names;
    names.reserve(found.size());
    for (auto& [version, name] : found) names.push_back(std::move(name));
    return names;
  }

  // All of `more` or none of it; whether it could be had.
  bool add(const std::vector<std::string>& more, std::vector<AptPackage>& packages) {
    if (more.empty()) return true;
    std::vector<std::string> all = wanted_;
    all.insert(all.end(), more.begin(), more.end());
    try {
      packages = list(all);
    } catch (const Failure&) {
      return false;
    }
    wanted_ = std::move(all);
    return true;
  }

  PrivateApt& apt_;
  const DebianRootRequest& request_;
  const fs::path& directory_;
  std::vector<std::string> wanted_;
};

DebianRoot keep(Store& store, const DebianRootRequest& request, const Fetched& fetched,
                bool refresh) {
  const json inputs = root_inputs(request.architecture, fetched.packages);
  const StepId id{request.kind, step_key(inputs)};
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
    if (request.complete) request.complete(staging / "root");
    return {true,
            {{"suite", request.suite},
             {"packages", fetched.packages.size()},
             {"asked_as", request.shown}}};
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

// With the codename that the mirror has for the name.
DebianRootRequest resolved(Store& store, ProcessRunner& runner, DebianRootRequest request,
                           bool offline) {
  if (!request.ask_mirror) return request;
  const MirrorSuites known =
      suites_of_mirror(store, runner, {request.shown, request.mirror, request.suite, ""}, offline);
  const DebianSuite* suite = find_suite(known.suites, request.suite);
  if (suite == nullptr && offline)
    throw Failure(fmt::format("{}: not in the store {}; run once without --offline", request.shown,
                              store.root().string()));
  if (suite == nullptr)
    throw UsageError(fmt::format("{}: {} has no release \"{}\"; it has {}", request.shown,
                                 known.mirror, request.suite, list_of(known.suites)));
  const auto& architectures = suite->architectures;
  if (std::find(architectures.begin(), architectures.end(), request.architecture) ==
      architectures.end())
    throw UsageError(fmt::format("{}: {} is not made for {}; it is for {}", request.shown,
                                 suite->codename, request.architecture,
                                 fmt::join(architectures, ", ")));
  request.suite = suite->codename;
  request.moving = suite->moving;
  return request;
}

DebianRoot fetch_root(Store& store, ProcessRunner& runner, const DebianRootRequest& request,
                      bool refresh) {
  const TemporaryDirectory staging = store.staging("debian");
  PrivateApt apt(runner, staging.path(), request.shown, request.architecture, "");
  const Fetched fetched =
      fetch_from_mirrors(apt, staging.path(), request.mirror,
                         [&](const std::string& mirror, const fs::path& directory) {
                           return Fetching(apt, request, directory).run(mirror);
                         });
  if (!apt.expired().empty())
    store.warn(
        fmt::format("{}: {}; its packages are taken all the same, as this machine's own apt "
                    "is set to (Acquire::Check-Valid-Until)",
                    request.shown, apt.expired()));
  return keep(store, request, fetched, refresh);
}

DebianRoot provide(Store& store, ProcessRunner& runner, const DebianRootRequest& asked,
                   bool offline, bool refresh) {
  if (offline && refresh) {
    throw UsageError(fmt::format(
        "{}: --refresh asks the mirror and --offline forbids that; drop one of them", asked.shown));
  }
  const DebianRootRequest request = resolved(store, runner, asked, offline);
  const auto usable = [&](const std::optional<Resolved>& found) {
    return found && !refresh && (offline || !request.moving || found->day == today());
  };
  if (const auto found = find_resolved(store, request); usable(found)) return found->root;
  if (offline) {
    throw Failure(fmt::format("{}: not in the store {}; run once without --offline", request.shown,
                              store.root().string()));
  }
  // Two runs started together fetch once.
  const FileLock lock = store.lock("fetch-" + sha256(request_key(request)).substr(0, 16));
  const auto found = find_resolved(store, request);
  if (usable(found)) return found->root;
  try {
    return fetch_root(store, runner, request, refresh || found);
  } catch (const Failure& failure) {
    if (refresh || !found) throw;
    store.warn(fmt::format("{}; the packages of {} are used", failure.what(), found->day));
    return found->root;
  }
}

}  // namespace

DebianRootRequest parse_debian_python(const std::string& text, const std::string& mirror) {
  constexpr std::string_view kPrefix = "debian:";
  if (text.find("/gcc") != std::string::npos || text.find("/clang") != std::string::npos)
    throw UsageError(fmt::format(
        "{}: is named like a compiler, which a sweep's definition has under \"compiler\"; an "
        "interpreter is debian:RELEASE-ARCHITECTURE, such as debian:13-{}",
        printable(text), own_architecture()));
  const std::size_t dash = text.rfind('-');
  if (!text.starts_with(kPrefix) || dash == std::string::npos || dash < kPrefix.size()) {
    throw UsageError(fmt::format("{}: must be debian:RELEASE-ARCHITECTURE, such as debian:13-{}",
                                 printable(text), own_architecture()));
  }
  DebianRootRequest request;
  request.shown = printable(text);
  request.architecture = debians_name(text.substr(dash + 1));
  request.mirror = mirror;
  require_debian_architecture(request);
  const std::string name = in_small_letters(text.substr(kPrefix.size(), dash - kPrefix.size()));
  set_release(request, name);
  // python3-venv has the wheels of pip, which environments are made with.
  request.packages = {"python3", "python3-venv", "libpython3-stdlib"};
  if (const auto minor = known_release(name) ? known_release(name)->minor : ""; !minor.empty())
    request.packages.push_back(fmt::format("libpython{}-testsuite", minor));
  else
    request.testsuite = true;
  return request;
}

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string spelled_release(const std::string& name) {
  const auto known = known_release(name);
  return known ? known->number : name;
}

void set_release(DebianRootRequest& request, const std::string& name) {
  if (const std::string why = never_a_release(name); !why.empty())
    throw UsageError(fmt::format("{}: {}", request.shown, why));
  const auto known = known_release(name);
  request.suite = known ? known->codename : name;
  request.ask_mirror = !known;
}

void require_debian_architecture(const DebianRootRequest& request) {
  require_architecture(request.architecture, request.shown);
}

std::optional<Step> record_of_root(const Store& store, const fs::path& root) {
  auto step = store.find({kRoot, root.parent_path().filename().string()});
  std::error_code different;
  if (!step || !fs::equivalent(step->directory / "root", root, different)) return std::nullopt;
  return step;
}

std::vector<AptPackage> packages_of(const Step& record) {
  std::vector<AptPackage> packages;
  for (const auto& [file, facts] : record.inputs.at("packages").items()) {
    packages.push_back({file.substr(0, file.find('_')), facts.at("version").get<std::string>(),
                        file, 0, facts.at("sha256").get<std::string>()});
  }
  return packages;
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

std::optional<DebianRoot> find_debian_root(Store& store, ProcessRunner& runner,
                                           const DebianRootRequest& request) {
  try {
    return provide(store, runner, request, /*offline=*/true, /*refresh=*/false);
  } catch (const Failure&) {
    return std::nullopt;
  }
}

}  // namespace pytune
