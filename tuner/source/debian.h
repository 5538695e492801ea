// Debian's source package of CPython, through a private apt.
#pragma once

#include <filesystem>
#include <string>

#include "source/apt_sources.h"
#include "sys/process.h"

namespace pytune {

struct DebianDownload {
  std::string suite;   // "trixie"
  std::string mirror;  // without credentials
  Dsc dsc;
  std::filesystem::path dsc_file;
  std::filesystem::path archive;  // checked against the .dsc
};

// Fetches CPython `minor` below the empty directory `staging`: from `mirror`, or from the first of
// this machine's Debian mirrors that delivers. Throws Failure: one line with what apt said and what
// to do.
DebianDownload fetch_debian(ProcessRunner& runner, const std::filesystem::path& staging,
                            const std::string& minor, const std::string& mirror);

}  // namespace pytune
