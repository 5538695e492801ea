// Debian's source packages of CPython, through a private apt: whichever the mirror's releases have.
#pragma once

#include <filesystem>
#include <string>

#include "source/apt_sources.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

// Which CPython: of a release, or of any.
struct DebianWish {
  std::string shown;    // begins every message: "debian:3.13"
  std::string minor;    // "3.13"; empty: the newest
  std::string version;  // "3.13.5"; empty: the newest of `minor`
  std::string release;  // by number, codename or suite; empty: any
};

struct DebianDownload {
  std::string suite;   // "trixie"
  std::string mirror;  // without credentials
  Dsc dsc;
  std::filesystem::path dsc_file;
  std::filesystem::path archive;  // checked against the .dsc
};

// Fetches what `wish` says below the empty directory `staging`: from `mirror`, or from the first of
// this machine's Debian mirrors that delivers. Releases are asked from the newest on, and the first
// that has it is taken, which is the newest version of it. What a mirror lists and does not have
// (its lists are ahead of its files) is left out with a warning.
// Throws Failure: one line with what apt said and what to do.
DebianDownload fetch_debian(Store& store, ProcessRunner& runner,
                            const std::filesystem::path& staging, const DebianWish& wish,
                            const std::string& mirror);

}  // namespace pytune
