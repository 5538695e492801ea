#include "source/debian.h"

#include <fmt/format.h>

#include "input/text.h"
#include "source/private_apt.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

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

DebianDownload fetch(PrivateApt& apt, const std::string& minor, const std::string& mirror,
                     const fs::path& directory) {
  const std::string suite = debian_suite(minor).value();
  const std::string package = "python" + minor;
  apt.open(directory, "deb-src", mirror, suite);
  apt.update(directory, suite);
  apt.run(directory, {"source", "--download-only", "--only-source", package}, suite, 30min);

  DebianDownload download;
  download.suite = suite;
  download.mirror = without_password(mirror);
  download.dsc_file = only_dsc(apt, directory / "download");
  download.dsc = parse_dsc(read_file(download.dsc_file), download.dsc_file.filename().string());
  if (download.dsc.source != package) {
    throw apt.fail(fmt::format("apt delivered {} instead of {}", download.dsc.source, package),
                   "name another mirror with --mirror");
  }
  download.archive = directory / "download" / download.dsc.archive;
  // From now on the tarball goes by this hash.
  apt.require_file(download.archive, download.dsc.bytes, download.dsc.sha256,
                   download.dsc_file.filename().string());
  return download;
}

}  // namespace

DebianDownload fetch_debian(ProcessRunner& runner, const fs::path& staging,
                            const std::string& minor, const std::string& mirror) {
  PrivateApt apt(runner, staging, "debian:" + minor, "", "give --source a tarball");
  return fetch_from_mirrors(apt, staging, mirror,
                            [&](const std::string& from, const fs::path& directory) {
                              return fetch(apt, minor, from, directory);
                            });
}

}  // namespace pytune
