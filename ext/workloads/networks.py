"""The products of known networks, layer after layer, by bf16mm with random weights.

    python networks.py NETWORK full|part|small fp32|bf16       a pyperf benchmark
    python networks.py NETWORK full|part|small --accuracy      fp32 against bf16, as one JSON object

Exercises: bf16mm alone (its kernels, packing, threads by OMP_NUM_THREADS), and memory bandwidth;
hardly any of the interpreter, so a difference between builds here is one of how the C extension
was reached, or of the machine. Does not exercise: what networks do between their products. There
are no residual sums, no normalisation and no attention weights; a convolution that strides stands
for max pooling. Weights are random and the same every time, scaled so that values keep their size
(He et al. 2015), and layers of one shape share them.

fp32 is precision="highest", bf16 is precision="medium": operands rounded to bf16, sums in float32.
"full" is the size of the papers (ResNet-50 1512.03385, GPT-2 small, BERT base 1810.04805, Mask R-CNN
1703.06870 with a feature pyramid), but for an eighth to a third of a second of work where those take
longer. "part" is an eighth or so of that, for sweeps; "small" a hundredth, for an emulator.
Where the module cannot be imported: exit status 77 and the reason.
"""
import array
import json
import math
import random
import sys

PRECISION = {"fp32": "highest", "bf16": "medium"}
# ResNet-50: side of the image, and the part of the channels. GPT-2: tokens, layers, words to choose from. BERT: tokens, layers. Mask R-CNN and
# the bare products: the part of the rows.
SIZES = {
    "resnet50": {"full": (224, 1), "part": (96, 1), "small": (64, 8)},
    "gpt2": {"full": (32, 12, 50257), "part": (32, 2, 10000), "small": (4, 1, 1000)},
    "bert": {"full": (128, 4), "part": (64, 1), "small": (8, 1)},
    "maskrcnn": {"full": (16,), "part": (128,), "small": (2048,)},
    "gemm": {"full": (1,), "part": (4,), "small": (49,)},
}
# Of convolutions of ResNet-50 and layers of GPT-2: rows, columns, what is summed over (M, N, K).
PRODUCTS = ((3136, 64, 576), (3136, 256, 64), (784, 128, 1152), (784, 512, 128), (196, 256, 2304), (196, 1024, 256),
            (49, 512, 4608), (49, 2048, 512), (128, 2304, 768), (128, 768, 3072))
STAGES = ((3, 64, 256), (4, 128, 512), (6, 256, 1024), (3, 512, 2048))  # of ResNet-50: blocks, width, channels out
WIDTH = 768  # of GPT-2 small and of BERT base
PERIOD = 8191  # prime, so that no row of a matrix repeats the one before it
FRACTIONS, ONES = (int.from_bytes(word.to_bytes(4, "little") * PERIOD, "little") for word in (0x7FFFFF, 0x3F800000))


def cannot_run(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def noise(*shape, scale=1.0, seed):
    """Floats of mean 0 and that deviation, uniform. They repeat themselves, and no loop over them is Python's: under an
    emulator drawing millions one by one would take minutes."""
    width = scale * math.sqrt(12)
    # Random fractions under the exponent of 1 are floats from 1 to 2; the product moves and stretches them.
    drawn = int.from_bytes(random.Random(seed).randbytes(4 * PERIOD), "little") & FRACTIONS | ONES
    column = memoryview(drawn.to_bytes(4 * PERIOD, "little")).cast("f", shape=[PERIOD, 1])
    centred = import_module().matmul(column, reshaped(array.array("f", [width]), 1, 1), bias=array.array("f", [-1.5 * width]))
    count = math.prod(shape)
    return reshaped((array.array("f", memoryview(centred).cast("B").cast("f")) * (count // PERIOD + 1))[:count], *shape)


def reshaped(values, *shape):
    return memoryview(values).cast("B").cast("f", shape=shape)


class Layers:
    """What all of them are made of. Layers of one shape and name have the same weights."""

    def __init__(self, bf16mm, precision):
        self._bf16mm, self._precision, self._weights = bf16mm, precision, {}

    def convolve(self, x, out_channels, kernel, stride=1):
        terms = x.shape[1] * kernel * kernel
        key = (out_channels, x.shape[1], kernel)
        if key not in self._weights:
            self._weights[key] = noise(out_channels, x.shape[1], kernel, kernel, scale=math.sqrt(2 / terms), seed=repr(key))
        return self._bf16mm.conv2d(x, self._weights[key], stride=stride, padding=kernel // 2, activation="relu", precision=self._precision)

    def multiply(self, x, columns, name, activation=None):
        key = (x.shape[1], columns, name)
        if key not in self._weights:
            weights = noise(x.shape[1], columns, scale=math.sqrt(1 / x.shape[1]), seed=repr(key))
            self._weights[key] = self._bf16mm.pack(weights, precision=self._precision)
        return self._bf16mm.matmul(x, self._weights[key], activation=activation, precision=self._precision)

    def average(self, x):
        """Of each row: a product as well, in float32 as it is in any network."""
        pixels = x.shape[1]
        return self._bf16mm.matmul(x, reshaped(array.array("f", [1 / pixels]) * pixels, pixels, 1))


def resnet50_inputs(images, side, _part):
    return noise(images, 3, side, side, seed="image")


def resnet50(layers, images, _side, part):
    x = layers.convolve(images, 64 // part, 7, stride=2)
    for stage, (blocks, all_width, all_channels) in enumerate(STAGES):
        width, channels = all_width // part, all_channels // part
        for block in range(blocks):
            narrow = 2 if block == 0 and stage == 0 else 1  # in place of the pooling before the first stage
            middle = 2 if block == 0 and stage > 0 else 1
            inner = layers.convolve(layers.convolve(x, width, 1, stride=narrow), width, 3, stride=middle)
            if block == 0:
                layers.convolve(x, channels, 1, stride=2)  # the projection, for a sum that is left out
            x = layers.convolve(inner, channels, 1)
    count, channels, pixels = x.shape[0], x.shape[1], x.shape[2] * x.shape[3]
    mean = layers.average(reshaped(x, count * channels, pixels))
    return layers.multiply(reshaped(mean, count, channels), 1000, "classes")


def tokens_inputs(samples, tokens, *_):
    return noise(samples * tokens, WIDTH, seed="tokens")


def encoded(layers, x, depth):
    for _ in range(depth):
        layers.multiply(x, 3 * WIDTH, "queries, keys and values")  # which nothing here attends to
        x = layers.multiply(x, WIDTH, "projection")
        x = layers.multiply(layers.multiply(x, 4 * WIDTH, "up", activation="gelu"), WIDTH, "down")
    return x


def gpt2(layers, x, tokens, depth, words):
    x = encoded(layers, x, depth)
    samples = x.shape[0] // tokens
    values = memoryview(x).cast("B").cast("f")
    last = array.array("f")
    for sample in range(1, samples + 1):
        last.extend(values[(sample * tokens - 1) * WIDTH : sample * tokens * WIDTH])
    return layers.multiply(reshaped(last, samples, WIDTH), words, "next word")


def bert(layers, x, _tokens, depth):
    return encoded(layers, x, depth)


def maskrcnn_inputs(samples, part):
    """Patches of 3 x 3 by 256 channels of the feature pyramid, pooled boxes of 7 x 7 by 256, patches of the masks."""
    return (noise(67200 // part * samples, 2304, seed="pixels"), noise(max(1, 1000 // part) * samples, 12544, seed="boxes"),
            noise(78400 // part * samples, 2304, seed="masks"))


def maskrcnn(layers, inputs, _part):
    pixels, boxes, masks = inputs
    layers.multiply(layers.multiply(pixels, 256, "proposals", activation="relu"), 256, "lateral")
    boxes = layers.multiply(layers.multiply(boxes, 1024, "first", activation="relu"), 1024, "second", activation="relu")
    layers.multiply(boxes, 91, "classes")
    return layers.multiply(layers.multiply(masks, 256, "mask", activation="relu"), 91, "mask classes")


def gemm_inputs(samples, part):
    return [noise(max(1, rows // part) * samples, depth, seed="rows %d" % rows) for rows, _, depth in PRODUCTS]


def gemm(layers, inputs, _part):
    for x, (rows, columns, _) in zip(inputs, PRODUCTS):
        product = layers.multiply(x, columns, "product %d" % rows)
    return product


NETWORKS = {
    "resnet50": (resnet50_inputs, resnet50),
    "gpt2": (tokens_inputs, gpt2),
    "bert": (tokens_inputs, bert),
    "maskrcnn": (maskrcnn_inputs, maskrcnn),
    "gemm": (gemm_inputs, gemm),
}
SAMPLES = {"full": 2, "part": 4, "small": 2}  # inputs that the two types are compared on


def import_module():
    try:
        import bf16mm
    except ImportError as error:
        cannot_run("bf16mm cannot be imported: %s" % error)
    return bf16mm


def rows_of(output):
    values = memoryview(output).cast("B").cast("f").tolist()
    columns = output.shape[-1]
    return [values[i : i + columns] for i in range(0, len(values), columns)]


def accuracy(bf16mm, network, size):
    """How far bf16 is from fp32 on the same inputs: root of the mean square over that of the values, and where the largest is."""
    inputs, forward = NETWORKS[network]
    x = inputs(SAMPLES[size], *SIZES[network][size])
    fp32, bf16 = (rows_of(forward(Layers(bf16mm, precision), x, *SIZES[network][size])) for precision in PRECISION.values())
    pairs = [(a, b) for one, other in zip(fp32, bf16) for a, b in zip(one, other)]
    largest = [(max(row), max(range(len(row)), key=row.__getitem__)) for row in fp32]
    same = sum(other[at] == max(other) for (_, at), other in zip(largest, bf16))
    info = bf16mm.info()
    return {
        "network": network,
        "difference": math.sqrt(sum((a - b) ** 2 for a, b in pairs) / sum(a * a for a, _ in pairs)),
        "rows": len(fp32),
        "same_largest": same,
        "float32_backend": info["float32_backend"],
        "bf16_backend": info["bf16_backend"],
    }


def same_arguments(command, options):
    command.extend([options.network, options.size, options.type])


def measure():
    import pyperf

    runner = pyperf.Runner(add_cmdline_args=same_arguments)
    runner.argparser.add_argument("network", choices=sorted(NETWORKS))
    runner.argparser.add_argument("size", choices=["full", "part", "small"])
    runner.argparser.add_argument("type", choices=sorted(PRECISION))
    options = runner.parse_args()
    inputs, forward = NETWORKS[options.network]
    size = SIZES[options.network][options.size]
    layers, x = Layers(import_module(), PRECISION[options.type]), inputs(1, *size)
    forward(layers, x, *size)  # draws and packs the weights
    runner.bench_func("%s_%s" % (options.network, options.type), forward, layers, x, *size)


if __name__ == "__main__":
    if sys.argv[3:4] == ["--accuracy"]:
        print(json.dumps(accuracy(import_module(), sys.argv[1], sys.argv[2])))
    else:
        measure()
