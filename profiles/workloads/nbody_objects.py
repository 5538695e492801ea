"""A small planetary system, with vectors and bodies as objects.

Exercises: classes with `__slots__` and with an instance dictionary, attribute
loads and stores, method calls, operator methods (`__add__`, `__sub__`,
`__mul__`), a property, an overridden method reached through `super()`, object
creation and release, float arithmetic.
Does not exercise: dynamic attributes, containers beyond a short list, and no
floats in arrays: half of the time goes to objects, not to arithmetic.
"""
import math

import pyperf

STEPS = 300
STEP = 0.01
EXPECTED = 0.29413666301191754


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def square(self):
        return self.x * self.x + self.y * self.y + self.z * self.z


class Body:
    def __init__(self, mass, position, velocity):
        self.mass = mass
        self.position = position
        self.velocity = velocity
        self.moves = 0

    @property
    def kinetic(self):
        return 0.5 * self.mass * self.velocity.square()

    def kick(self, acceleration, dt):
        self.velocity = self.velocity + acceleration * dt

    def drift(self, dt):
        self.position = self.position + self.velocity * dt
        self.moves += 1


class Moon(Body):
    """A body that also remembers how far from the origin it ever was."""

    def __init__(self, mass, position, velocity):
        super().__init__(mass, position, velocity)
        self.farthest = position.square()

    def drift(self, dt):
        super().drift(dt)
        reach = self.position.square()
        if reach > self.farthest:
            self.farthest = reach


class System:
    def __init__(self, bodies):
        self.bodies = bodies

    def kick(self, dt):
        bodies = self.bodies
        for i, first in enumerate(bodies):
            for second in bodies[i + 1:]:
                apart = second.position - first.position
                square = apart.square()
                strength = 1.0 / (square * math.sqrt(square))
                first.kick(apart * (second.mass * strength), dt)
                second.kick(apart * (-first.mass * strength), dt)

    def advance(self, dt):
        self.kick(0.5 * dt)
        for body in self.bodies:
            body.drift(dt)
        self.kick(0.5 * dt)

    def energy(self):
        total = 0.0
        bodies = self.bodies
        for i, first in enumerate(bodies):
            total += first.kinetic
            for second in bodies[i + 1:]:
                apart = second.position - first.position
                total -= first.mass * second.mass / math.sqrt(apart.square())
        return total


def make_system():
    return System([
        Body(1.0, Vector(0.0, 0.0, 0.0), Vector(0.0, -0.06, 0.0)),
        Body(0.05, Vector(1.0, 0.0, 0.1), Vector(0.0, 1.0, 0.0)),
        Body(0.02, Vector(-1.7, 0.2, 0.0), Vector(0.1, -0.75, 0.0)),
        Moon(0.001, Vector(1.1, 0.0, 0.1), Vector(0.0, 1.6, 0.05)),
    ])


def workload():
    system = make_system()
    for _ in range(STEPS):
        system.advance(STEP)
    return system


def check():
    system = workload()
    result = system.energy() + system.bodies[3].farthest + system.bodies[1].position.x
    drift = abs(system.energy() - make_system().energy())
    # A leapfrog step conserves energy up to a small bounded error; that guards
    # the physics, the literal guards everything else.
    if drift > 1e-3 or abs(result - EXPECTED) > 1e-7:
        raise ValueError("nbody_objects: got %r (drift %r), expected %r" % (result, drift, EXPECTED))
    if [body.moves for body in system.bodies] != [STEPS] * 4:
        raise ValueError("nbody_objects: a body missed a step")


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("nbody_objects", workload)
