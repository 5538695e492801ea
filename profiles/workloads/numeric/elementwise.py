"""Arithmetic on arrays of NumPy, one number at a time.

    python elementwise.py float32|float64

Exercises: NumPy's loops over contiguous memory (multiplication, addition, square
roots, comparisons, selection, exponentials), its temporary arrays, a sum; arrays of a
size between caches and main memory.
Does not exercise: linear algebra, and the interpreter beyond a dozen calls per value.
"""
import math
import sys

import pyperf

COUNT = 200_000
STEP = 64


def cannot_run(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def inputs(numpy, dtype):
    return (numpy.arange(COUNT) % 1000 / 1000).astype(dtype), (numpy.arange(COUNT) % 777 / 777).astype(dtype)


def formula(numpy, x, y):
    distance = numpy.sqrt(x * x + y * y)
    return numpy.where(distance > 0.5, numpy.exp(-distance), 0.25 * x - y) + 1.5


def expected(x, y):
    distance = math.sqrt(x * x + y * y)
    return (math.exp(-distance) if distance > 0.5 else 0.25 * x - y) + 1.5


def check(results, xs, ys, tolerance):
    """Every STEPth against the formula in Python."""
    for i in range(0, len(results), STEP):
        x, y = float(xs[i]), float(ys[i])
        # At the threshold itself, rounding may take the other branch.
        near = abs(math.sqrt(x * x + y * y) - 0.5) < 1e-5
        if not near and not abs(float(results[i]) - expected(x, y)) < tolerance:
            raise ValueError("elementwise: number %d is %r, expected %r" % (i, float(results[i]), expected(x, y)))


if __name__ == "__main__":
    runner = pyperf.Runner(add_cmdline_args=lambda command, options: command.append(options.dtype))
    runner.argparser.add_argument("dtype", choices=["float32", "float64"])
    dtype = runner.parse_args().dtype
    try:
        import numpy
    except ImportError as error:
        cannot_run("NumPy cannot be imported: %s" % error)
    x, y = inputs(numpy, dtype)
    check(formula(numpy, x, y), x, y, 1e-5 if dtype == "float32" else 1e-12)
    runner.bench_func("elementwise_" + dtype, formula, numpy, x, y)
