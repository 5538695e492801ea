#include "source/debian.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "input/text.h"
#include "source/mirror_suites.h"
#include "source/private_apt.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr const char* kOtherwise = "give --source a tarball";
constexpr std::string_view kPackage = "python";  // then the minor: "python3.13"

// CPython gets one minor a year; apt is asked for the names of more than there can be.
std::vector<std::string> package_names() {
  std::vector<std::string> names;
  for (int minor = 9; minor < 40; ++minor) names.push_back(fmt::format("{}3.{}", kPackage, minor));
  return names;
}

bool is_wished(const SourcePackage& package, const DebianWish& wish) {
  if (!wish.minor.empty() && package.name != std::string(kPackage) + wish.minor) return false;
  return wish.version.empty() || upstream_version(package.version) == wish.version;
}

// The newest first; what upstream has not released yet comes last.
bool is_better(const SourcePackage& one, const SourcePackage& other) {
  const auto early = [](const SourcePackage& package) {
    return package.version.find('~') != std::string::npos;
  };
  if (early(one) != early(other)) return early(other);
  return compare_debian_versions(one.version, other.version) > 0;
}

struct Older {
  bool operator()(const std::string& one, const std::string& other) const {
    return compare_debian_versions(one, other) < 0;
  }
};

fs::path only_dsc(const PrivateApt& apt, const fs::path& directory) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".dsc" && entry.is_regular_file()) found.push_back(entry);
  }
  constexpr std::uintmax_t kLongest = 1 << 20;
  if (found.size() != 1 || fs::file_size(found.front()) > kLongest) {
    throw apt.fail("apt delivered no usable .dsc", "name another mirror with --mirror");
  }
  return found.front();
}

// Asks one mirror.
class Search {
 public:
  Search(Store& store, PrivateApt& apt, const DebianWish& wish)
      : store_(store), apt_(apt), wish_(wish) {}

  DebianDownload run(const std::string& mirror, const std::vector<DebianSuite>& suites,
                     const fs::path& directory) {
    mirror_ = mirror;
    for (const DebianSuite& suite : std::views::reverse(suites))
      if (auto download = look_in(suite.codename, directory / suite.codename)) return *download;
    if (!lacking_.empty())
      throw apt_.fail(
          fmt::format("{} lists {} and does not have the files", without_password(mirror_),
                      fmt::join(lacking_, ", ")),
          "try again later, name another mirror with --mirror, or give --source a tarball");
    if (!failure_.empty()) throw Failure(failure_);
    throw apt_.fail(nothing_found(), "give --source a tarball, or another mirror with --mirror");
  }

 private:
  std::optional<DebianDownload> look_in(const std::string& suite, const fs::path& directory) {
    std::vector<SourcePackage> packages;
    try {
      apt_.open(directory, "deb-src", mirror_, suite);
      apt_.update(directory, suite);
      packages = apt_.source_packages(directory, package_names());
    } catch (const Failure& failure) {
      if (failure_.empty()) failure_ = failure.what();
      return std::nullopt;
    }
    std::sort(packages.begin(), packages.end(), is_better);
    for (const SourcePackage& package : packages) {
      has_[package.name.substr(kPackage.size())].push_back(suite);
      if (!is_wished(package, wish_)) continue;
      if (auto download = fetch(package, suite, directory)) return download;
    }
    return std::nullopt;
  }

  // Nothing where the mirror lacks a file that its list names, since another may be whole.
  std::optional<DebianDownload> fetch(const SourcePackage& package, const std::string& suite,
                                      const fs::path& directory) {
    fs::remove_all(directory / "download");
    fs::create_directory(directory / "download");
    try {
      apt_.run(directory,
               {"source", "--download-only", "--only-source",
                fmt::format("{}={}", package.name, package.version)},
               suite, 30min);
    } catch (const Failure& failure) {
      const std::string_view said = failure.what();
      if (said.find("ot found") == std::string_view::npos &&
          said.find("ot Found") == std::string_view::npos)
        throw;
      lacking_.push_back(fmt::format("{} {}", package.name, package.version));
      return std::nullopt;
    }
    DebianDownload download;
    download.suite = suite;
    download.mirror = without_password(mirror_);
    download.dsc_file = only_dsc(apt_, directory / "download");
    download.dsc = parse_dsc(read_file(download.dsc_file), download.dsc_file.filename().string());
    if (download.dsc.source != package.name) {
      throw apt_.fail(
          fmt::format("apt delivered {} instead of {}", download.dsc.source, package.name),
          "name another mirror with --mirror");
    }
    download.archive = directory / "download" / download.dsc.archive;
    // From now on the tarball goes by this hash.
    apt_.require_file(download.archive, download.dsc.bytes, download.dsc.sha256,
                      download.dsc_file.filename().string());
    tell(download);
    return download;
  }

  // What else would have been taken.
  void tell(const DebianDownload& download) {
    if (!lacking_.empty())
      store_.warn(
          fmt::format("{}: {} lists {} and does not have the files; {} of {} is "
                      "taken; for the others, name another mirror with --mirror",
                      wish_.shown, download.mirror, fmt::join(lacking_, ", "), download.dsc.version,
                      download.suite));
    else if (!failure_.empty())
      store_.warn(fmt::format("{}; {} {} of {} is taken, which need not be the newest", failure_,
                              download.dsc.source, download.dsc.version, download.suite));
  }

  std::string nothing_found() const {
    std::vector<std::string> known;
    for (const auto& [minor, suites] : has_) {
      std::vector<std::string> once = suites;
      once.erase(std::unique(once.begin(), once.end()), once.end());
      known.push_back(fmt::format("{} ({})", minor, fmt::join(once, ", ")));
    }
    return fmt::format("{} has no such CPython; it has {}", without_password(mirror_),
                       known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")));
  }

  Store& store_;
  PrivateApt& apt_;
  const DebianWish& wish_;
  std::string mirror_;
  std::string failure_;               // what a release that could not be asked said first
  std::vector<std::string> lacking_;  // listed, but not there
  std::map<std::string, std::vector<std::string>, Older> has_;  // releases by minor
};

std::vector<DebianSuite> suites_to_search(Store& store, ProcessRunner& runner,
                                          const DebianWish& wish, const std::string& mirror) {
  MirrorSuites known =
      suites_of_mirror(store, runner, {wish.shown, mirror, wish.release, kOtherwise}, false);
  if (wish.release.empty()) return std::move(known.suites);
  const DebianSuite* suite = find_suite(known.suites, wish.release);
  if (suite == nullptr)
    throw UsageError(fmt::format("{}: {} has no release \"{}\"; it has {}", wish.shown,
                                 known.mirror, wish.release, list_of(known.suites)));
  return {*suite};
}

}  // namespace

DebianDownload fetch_debian(Store& store, ProcessRunner& runner, const fs::path& staging,
                            const DebianWish& wish, const std::string& mirror) {
  const std::string& shown = wish.shown;
  PrivateApt apt(runner, staging, shown, "", kOtherwise);
  const auto suites = suites_to_search(store, runner, wish, mirror);
  DebianDownload download = fetch_from_mirrors(
      apt, staging, mirror, [&](const std::string& from, const fs::path& directory) {
        return Search(store, apt, wish).run(from, suites, directory);
      });
  if (!apt.expired().empty())
    store.warn(
        fmt::format("{}: {}; its packages are taken all the same, as this machine's own apt is set "
                    "to (Acquire::Check-Valid-Until)",
                    shown, apt.expired()));
  return download;
}

}  // namespace pytune
