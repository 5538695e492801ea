#include "interpreter/pip.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <utility>

#include "input/text.h"
#include "sys/error.h"
#include "sys/user_variables.h"

namespace pytune {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes kTimeout{1};
constexpr std::size_t kLongestReason = 300;

fs::path bundle_of(const fs::path& source_tree) {
  return source_tree / "Lib" / "ensurepip" / "_bundled";
}

// pip runs straight out of its wheel: `python pip.whl/pip` (the trick ensurepip itself is built
// on).
std::vector<std::string> out_of_wheel(std::vector<std::string> python, const fs::path& wheel) {
  python.push_back((wheel / "pip").string());
  return python;
}

std::vector<std::string> own_pip(std::vector<std::string> python) {
  for (const char* word : {"-m", "pip"}) python.emplace_back(word);
  return python;
}

// Where the interpreter's ensurepip keeps its wheels; empty when it has none.
fs::path ensurepip_bundle(ProcessRunner& runner, const std::vector<std::string>& python,
                          const Environment& environment) {
  Command command;
  command.environment = environment;
  command.argv = python;
  for (const char* word :
       {"-I", "-c", "import importlib.util as u; print(u.find_spec('ensurepip').origin)"})
    command.argv.emplace_back(word);
  command.timeout = kTimeout;
  const Outcome outcome = runner.run(command);
  const fs::path module = outcome.ok() ? last_line(outcome.output, 4096) : "";
  return module.is_absolute() ? module.parent_path() / "_bundled" : fs::path();
}

// The last line in which pip states an error, for of a build it is the last that names the package.
std::string stated_error(std::string_view output) {
  std::string found;
  while (!output.empty()) {
    const std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(line.size() + 1, output.size()));
    if (line.starts_with("ERROR: ")) found = printable(line.substr(7), kLongestReason);
  }
  return found;
}

// "index-url" is PIP_INDEX_URL.
std::string variable_of(const std::string& option) {
  std::string name = "PIP_";
  for (const char c : option)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// Of a Python string as repr() has it, with the ends of its lines as blanks, as lists in variables
// have them.
std::string unquoted(const std::string& text) {
  std::string value = text.size() < 2 ? text : text.substr(1, text.size() - 2);
  std::string plain;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size())
      plain += value[i];
    else if (value[++i] == 'n')
      plain += ' ';
    else
      plain += value[i];
  }
  return std::string(trim(plain));
}

constexpr std::array<std::pair<const char*, const char*>, 5> kPipsOwn = {{
    {"PIP_USER", "0"},
    {"PIP_REQUIRE_VIRTUALENV", "0"},
    {"PIP_NO_INPUT", "1"},
    {"PYTHONNOUSERSITE", "1"},
    {"NO_COLOR", "1"},  // its messages are read
}};

}  // namespace

std::vector<fs::path> wheels_in(const fs::path& directory, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".whl" &&
        entry.path().filename().string().starts_with(prefix)) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> pip_command(const std::string& python, const fs::path& source_tree) {
  const std::vector<fs::path> bundled =
      source_tree.empty() ? std::vector<fs::path>() : wheels_in(bundle_of(source_tree), "pip-");
  return bundled.empty() ? own_pip({python}) : out_of_wheel({python}, bundled.back());
}

std::vector<std::string> find_pip(ProcessRunner& runner, const std::vector<std::string>& python,
                                  const fs::path& source_tree, const Environment& environment) {
  std::vector<std::vector<std::string>> candidates = {own_pip(python)};
  // In this order: what came with the interpreter suits it best.
  for (const fs::path& folder : {ensurepip_bundle(runner, python, environment),
                                 source_tree.empty() ? fs::path() : bundle_of(source_tree),
                                 fs::path("/usr/share/python-wheels")}) {
    if (folder.empty()) continue;
    const auto wheels = wheels_in(folder, "pip-");
    if (!wheels.empty()) candidates.push_back(out_of_wheel(python, wheels.back()));
  }
  for (const auto& candidate : candidates) {
    Command command;
    command.argv = candidate;
    command.argv.emplace_back("--version");
    command.environment = environment;
    // One whose settings cannot be read is there all the same: pip_surroundings() says why.
    command.environment->insert_or_assign("PIP_CONFIG_FILE", "/dev/null");
    command.timeout = kTimeout;
    if (runner.run(command).ok()) return candidate;
  }
  throw Failure(
      fmt::format("{} has no pip: run {} -m ensurepip, or apt-get install python3-pip-whl",
                  python.back(), python.back()));
}

PipSurroundings keep_reach(const std::string& listed, Environment environment) {
  PipSurroundings kept{std::move(environment), {}};
  Environment of_files;
  std::istringstream lines(listed);
  // "global.index-url='https://...'"; what a command's section says goes before [global], and
  // variables, which are listed as ":env:.index-url", before both.
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    const std::size_t dot = line.find('.');
    if (equals == std::string::npos || dot == std::string::npos || dot > equals) continue;
    const std::string section = line.substr(0, dot);
    if (section.starts_with(":")) continue;
    const std::string name = variable_of(line.substr(dot + 1, equals - dot - 1));
    const VariableRule* rule = rule_for(name);
    if (rule == nullptr || rule->effect != Effect::reach)
      kept.left_out.push_back(printable(line.substr(0, equals), kLongestReason));
    else if (section != "global")
      of_files[name] = unquoted(line.substr(equals + 1));
    else
      of_files.emplace(name, unquoted(line.substr(equals + 1)));
  }
  for (const auto& [name, value] : of_files) kept.environment.emplace(name, value);
  kept.environment["PIP_CONFIG_FILE"] = "/dev/null";  // pip then reads no file at all
  return kept;
}

PipSurroundings pip_surroundings(ProcessRunner& runner, const std::vector<std::string>& pip,
                                 Environment environment) {
  for (const auto& [name, value] : kPipsOwn) environment[name] = value;
  // Only with a second try does pip say that it could not reach an index.
  if (const auto retries = environment.find("PIP_RETRIES");
      retries != environment.end() && retries->second == "0")
    retries->second = "1";
  Command command;
  command.argv = pip;
  for (const char* word : {"config", "list"}) command.argv.emplace_back(word);
  command.environment = environment;
  command.cwd = "/";
  command.timeout = kTimeout;
  const Outcome outcome = runner.run(command);
  if (outcome.output.find("Configuration file could not be loaded") != std::string::npos)
    throw Failure(
        fmt::format("pip cannot read its settings: {}; mend that file, or set "
                    "PIP_CONFIG_FILE=/dev/null to do without",
                    printable(outcome.output, kLongestReason)));
  // One that cannot say it goes on reading its files.
  if (!outcome.ok()) return {std::move(environment), {}};
  return keep_reach(outcome.output, std::move(environment));
}

std::vector<fs::path> pip_configurations(const Environment& ours, const fs::path& root) {
  const auto at = [&](const char* variable, const char* below) {
    const auto found = ours.find(variable);
    return found == ours.end() || found->second.empty() ? fs::path()
                                                        : fs::path(found->second + below);
  };
  std::vector<fs::path> there;
  std::error_code none;
  for (const fs::path& file :
       {root / "etc/pip.conf", root / "etc/xdg/pip/pip.conf", at("HOME", "/.pip/pip.conf"),
        at("HOME", "/.config/pip/pip.conf"), at("XDG_CONFIG_HOME", "/pip/pip.conf"),
        at("VIRTUAL_ENV", "/pip.conf"), at("PIP_CONFIG_FILE", "")})
    if (!file.empty() && fs::is_regular_file(file, none)) there.push_back(file);
  std::sort(there.begin(), there.end());
  there.erase(std::unique(there.begin(), there.end()), there.end());
  return there;
}

bool lost_connection(const Outcome& outcome) {
  return outcome.output.find("after connection broken by") != std::string::npos;
}

namespace {

// Parts of what urllib3's exceptions say, with what that means and what to do.
struct Hindrance {
  std::string_view part;
  std::string_view meaning;
};
constexpr std::array<Hindrance, 6> kHindrances{{
    {"CERTIFICATE_VERIFY_FAILED",
     "its certificate is not trusted here; where a proxy reads along, name the proxy's "
     "certificates with PIP_CERT=FILE or in pip.conf (cert = FILE)"},
    {"ProxyError", "the proxy does not let pip through; check HTTPS_PROXY and pip.conf (proxy)"},
    {"Cannot connect to proxy",
     "the proxy does not answer; check HTTPS_PROXY and pip.conf (proxy)"},
    {"name resolution", "its name cannot be looked up; check the network"},
    {"Name or service not known", "its name cannot be looked up; check the network"},
    {"timed out", "it does not answer in time; check the network, or whether a proxy is needed"},
}};

std::string unreached(const Outcome& outcome) {
  for (const Hindrance& one : kHindrances)
    if (outcome.output.find(one.part) != std::string::npos)
      return fmt::format("the package index cannot be reached: {}", one.meaning);
  return "the package index cannot be reached";
}

}  // namespace

std::string pip_reason(const Outcome& outcome, bool offline) {
  if (!outcome.started || outcome.signal != 0 || outcome.timed_out)
    return printable("pip " + outcome.describe(), kLongestReason);
  std::string reason = stated_error(outcome.output);
  if (reason.empty())
    return printable(
        fmt::format("pip: {}: {}", outcome.describe(), last_line(outcome.output, kLongestReason)),
        kLongestReason);
  // Also what pip says when it could ask nobody.
  const bool not_found = reason.starts_with("No matching distribution");
  if (offline) return fmt::format("{} (pip: {})", unreached(outcome), reason);
  return not_found ? fmt::format("no wheel for this interpreter (pip: {})", reason) : reason;
}

}  // namespace pytune
