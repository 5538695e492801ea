#include "toolchain/cpu_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <regex>

#include "input/json.h"
#include "input/suggestion.h"
#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"
#include "toolchain/cpu_names.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr int kMostKib = 1 << 20;
constexpr std::size_t kMostEntries = 1000;  // of a list
constexpr std::size_t kLongestProfileText = 200;

// All of them end up on command lines, in tables and in messages.
std::string text(const OrderedJsonView& value) {
  std::string text = value.nonempty_text(kLongestProfileText);
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != '\x7f'; });
  if (!printable) value.fail("must be one line without control characters");
  return text;
}

std::string matching(const OrderedJsonView& value, const std::regex& pattern, const char* what) {
  std::string word = text(value);
  if (!std::regex_match(word, pattern)) value.fail(fmt::format("must be {}", what));
  return word;
}

std::string name(const OrderedJsonView& value) {
  static const std::regex kName("[a-z0-9][a-z0-9._-]*");
  return matching(value, kName, "a name of lower-case letters, digits and . _ -");
}

std::string version(const OrderedJsonView& value) {
  static const std::regex kVersion("[0-9]{1,3}(\\.[0-9]{1,3})*");
  return matching(value, kVersion, "a version, such as \"13\" or \"8.2\"");
}

std::vector<std::string> list(const OrderedJsonView& value,
                              std::string (*read)(const OrderedJsonView&)) {
  std::vector<std::string> result;
  for (const auto& element : value.elements(kMostEntries)) {
    result.push_back(read(element));
    if (std::count(result.begin(), result.end(), result.back()) > 1)
      element.fail(fmt::format("\"{}\" a second time", result.back()));
  }
  return result;
}

std::vector<int> sizes(const OrderedJsonView& value) {
  std::vector<int> result;
  for (const auto& element : value.elements(kMostEntries)) {
    result.push_back(element.small_integer(1, kMostKib));
    if (result.size() > 1 && result[result.size() - 2] >= result.back())
      element.fail("sizes must increase");
  }
  if (result.empty()) value.fail("must name at least one size");
  return result;
}

std::uint32_t register_field(const OrderedJsonView& value, std::uint32_t most) {
  static const std::regex kHex("0x[0-9a-f]{1,4}");
  const std::string word = matching(value, kHex, "a number as /proc/cpuinfo has it: \"0x41\"");
  std::uint32_t number = 0;
  std::from_chars(word.data() + 2, word.data() + word.size(), number, 16);
  if (number > most) value.fail(fmt::format("must be at most 0x{:x}", most));
  return number;
}

std::map<CompilerFamily, CompilerCpu> compilers(const OrderedJsonView& value,
                                                const std::string& architecture) {
  value.only_keys({"gcc", "clang"});
  std::map<CompilerFamily, CompilerCpu> result;
  for (const auto family : {CompilerFamily::gcc, CompilerFamily::clang}) {
    const OrderedJsonView entry = value.at(std::string(to_string(family)));
    entry.only_keys({"cpu", "since"});
    CompilerCpu cpu;
    cpu.cpu = name(entry.at("cpu"));
    try {
      parse_cpu(cpu.cpu, architecture);
    } catch (const UsageError& error) {
      entry.at("cpu").fail(error.what());
    }
    if (entry.has("since")) cpu.since = version(entry.at("since"));
    result[family] = cpu;
  }
  return result;
}

CpuCaches caches(const OrderedJsonView& value) {
  value.only_keys({"l1i_kib", "l1d_kib", "l2_kib", "source"});
  return {sizes(value.at("l1i_kib")), sizes(value.at("l1d_kib")), sizes(value.at("l2_kib")),
          text(value.at("source"))};
}

std::vector<CpuPart> parts(const OrderedJsonView& value) {
  std::vector<CpuPart> result;
  for (const auto& element : value.elements(kMostEntries)) {
    element.only_keys({"implementer", "part"});
    result.push_back({register_field(element.at("implementer"), 0xff),
                      register_field(element.at("part"), 0xfff)});
  }
  return result;
}

std::vector<EmulatedCpu> emulated(const OrderedJsonView& value) {
  // A property holds "=" and is told apart by commas; a word that began with a dash would be
  // another option.
  static const std::regex kCpu("[A-Za-z0-9][A-Za-z0-9._-]*(,[a-z][a-z0-9._-]*=[a-z0-9]+)*");
  std::vector<EmulatedCpu> result;
  for (const auto& element : value.elements(kMostEntries)) {
    element.only_keys({"cpu", "since", "more"});
    EmulatedCpu cpu;
    cpu.cpu = matching(element.at("cpu"), kCpu, "what -cpu takes: NAME[,PROPERTY=VALUE...]");
    if (element.has("since")) cpu.since = version(element.at("since"));
    if (element.has("more")) cpu.more = element.at("more").boolean();
    result.push_back(std::move(cpu));
  }
  return result;
}

}  // namespace

CpuProfile parse_cpu_profile(const std::string& json, const std::string& shown) {
  const nlohmann::ordered_json document = parse_ordered_json(json, shown);
  const OrderedJsonView root(document, shown);
  root.only_keys({"schema", "name", "architecture", "description", "machines", "compilers",
                  "features", "vector_bits", "pages_kib", "caches", "midr", "qemu"});
  root.at("schema").small_integer(1, 1);
  CpuProfile profile;
  profile.name = name(root.at("name"));
  profile.architecture = root.at("architecture").one_of({"aarch64", "x86_64"});
  profile.description = text(root.at("description"));
  profile.machines = list(root.at("machines"), text);
  profile.compilers = compilers(root.at("compilers"), profile.architecture);
  profile.features = list(root.at("features"), name);
  profile.vector_bits = root.at("vector_bits").small_integer(64, 2048);
  profile.pages_kib = sizes(root.at("pages_kib"));
  if (root.has("caches")) profile.caches = caches(root.at("caches"));
  if (root.has("midr")) profile.midr = parts(root.at("midr"));
  profile.qemu = emulated(root.at("qemu"));
  return profile;
}

std::vector<CpuProfile> load_cpu_profiles(const fs::path& directory) {
  std::vector<CpuProfile> profiles;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".json") continue;
    profiles.push_back(parse_cpu_profile(read_file(entry.path()), entry.path().string()));
    if (entry.path().stem() != profiles.back().name)
      throw UsageError(fmt::format("{}: name: must be \"{}\", like the file", entry.path().string(),
                                   entry.path().stem().string()));
  }
  if (error || profiles.empty())
    throw UsageError(fmt::format("{}: no CPU profiles there", directory.string()));
  std::sort(profiles.begin(), profiles.end(),
            [](const CpuProfile& a, const CpuProfile& b) { return a.name < b.name; });
  return profiles;
}

const CpuProfile& find_cpu_profile(const std::vector<CpuProfile>& profiles,
                                   const std::string& wanted) {
  std::vector<std::string> names;
  names.reserve(profiles.size());
  for (const auto& profile : profiles) {
    if (profile.name == wanted) return profile;
    names.push_back(profile.name);
  }
  throw UsageError(fmt::format("unknown target \"{}\"{}", wanted, suggestion(wanted, names)));
}

std::optional<std::string> too_old_for(const CpuProfile& profile, const Toolchain& toolchain,
                                       ToolchainProbe& probe) {
  const CompilerCpu& known = profile.compilers.at(toolchain.family);
  const auto flags = cpu_flags(parse_cpu(known.cpu, profile.architecture), profile.architecture);
  if (flags.empty()) return std::nullopt;
  const auto complaint = probe.trial(toolchain, flags);
  if (!complaint) return std::nullopt;
  // Not every refusal is about the name: a compiler without its assembler fails here as well.
  if (complaint->find(known.cpu) == std::string::npos || known.since.empty())
    return fmt::format("{} ({}) cannot build for {}: {}", toolchain.name, toolchain.version,
                       profile.name, *complaint);
  return fmt::format("{} ({}) does not know {}; {} {} is the first release series that does",
                     toolchain.name, toolchain.version, known.cpu, to_string(toolchain.family),
                     known.since);
}

std::optional<EmulatedCpu> emulated_cpu(const CpuProfile& profile, ProcessRunner& runner,
                                        const std::vector<std::string>& emulator,
                                        const std::string& trial, std::string& reason) {
  if (profile.qemu.empty()) {
    reason = fmt::format("no emulator executes all of {}", profile.name);
    return std::nullopt;
  }
  for (const auto& cpu : profile.qemu) {
    Command command;
    command.argv = emulator;
    command.argv.insert(command.argv.end(), {"-cpu", cpu.cpu, trial});
    command.timeout = std::chrono::seconds(30);
    const Outcome outcome = runner.run(command);
    if (outcome.ok()) return cpu;
    const std::string line = outcome.output.substr(0, outcome.output.find('\n'));
    reason = fmt::format("{} -cpu {}: {}", emulator.front(), cpu.cpu,
                         line.empty() ? outcome.describe() : line);
  }
  return std::nullopt;
}

}  // namespace pytune
