"""Training: dictionaries, sets, lists, tuples, collections, itertools, functools."""
import collections
import functools
import itertools
import operator

from support import Stream, require


def life():
    """Conway's game on an unbounded board, the live cells as a set of tuples."""
    cells = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2), (20, 20), (21, 20), (22, 20), (21, 21),
             (40, 9), (40, 10), (40, 11), (41, 10), (42, 9)}
    for _ in range(30):
        counts = collections.Counter((x + dx, y + dy) for x, y in cells
                                     for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)
        cells = {cell for cell, count in counts.items()
                 if count == 3 or (count == 2 and cell in cells)}
    return len(cells), sum(x * y for x, y in cells)


class RecentlyUsed:
    def __init__(self, size):
        self.size = size
        self.entries = collections.OrderedDict()
        self.hits = 0

    def get(self, key, make):
        if key in self.entries:
            self.entries.move_to_end(key)
            self.hits += 1
        else:
            if len(self.entries) >= self.size:
                self.entries.popitem(last=False)
            self.entries[key] = make(key)
        return self.entries[key]


def caches():
    stream = Stream(31)
    cache = RecentlyUsed(40)
    total = 0
    for _ in range(1800):
        key = "key%d" % (stream.below(9) * stream.below(9))
        total += cache.get(key, len)
    return cache.hits, total, next(iter(cache.entries))


def josephus(people, step):
    ring = collections.deque(range(people))
    while len(ring) > 1:
        ring.rotate(1 - step)
        ring.popleft()
    return ring[0]


def rings():
    survivors = [josephus(people, 3) for people in range(1, 90)]
    window = collections.deque(maxlen=10)
    peaks = 0
    for value in survivors * 4:
        window.append(value)
        peaks += value == max(window)
    return sum(survivors), peaks, survivors[40]


def groups():
    stream = Stream(32)
    words = ["".join(stream.pick("abde") for _ in range(2 + stream.below(4))) for _ in range(900)]
    anagrams = collections.defaultdict(set)
    for word in words:
        anagrams["".join(sorted(word))].add(word)
    biggest = max(anagrams, key=lambda key: (len(anagrams[key]), key))
    letters = collections.Counter(itertools.chain.from_iterable(words))
    layers = collections.ChainMap({}, {"a": 1}, {"a": 2, "b": 3})
    for word in words[:300]:
        layers[word[0]] = layers.get(word[0], 0) + layers.get(word[-1], 10)
    common = set(words[:450]) & set(words[450:])
    only = set(words[:450]) ^ set(words[450:])
    require(not common & only and common | only == set(words), "the set algebra is off")
    first = dict.fromkeys(words)
    inverse = {position: word for position, word in enumerate(first)}
    return (biggest, letters.most_common(1)[0], sum(layers.values()) % 1000003, len(common),
            len(inverse), len(anagrams))


def dictionaries():
    """Growth, deletion, merging, views and odd kinds of keys."""
    stream = Stream(33)
    table = {}
    for n in range(1500):
        key = (n % 50, "s%d" % (n % 7), n / 2, (n % 4, "t"), frozenset((n % 3, n % 5)))[n % 5]
        if stream.below(4) == 0:
            table.pop(key, None)
        else:
            table[key] = table.setdefault(key, 0) + n
    strings = sum(isinstance(key, str) for key in table)
    floats = sum(value for key, value in table.items() if isinstance(key, float))
    merged = {**table, **{n: -n for n in range(60)}}
    merged.update(zip("abcdefgh", range(8)), extra=1)
    shared = table.keys() & merged.keys()
    for key in list(merged):
        if isinstance(key, int) and key % 2:
            del merged[key]
    return len(table), strings, floats, len(merged), len(shared), list(table)[-1] is not None


def magic_squares():
    """All 3 by 3 magic squares, by trying the permutations."""
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
    found = []
    for rows in itertools.permutations(range(1, 10), 3):
        if sum(rows) != 15:
            continue
        left = [n for n in range(1, 10) if n not in rows]
        for rest in itertools.permutations(left, 6):
            if rest[0] + rest[1] + rest[2] != 15:
                continue
            square = rows + rest
            if all(square[a] + square[b] + square[c] == 15 for a, b, c in lines):
                found.append(square)
    return len(found), found[0]


def iterators():
    runs = [(key, len(list(items))) for key, items in
            itertools.groupby(sorted(n * n % 31 for n in range(400)))]
    sums = list(itertools.accumulate(range(200), operator.xor))
    pairs = sum(1 for a, b in itertools.combinations(range(45), 2) if (a + b) % 7 == 0)
    dice = collections.Counter(map(sum, itertools.product(range(1, 7), repeat=3)))
    first, second = itertools.tee(itertools.islice(itertools.count(3, 5), 300))
    next(second)
    steps = {b - a for a, b in zip(first, second)}
    padded = list(itertools.zip_longest("abc", range(6), fillvalue="-"))
    kept = list(itertools.compress(range(100), itertools.cycle((1, 0, 0))))
    tail = list(itertools.dropwhile(lambda n: n < 90, range(100)))
    head = list(itertools.takewhile(lambda n: n * n < 500, itertools.count()))
    star = sum(itertools.starmap(pow, zip(range(30), itertools.repeat(2))))
    odd = list(itertools.filterfalse(lambda n: n % 2 == 0, range(50)))
    return (max(runs, key=operator.itemgetter(1)), sums[-1], pairs, dice[10], steps.pop(),
            len(padded), sum(kept), len(tail), head[-1], star, odd[-1])


@functools.lru_cache(maxsize=None)
def partitions(total, largest):
    if total == 0:
        return 1
    return sum(partitions(total - part, part) for part in range(1, min(total, largest) + 1))


@functools.singledispatch
def describe(thing):
    return "other"


@describe.register(int)
def describe_int(thing):
    return "int" + "-" * (thing % 3)


@describe.register(list)
@describe.register(tuple)
def describe_items(thing):
    return "[" + ",".join(map(describe, thing)) + "]"


def tracing(function):
    @functools.wraps(function)
    def wrapper(*positional, **keywords):
        wrapper.calls += 1
        return function(*positional, **keywords)
    wrapper.calls = 0
    return wrapper


@tracing
def mixed(a, b=2, *rest, scale=1, **others):
    return (a + b + sum(rest)) * scale + len(others)


def functional():
    partitions.cache_clear()
    count = partitions(36, 36)
    mixed.calls = 0
    total = 0
    half = functools.partial(mixed, scale=5)
    for n in range(250):
        arguments = (n, n + 1, n + 2)[:1 + n % 3]
        total += mixed(*arguments) + half(n, x=1) + mixed(n, b=3, **{"scale": 2, "y": n})
    texts = [describe(item) for item in (3, [1, (2, "x")], None, [[4], ()]) * 25]
    product = functools.reduce(operator.mul, range(1, 20))
    composed = functools.reduce(lambda f, g: lambda x: g(f(x)),
                                [lambda x: x + 1, lambda x: x * 2, operator.neg])
    return count, mixed.calls, total, len("".join(texts)), product % 1000003, composed(20)


def spiral(rows):
    while rows:
        yield from rows[0]
        rows = [list(row) for row in zip(*rows[1:])][::-1]


def matrices():
    """Lists of lists of integers: slices, transposition, products, insertion."""
    size = 12
    rows = [[(i * j + i + j) % 10 for j in range(size)] for i in range(size)]
    power = rows
    for _ in range(3):
        columns = list(zip(*power))
        power = [[sum(a * b for a, b in zip(row, column)) % 1009 for column in columns] for row in rows]
    turned = list(spiral(power))
    line = turned[:]
    line.reverse()
    line[::3] = [0] * len(line[::3])
    del line[5:60:5]
    line.insert(7, line.pop())
    line.extend(turned[-5:])
    line *= 2
    head, *middle, last = line
    require(line.count(0) >= 2 and line.index(0) == 0, "the zeroes went elsewhere")
    middle.remove(0)
    nested = [[n] * (n % 4) for n in range(60)]
    flat = [item for group in nested for item in group if item not in (3, 5)]
    return sum(turned), len(middle), head, last, sum(flat), tuple(power[0][:3]) < tuple(power[1][:3])


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (life, 65, (46, 16425)),
    (caches, 57, (1769, 8146, 'key14')),
    (rings, 310, (1971, 174, 30)),
    (groups, 33, ('abdee', ('b', 788), 924413, 103, 408, 110)),
    (dictionaries, 70, (236, 5, 169586, 263, 236, True)),
    (magic_squares, 22, (8, (2, 7, 6, 9, 5, 1, 4, 3, 8))),
    (iterators, 700, ((2, 26), 0, 141, 27, 5, 6, 1683, 10, 22, 8555, 49)),
    (functional, 110, (17977, 750, 285042, 975, 625578, -42)),
    (matrices, 220, (69915, 273, 0, 914, 2716, False)),
]
