#include "toolchain/compiler_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "input/text.h"

namespace pytune {
namespace {

using Macros = std::map<std::string, std::string, std::less<>>;

Macros parse_macros(std::string_view text) {
  constexpr std::string_view kDefine = "#define ";
  Macros macros;
  for (std::string_view line : split_lines(text)) {
    if (!line.starts_with(kDefine)) continue;
    line.remove_prefix(kDefine.size());
    const std::size_t end = std::min(line.find(' '), line.size());
    macros.emplace(line.substr(0, end), line.substr(std::min(end + 1, line.size())));
  }
  return macros;
}

// Compilers that say they are gcc or clang to headers and take other options, or mean other things
// by them. Their manuals, "predefined macros".
struct Stranger {
  std::string_view macro;
  std::string_view name;
};
constexpr Stranger kStrangers[] = {
    {"__NVCOMPILER", "NVIDIA's nvc"},
    {"__PGI", "PGI's pgcc"},
    {"__INTEL_COMPILER", "Intel's classic icc"},
    {"__TINYC__", "tcc"},
    {"__SUNPRO_C", "Oracle's suncc"},
    {"_CRAYC", "Cray's classic cc"},
    {"__FCC_version__", "Fujitsu's fcc in its traditional mode"},
    {"__LCC__", "lcc"},
    {"__COMPCERT__", "CompCert"},
    {"__CC_ARM", "Arm's armcc"},
    {"__OPEN64__", "Open64"},
};

// icx takes liberties with floats unless told otherwise; its manual, -fp-model.
constexpr std::string_view kIntel = "__INTEL_LLVM_COMPILER";

std::string number(const Macros& macros, std::string_view name) {
  const auto found = macros.find(name);
  if (found == macros.end()) return "0";
  const std::string& text = found->second;
  constexpr std::size_t kLongest = 9;
  const bool digits =
      !text.empty() && text.size() <= kLongest &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? text : "0";
}

std::string refusal_of(const Macros& macros) {
  const auto has = [&](std::string_view name) { return macros.contains(name); };
  for (const auto& stranger : kStrangers)
    if (has(stranger.macro) && !(stranger.macro == "__FCC_version__" && has("__clang__")))
      return fmt::format(
          "is {}, which has neither gcc's nor clang's options for profiles and link-time "
          "optimization; use gcc or clang",
          stranger.name);
  if (!has("__GNUC__") && !has("__clang__"))
    return "does not answer like gcc or clang: it predefines neither __GNUC__ nor __clang__";
  if (has("__cplusplus")) return "compiles C++; name the C compiler";
  if (has("__i386__") || has("__ILP32__") || has("__arm__"))
    return "generates 32-bit code; pytune builds for x86-64 and AArch64";
  if (!has("__linux__")) return "generates code for another system than Linux";
  // Of a wrapper.
  if (has(kIntel)) return "";
  if (has("__FAST_MATH__") || number(macros, "__FINITE_MATH_ONLY__") == "1")
    return "compiles with -ffast-math by itself, with which CPython's floats are wrong; name a "
           "compiler that does not";
  return "";
}

}  // namespace

CompilerKind compiler_kind(std::string_view text) {
  const Macros macros = parse_macros(text);
  CompilerKind kind;
  kind.refusal = refusal_of(macros);
  const bool clang = macros.contains("__clang__");
  kind.family = clang ? CompilerFamily::clang : CompilerFamily::gcc;
  kind.version =
      clang ? fmt::format("{}.{}.{}", number(macros, "__clang_major__"),
                          number(macros, "__clang_minor__"), number(macros, "__clang_patchlevel__"))
            : fmt::format("{}.{}.{}", number(macros, "__GNUC__"), number(macros, "__GNUC_MINOR__"),
                          number(macros, "__GNUC_PATCHLEVEL__"));
  if (macros.contains(kIntel)) kind.words = {"-fp-model=precise"};
  if (macros.contains("__x86_64__")) kind.architecture = "x86_64";
  if (macros.contains("__aarch64__")) kind.architecture = "aarch64";
  return kind;
}

}  // namespace pytune
