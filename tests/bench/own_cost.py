"""What pytune itself costs, one program against another: does a change make every start or every worker dearer?

    python3 tests/bench/own_cost.py OLD NEW [5 | 10 | 20 | 50]

OLD and NEW are two programs, such as build/release/pytune of two checkouts; the number is that of pairs of sweeps. The
order within a pair alternates.
Two ratios new / old are printed, each with a 95 % interval (the mean of the log ratios of the pairs, by Student's t):

start       the wall time of --help
per worker  pytune's own CPU time in a sweep over fake tools, without its children's, by the number of workers started

Read with a grain of salt what is one percent off: layout in memory alone moves a program that much.
"""

import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import fakes

TICKS = os.sysconf("SC_CLK_TCK")
# Two-sided 95 % quantiles of Student's t by the number of pairs (NIST/SEMATECH e-Handbook, 1.3.6.7.2, one row higher).
STUDENT = {5: 2.776, 10: 2.262, 20: 2.093, 50: 2.010}
PAIRS_OF_STARTS = 50
ROUNDS = "25"


def seconds_of_help(program):
    start = time.perf_counter()
    subprocess.run([program, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def own_cpu_seconds(process):
    """User and system time of the process alone; waits for its end, and reads before it is reaped."""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Sweeps:
    """A sweep over fake tools whose builds are finished: what it does again and again is measure."""

    def __init__(self, program):
        self.program = program
        self.bench = fakes.Bench()
        self.run()

    def run(self):
        """pytune's own CPU time."""
        for kind in ("blocks", "sweep"):
            shutil.rmtree(self.bench.store / kind, ignore_errors=True)
        command = [self.program, *self.bench.command("--rounds", ROUNDS)[1:]]
        environment = self.bench.environment()
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            said = process.stderr.read()
            seconds = own_cpu_seconds(process)
        if process.returncode != 0:
            sys.exit(f"own_cost: the sweep of {self.program} failed: {said.decode(errors='replace')}")
        return seconds

    def workers(self):
        return sum(path.read_text().count('"arm"') for path in self.bench.store.glob("blocks/*/*.json"))

    def seconds_per_worker(self):
        return self.run() / self.workers()


def compare(what, costs, pairs):
    """costs: two functions, the old program's and the new one's."""
    logs = []
    for pair in range(pairs):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        seconds = {which: costs[which]() for which in order}
        logs.append(math.log(seconds[1] / seconds[0]))
    mean = statistics.fmean(logs)
    half = STUDENT[pairs] * statistics.stdev(logs) / math.sqrt(pairs)
    low, middle, high = (math.exp(mean + off) for off in (-half, 0, half))
    print(f"{what}: new / old {middle:.3f} [{low:.3f}, {high:.3f}], {pairs} pairs")


def main():
    if len(sys.argv) not in (3, 4) or (len(sys.argv) == 4 and sys.argv[3] not in map(str, STUDENT)):
        sys.exit(__doc__)
    programs = [str(pathlib.Path(name).resolve()) for name in sys.argv[1:3]]
    compare("start of --help", [lambda p=program: seconds_of_help(p) for program in programs], PAIRS_OF_STARTS)
    sweeps = [Sweeps(program) for program in programs]
    try:
        pairs = int(sys.argv[3]) if len(sys.argv) == 4 else 20
        compare("own CPU time per worker", [one.seconds_per_worker for one in sweeps], pairs)
        print(f"{sweeps[1].workers()} workers a sweep")
    finally:
        for one in sweeps:
            one.bench.close()


if __name__ == "__main__":
    main()
