#!/usr/bin/env bash
# slower_copy.sh PREFIX COPY PERCENT: a copy of an installed CPython that takes PERCENT more CPU time for everything.
#
# A profiling timer interrupts the copy every 10 ms of CPU time; its handler then spins for PERCENT of the CPU time
# since the last interrupt. So the slowdown is the same in every workload, whatever it does, and exact up to the last tick.
set -euo pipefail
(($# == 3)) || { echo "usage: slower_copy.sh PREFIX COPY PERCENT" >&2; exit 2; }
prefix=$1 copy=$2 percent=$3
[[ -d $prefix/lib && ! -e $copy ]] || { echo "slower_copy.sh: $prefix must be an installed CPython, $copy must not exist" >&2; exit 2; }
cp -a "$prefix" "$copy"
for packages in "$copy"/lib/python3.*/site-packages; do
  cat > "$packages/sitecustomize.py" <<PYTHON
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

    signal.signal(signal.SIGPROF, spin)
    signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)


_slow_down()
PYTHON
done
