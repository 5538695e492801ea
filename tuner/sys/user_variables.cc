#include "sys/user_variables.h"

#include <algorithm>
#include <array>

namespace pytune {
namespace {

constexpr unsigned kNone = 0;
constexpr auto kTool = static_cast<unsigned>(Audience::tool);
constexpr auto kCompiler = static_cast<unsigned>(Audience::compiler);
constexpr auto kPip = static_cast<unsigned>(Audience::pip);
constexpr unsigned kAll = kTool | kCompiler | kPip;

// From CPython's documentation, ld.so(8), mallopt(3), the tunables of glibc, the specification of
// OpenMP, the manuals of allocators, BLAS libraries, NumPy, Numba and libhugetlbfs, "Environment
// Variables Affecting GCC", clang's manual, GNU make's, pip's "Configuration", and no-color.org.
constexpr std::array kRules = {
    // Where files are, or how text is shown: they cost a program nothing.
    VariableRule{"PYTHONDONTWRITEBYTECODE", Effect::nothing, kNone},
    VariableRule{"PYTHONUNBUFFERED", Effect::nothing, kNone},
    VariableRule{"PYTHONIOENCODING", Effect::nothing, kNone},
    VariableRule{"PYTHONNOUSERSITE", Effect::nothing, kNone},
    VariableRule{"PYTHONSTARTUP", Effect::nothing, kNone},
    VariableRule{"PYTHONHISTFILE", Effect::nothing, kNone},
    VariableRule{"PYTHON_HISTORY", Effect::nothing, kNone},
    VariableRule{"PYTHON_COLORS", Effect::nothing, kNone},
    VariableRule{"PYTHON_BASIC_REPL", Effect::nothing, kNone},
    VariableRule{"PYTHONPYCACHEPREFIX", Effect::nothing, kNone},
    VariableRule{"PYTHONBREAKPOINT", Effect::nothing, kNone},
    VariableRule{"PYTHON*", Effect::speed, kNone},
    VariableRule{"PYPY*", Effect::speed, kNone},
    VariableRule{"GRAALPY*", Effect::speed, kNone},
    // Programs that are installed somewhere of their own may not start without it.
    VariableRule{"LD_LIBRARY_PATH", Effect::speed, kTool | kPip},
    VariableRule{"LD_RUN_PATH", Effect::build, kPip},
    VariableRule{"LD_*", Effect::speed, kNone},
    VariableRule{"GLIBC_TUNABLES", Effect::speed, kNone},
    VariableRule{"MALLOC_*", Effect::speed, kNone},
    VariableRule{"MIMALLOC_*", Effect::speed, kNone},
    VariableRule{"TCMALLOC_*", Effect::speed, kNone},
    VariableRule{"_RJEM_*", Effect::speed, kNone},
    VariableRule{"JE_MALLOC_*", Effect::speed, kNone},
    VariableRule{"OMP_*", Effect::speed, kNone},
    VariableRule{"GOMP_*", Effect::speed, kNone},
    VariableRule{"KMP_*", Effect::speed, kNone},
    VariableRule{"OPENBLAS_*", Effect::speed, kNone},
    VariableRule{"MKL_*", Effect::speed, kNone},
    VariableRule{"BLIS_*", Effect::speed, kNone},
    VariableRule{"ACL_*", Effect::speed, kNone},
    VariableRule{"NUMEXPR_*", Effect::speed, kNone},
    VariableRule{"NUMBA_*", Effect::speed, kNone},
    VariableRule{"NPY_*", Effect::speed, kNone},
    VariableRule{"NUMPY_*", Effect::speed, kNone},
    VariableRule{"GOTO_*", Effect::speed, kNone},
    VariableRule{"VECLIB_*", Effect::speed, kNone},
    VariableRule{"FLEXIBLAS*", Effect::speed, kNone},
    VariableRule{"ARMPL_*", Effect::speed, kNone},
    VariableRule{"DNNL_*", Effect::speed, kNone},
    VariableRule{"ONEDNN_*", Effect::speed, kNone},
    VariableRule{"HUGETLB_*", Effect::speed, kNone},
    VariableRule{"GLIBCXX_*", Effect::speed, kNone},
    VariableRule{"SCUDO_OPTIONS", Effect::speed, kNone},
    VariableRule{"HEAPPROFILE", Effect::speed, kNone},
    VariableRule{"HEAPCHECK", Effect::speed, kNone},
    VariableRule{"CPUPROFILE*", Effect::speed, kNone},
    // Where a package's .pth file starts to measure coverage in every interpreter.
    VariableRule{"COVERAGE_PROCESS_*", Effect::speed, kNone},
    VariableRule{"BF16MM_*", Effect::speed, kNone},
    // What it takes to reach an index.
    VariableRule{"PIP_INDEX_URL", Effect::reach, kPip},
    VariableRule{"PIP_EXTRA_INDEX_URL", Effect::reach, kPip},
    VariableRule{"PIP_NO_INDEX", Effect::reach, kPip},
    VariableRule{"PIP_FIND_LINKS", Effect::reach, kPip},
    VariableRule{"PIP_TRUSTED_HOST", Effect::reach, kPip},
    VariableRule{"PIP_PROXY", Effect::reach, kPip},
    VariableRule{"PIP_CERT", Effect::reach, kPip},
    VariableRule{"PIP_CLIENT_CERT", Effect::reach, kPip},
    VariableRule{"PIP_TIMEOUT", Effect::reach, kPip},
    VariableRule{"PIP_DEFAULT_TIMEOUT", Effect::reach, kPip},
    VariableRule{"PIP_RETRIES", Effect::reach, kPip},
    VariableRule{"PIP_KEYRING_PROVIDER", Effect::reach, kPip},
    VariableRule{"PIP_CACHE_DIR", Effect::reach, kPip},
    VariableRule{"PIP_NO_CACHE_DIR", Effect::reach, kPip},
    // Read for the settings above, and no others: see interpreter/pip.
    VariableRule{"PIP_CONFIG_FILE", Effect::reach, kPip},
    VariableRule{"PIP_*", Effect::install, kNone},
    VariableRule{"http_proxy", Effect::reach, kAll},
    VariableRule{"https_proxy", Effect::reach, kAll},
    VariableRule{"all_proxy", Effect::reach, kAll},
    VariableRule{"no_proxy", Effect::reach, kAll},
    VariableRule{"HTTP_PROXY", Effect::reach, kAll},
    VariableRule{"HTTPS_PROXY", Effect::reach, kAll},
    VariableRule{"ALL_PROXY", Effect::reach, kAll},
    VariableRule{"NO_PROXY", Effect::reach, kAll},
    VariableRule{"SSL_CERT_FILE", Effect::reach, kAll},
    VariableRule{"SSL_CERT_DIR", Effect::reach, kAll},
    VariableRule{"REQUESTS_CA_BUNDLE", Effect::reach, kAll},
    VariableRule{"CURL_CA_BUNDLE", Effect::reach, kAll},
    // A user's flags are for what pip compiles for him. A sweep's are in its definition.
    VariableRule{"CC", Effect::build, kPip},
    VariableRule{"CXX", Effect::build, kPip},
    VariableRule{"LDSHARED", Effect::build, kPip},
    VariableRule{"CFLAGS", Effect::build, kPip},
    VariableRule{"CXXFLAGS", Effect::build, kPip},
    VariableRule{"CPPFLAGS", Effect::build, kPip},
    VariableRule{"LDFLAGS", Effect::build, kPip},
    VariableRule{"FFLAGS", Effect::build, kPip},
    VariableRule{"ARCHFLAGS", Effect::build, kPip},
    VariableRule{"CPATH", Effect::build, kPip},
    VariableRule{"C_INCLUDE_PATH", Effect::build, kPip},
    VariableRule{"CPLUS_INCLUDE_PATH", Effect::build, kPip},
    VariableRule{"LIBRARY_PATH", Effect::build, kPip},
    VariableRule{"PKG_CONFIG*", Effect::build, kPip},
    VariableRule{"GCC_EXEC_PREFIX", Effect::build, kPip},
    VariableRule{"COMPILER_PATH", Effect::build, kPip},
    VariableRule{"CCC_OVERRIDE_OPTIONS", Effect::build, kPip},
    VariableRule{"CCC_ADD_ARGS", Effect::build, kPip},
    VariableRule{"COLLECT_*", Effect::build, kNone},
    VariableRule{"DEPENDENCIES_OUTPUT", Effect::build, kNone},
    VariableRule{"SUNPRO_DEPENDENCIES", Effect::build, kNone},
    VariableRule{"GCC_COMPARE_DEBUG", Effect::build, kNone},
    VariableRule{"SOURCE_DATE_EPOCH", Effect::nothing, kNone},
    VariableRule{"MAKEFLAGS", Effect::build, kNone},
    VariableRule{"GNUMAKEFLAGS", Effect::build, kNone},
    VariableRule{"MFLAGS", Effect::build, kNone},
    VariableRule{"MAKEFILES", Effect::build, kNone},
    VariableRule{"MAKELEVEL", Effect::nothing, kNone},
    VariableRule{"QEMU_*", Effect::place, kNone},
    VariableRule{"CONFIG_SITE", Effect::build, kPip},
    VariableRule{"DESTDIR", Effect::build, kNone},
    VariableRule{"FORCE_COLOR", Effect::text, kNone},
    VariableRule{"CLICOLOR*", Effect::text, kNone},
    VariableRule{"PY_COLORS", Effect::text, kNone},
    VariableRule{"GCC_COLORS", Effect::text, kNone},
    VariableRule{"GREP_OPTIONS", Effect::text, kNone},
    VariableRule{"POSIXLY_CORRECT", Effect::text, kNone},
    VariableRule{"PERF_CONFIG", Effect::text, kNone},
    VariableRule{"LANG", Effect::text, kNone},
    VariableRule{"LANGUAGE", Effect::text, kNone},
    VariableRule{"LC_*", Effect::text, kNone},
    VariableRule{"TMPDIR", Effect::place, kAll},
    VariableRule{"HOME", Effect::place, kAll},
    VariableRule{"PATH", Effect::place, kAll},
};

bool fits(std::string_view pattern, std::string_view name) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                : name == pattern;
}

bool gets(Audience audience, const VariableRule& rule) {
  return (rule.audiences & static_cast<unsigned>(audience)) != 0;
}

}  // namespace

const VariableRule* rule_for(std::string_view name) {
  const auto* found = std::find_if(kRules.begin(), kRules.end(),
                                   [&](const VariableRule& rule) { return fits(rule.name, name); });
  return found == kRules.end() ? nullptr : found;
}

std::vector<std::string> withheld_from(Audience audience, Effect effect, const Environment& ours) {
  std::vector<std::string> names;
  for (const auto& [name, value] : ours) {
    const VariableRule* rule = rule_for(name);
    if (rule != nullptr && rule->effect == effect && !gets(audience, *rule) && !value.empty())
      names.push_back(name);
  }
  return names;
}

Environment environment_for(Audience audience, const Environment& ours) {
  Environment left;
  for (const auto& [name, value] : ours) {
    const VariableRule* rule = rule_for(name);
    if (rule == nullptr || gets(audience, *rule)) left.emplace(name, value);
  }
  // pip's packages may have names and files that ASCII cannot spell.
  left["LC_ALL"] = audience == Audience::pip ? "C.UTF-8" : "C";
  return left;
}

}  // namespace pytune
