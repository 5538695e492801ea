#include "source/debian.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "source/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr const char* kKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

// Given with -c, which apt reads after the machine's own configuration; APT_CONFIG comes before
// that and would lose to it, and only a file can clear a list (apt.conf(5)).
std::string apt_configuration() {
  std::string text =
      // Hooks of the machine act on the machine: the one in Debian's container images empties
      // /var/cache/apt.
      "#clear APT::Update::Pre-Invoke;\n"
      "#clear APT::Update::Post-Invoke;\n"
      "#clear APT::Update::Post-Invoke-Success;\n"
      // Without this a mirror that cannot be reached is a warning and exit status 0.
      "APT::Update::Error-Mode \"any\";\n"
      // The signature check holds whatever the machine allows itself.
      "Acquire::AllowInsecureRepositories \"false\";\n"
      "Acquire::AllowWeakRepositories \"false\";\n"
      "Acquire::AllowDowngradeToInsecureRepositories \"false\";\n"
      "APT::Get::AllowUnauthenticated \"false\";\n";
  // As root, apt downloads as the user _apt, who may not be able to reach the store.
  if (geteuid() == 0) text += "APT::Sandbox::User \"root\";\n";
  return text;
}

class Apt {
 public:
  Apt(ProcessRunner& runner, fs::path staging, std::string minor)
      : runner_(runner), staging_(std::move(staging)), minor_(std::move(minor)) {
    write_file_atomic(staging_ / "apt.conf", apt_configuration());
    environment_ = current_environment();
    environment_.erase("LANGUAGE");
    environment_["LC_ALL"] = "C";  // its messages are read below
    environment_["DEBIAN_FRONTEND"] = "noninteractive";
  }

  std::vector<std::string> machine_mirrors() {
    const std::string known =
        ask({"indextargets", "--format", kIndexTargetsFormat, "Created-By: Packages"});
    std::vector<std::string> mirrors = debian_mirrors(parse_index_targets(known));
    if (mirrors.empty()) {
      mirrors = debian_mirrors(parse_print_uris(ask({"update", "--print-uris"})));
    }
    if (mirrors.empty()) {
      throw fail("no Debian mirror in this machine's apt configuration",
                 "name one with --mirror, or give --source a tarball");
    }
    return mirrors;
  }

  DebianDownload fetch(const std::string& mirror, const fs::path& directory) {
    const std::string suite = debian_suite(minor_).value();
    for (const char* needed : {"state/lists/partial", "cache/archives/partial", "download"}) {
      fs::create_directories(directory / needed);
    }
    write_file_atomic(directory / "sources.list",
                      fmt::format("deb-src [signed-by={}] {} {} main\n", kKeyring, mirror, suite));
    write_file_atomic(directory / "status", "");
    require(run(directory, {"update"}, 10min), suite);
    require(run(directory, {"source", "--download-only", "--only-source", package()}, 30min),
            suite);

    DebianDownload download;
    download.suite = suite;
    download.mirror = without_password(mirror);
    download.dsc_file = only_dsc(directory / "download");
    download.dsc = parse_dsc(read_file(download.dsc_file), download.dsc_file.filename().string());
    if (download.dsc.source != package()) {
      throw fail(fmt::format("apt delivered {} instead of {}", download.dsc.source, package()),
                 "name another mirror with --mirror");
    }
    download.archive = directory / "download" / download.dsc.archive;
    verify(download);
    return download;
  }

 private:
  std::string package() const { return "python" + minor_; }

  Failure fail(const std::string& what, const std::string& remedy) const {
    return Failure(fmt::format("debian:{}: {}; {}", minor_, what, remedy));
  }

  Outcome run_apt(std::vector<std::string> argv, const fs::path& cwd,
                  std::chrono::milliseconds timeout) {
    Command command;
    command.argv = {"apt-get", "-q", "-c", (staging_ / "apt.conf").string()};
    command.argv.insert(command.argv.end(), argv.begin(), argv.end());
    command.cwd = cwd;
    command.environment = environment_;
    command.timeout = timeout;
    Outcome outcome = runner_.run(command);
    if (!outcome.started) {
      throw fail("apt-get cannot be run here (" + printable(outcome.start_error) + ")",
                 "give --source a CPython tarball, directory or URL");
    }
    return outcome;
  }

  // A question about the machine's own configuration. Without an answer there is no mirror, which
  // is reported as that.
  std::string ask(std::vector<std::string> argv) {
    return run_apt(std::move(argv), staging_, 1min).output;
  }

  // Directories come as options: the configuration file has no way to quote every character that a
  // path may hold.
  Outcome run(const fs::path& directory, std::vector<std::string> action,
              std::chrono::milliseconds timeout) {
    const std::pair<const char*, fs::path> settings[] = {
        {"Dir::Etc::sourcelist", directory / "sources.list"},
        {"Dir::Etc::sourceparts", "/dev/null"},
        {"Dir::Etc::preferences", "/dev/null"},
        {"Dir::Etc::preferencesparts", "/dev/null"},
        {"Dir::State", directory / "state"},
        {"Dir::State::lists", directory / "state/lists"},
        {"Dir::State::status", directory / "status"},
        {"Dir::Cache", directory / "cache"},
        {"Dir::Cache::archives", directory / "cache/archives"},
        {"Dir::Cache::pkgcache", ""},
        {"Dir::Cache::srcpkgcache", ""},
    };
    std::vector<std::string> argv;
    for (const auto& [name, value] : settings) {
      argv.insert(argv.end(), {"-o", fmt::format("{}={}", name, value.string())});
    }
    argv.insert(argv.end(), action.begin(), action.end());
    return run_apt(std::move(argv), directory / "download", timeout);
  }

  void require(const Outcome& outcome, const std::string& suite) const {
    if (outcome.ok()) return;
    AptComplaint complaint = read_apt_complaint(outcome.output, suite);
    if (complaint.line.empty() || outcome.timed_out) complaint.line = outcome.describe();
    throw fail("apt: " + complaint.line, complaint.remedy);
  }

  fs::path only_dsc(const fs::path& directory) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.path().extension() == ".dsc" && entry.is_regular_file()) found.push_back(entry);
    }
    constexpr std::uintmax_t kLongest = 1 << 20;
    if (found.size() != 1 || fs::file_size(found.front()) > kLongest) {
      throw fail("apt delivered no usable .dsc", "name another mirror with --mirror");
    }
    return found.front();
  }

  // apt checked the tarball against the signed index already. Again here, because from now on it
  // goes by this hash.
  void verify(const DebianDownload& download) const {
    std::error_code error;
    const auto size = fs::file_size(download.archive, error);
    if (!error && size == download.dsc.bytes &&
        sha256_file(download.archive) == download.dsc.sha256) {
      return;
    }
    throw fail(fmt::format("{} is not the file that {} describes", download.dsc.archive,
                           download.dsc_file.filename().string()),
               "try again, or name another mirror with --mirror");
  }

  ProcessRunner& runner_;
  fs::path staging_;
  std::string minor_;
  Environment environment_;
};

}  // namespace

DebianDownload fetch_debian(ProcessRunner& runner, const fs::path& staging,
                            const std::string& minor, const std::string& mirror) {
  Apt apt(runner, staging, minor);
  const std::vector<std::string> mirrors =
      mirror.empty() ? apt.machine_mirrors() : std::vector<std::string>{mirror};
  std::optional<std::string> first;
  for (std::size_t i = 0; i < mirrors.size(); ++i) {
    try {
      return apt.fetch(mirrors[i], staging / fmt::format("mirror{}", i));
    } catch (const Failure& failure) {
      // The first mirror is the one the machine uses most; what it said is what the user can act
      // on.
      if (!first) first = failure.what();
    }
  }
  throw Failure(first.value_or("no mirror"));
}

}  // namespace pytune
