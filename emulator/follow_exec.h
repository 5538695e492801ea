// Letting the emulator start what the guest executes.
//
// QEMU hands a guest's execve() to the kernel, which can start a program of another architecture
// only where binfmt_misc is set up for it, and starts one of this machine's own outside the
// emulator. So the plugin looks at the call first and, for a program of the guest's, has the kernel
// start the emulator in its place: with the options of this one, on that program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/program_file.h"

namespace pytune::emulator {

// The emulator's own command line.
struct CommandLine {
  std::vector<std::string> options;  // without what only the first program shall have (-0, -E, -U)
  std::string program;               // the guest's
};
CommandLine parse_command_line(const std::vector<std::string>& words);

// Where the guest's files are looked for first: -L among the options, else QEMU_LD_PREFIX; empty:
// nowhere.
std::string prefix_of(const std::vector<std::string>& options);

// One execve() or execveat() of the guest's: `directory` is AT_FDCWD for the former.
struct ExecCall {
  int directory;
  std::uint64_t path;
  std::uint64_t arguments;
  std::uint64_t environment;
  int flags;
};

class ExecFollower {
 public:
  explicit ExecFollower(Guest guest);
  // Does not return when the emulator was started; otherwise the call is left to QEMU. `before` is
  // called first when there is a file that may be executed.
  void follow(const ExecCall& call, void (*before)()) const;
  const std::string& program() const { return command_line_.program; }  // absolute

 private:
  Guest guest_;
  CommandLine command_line_;
  std::string prefix_;
};

}  // namespace pytune::emulator
