# cython: language_level=3, boundscheck=False, wraparound=False
"""What fibonacci.py and jacobi.py compute, with C types throughout."""


cdef long long double_recursion(int n) noexcept:
    if n < 2:
        return n
    return double_recursion(n - 1) + double_recursion(n - 2)


def fibonacci(int n):
    return double_recursion(n)


def jacobi(double[::1] old, double[::1] fresh, Py_ssize_t side, Py_ssize_t sweeps):
    """After an even number of sweeps the result is in `old`."""
    cdef Py_ssize_t sweep, i, j
    cdef double *here = &old[0]
    cdef double *there = &fresh[0]
    cdef double *other
    for sweep in range(sweeps):
        for i in range(side, side * (side - 1), side):
            for j in range(i + 1, i + side - 1):
                there[j] = 0.25 * (here[j - side] + here[j + side] + here[j - 1] + here[j + 1])
        other = here
        here = there
        there = other
