"""What the training programs share: a source of numbers, a checksum, a complaint."""


class Wrong(Exception):
    """A training program found its own result to be wrong."""


def require(condition, what):
    # Not an assert statement: training also has to notice under -O.
    if not condition:
        raise Wrong(what)


class Stream:
    """Reproducible numbers on any Python, without the `random` module.

    `random` needs extension modules that a minimal build may lack.
    """

    def __init__(self, seed):
        self.state = seed & 0xFFFFFFFF or 1

    def bits(self):
        state = self.state
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        self.state = state
        return state

    def below(self, limit):
        return (self.bits() >> 7) % limit

    def pick(self, items):
        return items[self.below(len(items))]

    def shuffle(self, items):
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]


def fold(text):
    """A small checksum of a short text, dependent on the order of its characters."""
    result = 5381
    for character in text:
        result = (result * 33 ^ ord(character)) & 0x7FFFFFFF
    return result
