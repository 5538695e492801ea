"""Training: integers of every size, floats, complex numbers, decimals, fractions."""
import fractions
import math

from support import Stream, require


def sieve():
    limit = 24000
    flags = bytearray([1]) * (limit + 1)
    flags[0] = flags[1] = 0
    for n in range(2, math.isqrt(limit) + 1):
        if flags[n]:
            flags[n * n::n] = bytes(len(range(n * n, limit + 1, n)))
    primes = [n for n, flag in enumerate(flags) if flag]
    twins = sum(1 for a, b in zip(primes, primes[1:]) if b - a == 2)
    return len(primes), primes[-1], twins


def extended_gcd(a, b):
    x, y, u, v = 1, 0, 0, 1
    while b:
        quotient = a // b
        a, b = b, a - quotient * b
        x, u = u, x - quotient * u
        y, v = v, y - quotient * v
    return a, x, y


def totient(n):
    result = n
    factor = 2
    while factor * factor <= n:
        if n % factor == 0:
            while n % factor == 0:
                n //= factor
            result -= result // factor
        factor += 1
    return result - result // n if n > 1 else result


def number_theory():
    total = 0
    for a in range(200, 1000, 7):
        b = a * 3 % 811 + 1
        divisor, x, y = extended_gcd(a, b)
        require(a * x + b * y == divisor == math.gcd(a, b), "the extended gcd is wrong")
        total += x - y
    totients = sum(totient(n) for n in range(1, 1200))
    bits = 0
    for n in range(3000):
        gray = n ^ n >> 1
        bits += bin(gray).count("1") + (n & -n).bit_length()
        bits ^= (n << 3 | n >> 5) & 0xFF
        bits -= ~n % 7
    return total, totients, bits


def pi_digits():
    """Machin's formula in fixed point, by integers of a few thousand bits."""
    one = 10 ** 610

    def arctangent(inverse):
        power = total = one // inverse
        square = inverse * inverse
        divisor = sign = 1
        while power:
            power //= square
            divisor += 2
            sign = -sign
            total += sign * (power // divisor)
        return total

    pi = 4 * (4 * arctangent(5) - arctangent(239))
    digits = str(pi)[:601]
    return digits[:20], digits[-6:], digits.count("7")


def big_integers():
    """Factorials, binomials, roots and text conversion, below and above Karatsuba's size."""
    factorial = 1
    for n in range(2, 420):
        factorial *= n
    require(factorial == math.factorial(419), "the factorials differ")
    binomial = factorial // math.factorial(200) // math.factorial(219)
    root = math.isqrt(factorial)
    require(root * root <= factorial < (root + 1) ** 2, "not the root")
    huge = (factorial << 2500) + 12345
    product = huge * (huge ^ 0xFFFF) * -3
    quotient, rest = divmod(product, huge)
    require(quotient * huge + rest == product and rest == 0, "divmod does not multiply back")
    text = str(root)
    require(int(text) == root and int(hex(huge), 16) == huge, "text conversion differs")
    total = 0
    for n in range(1, 260):
        value = pow(3, n * 11) - pow(7, n * 3)
        total ^= value >> n
        total += abs(value) % (10 ** 9 + 7)
        total &= (1 << 300) - 1
    return binomial % 1000003, len(text), total % 1000003, product.bit_length(), int(float(huge >> 8000) > 0)


def mandelbrot():
    """With floats and again with complex numbers; points well inside or outside only."""
    inside = steps = 0
    for row in range(-8, 9):
        for column in range(-14, 6):
            real, imaginary = column / 8.03, row / 8.07
            x = y = 0.0
            for step in range(24):
                x, y = x * x - y * y + real, 2.0 * x * y + imaginary
                if x * x + y * y > 4.0:
                    break
            else:
                inside += 1
            c, z = complex(real, imaginary), 0j
            for _ in range(24):
                z = z * z + c
                if abs(z) > 2.0:
                    break
            steps += step > 3
    return inside, steps


def transform(values):
    """Cooley and Tukey's Fourier transform of 2**n complex numbers."""
    size = len(values)
    if size == 1:
        return list(values)
    even, odd = transform(values[::2]), transform(values[1::2])
    result = [0j] * size
    for k in range(size // 2):
        angle = -2.0 * math.pi * k / size
        twisted = complex(math.cos(angle), math.sin(angle)) * odd[k]
        result[k] = even[k] + twisted
        result[k + size // 2] = even[k] - twisted
    return result


def fourier():
    samples = [math.sin(n / 3.0) + 0.5 * math.cos(n / 1.7) + n % 4 for n in range(128)]
    spectrum = transform([complex(value) for value in samples])
    back = transform([value.conjugate() for value in spectrum])
    error = max(abs(value.real / 128 - sample) for value, sample in zip(back, samples))
    require(error < 1e-9, "the inverse transform differs")
    return [round(abs(spectrum[k]), 6) for k in (0, 7, 32)]


def lorenz(state):
    x, y, z = state
    return 10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z


def runge_kutta(slope, state, dt):
    k1 = slope(state)
    k2 = slope([s + 0.5 * dt * k for s, k in zip(state, k1)])
    k3 = slope([s + 0.5 * dt * k for s, k in zip(state, k2)])
    k4 = slope([s + dt * k for s, k in zip(state, k3)])
    return [s + dt / 6.0 * (a + 2.0 * b + 2.0 * c + d) for s, a, b, c, d in zip(state, k1, k2, k3, k4)]


def simpson(function, low, high, steps):
    width = (high - low) / steps
    total = function(low) + function(high)
    for n in range(1, steps):
        total += function(low + n * width) * (4 if n & 1 else 2)
    return total * width / 3.0


def newton(function, guess):
    for _ in range(40):
        slope = (function(guess + 1e-6) - function(guess - 1e-6)) / 2e-6
        step = function(guess) / slope
        guess -= step
        if abs(step) < 1e-13:
            break
    return guess


def calculus():
    state = [1.0, 1.0, 1.0]
    for _ in range(150):
        state = runge_kutta(lorenz, state, 0.005)
    areas = [simpson(math.exp, 0.0, 1.0, 300), simpson(lambda x: x ** 0.5 * math.log1p(x), 0.0, 2.0, 300)]
    roots = [newton(lambda x: x ** 3 - 2 * x - 5, 2.0), newton(math.cos, 1.0)]
    return [round(value, 6) for value in state + areas + roots]


def solve(matrix, right):
    """Gauss's elimination with row exchange."""
    size = len(matrix)
    rows = [row[:] + [value] for row, value in zip(matrix, right)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(rows[r][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in rows[column + 1:]:
            factor = row[column] / rows[column][column]
            for k in range(column, size + 1):
                row[k] -= factor * rows[column][k]
    result = [0.0] * size
    for i in reversed(range(size)):
        total = rows[i][size]
        for k in range(i + 1, size):
            total -= rows[i][k] * result[k]
        result[i] = total / rows[i][i]
    return result


def linear_algebra():
    stream = Stream(71)
    size = 24
    matrix = [[stream.below(200) / 10.0 - 10.0 + (40.0 if i == j else 0.0) for j in range(size)]
              for i in range(size)]
    wanted = [float(n % 5 - 2) for n in range(size)]
    right = [sum(a * b for a, b in zip(row, wanted)) for row in matrix]
    found = solve(matrix, right)
    require(max(abs(a - b) for a, b in zip(found, wanted)) < 1e-8, "the system is not solved")
    return [round(value) for value in found[:6]]


def float_functions():
    total = 0.0
    for n in range(1, 1300):
        value = n / 37.0
        total += math.sqrt(value) - math.floor(value) + math.hypot(value, 3.0) - math.fmod(value, 2.5)
        total += abs(-value) + math.copysign(1.0, n % 3 - 1.5) + math.atan2(value, 2.0) * math.tanh(value)
        total += round(value, 2) - int(value) + value // 0.7 + value % 0.7 + min(value, 9.0) - max(value, 3)
        mantissa, exponent = math.frexp(value)
        total += mantissa + exponent + math.ldexp(mantissa, 2)
    texts = [repr(n / 7.0) for n in range(1, 400)]
    require(all(float(text) == n / 7.0 for n, text in enumerate(texts, 1)), "repr does not round trip")
    exact = math.fsum([0.1] * 10) == 1.0 and (0.1).hex() == "0x1.999999999999ap-4"
    special = [math.isnan(float("nan")), float("-inf") < -1e308, (0.5).as_integer_ratio(), (2.5).is_integer()]
    return round(total, 5), sum(map(len, texts)), exact, special


def fraction_sums():
    harmonic = sum((fractions.Fraction(1, n) for n in range(1, 60)), fractions.Fraction(0))
    bernoulli = []
    for m in range(17):
        row = [fractions.Fraction(1, n + 1) for n in range(m + 1)]
        for j in range(m, 0, -1):
            for k in range(j):
                row[k] = (k + 1) * (row[k] - row[k + 1])
        bernoulli.append(row[0])
    near = fractions.Fraction(math.pi).limit_denominator(1000)
    return harmonic.numerator % 1000003, str(bernoulli[16]), str(near), bernoulli[12] < 0


def loans():
    """Repaying a loan to the cent, in decimals."""
    import decimal
    cent = decimal.Decimal("0.01")
    with decimal.localcontext() as context:
        context.prec = 28
        context.rounding = decimal.ROUND_HALF_EVEN
        paid = decimal.Decimal(0)
        for rate in ("0.0125", "0.0333", "0.0549"):
            monthly = decimal.Decimal(rate) / 12
            growth = (1 + monthly) ** 120
            payment = (25000 * monthly * growth / (growth - 1)).quantize(cent)
            balance = decimal.Decimal("25000.00")
            while balance > 0:
                interest = (balance * monthly).quantize(cent)
                balance += interest - min(payment, balance + interest)
                paid += interest
        root = decimal.Decimal(2).sqrt()
        text = "{:,.2f} {:.3e} {}".format(paid, root, decimal.Decimal("1.50").normalize())
        flags = decimal.Decimal("NaN").is_nan(), decimal.Decimal("-0").is_signed()
    return str(paid), str(root), text, flags, str(decimal.Decimal("2").ln())[:12]


def summaries():
    import statistics
    stream = Stream(72)
    values = [stream.below(1000) / 8.0 for _ in range(260)]
    whole = [stream.below(12) for _ in range(260)]
    return (round(statistics.mean(values), 6), statistics.median(values), statistics.mode(whole + [3] * 60),
            round(statistics.stdev(values), 6), round(statistics.pvariance(whole), 6),
            [round(cut, 6) for cut in statistics.quantiles(values, n=4)],
            round(statistics.harmonic_mean([4, 5, 20]), 6))


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (sieve, 92, (2668, 23993, 402)),
    (number_theory, 37, (-2753, 437466, 16043)),
    (pi_digits, 170, ('31415926535897932384', '405132', 50)),
    (big_integers, 65, (120751, 460, 405058, 11104, 0)),
    (mandelbrot, 90, (113, 209)),
    (fourier, 170, [194.621373, 59.492802, 89.882743]),
    (calculus, 170, [-7.866838, -9.457333, 24.969864, 1.718282, 1.426347, 2.094551, 1.570796]),
    (linear_algebra, 120, [-2, -1, 0, 1, 2, -2]),
    (float_functions, 40, (59315.56204, 6287, True, [True, True, (1, 2), False])),
    (fraction_sums, 39, (740575, '-3617/510', '355/113', True)),
    (loans, 330,
     ('13578.63', '1.414213562373095048801688724', '13,578.63 1.414e+0 1.5', (True, True), '0.6931471805')),
    (summaries, 160, (61.129808, 59.9375, 3, 35.719737, 11.223136, [32.625, 59.9375, 92.5], 6.0)),
]
