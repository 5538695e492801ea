"""Runs a patch's micro-benchmark: a file of bench/ with a table WORK of names and (statement, setup) pairs, as timeit takes them.

    python bench.py FILE                every statement a few times; prints their names
    python bench.py FILE NAME LOOPS     this statement so many times
"""

import runpy
import sys
import timeit

FEW = 3


def run(work, name, loops):
    statement, setup = work[name]
    timeit.Timer(statement, setup).timeit(loops)


def main():
    if len(sys.argv) not in (2, 4):
        raise SystemExit("usage: bench.py FILE [NAME LOOPS]")
    work = runpy.run_path(sys.argv[1])["WORK"]
    if len(sys.argv) == 4:
        run(work, sys.argv[2], int(sys.argv[3]))
        return
    for name in work:
        run(work, name, FEW)
        print(name)


if __name__ == "__main__":
    main()
