"""How often models of branch predictors are wrong about each workload, in interpreters of another architecture.

    python predict.py --emulator COMMAND --plugin FILE --pyperf DIR [--json] [WORKLOAD...] -- OLD [NEW...]

WORKLOAD is the name of a workload of profiles/workloads, all of the builtin suite if none is given. COMMAND is for example
"qemu-aarch64 -L SYSROOT", FILE pytune's counting plugin, DIR a folder from which pyperf can be imported. What is printed is
modelled (emulator/branch_predictors.h): indirect branches that a predictor by the last target, and one by the history of
targets, did not foresee, for a thousand instructions, by the difference of a run with 2 L loops and one with L.
"""

import argparse
import json
import math
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

WANTED = 60_000_000  # instructions of the difference
WORKLOADS = pathlib.Path(__file__).resolve().parents[2] / "profiles" / "workloads"
FIGURES = "instructions", "indirect-branches", "last-target-misses", "history-misses"


def count(options, interpreter, workload, loops):
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": options.pyperf}
    with tempfile.TemporaryDirectory() as folder:
        command = ["setarch", "-R", *options.emulator, "-plugin", f"{options.plugin},out={folder},predict=on", interpreter, "-s",
                   WORKLOADS / f"{workload}.py", "--worker", "-w0", "-n1", f"-l{loops}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{interpreter}: {workload}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
        processes = [json.loads(path.read_text()) for path in pathlib.Path(folder).glob("*.json")]
    return [sum({**process["counts"], **process["predictions"]}[figure] for process in processes) for figure in FIGURES]


def per_loop(options, interpreter, workload):
    """FIGURES of one loop."""
    def difference(loops):
        return [(b - a) / loops for a, b in zip(count(options, interpreter, workload, loops), count(options, interpreter, workload, 2 * loops))]

    first = difference(1)
    loops = int(WANTED / max(first[0], 1))
    return first if loops < 2 else difference(loops)


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def main():
    if "--" not in sys.argv:
        raise SystemExit(f"usage:{__doc__.split(chr(10))[2]}")
    split = sys.argv.index("--")
    interpreters = sys.argv[split + 1 :]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--emulator", type=shlex.split, required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--pyperf", required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD")
    options = parser.parse_args(sys.argv[1:split])
    suite = json.loads((WORKLOADS / "builtin.json").read_text())
    workloads = options.workloads or [workload["name"] for workload in suite["workloads"]]
    results = []
    for workload in workloads:
        rows = [per_loop(options, interpreter, workload) for interpreter in interpreters]
        results.append({"workload": workload, "per_loop": [dict(zip(FIGURES, row)) for row in rows]})
        if not options.json:
            print(f"{workload:<22}" + "".join(f"  " + "".join(f" {1000 * figure / row[0]:6.2f}" for figure in row[1:]) for row in rows), flush=True)
    if options.json:
        print(json.dumps(results, indent=1))
        return
    print("of each interpreter, for 1000 instructions: indirect branches, missed by the last target, missed by history")
    for number in range(1, len(interpreters)):
        # Of work, not of instructions, of which the other has fewer; one more of each, for some workloads have next to none.
        means = (geometric_mean([(row["per_loop"][number][figure] + 1) / (row["per_loop"][0][figure] + 1) for row in results]) for figure in FIGURES)
        print(f"{interpreters[number]} per loop, times those of the first, geometric means: "
              + ", ".join(f"{figure} {mean:.3f}" for figure, mean in zip(FIGURES, means)))


if __name__ == "__main__":
    main()
