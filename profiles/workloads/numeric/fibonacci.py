"""Fibonacci numbers, by what people reach for when plain Python is too slow.

    python fibonacci.py numpy|numba|cython|c|threading|multiprocessing

Exercises: `c`, `cython` and `numba` the same double recursion as compiled code, called
once per value, so that an interpreter can hardly make a difference: they are the
floor. `numpy` many numbers at once by doubling, int64 arithmetic on arrays.
`threading` and `multiprocessing` the recursion in Python on two workers: hand-over
of tasks, the lock that lets one thread run at a time, pickling, pipes.
Does not exercise: floats, memory beyond a megabyte; processes are started before
anything is timed.

What a program here lacks is said with exit status 77 and a reason, which is no error.
"""
import sys

import pyperf

SMALL = 24  # for Python: some 20 ms
LARGE = 32  # for compiled code: likewise
EXPECTED = {SMALL: 46368, LARGE: 2178309}
WORKERS = 2
COUNT = 92  # fib(92) is the last that fits 63 bits
REPEATS = 1000


def cannot_run(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def parts(n):
    """Four arguments whose Fibonacci numbers add up to the nth: work for two, nearly even."""
    return [n - 2, n - 3, n - 3, n - 4]


def with_c():
    import ctypes
    import os
    for folder in sys.path:
        path = os.path.join(folder, "libnumeric_floor.so")
        if os.path.exists(path):
            function = ctypes.CDLL(path).fibonacci
            function.argtypes, function.restype = [ctypes.c_int], ctypes.c_longlong
            return function, LARGE
    cannot_run("libnumeric_floor.so was not compiled for this interpreter")


def with_cython():
    try:
        import numeric_kernels
    except ImportError as error:
        cannot_run("the Cython module cannot be imported: %s" % error)
    return numeric_kernels.fibonacci, LARGE


def with_numba():
    try:
        import numba
    except ImportError as error:
        cannot_run("Numba cannot be imported: %s" % error)

    @numba.njit("int64(int64)")
    def compiled(n):
        if n < 2:
            return n
        return compiled(n - 1) + compiled(n - 2)

    return compiled, LARGE


def with_numpy():
    try:
        import numpy
    except ImportError as error:
        cannot_run("NumPy cannot be imported: %s" % error)
    wanted = numpy.tile(numpy.arange(COUNT + 1, dtype=numpy.int64), REPEATS)

    def doubled(ignored):
        """From fib(k), fib(k + 1) to fib(2k), fib(2k + 1), for every bit of every number at once."""
        a, b = numpy.zeros_like(wanted), numpy.ones_like(wanted)
        for bit in range(COUNT.bit_length() - 1, -1, -1):
            c = a * (2 * b - a)
            d = a * a + b * b  # beyond 63 bits for the last numbers' own successors, which nobody reads
            odd = (wanted >> bit) & 1 == 1
            a, b = numpy.where(odd, d, c), numpy.where(odd, c + d, d)
        return a

    exact = [0, 1]
    while len(exact) <= COUNT:
        exact.append(exact[-1] + exact[-2])
    if doubled(0).tolist() != exact * REPEATS:
        raise ValueError("fibonacci_numpy: not the Fibonacci numbers")
    return doubled, None


def with_threading():
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(WORKERS)
    return (lambda n: sum(pool.map(fib, parts(n)))), SMALL


def with_multiprocessing():
    try:
        import multiprocessing
        # By fork, whatever the default: a fresh interpreter would import this script.
        pool = multiprocessing.get_context("fork").Pool(WORKERS)
    except (ImportError, OSError, ValueError) as error:
        cannot_run("no worker processes here: %s" % error)
    return (lambda n: sum(pool.map(fib, parts(n), 1))), SMALL


IMPLEMENTATIONS = {"c": with_c, "cython": with_cython, "numba": with_numba, "numpy": with_numpy,
                   "threading": with_threading, "multiprocessing": with_multiprocessing}


def check(function, n):
    result = function(n)
    if result != EXPECTED[n]:
        raise ValueError("fibonacci: got %r, expected %r" % (result, EXPECTED[n]))


if __name__ == "__main__":
    runner = pyperf.Runner(add_cmdline_args=lambda command, options: command.append(options.implementation))
    runner.argparser.add_argument("implementation", choices=sorted(IMPLEMENTATIONS))
    implementation = runner.parse_args().implementation
    function, argument = IMPLEMENTATIONS[implementation]()
    if argument is not None:
        check(function, argument)
    runner.bench_func("fibonacci_" + implementation, function, argument)
