"""Training: sorting algorithms, searching, dynamic programming, puzzles, trees."""
import bisect
import functools
import heapq
import operator

from support import Stream, fold, require


def merge_sort(items):
    if len(items) < 2:
        return items
    middle = len(items) // 2
    left, right = merge_sort(items[:middle]), merge_sort(items[middle:])
    result = []
    i = j = 0
    while i < len(left) and j < len(right):
        if right[j] < left[i]:
            result.append(right[j])
            j += 1
        else:
            result.append(left[i])
            i += 1
    return result + left[i:] + right[j:]


def quick_sort(items, low, high):
    while low < high:
        pivot = items[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while items[i] < pivot:
                i += 1
            while pivot < items[j]:
                j -= 1
            if i <= j:
                items[i], items[j] = items[j], items[i]
                i += 1
                j -= 1
        quick_sort(items, low, j)
        low = i


def heap_sort(items):
    def sink(root, end):
        while 2 * root + 1 < end:
            child = 2 * root + 1
            if child + 1 < end and items[child] < items[child + 1]:
                child += 1
            if items[child] <= items[root]:
                return
            items[root], items[child] = items[child], items[root]
            root = child

    for root in reversed(range(len(items) // 2)):
        sink(root, len(items))
    for end in range(len(items) - 1, 0, -1):
        items[0], items[end] = items[end], items[0]
        sink(0, end)


def radix_sort(items):
    for shift in (0, 8, 16, 24):
        buckets = [[] for _ in range(256)]
        for item in items:
            buckets[item >> shift & 255].append(item)
        items = [item for bucket in buckets for item in bucket]
    return items


def insertion_sort(items):
    for i in range(1, len(items)):
        item = items[i]
        j = i
        while j and items[j - 1] > item:
            items[j] = items[j - 1]
            j -= 1
        items[j] = item


def sorting_by_hand():
    stream = Stream(81)
    for make in (lambda: stream.bits(), lambda: "k%d" % stream.below(500), lambda: stream.below(999) / 8):
        items = [make() for _ in range(330)]
        wanted = sorted(items)
        require(merge_sort(items) == wanted, "merge sort is wrong")
        for sort in (heap_sort, lambda copy: quick_sort(copy, 0, len(copy) - 1)):
            copy = items[:]
            sort(copy)
            require(copy == wanted, "a sort is wrong")
        if isinstance(items[0], int):
            require(radix_sort(items) == wanted, "radix sort is wrong")
        short = items[:60]
        insertion_sort(short)
        require(short == sorted(items[:60]), "insertion sort is wrong")
    return wanted[:3]


@functools.total_ordering
class Card:
    ranks = "23456789TJQKA"

    def __init__(self, rank, suit):
        self.rank = rank
        self.suit = suit

    def __eq__(self, other):
        return (self.rank, self.suit) == (other.rank, other.suit)

    def __lt__(self, other):
        return (self.ranks.index(self.rank), self.suit) < (self.ranks.index(other.rank), other.suit)

    def __repr__(self):
        return self.rank + self.suit


def sorting_built_in():
    """The list's own sort, on runs, mixed numbers, tuples, texts and objects."""
    stream = Stream(82)
    deck = [Card(rank, suit) for rank in Card.ranks for suit in "cdhs"]
    stream.shuffle(deck)
    hands = sorted(sorted(deck[n:n + 5], reverse=True) for n in range(0, 50, 5))
    numbers = [stream.below(5000) - 2500 for _ in range(1500)]
    ups = sorted(numbers[:500]) + sorted(numbers[500:], reverse=True)
    ups.sort()
    mixed = sorted(value if value % 3 else value / 2 for value in numbers)
    pairs = sorted(zip(numbers, numbers[::-1]))
    by_digits = sorted(numbers, key=str)
    by_size = sorted(numbers, key=functools.cmp_to_key(
        lambda a, b: (abs(a) > abs(b)) - (abs(a) < abs(b)) or a - b))
    texts = sorted(("%x" % (value + 2500) for value in numbers), key=len, reverse=True)
    raw = sorted(b"%d" % (value % 97) for value in numbers)
    second = sorted(pairs, key=operator.itemgetter(1))
    return (str(hands[0]), ups[3], mixed[700], pairs[9], by_digits[5], by_size[-1], texts[-1], raw[0],
            second[700][1])


def heaps():
    """A job queue, the k best, and merging, all on heapq."""
    stream = Stream(83)
    queue = []
    finished = 0
    for n in range(900):
        heapq.heappush(queue, (stream.below(50), n, "job%d" % n))
        if n % 3 == 2:
            urgency, number, name = heapq.heappop(queue)
            finished += urgency * 3 + number % 7
    drained = [heapq.heappop(queue)[0] for _ in range(200)]
    require(drained == sorted(drained), "the heap is out of order")
    lists = [sorted(stream.below(900) for _ in range(60)) for _ in range(6)]
    merged = list(heapq.merge(*lists))
    best = heapq.nlargest(12, merged, key=lambda value: value % 101)
    least = heapq.nsmallest(5, merged)
    heapq.heapify(merged)
    swapped = [heapq.heapreplace(merged, value * 13 % 997) for value in range(100)]
    return finished, best[-1] % 101, least, sum(swapped)


def bisections():
    stream = Stream(84)
    kept = []
    for _ in range(700):
        value = stream.below(3000)
        position = bisect.bisect_left(kept, value)
        if position == len(kept) or kept[position] != value:
            kept.insert(position, value)
    grades = "".join("FEDCBA"[bisect.bisect((40, 50, 60, 75, 90), mark)] for mark in range(0, 101, 3))
    # The longest increasing subsequence, by patience.
    piles = []
    for n in range(1500):
        value = n * 7919 % 3001
        place = bisect.bisect_left(piles, value)
        piles[place:place + 1] = [value]
    return len(kept), kept[100], grades, len(piles)


def knapsack():
    stream = Stream(85)
    things = [(1 + stream.below(30), 10 + stream.below(90)) for _ in range(36)]
    best = [0] * 201
    for weight, value in things:
        for room in range(200, weight - 1, -1):
            candidate = best[room - weight] + value
            if candidate > best[room]:
                best[room] = candidate
    ways = [1] + [0] * 400
    for coin in (1, 2, 5, 10, 20, 50, 100, 200):
        for amount in range(coin, 401):
            ways[amount] += ways[amount - coin]
    return best[200], best[50], ways[400]


def common_subsequence(first, second):
    table = {}
    for i in range(len(first) - 1, -1, -1):
        for j in range(len(second) - 1, -1, -1):
            if first[i] == second[j]:
                table[i, j] = 1 + table.get((i + 1, j + 1), 0)
            else:
                table[i, j] = max(table.get((i + 1, j), 0), table.get((i, j + 1), 0))
    out = []
    i = j = 0
    while i < len(first) and j < len(second):
        if first[i] == second[j]:
            out.append(first[i])
            i, j = i + 1, j + 1
        elif table.get((i + 1, j), 0) >= table.get((i, j + 1), 0):
            i += 1
        else:
            j += 1
    return "".join(out)


def subsequences():
    stream = Stream(86)
    first = "".join(stream.pick("ACGT") for _ in range(80))
    second = "".join(stream.pick("ACGT") for _ in range(80))
    shared = common_subsequence(first, second)
    return len(shared), fold(shared), common_subsequence("interpreter", "counterpoint")


SUDOKU = ("53..7....6..195....98....6.8...6...34..8.3..17...2...6"
          ".6....28....419..5....8..79")


def peers_of(cell):
    row, column = divmod(cell, 9)
    corner = row // 3 * 27 + column // 3 * 3
    peers = {row * 9 + n for n in range(9)} | {n * 9 + column for n in range(9)}
    peers |= {corner + r * 9 + c for r in range(3) for c in range(3)}
    return peers - {cell}


def sudoku():
    peers = [peers_of(cell) for cell in range(81)]
    grid = list(SUDOKU)
    tried = 0

    def fill():
        nonlocal tried
        fewest = None
        for cell in range(81):
            if grid[cell] == ".":
                taken = {grid[peer] for peer in peers[cell]}
                free = [digit for digit in "123456789" if digit not in taken]
                if fewest is None or len(free) < len(fewest[1]):
                    fewest = cell, free
                    if len(free) < 2:
                        break
        if fewest is None:
            return True
        cell, free = fewest
        for digit in free:
            tried += 1
            grid[cell] = digit
            if fill():
                return True
        grid[cell] = "."
        return False

    require(fill(), "the puzzle has a solution")
    return "".join(grid[:9]), "".join(grid[72:]), tried


def knight():
    """A knight's tour by Warnsdorff's rule, over a mailbox board."""
    jumps = (-25, -23, -14, -10, 10, 14, 23, 25)
    board = [-1] * 144
    for row in range(8):
        for column in range(8):
            board[(row + 2) * 12 + column + 2] = 0
    place = 2 * 12 + 2
    for move in range(1, 65):
        board[place] = move
        onward = [place + jump for jump in jumps if board[place + jump] == 0]
        if not onward:
            break
        place = min(onward, key=lambda square: (sum(board[square + jump] == 0 for jump in jumps), square))
    return move, board[2 * 12 + 3], max(board)


class Leaf:
    """An unbalanced search tree with deletion; keys only."""

    __slots__ = ("key", "left", "right")

    def __init__(self, key):
        self.key = key
        self.left = self.right = None


def insert(root, key):
    if root is None:
        return Leaf(key)
    if key < root.key:
        root.left = insert(root.left, key)
    elif key > root.key:
        root.right = insert(root.right, key)
    return root


def remove(root, key):
    if root is None:
        return None
    if key < root.key:
        root.left = remove(root.left, key)
    elif key > root.key:
        root.right = remove(root.right, key)
    elif root.left is None:
        return root.right
    elif root.right is None:
        return root.left
    else:
        heir = root.right
        while heir.left is not None:
            heir = heir.left
        root.key = heir.key
        root.right = remove(root.right, heir.key)
    return root


def height(root):
    return 0 if root is None else 1 + max(height(root.left), height(root.right))


def keys_of(root):
    keys = []
    stack = []
    while stack or root is not None:
        while root is not None:
            stack.append(root)
            root = root.left
        root = stack.pop()
        keys.append(root.key)
        root = root.right
    return keys


def search_trees():
    stream = Stream(87)
    root = None
    kept = set()
    for n in range(600):
        key = stream.below(400)
        if n % 3 == 2:
            root = remove(root, key)
            kept.discard(key)
        else:
            root = insert(root, key)
            kept.add(key)
    require(keys_of(root) == sorted(kept), "the tree lost a key")
    return len(kept), height(root)


def tries():
    """A prefix tree of nested dictionaries."""
    stream = Stream(88)
    words = ["".join(stream.pick("abc") for _ in range(1 + stream.below(7))) for _ in range(420)]
    root = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node["."] = node.get(".", 0) + 1

    def count(node):
        return sum(value if key == "." else count(value) for key, value in node.items())

    def longest(node):
        return max((1 + longest(child) for key, child in node.items() if key != "."), default=0)

    found = 0
    for word in words:
        node = root
        for letter in word[::-1]:
            node = node.get(letter)
            if node is None:
                break
        else:
            found += "." in node
    return count(root), longest(root), found


def spanning():
    """Kruskal's minimum spanning tree, over union-find."""
    stream = Stream(89)
    count = 160
    edges = [(stream.below(1000), stream.below(count), stream.below(count)) for _ in range(900)]
    parent = list(range(count))

    def find(item):
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    total = used = 0
    for cost, one, other in sorted(edges):
        one, other = find(one), find(other)
        if one != other:
            parent[one] = other
            total += cost
            used += 1
    return total, used


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (sorting_by_hand, 20, [0.625, 1.25, 2.0]),
    (sorting_built_in, 15, ('[9d, 8d, 8c, 5c, 3h]', -2488, -52.5, (-2471, -706), -1029, -2500, 'c', b'0', -76)),
    (heaps, 77, (7894, 97, [0, 4, 5, 7, 9], 8852)),
    (bisections, 110, (617, 552, 'FFFFFFFFFFFFFFEEEDDDCCCCCBBBBBAAAA', 42)),
    (knapsack, 170, (1203, 508, 1960497)),
    (subsequences, 34, (52, 130434407, 'nterpt')),
    (sudoku, 88, ('534678912', '345286179', 51)),
    (knight, 490, (64, 16, 64)),
    (search_trees, 100, (206, 18)),
    (tries, 50, (420, 7, 245)),
    (spanning, 64, (18900, 159)),
]
