#include "source/private_apt.h"

#include <fmt/format.h>
#include <unistd.h>

#include "input/text.h"
#include "sys/files.h"
#include "sys/user_variables.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr const char* kKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

// Given with -c, which apt reads after the machine's own configuration; APT_CONFIG comes before
// that and would lose to it, and only a file can clear a list (apt.conf(5)).
std::string apt_configuration(const std::string& architecture) {
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
      "APT::Get::AllowUnauthenticated \"false\";\n"
      // An old list, rightly signed in its time, would bring back what was mended since.
      "Acquire::Check-Date \"true\";\n"
      "Acquire::Check-Valid-Until \"true\";\n"
      // Of what a mirror has besides, such as data for software centres, nothing is needed, and so
      // nothing of it can fail.
      "#clear Acquire::IndexTargets;\n"
      "Acquire::IndexTargets::deb::Packages { MetaKey "
      "\"$(COMPONENT)/binary-$(ARCHITECTURE)/Packages\"; flatMetaKey \"Packages\"; "
      "ShortDescription \"Packages\"; Description \"$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) "
      "Packages\"; Optional \"0\"; };\n"
      "Acquire::IndexTargets::deb-src::Sources { MetaKey \"$(COMPONENT)/source/Sources\"; "
      "flatMetaKey \"Sources\"; ShortDescription \"Sources\"; Description "
      "\"$(RELEASE)/$(COMPONENT) Sources\"; Optional \"0\"; };\n"
      // What the machine would install besides is not what was asked for.
      "APT::Install-Recommends \"false\";\n"
      "APT::Install-Suggests \"false\";\n"
      "Acquire::Languages \"none\";\n";
  if (!architecture.empty()) {
    text += fmt::format(
        "APT::Architecture \"{0}\";\n#clear APT::Architectures;\nAPT::Architectures {{ \"{0}\"; "
        "}};\n",
        architecture);
  }
  // As root, apt downloads as the user _apt, who may not be able to reach the store.
  if (geteuid() == 0) text += "APT::Sandbox::User \"root\";\n";
  return text;
}

std::string source_line(const std::string& type, const std::string& mirror,
                        const std::string& suite) {
  return fmt::format("{} [signed-by={}] {} {} main\n", type, kKeyring, mirror, suite);
}

// The files in `lists` whose names end so; apt puts there only what it has checked.
std::vector<fs::path> lists_of(const fs::path& directory, std::string_view ending) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory / "state/lists", none)) {
    const std::string name = entry.path().filename();
    if (entry.is_regular_file(none) && name.find(ending) != std::string::npos)
      found.push_back(entry.path());
  }
  return found;
}

}  // namespace

PrivateApt::PrivateApt(ProcessRunner& runner, fs::path staging, std::string shown,
                       const std::string& architecture, std::string otherwise)
    : runner_(runner),
      staging_(std::move(staging)),
      shown_(std::move(shown)),
      otherwise_(std::move(otherwise)),
      environment_(environment_for(Audience::tool)) {
  write_file_atomic(staging_ / "apt.conf", apt_configuration(architecture));
  environment_["DEBIAN_FRONTEND"] = "noninteractive";
}

Failure PrivateApt::fail(const std::string& what, const std::string& remedy) const {
  return Failure(fmt::format("{}: {}; {}", shown_, what, remedy));
}

std::vector<std::string> PrivateApt::machine_mirrors() {
  const std::string known =
      ask({"indextargets", "--format", kIndexTargetsFormat, "Created-By: Packages"});
  std::vector<std::string> mirrors = debian_mirrors(parse_index_targets(known));
  if (mirrors.empty()) {
    mirrors = debian_mirrors(parse_print_uris(ask({"update", "--print-uris"})));
  }
  if (mirrors.empty()) {
    throw fail("no Debian mirror in this machine's apt configuration",
               "name one with --mirror" + (otherwise_.empty() ? "" : ", or " + otherwise_));
  }
  return mirrors;
}

void PrivateApt::open(const fs::path& directory, const std::string& type, const std::string& mirror,
                      const std::string& suite) {
  for (const char* needed : {"state/lists/partial", "cache/archives/partial", "download"}) {
    fs::create_directories(directory / needed);
  }
  write_file_atomic(directory / "sources.list", source_line(type, mirror, suite));
  write_file_atomic(directory / "status", "");
}

// Directories come as options: the configuration file has no way to quote every character that a
// path may hold.
Outcome PrivateApt::attempt(const fs::path& directory, const std::vector<std::string>& action,
                            std::chrono::milliseconds timeout, const char* program) {
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
  return run_apt(std::move(argv), directory / "download", timeout, program);
}

std::vector<std::string> PrivateApt::package_names(const fs::path& directory,
                                                   const std::string& prefix) {
  const Outcome outcome = attempt(directory, {"pkgnames", prefix}, 1min, "apt-cache");
  std::vector<std::string> names;
  if (!outcome.ok()) return names;
  for (const std::string_view line : split_lines(outcome.output))
    if (line.starts_with(prefix) && is_plain_name(line)) names.emplace_back(line);
  return names;
}

std::vector<SourcePackage> PrivateApt::source_packages(const fs::path& directory,
                                                       const std::vector<std::string>& names) {
  std::vector<std::string> action = {"showsrc", "--only-source"};
  action.insert(action.end(), names.begin(), names.end());
  const Outcome outcome = attempt(directory, action, 1min, "apt-cache");
  return outcome.ok() ? parse_source_packages(outcome.output) : std::vector<SourcePackage>();
}

Failure PrivateApt::complaint_of(const Outcome& outcome, const std::string& suite) const {
  AptComplaint complaint = read_apt_complaint(outcome.output, suite, otherwise_);
  if (complaint.line.empty() || outcome.timed_out) complaint.line = outcome.describe();
  return fail("apt: " + complaint.line, complaint.remedy);
}

std::string PrivateApt::run(const fs::path& directory, const std::vector<std::string>& action,
                            const std::string& suite, std::chrono::milliseconds timeout) {
  Outcome outcome = attempt(directory, action, timeout);
  if (outcome.ok()) return std::move(outcome.output);
  throw complaint_of(outcome, suite);
}

Outcome PrivateApt::fetch_lists(const fs::path& directory,
                                const std::vector<std::string>& options) {
  std::vector<std::string> action = options;
  action.emplace_back("update");
  Outcome outcome = attempt(directory, action, 10min);
  if (outcome.ok() || outcome.output.find("is expired") == std::string::npos ||
      !machine_takes_expired_lists())
    return outcome;
  expired_ = read_apt_complaint(outcome.output, "", "").line;
  action.insert(action.begin(), {"-o", "Acquire::Check-Valid-Until=false"});
  return attempt(directory, action, 10min);
}

void PrivateApt::update(const fs::path& directory, const std::string& suite) {
  const Outcome outcome = fetch_lists(directory, {});
  if (outcome.ok()) return;
  for (const char* list : {"_Packages", "_Sources"})
    if (!lists_of(directory, list).empty()) return;
  throw complaint_of(outcome, suite);
}

std::vector<std::string> PrivateApt::release_files(const fs::path& directory,
                                                   const std::string& mirror,
                                                   const std::vector<std::string>& suites) {
  open(directory, "deb", mirror, suites.front());
  std::string sources;
  for (const std::string& suite : suites) sources += source_line("deb", mirror, suite);
  write_file_atomic(directory / "sources.list", sources);
  const Outcome outcome =
      fetch_lists(directory, {"-o", "Acquire::IndexTargets::deb::Packages::DefaultEnabled=false"});
  // A mirror need not have every suite, of which apt makes an error.
  constexpr std::uintmax_t kLargest = 4U << 20U;
  std::vector<std::string> texts;
  for (const fs::path& file : lists_of(directory, "Release"))
    if (fs::file_size(file) <= kLargest) texts.push_back(read_file(file));
  if (texts.empty()) throw complaint_of(outcome, suites.front());
  return texts;
}

void PrivateApt::require_file(const fs::path& file, std::uint64_t bytes,
                              const std::string& expected, const std::string& described_by) const {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (!error && size == bytes && sha256_file(file) == expected) return;
  throw fail(
      fmt::format("{} is not the file that {} describes", file.filename().string(), described_by),
      "try again, or name another mirror with --mirror");
}

Outcome PrivateApt::run_apt(std::vector<std::string> argv, const fs::path& cwd,
                            std::chrono::milliseconds timeout, const char* program) {
  Command command;
  command.argv = {program, "-q", "-c", (staging_ / "apt.conf").string()};
  command.argv.insert(command.argv.end(), argv.begin(), argv.end());
  command.cwd = cwd;
  command.environment = environment_;
  command.timeout = timeout;
  Outcome outcome = runner_.run(command);
  if (!outcome.started) {
    throw fail(
        std::string(program) + " cannot be run here (" + printable(outcome.start_error) + ")",
        otherwise_.empty() ? "run this once on Debian or a system that has apt" : otherwise_);
  }
  return outcome;
}

// Without an answer it is not.
bool PrivateApt::machine_takes_expired_lists() {
  Command command;
  command.argv = {"apt-config",           "shell", "PERIOD", "Acquire::Check-Valid-Until/b", "DATE",
                  "Acquire::Check-Date/b"};
  command.cwd = staging_;
  command.environment = environment_;
  command.timeout = 1min;
  const Outcome outcome = runner_.run(command);
  return outcome.ok() && (outcome.output.find("PERIOD='false'") != std::string::npos ||
                          outcome.output.find("DATE='false'") != std::string::npos);
}

// A question about the machine's own configuration. Without an answer there is no mirror, which is
// reported as that.
std::string PrivateApt::ask(std::vector<std::string> argv) {
  return run_apt(std::move(argv), staging_, 1min).output;
}

}  // namespace pytune
