"""Run every training program, check every result: what PGO and BOLT train on.

    python run.py [--scale N] [--verbose]

At scale 1 this takes some seconds on an ordinary interpreter, and about three
times as long on an instrumented one. Run it with PYTHONHASHSEED=0, so that two
trainings see the same collisions; the results do not depend on it.

None of these programs, nor their algorithms, is among the measured workloads:
an interpreter trained on what it is measured with would look better than it is.

A module of the standard library that this interpreter was built without means that
the programs which need it are skipped, each with a line on standard error. The last
line of the output is `training: ok (N programs)`; a wrong result ends with status 1.
"""
import argparse
import importlib
import os
import sys

MODULES = ("objects", "flow", "containers", "text_work", "patterns", "encodings_work",
           "numbers_work", "ordering", "compiling", "services")


def positive(text):
    value = float(text)
    if not 0 < value < 10000:
        raise argparse.ArgumentTypeError("must be more than 0 and less than 10000")
    return value


def programs():
    for name in MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            if error.name in MODULES + ("support",):
                raise
            print("training: skipped %s: %s" % (name, error), file=sys.stderr)
            continue
        for function, repeats, expected in module.PROGRAMS:
            yield "%s.%s" % (name, function.__name__), function, repeats, expected


def train(name, function, repeats, expected):
    """Whether the program ran; a wrong result ends everything."""
    for _ in range(repeats):
        try:
            result = function()
        except ImportError as error:
            print("training: skipped %s: %s" % (name, error), file=sys.stderr)
            return False
        if result != expected:
            sys.exit("training: %s: got %r, expected %r" % (name, result, expected))
    return True


def main():
    parser = argparse.ArgumentParser(description="Train an instrumented interpreter.")
    parser.add_argument("--scale", type=positive, default=1.0, metavar="N",
                        help="multiply the amount of work by N (default: 1)")
    parser.add_argument("--verbose", action="store_true",
                        help="name each program and its result on standard error")
    options = parser.parse_args()

    # The second training has to do the same work as the first, and this directory
    # is not ours to write to.
    sys.dont_write_bytecode = True
    # Also when Python was told not to put the script's directory first.
    here = os.path.dirname(os.path.abspath(__file__))
    if here not in sys.path:
        sys.path.insert(0, here)

    count = 0
    for name, function, repeats, expected in programs():
        if train(name, function, max(1, round(repeats * options.scale)), expected):
            count += 1
            if options.verbose:
                print("training: %s: %r" % (name, expected), file=sys.stderr)
    if not count:
        sys.exit("training: every program was skipped")
    print("training: ok (%d programs)" % count)


if __name__ == "__main__":
    main()
