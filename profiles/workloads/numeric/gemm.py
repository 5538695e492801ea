"""Products of dense square matrices by NumPy, which hands them to a BLAS.

    python gemm.py float32|float64 [--blas openblas|blis] [--distribution]

Exercises: the BLAS library, its threads (OMP_NUM_THREADS, OPENBLAS_NUM_THREADS,
BLIS_NUM_THREADS), memory allocation of NumPy: hardly any of the interpreter, so a
difference between interpreters here is one of their NumPy or of the machine.
Does not exercise: calls into NumPy to speak of, one for milliseconds of work.

--blas: the library that must be the one in memory when the work is done, or the figures
would bear the wrong name. --distribution: the NumPy of Debian's package python3-numpy,
which takes any libblas.so.3: which one, LD_LIBRARY_PATH says (a directory of the package
libblis4-openmp or libopenblas0-pthread). Another library, one that is not installed, or
an interpreter that cannot import this NumPy: exit status 77 and the reason.
"""
import os
import sys

import pyperf

SIDE = 512
DIST_PACKAGES = "/usr/lib/python3/dist-packages"
PACKAGES = {"openblas": "libopenblas0-pthread", "blis": "libblis4-openmp"}


def cannot_run(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def import_numpy(distribution, blas):
    remedy = "apt-get install python3-numpy" + (" " + PACKAGES[blas] if blas else "")
    if distribution:
        sys.path.insert(0, DIST_PACKAGES)
    try:
        import numpy
    except ImportError as error:
        what = str(error).strip().splitlines()[-1]
        cannot_run("Debian's NumPy cannot be imported (%s): %s, which fits Debian's own python3" % (what, remedy)
                   if distribution else "NumPy cannot be imported: %s" % what)
    finally:
        if distribution:
            sys.path.remove(DIST_PACKAGES)
    if distribution and not numpy.__file__.startswith(DIST_PACKAGES):
        cannot_run("Debian's NumPy is not installed: %s" % remedy)
    return numpy


def need_library(blas):
    """The directory that is to provide libblas.so.3 must have one."""
    folders = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    if not any(os.path.exists(os.path.join(folder, "libblas.so.3")) for folder in folders):
        cannot_run("no libblas.so.3 of %s in %s: apt-get install %s" % (blas, " or ".join(folders), PACKAGES[blas]))


def loaded_blas():
    """Names of the libraries in memory that NumPy multiplies with."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps}
    # Debian's LAPACK brings an OpenBLAS of its own, which then does not multiply.
    providers = [path for path in paths if "/libblas.so" in path] or paths
    return {name for name in PACKAGES for path in providers if path.startswith("/") and name in path}


def matrices(numpy, dtype):
    """Small whole numbers, so that every sum is exact in either type, whatever its order."""
    i, j = numpy.indices((SIDE, SIDE))
    return ((3 * i + 5 * j) % 7).astype(dtype), ((2 * i + 11 * j) % 5).astype(dtype)


def expected_cell(row, column):
    return sum((3 * row + 5 * k) % 7 * ((2 * k + 11 * column) % 5) for k in range(SIDE))


def check(product):
    for row, column in [(0, 0), (1, SIDE - 1), (SIDE // 2, SIDE // 3), (SIDE - 1, 2), (SIDE - 1, SIDE - 1)]:
        if product[row, column] != expected_cell(row, column):
            raise ValueError("gemm: cell %d, %d is %r, expected %d"
                             % (row, column, product[row, column], expected_cell(row, column)))


def same_arguments(command, options):
    command.append(options.dtype)
    if options.blas:
        command.extend(["--blas", options.blas])
    if options.distribution:
        command.append("--distribution")


if __name__ == "__main__":
    runner = pyperf.Runner(add_cmdline_args=same_arguments)
    runner.argparser.add_argument("dtype", choices=["float32", "float64"])
    runner.argparser.add_argument("--blas", choices=sorted(PACKAGES))
    runner.argparser.add_argument("--distribution", action="store_true")
    options = runner.parse_args()
    numpy = import_numpy(options.distribution, options.blas)
    if options.distribution:
        need_library(options.blas)
    left, right = matrices(numpy, options.dtype)
    product = numpy.matmul(left, right)
    check(product)
    if options.blas and loaded_blas() != {options.blas}:
        cannot_run("this NumPy computes with %s, not with %s"
                   % (" and ".join(sorted(loaded_blas())) or "a BLAS of another kind", options.blas))
    runner.bench_func("gemm_" + options.dtype, numpy.matmul, left, right, product)
