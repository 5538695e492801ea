// A process beside pytune that outlives it: should pytune be killed by what it cannot catch, it
// ends what pytune had started, wherever that has gone.
#pragma once

namespace pytune {

// Starts it, once per process; later calls do nothing. It knows processes by the mark of this run
// (see process_mark.h), holds none of our files open, and ends with us. Where it cannot be started,
// as under a limit on processes, a run goes on without.
void start_reaper();

}  // namespace pytune
