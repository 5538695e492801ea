// The Python programs that the check runs inside the unpacked package. Each ends with status 0 and
// one line about what it saw, or with status 1 and one line about what is wrong.
#pragma once

namespace pytune {

// argv: expected prefix, expected version.
extern const char* const kCheckRun;
// argv: expected prefix, prefix of the build.
extern const char* const kCheckSysconfig;
// argv: directory of a new virtual environment, expected prefix of the base installation.
extern const char* const kCheckVenv;
// argv: directory to build in.
extern const char* const kCheckExtension;

}  // namespace pytune
