#include "measure/pyperf_wheel.h"

#include <fmt/format.h>

#include "measure/one_line.h"
#include "measure/pip.h"
#include "measure/unzip.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kDownloadTimeout{10};

std::string wheel_name() { return fmt::format("pyperf-{}-py3-none-any.whl", kPyperfVersion); }

std::string remedy() {
  return fmt::format("get {} (pyperf {}) from PyPI and give it with --pyperf FILE", wheel_name(),
                     kPyperfVersion);
}

// The user's environment and pip configuration are in force: they know the mirror and the proxy.
fs::path download(ProcessRunner& runner, const fs::path& source_tree, const std::string& python,
                  const fs::path& directory) {
  Command command;
  command.argv = measure::pip_command(python, source_tree);
  for (const char* word : {"download", "--no-deps", "--only-binary", ":all:", "--no-input",
                           "--no-cache-dir", "--disable-pip-version-check", "--dest"}) {
    command.argv.emplace_back(word);
  }
  command.argv.push_back(directory.string());
  command.argv.push_back(fmt::format("pyperf=={}", kPyperfVersion));
  command.timeout = kDownloadTimeout;
  const Outcome outcome = runner.run(command);
  if (!outcome.ok()) {
    const std::string tail = measure::last_line(outcome.output, 300);
    throw Failure(fmt::format("pip could not download pyperf {}: {}{}{}; {}", kPyperfVersion,
                              outcome.describe(), tail.empty() ? "" : ": ", tail, remedy()));
  }
  const std::vector<fs::path> wheels = measure::wheels_in(directory, "pyperf-");
  if (wheels.size() != 1) {
    throw Failure(
        fmt::format("pip downloaded {} pyperf wheels instead of 1; {}", wheels.size(), remedy()));
  }
  return wheels.front();
}

void check_hash(const fs::path& wheel) {
  const std::string hash = sha256_file(wheel);
  if (hash != kPyperfSha256) {
    throw Failure(fmt::format("{}: SHA-256 is {}, but that of pyperf {} is {}; {}", wheel.string(),
                              hash, kPyperfVersion, kPyperfSha256, remedy()));
  }
}

StepResult unpack(const fs::path& wheel, const fs::path& target) {
  check_hash(wheel);
  fs::create_directories(target);
  const std::size_t files = measure::unzip(wheel, target);
  return {true, {{"wheel", wheel.filename().string()}, {"files", files}}};
}

}  // namespace

fs::path provide_pyperf(Store& store, ProcessRunner& runner, const fs::path& source_tree,
                        const std::string& python, const fs::path& wheel) {
  const std::string folder = fmt::format("pyperf-{}", kPyperfVersion);
  const nlohmann::json inputs = {
      {"package", "pyperf"}, {"version", kPyperfVersion}, {"sha256", kPyperfSha256}};
  const Step step =
      store.produce({"wheel", step_key(inputs)}, inputs, [&](const fs::path& staging) {
        if (!wheel.empty()) {
          return unpack(wheel, staging / folder);
        }
        const TemporaryDirectory downloads = store.staging("pip");
        return unpack(download(runner, source_tree, python, downloads.path()), staging / folder);
      });
  return step.directory / folder;
}

}  // namespace pytune
