"""Tuples of ints in order, in a heap and as keys; and tuples of text, which take the way they always took."""

WORK = {
    "100 comparisons": ("for pair in pairs: pair < other", "pairs = [(1000, i) for i in range(1000, 1100)]; other = (1000, 1050)"),
    "a heap of 100": (
        "heap = []\nfor pair in pairs: push(heap, pair)\nwhile heap: pop(heap)",
        "from heapq import heappush as push, heappop as pop\npairs = [(i * 7919 % 1009 + 1000, i) for i in range(100)]",
    ),
    "100 keys": ("for x in range(1000, 1100): grid[x, 1000]", "grid = {(x, 1000): x for x in range(1000, 1100)}"),
    "100 comparisons of text": ("for pair in pairs: pair < other", "pairs = [('a', str(i)) for i in range(1000, 1100)]; other = ('a', '1050')"),
}
