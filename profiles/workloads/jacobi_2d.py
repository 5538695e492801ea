"""Jacobi relaxation of heat in a square plate, on lists of lists of floats.

Exercises: float addition and multiplication, allocation and release of float
objects, list indexing by computed positions, nested counting loops.
Does not exercise: calls, attributes, integers beyond indices, or numeric
libraries: a real solver would use arrays, this one measures the interpreter.
"""
import pyperf

SIDE = 34
SWEEPS = 100
EXPECTED = 257.95853611816796


def plate():
    """Cold everywhere, hot along the top, a ramp down the left edge."""
    rows = [[0.0] * SIDE for _ in range(SIDE)]
    rows[0] = [1.0] * SIDE
    for i in range(SIDE):
        rows[i][0] = 1.0 - i / (SIDE - 1)
    return rows


def sweep(old, new):
    for i in range(1, SIDE - 1):
        above = old[i - 1]
        here = old[i]
        below = old[i + 1]
        target = new[i]
        for j in range(1, SIDE - 1):
            target[j] = 0.25 * (above[j] + below[j] + here[j - 1] + here[j + 1])


def workload():
    old, new = plate(), plate()
    for _ in range(SWEEPS):
        sweep(old, new)
        old, new = new, old
    return old


def check():
    result = 0.0
    for row in workload():
        for value in row:
            result += value
    # A tolerance and not equality: a build may be allowed to contract floats.
    if abs(result - EXPECTED) > 1e-8:
        raise ValueError("jacobi_2d: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("jacobi_2d", workload)
