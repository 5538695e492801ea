"""Ints that are made and freed again: of one digit, which are kept, and of two, which are not."""

WORK = {
    "100 sums": ("for i in numbers:\n    a = i + 1000", "numbers = range(1000, 1100)"),
    "100 products and remainders": ("for i in numbers:\n    a = i * 7919 % 65537", "numbers = range(1000, 1100)"),
    "range of 1000": ("for i in range(1000, 2000): pass", "pass"),
    "100 sums of two digits": ("for i in numbers:\n    a = i + 1000", "numbers = range(1 << 40, (1 << 40) + 100)"),
    "a list of 1000": ("list(range(1000, 2000))", "pass"),
}
