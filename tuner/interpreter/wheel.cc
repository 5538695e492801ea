#include "interpreter/wheel.h"

#include <fmt/format.h>

#include "input/text.h"
#include "input/unpack.h"
#include "interpreter/pip.h"
#include "sys/error.h"
#include "sys/files.h"
#include "sys/user_variables.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kDownloadTimeout{10};
constexpr std::uintmax_t kLargestWheel = std::uintmax_t{64} << 20;

std::string remedy(const PinnedWheel& pin) {
  return fmt::format("get {}-{}-py3-none-any.whl ({} {}) from PyPI and give it with {}",
                     pin.package, pin.version, pin.package, pin.version, pin.option);
}

// The user's environment and pip configuration say which index, by which proxy, and no more.
fs::path download(ProcessRunner& runner, const PinnedWheel& pin, const WheelOrigin& origin,
                  const fs::path& directory) {
  Command command;
  const std::vector<std::string> pip = pip_command(origin.python, origin.source_tree);
  command.argv = pip;
  for (const char* word : {"download", "--no-deps", "--only-binary", ":all:", "--no-input",
                           "--no-cache-dir", "--disable-pip-version-check", "--dest"}) {
    command.argv.emplace_back(word);
  }
  command.argv.push_back(directory.string());
  command.argv.push_back(fmt::format("{}=={}", pin.package, pin.version));
  command.environment = pip_surroundings(runner, pip, environment_for(Audience::pip)).environment;
  command.timeout = kDownloadTimeout;
  const Outcome outcome = runner.run(command);
  if (!outcome.ok()) {
    throw Failure(fmt::format("pip could not download {} {}: {}; {}", pin.package, pin.version,
                              pip_reason(outcome, lost_connection(outcome)), remedy(pin)));
  }
  const std::vector<fs::path> wheels = wheels_in(directory, std::string(pin.package) + "-");
  if (wheels.size() != 1) {
    throw Failure(fmt::format("pip downloaded {} {} wheels instead of 1; {}", wheels.size(),
                              pin.package, remedy(pin)));
  }
  return wheels.front();
}

void check_hash(const PinnedWheel& pin, const fs::path& wheel, const std::string& bytes) {
  const std::string hash = sha256(bytes);
  if (hash != pin.sha256) {
    throw Failure(fmt::format("{}: SHA-256 is {}, but that of {} {} is {}; {}", wheel.string(),
                              hash, pin.package, pin.version, pin.sha256, remedy(pin)));
  }
}

// The bytes of a wheel that is what it should be.
std::string read_wheel(const PinnedWheel& pin, const fs::path& wheel) {
  std::error_code error;
  const bool endless = fs::exists(wheel, error) && !fs::is_regular_file(wheel, error);
  if (endless || (fs::file_size(wheel, error) > kLargestWheel && !error))
    throw Failure(fmt::format("{}: {}; {}", wheel.string(),
                              endless ? "is no ordinary file" : "larger than any wheel of its kind",
                              remedy(pin)));
  std::string bytes = read_file(wheel);
  check_hash(pin, wheel, bytes);
  return bytes;
}

StepResult unpack(const PinnedWheel& pin, const fs::path& wheel, const fs::path& target) {
  // A copy where nobody else writes: what is unpacked is what was hashed.
  const std::string bytes = read_wheel(pin, wheel);
  fs::create_directories(target);
  const fs::path own = target.string() + ".whl";
  write_file_atomic(own, bytes);
  const int files = unpack_wheel(own, target, wheel.filename().string()).files;
  fs::remove(own);
  return {true, {{"wheel", wheel.filename().string()}, {"files", files}}};
}

}  // namespace

const PinnedWheel& pyperf_pin() {
  static const PinnedWheel pin = {"pyperf", kPyperfVersion, kPyperfSha256, "--pyperf FILE"};
  return pin;
}

const PinnedWheel& pyperformance_pin() {
  static const PinnedWheel pin = {"pyperformance", kPyperformanceVersion, kPyperformanceSha256,
                                  "--suite FILE (its MANIFEST, unpacked)"};
  return pin;
}

fs::path provide_wheel(Store& store, ProcessRunner& runner, const PinnedWheel& pin,
                       const WheelOrigin& origin) {
  const std::string folder = fmt::format("{}-{}", pin.package, pin.version);
  const nlohmann::json inputs = {
      {"package", pin.package}, {"version", pin.version}, {"sha256", pin.sha256}};
  const Step step =
      store.produce({"wheel", step_key(inputs)}, inputs, [&](const fs::path& staging) {
        if (!origin.wheel.empty()) return unpack(pin, origin.wheel, staging / folder);
        const TemporaryDirectory downloads = store.staging("pip");
        return unpack(pin, download(runner, pin, origin, downloads.path()), staging / folder);
      });
  // A file that was given is not passed over in silence because the store has what it should hold.
  if (step.cached && !origin.wheel.empty()) static_cast<void>(read_wheel(pin, origin.wheel));
  return step.directory / folder;
}

}  // namespace pytune
