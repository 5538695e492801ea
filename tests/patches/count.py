"""How many instructions each statement of a patch's micro-benchmark takes, in interpreters of another architecture.

    python count.py --emulator COMMAND --plugin FILE [--json] BENCH... -- OLD [NEW...]

BENCH is a file of patches/bench: a table WORK of names and (statement, setup) pairs, as timeit takes
them. COMMAND is for example "qemu-aarch64 -L SYSROOT", FILE pytune's counting plugin. What one statement
takes is the difference between a run with 2 L loops and one with L, divided by L: start-up and the reading
of the program cancel out, the loop around the statement does not.

With --function NAME (may be repeated) only what is executed inside functions of these names counts, in whatever
file they are, and not in what they call: what a patch changed without all that the interpreter does around it. NM
names another nm than aarch64-linux-gnu-nm.
"""

import collections
import json
import os
import pathlib
import runpy
import subprocess

import counting

FIRST_LOOPS = 200  # enough to tell how many make WANTED
WANTED = 40_000_000  # instructions; start-up differs by some thousands from run to run
BENCH = pathlib.Path(__file__).resolve().parents[2] / "patches" / "bench.py"


NM = os.environ.get("NM", "aarch64-linux-gnu-nm")


def ranges_of(path, names):
    """Where functions of these names are in a file, whose code is at its addresses: [(first, past), ...]."""
    found = []
    for table in ([], ["-D"]):  # a stripped file has the second only
        done = subprocess.run([NM, "-S", "--defined-only", *table, path], capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            words = line.split()
            if len(words) == 4 and words[2] in "tT" and words[3].split("@")[0] in names:
                found.append((int(words[0], 16), int(words[0], 16) + int(words[1], 16)))
    return sorted(set(found))


def inside(process, names):
    counts = collections.Counter()
    for file, offset, _, instructions in process["blocks"]:
        counts[file, offset] += instructions
    total = 0
    for number, path in enumerate(process["files"]):
        for first, past in ranges_of(path, names) if path else []:
            total += sum(count for (file, offset), count in counts.items() if file == number and first <= offset < past)
    return total


def count(options, interpreter, bench, name, loops):
    plugin = ",functions=on" if options.function else ""
    ran = counting.processes(options, interpreter, ["-P", BENCH, bench, name, str(loops)], plugin)
    if options.function:
        return sum(inside(process, options.function) for process in ran)
    return sum(process["counts"]["instructions"] for process in ran)


def per_statement(options, interpreter, bench, name):
    def difference(loops):
        return (
            count(options, interpreter, bench, name, 2 * loops) - count(options, interpreter, bench, name, loops)
        ) / loops

    return difference(int(max(FIRST_LOOPS, WANTED / max(difference(FIRST_LOOPS), 50))))


def main():
    parser = counting.parser_of(__doc__)
    parser.add_argument("--function", action="append", metavar="NAME")
    parser.add_argument("benches", nargs="+", metavar="BENCH")
    options, interpreters = counting.parse(parser, __doc__)
    results = []
    for bench in options.benches:
        for name in runpy.run_path(bench)["WORK"]:
            counts = [per_statement(options, interpreter, bench, name) for interpreter in interpreters]
            results.append({"bench": pathlib.Path(bench).stem, "work": name, "instructions": counts})
            if not options.json:
                ratios = "".join(f"  {counts[0] / number:6.2f}x" for number in counts[1:])
                print(
                    f"{pathlib.Path(bench).stem:<22} {name:<24}"
                    + "".join(f"{number:12.1f}" for number in counts)
                    + ratios,
                    flush=True,
                )
    if options.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
