#!/usr/bin/env bash
# slower_copy.sh PREFIX COPY PERCENT: a copy of an installed CPython, or of a virtual environment made with --copies, that
# takes PERCENT more CPU time for everything.
#
# A timer interrupts the copy every 10 ms; its handler then spins for PERCENT of the CPU time since the last interrupt. So
# the slowdown is the same in every workload, whatever it does, and exact up to the last tick. It is the timer of wall
# time: while one of CPU time runs, Linux keeps the process's CPU clock by the tick alone, and 4 ms are too coarse.
set -euo pipefail
(($# == 3)) || { echo "usage: slower_copy.sh PREFIX COPY PERCENT" >&2; exit 2; }
prefix=$1 copy=$2 percent=$3
[[ -d $prefix/lib && ! -e $copy ]] || { echo "slower_copy.sh: $prefix must be an installed CPython or an environment, $copy must not exist" >&2; exit 2; }
cp -a "$prefix" "$copy"
for packages in "$copy"/lib/python3.*/site-packages; do
  # A line of a .pth file, for a distribution may have a sitecustomize of its own, which comes first.
  echo 'import pytune_slower' > "$packages/pytune_slower.pth"
  cat > "$packages/pytune_slower.py" <<PYTHON
import atexit
import signal
import time


def _slow_down(share=$percent / 100, clock=time.process_time):
    last = clock()

    def spin(number, frame):
        nonlocal last
        end = clock()
        end += (end - last) * share
        while clock() < end:
            pass
        last = clock()

    signal.signal(signal.SIGALRM, spin)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    # While it ends, the interpreter puts the default action back, and that of SIGALRM is death.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


_slow_down()
PYTHON
done
