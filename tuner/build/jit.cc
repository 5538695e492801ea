#include "build/jit.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <string_view>
#include <vector>

#include "build/configure_options.h"
#include "sys/files.h"
#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

constexpr int kOldestMinor = 11;  // of the Python that runs Tools/jit/build.py; so it says itself

std::string text_of_file(const fs::path& file) {
  std::error_code none;
  return fs::is_regular_file(file, none) ? read_file(file) : "";
}

std::string major_version(const std::string& version) {
  return version.substr(0, version.find('.'));
}

// The compiler of the build itself, where it is the one; else an installed one.
const Toolchain* find_clang(const std::string& major, const Toolchain& own, ToolchainProbe& probe,
                            std::string& reason) {
  if (own.family == CompilerFamily::clang && major_version(own.version) == major) return &own;
  return probe.probe("clang-" + major, reason);
}

// By the names that Tools/jit/_llvm.py tries.
bool has_readobj(const std::string& major, const Toolchain& clang, ToolchainProbe& probe) {
  for (const std::string& name : {"llvm-readobj-" + major, std::string("llvm-readobj")}) {
    std::error_code none;
    const fs::path beside = fs::path(clang.folder) / name;
    if (!clang.folder.empty() && fs::exists(beside, none)) return true;
    if (probe.version_of(name).find(fmt::format("version {}.", major)) != std::string::npos)
      return true;
  }
  return false;
}

// The names that configure looks for, in its order; empty where its text has no such list.
std::vector<std::string> pythons_of_configure(const std::string& configure,
                                              const std::string& minor) {
  constexpr std::string_view kStart = "for ac_prog in python";
  const std::size_t at = configure.find(kStart);
  if (at == std::string::npos) return {};
  const std::size_t list = configure.find("python", at);
  std::vector<std::string> names =
      words(std::string_view(configure).substr(list, configure.find('\n', list) - list));
  for (std::string& name : names)
    if (name == "python$PACKAGE_VERSION") name = "python" + minor;
  std::erase_if(names, [](const std::string& name) { return !find_program(name); });
  return names;
}

bool runs_what_makes_it(const std::string& python, ToolchainProbe& probe) {
  static const std::regex version("Python 3\\.([0-9]{1,3})");
  const std::string said = probe.version_of(python);
  std::smatch match;
  return std::regex_search(said, match, version) && std::stoi(match[1].str()) >= kOldestMinor;
}

// configure takes the first that is there, be it a shim that starts nothing.
std::optional<std::string> choose_python(const Source& source, ToolchainProbe& probe,
                                         Toolchain& toolchain) {
  const std::string& configure = configure_text(source);
  if (configure.empty()) return std::nullopt;
  const auto pythons = pythons_of_configure(configure, source.minor);
  const auto fit = std::find_if(pythons.begin(), pythons.end(), [&](const std::string& name) {
    return runs_what_makes_it(name, probe);
  });
  if (fit == pythons.end())
    return fmt::format(
        "the JIT's code is made by a Python 3.{} or later, and none is on PATH; on Debian 12 and "
        "later: apt-get install python3",
        kOldestMinor);
  if (fit != pythons.begin()) toolchain.jit_python = *fit;
  return std::nullopt;
}

}  // namespace

std::string llvm_of_jit(const fs::path& source_tree) {
  static const std::regex wanted("(?:^|\n)_LLVM_VERSION\\s*=\\s*[\"']?([0-9]{1,3})[\"']?");
  const std::string text = text_of_file(source_tree / "Tools" / "jit" / "_llvm.py");
  std::smatch match;
  return std::regex_search(text, match, wanted) ? match[1].str() : "";
}

std::optional<std::string> unfit_for_jit(const Configuration& configuration,
                                         const Materials& materials, ToolchainProbe& probe,
                                         Toolchain& toolchain) {
  if (configuration.get<Jit>() == Jit::Value::none) return std::nullopt;
  const Source& source = materials.source;
  const std::string refusal = "--enable-experimental-jit cannot be used with --disable-gil";
  if (configuration.get<Gil>() == Gil::Value::off &&
      configure_text(source).find(refusal) != std::string::npos)
    return fmt::format("CPython {} has no JIT compiler without the global interpreter lock: {}",
                       source.version, refusal);
  const std::string major = llvm_of_jit(source.tree);
  if (major.empty() || toolchain.stand_in) return std::nullopt;
  const std::string remedy = fmt::format("on Debian: apt-get install clang-{0} llvm-{0}", major);
  std::string reason;
  const Toolchain* clang = find_clang(major, toolchain, probe, reason);
  if (clang == nullptr)
    return fmt::format("the JIT's code of CPython {} is made by LLVM {}: {}; {}", source.version,
                       major, reason, remedy);
  if (!has_readobj(major, *clang, probe))
    return fmt::format(
        "the JIT's code of CPython {} is made by LLVM {}, of which llvm-readobj is not installed; "
        "{}",
        source.version, major, remedy);
  if (materials.target == nullptr)
    if (auto why = choose_python(source, probe, toolchain)) return why;
  toolchain.jit_identity = clang->identity;
  if (clang != &toolchain && !clang->tools.empty()) toolchain.tools.push_back(clang->tools.front());
  return std::nullopt;
}

}  // namespace pytune
