#include <fmt/format.h>

#include <algorithm>

#include "sys/error.h"
#include "sys/host.h"
#include "toolchain/flags.h"

namespace pytune {

CpuTarget spelled_for(CpuTarget cpu, const Toolchain& toolchain, ToolchainProbe& probe) {
  std::erase_if(cpu.without, [&](const std::string& feature) {
    CpuTarget only;
    only.name = "generic";
    only.without = {feature};
    return probe.trial(toolchain, cpu_flags(only, toolchain.architecture)).has_value();
  });
  return cpu;
}

const CpuTarget& ToolchainProbe::native_target(const Toolchain& toolchain) {
  const auto [known, unasked] = natives_.try_emplace(shell_quote(toolchain.call({})));
  if (!unasked) return known->second;
  CpuTarget cpu = host_cpu();
  CpuTarget plain;
  plain.name = cpu.name;
  if (trial(toolchain, cpu_flags(plain, toolchain.architecture))) {
    const auto own = native_name(toolchain);
    const auto known_names = known_cpus(toolchain.architecture);
    if (own && std::find(known_names.begin(), known_names.end(), *own) != known_names.end())
      cpu = native_cpu(*own);
  }
  known->second = spelled_for(std::move(cpu), toolchain, *this);
  return known->second;
}

std::optional<std::string> resolve(Configuration& configuration, ToolchainProbe& probe) {
  std::string reason;
  const Toolchain* toolchain = probe.probe(configuration.get<Compiler>(), reason);
  if (toolchain == nullptr) return reason;
  configuration.set<Compiler>(toolchain->name);
  const std::string cpu = configuration.get<Cpu>();
  try {
    if (cpu == "native") {
      if (toolchain->architecture != host_architecture())
        return fmt::format("cpu=native has no meaning for a compiler for {}; name the CPU",
                           toolchain->architecture);
      configuration.set<Cpu>(probe.native_target(*toolchain).spelling());
    } else {
      configuration.set<Cpu>(parse_cpu(cpu, toolchain->architecture).spelling());
    }
  } catch (const UsageError& e) {
    return e.what();
  }
  return std::nullopt;
}

}  // namespace pytune
