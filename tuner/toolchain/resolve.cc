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

namespace {

// By LLVM's name; by the compiler's own for this machine where it is older than the CPU.
CpuTarget native_for(const Toolchain& toolchain, ToolchainProbe& probe) {
  CpuTarget cpu = host_cpu();
  CpuTarget plain;
  plain.name = cpu.name;
  if (probe.trial(toolchain, cpu_flags(plain, toolchain.architecture))) {
    const auto own = probe.native_name(toolchain);
    const auto known = known_cpus(toolchain.architecture);
    if (own && std::find(known.begin(), known.end(), *own) != known.end()) cpu = native_cpu(*own);
  }
  return spelled_for(std::move(cpu), toolchain, probe);
}

}  // namespace

std::optional<std::string> resolve(Configuration& configuration, ToolchainProbe& probe) {
  std::string reason;
  const Toolchain* toolchain = probe.probe(configuration.get<Compiler>(), reason);
  if (toolchain == nullptr) return reason;
  configuration.set<Compiler>(toolchain->name);
  const std::string cpu = configuration.get<Cpu>();
  try {
    if (cpu == "native") {
      if (toolchain->architecture != read_host().architecture)
        return fmt::format("cpu=native has no meaning for a compiler for {}; name the CPU",
                           toolchain->architecture);
      configuration.set<Cpu>(native_for(*toolchain, probe).spelling());
    } else {
      configuration.set<Cpu>(parse_cpu(cpu, toolchain->architecture).spelling());
    }
  } catch (const UsageError& e) {
    return e.what();
  }
  return std::nullopt;
}

}  // namespace pytune
