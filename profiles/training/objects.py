"""Training: classes, instances, attributes, methods, special methods, descriptors."""
import abc
import collections
import dataclasses
import enum
import functools
import typing

from support import Stream, require


class Direction(enum.Enum):
    UP = 1
    DOWN = -1
    IDLE = 0


class Passenger:
    __slots__ = ("origin", "target", "waited")

    def __init__(self, origin, target):
        self.origin = origin
        self.target = target
        self.waited = 0


class Lift:
    capacity = 6

    def __init__(self, floors):
        self.floors = floors
        self.floor = 0
        self.direction = Direction.IDLE
        self.riders = []
        self.delivered = 0

    @property
    def full(self):
        return len(self.riders) >= self.capacity

    def unload(self):
        staying = []
        for rider in self.riders:
            if rider.target == self.floor:
                self.delivered += 1
            else:
                staying.append(rider)
        self.riders = staying

    def load(self, queue):
        left = []
        for person in queue:
            if self.full:
                person.waited += 1
                left.append(person)
            else:
                self.riders.append(person)
        return left

    def choose(self, building):
        if self.direction is Direction.UP and self.floor == self.floors - 1:
            self.direction = Direction.DOWN
        elif self.direction is Direction.DOWN and self.floor == 0:
            self.direction = Direction.UP
        elif self.direction is Direction.IDLE and building.waiting:
            self.direction = Direction.UP if self.floor == 0 else Direction.DOWN
        return self.direction

    def step(self, building):
        self.unload()
        building.queues[self.floor] = self.load(building.queues[self.floor])
        self.floor += self.choose(building).value


class ExpressLift(Lift):
    capacity = 3

    def load(self, queue):
        far = [person for person in queue if abs(person.target - person.origin) > 2]
        near = [person for person in queue if abs(person.target - person.origin) <= 2]
        return super().load(far) + near


class Building:
    def __init__(self, floors, lifts):
        self.queues = [[] for _ in range(floors)]
        self.lifts = lifts

    @property
    def waiting(self):
        return sum(len(queue) for queue in self.queues)

    def tick(self):
        for lift in self.lifts:
            lift.step(self)


def lifts():
    stream = Stream(11)
    building = Building(9, [Lift(9), ExpressLift(9), Lift(9)])
    for tick in range(260):
        if tick < 200:
            for _ in range(stream.below(3)):
                origin = stream.below(9)
                target = stream.below(9)
                if origin != target:
                    building.queues[origin].append(Passenger(origin, target))
        building.tick()
    return ([lift.delivered for lift in building.lifts], building.waiting,
            sum(len(lift.riders) for lift in building.lifts))


class Shape(abc.ABC):
    registry = {}

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        Shape.registry[cls.__name__.lower()] = cls

    @classmethod
    def make(cls, kind, *sizes):
        return cls.registry[kind](*sizes)

    @staticmethod
    def scaled(value, factor):
        return value * factor

    @abc.abstractmethod
    def area(self):
        """Twice the area, to stay with integers."""

    def grow(self, factor):
        for name in sorted(vars(self)):
            setattr(self, name, self.scaled(getattr(self, name), factor))
        return self


class Rectangle(Shape):
    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        return 2 * self.width * self.height


class Square(Rectangle):
    def __init__(self, side):
        super().__init__(side, side)


class Triangle(Shape):
    def __init__(self, base, height):
        self.base = base
        self.height = height

    def area(self):
        return self.base * self.height


def shapes():
    stream = Stream(12)
    kinds = (("rectangle", 2), ("square", 1), ("triangle", 2))
    total = 0
    counts = collections.Counter()
    for _ in range(700):
        kind, arity = stream.pick(kinds)
        shape = Shape.make(kind, *[1 + stream.below(20) for _ in range(arity)])
        if shape.grow(1 + stream.below(3)).area() % 2 == 0:
            total += shape.area()
        if isinstance(shape, Rectangle):
            counts[type(shape).__name__] += 1
        require(issubclass(type(shape), Shape) and hasattr(shape, "height"), "a shape without height")
    try:
        Shape()
    except TypeError:
        counts["abstract"] += 1
    return total, sorted(counts.items())


class Polynomial:
    """Integer coefficients, lowest power first, behaving like a number and a sequence."""

    def __init__(self, coefficients):
        while coefficients and coefficients[-1] == 0:
            coefficients = coefficients[:-1]
        self.coefficients = tuple(coefficients)

    def __len__(self):
        return len(self.coefficients)

    def __getitem__(self, index):
        return self.coefficients[index] if index < len(self.coefficients) else 0

    def __iter__(self):
        return iter(self.coefficients)

    def __contains__(self, value):
        return value in self.coefficients

    def __eq__(self, other):
        return isinstance(other, Polynomial) and self.coefficients == other.coefficients

    def __hash__(self):
        return hash(self.coefficients)

    def __bool__(self):
        return bool(self.coefficients)

    def __neg__(self):
        return Polynomial([-value for value in self])

    def __add__(self, other):
        size = max(len(self), len(other))
        return Polynomial([self[i] + other[i] for i in range(size)])

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        if isinstance(other, int):
            return Polynomial([value * other for value in self])
        product = [0] * (len(self) + len(other))
        for i, first in enumerate(self):
            for j, second in enumerate(other):
                product[i + j] += first * second
        return Polynomial(product)

    __rmul__ = __mul__

    def __pow__(self, exponent):
        result = Polynomial([1])
        for _ in range(exponent):
            result *= self
        return result

    def __call__(self, x):
        value = 0
        for coefficient in reversed(self.coefficients):
            value = value * x + coefficient
        return value

    def __repr__(self):
        return "Polynomial(%r)" % (list(self.coefficients),)


def polynomials():
    x = Polynomial([0, 1])
    one = Polynomial([1])
    seen = set()
    total = 0
    for n in range(1, 9):
        square = (x + one) ** n * (x - one) ** n
        other = (x * x - one) ** n
        require(square == other and hash(square) == hash(other), "two equal products differ")
        seen.add(square)
        seen.add(3 * other - 2 * square)
        total += square(3) + (0 in square) + len(repr(square)) + bool(square - other)
    return len(seen), total


class Checked:
    """A data descriptor that validates and remembers on the instance."""

    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return getattr(instance, self.name, self.low)

    def __set__(self, instance, value):
        if not self.low <= value <= self.high:
            raise ValueError(self.name)
        setattr(instance, self.name, value)


class Counting(type):
    """A metaclass that counts the instances of its classes."""

    def __new__(mcs, name, bases, namespace):
        cls = super().__new__(mcs, name, bases, namespace)
        cls.made = 0
        return cls

    def __call__(cls, *positional, **keywords):
        cls.made += 1
        return super().__call__(*positional, **keywords)


class Settings(metaclass=Counting):
    volume = Checked(0, 10)
    balance = Checked(-5, 5)

    def __init__(self, **initial):
        for name, value in initial.items():
            setattr(self, name, value)

    def __getattr__(self, name):
        # Reached only for what is found nowhere else.
        if name.startswith("default_"):
            return getattr(type(self), name[8:]).low
        raise AttributeError(name)

    def __delattr__(self, name):
        object.__delattr__(self, "_" + name)


def descriptors():
    Settings.made = 0
    stream = Stream(13)
    refused = missing = total = 0
    for _ in range(900):
        settings = Settings(volume=stream.below(11))
        try:
            settings.balance = stream.below(15) - 7
        except ValueError:
            refused += 1
        total += settings.volume + settings.balance + settings.default_balance
        try:
            settings.treble
        except AttributeError:
            missing += 1
        if hasattr(settings, "_balance"):
            del settings.balance
    return Settings.made, refused, missing, total


@functools.total_ordering
@dataclasses.dataclass(frozen=True)
class Version:
    major: int
    minor: int = 0
    tags: typing.Tuple[str, ...] = ()

    def __lt__(self, other):
        return (self.major, self.minor) < (other.major, other.minor)


@dataclasses.dataclass
class Loan:
    title: str
    days: int = 0
    notes: typing.List[str] = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.notes.append("new")


Point = collections.namedtuple("Point", "x y")


class Access(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
    RUN = enum.auto()


def data_classes():
    stream = Stream(14)
    versions = [Version(stream.below(4), stream.below(9)) for _ in range(60)]
    versions.sort()
    newest = max(versions)
    loans = [Loan("book %d" % n, n % 30) for n in range(150)]
    late = [dataclasses.replace(loan, days=loan.days + 7) for loan in loans if loan.days > 20]
    fields = sum(len(dataclasses.asdict(loan)) for loan in late)
    points = {Point(n % 7, n % 5): n for n in range(200)}
    moved = [point._replace(x=point.x + 1)._asdict() for point in points]
    rights = Access.READ
    switched = 0
    for n in range(120):
        rights ^= (Access.READ, Access.WRITE, Access.RUN)[n % 3]
        switched += Access.WRITE in rights
    require(len({Version(1, 2), Version(1, 2), Version(1, 3)}) == 2, "equal versions hash apart")
    return ((newest.major, newest.minor), fields, sum(entry["x"] for entry in moved), switched,
            len(late[0].notes), len(repr(newest)))


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (lifts, 130, ([145, 10, 7], 0, 0)),
    (shapes, 60, (630686, [('Rectangle', 247), ('Square', 227), ('abstract', 1)])),
    (polynomials, 380, (8, 19174338)),
    (descriptors, 30, (900, 241, 900, -1456)),
    (data_classes, 250, ((3, 8), 135, 140, 60, 2, 34)),
]
