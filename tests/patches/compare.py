"""Whether two interpreters agree on all inputs of patches/differential.py.

    python compare.py OLD NEW [--emulator COMMAND] [--cases N] [--seed N] [AREA...]

OLD and NEW are interpreters: without and with the patches. COMMAND goes in front of both, for example
"qemu-aarch64 -L SYSROOT". Exit status 1 if they do not agree, or one of them failed.
"""

import argparse
import os
import pathlib
import shlex
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "patches" / "differential.py"


def answers(command, words):
    # One hash seed: what an interpreter prints must follow from its arguments alone.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, "-s", "-P", PROGRAM, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
    return [line.split() for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--emulator", type=shlex.split, default=[])
    options, words = parser.parse_known_args()
    old, new = (answers([*options.emulator, program], words) for program in (options.old, options.new))
    differing = 0
    for (area, inputs, before), (_, _, after) in zip(old, new, strict=True):
        differing += before != after
        print(f"{area}: {inputs} inputs: {'agree' if before == after else 'DIFFER'}")
    sys.exit(1 if differing or not old else 0)


if __name__ == "__main__":
    main()
