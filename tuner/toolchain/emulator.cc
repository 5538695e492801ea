#include "toolchain/emulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "spec/configuration.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

constexpr const char* kArchitectures[] = {"aarch64", "x86_64"};
constexpr std::size_t kOutputLimit = std::size_t{1} << 20;
constexpr std::size_t kLongestReason = 200;

Outcome ask(ProcessRunner& runner, std::vector<std::string> argv) {
  Command command;
  command.argv = std::move(argv);
  command.cwd = "/";
  command.environment = current_environment();
  // Its settings may come from there, too.
  std::erase_if(*command.environment,
                [](const auto& variable) { return variable.first.starts_with("QEMU_"); });
  command.timeout = std::chrono::seconds(30);
  command.output_limit = kOutputLimit;
  return runner.run(command);
}

// Printable: it goes into an error.
std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n')).substr(0, kLongestReason);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c > 0x7E; }, '?');
  return line;
}

std::string parse_version(const Outcome& outcome, const std::string& path) {
  static const std::regex pattern(R"(^qemu-\S{1,40} version (\d{1,4}(\.\d{1,4}){1,3}))");
  const std::string line = first_line(outcome.output);
  std::smatch match;
  if (!outcome.ok() || !std::regex_search(line, match, pattern))
    throw Failure(
        fmt::format("{} is no QEMU emulator: --version gave \"{}\" ({}); install "
                    "qemu-user anew",
                    path, line, outcome.describe()));
  return match[1];
}

// QEMU takes one comma for the end of a value, and two for one of it (qemu-option).
std::string option_value(const std::string& value) {
  return std::regex_replace(value, std::regex(","), ",,");
}

std::string plugin_option(const Emulation& emulation) {
  std::string option = option_value(emulation.plugin.string());
  if (!emulation.counts.empty()) option += ",out=" + option_value(emulation.counts.string());
  if (emulation.functions) option += ",functions=on";
  return option;
}

}  // namespace

std::vector<std::string> parse_cpu_models(const std::string& text) {
  // "  neoverse-n1" (arm), "x86 Skylake-Server-v2  Intel ..." (x86), after and before other lines.
  static const std::regex pattern(R"(^(?:x86|\s)\s*([A-Za-z0-9][A-Za-z0-9_.+-]{0,60})(\s.*)?$)");
  std::vector<std::string> models;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    // x86 goes on with the names of features, many on a line.
    if (line.starts_with("Recognized")) break;
    if (line.size() < 200 && std::regex_match(line, match, pattern)) models.push_back(match[1]);
  }
  return models;
}

Emulator find_emulator(ProcessRunner& runner, const std::string& architecture) {
  const std::vector<std::string> known(std::begin(kArchitectures), std::end(kArchitectures));
  if (std::find(known.begin(), known.end(), architecture) == known.end())
    throw UsageError(fmt::format("no emulator for \"{}\" is supported{}", architecture,
                                 suggestion(architecture, known)));
  const std::string name = "qemu-" + architecture;
  auto path = find_program(name);
  if (!path) path = find_program(name + "-static");
  if (!path)
    throw Failure(
        fmt::format("{} programs need an emulator, and {} is not on PATH: install it "
                    "(setup/install emulator, or on Debian 12: apt-get install qemu-user)",
                    architecture, name));
  Emulator emulator;
  emulator.architecture = architecture;
  emulator.path = std::filesystem::absolute(*path).string();
  emulator.version = parse_version(ask(runner, {emulator.path, "--version"}), emulator.path);
  emulator.cpus = parse_cpu_models(ask(runner, {emulator.path, "-cpu", "help"}).output);
  emulator.sha256 = sha256_file(emulator.path);
  return emulator;
}

void require_plugin(ProcessRunner& runner, const Emulator& emulator,
                    const std::filesystem::path& plugin) {
  const Outcome outcome =
      ask(runner,
          {emulator.path, "-plugin", option_value(plugin.string()) + ",check=on", plugin.string()});
  if (outcome.ok()) return;
  if (outcome.output.find("unknown option") != std::string::npos)
    throw Failure(fmt::format(
        "{} (QEMU {}) takes no plugins, so it can neither count nor run what a program executes: "
        "it is linked statically; put one that is not first on PATH (Debian 12: apt-get install "
        "qemu-user; newer ones: build QEMU with --enable-plugins)",
        emulator.path, emulator.version));
  const std::string said = first_line(outcome.output);
  throw Failure(fmt::format("{} (QEMU {}) does not load {}: {}; use QEMU 7.2 to 10.2",
                            emulator.path, emulator.version, plugin.string(),
                            said.empty() ? outcome.describe() : said));
}

std::vector<std::string> emulator_words(const Emulator& emulator, const Emulation& emulation) {
  std::vector<std::string> words = {emulator.path};
  if (!emulation.sysroot.empty()) words.insert(words.end(), {"-L", emulation.sysroot.string()});
  if (!emulation.cpu.empty()) {
    if (std::find(emulator.cpus.begin(), emulator.cpus.end(), emulation.cpu) == emulator.cpus.end())
      throw UsageError(fmt::format("{} (QEMU {}) does not emulate the CPU \"{}\"{}", emulator.path,
                                   emulator.version, emulation.cpu,
                                   suggestion(emulation.cpu, emulator.cpus)));
    words.insert(words.end(), {"-cpu", emulation.cpu});
  }
  for (const auto& [name, value] : emulation.loader_environment) {
    if (value.find(',') != std::string::npos)
      throw UsageError(
          fmt::format("{}={}: QEMU cannot pass on a value with a comma; rename that "
                      "folder",
                      name, value));
    words.insert(words.end(), {"-E", fmt::format("{}={}", name, value)});
  }
  if (!emulation.plugin.empty()) words.insert(words.end(), {"-plugin", plugin_option(emulation)});
  return words;
}

}  // namespace pytune
