#include "toolchain/companions.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <vector>

#include "sys/files.h"

namespace pytune {
namespace fs = std::filesystem;
namespace {

// "aarch64-unknown-linux-gnu-" and "-13" of aarch64-unknown-linux-gnu-gcc-13.
struct NameParts {
  std::string prefix;
  std::string suffix;
};

NameParts parts_of(const fs::path& compiler) {
  static const std::regex pattern("(.+-)?(?:gcc|cc|clang|icx|armclang)(-[0-9.]+)?");
  std::smatch match;
  const std::string name = compiler.filename();
  if (!std::regex_match(name, match, pattern)) return {};
  return {match[1].str(), match[2].str()};
}

}  // namespace

std::optional<std::string> companion(const Toolchain& compiler, const std::string& program,
                                     const NamedBy& asked) {
  std::error_code ignored;
  const fs::path own = compiler.path;
  const fs::path real = fs::canonical(own, ignored);
  const std::string versioned =
      fmt::format("{}-{}", program, compiler.version.substr(0, compiler.version.find('.')));
  const auto [prefix, suffix] = parts_of(own);
  const std::string real_prefix = parts_of(real).prefix;
  std::vector<fs::path> candidates = {own.parent_path() / (prefix + versioned)};
  if (!suffix.empty()) candidates.push_back(own.parent_path() / (prefix + program + suffix));
  // A plain name beside a link may be of another version.
  if (!prefix.empty()) candidates.push_back(own.parent_path() / (prefix + program));
  for (const std::string& name : {real_prefix + versioned, real_prefix + program, program})
    candidates.push_back(real.parent_path() / name);
  for (const auto& candidate : candidates)
    if (access(candidate.c_str(), X_OK) == 0) return candidate.string();
  if (const auto path = find_program(prefix + versioned)) return path->string();
  return asked ? asked(program) : std::nullopt;
}

void set_binutils(Toolchain& t, const std::string& triple, const NamedBy& asked) {
  const bool gcc = t.family == CompilerFamily::gcc;
  const std::string named = gcc ? parts_of(t.path).prefix : "";
  const bool by_triple = gcc && named.empty() && !triple.empty();
  const std::string prefix = by_triple ? triple + "-" : named;
  const auto own = [&](const std::string& of_gcc, const std::string& of_clang) {
    return companion(t, gcc ? (by_triple ? prefix : "") + of_gcc : of_clang, asked);
  };
  const auto plain = [&](const char* binutil) {
    const fs::path beside = fs::path(t.path).parent_path() / (prefix + binutil);
    if (!prefix.empty() && access(beside.c_str(), X_OK) == 0) return beside.string();
    return prefix + binutil;
  };
  const auto on_path = [&](const char* binutil) {
    const auto found = find_program(plain(binutil));
    return found ? found->string() : plain(binutil);
  };
  t.ar = own("gcc-ar", "llvm-ar").value_or(plain("ar"));
  t.ranlib = own("gcc-ranlib", "llvm-ranlib").value_or(plain("ranlib"));
  t.nm = own("gcc-nm", "llvm-nm").value_or(plain("nm"));
  t.strip = own("strip", "llvm-strip").value_or(on_path("strip"));
  t.objcopy = own("objcopy", "llvm-objcopy").value_or(on_path("objcopy"));
  t.readelf = own("readelf", "llvm-readelf").value_or(on_path("readelf"));
  t.gcov = {own("gcov", "llvm-cov").value_or(plain("gcov"))};
  if (!gcc) t.gcov.emplace_back("gcov");
}

}  // namespace pytune
