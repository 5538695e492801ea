"""Training: generators, coroutines, exceptions, context managers."""
import contextlib
import traceback

from support import Stream, require


def placements(row, columns, rising, falling, size):
    if row == size:
        yield ()
        return
    for column in range(size):
        if column in columns or row + column in rising or row - column in falling:
            continue
        for rest in placements(row + 1, columns | {column}, rising | {row + column},
                               falling | {row - column}, size):
            yield (column,) + rest


def queens():
    count = 0
    first = None
    for solution in placements(0, frozenset(), frozenset(), frozenset(), 6):
        first = first or solution
        count += 1
    return count, first


def hanoi(count, source, target, spare):
    if count:
        yield from hanoi(count - 1, source, spare, target)
        yield source, target
        yield from hanoi(count - 1, spare, target, source)


def towers():
    pegs = {"a": list(range(9, 0, -1)), "b": [], "c": []}
    moves = 0
    for source, target in hanoi(9, "a", "c", "b"):
        disc = pegs[source].pop()
        require(not pegs[target] or pegs[target][-1] > disc, "a larger disc on a smaller one")
        pegs[target].append(disc)
        moves += 1
    return moves, len(pegs["c"])


def averager():
    """Accepts numbers, answers a thrown KeyError with the count, returns on None."""
    total = count = 0
    while True:
        try:
            value = yield total / count if count else 0.0
        except KeyError:
            value = yield count
        if value is None:
            return total, count
        total += value
        count += 1


def delegating(results):
    while True:
        results.append((yield from averager()))


def conversations():
    results = []
    asked = 0
    talk = delegating(results)
    next(talk)
    for n in range(900):
        talk.send(n % 10)
        if n % 50 == 49:
            asked += talk.throw(KeyError("count"))
            talk.send(5)
            talk.send(None)
    talk.close()
    return len(results), sum(total for total, _ in results), asked


class Pause:
    """An awaitable of our own, without an event loop behind it."""

    def __init__(self, rounds):
        self.rounds = rounds

    def __await__(self):
        for left in range(self.rounds):
            yield left
        return self.rounds


class Turn:
    def __init__(self, log):
        self.log = log

    async def __aenter__(self):
        await Pause(1)
        self.log.append("in")
        return self

    async def __aexit__(self, kind, error, trace):
        await Pause(1)
        self.log.append("out" if kind is None else kind.__name__)
        return kind is ValueError


async def countdown(start):
    while start:
        await Pause(start % 3)
        yield start
        start -= 1


async def worker(number, log):
    async with Turn(log):
        squares = [n * n async for n in countdown(12) if n % 2]
        if number % 3 == 0:
            raise ValueError(number)
        return sum(squares) + await Pause(number % 4)
    return -number


def schedule(coroutines):
    """Round robin until all are done; their results in starting order."""
    results = {}
    ready = list(enumerate(coroutines))
    switches = 0
    while ready:
        waiting = []
        for number, coroutine in ready:
            try:
                coroutine.send(None)
            except StopIteration as stop:
                results[number] = stop.value
            else:
                switches += 1
                waiting.append((number, coroutine))
        ready = waiting
    return [results[number] for number in sorted(results)], switches


def coroutines():
    log = []
    results, switches = schedule(worker(number, log) for number in range(45))
    return sum(results), switches, log.count("out"), log.count("ValueError")


async def producer(queue, count):
    for number in range(count):
        await queue.put(number)
    await queue.put(None)


async def consumer(queue, taken, sleep):
    while True:
        item = await queue.get()
        if item is None:
            await queue.put(None)
            return len(taken)
        taken.append(item)
        await sleep(0)


def event_loop():
    import asyncio

    async def main():
        queue = asyncio.Queue(maxsize=5)
        taken = []
        counts = await asyncio.gather(producer(queue, 150), consumer(queue, taken, asyncio.sleep),
                                      consumer(queue, taken, asyncio.sleep))
        lock = asyncio.Lock()
        event = asyncio.Event()

        async def guarded(value):
            await event.wait()
            async with lock:
                await asyncio.sleep(0)
                if value % 5 == 4:
                    raise LookupError(value)
                return value
        tasks = [asyncio.ensure_future(guarded(value)) for value in range(30)]
        event.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        failed = sum(isinstance(item, LookupError) for item in done)
        return len(counts), sum(taken), failed

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance

    def move(self, amount):
        if self.balance + amount < 0:
            raise Overdrawn(self.owner, self.balance + amount)
        self.balance += amount


class BankError(Exception):
    pass


class Overdrawn(BankError):
    def __str__(self):
        return "%s lacks %d" % (self.args[0], -self.args[1])


class Frozen(BankError):
    pass


class Transaction:
    def __init__(self, *accounts):
        self.accounts = accounts

    def __enter__(self):
        self.before = [account.balance for account in self.accounts]
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            for account, balance in zip(self.accounts, self.before):
                account.balance = balance
        return False


def transfers():
    stream = Stream(21)
    accounts = [Account(name, 100) for name in ("ann", "ben", "cem", "dov")]
    failures = {}
    letters = 0
    for number in range(1200):
        source, target = stream.pick(accounts), stream.pick(accounts)
        amount = stream.below(120)
        try:
            try:
                with Transaction(source, target):
                    target.move(amount)
                    if number % 17 == 0:
                        raise Frozen(number)
                    source.move(-amount)
            except Overdrawn as error:
                letters += len(str(error))
                raise BankError("refused") from error
            finally:
                require(sum(account.balance for account in accounts) == 400, "money appeared")
        except BankError as error:
            name = type(error.__cause__ or error).__name__
            failures[name] = failures.get(name, 0) + 1
    return sorted(failures.items()), letters, [account.balance for account in accounts]


@contextlib.contextmanager
def noting(log, name):
    log.append("+" + name)
    try:
        yield name
    except ZeroDivisionError:
        log.append("!" + name)
    finally:
        log.append("-" + name)


def resources():
    log = []
    reached = 0
    for n in range(140):
        with contextlib.ExitStack() as stack:
            for name in "abc"[:1 + n % 3]:
                stack.enter_context(noting(log, name))
            stack.callback(log.append, "end")
            reached += 10 // (n % 4)
        with contextlib.suppress(KeyError, IndexError):
            {}[n] if n % 2 else [][n]
            log.append("never")
        with noting(log, "x") as one, noting(log, "y") as two:
            reached += len(one + two)
    return reached, len(log), log.count("!c"), log.count("end")


def deep(n, kind):
    if n == 0:
        raise kind(n)
    try:
        return deep(n - 1, kind)
    except LookupError as error:
        raise RuntimeError(n) from error
    finally:
        n += 1


def failures():
    seen = []
    names = 0
    for n in range(90):
        kind = (KeyError, IndexError, ValueError, OSError)[n % 4]
        try:
            deep(n % 9, kind)
        except (RuntimeError, LookupError) as error:
            seen.append(type(error).__name__)
            summary = traceback.extract_tb(error.__traceback__)
            names += sum(frame.name == "deep" for frame in summary)
        except Exception as error:
            chain = 0
            while error is not None:
                chain += 1
                error = error.__context__
            seen.append(chain)
    text = traceback.format_exception_only(ValueError, ValueError("last"))
    return seen.count("RuntimeError"), seen.count("KeyError"), seen.count(1), names, text


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (queens, 710, (4, (1, 3, 5, 0, 2, 4))),
    (towers, 360, (511, 9)),
    (conversations, 790, (18, 4140, 900)),
    (coroutines, 210, (8308, 673, 30, 15)),
    (event_loop, 100, (3, 11175, 6)),
    (transfers, 28, ([('Frozen', 71), ('Overdrawn', 303)], 3608, [21, 100, 237, 42])),
    (resources, 86, (910, 1293, 11, 140)),
    (failures, 57, (40, 3, 44, 190, ['ValueError: last\n'])),
]
