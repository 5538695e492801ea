"""What it costs to plan thousands of points, one program against another.

    python3 tests/bench/planning_cost.py OLD NEW SOURCE [PAIRS]

OLD and NEW are two programs, such as build/release/pytune of two checkouts. SOURCE is a CPython, as `sweep --source`
takes it, that is here already. The compilers of this machine are asked, as in a user's sweep.

Printed is the CPU time of each plan with all that it starts, user and system together, and the ratio old / new, pair
by pair and the median. A store that a sweep was begun in is used: a program that keeps what compilers accept finds it.
"""

import json
import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

DEFINITION = {
    "schema": 1,
    "source": "unused",
    "baseline": {"compiler": "gcc", "opt": "O3", "pgo": "none", "lto": "none"},
    "axes": {
        "compiler": ["gcc", "clang"],
        "cpu": ["generic", "native"],
        "pgo": ["none", "training", "both"],
        "lto": ["none", "thin", "full"],
        "pie": ["pie", "no-pie"],
        "dispatch": ["goto", "tail-call", "switch"],
        "patches": ["none", "series"],
        "bolt": ["off", "on"],
        "hardening": ["none", "debian"],
        "gil": ["on", "off"],
        "modules": ["shared", "static"],
    },
}


def begin(program, definition, source, store):
    """A sweep until its plan is made: then there is work to do, in a directory of its own."""
    command = [program, "sweep", "--spec", definition, "--source", source, "--store", store, "--max", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sweep:
        deadline = time.monotonic() + 600
        while not any((store / "work").glob("*/build")) and sweep.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        sweep.send_signal(signal.SIGINT)


def plan(program, definition, source, store):
    """CPU seconds, and how many points there are."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [program, "sweep", "--spec", definition, "--source", source, "--store", store, "--plan", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"planning_cost: {program} failed: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = json.loads(done.stdout)
    points = len(answer["configurations"]) + len(answer["dropped"])
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, points


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    programs = [pathlib.Path(program).resolve() for program in sys.argv[1:3]]
    source = sys.argv[3]
    pairs = int(sys.argv[4]) if len(sys.argv) == 5 else 3
    with tempfile.TemporaryDirectory() as scratch:
        definition = pathlib.Path(scratch) / "points.json"
        definition.write_text(json.dumps(DEFINITION))
        stores = [pathlib.Path(scratch) / name for name in ("old", "new")]
        for program, store in zip(programs, stores, strict=True):
            begin(program, definition, source, store)
        ratios = []
        for pair in range(pairs):
            seconds = [0.0, 0.0]
            for which in (0, 1) if pair % 2 == 0 else (1, 0):
                seconds[which], points = plan(programs[which], definition, source, stores[which])
                print(f"{'new' if which else 'old'}: {points} points, {seconds[which]:.2f} s of CPU time", flush=True)
            ratios.append(seconds[0] / seconds[1])
            print(f"pair {pair + 1}: old / new {ratios[-1]:.2f}")
        print(f"median: old / new {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
