"""Shortest paths, hop counts and reachable sets on a road map of named towns.

Exercises: dictionaries and sets keyed by strings (lookup, insertion, union,
difference), dictionaries of dictionaries, tuples and their comparison, `heapq`,
`collections.deque`.
Does not exercise: classes, floats, string building. The string keys are hashed
once and then found by identity mostly, as is usual for graphs in Python.
"""
import collections
import heapq

import pyperf

ROWS = 40
COLUMNS = 44
STARTS = ("t0_0", "t17_31")
EXPECTED = (3735027, 115850, 828, 6)


def make_map():
    """A grid with one-way streets, some links missing, and random lengths."""
    state = 20240229
    roads = {"t%d_%d" % (row, column): {} for row in range(ROWS) for column in range(COLUMNS)}
    for row in range(ROWS):
        for column in range(COLUMNS):
            here = "t%d_%d" % (row, column)
            for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                there = "t%d_%d" % (row + down, column + right)
                state = (state * 1103515245 + 12345) % 2147483648
                if there in roads and (state >> 16) % 5:
                    roads[here][there] = 1 + (state >> 20) % 97
    return roads


def distances(roads, start):
    known = {}
    queue = [(0, start)]
    while queue:
        far, town = heapq.heappop(queue)
        if town in known:
            continue
        known[town] = far
        for neighbour, length in roads[town].items():
            if neighbour not in known:
                heapq.heappush(queue, (far + length, neighbour))
    return known


def rings(roads, start):
    """The towns at one hop, at two hops, ... as sets."""
    seen = {start}
    ring = {start}
    result = []
    while ring:
        result.append(ring)
        ring = {there for here in ring for there in roads[here]} - seen
        seen |= ring
    return result


def dominating(roads):
    """Greedy and in insertion order: each town is picked or next to a picked one."""
    left = set(roads)
    picked = []
    for town, out in roads.items():
        if town in left:
            picked.append(town)
            left.discard(town)
            left.difference_update(out)
    return picked


def loops_of(roads):
    """Count the strongly connected components, by two depth-first passes."""
    order = []
    seen = set()
    for root in roads:
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, iter(roads[root]))]
        while stack:
            town, out = stack[-1]
            for there in out:
                if there not in seen:
                    seen.add(there)
                    stack.append((there, iter(roads[there])))
                    break
            else:
                order.append(town)
                stack.pop()
    backward = {town: [] for town in roads}
    for town, out in roads.items():
        for there in out:
            backward[there].append(town)
    count = 0
    grouped = set()
    for root in reversed(order):
        if root in grouped:
            continue
        count += 1
        grouped.add(root)
        pending = collections.deque([root])
        while pending:
            for there in backward[pending.popleft()]:
                if there not in grouped:
                    grouped.add(there)
                    pending.append(there)
    return count


def workload(roads):
    far = 0
    hops = 0
    for start in STARTS:
        known = distances(roads, start)
        for town in known:
            far += known[town]
        for hop, ring in enumerate(rings(roads, start)):
            hops += hop * len(ring)
    return far, hops, len(dominating(roads)), loops_of(roads)


def check(roads):
    result = workload(roads)
    if result != EXPECTED:
        raise ValueError("graph_search: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    ROADS = make_map()
    check(ROADS)
    pyperf.Runner().bench_func("graph_search", workload, ROADS)
