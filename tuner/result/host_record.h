#pragma once

#include "input/record.h"
#include "sys/host.h"

namespace pytune {

// With its fingerprint, which is made anew when it is read.
DECLARE_RECORD(Host);

}  // namespace pytune
