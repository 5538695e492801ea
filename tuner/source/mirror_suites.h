// The releases of Debian that a mirror has: asked once a day, remembered in the store.
#pragma once

#include <string>
#include <vector>

#include "source/debian_releases.h"
#include "store/store.h"
#include "sys/process.h"

namespace pytune {

struct MirrorSuites {
  std::vector<DebianSuite> suites;  // as debian_suites() makes them
  std::string mirror;               // that said so, without credentials
};

struct SuitesQuestion {
  std::string shown;      // begins every message
  std::string mirror;     // empty: the first of this machine's mirrors that answers
  std::string wanted;     // a name that one of them must go by, or empty
  std::string otherwise;  // what can be done without apt, or empty
};

// The mirror is not asked when it was asked today, nor `offline`. Throws Failure when none answers
// and nothing fitting is remembered.
MirrorSuites suites_of_mirror(Store& store, ProcessRunner& runner, const SuitesQuestion& question,
                              bool offline);

// The day in UTC, as records have it: "2026-03-01".
std::string today();

}  // namespace pytune
