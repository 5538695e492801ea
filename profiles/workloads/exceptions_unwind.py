"""Orders that fail in every way an order can fail, and code that copes.

Exercises: raising and catching built-in and own exceptions, unwinding through
several frames, `finally`, `else`, chaining with `from`, re-raising, handler
selection by class and by tuple, suppression by a context manager, look-before
versus ask-forgiveness on dictionaries, lists and attributes; and `try` blocks
in which nothing happens.
Does not exercise: printing tracebacks; very deep stacks.
"""
import pyperf

ORDERS = 3900
EXPECTED = (3900, 17160, 1690, 1690, 4030, 390)


class OrderError(Exception):
    """An order that cannot be met."""


class OutOfStock(OrderError):
    def __init__(self, item, missing):
        super().__init__(item, missing)
        self.missing = missing


class BadOrder(OrderError):
    pass


class Quiet:
    """Swallows the exceptions it is told to, and counts them."""

    def __init__(self, *kinds):
        self.kinds = kinds
        self.swallowed = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None and issubclass(kind, self.kinds):
            self.swallowed += 1
            return True
        return False


STOCK = {"nut": 40, "bolt": 25, "gear": 7, "cam": 2}
NAMES = ("nut", "bolt", "gear", "cam", "hose")


def take(item, wanted, depth):
    if depth:
        return take(item, wanted, depth - 1)
    have = STOCK[item]
    if wanted > have:
        raise OutOfStock(item, wanted - have)
    return have - wanted


def order(number):
    item = NAMES[number % 5]
    wanted = number % 30
    if number % 10 == 9:
        raise BadOrder(number)
    try:
        return take(item, wanted, number % 4)
    except KeyError as error:
        raise BadOrder(number) from error


def attempt(number, tally):
    try:
        left = order(number)
    except OutOfStock as error:
        tally["missing"] += error.missing
        return -1
    except BadOrder as error:
        if error.__cause__ is not None:
            tally["unknown"] += 1
            raise
        return -2
    else:
        return left
    finally:
        tally["tried"] += 1


def forgive(number, table):
    failures = 0
    try:
        table[number % 4]
    except LookupError:
        failures += 1
    try:
        number // (number % 3)
    except ZeroDivisionError:
        failures += 1
    try:
        number.missing if number % 5 == 0 else number.real
    except (AttributeError, TypeError):
        failures += 1
    try:
        int("12" if number % 4 else "x2")
    except ValueError:
        failures += 1
    return failures


def workload():
    tally = {"tried": 0, "missing": 0, "unknown": 0}
    quiet = Quiet(BadOrder, StopIteration)
    answers = failures = 0
    table = {0: "a", 1: "b", 2: "c"}
    for number in range(ORDERS):
        with quiet:
            if attempt(number, tally) >= 0:
                answers += 1
        failures += forgive(number, table)
        if number % 3 == 0:
            with quiet:
                next(iter(()))
    return (tally["tried"], tally["missing"], quiet.swallowed, answers, failures, tally["unknown"])


def check():
    result = workload()
    if result != EXPECTED:
        raise ValueError("exceptions_unwind: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("exceptions_unwind", workload)
