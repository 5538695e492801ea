// A build as it would be made natively: a cross build on the machine that it is for.
#pragma once

#include "build/build.h"

namespace pytune {

// The same configuration and flags without what only a cross build needs: the other machine's
// triple, sysroot, configure's answers, the emulator. `build` itself where it is for the machine
// that built it. What comes of it was not tried: nobody says that it gives the same bytes.
Build native_build(Build build);

}  // namespace pytune
