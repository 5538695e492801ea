// Which processes pytune started, and what those started in turn: a variable in their environment
// says so. A process id may have been given to another process since, and the directory that a
// process is in says nothing about who started it; whoever holds a mark of 128 random bits has it
// from us.
//
// What a process clears from its environment is not found again. Nothing else carries a mark.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace pytune {

// Of this run of pytune: 32 hex digits, drawn once.
const std::string& run_mark();

// A mark of this run for one command: that of the run, a dot, and a number of fixed length, so that
// the environment of all commands is of one size.
std::string next_command_mark();

constexpr std::string_view kMarkVariable = "PYTUNE_PROCESS";

// "PYTUNE_PROCESS=MARK": the entry of the environment. That of a run is the beginning of those of
// its commands.
std::string mark_entry(std::string_view mark);

// Whether the environment of the process has an entry that begins so. False where /proc does not
// say.
bool carries(pid_t pid, std::string_view entry);

// Ends (SIGKILL) every process, but this one, whose environment has an entry that begins so, and
// says how many there were. Makes only calls that are allowed between fork and exec.
int end_all_that_carry(std::string_view entry) noexcept;

// The same, until a look finds none or the processes had two seconds to go.
void end_what_is_left_of(std::string_view entry) noexcept;

}  // namespace pytune
