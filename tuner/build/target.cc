#include "build/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "build/cross_configure.h"
#include "build/slot_commands.h"
#include "toolchain/cpu_names.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// Features whose instructions a compiler chooses by itself for C; others take an intrinsic or an
// assembler, or are hints that do nothing where they are unknown (Arm ARM DDI 0487, C2 and the
// AArch64 options of GCC's manual).
constexpr std::array kChosenByCompilers = {
    "lse",       "rdm",    "dotprod", "fullfp16", "fp16fml", "rcpc",     "sve",     "sve2",
    "complxnum", "jsconv", "i8mm",    "bf16",     "crc",     "avx",      "avx2",    "bmi",
    "bmi2",      "fma",    "lzcnt",   "movbe",    "popcnt",  "f16c",     "avx512f", "avx512bw",
    "avx512cd",  "sse3",   "ssse3",   "sse4.1",   "sse4.2",  "avx512dq", "avx512vl"};

// 4 of "v8.4a"; v9.N is v8.(N+5) and more (Arm ARM DDI 0487, A2.2).
int architecture_level(const std::vector<std::string>& features) {
  int level = 0;
  for (const std::string& feature : features) {
    if (feature.size() < 3 || feature[0] != 'v' || (feature[1] != '8' && feature[1] != '9'))
      continue;
    const int extra = feature.size() > 3 && feature[2] == '.' ? feature[3] - '0' : 0;
    level = std::max(level, extra + (feature[1] == '9' ? 5 : 0));
  }
  return level;
}

std::string major_of(const std::string& version) { return version.substr(0, version.find('.')); }

}  // namespace

std::string runtime_in_slot(const std::string& clang_major) {
  return fmt::format("../libclang_rt.profile-{}.a", clang_major);
}

Toolchain in_slot(Toolchain toolchain, const Target& target) {
  for (auto* words : {&toolchain.words, &toolchain.link_words})
    for (std::string& word : *words) replace_all(word, target.cross.sysroot.string(), kSlotSysroot);
  for (std::string& word : toolchain.profile_link_words)
    for (const auto& [major, runtime] : target.cross.clang_profile_runtimes)
      if (word == runtime.string()) word = runtime_in_slot(major);
  return toolchain;
}

std::vector<std::string> target_configure_arguments(const Toolchain& in_slot, const Target& target,
                                                    const std::string& minor) {
  std::vector<std::string> arguments = cross_configure_words(
      target.build_triple, target.cross.triple, fs::path(kSlotNative) / "bin" / ("python" + minor));
  for (const auto& [name, value] : cross_variables(in_slot, {target.cross.triple, kSlotSysroot}))
    arguments.push_back(fmt::format("{}={}", name, value));
  return arguments;
}

std::vector<std::string> target_run_words(const Target& target, const fs::path& slot) {
  return emulator_words(
      target.machine.emulator,
      {.sysroot = slot / "sysroot", .cpu = target.machine.cpu, .plugin = slot / "plugin.so"});
}

std::optional<fs::path> profile_runtime(const Target& target, const Toolchain& toolchain) {
  const auto& all = target.cross.clang_profile_runtimes;
  const auto found = all.find(major_of(toolchain.version));
  if (toolchain.profile_link_words.empty() || found == all.end() || found->second.empty())
    return std::nullopt;
  return found->second;
}

RecordedTarget recorded(const Target& target, const Toolchain& toolchain, const fs::path& native) {
  RecordedTarget record;
  record.profile = target.profile.name;
  record.triple = target.cross.triple;
  record.sysroot = target.cross.sysroot;
  record.native = native;
  record.plugin = target.machine.plugin;
  if (const auto runtime = profile_runtime(target, toolchain)) {
    record.profile_runtime = *runtime;
    record.profile_runtime_link =
        fs::path(runtime_in_slot(major_of(toolchain.version))).filename().string();
  }
  if (toolchain.bolt_runtime) record.bolt_runtime = *toolchain.bolt_runtime;
  record.run_words =
      emulator_words(target.machine.emulator, emulation_in(target.machine, target.cross.sysroot));
  return record;
}

std::optional<std::string> cannot_run_on(const Target& target, const std::string& cpu) {
  const CpuTarget code = parse_cpu(cpu, target.profile.architecture);
  const auto implied = implied_features(code.name, target.profile.architecture);
  const auto& has = target.profile.features;
  std::vector<std::string> lacking;
  for (const std::string& feature : implied) {
    const bool chosen = std::find(kChosenByCompilers.begin(), kChosenByCompilers.end(), feature) !=
                        kChosenByCompilers.end();
    const bool without =
        std::find(code.without.begin(), code.without.end(), feature) != code.without.end();
    if (chosen && !without && std::find(has.begin(), has.end(), feature) == has.end())
      lacking.push_back(feature);
  }
  if (lacking.empty() && architecture_level(implied) > architecture_level(has))
    lacking.emplace_back("such late level of the architecture");
  if (lacking.empty()) return std::nullopt;
  return fmt::format(
      "code for {} does not run on {}, which has no {}; sweep for a target that does", code.name,
      target.profile.name, fmt::join(lacking, ", "));
}

}  // namespace pytune
