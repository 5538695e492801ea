// Compilers of other releases of Debian, fetched into the store and made to run here.
#pragma once

#include <string>

#include "store/store.h"
#include "sys/listener.h"
#include "sys/process.h"
#include "toolchain/toolchain.h"

namespace pytune {

struct CompilerFetching {
  std::string mirror;    // empty: the mirrors of this machine's apt
  bool offline = false;  // only what the store has
  bool refresh = false;
  bool plan = false;  // nothing is fetched: what the store lacks is only named
};

// For a ToolchainProbe: what it asks for compilers that are named debian:RELEASE/COMPILER.
CompilerSource fetched_compilers(Store& store, ProcessRunner& runner, Listener& listener,
                                 const CompilerFetching& fetching);

}  // namespace pytune
