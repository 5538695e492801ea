#include "toolchain/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "spec/environment.h"
#include "sys/error.h"
#include "sys/host.h"
#include "sys/process.h"

namespace pytune {

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> result;
  for (std::string word; in >> word;) result.push_back(word);
  return result;
}

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
// addresses only where the code has a fixed place, and inline the C library's checked functions.
template <class Axis>
constexpr bool after_profile(CompilerFamily family) {
  return std::is_same_v<Axis, Lto> || std::is_same_v<Axis, Linker> || std::is_same_v<Axis, Bolt> ||
         std::is_same_v<Axis, AtomicInstructions> || std::is_same_v<Axis, HugePages> ||
         ((std::is_same_v<Axis, Pie> || std::is_same_v<Axis, HardeningFlags>) &&
          family == CompilerFamily::clang);
}

// What generates protection comes after gcc's counting, too.
constexpr std::string_view kOfPreprocessor[] = {"-D", "-U"};

template <class Axis>
std::vector<std::string> compile_words(const FlagRow& row, const Toolchain& toolchain,
                                       bool profiled) {
  std::vector<std::string> all = words(row.compile);
  append(all, toolchain.architecture == "aarch64"  ? row.on_aarch64
              : toolchain.architecture == "x86_64" ? row.on_x86_64
                                                   : std::string_view());
  if (profiled && std::is_same_v<Axis, HardeningFlags>)
    std::erase_if(all, [](const std::string& word) {
      return std::none_of(std::begin(kOfPreprocessor), std::end(kOfPreprocessor),
                          [&](std::string_view start) { return word.starts_with(start); });
    });
  return all;
}

// Words end where " --" follows: one of them may hold flags with blanks between.
void append_options(std::vector<std::string>& into, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(" --"), text.size());
    into.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool has_lse(const Configuration& c, const Toolchain& t) {
  const auto features =
      implied_features(parse_cpu(c.get<Cpu>(), t.architecture).name, t.architecture);
  return std::find(features.begin(), features.end(), "lse") != features.end();
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

bool asks_for_huge_arenas(const Configuration& c) {
  return environment_of(c).contains("PYTHON_PYMALLOC_HUGEPAGES");
}

bool has_huge_arenas(const Configuration& c) {
  const auto pages = c.get<HugePages>();
  return pages == HugePages::Value::arenas || pages == HugePages::Value::both;
}

constexpr Rule kRules[] = {
    {[](const Configuration& c, const Toolchain&) {
       return has_huge_arenas(c) && c.get<Gil>() == Gil::Value::off;
     },
     "a free-threaded CPython has mimalloc in place of pymalloc; leave pages=pymalloc out where "
     "gil=off"},
    {[](const Configuration& c, const Toolchain&) {
       return has_huge_arenas(c) && names_other_allocator(c);
     },
     "PYTHONMALLOC of another allocator leaves pymalloc and its huge pages unused; leave one of "
     "them out"},
    {[](const Configuration& c, const Toolchain&) {
       return asks_for_huge_arenas(c) && !has_huge_arenas(c);
     },
     "PYTHON_PYMALLOC_HUGEPAGES has no effect on an interpreter that is not built for it; use "
     "pages=pymalloc"},
    {[](const Configuration& c, const Toolchain&) {
       return c.get<Gil>() == Gil::Value::off && names_other_allocator(c);
     },
     "a free-threaded CPython has an allocator of its own and does not start with PYTHONMALLOC of "
     "another; leave it out where gil=off"},
    {[](const Configuration& c, const Toolchain& t) {
       return c.get<AtomicInstructions>() != AtomicInstructions::initial() &&
              t.architecture != "aarch64";
     },
     "the axis atomics is of AArch64: other CPUs have one kind; leave it out"},
    {[](const Configuration& c, const Toolchain& t) {
       return c.get<AtomicInstructions>() == AtomicInstructions::Value::lse && !has_lse(c, t);
     },
     "atomics=lse needs a cpu that has these instructions (ARMv8.1); name one, such as "
     "cpu=neoverse-n1"},
    {[](const Configuration& c, const Toolchain&) {
       return c.get<PgoKind>() != PgoKind::initial() && c.get<Pgo>() == Pgo::Value::none;
     },
     "without a profile its kind changes nothing; use pgo=training"},
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
       return c.get<Bolt>() == Bolt::Value::on && c.get<Pie>() == Pie::Value::pie &&
              c.get<Libpython>() != Libpython::Value::shared;
     },
     "BOLT is given up for position-independent executables: CPython's own BOLT build turns PIE "
     "off too; use pie=no-pie"},
    {[](const Configuration& c, const Toolchain& t) {
       return c.get<Bolt>() == Bolt::Value::on && !t.stand_in && !(t.bolt && t.merge_fdata);
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
};

// Flags of the one file that the bytecode handlers are in.
constexpr std::string_view kOfEvaluation = "CFLAGS_CEVAL=";

// The CPU is tried by itself: points that differ by nothing else share these trials.
std::vector<std::string> trial_words(Configuration configuration, const Toolchain& toolchain) {
  configuration.set<Cpu>(Cpu::initial());
  const FlagSet flags = flags_for(configuration, toolchain);
  std::vector<std::string> all = flags.compile;
  for (const std::string& option : flags.configure)
    if (option.starts_with(kOfEvaluation)) append(all, option.substr(kOfEvaluation.size()));
  all.insert(all.begin(), flags.opt);
  all.insert(all.end(), flags.link.begin(), flags.link.end());
  all.insert(all.end(), flags.executable.begin(), flags.executable.end());
  return all;
}

}  // namespace

FlagSet flags_for(const Configuration& configuration, const Toolchain& toolchain, bool profiled) {
  FlagSet flags;
  flags.exporting = {"-Xlinker", "-export-dynamic"};  // CPython's own on Linux
  for_each_axis([&](auto axis) {
    using Axis = decltype(axis);
    if constexpr (ClosedAxis<Axis>) {
      const FlagRow& r = row<Axis>(configuration, toolchain.family);
      append_options(flags.configure, r.configure);
      if (!r.make.empty()) flags.make.emplace_back(r.make);
      if (profiled && after_profile<Axis>(toolchain.family)) return;
      if constexpr (std::is_same_v<Axis, OptLevel>) {
        flags.opt = std::string(r.compile);
      } else {
        for (auto& word : compile_words<Axis>(r, toolchain, profiled))
          flags.compile.push_back(std::move(word));
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

namespace {

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

// Of the machine that builds.
std::optional<std::string> missing_program(const Configuration& configuration) {
  if (configuration.get<Usdt>() == Usdt::Value::on && !find_program("dtrace"))
    return "usdt=on needs the program dtrace, which is not installed; on Debian: apt-get install "
           "systemtap-sdt-dev";
  return std::nullopt;
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
    if (const auto complaint = probe.bolt_trial(
            toolchain, all, configuration.get<Libpython>() == Libpython::Value::shared))
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
  if (auto why = missing_program(configuration)) return why;
  if (toolchain.stand_in) return std::nullopt;
  if (auto why = unfit(configuration, toolchain, probe)) return why;
  return std::nullopt;
}

}  // namespace pytune
