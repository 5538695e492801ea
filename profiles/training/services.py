"""Training: the everyday modules of a command-line program or a service."""
import argparse
import calendar
import contextvars
import datetime
import functools
import gc
import io
import logging
import operator
import pprint
import types
import typing
import uuid
import warnings
import weakref

from support import fold, require


def command_lines():
    total = 0
    # Otherwise the width would be that of the terminal.
    fixed_width = functools.partial(argparse.HelpFormatter, width=80)
    for n in range(10):
        parser = argparse.ArgumentParser(prog="tool", description="A tool.",
                                         formatter_class=fixed_width)
        parser.add_argument("-v", "--verbose", action="count", default=0)
        parser.add_argument("--level", type=int, choices=range(10), default=3, help="from 0 to 9")
        parser.add_argument("--name", metavar="NAME", action="append", help="may be repeated")
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--fast", action="store_true")
        group.add_argument("--slow", dest="fast", action="store_false")
        commands = parser.add_subparsers(dest="command")
        copy = commands.add_parser("copy", help="copy things")
        copy.add_argument("sources", nargs="+")
        copy.add_argument("--into", required=True)
        show = commands.add_parser("show")
        show.add_argument("what", nargs="?", default="all")
        for line in ("-vv copy a b c --into d", "--level 7 --name x --name=y show", "--fast show one", "-v"):
            options = parser.parse_args(line.split())
            total += options.verbose + options.level + len(getattr(options, "sources", None) or ()) + options.fast
        require("--level" in parser.format_help() and "copy" in parser.format_usage(), "the help lacks an option")
        known, rest = parser.parse_known_args(["--level", "1", "--unknown", "show"])
        total += known.level + len(rest)
    return total


class Short(logging.Filter):
    def filter(self, record):
        return len(record.getMessage()) < 60


def logs():
    stream = io.StringIO()
    root = logging.Logger("training", logging.DEBUG)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)-8s %(name)s: %(message)s"))
    handler.addFilter(Short())
    quiet = logging.StreamHandler(stream)
    quiet.setLevel(logging.ERROR)
    quiet.setFormatter(logging.Formatter("{levelname}|{message}", style="{"))
    root.addHandler(handler)
    root.addHandler(quiet)
    adapter = logging.LoggerAdapter(root, {"user": "x"})
    for n in range(160):
        root.debug("value %d of %s", n, "many" * (n % 20))
        adapter.info("user %(name)s did %(what)r", {"name": "n%d" % n, "what": n * 1.5})
        if n % 10 == 0:
            root.error("failed: %s", ValueError(n))
        root.setLevel(logging.INFO if n % 4 else logging.DEBUG)
    lines = stream.getvalue().splitlines()
    return len(lines), lines[1], fold("".join(lines[-3:]))


def dates():
    """Fixed dates only: arithmetic, time zones, formatting and parsing."""
    start = datetime.datetime(2019, 12, 30, 22, 15, 7, 250)
    east = datetime.timezone(datetime.timedelta(hours=5, minutes=30), "EAST")
    total = 0
    leap_days = 0
    for n in range(330):
        moment = start + datetime.timedelta(days=n * 61, hours=n % 24, microseconds=n)
        aware = moment.replace(tzinfo=datetime.timezone.utc).astimezone(east)
        year, week, day = aware.isocalendar()
        total += week * day + aware.timetuple().tm_yday + moment.toordinal() % 97
        text = aware.isoformat()
        require(datetime.datetime.fromisoformat(text) == aware, "isoformat does not parse back")
        leap_days += calendar.isleap(year) and aware.month == 2
        total += len("{:%Y/%m/%d %H:%M}".format(aware)) + int(aware.strftime("%j"))
    for n in range(60):
        text = "%02d.%02d.20%02d 0%d:30" % (1 + n % 28, 1 + n % 12, n, n % 9)
        parsed = datetime.datetime.strptime(text, "%d.%m.%Y %H:%M")
        total += parsed.weekday()
    spans = [datetime.timedelta(days=1) * n // 7 for n in range(30)]
    months = calendar.TextCalendar().formatmonth(2024, 2)
    return total, leap_days, str(sum(spans, datetime.timedelta())), fold(months)


def printing():
    tree = {"name": "root", "items": [{"n": n, "square": n * n, "text": "x" * n, "pair": (n, -n)} for n in range(40)],
            "set": {3, 1, 2}, "bytes": b"\x00\xff" * 20, "deep": [[[[[["bottom"]]]]]]}
    text = pprint.pformat(tree, width=70)
    require(text.count("\n") > 40, "pprint printed too little")
    narrow = pprint.pformat(tree["items"][:5], width=30, indent=2)
    short = pprint.pformat(tree, depth=2)
    return narrow.count("\n") > 10, "..." in short, pprint.saferepr(tree["deep"])


class Listener:
    def __init__(self, name):
        self.name = name
        self.heard = 0

    def hear(self, event):
        self.heard += len(event)


def garbage():
    """Weak references, cycles, finalizers, and the collector."""
    collected = []
    hub = weakref.WeakValueDictionary()
    listeners = [Listener("l%d" % n) for n in range(60)]
    for listener in listeners:
        hub[listener.name] = listener
        weakref.finalize(listener, collected.append, listener.name)
    for n in range(30):
        for name in sorted(hub):
            hub[name].hear("event %d" % n)
    heard = sum(listener.heard for listener in listeners)
    for one, other in zip(listeners[::2], listeners[1::2]):
        one.friend, other.friend = other, one
    method = weakref.WeakMethod(listeners[0].hear)
    del listeners[10:], listener, one, other
    gc.collect()
    chain = []
    for n in range(3000):
        chain = [chain, n] if n % 100 else [n]
    require(method() is not None and len(hub) == 10, "the wrong listeners were collected")
    return heard, len(collected), sorted(collected)[0], chain[-1]


request = contextvars.ContextVar("request", default="none")


def contexts():
    seen = []

    def handle(number):
        token = request.set("request %d" % number)
        seen.append(request.get())
        if number % 2:
            request.reset(token)
        return request.get()

    answers = []
    for number in range(240):
        answers.append(contextvars.copy_context().run(handle, number))
    return len(set(seen)), answers.count("none"), request.get()


def operators():
    """The operator module, namespaces, and built-in functions by the dozen."""
    names = ("add", "sub", "mul", "floordiv", "mod", "and_", "or_", "xor", "lshift", "lt", "le", "eq", "ne", "ge", "gt")
    total = 0
    for name in names:
        function = getattr(operator, name)
        for a in range(1, 24):
            total += function(a, a % 7 + 1)
    space = types.SimpleNamespace(a=1, b=[1, 2, {"c": 3}])
    get = operator.attrgetter("a", "b")
    call = operator.methodcaller("split", ",", 1)
    proxy = types.MappingProxyType({"x": 1})
    for n in range(200):
        space.a += n
        total += get(space)[0] + len(call("p,q,%d" % n)) + proxy["x"] + operator.itemgetter(1, 2)("abc").count("b")
        total += abs(-n) + divmod(n, 7)[1] + pow(n, 2, 13) + round(n / 3) + ord(chr(n + 65)) + len(bin(n)) + hash(n)
        total += all((n, True)) + any(()) + callable(n) + isinstance(n, (str, int)) + sum(map(int, str(n)))
        total += min(n, 5, key=lambda v: -v) + len(list(zip(range(3), reversed("abcd")))) + max(n, default_of(n))
        total += len(slice(n).indices(10)) + len(sorted(enumerate("ba"), key=lambda p: p[1])) + bool(vars(space))
    return total


def default_of(n, table={}):
    # A default argument that is shared, on purpose: it is a cache.
    if n not in table:
        table[n] = n // 2
    return table[n]


def identifiers():
    total = 0
    names = [uuid.uuid5(uuid.NAMESPACE_DNS, "host%d.example" % n) for n in range(150)]
    for name in names:
        require(uuid.UUID(str(name)) == name and uuid.UUID(bytes=name.bytes) == name, "a UUID changed")
        total ^= name.int
    import ipaddress
    network = ipaddress.ip_network("10.20.0.0/22")
    hosts = sum(int(address) & 255 for address in list(network.hosts())[::9])
    subnets = [str(subnet) for subnet in network.subnets(new_prefix=24)]
    inside = sum(ipaddress.ip_address("10.20.%d.9" % n) in network for n in range(12))
    merged = list(ipaddress.collapse_addresses(ipaddress.ip_network(text) for text in subnets))
    six = ipaddress.ip_address("2001:db8::%x" % 77).exploded
    return total % 1000003, hosts, subnets[-1], inside, str(merged[0]), six[-4:]


T = typing.TypeVar("T")


class Stack(typing.Generic[T]):
    def __init__(self) -> None:
        self.items: typing.List[T] = []

    def push(self, item: T) -> "Stack[T]":
        self.items.append(item)
        return self

    def pop(self, default: typing.Optional[T] = None) -> typing.Optional[T]:
        return self.items.pop() if self.items else default


class Sized(typing.NamedTuple):
    width: int
    label: str = "none"


def annotations():
    total = 0
    for _ in range(45):
        hints = typing.get_type_hints(Stack.push)
        hints.update(typing.get_type_hints(Stack.pop))
        stack = Stack[int]()
        for n in range(9):
            stack.push(n)
        total += stack.pop() + len(hints)
        total += len(typing.get_args(typing.Dict[str, typing.Union[int, None, typing.List[int]]]))
        total += Sized(3).width + len(Sized._fields)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for n in range(30):
            warnings.warn("old %d" % n, (DeprecationWarning, UserWarning)[n % 2], stacklevel=1)
        warnings.simplefilter("ignore")
        warnings.warn("unheard")
    return total, len(caught), sorted({item.category.__name__ for item in caught})


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (command_lines, 5, 250),
    (logs, 17, (288, 'INFO     training: user n0 did 0.0', 440894864)),
    (dates, 19, (169860, 3, '62 days, 3:25:42.857130', 412284507)),
    (printing, 43, (True, True, "[[[[[['bottom']]]]]]")),
    (garbage, 15, (13800, 50, 'l10', 2999)),
    (contexts, 540, (240, 120, 'none')),
    (operators, 83, 1473042),
    (identifiers, 53, (145826, 14563, '10.20.3.0/24', 4, '10.20.0.0/22', '004d')),
    (annotations, 58, (810, 30, ['DeprecationWarning', 'UserWarning'])),
]
