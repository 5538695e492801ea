"""Jacobi relaxation of heat in a square plate, by what people reach for when plain Python is too slow.

    python jacobi.py numpy|numba|cython|c|threading|multiprocessing|pycuda

Exercises: `c`, `cython` and `numba` the same double loop as compiled code, called once
per value: the floor. `numpy` five array operations per sweep on slices. `threading` and
`multiprocessing` lists of floats in Python, the plate cut into two bands that are
relaxed DEPTH sweeps at a time with as many rows of their neighbour's, then put together
again. `pycuda` the double loop on a graphics card.
Does not exercise: the start of workers and compilers, which is over before anything is
timed.

Every way gives the same temperatures, which are checked. What a program here lacks is
said with exit status 77 and a reason, which is no error.
"""
import sys

import pyperf

# Side of the plate, sweeps (even), and the sum of all temperatures after them.
SMALL = (50, 40)  # for Python: some 20 ms
LARGE = (258, 100)  # for compiled code
EXPECTED = {SMALL: 283.0022635052621, LARGE: 2328.7342259062184}
WORKERS = 2
DEPTH = 10
# Numbers between the two plates of compiled code, which are in one piece of memory: apart by
# nearly whole pages, as two pieces of the allocator's choosing may be, a load waits for the store
# before it ("4K aliasing"), and the time would be one of luck.
GAP = 256


def cannot_run(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def plate(side):
    """Rows of temperatures: cold everywhere, hot along the top, a ramp down the left edge."""
    rows = [[0.0] * side for _ in range(side)]
    rows[0] = [1.0] * side
    for i in range(side):
        rows[i][0] = 1.0 - i / (side - 1)
    return rows


def relaxed(rows, sweeps):
    """The rows after some sweeps over all but the outermost cells."""
    old, new = [row[:] for row in rows], [row[:] for row in rows]
    for _ in range(sweeps):
        for i in range(1, len(old) - 1):
            above, here, below, target = old[i - 1], old[i], old[i + 1], new[i]
            for j in range(1, len(here) - 1):
                target[j] = 0.25 * (above[j] + below[j] + here[j - 1] + here[j + 1])
        old, new = new, old
    return old


def relaxed_band(task):
    """The middle of a band: what the rows at its cut edges did wrong has come no further than DEPTH rows."""
    rows, first, last = task
    return relaxed(rows, DEPTH)[first:last]


def in_bands(run_all):
    def workload(size):
        side, sweeps = size
        rows = plate(side)
        half = side // WORKERS
        for _ in range(sweeps // DEPTH):
            tasks = []
            for start in range(0, half * WORKERS, half):
                end = side if start + 2 * half > side else start + half
                low, high = max(0, start - DEPTH), min(side, end + DEPTH)
                tasks.append((rows[low:high], start - low, end - low))
            rows = [row for band in run_all(tasks) for row in band]
        return rows
    return workload, SMALL


def with_threading():
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor(WORKERS)
    return in_bands(lambda tasks: pool.map(relaxed_band, tasks))


def with_multiprocessing():
    try:
        import multiprocessing
        # By fork, whatever the default: a fresh interpreter would import this script.
        pool = multiprocessing.get_context("fork").Pool(WORKERS)
    except (ImportError, OSError, ValueError) as error:
        cannot_run("no worker processes here: %s" % error)
    return in_bands(lambda tasks: pool.map(relaxed_band, tasks, 1))


def on_flat_arrays(sweep):
    """`sweep(both, second, side, sweeps)` works on two plates in the array `both`, the second from that
    number on, and leaves the result of an even number of sweeps in the first."""
    from array import array
    start = array("d", [value for row in plate(LARGE[0]) for value in row])
    cells = len(start)
    both = array("d", bytes(8 * (2 * cells + GAP)))

    def workload(size):
        both[:cells] = start
        both[cells + GAP:] = start
        sweep(both, cells + GAP, *size)
        return both[:cells]
    return workload, LARGE


def with_c():
    import ctypes
    import os
    for folder in sys.path:
        path = os.path.join(folder, "libnumeric_floor.so")
        if os.path.exists(path):
            function = ctypes.CDLL(path).jacobi
            function.argtypes, function.restype = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long, ctypes.c_long], None

            def sweep(both, second, side, sweeps):
                address = both.buffer_info()[0]
                function(address, address + 8 * second, side, sweeps)
            return on_flat_arrays(sweep)
    cannot_run("libnumeric_floor.so was not compiled for this interpreter")


def with_cython():
    try:
        import numeric_kernels
    except ImportError as error:
        cannot_run("the Cython module cannot be imported: %s" % error)

    def sweep(both, second, side, sweeps):
        view = memoryview(both)
        numeric_kernels.jacobi(view[:second], view[second:], side, sweeps)
    return on_flat_arrays(sweep)


def plates(numpy):
    """Gives both plates anew, in the same memory."""
    start = numpy.array(plate(LARGE[0]))
    both = numpy.empty(2 * start.size + GAP)
    old, new = (part.reshape(start.shape) for part in (both[:start.size], both[start.size + GAP:]))

    def fresh():
        old[:] = start
        new[:] = start
        return old, new
    return fresh


def with_numpy():
    try:
        import numpy
    except ImportError as error:
        cannot_run("NumPy cannot be imported: %s" % error)
    fresh = plates(numpy)

    def workload(size):
        old, new = fresh()
        for _ in range(size[1]):
            inner = new[1:-1, 1:-1]
            numpy.add(old[:-2, 1:-1], old[2:, 1:-1], out=inner)
            inner += old[1:-1, :-2]
            inner += old[1:-1, 2:]
            inner *= 0.25
            old, new = new, old
        return old
    return workload, LARGE


def with_numba():
    try:
        import numba
        import numpy
    except ImportError as error:
        cannot_run("Numba cannot be imported: %s" % error)
    fresh = plates(numpy)

    @numba.njit("void(float64[:, ::1], float64[:, ::1], int64)")
    def compiled(old, new, sweeps):
        for _ in range(sweeps):
            for i in range(1, old.shape[0] - 1):
                for j in range(1, old.shape[1] - 1):
                    new[i, j] = 0.25 * (old[i - 1, j] + old[i + 1, j] + old[i, j - 1] + old[i, j + 1])
            old, new = new, old

    def workload(size):
        old, new = fresh()
        compiled(old, new, size[1])
        return old
    return workload, LARGE


KERNEL = """
__global__ void sweep(const double *old, double *fresh, int side) {
  int i = blockIdx.y * blockDim.y + threadIdx.y + 1, j = blockIdx.x * blockDim.x + threadIdx.x + 1;
  if (i < side - 1 && j < side - 1)
    fresh[i * side + j] = 0.25 * (old[(i - 1) * side + j] + old[(i + 1) * side + j] +
                                  old[i * side + j - 1] + old[i * side + j + 1]);
}
"""


def with_pycuda():
    import glob
    if not glob.glob("/dev/nvidia[0-9]*"):
        cannot_run("no NVIDIA graphics card here (/dev/nvidia0)")
    try:
        import numpy
        import pycuda.autoinit  # chooses the card
        import pycuda.compiler
        import pycuda.driver
        import pycuda.gpuarray
        sweep = pycuda.compiler.SourceModule(KERNEL).get_function("sweep")
    except Exception as error:  # drivers, compilers and libraries each have their own
        cannot_run("PyCUDA does not work here: %s" % error)
    start = numpy.array(plate(LARGE[0]))
    blocks = (LARGE[0] + 15) // 16

    def workload(size):
        old, new = pycuda.gpuarray.to_gpu(start), pycuda.gpuarray.to_gpu(start)
        for _ in range(size[1]):
            sweep(old, new, numpy.int32(size[0]), block=(16, 16, 1), grid=(blocks, blocks))
            old, new = new, old
        return old.get()
    return workload, LARGE


IMPLEMENTATIONS = {"c": with_c, "cython": with_cython, "numba": with_numba, "numpy": with_numpy,
                   "threading": with_threading, "multiprocessing": with_multiprocessing, "pycuda": with_pycuda}


def total(rows):
    """Of lists of rows, NumPy's arrays, and flat ones."""
    if isinstance(rows, list):
        return sum(map(sum, rows))
    return float(rows.sum()) if hasattr(rows, "sum") else sum(rows)


def check(workload, size):
    result = total(workload(size))
    # A tolerance and not equality: compilers may contract floats, and sums have other orders.
    if abs(result - EXPECTED[size]) > 1e-6:
        raise ValueError("jacobi: got %r, expected %r" % (result, EXPECTED[size]))


if __name__ == "__main__":
    runner = pyperf.Runner(add_cmdline_args=lambda command, options: command.append(options.implementation))
    runner.argparser.add_argument("implementation", choices=sorted(IMPLEMENTATIONS))
    implementation = runner.parse_args().implementation
    workload, size = IMPLEMENTATIONS[implementation]()
    check(workload, size)
    runner.bench_func("jacobi_" + implementation, workload, size)
