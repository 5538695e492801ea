"""How often models of branch predictors are wrong about each workload, in interpreters of another architecture.

    python predict.py --emulator COMMAND --plugin FILE --pyperf DIR [--json] [WORKLOAD...] -- OLD [NEW...]

WORKLOAD is the name of a workload of profiles/workloads, all of the builtin suite if none is given. COMMAND is for
example "qemu-aarch64 -L SYSROOT", FILE pytune's counting plugin, DIR a folder from which pyperf can be imported. What
is printed is modelled (emulator/branch_predictors.h): indirect branches that a predictor by the last target, and one by
the history of targets, did not foresee, for a thousand instructions, by the difference of a run with 2 L loops and one
with L.
"""

import json
import math
import pathlib

import counting

WANTED = 60_000_000  # instructions of the difference
WORKLOADS = pathlib.Path(__file__).resolve().parents[2] / "profiles" / "workloads"
FIGURES = "instructions", "indirect-branches", "last-target-misses", "history-misses"


def count(options, interpreter, workload, loops):
    words = [WORKLOADS / f"{workload}.py", "--worker", "-w0", "-n1", f"-l{loops}"]
    ran = counting.processes(options, interpreter, words, ",predict=on", PYTHONPATH=options.pyperf)
    return [sum({**process["counts"], **process["predictions"]}[figure] for process in ran) for figure in FIGURES]


def per_loop(options, interpreter, workload):
    """FIGURES of one loop."""

    def difference(loops):
        once, twice = (count(options, interpreter, workload, times * loops) for times in (1, 2))
        return [(b - a) / loops for a, b in zip(once, twice, strict=True)]

    first = difference(1)
    loops = int(WANTED / max(first[0], 1))
    return first if loops < 2 else difference(loops)


def ratio(old, new, figure):
    """Of work, not of instructions, of which one has fewer. Less than one in 100,000 of them is different start-up."""
    least = old["instructions"] / 100_000
    return (max(new[figure], 0) + least) / (max(old[figure], 0) + least)


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def main():
    parser = counting.parser_of(__doc__)
    parser.add_argument("--pyperf", required=True)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD")
    options, interpreters = counting.parse(parser, __doc__)
    suite = json.loads((WORKLOADS / "builtin.json").read_text())
    workloads = options.workloads or [workload["name"] for workload in suite["workloads"]]
    results = []
    for workload in workloads:
        rows = [per_loop(options, interpreter, workload) for interpreter in interpreters]
        results.append({"workload": workload, "per_loop": [dict(zip(FIGURES, row, strict=True)) for row in rows]})
        if not options.json:
            print(
                f"{workload:<22}"
                + "".join("  " + "".join(f" {1000 * figure / row[0]:6.2f}" for figure in row[1:]) for row in rows),
                flush=True,
            )
    if options.json:
        print(json.dumps(results, indent=1))
        return
    print("of each interpreter, for 1000 instructions: indirect branches, missed by the last target, missed by history")
    for number in range(1, len(interpreters)):
        means = (
            geometric_mean([ratio(row["per_loop"][0], row["per_loop"][number], figure) for row in results])
            for figure in FIGURES
        )
        print(
            f"{interpreters[number]} per loop, times those of the first, geometric means: "
            + ", ".join(f"{figure} {mean:.3f}" for figure, mean in zip(FIGURES, means, strict=True))
        )


if __name__ == "__main__":
    main()
