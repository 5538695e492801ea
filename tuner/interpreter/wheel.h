// pyperf and pyperformance, unmodified from PyPI, pinned by version and hash, kept unpacked in the
// store.
#pragma once

#include <filesystem>
#include <string>

#include "store/store.h"
#include "sys/process.h"

namespace pytune {

inline constexpr const char* kPyperfVersion = "2.10.0";
inline constexpr const char* kPyperfSha256 =
    "79196bc4a11e3c926dd4c6b14c80136c6b37f884fe913cbc57037f37636e9841";
inline constexpr const char* kPyperformanceVersion = "1.14.0";
inline constexpr const char* kPyperformanceSha256 =
    "94068ac2935b6952ccb5e8a302eb9cebc26e82454494bef6e53822738adf0049";

struct PinnedWheel {
  std::string package;
  std::string version;
  std::string sha256;
  std::string option;  // of the command line, which takes the file instead: "--pyperf FILE"
};
const PinnedWheel& pyperf_pin();
const PinnedWheel& pyperformance_pin();

// Where a wheel comes from: a file that is given; else pip, run by an interpreter: the pip wheel
// that a CPython's own source tree bundles (Lib/ensurepip/_bundled), or the interpreter's where
// there is no tree or it bundles none.
struct WheelOrigin {
  std::filesystem::path source_tree = {};
  std::string python = {};
  std::filesystem::path wheel = {};
};

// Directory that holds the unpacked wheel, to be put on PYTHONPATH. Taken from the store, else from
// its origin. The wheel's hash is checked before anything in it is unpacked, and entries that would
// leave the directory are refused. Throws Failure.
std::filesystem::path provide_wheel(Store& store, ProcessRunner& runner, const PinnedWheel& pin,
                                    const WheelOrigin& origin);

}  // namespace pytune
