"""Arrays of any strides, type and device without NumPy: DLPack capsules by hand, and bf16 arithmetic on integers."""

import array
import ctypes
import itertools
import struct
import types

FLOAT32, BFLOAT16 = (2, 32, 1), (4, 16, 1)
READ_ONLY = 1


class _Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class _DataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", _Device),
        ("ndim", ctypes.c_int32),
        ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class _Managed(ctypes.Structure):
    pass


class _Versioned(ctypes.Structure):
    pass


_Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_Managed._fields_ = [("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", _Deleter)]
_Versioned._fields_ = [
    ("major", ctypes.c_uint32),
    ("minor", ctypes.c_uint32),
    ("context", ctypes.c_void_p),
    ("deleter", _Deleter),
    ("flags", ctypes.c_uint64),
    ("tensor", _Tensor),
]

_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


def to_bits(value):
    """A float as bf16 bits, to nearest even."""
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    if bits & 0x7FFFFFFF > 0x7F800000:
        return bits >> 16 | 0x40
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def from_bits(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def strides_of(shape):
    strides = [1] * len(shape)
    for i in range(len(shape) - 2, -1, -1):
        strides[i] = strides[i + 1] * shape[i + 1]
    return tuple(strides)


class Tensor:
    """values in C order, laid out by strides (in elements) from offset; deleted counts calls of the deleter."""

    def __init__(
        self,
        values,
        shape,
        dtype=FLOAT32,
        strides=None,
        offset=0,
        device=1,
        flags=0,
        versioned=True,
        memory=None,
        null_strides=False,
    ):
        self.shape, self.dtype, self.device, self.flags, self.versioned = tuple(shape), dtype, device, flags, versioned
        self.strides = strides_of(self.shape) if strides is None else tuple(strides)
        self.offset, self.null_strides, self.deleted = offset, null_strides, 0
        self._alive = []
        if memory is None:
            places = [self._place(index) for index in self._indices()]
            letter = "f" if dtype == FLOAT32 else "H"
            fill = -7654321.0 if dtype == FLOAT32 else 0xABCD
            memory = array.array(letter, [fill]) * (max(places, default=0) + 4)
            for place, value in zip(places, values, strict=True):
                memory[place] = value if dtype == FLOAT32 else to_bits(value)
        self.memory = memory

    def _indices(self):
        return itertools.product(*(range(size) for size in self.shape))

    def _place(self, index):
        return self.offset + sum(i * stride for i, stride in zip(index, self.strides, strict=True))

    def values(self):
        convert = (lambda x: x) if self.dtype == FLOAT32 else from_bits
        return [convert(self.memory[self._place(index)]) for index in self._indices()]

    def __dlpack_device__(self):
        return (self.device, 0)

    def __dlpack__(self, **options):
        if options and not self.versioned:
            raise TypeError("no such argument")
        ndim = len(self.shape)
        shape = (ctypes.c_int64 * max(ndim, 1))(*self.shape)
        strides = (ctypes.c_int64 * max(ndim, 1))(*self.strides)
        deleter = _Deleter(self._delete)
        address, _ = self.memory.buffer_info() if len(self.memory) else (None, 0)
        tensor = _Tensor(
            address,
            _Device(self.device, 0),
            ndim,
            _DataType(*self.dtype),
            shape,
            None if self.null_strides else strides,
            self.offset * self.memory.itemsize,
        )
        if self.versioned:
            managed, name = _Versioned(1, 0, None, deleter, self.flags, tensor), b"dltensor_versioned"
        else:
            managed, name = _Managed(tensor, None, deleter), b"dltensor"
        self._alive += [shape, strides, deleter, managed]
        return _new_capsule(ctypes.addressof(managed), name, None)

    def _delete(self, _):
        self.deleted += 1


class NamedBfloat16:
    """What ml_dtypes arrays look like: no buffer, dtype.name, __array_interface__."""

    dtype = types.SimpleNamespace(name="bfloat16")

    def __init__(self, values, shape, readonly=False):
        self._memory = array.array("H", [to_bits(value) for value in values])
        self.__array_interface__ = {
            "version": 3,
            "shape": tuple(shape),
            "typestr": "<V2",
            "strides": None,
            "data": (self._memory.buffer_info()[0], readonly),
        }

    def values(self):
        return [from_bits(bits) for bits in self._memory]


def floats(values, *shape):
    """A memoryview of float32 with this shape."""
    memory = memoryview(array.array("f", values))
    return memory if len(shape) == 1 else memory.cast("B").cast("f", shape=list(shape))


def flat(result):
    """The values of a result in C order, as floats."""
    view = memoryview(result)
    values = view.cast("B").cast(view.format).tolist() if view.nbytes else []
    return values if view.format == "f" else [from_bits(bits) for bits in values]
