#!/usr/bin/env python3
"""The tests that were skipped and may not be: skips.py FOLDER LOG [--offline], a name a line.

FOLDER is the folder of `tests/` that the log is of, and the log is what `python3 -m unittest -v` or a program of
GoogleTest wrote. `tests/skips` lists what may be skipped.
"""

import argparse
import fnmatch
import pathlib
import re

ALLOWED = pathlib.Path(__file__).with_name("skips")
GROUPS = ("machine", "network")


def allowed():
    """Rows of (group, pattern, reason)."""
    lines = (line.strip() for line in ALLOWED.read_text().splitlines())
    rows = [tuple(line.split(maxsplit=2)) for line in lines if line and not line.startswith("#")]
    for row in rows:
        if len(row) != 3 or row[0] not in GROUPS:
            raise SystemExit(f"tests/skips: {' '.join(row)}: a row is {' or '.join(GROUPS)}, a test and a reason")
    return rows


def skipped(folder, log):
    """Names of skipped tests. Python 3.11 and later give a test's whole name in the brackets, earlier ones its class;
    of a test with a docstring, the verdict comes a line later."""
    name = ""
    for line in log.splitlines():
        if found := re.match(r"\[  SKIPPED \] (\S+) \(\d+ ms\)$", line):
            yield f"{folder}/{found[1]}"
        if found := re.match(r"(\w+) \(([\w.]+)\)", line):
            method, inside = found.groups()
            name = inside if inside.endswith(f".{method}") else f"{inside}.{method}"
        if re.search(r"(^|\.\.\. )skipped ['\"]", line):
            yield f"{folder}/{name}"


def not_allowed(folder, log, offline):
    patterns = [pattern for group, pattern, _ in allowed() if offline or group == "machine"]
    return [name for name in skipped(folder, log) if not any(fnmatch.fnmatchcase(name, p) for p in patterns)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--offline", action="store_true", help="tests that fetch something may be skipped too")
    options = parser.parse_args()
    for name in not_allowed(options.folder, options.log.read_text(errors="replace"), options.offline):
        print(name)


if __name__ == "__main__":
    main()
