"""Sorting by keys of several items: of ints, of text and a number, and of what the patch leaves to the types."""

MIXED = "import random; random.seed(1); n = [random.randrange(50) for _ in range(200)]\n"

WORK = {
    "by two ints": ("sorted(keys)", MIXED + "keys = [(a, b) for a, b in zip(n, reversed(n))]"),
    "by a text and a float": ("sorted(keys)", MIXED + "keys = [('key %d' % (a % 5), b / 8) for a, b in zip(n, reversed(n))]"),
    "by two tuples": ("sorted(keys)", MIXED + "keys = [((a % 5,), (b,)) for a, b in zip(n, reversed(n))]"),
    "by one int": ("sorted(n)", MIXED),
}
