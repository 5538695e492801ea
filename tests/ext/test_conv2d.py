"""conv2d against its definition."""

import itertools
import math
import unittest

import extension
from tensors import BFLOAT16, Tensor, flat, floats, from_bits, to_bits

bf16mm = None


def setUpModule():
    global bf16mm
    bf16mm = extension.load()


def values(count, seed):
    return [((i * 7919 + seed * 104729) % 2003 - 1001) / 1024 for i in range(count)]


def reference(x, weight, shape, stride, padding, dilation):
    n, c, h, w, o, kh, kw = shape
    oh = (h + 2 * padding[0] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    ow = (w + 2 * padding[1] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    out = []
    for image, channel, row, col in itertools.product(range(n), range(o), range(oh), range(ow)):
        terms = []
        for ci, ky, kx in itertools.product(range(c), range(kh), range(kw)):
            y, z = row * stride[0] - padding[0] + ky * dilation[0], col * stride[1] - padding[1] + kx * dilation[1]
            if 0 <= y < h and 0 <= z < w:
                terms.append(x[((image * c + ci) * h + y) * w + z] * weight[((channel * c + ci) * kh + ky) * kw + kx])
        out.append(math.fsum(terms))
    return (n, o, oh, ow), out


class Convolution(unittest.TestCase):
    CASES = (  # N C H W O KH KW, stride, padding, dilation
        ((1, 1, 1, 1, 1, 1, 1), (1, 1), (0, 0), (1, 1)),
        ((2, 3, 5, 6, 4, 3, 3), (1, 1), (1, 1), (1, 1)),
        ((1, 2, 9, 7, 3, 3, 2), (2, 3), (1, 0), (1, 1)),
        ((1, 3, 8, 8, 2, 3, 3), (1, 1), (2, 2), (2, 2)),
        ((2, 5, 4, 4, 7, 1, 1), (1, 1), (0, 0), (1, 1)),
        ((1, 4, 5, 5, 3, 1, 1), (2, 2), (0, 0), (1, 1)),
        ((1, 1, 4, 40, 2, 2, 5), (1, 1), (0, 4), (1, 1)),
    )

    def test_every_backend_and_precision_is_as_defined(self):
        for backend, (shape, stride, padding, dilation) in itertools.product(bf16mm.backends(), self.CASES):
            n, c, h, w, o, kh, kw = shape
            x, weight, bias = values(n * c * h * w, 1), values(o * c * kh * kw, 2), values(o, 3)
            out_shape, want = reference(x, weight, shape, stride, padding, dilation)
            pixels = out_shape[2] * out_shape[3]
            for precision, delta in (("highest", 1e-5), ("high", 1e-3), ("medium", 0.1)):
                with self.subTest(backend=backend, shape=shape, precision=precision), bf16mm.backend(backend):
                    got = bf16mm.conv2d(
                        floats(x, n, c, h, w),
                        floats(weight, o, c, kh, kw),
                        bias=floats(bias, o),
                        stride=stride,
                        padding=padding,
                        dilation=dilation,
                        activation="relu",
                        precision=precision,
                    )
                    self.assertEqual(got.shape, out_shape)
                    for i, (a, b) in enumerate(zip(flat(got), want, strict=True)):
                        self.assertAlmostEqual(a, max(b + bias[i // pixels % o], 0), delta=delta)

    def test_any_strides_and_bf16(self):
        shape = (2, 3, 5, 6, 4, 3, 3)
        x, weight = ([from_bits(to_bits(v)) for v in values(count, seed)] for count, seed in ((180, 1), (108, 2)))
        _, want = reference(x, weight, shape, (1, 1), (0, 0), (1, 1))
        # Channels last, as images often are; and weights with gaps.
        for dtype in (BFLOAT16, (2, 32, 1)):
            image = Tensor(x, (2, 3, 5, 6), dtype, strides=(90, 1, 18, 3))
            kernel = Tensor(weight, (4, 3, 3, 3), dtype, strides=(60, 20, 6, 2))
            for a, b in zip(flat(bf16mm.conv2d(image, kernel)), want, strict=True):
                self.assertAlmostEqual(a, b, places=4)

    def test_a_large_image_is_the_same_in_all_its_parts(self):
        """Enough pixels for several blocks: every output of a constant image is the same."""
        got = flat(
            bf16mm.conv2d(
                floats([1.0] * (8 * 70 * 70), 1, 8, 70, 70), floats([0.5] * (6 * 72), 6, 8, 3, 3), precision="medium"
            )
        )
        self.assertEqual(set(got), {36.0})
        self.assertEqual(len(got), 6 * 68 * 68)

    def test_no_images(self):
        self.assertEqual(bf16mm.conv2d(Tensor([], (0, 2, 3, 3)), floats([1.0] * 8, 1, 2, 2, 2)).shape, (0, 1, 2, 2))

    def test_bad_input_names_the_argument(self):
        x, weight = floats([1.0] * 18, 1, 2, 3, 3), floats([1.0] * 8, 1, 2, 2, 2)
        for error, text, args, kwargs in [
            (ValueError, "^x: must have four dimensions", (floats([1.0], 1), weight), {}),
            (ValueError, "^weight: must have four dimensions", (x, floats([1.0], 1)), {}),
            (ValueError, "^weight: is for 1 channels, but x has 2", (x, floats([1.0] * 4, 1, 1, 2, 2)), {}),
            (ValueError, "^weight: is larger than x", (x, floats([1.0] * 32, 1, 2, 4, 4)), {}),
            (ValueError, "^weight: has no rows", (x, Tensor([], (1, 2, 0, 2))), {}),
            (ValueError, "^stride: must be from 1", (x, weight), {"stride": 0}),
            (ValueError, "^padding: must be from 0", (x, weight), {"padding": (-1, 0)}),
            (TypeError, "^dilation: must be an integer or a pair", (x, weight), {"dilation": (1, 2, 3)}),
            (
                ValueError,
                "^bias: has 2 elements, the result has 1 channels",
                (x, weight),
                {"bias": floats([1.0] * 2, 2)},
            ),
            (OverflowError, "^result: has more than", (x, weight), {"padding": 100000}),
        ]:
            with self.subTest(text=text), self.assertRaisesRegex(error, text):
                bf16mm.conv2d(*args, **kwargs)


if __name__ == "__main__":
    unittest.main()
