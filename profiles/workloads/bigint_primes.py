"""Primality of large numbers: Mersenne numbers and random odd numbers.

Exercises: multiplication, squaring, shifting, masking, division and three-argument
`pow` on integers of 500 to 1300 bits, conversion to decimal and hexadecimal text.
Does not exercise: integers large enough for sub-quadratic methods to matter, small
integers, containers. Bytecode dispatch hardly matters here; the digit loops do.
"""
import pyperf

EXPONENTS = (521, 523, 1277, 1279)
WITNESSES = (2, 3, 5)
BITS = 512
EXPECTED = ((True, False, False, True), 1, 4162, 6082)


def lucas_lehmer(exponent):
    """Whether 2**exponent - 1 is prime, for an odd prime exponent."""
    modulus = (1 << exponent) - 1
    value = 4
    for _ in range(exponent - 2):
        value = value * value - 2
        # Reducing by 2**p - 1 is adding the high part to the low part.
        value = (value & modulus) + (value >> exponent)
        if value >= modulus:
            value -= modulus
    return value == 0


def probably_prime(number):
    odd = number - 1
    twos = 0
    while not odd & 1:
        odd >>= 1
        twos += 1
    for witness in WITNESSES:
        value = pow(witness, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


def candidates():
    state = 2718281828
    numbers = [(1 << 521) - 1]
    for _ in range(3):
        number = 1
        while number.bit_length() < BITS:
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            number = number << 32 | state >> 32
        numbers.append(number | 1)
    return numbers


def workload(numbers):
    mersenne = tuple(lucas_lehmer(exponent) for exponent in EXPONENTS)
    primes = sum(1 for number in numbers if probably_prime(number))
    perfect = (1 << 1278) * ((1 << 1279) - 1)
    digits = str(perfect)
    back = int(digits)
    rest = 0
    while back:
        back, low = divmod(back, 10 ** 40)
        rest ^= low
    return mersenne, primes, sum(map(int, digits)) + len(hex(perfect)), rest % 9973


def check(numbers):
    result = workload(numbers)
    if result != EXPECTED:
        raise ValueError("bigint_primes: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    NUMBERS = candidates()
    check(NUMBERS)
    pyperf.Runner().bench_func("bigint_primes", workload, NUMBERS)
