#include "toolchain/cpu_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/TargetParser/AArch64TargetParser.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/X86TargetParser.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "input/suggestion.h"
#include "spec/configuration.h"
#include "sys/error.h"
#include "sys/host.h"
#include "toolchain/native_equivalent.h"

namespace pytune {
namespace {

constexpr const char* kX86 = "x86_64";
constexpr const char* kArm = "aarch64";

// Names LLVM lists for hosts that cannot run 64-bit code, and spellings gcc does not share, are
// LLVM's business: an unknown name is caught here, one the compiler does not know is dropped with
// the compiler's reason.
std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

// What people call Arm servers, and the core in them as their makers' pages name it: AWS
// (Graviton technical guide), Ampere, Alibaba (Yitian 710), Google (Axion), Microsoft (Cobalt),
// NVIDIA, Huawei. A name that LLVM knows itself is not looked up here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kMachines{{
    {"graviton", "cortex-a72"},    {"graviton2", "neoverse-n1"}, {"graviton3", "neoverse-v1"},
    {"graviton3e", "neoverse-v1"}, {"graviton4", "neoverse-v2"}, {"graviton5", "neoverse-v3"},
    {"altra", "neoverse-n1"},      {"altra-max", "neoverse-n1"}, {"ampereone", "ampere1"},
    {"ampereonex", "ampere1a"},    {"yitian", "neoverse-n2"},    {"yitian-710", "neoverse-n2"},
    {"axion", "neoverse-v2"},      {"cobalt", "neoverse-n2"},    {"cobalt-100", "neoverse-n2"},
    {"cobalt-200", "neoverse-v3"}, {"grace", "neoverse-v2"},     {"kunpeng", "tsv110"},
    {"kunpeng-920", "tsv110"},
}};

constexpr std::string_view kServers = "neoverse-";  // Arm's own

std::string known_name(const std::string& name, const std::string& architecture) {
  std::vector<std::string> known = known_cpus(architecture);
  if (name == "generic" || std::find(known.begin(), known.end(), name) != known.end()) return name;
  if (architecture == kArm)
    for (const auto& [machine, core] : kMachines) {
      if (name == machine) return std::string(core);
      known.emplace_back(machine);
    }
  throw UsageError(
      fmt::format("unknown {} CPU \"{}\"{}", architecture, name, suggestion(name, known)));
}

bool feature_name(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

// LLVM's own feature list holds tuning and naming oddities no compiler flag exists for.
bool has_flag(llvm::StringRef feature) {
  static const std::vector<std::string> without_flag = {
      "64bit", "cmov", "cx8", "x87", "nopl", "fxsr", "mmx", "crc32", "evex512", "usermsr"};
  return std::find(without_flag.begin(), without_flag.end(), feature.str()) == without_flag.end();
}

// Levels ("v9.2a") stand for features that are named besides. LLVM leaves cryptography and what
// Armv8.5 demands of all out of some Armv9 cores, which have it; no compiler makes it of C by
// itself.
bool decides_nothing(const std::string& feature) {
  static const std::vector<std::string> unnamed = {"aes", "sha2", "sha3", "sm4", "sb", "ccdp"};
  const bool level =
      feature.size() > 1 && feature.front() == 'v' && feature[1] >= '0' && feature[1] <= '9';
  return level || !has_flag(feature) ||
         std::find(unnamed.begin(), unnamed.end(), feature) != unnamed.end();
}

std::vector<std::string> deciding_features(const std::string& name,
                                           const std::string& architecture) {
  std::vector<std::string> features = implied_features(name, architecture);
  std::erase_if(features, decides_nothing);
  return features;
}

}  // namespace

std::string CpuTarget::spelling() const {
  std::string text = name;
  if (!tune.empty()) text += ",tune=" + tune;
  if (!without.empty()) text += fmt::format(",no={}", fmt::join(without, "+"));
  return text;
}

std::vector<std::string> known_cpus(const std::string& architecture) {
  llvm::SmallVector<llvm::StringRef, 128> names;
  if (architecture == kX86)
    llvm::X86::fillValidCPUArchList(names, /*Only64Bit=*/true);
  else
    llvm::AArch64::fillValidCPUArchList(names);
  std::vector<std::string> result;
  for (const auto name : names) result.push_back(name.str());
  return result;
}

CpuTarget parse_cpu(const std::string& value, const std::string& architecture) {
  const auto parts = split(value, ',');
  CpuTarget cpu;
  cpu.name = known_name(parts.front(), architecture);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].starts_with("tune=")) {
      cpu.tune = known_name(parts[i].substr(5), architecture);
    } else if (parts[i].starts_with("no=")) {
      cpu.without = split(parts[i].substr(3), '+');
      if (!std::all_of(cpu.without.begin(), cpu.without.end(), feature_name))
        throw UsageError(fmt::format("CPU \"{}\": no= takes feature names joined by +", value));
    } else {
      throw UsageError(fmt::format("CPU \"{}\": \"{}\" is neither tune=NAME nor no=FEATURE+FEATURE",
                                   value, parts[i]));
    }
  }
  return cpu;
}

std::vector<std::string> lesser_cpus(const std::string& name, const std::string& architecture) {
  const std::vector<std::string> all = deciding_features(name, architecture);
  std::vector<std::pair<std::size_t, std::string>> lesser;
  for (const std::string& other : known_cpus(architecture)) {
    const std::vector<std::string> features = deciding_features(other, architecture);
    if (other != name && std::includes(all.begin(), all.end(), features.begin(), features.end()))
      lesser.emplace_back(features.size(), other);
  }
  // "znver4" for "znver5", though another maker's CPU may have more of its features.
  const std::string family = name.substr(0, name.find_first_of("0123456789"));
  const auto rank = [&](const std::pair<std::size_t, std::string>& cpu) {
    return std::tuple(cpu.second.starts_with(family), cpu.second.starts_with(kServers), cpu.first);
  };
  std::stable_sort(lesser.begin(), lesser.end(),
                   [&](const auto& one, const auto& other) { return rank(one) > rank(other); });
  std::vector<std::string> names;
  names.reserve(lesser.size());
  for (auto& [features, other] : lesser) names.push_back(std::move(other));
  return names;
}

std::vector<std::string> implied_features(const std::string& name,
                                          const std::string& architecture) {
  std::vector<std::string> result;
  if (architecture == kX86) {
    llvm::SmallVector<llvm::StringRef, 64> features;
    llvm::X86::getFeaturesForCPU(name == "generic" ? "x86-64" : name, features);
    for (const auto feature : features) result.push_back(feature.str());
  } else {
    llvm::AArch64::ExtensionSet extensions;
    // LLVM's own "generic" has what helps its assembler besides.
    const auto cpu = name == "generic" ? std::nullopt : llvm::AArch64::parseCpu(name);
    if (cpu) {
      extensions.addCPUDefaults(*cpu);
    } else {
      extensions.addArchDefaults(llvm::AArch64::ARMV8A);
    }
    std::vector<llvm::StringRef> features;
    extensions.toLLVMFeatureList(features);
    for (const auto feature : features) {
      if (feature.starts_with("+")) result.push_back(feature.drop_front().str());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

CpuTarget host_cpu() {
  if (host_architecture() == kArm) return arm_native_cpu(host_arm_cores());
  return native_cpu(llvm::sys::getHostCPUName().str());
}

CpuTarget native_cpu(const std::string& name) {
  CpuTarget cpu;
  cpu.name = name;
  const std::string architecture = host_architecture();
  if (architecture == kArm) return arm_cpu_on(name, host_arm_cores());
  if (architecture != kX86) return cpu;
  const llvm::StringMap<bool> present = llvm::sys::getHostCPUFeatures();
  llvm::SmallVector<llvm::StringRef, 128> implied;
  llvm::X86::getFeaturesForCPU(cpu.name, implied);
  for (const auto feature : implied) {
    const auto found = present.find(feature);
    if (has_flag(feature) && (found == present.end() || !found->second))
      cpu.without.push_back(feature.str());
  }
  std::sort(cpu.without.begin(), cpu.without.end());
  return cpu;
}

std::vector<std::string> cpu_flags(const CpuTarget& cpu, const std::string& architecture) {
  std::vector<std::string> flags;
  if (architecture == kX86) {
    if (cpu.name != "generic") flags.push_back("-march=" + cpu.name);
    if (!cpu.tune.empty()) flags.push_back("-mtune=" + cpu.tune);
    for (const auto& feature : cpu.without) flags.push_back("-mno-" + feature);
    return flags;
  }
  std::string name = cpu.name;
  for (const auto& feature : cpu.without) name += "+no" + feature;
  if (name != "generic") flags.push_back("-mcpu=" + name);
  if (!cpu.tune.empty()) flags.push_back("-mtune=" + cpu.tune);
  return flags;
}

std::string cpu_requirement(const CpuTarget& cpu, const std::string& architecture) {
  const std::string any =
      architecture == kX86 ? "any x86-64 machine" : "any 64-bit Arm machine (Armv8-A)";
  if (cpu.name == "generic") return "runs on " + any;
  constexpr std::size_t kMostNames = 3;  // dozens would say less than their number
  const std::string less = cpu.without.empty() ? ""
                           : cpu.without.size() <= kMostNames
                               ? fmt::format(" (without {})", fmt::join(cpu.without, ", "))
                               : fmt::format(" (without {} of them)", cpu.without.size());
  return fmt::format("needs a CPU with the features of {}{}", cpu.name, less);
}

}  // namespace pytune
