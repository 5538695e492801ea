#include "toolchain/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "spec/environment.h"
#include "sys/error.h"
#include "sys/host.h"

namespace pytune {
namespace {

void append(std::vector<std::string>& into, std::string_view text) {
  for (auto& word : words(text)) into.push_back(std::move(word));
}

template <class Axis>
const FlagRow& row(const Configuration& configuration, CompilerFamily family) {
  for (const auto& choice : Axis::choices) {
    if (choice.value == configuration.get<Axis>())
      return family == CompilerFamily::gcc ? choice.gcc : choice.clang;
  }
  throw std::logic_error("a configuration holds a value outside its table");
}

// Axes that the instrumented build does not depend on. clang's front end counts along the source's
// control flow; gcc counts after its early passes, which turn some switches into tables of
// addresses only where the code has a fixed place.
template <class Axis>
constexpr bool after_profile(CompilerFamily family) {
  return std::is_same_v<Axis, Lto> || std::is_same_v<Axis, Linker> || std::is_same_v<Axis, Bolt> ||
         (std::is_same_v<Axis, Pie> && family == CompilerFamily::clang);
}

constexpr std::string_view kRelocatableRpath = "-Wl,-rpath,\\$$ORIGIN/../lib";

bool uses_lto(const Configuration& c) { return c.get<Lto>() != Lto::Value::none; }
bool clang_needs_lld(const Configuration& c, CompilerFamily family) {
  return family == CompilerFamily::clang && uses_lto(c) &&
         c.get<Linker>() == Linker::Value::standard;
}

// Points that no single axis rules out by itself.
struct Rule {
  bool (*broken)(const Configuration&, const Toolchain&);
  std::string_view reason;
};

// CPython's Objects/obmalloc.c: without the lock only its own copy of mimalloc is safe.
bool names_other_allocator(const Configuration& c) {
  const Environment variables = environment_of(c);
  const auto found = variables.find("PYTHONMALLOC");
  return found != variables.end() && found->second.find("malloc") != std::string::npos &&
         !found->second.starts_with("mimalloc");
}

constexpr std::array<Rule, 8> kRules{{
    {[](const Configuration& c, const Toolchain&) {
       return c.get<Gil>() == Gil::Value::off && names_other_allocator(c);
     },
     "a free-threaded CPython has an allocator of its own and does not start with PYTHONMALLOC of "
     "another; leave it out where gil=off"},
    {[](const Configuration& c, const Toolchain& t) {
       return t.family == CompilerFamily::gcc && uses_lto(c) &&
              c.get<Linker>() == Linker::Value::lld;
     },
     "lld cannot read gcc's LTO objects; use linker=bfd, gold or mold"},
    {[](const Configuration& c, const Toolchain& t) {
       return t.family == CompilerFamily::clang && uses_lto(c) &&
              (c.get<Linker>() == Linker::Value::bfd || c.get<Linker>() == Linker::Value::gold);
     },
     "clang's LTO needs lld here (bfd and gold would need the LLVM plugin); use linker=default or "
     "lld"},
    {[](const Configuration& c, const Toolchain&) {
       return c.get<Bolt>() == Bolt::Value::on && c.get<Pie>() == Pie::Value::pie;
     },
     "BOLT is given up for position-independent executables: CPython's own BOLT build turns PIE "
     "off too; use pie=no-pie"},
    {[](const Configuration& c, const Toolchain&) {
       return c.get<Bolt>() == Bolt::Value::on && c.get<Libpython>() == Libpython::Value::shared;
     },
     "BOLT miscompiles a shared libpython with packed relocations in some versions; use "
     "libpython=static"},
    {[](const Configuration& c, const Toolchain& t) {
       return c.get<Bolt>() == Bolt::Value::on && !(t.bolt && t.merge_fdata);
     },
     "llvm-bolt or merge-fdata is not installed; on Debian: apt-get install bolt-19"},
    {[](const Configuration& c, const Toolchain& t) {
       return c.get<Pgo>() != Pgo::Value::none && t.family == CompilerFamily::clang && !t.profdata;
     },
     "llvm-profdata of the same version as this clang is not installed; on Debian: apt-get install "
     "llvm-N, N the clang's version"},
    {[](const Configuration& c, const Toolchain&) {
       return c.get<Pie>() == Pie::Value::no_pie && c.get<Libpython>() == Libpython::Value::shared;
     },
     "with a shared libpython the executable is a stub: pie=no-pie changes nothing that runs; use "
     "libpython=static"},
}};

std::vector<std::string> trial_words(const Configuration& configuration,
                                     const Toolchain& toolchain) {
  const FlagSet flags = flags_for(configuration, toolchain);
  std::vector<std::string> all = flags.compile;
  all.insert(all.begin(), flags.opt);
  all.insert(all.end(), flags.link.begin(), flags.link.end());
  all.insert(all.end(), flags.executable.begin(), flags.executable.end());
  return all;
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> result;
  for (std::string word; in >> word;) result.push_back(word);
  return result;
}

FlagSet flags_for(const Configuration& configuration, const Toolchain& toolchain, bool profiled) {
  FlagSet flags;
  flags.exporting = {"-Xlinker", "-export-dynamic"};  // CPython's own on Linux
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if constexpr (ClosedAxis<Axis>) {
      const FlagRow& r = row<Axis>(configuration, toolchain.family);
      if (!r.configure.empty()) append(flags.configure, r.configure);
      if (profiled && after_profile<Axis>(toolchain.family)) return;
      if constexpr (std::is_same_v<Axis, OptLevel>) {
        flags.opt = std::string(r.compile);
      } else {
        append(flags.compile, r.compile);
        append(flags.link, r.link);
        append(flags.executable, r.executable);
      }
    }
  });
  if (configuration.get<Libpython>() == Libpython::Value::shared) {
    // Past make ($$) and past the recipe's shell (\\) the linker sees $ORIGIN: the prefix can then
    // be moved anywhere.
    flags.exporting.emplace_back(kRelocatableRpath);
  }
  if (profiled) {
    append(flags.compile, configuration.get<ExtraCflags>());
    return flags;
  }
  const auto cpu = cpu_flags(parse_cpu(configuration.get<Cpu>(), toolchain.architecture),
                             toolchain.architecture);
  flags.compile.insert(flags.compile.end(), cpu.begin(), cpu.end());
  append(flags.compile, configuration.get<ExtraCflags>());
  if (uses_lto(configuration)) {
    // The code is generated at link time: the level and the CPU must be said there again.
    flags.link.push_back(flags.opt);
    flags.link.insert(flags.link.end(), cpu.begin(), cpu.end());
  }
  if (clang_needs_lld(configuration, toolchain.family)) flags.link.emplace_back("-fuse-ld=lld");
  return flags;
}

std::vector<std::string> profile_generate_flags(CompilerFamily family) {
  return family == CompilerFamily::gcc ? std::vector<std::string>{"-fprofile-generate"}
                                       : std::vector<std::string>{"-fprofile-instr-generate"};
}

std::vector<std::string> profile_generate_link(const Toolchain& toolchain) {
  std::vector<std::string> flags = profile_generate_flags(toolchain.family);
  flags.insert(flags.end(), toolchain.profile_link_words.begin(),
               toolchain.profile_link_words.end());
  return flags;
}

std::vector<std::string> profile_use_flags(CompilerFamily family, const std::string& profile) {
  // -fprofile-correction: counters of threads may disagree; -Wno-missing-profile: modules the
  // training never loads have none. A mismatch, which gcc takes for an error by itself, costs one
  // function its profile, not the build; compile_log.h finds it.
  if (family == CompilerFamily::gcc)
    return {"-fprofile-use", "-fprofile-correction", "-Wno-missing-profile",
            "-Wno-error=coverage-mismatch"};
  return {"-fprofile-instr-use=" + profile, "-Wno-profile-instr-unprofiled",
          "-Wno-profile-instr-out-of-date"};
}

// CPython's own, but for -icf=0: folding identical code made distinct functions share an address,
// which CPython compares (slot functions). -use-gnu-stack costs the header that
// stack_header_patch() puts back.
std::vector<std::string> bolt_flags() {
  return {"-update-debug-sections=0",
          "-reorder-blocks=ext-tsp",
          "-reorder-functions=cdsort",
          "-split-functions",
          "-split-strategy=cdsplit",
          "-icf=0",
          "-inline-all",
          "-split-eh",
          "-jump-tables=move",
          "-peepholes=none",
          "-frame-opt=hot",
          "-use-gnu-stack",
          "-dyno-stats"};
}

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

// "-fuse-ld=lld", where the configuration names a linker or needs another than the usual one.
std::optional<std::string> linker_word(const Configuration& configuration, CompilerFamily family) {
  if (clang_needs_lld(configuration, family)) return "-fuse-ld=lld";
  const std::string_view word = row<Linker>(configuration, family).link;
  return word.empty() ? std::nullopt : std::optional(std::string(word));
}

// Debian's; clang looks for the linker of its own version first.
std::string linker_package(const std::string& word, const Toolchain& toolchain) {
  std::string name = word.substr(word.find('=') + 1);
  if (name == "bfd" || name == "gold") return "binutils";
  if (name != "lld" || toolchain.family == CompilerFamily::gcc) return name;
  return fmt::format("lld-{}", toolchain.version.substr(0, toolchain.version.find('.')));
}

// What trials of the compiler with its companions say.
std::optional<std::string> unfit(const Configuration& configuration, const Toolchain& toolchain,
                                 ToolchainProbe& probe) {
  // CPython's own words for every file, from 3.11 on.
  if (const auto complaint = probe.trial(toolchain, {"-std=c11"}))
    return fmt::format("{} does not compile C11, in which CPython is written: {}", toolchain.name,
                       *complaint);
  if (const auto lost = probe.premises_trial(toolchain, {}))
    return fmt::format("{} cannot build CPython: {}", toolchain.name, *lost);
  const std::vector<std::string> all = trial_words(configuration, toolchain);
  if (const auto linker = linker_word(configuration, toolchain.family))
    if (const auto complaint = probe.trial(toolchain, {*linker}))
      return fmt::format("{} cannot link by {}: {}; on Debian: apt-get install {}", toolchain.name,
                         *linker, *complaint, linker_package(*linker, toolchain));
  if (const auto complaint = probe.trial(toolchain, all))
    return fmt::format("{} does not accept the flags: {}", toolchain.name, *complaint);
  if (const std::string& extra = configuration.get<ExtraCflags>(); !extra.empty())
    if (const auto lost = probe.premises_trial(toolchain, words(extra)))
      return fmt::format("{} cannot build CPython with cflags=\"{}\": {}", toolchain.name, extra,
                         *lost);
  const std::string major = toolchain.version.substr(0, toolchain.version.find('.'));
  if (configuration.get<Pgo>() != Pgo::Value::none)
    if (const auto complaint = probe.profile_trial(toolchain))
      return toolchain.family == CompilerFamily::gcc
                 ? fmt::format("{} cannot build for profiling: {}", toolchain.name, *complaint)
                 : fmt::format(
                       "{} cannot build for profiling, or {} cannot merge its profiles: {}; "
                       "on Debian: apt-get install libclang-rt-{}-dev llvm-{}",
                       toolchain.name, toolchain.profdata.value_or("llvm-profdata"), *complaint,
                       major, major);
  if (configuration.get<BytecodeDispatch>() == BytecodeDispatch::Value::tail_call)
    if (const auto complaint = probe.tail_call_trial(toolchain, all))
      return fmt::format("{} cannot make an interpreter of tail calls: {}; clang 19 and later can",
                         toolchain.name, *complaint);
  if (uses_lto(configuration))
    if (const auto complaint = probe.archive_trial(toolchain, all))
      return fmt::format(
          "a library that {} makes of {}'s LTO objects does not link: {}; the archiver has to be "
          "the compiler's own, {}",
          toolchain.ar, toolchain.name, *complaint,
          toolchain.family == CompilerFamily::gcc ? "gcc-ar of the same version"
                                                  : "llvm-ar of LLVM " + major + " or later");
  if (configuration.get<Bolt>() == Bolt::Value::on)
    if (const auto complaint = probe.bolt_trial(toolchain, all))
      return fmt::format("{} cannot do it: {}; on Debian: apt-get install bolt-19", *toolchain.bolt,
                         *complaint);
  return std::nullopt;
}

// "; the nearest that it knows is cpu=neoverse-v2". A trial each, so not of all.
std::string nearest_words(const Configuration& configuration, const Toolchain& toolchain,
                          ToolchainProbe& probe) {
  constexpr std::size_t kMostTried = 12;
  const CpuTarget asked = parse_cpu(configuration.get<Cpu>(), toolchain.architecture);
  auto names = lesser_cpus(asked.name, toolchain.architecture);
  names.resize(std::min(names.size(), kMostTried));
  for (const std::string& name : names) {
    CpuTarget cpu = asked;
    cpu.name = name;
    if (!probe.trial(toolchain, cpu_flags(cpu, toolchain.architecture)))
      return fmt::format("; the nearest that it knows is cpu={}", cpu.spelling());
  }
  return "";
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

std::optional<std::string> impossible(const Configuration& configuration,
                                      const Toolchain& toolchain, ToolchainProbe& probe) {
  std::optional<std::string> reason;
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if constexpr (ClosedAxis<Axis>) {
      const FlagRow& r = row<Axis>(configuration, toolchain.family);
      if (!reason && !r.impossible.empty()) reason = std::string(r.impossible);
    }
  });
  if (reason) return reason;
  for (const auto& rule : kRules) {
    if (rule.broken(configuration, toolchain)) return std::string(rule.reason);
  }
  const auto cpu = cpu_flags(parse_cpu(configuration.get<Cpu>(), toolchain.architecture),
                             toolchain.architecture);
  if (const auto complaint = cpu.empty() ? std::nullopt : probe.trial(toolchain, cpu))
    return fmt::format("{} does not accept cpu={}: {}{}", toolchain.name, configuration.get<Cpu>(),
                       *complaint, nearest_words(configuration, toolchain, probe));
  if (toolchain.stand_in) return std::nullopt;
  if (auto why = unfit(configuration, toolchain, probe)) return why;
  return std::nullopt;
}

}  // namespace pytune
