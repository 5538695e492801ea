"""Fibonacci by plain double recursion.

Exercises: Python-to-Python calls, frame set-up and tear-down, global lookup of
a function, comparison and addition of small integers.
Does not exercise: memory allocation to speak of, containers, floats, loops.
"""
import pyperf

ARGUMENT = 25
EXPECTED = 75025


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def check():
    result = fib(ARGUMENT)
    if result != EXPECTED:
        raise ValueError("fibonacci_recursive: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("fibonacci_recursive", fib, ARGUMENT)
