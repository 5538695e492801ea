// What whoever starts pytune leaves it: standard streams, signals, limits, the mask of file modes.
// What would make it fail in odd ways is set right, once, before anything else; a command that is
// the user's own gets all of it back.
#pragma once

#include <sys/types.h>

namespace pytune {

// First thing in main, while there is one thread.
// - A closed standard stream is opened on /dev/null: else the next file would be written to by
// whoever
//   prints.
// - Signals: SIGCHLD is not ignored and none is blocked; else the ends of children are not seen.
// - Limits that can be raised are: 4096 open files, 8 MiB of stack. No core files are left in the
// store.
// - The mask of file modes is 022, so that what is built is the same for everybody and can be read
// in a
//   shared store. What a user asked for by name has the modes they wanted (inherited_umask()).
void settle_inheritance();

// Throws UsageError where a limit that cannot be raised leaves too little to work with.
void require_limits();

mode_t inherited_umask();

// SIGHUP and SIGINT that are ignored stay so: that is how nohup, and a shell for what it starts in
// the background, say that they are not meant.
bool inherited_ignored(int signal);

// In a forked child, before its exec: all as it was. Makes only calls that are allowed there.
void give_back_inheritance() noexcept;

}  // namespace pytune
