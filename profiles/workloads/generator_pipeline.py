"""Sensor readings passed through a chain of generators.

Exercises: generator creation, resumption and exhaustion, generator expressions,
`yield from` through a recursion, values sent into a generator, `close()`.
Does not exercise: async code (the same machinery, with more around it),
containers beyond short tuples and lists, floats.
"""
import pyperf

READINGS = 8000
DEPTH = 10
EXPECTED = (1311637, 7899, 4096, 992)


def readings(count):
    state = 97
    for number in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        yield number, (state >> 8) % 1000


def valid(source):
    for number, value in source:
        if value != 500 and value % 97:
            yield number, value


def windows(source, width):
    window = []
    for _, value in source:
        window.append(value)
        if len(window) == width:
            yield tuple(window)
            del window[0]


def smooth(source):
    for first, second, third, fourth in source:
        yield (first + 2 * second + 2 * third + fourth) // 6


def totaller():
    """A coroutine: send it a value, it answers with the running total."""
    total = 0
    while True:
        value = yield total
        total += value


def tree(low, high):
    """A balanced binary tree over [low, high), as nested tuples."""
    if low >= high:
        return None
    middle = (low + high) // 2
    return tree(low, middle), middle, tree(middle + 1, high)


def walk(node):
    if node is not None:
        left, value, right = node
        yield from walk(left)
        yield value
        yield from walk(right)


def alternate(first, second):
    for one in first:
        yield one
        for other in second:
            yield other
            break


def workload():
    total = totaller()
    next(total)
    steps = 0
    result = 0
    for value in smooth(windows(valid(readings(READINGS)), 4)):
        result = total.send(value // 3)
        steps += 1
    total.close()
    size = 2 ** DEPTH
    mixed = alternate(walk(tree(0, size)), (n * n for n in range(size) if n & 1))
    odd = 0
    for value in mixed:
        odd += value & 7
    last = max(value for number, value in readings(READINGS) if number > 3 and value % 8 == 0)
    return result, steps, odd, last


def check():
    result = workload()
    if result != EXPECTED:
        raise ValueError("generator_pipeline: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("generator_pipeline", workload)
