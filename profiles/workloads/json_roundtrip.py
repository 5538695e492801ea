"""Encoding a catalogue as JSON and decoding it again, compact and indented.

Exercises: the `json` module: its C encoder and decoder on dictionaries, lists,
strings (plain, escaped, non-ASCII), ints, floats, booleans and null; float to
text and back; building dictionaries from text; the hooks for own types; and the
encoder written in Python, which indentation selects on most versions.
Does not exercise: anything else; about half of it is C code of the interpreter.
"""
import json

import pyperf

ITEMS = 350
EXPECTED = (98969, 86893, 17478446)


class Price:
    def __init__(self, amount, currency):
        self.amount = amount
        self.currency = currency


def encode_price(thing):
    if isinstance(thing, Price):
        return {"amount": thing.amount, "currency": thing.currency}
    raise TypeError("cannot encode %r" % type(thing).__name__)


def decode_price(fields):
    if len(fields) == 2 and "currency" in fields:
        return Price(fields["amount"], fields["currency"])
    return fields


def make_catalogue():
    state = 31
    items = []
    for number in range(ITEMS):
        state = (state * 1103515245 + 12345) % 2147483648
        items.append({
            "id": number,
            "name": "item-%d \"%s\"" % (number, ("plain", "größe", "тест", "tab\tline\n")[number % 4]),
            "price": Price((state >> 8) % 100000 / 100, ("EUR", "GBP")[number % 2]),
            "tags": ["t%d" % (state >> shift & 63) for shift in (5, 9, 13, 21)],
            "stock": {"here": state % 50, "there": None if state & 256 else state % 9},
            "ratings": [(state >> shift) % 1000 / 7 for shift in (3, 6, 10)],
            "active": bool(state & 1024),
            "big": state * state,
        })
    return {"version": 3, "items": items, "count": ITEMS, "next": None}


def workload(catalogue):
    text = json.dumps(catalogue, default=encode_price)
    again = json.loads(text, object_hook=decode_price)
    compact = json.dumps(again, default=encode_price, separators=(",", ":"),
                         sort_keys=True, ensure_ascii=False)
    plain = json.loads(compact)
    indented = json.dumps(plain["items"][:20], indent=1)
    return text, compact, json.loads(text), json.loads(indented), again


def check(catalogue):
    text, compact, plain, indented, again = workload(catalogue)
    cents = sum(round(item["price"].amount * 100) for item in again["items"])
    result = len(text), len(compact), cents
    if result != EXPECTED:
        raise ValueError("json_roundtrip: got %r, expected %r" % (result, EXPECTED))
    if json.loads(compact) != plain or indented != plain["items"][:20]:
        raise ValueError("json_roundtrip: the documents differ after a round trip")


if __name__ == "__main__":
    CATALOGUE = make_catalogue()
    check(CATALOGUE)
    pyperf.Runner().bench_func("json_roundtrip", workload, CATALOGUE)
