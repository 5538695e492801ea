"""matmul and pack from Python: shapes, arrays, precision, errors. References are pure Python, so sizes are small.

In one file, because all of it compares with the same reference over the same operands.
"""

import itertools
import math
import random
import sys
import unittest

import extension
from tensors import BFLOAT16, READ_ONLY, NamedBfloat16, Tensor, flat, floats, from_bits, to_bits

bf16mm = None


def setUpModule():
    global bf16mm
    bf16mm = extension.load()


def numbers(count, seed=0):
    """float32 values of both signs that bf16 cannot hold."""
    rng = random.Random(seed)
    return [floats([rng.uniform(-1, 1)], 1)[0] for _ in range(count)]


def product(a, b, m, k, n):
    return [math.fsum(a[r * k + i] * b[i * n + c] for i in range(k)) for r in range(m) for c in range(n)]


def sizes(a, b, m, k, n):
    """Sum of |a||b| for each element: what errors are measured against."""
    return product([abs(x) for x in a], [abs(x) for x in b], m, k, n)


# Relative to the sum of |a||b|. Sums: each of K roundings is at most half a unit, a whole one rounded to odd, twice for
# a pair. Operands rounded to bf16: two relative errors of 2^-9, and some slack for their product.
SUMS = 2.0**-23
ROUNDED = 2.0**-7 + 2.0**-16
SPLIT = 3 * 2.0**-16


class Values(unittest.TestCase):
    def close(self, result, a, b, m, k, n, relative):
        got = flat(result)
        for x, want, size in zip(got, product(a, b, m, k, n), sizes(a, b, m, k, n), strict=True):
            self.assertLessEqual(abs(x - want), relative * size + k * 2.0**-126)


class Products(Values):
    def test_every_backend_and_precision_is_within_its_bound(self):
        bounds = {
            "highest": lambda k: k * SUMS,
            "high": lambda k: 3 * k * SUMS + SPLIT,
            "medium": lambda k: k * SUMS + ROUNDED,
        }
        for backend in bf16mm.backends():
            for precision, bound in bounds.items():
                for seed, (m, k, n) in enumerate([(1, 1, 1), (3, 5, 7), (17, 33, 18), (2, 300, 35), (33, 17, 1)]):
                    a, b = numbers(m * k, seed), numbers(k * n, seed + 100)
                    with self.subTest(backend=backend, precision=precision, shape=(m, k, n)), bf16mm.backend(backend):
                        left, right = floats(a, m, k), floats(b, k, n)
                        result = bf16mm.matmul(left, right, precision=precision)
                        self.close(result, a, b, m, k, n, bound(k))
                        packed = bf16mm.pack(right, precision=precision)
                        self.assertEqual(flat(bf16mm.matmul(left, packed)), flat(result))

    def test_highest_never_rounds_to_bf16(self):
        """One product that bf16 cannot hold, after calls in other precisions and on every backend."""
        x = 1 + 2.0**-12
        a = floats([x], 1, 1)
        for backend in bf16mm.backends():
            with bf16mm.backend(backend):
                self.assertEqual(flat(bf16mm.matmul(a, a, precision="medium")), [1.0])
                self.assertEqual(flat(bf16mm.matmul(a, a)), floats([x * x], 1).tolist())
                self.assertAlmostEqual(flat(bf16mm.matmul(a, a, precision="high"))[0], x * x, delta=3 * 2.0**-16)
                self.assertEqual(flat(bf16mm.matmul(a, a, precision="highest")), floats([x * x], 1).tolist())

    def test_a_long_sum_of_ones_is_exact(self):
        ones = [1.0] * 65536
        for precision in ("highest", "high", "medium"):
            self.assertEqual(
                flat(bf16mm.matmul(floats(ones, 65536), floats(ones, 65536), precision=precision)), [65536.0]
            )

    def test_nan_stays_in_its_row(self):
        for k in range(1, 40):
            a = [math.nan if r % 2 else 1.0 for r in range(6) for _ in range(k)]
            for precision in ("highest", "high", "medium"):
                got = flat(bf16mm.matmul(floats(a, 6, k), floats([1.0] * (k * 3), k, 3), precision=precision))
                for i, x in enumerate(got):
                    self.assertTrue(math.isnan(x) if i // 3 % 2 else x == k, (precision, k, i, x))

    def test_what_out_held_is_not_read(self):
        out = floats([math.nan] * 6, 2, 3)
        result = bf16mm.matmul(floats([1.0] * 8, 2, 4), floats([1.0] * 12, 4, 3), out=out)
        self.assertIs(result, out)
        self.assertEqual(flat(out), [4.0] * 6)

    def test_bf16_results_are_rounded_once_to_nearest_even(self):
        a, b = numbers(5 * 9, 1), numbers(9 * 7, 2)
        exact = flat(bf16mm.matmul(floats(a, 5, 9), floats(b, 9, 7)))
        rounded = bf16mm.matmul(floats(a, 5, 9), floats(b, 9, 7), out_dtype="bfloat16")
        self.assertEqual(rounded.dtype, "bfloat16")
        self.assertEqual(flat(rounded), [from_bits(to_bits(x)) for x in exact])


class Shapes(Values):
    def shape(self, a, b):
        left, right = floats([1.0] * math.prod(a), *a), floats([1.0] * math.prod(b), *b)
        return bf16mm.matmul(left, right).shape

    def test_shapes_are_those_of_the_array_api(self):
        for a, b, expected in [
            ((3,), (3,), ()),
            ((3,), (3, 4), (4,)),
            ((2, 3), (3,), (2,)),
            ((2, 3), (3, 4), (2, 4)),
            ((5, 2, 3), (3, 4), (5, 2, 4)),
            ((2, 3), (5, 3, 4), (5, 2, 4)),
            ((3,), (5, 3, 4), (5, 4)),
            ((5, 2, 3), (3,), (5, 2)),
            ((6, 1, 2, 3), (5, 3, 4), (6, 5, 2, 4)),
            ((1, 2, 3), (5, 3, 4), (5, 2, 4)),
        ]:
            self.assertEqual(self.shape(a, b), expected, (a, b))

    def test_batches_are_broadcast(self):
        a, b = numbers(2 * 1 * 3 * 4, 3), numbers(5 * 4 * 2, 4)
        got = flat(bf16mm.matmul(floats(a, 2, 1, 3, 4), floats(b, 5, 4, 2)))
        for i, j in itertools.product(range(2), range(5)):
            want = product(a[i * 12 :], b[j * 8 : (j + 1) * 8], 3, 4, 2)
            for x, y in zip(got[(i * 5 + j) * 6 :][:6], want, strict=True):
                self.assertAlmostEqual(x, y, places=5)

    def test_many_small_batches_are_the_same_on_all_threads(self):
        a, b = numbers(300 * 9 * 40, 5), numbers(300 * 40 * 30, 6)
        together = flat(bf16mm.matmul(floats(a, 300, 9, 40), floats(b, 300, 40, 30)))
        for i in (0, 1, 255, 256, 299):
            alone = bf16mm.matmul(
                floats(a[i * 360 : (i + 1) * 360], 9, 40), floats(b[i * 1200 : (i + 1) * 1200], 40, 30)
            )
            self.assertEqual(together[i * 270 : (i + 1) * 270], flat(alone))

    def test_sizes_of_zero_are_allowed(self):
        for shape_a, shape_b, expected in [
            ((0, 3), (3, 2), (0, 2)),
            ((2, 3), (3, 0), (2, 0)),
            ((0, 2, 3), (3, 2), (0, 2, 2)),
        ]:
            a, b = Tensor([0.0] * math.prod(shape_a), shape_a), Tensor([0.0] * math.prod(shape_b), shape_b)
            self.assertEqual(bf16mm.matmul(a, b).shape, expected)
        empty = bf16mm.matmul(Tensor([], (2, 0)), Tensor([], (0, 3)), bias=floats([1, -2, 3], 3), activation="relu")
        self.assertEqual(flat(empty), [1, 0, 3] * 2)

    def test_every_transposition_and_single_rows_and_columns(self):
        for m, k, n in [(1, 9, 20), (20, 9, 1), (1, 1, 1), (5, 33, 6), (1, 40, 600), (13, 2, 33)]:
            a, b = numbers(m * k, m), numbers(k * n, n)
            for a_strides, b_strides in itertools.product(
                [(k, 1), (1, m), (2 * k + 1, 2), (-k, 1), (k, -1)], [(n, 1), (1, k), (3 * n, 2), (-n, 1), (n, -1)]
            ):
                offset_a = sum((s - 1) * -t for s, t in zip((m, k), a_strides, strict=True) if t < 0)
                offset_b = sum((s - 1) * -t for s, t in zip((k, n), b_strides, strict=True) if t < 0)
                left = Tensor(a, (m, k), strides=a_strides, offset=offset_a)
                right = Tensor(b, (k, n), strides=b_strides, offset=offset_b)
                for precision, bound in (("highest", k * SUMS), ("medium", k * SUMS + ROUNDED)):
                    with self.subTest(shape=(m, k, n), a=a_strides, b=b_strides, precision=precision):
                        self.close(bf16mm.matmul(left, right, precision=precision), a, b, m, k, n, bound)

    def test_gaps_in_out_are_left_alone(self):
        for strides in [(11, 1), (12, 2), (1, 5), (-11, 1)]:
            out = Tensor([0.0] * 20, (4, 5), strides=strides, offset=33 if strides[0] < 0 else 0)
            before = out.memory[:]
            bf16mm.matmul(floats([1.0] * 12, 4, 3), floats([2.0] * 15, 3, 5), out=out)
            self.assertEqual(out.values(), [6.0] * 20)
            owned = {out._place(index) for index in out._indices()}
            for i, (x, y) in enumerate(zip(before, out.memory, strict=True)):
                if i not in owned:
                    self.assertEqual(x, y, strides)


ACTIVATIONS = {
    None: lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "gelu": lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
}


class Epilogues(Values):
    def test_bias_and_activation_on_every_backend_and_tail(self):
        for backend, (activation, function) in itertools.product(bf16mm.backends(), ACTIVATIONS.items()):
            for m, n in [(1, 1), (1, 67), (6, 17), (15, 33), (33, 5)]:
                a, b, bias = numbers(m * 3, m), numbers(3 * n, n), numbers(n, 7)
                with self.subTest(backend=backend, activation=activation, shape=(m, n)), bf16mm.backend(backend):
                    plain = flat(bf16mm.matmul(floats(a, m, 3), floats(b, 3, n)))
                    got = flat(
                        bf16mm.matmul(floats(a, m, 3), floats(b, 3, n), bias=floats(bias, n), activation=activation)
                    )
                    for i, x in enumerate(got):
                        self.assertAlmostEqual(x, function(plain[i] + bias[i % n]), delta=1e-6)

    def test_activations_are_accurate_over_their_whole_range(self):
        xs = [i / 64 for i in range(-1000, 1001)] + [1e30, -1e30, 0.0]
        one = floats([1.0], 1, 1)
        for activation, function in ACTIVATIONS.items():
            got = flat(bf16mm.matmul(floats(xs, len(xs), 1), one, activation=activation))
            for x, y in zip(xs, got, strict=True):
                with self.subTest(activation=activation, x=x):
                    want = (x if x > 0 else 0.0) if abs(x) > 100 and activation else function(x)
                    self.assertAlmostEqual(y, want, delta=4e-7 * max(1, abs(x)))

    def test_nan_goes_through_every_activation(self):
        for activation in ACTIVATIONS:
            got = flat(bf16mm.matmul(floats([math.nan], 1, 1), floats([1.0], 1, 1), activation=activation))
            self.assertTrue(math.isnan(got[0]), activation)


class ArraysIn(Values):
    def test_bf16_by_every_way_in(self):
        a, b = [from_bits(to_bits(x)) for x in numbers(6, 1)], [from_bits(to_bits(x)) for x in numbers(12, 2)]
        want = flat(bf16mm.matmul(Tensor(a, (2, 3), BFLOAT16), Tensor(b, (3, 4), BFLOAT16)))
        for x, y in zip(want, product(a, b, 2, 3, 4), strict=True):
            self.assertAlmostEqual(x, y, places=5)
        self.assertEqual(flat(bf16mm.matmul(NamedBfloat16(a, (2, 3)), NamedBfloat16(b, (3, 4)))), want)
        self.assertEqual(flat(bf16mm.matmul(bf16mm.to_bf16(floats(a, 2, 3)), bf16mm.to_bf16(floats(b, 3, 4)))), want)
        bits = [memoryview(bf16mm.to_bf16(floats(x, *shape))) for x, shape in ((a, (2, 3)), (b, (3, 4)))]
        self.assertEqual(flat(bf16mm.matmul(*bits, dtype="bfloat16")), want)

    def test_dlpack_of_both_versions_and_without_strides(self):
        a, b = numbers(6, 1), numbers(12, 2)
        want = flat(bf16mm.matmul(floats(a, 2, 3), floats(b, 3, 4)))
        for versioned, null_strides in itertools.product((True, False), (True, False)):
            left = Tensor(a, (2, 3), versioned=versioned, null_strides=null_strides)
            right = Tensor(b, (3, 4), versioned=versioned, null_strides=null_strides, offset=3)
            self.assertEqual(flat(bf16mm.matmul(left, right)), want)
            self.assertEqual((left.deleted, right.deleted), (1, 1))

    def test_a_tensor_is_given_back_after_an_error_too(self):
        tensor = Tensor([0.0] * 6, (2, 3))
        for arguments in [(tensor, tensor), (tensor, object()), (floats([0.0], 1, 1), tensor)]:
            before, used = tensor.deleted, sum(x is tensor for x in arguments)
            with self.assertRaises((ValueError, TypeError)):
                bf16mm.matmul(*arguments)
            self.assertEqual(tensor.deleted - before, used)

    def test_references_do_not_leak(self):
        a, b, out = floats([1.0] * 4, 2, 2), floats([1.0] * 4, 2, 2), floats([0.0] * 4, 2, 2)
        counted = (a, b, out, None)
        before = [sys.getrefcount(x) for x in counted]
        for _ in range(50):
            bf16mm.matmul(a, b, out=out)
            with self.assertRaises(ValueError):
                bf16mm.matmul(a, b, out=a)
        *of_arrays, of_none = (abs(sys.getrefcount(x) - y) for x, y in zip(counted, before, strict=True))
        self.assertLess(max(of_arrays), 2)
        self.assertLess(of_none, 25)  # the interpreter itself moves it by a few

    def test_numpy_and_ml_dtypes(self):
        try:
            import ml_dtypes
            import numpy
        except ImportError as error:
            self.skipTest(str(error))
        rng = numpy.random.default_rng(0)
        a, b = rng.standard_normal((4, 5, 6), dtype="f4"), rng.standard_normal((6, 7), dtype="f4")
        numpy.testing.assert_allclose(numpy.asarray(bf16mm.matmul(a, b)), a @ b, rtol=1e-5, atol=1e-5)
        numpy.testing.assert_allclose(numpy.from_dlpack(bf16mm.matmul(a, b)), a @ b, rtol=1e-5, atol=1e-5)
        narrow = a.astype(ml_dtypes.bfloat16)
        got = numpy.asarray(bf16mm.matmul(narrow, b.astype(ml_dtypes.bfloat16), out_dtype="bfloat16"))
        want = narrow.astype("f4") @ b.astype(ml_dtypes.bfloat16).astype("f4")
        numpy.testing.assert_allclose(got.view(ml_dtypes.bfloat16).astype("f4"), want, rtol=0.02, atol=0.02)
        numpy.testing.assert_array_equal(numpy.asarray(bf16mm.to_bf16(a)).view(ml_dtypes.bfloat16), narrow)
        with self.assertRaisesRegex(TypeError, "^a: .*'d'"):
            bf16mm.matmul(a.astype("f8"), b)
        out = numpy.empty((4, 5, 7), dtype="f4")
        self.assertIs(bf16mm.matmul(a, b, out=out), out)

    def test_pytorch_tensors(self):
        try:
            import torch
        except ImportError:
            self.skipTest("PyTorch is not installed")
        a, b = torch.randn(37, 129), torch.randn(129, 65)
        got = torch.from_dlpack(bf16mm.matmul(a[::2, ::3], b.t().contiguous().t()[::3]))
        torch.testing.assert_close(got, a[::2, ::3] @ b[::3])
        narrow = a.bfloat16(), b.bfloat16()
        exact = (narrow[0].double() @ narrow[1].double()).float()
        torch.testing.assert_close(torch.from_dlpack(bf16mm.matmul(*narrow)), exact, rtol=1e-5, atol=1e-4)
        for dtype, bounds in ((torch.float32, (1e-5, 1e-4)), (torch.bfloat16, (0.01, 0.01))):
            out = torch.empty(37, 65, dtype=dtype)
            bf16mm.matmul(*narrow, out=out)
            torch.testing.assert_close(out.float(), exact, rtol=bounds[0], atol=bounds[1])
        with self.assertRaises((BufferError, TypeError)):
            bf16mm.matmul(a.requires_grad_(), b)
        with self.assertRaisesRegex(TypeError, "^a: "):
            bf16mm.matmul(narrow[0].half(), b)

    def test_conversions_are_to_nearest_even_and_back_exact(self):
        values = [0.0, -0.0, 1.0, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3e38, 3.4e38, 1e-40, -1e-45, math.inf, -math.inf]
        rounded = bf16mm.to_bf16(floats(values, len(values)))
        self.assertEqual(memoryview(rounded).tolist(), [to_bits(x) for x in values])
        self.assertEqual(flat(bf16mm.from_bf16(rounded)), [from_bits(to_bits(x)) for x in values])
        self.assertTrue(math.isnan(flat(bf16mm.to_bf16(floats([math.nan], 1)))[0]))
        strided = Tensor(range(24), (2, 3, 4), strides=(24, 8, 2))
        self.assertEqual(flat(bf16mm.to_bf16(strided)), [float(x) for x in range(24)])

    def test_an_array_interface_that_changes_while_it_is_read(self):
        array = NamedBfloat16([1.0] * 6, (2, 3))
        interface = array.__array_interface__

        class Clears:
            def __bool__(self):
                interface.clear()
                return False

        interface["shape"] = (int("2"), int("3"))  # referred to by this dictionary alone
        interface["data"] = (interface["data"][0], Clears())
        with self.assertRaisesRegex(TypeError, "^a: its __array_interface__ says by a Clears"):
            bf16mm.matmul(array, floats([1.0] * 12, 3, 4))

        for key, value in (("shape", None), ("data", (1, 2, 3)), ("typestr", 7), ("strides", (1,))):
            array = NamedBfloat16([1.0] * 6, (2, 3))
            array.__array_interface__ = {**array.__array_interface__, key: value}
            with self.assertRaisesRegex(TypeError, "^a: its __array_interface__"):
                bf16mm.matmul(array, floats([1.0] * 12, 3, 4))

    def test_a_tensor_from_before_dlpack_1_can_be_written(self):
        # Whatever an earlier call left where the answer is kept.
        square, identity = floats([1.0] * 4, 2, 2), floats([1.0, 0.0, 0.0, 1.0], 2, 2)
        for _ in range(3):
            with self.assertRaisesRegex((ValueError, BufferError), "^out: is read-only"):
                bf16mm.matmul(square, identity, out=Tensor([0.0] * 4, (2, 2), flags=1))
            out = Tensor([0.0] * 4, (2, 2), versioned=False)
            bf16mm.matmul(square, identity, out=out)
            self.assertEqual(out.values(), [1.0] * 4)


class BadInput(unittest.TestCase):
    """The right exception, and its text begins with the argument at fault."""

    def refuses(self, error, text, function, *args, **kwargs):
        with self.assertRaisesRegex(error, text):
            function(*args, **kwargs)

    def setUp(self):
        self.a, self.b = floats([1.0] * 6, 2, 3), floats([1.0] * 12, 3, 4)

    def test_shapes(self):
        self.refuses(ValueError, "^b: has 2 rows, but a has 3 columns", bf16mm.matmul, self.a, self.a)
        self.refuses(ValueError, "^a: must have at least one dimension", bf16mm.matmul, Tensor([1.0], ()), self.b)
        self.refuses(ValueError, "^b: must have at least one dimension", bf16mm.matmul, self.a, Tensor([1.0], ()))
        self.refuses(
            ValueError,
            "^b: its batch dimension of size 3",
            bf16mm.matmul,
            floats([1.0] * 12, 2, 2, 3),
            floats([1.0] * 9, 3, 3, 1),
        )
        self.refuses(ValueError, "^b: must have two dimensions", bf16mm.pack, floats([1.0], 1))
        self.refuses(ValueError, "^bias: has 3 elements", bf16mm.matmul, self.a, self.b, bias=floats([1.0] * 3, 3))
        self.refuses(ValueError, "^bias: must have one dimension", bf16mm.matmul, self.a, self.b, bias=self.b)

    def test_dtypes(self):
        import array

        self.refuses(TypeError, "^a: .*'d'", bf16mm.matmul, array.array("d", [1.0]), self.b)
        self.refuses(
            TypeError, "^b: 16-bit integers are taken for bf16 only", bf16mm.matmul, self.a, array.array("H", [1, 2, 3])
        )
        self.refuses(TypeError, "^a: .*no array", bf16mm.matmul, [[1.0]], self.b)
        self.refuses(TypeError, "^a: .*'B'", bf16mm.matmul, b"bytes", self.b)
        self.refuses(
            TypeError,
            "^a: .*type 2 with 64 bits",
            bf16mm.matmul,
            Tensor([], (0, 3), (2, 64, 1), memory=array.array("f", [])),
            self.b,
        )
        self.refuses(
            TypeError,
            "^a: .*2 lanes",
            bf16mm.matmul,
            Tensor([], (0, 3), (2, 32, 2), memory=array.array("f", [])),
            self.b,
        )
        self.refuses(TypeError, "^x: must be float32", bf16mm.to_bf16, NamedBfloat16([1.0], (1,)))
        self.refuses(TypeError, "^x: must be bf16", bf16mm.from_bf16, self.a)

    def test_words_and_names(self):
        self.refuses(
            ValueError,
            "^precision: 'low' is not one of highest, high, medium",
            bf16mm.matmul,
            self.a,
            self.b,
            precision="low",
        )
        self.refuses(TypeError, "^precision: must be a string", bf16mm.matmul, self.a, self.b, precision=1)
        self.refuses(ValueError, "^activation: 'tanh'", bf16mm.matmul, self.a, self.b, activation="tanh")
        self.refuses(ValueError, "^out_dtype: 'float64'", bf16mm.matmul, self.a, self.b, out_dtype="float64")
        self.refuses(ValueError, "^name: there is no backend 'z80'", bf16mm.backend, "z80")
        self.refuses(TypeError, "^name: must be a string", bf16mm.backend, 3)
        self.refuses(TypeError, "no argument 'colour'", bf16mm.matmul, self.a, self.b, colour=1)
        self.refuses(TypeError, "misses argument 'b'", bf16mm.matmul, self.a)
        self.refuses(TypeError, "at most 2 positional", bf16mm.matmul, self.a, self.b, self.b)
        self.refuses(TypeError, "'a' twice", bf16mm.matmul, self.a, a=self.b)

    def test_out(self):
        good = [0.0] * 8
        self.refuses(ValueError, "^out: does not have the shape", bf16mm.matmul, self.a, self.b, out=floats(good, 4, 2))
        self.refuses(
            ValueError, "^out: is read-only", bf16mm.matmul, self.a, self.b, out=floats(good, 2, 4).toreadonly()
        )
        self.refuses(
            ValueError, "^out: is read-only", bf16mm.matmul, self.a, self.b, out=Tensor(good, (2, 4), flags=READ_ONLY)
        )
        self.refuses(
            ValueError,
            "^out: is read-only",
            bf16mm.matmul,
            self.a,
            self.b,
            out=NamedBfloat16(good, (2, 4), readonly=True),
        )
        self.refuses(
            ValueError,
            "^out_dtype: differs",
            bf16mm.matmul,
            self.a,
            self.b,
            out=floats(good, 2, 4),
            out_dtype="bfloat16",
        )
        self.refuses(
            ValueError,
            "^out: some of its elements are the same",
            bf16mm.matmul,
            self.a,
            self.b,
            out=Tensor(good, (2, 4), strides=(0, 1)),
        )
        self.refuses(
            ValueError,
            "^out: some of its elements are the same",
            bf16mm.matmul,
            self.a,
            self.b,
            out=Tensor(good, (2, 4), strides=(3, 1)),
        )

    def test_overlapping_out(self):
        square = floats([1.0] * 9, 3, 3)
        self.refuses(ValueError, "^out: may overlap a", bf16mm.matmul, square, floats([1.0] * 9, 3, 3), out=square)
        self.refuses(ValueError, "^out: may overlap b", bf16mm.matmul, floats([1.0] * 9, 3, 3), square, out=square)
        bias = Tensor([0.0] * 3, (3,))
        out = Tensor([], (3, 3), memory=bias.memory, offset=0)
        bias.memory.extend([0.0] * 9)
        self.refuses(ValueError, "^out: may overlap bias", bf16mm.matmul, square, square, bias=bias, out=out)

    def test_devices_and_capsules(self):
        self.refuses(BufferError, "^a: is on device type 2", bf16mm.matmul, Tensor([0.0] * 6, (2, 3), device=2), self.b)

        class NotACapsule:
            def __dlpack_device__(self):
                return (1, 0)

            def __dlpack__(self, **options):
                return 7

        class Refuses(NotACapsule):
            def __dlpack__(self, **options):
                raise RuntimeError("requires grad")

        self.refuses(TypeError, "^a: its __dlpack__ did not return", bf16mm.matmul, NotACapsule(), self.b)
        self.refuses(RuntimeError, "requires grad", bf16mm.matmul, Refuses(), self.b)

    def test_too_many_elements(self):
        huge = Tensor([], (1 << 16, 1 << 16), strides=(0, 0), memory=floats([1.0], 1).obj)
        self.refuses(OverflowError, "^a: has more than 2147483647 elements", bf16mm.matmul, huge, self.b)
        # The operands are fine, the result is not.
        tall, wide = (
            Tensor([], (1 << 20, 1), strides=(0, 0), memory=floats([1.0], 1).obj),
            Tensor([], (1, 1 << 20), strides=(0, 0), memory=floats([1.0], 1).obj),
        )
        self.refuses(OverflowError, "^result: has more than", bf16mm.matmul, tall, wide)

    def test_out_of_memory(self):
        code = (
            "import resource, bf16mm\nfrom tensors import Tensor, floats\nbf16mm.backends()\n"
            "resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))\n"
            "x = Tensor([], (40000, 1), strides=(0, 0), memory=floats([1.0], 1).obj)\n"
            "y = Tensor([], (1, 40000), strides=(0, 0), memory=floats([1.0], 1).obj)\n"
            "try:\n    bf16mm.matmul(x, y)\nexcept MemoryError as error:\n    print(error)\n"
        )
        self.assertEqual(extension.run_python(code), "result: no memory for 1600000000 elements\n")

    def test_packed_operands_of_another_kind(self):
        packed = bf16mm.pack(self.b, precision="medium")
        self.refuses(
            ValueError,
            "^precision: is highest, but b was packed for medium",
            bf16mm.matmul,
            self.a,
            packed,
            precision="highest",
        )
        self.refuses(ValueError, "^b: has 3 rows, but a has 4", bf16mm.matmul, self.b, packed)
        with bf16mm.backend("scalar"):
            other = bf16mm.pack(self.b)
            self.assertEqual(other.backend, "scalar")
        if packed.backend != "scalar":
            with bf16mm.backend("scalar"):
                self.refuses(ValueError, "^b: was packed for backend", bf16mm.matmul, self.a, packed)

    def test_arguments_of_dlpack(self):
        result = bf16mm.matmul(self.a, self.b)
        self.assertEqual(result.__dlpack_device__(), (1, 0))
        self.refuses(BufferError, "^stream:", result.__dlpack__, stream=1)
        self.refuses(BufferError, "^copy:", result.__dlpack__, copy=True)
        self.refuses(BufferError, "^dl_device:", result.__dlpack__, dl_device=(2, 0))
        capsule = result.__dlpack__(max_version=(1, 0))
        del result, capsule


class Choosing(unittest.TestCase):
    def test_backend_is_a_context_that_nests(self):
        names = bf16mm.backends()

        def demanded():
            return bf16mm.info()["demanded_backend"]

        self.assertIsNone(demanded())
        with bf16mm.backend(names[0]) as outer:
            self.assertEqual(demanded(), names[0])
            with bf16mm.backend("scalar"):
                self.assertEqual(demanded(), "scalar")
                with outer:
                    self.assertEqual(demanded(), names[0])
            self.assertEqual(demanded(), names[0])
        self.assertIsNone(demanded())
        with self.assertRaises(RuntimeError):
            bf16mm.backend("scalar").__exit__(None, None, None)

    def test_the_environment_chooses(self):
        code = "import bf16mm; i = bf16mm.info(); print(i['precision'], i['demanded_backend'], i['threads'])"
        self.assertEqual(
            extension.run_python(code, BF16MM_PRECISION="medium", BF16MM_BACKEND="scalar", OMP_NUM_THREADS="1"),
            "medium scalar 1\n",
        )

    def test_a_wrong_environment_is_told_at_import(self):
        for name in ("BF16MM_PRECISION", "BF16MM_BACKEND"):
            with self.assertRaisesRegex(AssertionError, f"ValueError: {name}: .*'fast'"):
                extension.run_python("import bf16mm", **{name: "fast"})

    def test_info_and_backends_agree(self):
        info, names = bf16mm.info(), bf16mm.backends()
        self.assertEqual(names[0], info["bf16_backend"])
        self.assertIn(info["float32_backend"], names)
        self.assertEqual(set(info["gflops"]), set(names))
        self.assertIn("scalar", names)
        self.assertGreater(min(info["caches"][:2]), 0)


if __name__ == "__main__":
    unittest.main()
