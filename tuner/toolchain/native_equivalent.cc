#include "toolchain/native_equivalent.h"

#include <fmt/format.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <sstream>

#include "input/text.h"
#include "sys/files.h"
#include "sys/host.h"

namespace pytune {
namespace {

constexpr std::size_t kMostKinds = 64;

// A feature that programs can use, LLVM's name of it, what +no takes, and the HWCAPs that must all
// be there. From the kernel's Documentation/arch/arm64/elf_hwcaps.rst, the Arm ARM's ID registers
// it cites, and the compilers' manuals on -march=...+FEATURE. What is of use to kernels only (ras,
// spe, trbe) has no HWCAP and so no row.
struct Feature {
  std::string_view llvm;
  std::string_view flag;
  std::string_view hwcaps;
};

constexpr std::array kFeatures = {
    Feature{"fp-armv8", "fp", "fp"},
    Feature{"neon", "simd", "asimd"},
    Feature{"aes", "aes", "aes pmull"},
    Feature{"sha2", "sha2", "sha1 sha2"},
    Feature{"sha3", "sha3", "sha3 sha512"},
    Feature{"sm4", "sm4", "sm3 sm4"},
    Feature{"crc", "crc", "crc32"},
    Feature{"lse", "lse", "atomics"},
    Feature{"rdm", "rdma", "asimdrdm"},
    Feature{"fullfp16", "fp16", "fphp asimdhp"},
    Feature{"fp16fml", "fp16fml", "asimdfhm"},
    Feature{"dotprod", "dotprod", "asimddp"},
    Feature{"rcpc", "rcpc", "lrcpc"},
    Feature{"jsconv", "jscvt", "jscvt"},
    Feature{"complxnum", "fcma", "fcma"},
    Feature{"i8mm", "i8mm", "i8mm"},
    Feature{"bf16", "bf16", "bf16"},
    Feature{"sve", "sve", "sve"},
    Feature{"sve2", "sve2", "sve2"},
    Feature{"sve2-bitperm", "sve2-bitperm", "svebitperm"},
    Feature{"rand", "rng", "rng"},
    Feature{"sb", "sb", "sb"},
    Feature{"ssbs", "ssbs", "ssbs"},
    Feature{"mte", "memtag", "mte"},
    Feature{"pauth", "pauth", "paca"},
};

// Newest first; each needs all that those it stands before need of the features above, but for
// sve2 and rand, which split the second generation of Neoverse.
constexpr std::array kStandIns = {"neoverse-v2", "neoverse-n2", "neoverse-v1", "neoverse-n1",
                                  "cortex-a72"};

// Masked by nearly every hypervisor or useful to programs that ask for them only: no reason to take
// a lesser stand-in.
constexpr std::array<std::string_view, 5> kRarelyOffered = {"mte", "pauth", "rand", "ssbs", "sb"};

std::uint32_t number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

bool same_kind(const ArmCore& a, const ArmCore& b) {
  return a.implementer == b.implementer && a.part == b.part && a.variant == b.variant &&
         a.revision == b.revision && a.hwcaps == b.hwcaps;
}

std::vector<std::string> common_hwcaps(const std::vector<ArmCore>& cores) {
  std::vector<std::string> common = cores.front().hwcaps;
  for (const auto& core : cores) {
    std::vector<std::string> both;
    std::set_intersection(common.begin(), common.end(), core.hwcaps.begin(), core.hwcaps.end(),
                          std::back_inserter(both));
    common = std::move(both);
  }
  return common;
}

bool offered(const Feature& feature, const std::vector<std::string>& hwcaps) {
  const auto needed = words_of(feature.hwcaps);
  return std::includes(hwcaps.begin(), hwcaps.end(), needed.begin(), needed.end());
}

// Those of the features that `name` stands for and that are not there, as +no takes them.
std::vector<std::string> lacking(const std::string& name, const std::vector<std::string>& hwcaps,
                                 bool rarely_offered_too) {
  const auto implied = implied_features(name, "aarch64");
  std::vector<std::string> result;
  for (const auto& feature : kFeatures) {
    if (!std::binary_search(implied.begin(), implied.end(), feature.llvm)) continue;
    const bool rarely = std::find(kRarelyOffered.begin(), kRarelyOffered.end(), feature.llvm) !=
                        kRarelyOffered.end();
    if ((rarely_offered_too || !rarely) && !offered(feature, hwcaps))
      result.emplace_back(feature.flag);
  }
  std::sort(result.begin(), result.end());
  return result;
}

// LLVM's table of parts, asked for one core: of a whole big.LITTLE file it takes the last core for
// all. "generic" when it does not know the part.
std::string name_of(const ArmCore& core) {
  return llvm::sys::detail::getHostCPUNameForARM(
             fmt::format("CPU implementer\t: 0x{:02x}\nCPU architecture: 8\nCPU variant\t: 0x{:x}\n"
                         "CPU part\t: 0x{:03x}\n",
                         core.implementer, core.variant, core.part))
      .str();
}

std::string common_name(const std::vector<ArmCore>& cores) {
  const std::string name = name_of(cores.front());
  const auto known = known_cpus("aarch64");
  const bool one =
      std::all_of(cores.begin(), cores.end(), [&](const ArmCore& c) { return name_of(c) == name; });
  return one && std::find(known.begin(), known.end(), name) != known.end() ? name : "generic";
}

}  // namespace

std::vector<ArmCore> parse_arm_cpuinfo(std::string_view text) {
  std::vector<ArmCore> kinds;
  std::optional<ArmCore> current;
  const auto finish = [&] {
    if (!current) return;
    current->count = 1;
    const auto known = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const ArmCore& k) { return same_kind(k, *current); });
    if (known != kinds.end()) {
      ++known->count;
    } else if (kinds.size() < kMostKinds) {
      kinds.push_back(std::move(*current));
    }
    current.reset();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (key == "processor") {
      finish();
      current.emplace();
    }
    if (!current) continue;
    if (key == "Features") current->hwcaps = words_of(value);
    if (key == "CPU implementer") current->implementer = number(value);
    if (key == "CPU variant") current->variant = number(value);
    if (key == "CPU part") current->part = number(value);
    if (key == "CPU revision") current->revision = number(value);
  }
  finish();
  return kinds;
}

CpuTarget arm_cpu_on(const std::string& name, const std::vector<ArmCore>& cores) {
  CpuTarget cpu;
  cpu.name = name;
  if (cores.empty()) return cpu;
  cpu.without = lacking(name, common_hwcaps(cores), true);
  return cpu;
}

CpuTarget arm_native_cpu(const std::vector<ArmCore>& cores) {
  if (cores.empty()) return arm_cpu_on("generic", cores);
  const std::string name = common_name(cores);
  if (name != "generic") return arm_cpu_on(name, cores);
  const auto hwcaps = common_hwcaps(cores);
  for (const char* stand_in : kStandIns) {
    if (!lacking(stand_in, hwcaps, false).empty()) continue;
    CpuTarget cpu = arm_cpu_on(stand_in, cores);
    cpu.tune = "generic";
    return cpu;
  }
  // Every machine has what "generic" stands for, whatever the text says.
  return arm_cpu_on("generic", {});
}

std::vector<ArmCore> host_arm_cores() {
  std::error_code error;
  if (host_architecture() != "aarch64" || !std::filesystem::exists("/proc/cpuinfo", error))
    return {};
  return parse_arm_cpuinfo(read_file("/proc/cpuinfo"));
}

}  // namespace pytune
