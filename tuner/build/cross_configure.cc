#include "build/cross_configure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sys/process.h"

namespace pytune {
namespace fs = std::filesystem;

// From configure.ac of CPython 3.11 to 3.14: every AC_RUN_IFELSE whose assumption is wrong on
// aarch64 with glibc, and the two files that it asks for. The rest (ac_cv_broken_nice,
// ac_cv_broken_poll, ac_cv_broken_mbstowcs, ac_cv_rshift_extends_sign, ac_cv_x87_double_rounding,
// ac_cv_posix_semaphores_enabled, chflags, lchflags) assume what is true. The identity probe checks
// the outcome.
const std::vector<ConfigureAnswer>& aarch64_answers() {
  static const std::vector<ConfigureAnswer> answers = {
      // Armv8-A loads and stores at any address. With "yes", pyhash.h takes FNV for SipHash, whose
      // words are then read at any address: strings hash, and dictionaries behave, differently.
      {"ac_cv_aligned_required", "no", "yes", "another string hash: FNV and not SipHash"},
      // sem_getvalue works in every glibc.
      {"ac_cv_broken_sem_getvalue", "no", "yes",
       "multiprocessing's semaphores do not know their value"},
      // time.tzset() exists only with it.
      {"ac_cv_working_tzset", "yes", "no", "no time.tzset()"},
      // Threads are scheduled by the kernel; with "no" that is not asked for.
      {"ac_cv_pthread_system_supported", "yes", "no", "threads without PTHREAD_SCOPE_SYSTEM"},
      // glibc has pthreads in libc since 2.34, which Debian 12's is newer than.
      {"ac_cv_pthread_is_default", "yes", "no", "-lpthread among the LIBS of sysconfig"},
      // wchar_t is unsigned on aarch64 (AAPCS64, "Arithmetic types"); configure assumes x86's.
      {"ac_cv_wchar_t_signed", "no", "yes",
       "pyconfig.h tells extensions that wchar_t is of no use (HAVE_USABLE_WCHAR_T)"},
      // Only --disable-ipv6 builds pass without an answer.
      {"ac_cv_buggy_getaddrinfo", "no", "yes", "an error, or no IPv6"},
      // libffi has complex numbers on aarch64 since 3.2; 3.14 asks.
      {"ac_cv_ffi_complex_double_supported", "yes", "no", "ctypes without complex numbers"},
      // Linux has the one and not the other; configure asks for the answer.
      {"ac_cv_file__dev_ptmx", "yes", "error", "no os.openpty()"},
      {"ac_cv_file__dev_ptc", "no", "error", "an error"},
  };
  return answers;
}

std::vector<std::string> cross_configure_words(const std::string& build_triple,
                                               const std::string& host_triple,
                                               const fs::path& build_python) {
  std::vector<std::string> words = {
      "--build=" + build_triple, "--host=" + host_triple,
      "--with-build-python=" + build_python.string(),
      // A run-time check too, but one with an option: without it, a switch dispatches.
      "--with-computed-gotos",
      // What comes of it cannot run here to install pip.
      "--without-ensurepip"};
  for (const auto& answer : aarch64_answers())
    words.push_back(answer.variable + "=" + answer.value);
  return words;
}

std::map<std::string, std::string> cross_variables(const Toolchain& toolchain,
                                                   const CrossTarget& target) {
  // configure and make put CC into shell commands: paths are quoted for those.
  std::string compiler = shell_quote(toolchain.path);
  for (const auto& word : toolchain.words) compiler += " " + shell_quote(word);
  std::map<std::string, std::string> variables = {
      {"CC", compiler},
      {"CPP", compiler + " -E"},
      {"AR", toolchain.ar},
      {"RANLIB", toolchain.ranlib},
      {"NM", toolchain.nm},
      {"STRIP", toolchain.strip},
      {"OBJCOPY", toolchain.objcopy},
      {"READELF", toolchain.readelf},
  };
  if (!toolchain.link_words.empty())
    variables["LDFLAGS"] = fmt::format("{}", fmt::join(toolchain.link_words, " "));
  if (!target.sysroot.empty()) {
    const fs::path lib = target.sysroot / "usr/lib" / target.triple / "pkgconfig";
    const fs::path share = target.sysroot / "usr/share/pkgconfig";
    // Without LIBDIR, pkg-config answers for this machine's libraries.
    variables["PKG_CONFIG_LIBDIR"] = lib.string() + ":" + share.string();
    variables["PKG_CONFIG_SYSROOT_DIR"] = target.sysroot.string();
  }
  return variables;
}

}  // namespace pytune
