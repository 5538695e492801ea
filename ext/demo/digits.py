"""A trained network in float32 and in bf16: does it still say the same, and how long does it take?

    python digits.py              recognizes digits with the weights beside this file
    python digits.py --train      makes those weights anew

Needs bf16mm and nothing else. The data is made here: digits of a 5 x 7 font, drawn 16 pixels wide and high, turned,
stretched and moved at random, with noise. The network is 256 inputs, 48 hidden units with ReLU, 10 outputs, trained
by stochastic gradient descent on cross entropy; all of its products, forward and back, are bf16mm's in float32.
"""

import argparse
import array
import math
import os
import pathlib
import random
import statistics
import sys
import time

WEIGHTS = pathlib.Path(__file__).resolve().parent / "digits.weights"
SIDE, HIDDEN, DIGITS = 16, 48, 10
SIZES = (SIDE * SIDE * HIDDEN, HIDDEN, HIDDEN * DIGITS, DIGITS)  # in the file, float32, little endian
GLYPHS = (
    "01110 10001 10011 10101 11001 10001 01110", "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00110 01000 10000 11111", "01110 10001 00001 00110 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010", "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110", "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110", "01110 10001 10001 01111 00001 00010 01100",
)  # fmt: skip
LIT = [[[float(pixel) for pixel in row] for row in glyph.split()] for glyph in GLYPHS]
TEST_SEED = 2  # training draws from other seeds


def matrix(values, rows, columns):
    return memoryview(array.array("f", values)).cast("B").cast("f", shape=[rows, columns])


def flat(product):
    return memoryview(product).cast("B").cast("f").tolist()


def brightness(glyph, row, column):
    """Between the glyph's pixels, by their distance; 0 beyond its edge."""
    top, left = math.floor(row), math.floor(column)
    total = 0.0
    for y in top, top + 1:
        for x in left, left + 1:
            if 0 <= y < 7 and 0 <= x < 5:
                total += glyph[y][x] * (1 - abs(row - y)) * (1 - abs(column - x))
    return total


def draw(rng, digit):
    angle, shear = rng.uniform(-0.25, 0.25), rng.uniform(-0.2, 0.2)
    height, width = rng.uniform(0.48, 0.62), rng.uniform(0.42, 0.58)  # glyph pixels for one of the image
    down, right = rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)
    sine, cosine = math.sin(angle), math.cos(angle)
    pixels = []
    for row in range(SIDE):
        for column in range(SIDE):
            y, x = row - 7.5 - down, column - 7.5 - right
            turned = x * sine + y * cosine
            value = brightness(LIT[digit], 3 + height * turned, 2 + width * (x * cosine - y * sine + shear * turned))
            pixels.append(value + rng.gauss(0, 0.15))
    return pixels


def images(count, seed):
    """So many images as rows, and what they show."""
    rng = random.Random(seed)
    labels = [rng.randrange(DIGITS) for _ in range(count)]
    return [draw(rng, digit) for digit in labels], labels


class Network:
    def __init__(self, bf16mm, weights):
        self._bf16mm = bf16mm
        self.parts, start = [], 0
        for size in SIZES:
            self.parts.append(array.array("f", weights[start : start + size]))
            start += size

    def hidden(self, x, precision="highest"):
        first = matrix(self.parts[0], SIDE * SIDE, HIDDEN)
        return self._bf16mm.matmul(x, first, bias=self.parts[1], activation="relu", precision=precision)

    def outputs(self, hidden, precision="highest"):
        return self._bf16mm.matmul(
            hidden, matrix(self.parts[2], HIDDEN, DIGITS), bias=self.parts[3], precision=precision
        )

    def __call__(self, x, precision="highest"):
        return self.outputs(self.hidden(x, precision), precision)

    def learn(self, x, labels, rate):
        """One step down the gradient of the cross entropy; what that is before the step."""
        rows = len(labels)
        hidden = self.hidden(x)
        errors, loss = [], 0.0
        scores = flat(self.outputs(hidden))
        for i, label in enumerate(labels):
            row = scores[i * DIGITS : (i + 1) * DIGITS]
            highest = max(row)
            powers = [math.exp(score - highest) for score in row]
            total = sum(powers)
            loss -= math.log(powers[label] / total)
            errors += [power / total - (j == label) for j, power in enumerate(powers)]
        at_output = matrix(errors, rows, DIGITS)
        lit = flat(hidden)
        back = flat(self._bf16mm.matmul(at_output, transposed(matrix(self.parts[2], HIDDEN, DIGITS))))
        at_hidden = matrix([error if value > 0 else 0.0 for error, value in zip(back, lit, strict=True)], rows, HIDDEN)
        ones = matrix([1.0] * rows, 1, rows)
        product = self._bf16mm.matmul
        gradients = (
            product(transposed(x), at_hidden),
            product(ones, at_hidden),
            product(transposed(hidden), at_output),
            product(ones, at_output),
        )
        for part, gradient in zip(self.parts, gradients, strict=True):
            steps = zip(part, flat(gradient), strict=True)
            part[:] = array.array("f", [old - rate / rows * g for old, g in steps])
        return loss / rows


def transposed(product):
    view = memoryview(product)
    rows, columns = view.shape
    values = view.cast("B").cast("f")
    return matrix([v for column in range(columns) for v in values[column::columns]], columns, rows)


def untrained(rng):
    first = [rng.gauss(0, math.sqrt(2 / (SIDE * SIDE))) for _ in range(SIZES[0])]
    second = [rng.gauss(0, math.sqrt(1 / HIDDEN)) for _ in range(SIZES[2])]
    return first + [0.0] * HIDDEN + second + [0.0] * DIGITS


def train(bf16mm, count, epochs, tell=print):
    rng = random.Random(1)
    network = Network(bf16mm, untrained(rng))
    rows, labels = images(count, "training")
    order, batch = list(range(count)), 50
    for epoch in range(epochs):
        rng.shuffle(order)
        loss = 0.0
        for start in range(0, count, batch):
            chosen = order[start : start + batch]
            x = matrix([v for i in chosen for v in rows[i]], len(chosen), SIDE * SIDE)
            loss += network.learn(x, [labels[i] for i in chosen], 0.2 * (1 - epoch / epochs) + 0.01)
        tell(f"epoch {epoch + 1} of {epochs}: cross entropy {loss / (count / batch):.4f}")
    return network


def read(bf16mm, path):
    weights = array.array("f")
    weights.frombytes(path.read_bytes())
    if sys.byteorder == "big":
        weights.byteswap()
    if len(weights) != sum(SIZES):
        raise SystemExit(
            f"{path}: holds {len(weights)} numbers, not {sum(SIZES)}; python digits.py --train makes it anew"
        )
    return Network(bf16mm, weights)


def write(network, path):
    weights = array.array("f", [value for part in network.parts for value in part])
    if sys.byteorder == "big":
        weights.byteswap()
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        weights.tofile(file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def answers(network, x, precision):
    scores = flat(network(x, precision))
    return [max(range(DIGITS), key=scores[i : i + DIGITS].__getitem__) for i in range(0, len(scores), DIGITS)]


def seconds(network, x, precision):
    start = time.perf_counter()
    network(x, precision)
    return time.perf_counter() - start


def recognize(bf16mm, network, count):
    rows, labels = images(count, TEST_SEED)
    x = matrix([v for row in rows for v in row], count, SIDE * SIDE)
    said = {name: answers(network, x, precision) for name, precision in (("float32", "highest"), ("bf16", "medium"))}
    info = bf16mm.info()
    for name, backend in ("float32", info["float32_backend"]), ("bf16", info["bf16_backend"]):
        right = sum(a == b for a, b in zip(said[name], labels, strict=True))
        print(f"{name:<8} {backend:<14} {right} of {count} digits right")
    same = sum(a == b for a, b in zip(said["float32"], said["bf16"], strict=True))
    print(f"the same answer in both for {same} of {count}")
    # One after the other, so that both see the machine in the same state.
    ratios = [seconds(network, x, "highest") / seconds(network, x, "medium") for _ in range(201)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    quartiles = f"quartiles {low:.2f} and {high:.2f} of {len(ratios)} turns, measured"
    print(f"time in float32 / time in bf16: {middle:.2f} ({quartiles})")
    return same == count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--train", action="store_true", help="make the weights anew, some minutes")
    parser.add_argument(
        "--weights",
        type=pathlib.Path,
        default=WEIGHTS,
        metavar="FILE",
        help="read or, with --train, written (default: beside this program)",
    )
    parser.add_argument("--images", type=int, metavar="N", help="so many (default: 2000; 6000 for training)")
    parser.add_argument("--epochs", type=int, default=25, metavar="N")
    options = parser.parse_args()
    if (options.images is not None and options.images < 1) or options.epochs < 1:
        parser.error("--images and --epochs must be at least 1")
    try:
        import bf16mm
    except ImportError as error:
        raise SystemExit(f"bf16mm cannot be imported: {error}; pip install ./ext") from None
    if options.train:
        write(train(bf16mm, options.images or 6000, options.epochs), options.weights)
    else:
        recognize(bf16mm, read(bf16mm, options.weights), options.images or 2000)


if __name__ == "__main__":
    main()
