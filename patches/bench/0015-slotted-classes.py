"""Instances of small classes: with __slots__, which the patch is for, with a dictionary, and of a class that has neither."""

CLASS = """
class C:
    {slots}
    def __init__(self, x, y):
        {body}
"""


def of(slots, body="self.x = x; self.y = y"):
    return ("C(1, 2); C(2, 3); C(3, 4); C(4, 5)", CLASS.format(slots=slots, body=body))


WORK = {
    "with slots": of("__slots__ = 'x', 'y'"),
    "with a dictionary": of("pass"),
    "with nothing": of("__slots__ = ()", "pass"),
}
