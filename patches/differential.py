"""What an interpreter answers to very many inputs, as one digest for each area that a patch touches.

    python differential.py [--cases N] [--seed N] [AREA...]

The same arguments give the same inputs everywhere, so two interpreters agree if and only if they print
the same lines: compare.py runs an unpatched and a patched one. Nothing here knows the right answer;
the areas name what would differ if a block, a tail, an alignment or a carry went wrong.
"""

import argparse
import binascii
import gc
import hashlib
import itertools
import operator
import random
import struct
import sys
import zlib

# Around the sizes of the blocks that the patches work in, and what is beyond several of them.
LENGTHS = [*range(0, 160), 191, 192, 193, 255, 256, 257, 511, 512, 513, 1023, 1025, 4095, 4096, 4097, 5119, 5120, 5121, 9000]


class Digest:
    def __init__(self):
        self._hash, self.inputs = hashlib.sha256(), 0

    def add(self, *values):
        self.inputs += 1
        for value in values:
            if isinstance(value, str):
                # The size tells how wide the characters are kept: a text has one form only.
                value = f"{sys.getsizeof(value)}:".encode() + value.encode("utf-8", "surrogatepass")
            elif isinstance(value, int):
                value = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
            self._hash.update(struct.pack("<q", len(value)))
            self._hash.update(value)

    def text(self):
        return self._hash.hexdigest()


def lengths(rng, cases):
    """`cases` lengths: all of LENGTHS in turn, then small ones more often than large ones."""
    for i in range(cases):
        yield LENGTHS[i] if i < len(LENGTHS) else int(2 ** (rng.random() * 8)) - 1


def any_bytes(rng, length):
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(length)
    if kind == 1:  # letters and their neighbours
        return bytes(rng.choices(b"@AZ[`az{\x40\x5b\x7f\x80\xc1\xe1\xff", k=length))
    if kind == 2:
        return bytes([rng.randrange(256)]) * length
    return bytes(b & 0x7F for b in rng.randbytes(length))


def ascii_but(rng, length):
    """ASCII, with another byte somewhere in half of them."""
    data = bytearray(b & 0x7F for b in rng.randbytes(length))
    if length and rng.randrange(2):
        data[rng.randrange(length)] |= 0x80
    return bytes(data)


def case(rng, digest, length):
    data = any_bytes(rng, length)
    digest.add(data.upper(), data.lower(), bytearray(data).upper(), bytearray(data).lower())
    text = bytes(b & 0x7F for b in data).decode("ascii")
    digest.add(text.upper(), text.lower(), text.casefold(), text.swapcase(), text.title())


def hexadecimal(rng, digest, length):
    data = any_bytes(rng, length + 20)
    at = rng.randrange(20)
    view = memoryview(data)[at : at + length]
    digest.add(view.hex(), binascii.hexlify(view), data[:length].hex(), bytearray(view).hex())
    if length:
        group = rng.randint(-length - 2, length + 2) or 1
        digest.add(view.hex(":", group), binascii.b2a_hex(view, b"-", group))


def ascii_decode(rng, digest, length):
    at = rng.randrange(20)
    data = ascii_but(rng, length + 20)
    view = memoryview(data)[at : at + length]
    for encoding in "ascii", "utf-8":
        for errors in "replace", "surrogateescape", "ignore":
            digest.add(str(view, encoding, errors))
        try:
            digest.add(str(view, encoding))
        except UnicodeDecodeError as error:
            digest.add(str(error), error.start, error.end)
    digest.add(data.decode("utf-8", "backslashreplace"))


def max_char(rng, digest, length):
    """The narrowest form of parts of texts of each width: a part is copied by what finds its widest character."""
    at = rng.randrange(20)
    for low, high in (0, 0x7F), (0x80, 0xFF), (0x100, 0xFFFF), (0x10000, 0x10FFFF):
        letters = [rng.randrange(0x80) for _ in range(length + 20)]
        for limit in range(rng.randrange(3)):
            letters[rng.randrange(length + 20)] = rng.choice((low, high, rng.randint(low, high), 0xFF, 0x100, 0x7F, 0x80))
        # The one that makes the whole text as wide as that stands behind the part.
        whole = "".join(map(chr, letters)) + chr(high)
        part = whole[at : at + length]
        digest.add(part, whole[at : at + length : 2], part.center(length + 3, chr(low)), part.replace(chr(high), "a"))
    digest.add(any_bytes(rng, length).decode("latin-1"))


def checksum(rng, digest, length):
    at = rng.randrange(20)
    view = memoryview(any_bytes(rng, length + 20))[at : at + length]
    start = rng.choice((0, 0xFFFFFFFF, rng.randrange(1 << 32), -1, 1 << 40))
    digest.add(binascii.crc32(view), binascii.crc32(view, start), zlib.crc32(view), zlib.crc32(view, start))
    cut = rng.randint(0, length)
    digest.add(zlib.crc32(view[cut:], zlib.crc32(view[:cut])), binascii.crc32(view[cut:], binascii.crc32(view[:cut])))


def any_int(rng, digits):
    """Of so many digits of 30 bits: random, or of digits that carry as far as they can."""
    kind = rng.randrange(4)
    if kind == 0:
        value = rng.getrandbits(30 * digits + 1)
    elif kind == 1:
        value = (1 << 30 * digits) - 1 - (rng.getrandbits(30 * digits + 1) if rng.randrange(3) == 0 else 0)
    elif kind == 2:
        value = 0
        for _ in range(digits):
            value = value << 30 | rng.choice((0, 1, (1 << 30) - 1, (1 << 30) - 2, 1 << 29))
    else:
        value = (1 << rng.randint(0, 30 * digits)) - rng.randrange(2)
    return -value if rng.randrange(4) == 0 else value


def multiply(rng, digest, length):
    # Now and then up to what Karatsuba cuts in pieces several times.
    digits = [int(2 ** (rng.random() * (11 if rng.randrange(40) == 0 else 6))) for _ in "ab"]
    a, b = (any_int(rng, count) for count in digits)
    product, square = a * b, a * a
    digest.add(product, square, b * a, a * (length + 1), b**3)
    if a and product // a != b or square and square // a != a:
        raise SystemExit(f"{a} * {b}: the product divided by a factor is not the other")


def find(rng, digest, length):
    """Searches in texts of each width, from few letters, so that there is much that nearly fits."""
    letters = rng.choice(("ab", "abcdefgh", "a\xe9", "a\u0100\u0161", "a\U00010000", "".join(map(chr, range(97, 123)))))
    text = "".join(rng.choices(letters, k=length))
    size = rng.randint(1, 12)
    if rng.randrange(2) and length > size:
        at = rng.randrange(length - size)
        needle = text[at : at + size]
    else:
        needle = "".join(rng.choices(letters, k=size))
    begin, end = sorted((rng.randint(0, length), rng.randint(0, length)))
    digest.add(text.find(needle), text.find(needle, begin, end), text.count(needle), text.rfind(needle), needle in text)
    digest.add(text.replace(needle, "-"), "|".join(text.split(needle)), "|".join(text.partition(needle)))
    data, wanted = text.encode("latin-1", "replace"), needle.encode("latin-1", "replace")
    digest.add(data.find(wanted), data.count(wanted), data.replace(wanted, b"-"), bytearray(data).find(wanted, begin))


def any_float(rng):
    """Of any size, or where the shortest decimal is hard to tell: next to powers of two and ten, tiny, whole, of few digits."""
    kind = rng.randrange(6)
    if kind == 0:
        return struct.unpack("<d", rng.randbytes(8))[0]
    if kind == 1:
        bits = rng.randrange(2047) << 52
        return struct.unpack("<d", struct.pack("<Q", (bits + rng.randint(-3, 3)) & (1 << 63) - 1))[0]
    if kind == 2:
        return struct.unpack("<d", struct.pack("<Q", rng.getrandbits(rng.randint(1, 53))))[0]
    if kind == 3:
        return float(rng.getrandbits(rng.randint(1, 70)))
    if kind == 4:
        return float(f"{rng.randrange(1000)}.{rng.randrange(100000)}e{rng.randint(-25, 25)}")
    near = float(f"{rng.randrange(1, 1000)}e{rng.randint(-323, 300)}")
    return near * (1 + rng.randint(-3, 3) * 2.0**-52)


def float_repr(rng, digest, length):
    for _ in range(length % 10 + 1):
        value = any_float(rng) * rng.choice((1, -1))
        text = repr(value)
        if value == value and float(text) != value:
            raise SystemExit(f"{value.hex()} is written {text}, which is another number")
        digest.add(text, f"{value:+}", f"{value:#}", str(complex(value, -value)), f"{value:.17g}")


class Odd(int):
    """An int that is equal to its neighbours, so that only a comparison that asks it is right."""

    def __eq__(self, other):
        return abs(int(self) - int(other)) < 2

    def __lt__(self, other):
        return NotImplemented if int(other) % 3 == 0 else int(self) + 1 < int(other)

    __hash__ = None


def any_item(rng):
    number = rng.randint(-3, 3) + rng.choice((0, 256, 1000, (1 << 30) - 1, 1 << 30, 1 << 60))
    number = rng.choice((number, -number))
    kind = rng.randrange(8)
    return number if kind < 4 else (float(number), bool(number & 1), Odd(number), str(number))[kind - 4]


def tuples(rng, digest, length):
    for _ in range(length % 10 + 1):
        one = [any_item(rng) for _ in range(rng.randrange(5))]
        other = [item if rng.randrange(3) else any_item(rng) for item in one] + [any_item(rng) for _ in range(rng.randrange(3) // 2)]
        one, other = tuple(one), tuple(other)
        for compare in operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge:
            try:
                digest.add(compare(one, other))
            except TypeError as error:
                digest.add(str(error))


KEY_ITEMS = (
    lambda rng: rng.randrange(-4, 4),
    lambda rng: rng.choice((1, -1)) * rng.choice((5, (1 << 30) - 1, 1 << 30, 1 << 61)),
    lambda rng: rng.choice((0.0, -0.0, 1.5, -2.0, float("inf"), float("nan"))),
    lambda rng: rng.choice(("", "a", "ab", "a\xe9", "\u0161", "\U00010000")) + rng.choice(("", "b")),
    any_item,
)


def sorting(rng, digest, length):
    """Lists of tuples, sorted: each place in them of one kind, as keys are, or of any."""
    kinds = rng.choices(KEY_ITEMS, k=rng.randint(1, 3))
    keys = [tuple(kind(rng) for kind in kinds[: rng.randint(1, 9)]) for _ in range(length % 60)]
    try:
        digest.add(repr(sorted(keys)), repr(sorted(keys, reverse=True)), repr(sorted(enumerate(keys), key=lambda pair: pair[1])))
    except TypeError as error:
        digest.add(str(error))


MAKE = """
def make(made, times):
    for i in range(times):
        made.append(C({arguments}))
"""
SIGNATURES = ("self, a", "self, a, b", "self, a, b=2", "self, *a", "self, a, *, b=3", "self")
SLOTS = (None, (), ("a",), ("a", "b"), ("a", "__dict__"), ("a", "b", "__weakref__"))


def classes(rng, digest, length):
    """Instances made where their class was seen before: with slots or a dictionary, and what goes wrong there."""
    slots = rng.choice(SLOTS)
    members = {} if slots is None else {"__slots__": slots}
    signature = rng.choice(SIGNATURES)
    late = itertools.count().__next__
    ending = "if late() > 20: return 1" if rng.randrange(8) == 0 else "late()"
    exec(f"def __init__({signature}):\n    self.a = 5\n    {ending}", {"late": late}, members)
    base = type("P", (), {"__slots__": ("p",)}) if rng.randrange(2) else object
    arguments = rng.choice(("i", "i, i", "i, b=i", "", "*(i, i)"))
    made_by = type("C", (base,), members)
    names = {"C": made_by}
    exec(MAKE.format(arguments=arguments), names)
    # Long enough for the call to be made for this class, then what that must notice.
    for change in "nothing", rng.choice(("nothing", "init", "abstract", "new", "delete")):
        if change == "init":
            made_by.__init__ = lambda self, *rest, **more: None
        elif change == "abstract":
            made_by.__abstractmethods__ = frozenset({"missing"})
        elif change == "new":
            made_by.__new__ = lambda cls, *rest, **more: len(rest)
        elif change == "delete":
            del made_by.__init__
        made = []
        try:
            names["make"](made, 30)
        except (TypeError, AttributeError) as error:
            digest.add(str(error))
        digest.add(len(made))
        for one in made[-1:]:
            digest.add(repr(getattr(one, "__dict__", None)), sys.getsizeof(one), gc.is_tracked(one), type(one).__name__, hasattr(one, "a"))


def generated(rng, depth):
    for i in range(depth):
        try:
            got = yield i * rng.randrange(5)
            if got:
                yield from generated(rng, depth // 2)
        except ValueError as error:
            yield len(str(error))
        finally:
            depth -= 1


def evaluate(rng, digest, length):
    """All ways out of and into the evaluation loop: calls, generators, exceptions, tracing, monitoring, unknown names."""
    events = []
    tracing = rng.randrange(3)
    if tracing == 1:
        sys.settrace(lambda frame, event, arg: (events.append(event), sys.gettrace())[1] if len(events) < 300 else None)
    elif tracing == 2 and hasattr(sys, "monitoring"):
        sys.monitoring.use_tool_id(3, "differential")
        all_events = sys.monitoring.events
        watched = 0
        for name in "LINE", "INSTRUCTION", "JUMP", "CALL", "C_RETURN", "C_RAISE", "RAISE":
            event = getattr(all_events, name)
            sys.monitoring.register_callback(3, event, lambda *where, name=name: events.append((name, len(where))))
            watched |= event
        sys.monitoring.set_events(3, watched)
    try:
        steps = generated(rng, length % 7 + 1)
        total = [next(steps)]
        for _ in range(20):
            try:
                total.append(steps.send(rng.randrange(2)) if rng.randrange(4) else steps.throw(ValueError("x" * (length % 9))))
            except (StopIteration, ValueError) as error:
                total.append(len(repr(error)))
                break
        pairs = {k: v for k, v in zip(total, reversed(total)) if k != v}
        match pairs:
            case {0: value, **rest}:
                total.append((value or 0) + len(rest))
            case _:
                total.append(-len(pairs))
        try:
            undefined_name  # noqa: B018, F821
        except NameError as error:
            total.append(len(str(error)))
        with memoryview(bytes(total[0] % 5 + 1)) as view:
            total.extend(view[::-1])
    finally:
        sys.settrace(None)
        if tracing == 2 and hasattr(sys, "monitoring"):
            sys.monitoring.set_events(3, 0)
            sys.monitoring.free_tool_id(3)
    digest.add(repr(total), repr(sorted(pairs.items(), key=repr)), repr(events))


AREAS = {
    "case": case,
    "hex": hexadecimal,
    "ascii-decode": ascii_decode,
    "max-char": max_char,
    "crc32": checksum,
    "multiply": multiply,
    "find": find,
    "float": float_repr,
    "tuples": tuples,
    "sorting": sorting,
    "classes": classes,
    "evaluate": evaluate,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=2000, help="for each area; a case is several inputs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=", ".join(AREAS))
    options = parser.parse_args()
    for area in options.areas or AREAS:
        if area not in AREAS:
            parser.error(f"{area}: no such area; there are {', '.join(AREAS)}")
        rng, digest = random.Random(f"{area} {options.seed}"), Digest()
        for length in lengths(rng, options.cases):
            AREAS[area](rng, digest, length)
        print(area, digest.inputs, digest.text(), flush=True)


if __name__ == "__main__":
    main()
