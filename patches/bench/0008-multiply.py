"""Products by the number of 30-bit digits of both factors; 150 and more are cut in pieces (Karatsuba)."""

SETUP = "import random; r = random.Random(1); a = r.getrandbits(30 * {0}) | 1 << 30 * {0} - 1; b = r.getrandbits(30 * {1}) | 1 << 30 * {1} - 1"
WORK = {f"{m} x {n} digits": ("a * b", SETUP.format(m, n)) for m, n in ((2, 1), (2, 2), (4, 4), (8, 8), (16, 16), (64, 64), (100, 100), (150, 150), (300, 300), (1000, 1000), (64, 1), (64, 3), (1000, 10))}
WORK.update({f"{n} digits squared": ("a * a", SETUP.format(n, n)) for n in (2, 4, 8, 64, 200, 1000)})
