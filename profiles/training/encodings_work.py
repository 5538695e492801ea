"""Training: turning objects into bytes and text, and back."""
import base64
import binascii
import copy
import io
import json
import marshal
import pickle
import struct

from support import Stream, fold, require


class Node:
    """Picklable the default way; nodes refer to each other in a cycle."""

    def __init__(self, name):
        self.name = name
        self.parent = None
        self.children = []

    def add(self, child):
        child.parent = self
        self.children.append(child)
        return child


class Span:
    """Picklable by its own means."""

    __slots__ = ("low", "high")

    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __getstate__(self):
        return self.low, self.high

    def __setstate__(self, state):
        self.low, self.high = state

    def __eq__(self, other):
        return (self.low, self.high) == (other.low, other.high)

    __hash__ = None


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __reduce__(self):
        return Money, (self.cents,)


def household():
    stream = Stream(61)
    root = Node("root")
    nodes = [root]
    for n in range(60):
        nodes.append(stream.pick(nodes).add(Node("node %d é" % n)))
    return {"root": root, "spans": [Span(n, n * 1.5) for n in range(40)],
            "money": tuple(Money(n * 99) for n in range(30)), "bytes": bytes(range(256)) * 2,
            "numbers": [0, 1, -1, 255, 256, -32769, 2 ** 31, 2 ** 63, -2 ** 200, 0.5, -1e300, 1j],
            "sets": [{1, 2, 3}, frozenset("xyz")], "flags": (True, False, None, ...),
            "text": ["plain", "größe", "東京", "", "x" * 300], "many": {n: str(n) for n in range(150)}}


def depth(node):
    return 1 + max((depth(child) for child in node.children), default=0)


def pickles():
    thing = household()
    total = 0
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(thing, protocol)
        back = pickle.loads(data)
        require(back["text"] == thing["text"] and back["many"] == thing["many"], "a pickle lost data")
        require(back["numbers"] == thing["numbers"] and back["bytes"] == thing["bytes"], "a pickle lost numbers")
        require(back["spans"] == thing["spans"] and back["sets"] == thing["sets"], "a pickle lost objects")
        if protocol < 5:
            total += depth(back["root"]) + sum(money.cents for money in back["money"])
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, 4)
    for item in thing["spans"]:
        pickler.dump(item)
    stream.seek(0)
    unpickler = pickle.Unpickler(stream)
    require([unpickler.load() for _ in range(40)] == thing["spans"], "spans differ")
    return total


def copies():
    thing = household()
    twin = copy.deepcopy(thing)
    twin["root"].children[0].name = "changed"
    require(thing["root"].children[0].name != "changed", "deepcopy shares a node")
    require(twin["root"].children[0].parent is twin["root"], "deepcopy broke the cycle")
    shallow = copy.copy(thing["root"])
    require(shallow.children is thing["root"].children, "copy went too deep")
    return depth(twin["root"]), len(twin), twin["spans"] == thing["spans"]


def documents():
    """JSON of a nested configuration, the reverse, and the ways it can be broken."""
    stream = Stream(62)

    def branch(level):
        if level == 0:
            return stream.pick(("leaf", "zweig ü", "tab\t\"q\"", 12, -7, 0.125, 1e100, True, None, [], {}))
        if stream.below(2):
            return [branch(level - 1) for _ in range(3)]
        return {"key%d\u20ac" % n: branch(level - 1) for n in range(3)}

    total = 0
    for level in range(1, 6):
        tree = {"top": branch(level), "level": level}
        for options in ({}, {"indent": 2, "sort_keys": True}, {"ensure_ascii": False, "separators": (",", ":")}):
            text = json.dumps(tree, **options)
            require(json.loads(text) == tree, "a document changed")
            total += len(text)
    refused = 0
    for broken in ("{\"a\": }", "[1, 2", "{'a': 1}", "nul", "[1] x", "\"\\u12g4\"", "{\"a\" 1}", ""):
        try:
            json.loads(broken)
        except json.JSONDecodeError:
            refused += 1
    pairs = json.loads("{\"b\": 1, \"a\": [1.5, 2e3, -0]}", object_pairs_hook=tuple, parse_float=str)
    chunks = sum(1 for _ in json.JSONEncoder().iterencode({"a": list(range(50))}))
    return total, refused, pairs[1][1][1], chunks > 0


def bitmaps():
    """A picture in a BMP-like layout, built and read with struct and memoryview."""
    width, height = 40, 24
    rows = []
    for y in range(height):
        row = bytearray()
        for x in range(width):
            row += struct.pack("BBB", x * 6 & 255, y * 10 & 255, (x ^ y) * 4 & 255)
        row.extend(b"\0" * (-len(row) % 4))
        rows.append(bytes(row))
    pixels = b"".join(rows)
    head = struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    picture = head + pixels
    kind, size, _, _, start = struct.unpack_from("<2sIHHI", picture)
    require(kind == b"BM" and size == len(picture), "the header is wrong")
    view = memoryview(picture)[start:]
    stride = len(view) // height
    grey = bytearray()
    for y in range(0, height, 2):
        line = view[y * stride:y * stride + width * 3]
        grey += bytes((line[i] + line[i + 1] + line[i + 2]) // 3 for i in range(0, len(line), 6))
    words = memoryview(pixels).cast("I")
    return len(picture), sum(grey), words[7] & 0xFFFF, grey.count(40), bytes(grey[:4]).hex()


def base_encodings():
    data = bytes((n * 7 + n // 5) & 255 for n in range(900))
    total = 0
    for encode, decode in ((base64.b64encode, base64.b64decode), (base64.b32encode, base64.b32decode),
                           (base64.b16encode, base64.b16decode), (base64.a85encode, base64.a85decode),
                           (base64.urlsafe_b64encode, base64.urlsafe_b64decode),
                           (binascii.hexlify, binascii.unhexlify)):
        text = encode(data)
        require(decode(text) == data, "an encoding is not its own inverse")
        total += len(text)
    refused = 0
    for bad in (b"abc", b"ab=c", b"zz!!"):
        try:
            base64.b64decode(bad, validate=True)
        except binascii.Error:
            refused += 1
    return total, refused, binascii.crc32(data) & 0xFFFFFFFF


def byte_strings():
    """bytes and bytearray as texts and as buffers."""
    stream = Stream(63)
    buffer = bytearray()
    for n in range(500):
        buffer += b"%05d:%s;" % (n * n, stream.pick((b"ab", b"\x00\xff", b"GET", b"x y")))
        if n % 9 == 0:
            del buffer[3:7]
        if n % 50 == 0:
            buffer.insert(0, n & 255)
            buffer[10:12] = b"##--"
    data = bytes(buffer)
    parts = data.split(b";")
    joined = b"|".join(part.strip(b"0").upper() for part in parts if part.startswith(b"0"))
    swapped = data.translate(bytes(range(255, -1, -1)))
    numbers = [int.from_bytes(data[i:i + 3], ("big", "little")[i % 2], signed=i % 5 == 0)
               for i in range(0, len(data) - 3, 11)]
    back = b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)
    tail = data.rpartition(b"GET")
    require(data.replace(b"GET", b"PUT").count(b"PUT") == data.count(b"GET"), "a word went missing")
    return len(joined), sum(swapped) % 65521, sum(numbers) % 65521, len(back), len(tail[2]), data.find(b"--")


def streams():
    """The io classes in memory: text over bytes, line by line."""
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, encoding="utf-8", newline="\r\n", write_through=True)
    for n in range(400):
        text.write("line %d \u00e9\n" % n)
    text.flush()
    size = raw.tell()
    raw.seek(0)
    reader = io.TextIOWrapper(io.BufferedReader(raw, 128), encoding="utf-8")
    lines = reader.readlines()
    table = io.StringIO("".join(lines))
    count = 0
    for line in table:
        count += line.endswith("é\n") + len(line.split())
    table.seek(0)
    head = table.read(10), table.readline(), table.tell() > 10
    buffered = io.BufferedWriter(io.BytesIO(), 64)
    for n in range(200):
        buffered.write(b"%d," % n)
    buffered.flush()
    return size, count, head[0], len(buffered.raw.getvalue())


def marshalled():
    values = [None, True, 1, 2 ** 70, 1.5, 2j, "text", "ü", b"raw", (1, (2, 3)), [4, [5]], {"k": {6}}]
    total = 0
    for version in (0, 2, 4):
        data = marshal.dumps(values[:-1] * 30, version)
        require(marshal.loads(data) == values[:-1] * 30, "marshal lost something")
        total += len(data) > 500
    return total, marshal.loads(marshal.dumps(values))[-1]


def arrays():
    import array
    numbers = array.array("i", range(600))
    floats = array.array("d", (n / 4 for n in range(300)))
    numbers.byteswap()
    numbers.byteswap()
    numbers.extend(array.array("i", [7] * 20))
    data = floats.tobytes()
    again = array.array("d")
    again.frombytes(data)
    require(again == floats, "the floats changed")
    total = 0
    for index in range(0, len(numbers), 3):
        numbers[index] ^= 5
        total += numbers[index]
    return total, numbers.count(7), again[100], struct.calcsize("<d") * 300 == len(data)


def digests():
    import hmac
    from hashlib import blake2b, sha1, sha256, sha3_256, sha512
    data = b"The quick brown fox" * 500
    out = []
    for kind in (sha1, sha256, sha512, sha3_256, blake2b):
        digest = kind()
        for start in range(0, len(data), 1000):
            digest.update(data[start:start + 1000])
        out.append(digest.hexdigest()[:6])
    for n in range(40):
        out.append(hmac.new(b"key%d" % n, data[:200], sha256).hexdigest()[:2])
    return fold("".join(out))


def compression():
    import zlib
    data = b"".join(b"%d bottles of %s; " % (n % 100, (b"water", b"ink", b"oil")[n % 3]) for n in range(700))
    sizes = []
    for level in (1, 6, 9):
        packed = zlib.compress(data, level)
        require(zlib.decompress(packed) == data, "decompression differs")
        sizes.append(len(packed) < len(data) // 3)
    machine = zlib.decompressobj()
    pieces = [machine.decompress(packed[start:start + 50]) for start in range(0, len(packed), 50)]
    require(b"".join(pieces) + machine.flush() == data, "piecewise decompression differs")
    return sizes, zlib.adler32(data)


def trees():
    import xml.etree.ElementTree as ElementTree
    text = "<shelf xmlns:x='urn:x'>" + "".join(
        "<book id='b%d' year='%d'><title>Book &amp; %d</title><x:note/>tail</book>" % (n, 1900 + n, n)
        for n in range(60)) + "</shelf>"
    root = ElementTree.fromstring(text)
    for book in root.iter("book"):
        if int(book.get("year")) % 10 == 0:
            book.set("round", "yes")
            ElementTree.SubElement(book, "mark").text = "<decade>"
    titles = root.findall(".//book[@round='yes']/title")
    out = ElementTree.tostring(root, encoding="unicode")
    return len(root), [title.text for title in titles][1:3], out.count("&lt;decade&gt;")


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (pickles, 24, 215360),
    (copies, 62, (7, 9, True)),
    (documents, 24, (26771, 8, '2e3', True)),
    (bitmaps, 240, (2934, 24432, 9216, 1, '00060d14')),
    (base_encodings, 110, (8565, 3, 3915688796)),
    (byte_strings, 90, (657, 45077, 4456, 1712, 1, -1)),
    (streams, 120, (5090, 1600, 'line 0 é\nl', 690)),
    (marshalled, 650, (3, {'k': {6}})),
    (arrays, 590, (59714, 14, 25.0, True)),
    (digests, 250, 1941410492),
    (compression, 82, ([True, True, True], 549045372)),
    (trees, 130, (60, ['Book & 10', 'Book & 20'], 6)),
]
