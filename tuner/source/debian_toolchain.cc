#include "source/debian_toolchain.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "input/text.h"
#include "sys/error.h"
#include "sys/files.h"

namespace pytune {
namespace {

constexpr std::string_view kPrefix = "debian:";
constexpr const char* kStep = "toolchain";

bool of_c_library(const std::string& package) {
  return package == "libc6" || package.starts_with("libc-") || package == "libc6-dev";
}

}  // namespace

DebianCompiler parse_debian_compiler(const std::string& text, const std::string& architecture,
                                     const std::string& mirror) {
  const std::string shown = printable(text);
  const std::size_t slash = text.find('/');
  std::smatch program;
  const std::string named = slash == std::string::npos ? "" : text.substr(slash + 1);
  if (!text.starts_with(kPrefix) || slash <= kPrefix.size() ||
      !std::regex_match(named, program, std::regex("(gcc|clang)-([1-9][0-9]{0,2})")))
    throw UsageError(
        fmt::format("{}: must be debian:RELEASE/COMPILER with the compiler's version, such as "
                    "debian:13/gcc-14 or debian:sid/clang-22",
                    shown));
  for (const std::string_view of_machine : {"-amd64", "-arm64"})
    if (text.substr(0, slash).ends_with(of_machine))
      throw UsageError(
          fmt::format("{}: compilers of other releases build for this machine only; "
                      "leave out {}",
                      shown, of_machine));
  DebianCompiler compiler;
  const std::string release = in_small_letters(text.substr(kPrefix.size(), slash - kPrefix.size()));
  compiler.program = named;
  compiler.major = program[2];
  compiler.clang = program[1] == "clang";
  compiler.name = fmt::format("{}{}/{}", kPrefix, spelled_release(release), compiler.program);
  DebianRootRequest& request = compiler.request;
  request.shown = shown;
  request.architecture = architecture;
  request.mirror = mirror;
  request.kind = kStep;
  request.own = {"libc6-dev"};
  request.numbered = fmt::format("{}-", program[1].str());
  set_release(request, release);
  require_debian_architecture(request);
  request.packages = {compiler.program, "binutils"};
  // Linker, archiver, profiles, what counts at run time, and BOLT.
  if (compiler.clang)
    for (const char* with : {"lld-{}", "llvm-{}", "libclang-rt-{}-dev", "bolt-{}"})
      request.optional.push_back(fmt::format(fmt::runtime(with), compiler.major));
  return compiler;
}

std::vector<std::string> stored_debian_compilers(const Store& store) {
  std::vector<std::string> names;
  for (const Step& step : store.list(kStep)) names.push_back(step.details.value("asked_as", ""));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string contents_of(const DebianRoot& toolchain) {
  Sha256 hash;
  for (const AptPackage& package : toolchain.packages)
    if (!of_c_library(package.name))
      hash.update(fmt::format("{} {} {}\n", package.name, package.version, package.sha256));
  return hash.hex();
}

}  // namespace pytune
