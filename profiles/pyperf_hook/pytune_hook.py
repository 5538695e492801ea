"""A pyperf hook that records the CPU time of every value, next to pyperf's wall time.

Put this directory on PYTHONPATH beside pyperf and pass `--hook pytune_cpu`
to a benchmark script. Each run then carries more metadata entries:

`pytune_cpu_seconds`
    One line of floats (as `repr` writes them) separated by single spaces, one
    per call of the benchmark, in call order: first the warm-ups, then the
    values. The run's own `warmups` list says how many are warm-ups.
`pytune_cpu_batches`
    One line of integers separated by single spaces, which add up to the number
    of floats above: how many calls each of pyperf's measuring passes made.
    `-w 1 -n 3` gives "1 3", `-w 0 -n 3` gives "3"; a calibration, in which pyperf
    calls every value a warm-up, gives one number per pass.

The seconds are user plus system time of the whole process (all its threads) and
of the children it waited for meanwhile, for *all loops of one call*: divide by the
loops of that call, and by `inner_loops` if there is such an entry, to compare with
pyperf's values. They span a little more than pyperf's timed region: the loop's
set-up, whatever a script with a timing function of its own does outside its timer,
and, for a benchmark of a command, the start of the small program pyperf runs it by.
That program is handed the hook as well, and there it keeps still: the worker counts
it among its children.

`pytune_peak_rss_kib`
    An integer: the process's peak resident memory so far. Not `ru_maxrss`, in which
    Linux counts what the process held before it became this interpreter too: the
    memory of whatever forked it.
`pytune_python_version`, `pytune_python_executable`, `pytune_python_build`
    Which interpreter this process is: a launcher such as pyenv's shim starts one or another,
    by directory, environment or time, so the process alone can tell.

In a pyperf file with a single run, pyperf moves metadata to the top level of the
file, where these entries are then found.

No base class is taken from pyperf: hooks are only called, never type-checked,
and pyperf's is in a private module.
"""
import os
import sys
import time

try:
    from resource import RUSAGE_CHILDREN, getrusage
except ImportError:  # not on every system that Python runs on
    getrusage = None

SECONDS = "pytune_cpu_seconds"
BATCHES = "pytune_cpu_batches"
PEAK_RSS = "pytune_peak_rss_kib"
VERSION = "pytune_python_version"
EXECUTABLE = "pytune_python_executable"
BUILD = "pytune_python_build"


def _append(metadata, key, words):
    # pyperf makes new hook instances for the warm-ups and for the values, but
    # hands the same dictionary to both: what is there already came first.
    earlier = metadata.get(key)
    metadata[key] = " ".join(([earlier] if earlier else []) + words)


def _peak_rss_kib():
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return None


def _own_program():
    # As pytune's own question has it (tuner/interpreter/interpreter.h): sys.executable is what a
    # launcher called it by, and /proc/self/exe may be the loader of another system.
    named = os.path.realpath(sys.executable) if sys.executable else ""
    try:
        running = os.path.realpath("/proc/self/exe")
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            ends = [line.rstrip("\n").split(None, 5)[5:] for line in maps]
    except OSError:
        return named
    files = {end[0] for end in ends if end}
    return running if named not in files and running in files else named


def _interpreter():
    # As pytune's own question has it (tuner/campaign/find_interpreter.cc).
    yield VERSION, sys.version.split()[0]
    yield EXECUTABLE, _own_program()
    yield BUILD, " ".join([*sys.version.split(), str(sys.implementation.cache_tag), hex(sys.hexversion)])


def _children_seconds():
    if getrusage is None:
        return 0.0
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class CpuTime:
    def __init__(self):
        self._seconds = []
        self._start = None
        self._children = 0.0
        # Bound here, so that nothing is looked up between the two readings.
        self._clock = time.process_time

    def __enter__(self):
        self._children = _children_seconds()
        self._start = self._clock()
        return self

    def __exit__(self, kind, error, traceback):
        stop = self._clock()
        self._seconds.append(stop - self._start + (_children_seconds() - self._children))

    def teardown(self, metadata):
        if os.path.basename(sys.argv[0]) == "_process_time.py":
            return
        # pyperf refuses empty strings.
        if self._seconds:
            _append(metadata, SECONDS, [repr(seconds) for seconds in self._seconds])
            _append(metadata, BATCHES, [str(len(self._seconds))])
        peak = _peak_rss_kib()
        if peak is not None:
            metadata[PEAK_RSS] = peak
        for key, text in _interpreter():
            if text:
                metadata[key] = text
