#include "measure/emulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace pytune {
namespace {

enum class Family { unknown, x86, arm, other };

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// `word` begins a word of `text`, in whatever case: "Arm" is in "ARMv8 (64-bit)", not in "swarm".
bool has_word(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  for (auto from = text.begin(); from != text.end(); ++from) {
    from = std::search(from, text.end(), word.begin(), word.end(), same);
    if (from == text.end()) return false;
    if (from == text.begin() || !is_letter_or_digit(*std::prev(from))) return true;
  }
  return false;
}

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return has_word(text, word); });
}

constexpr std::array<std::string_view, 7> kOthers = {"riscv64",     "ppc64le", "ppc64", "s390x",
                                                     "loongarch64", "mips64",  "mips"};

// What the interpreter was compiled for.
Family of_program(const MachineFacts& facts) {
  static constexpr std::array<std::string_view, 6> kX86 = {"AMD64", "x86_64", "x86",
                                                           "i386",  "i686",   "Intel"};
  static constexpr std::array<std::string_view, 5> kArm = {"ARM64", "aarch64", "armv7l", "armv8l",
                                                           "ARM"};
  for (const std::string_view text : {facts.compiler, facts.platform}) {
    if (has_any(text, kOthers)) return Family::other;
    if (has_any(text, kX86)) return Family::x86;
    if (has_any(text, kArm)) return Family::arm;
  }
  return Family::unknown;
}

// "aarch64" of "bm-20240101-NICKNAME-aarch64-python-main-3.13.0-abcdef0.json".
std::string_view architecture_in(std::string_view file) {
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 == 0
  if (!file.starts_with("bm-")) return {};
  for (int skipped = 0; skipped < 3; ++skipped)
    file.remove_prefix(std::min(file.find('-'), file.size() - 1) + 1);
  return file.substr(0, file.find('-'));
}

Family of_machine(const MachineFacts& facts) {
  static constexpr std::array<std::string_view, 29> kArm = {
      "ARM",     "Neoverse", "Cortex",       "Apple",    "Snapdragon", "Qualcomm",
      "Ampere",  "Graviton", "Kunpeng",      "ThunderX", "AArch64",    "Microsoft SQ",
      "Cobalt",  "Oryon",    "Altra",        "Axion",    "Yitian",     "Grace",
      "Phytium", "A64FX",    "HiSilicon",    "Exynos",   "MediaTek",   "Rockchip",
      "NVIDIA",  "BCM27",    "Raspberry Pi", "Tegra",    "Falkor"};
  static constexpr std::array<std::string_view, 9> kX86 = {
      "Intel", "AMD", "Xeon", "EPYC", "Ryzen", "Hygon", "Zhaoxin", "Pentium", "Celeron"};
  if (has_any(facts.cpu_model, kArm)) return Family::arm;
  if (has_any(facts.cpu_model, kX86)) return Family::x86;
  const std::string_view architecture = architecture_in(facts.file);
  if (architecture == "aarch64" || architecture == "arm64") return Family::arm;
  return Family::unknown;
}

}  // namespace

std::string emulation_of(const MachineFacts& facts) {
  if (has_word(facts.cpu_model, "VirtualApple")) return "x86-64 on Apple silicon, by Rosetta";
  if (has_word(facts.cpu_model, "TCG") || has_word(facts.cpu_model, "QEMU Virtual CPU"))
    return fmt::format("the CPU is QEMU's own, \"{}\"", facts.cpu_model);
  for (const std::string_view name : {"FEX", "Box64", "Box86"})
    if (has_word(facts.cpu_model, name)) return fmt::format("x86 on Arm, by {}", name);
  const Family program = of_program(facts);
  const Family machine = of_machine(facts);
  if (program == Family::x86 && machine == Family::arm) {
    if (has_word(facts.platform, "Windows") || has_word(facts.compiler, "MSC"))
      return "x86 on Arm, by Windows";
    if (has_word(facts.platform, "macOS") || has_word(facts.platform, "Darwin"))
      return "x86-64 on Apple silicon, by Rosetta";
    return "a program for x86 on an Arm CPU";
  }
  if (program == Family::other && machine != Family::unknown)
    return fmt::format("a program for {} on {} CPU",
                       *std::find_if(kOthers.begin(), kOthers.end(),
                                     [&](std::string_view word) {
                                       return has_word(facts.platform, word) ||
                                              has_word(facts.compiler, word);
                                     }),
                       machine == Family::arm ? "an Arm" : "an x86");
  if (program == Family::arm && machine == Family::x86) return "a program for Arm on an x86 CPU";
  return "";
}

}  // namespace pytune
