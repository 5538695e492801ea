"""Fibonacci numbers 0 to 90 by iteration, summed, many times over.

Exercises: a tight loop on local variables, tuple-free swapping, `range`, integer
addition from one-digit ints up to the edge of 64 bits.
Does not exercise: attributes, containers, deep calls; the bodies are so short
that bytecode dispatch is nearly all there is.
"""
import pyperf

LAST = 90
PASSES = 90
# The first n Fibonacci numbers add up to the (n+2)th, less one.
EXPECTED = PASSES * (7540113804746346429 - 1)


def fib(n):
    current, following = 0, 1
    for _ in range(n):
        current, following = following, current + following
    return current


def workload():
    total = 0
    for _ in range(PASSES):
        for n in range(LAST + 1):
            total += fib(n)
    return total


def check():
    result = workload()
    if result != EXPECTED:
        raise ValueError("fibonacci_iterative: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("fibonacci_iterative", workload)
