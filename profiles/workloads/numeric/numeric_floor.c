/* The floor: what fibonacci.py and jacobi.py compute, as a C compiler makes it. Called through ctypes, once for
   milliseconds of work. */

long long fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static void sweep(const double *restrict old, double *restrict fresh, long side) {
  for (long i = 1; i < side - 1; ++i) {
    const double *here = old + i * side;
    for (long j = 1; j < side - 1; ++j)
      fresh[i * side + j] = 0.25 * (here[j - side] + here[j + side] + here[j - 1] + here[j + 1]);
  }
}

/* After an even number of sweeps the result is in `old`. */
void jacobi(double *old, double *fresh, long side, long sweeps) {
  for (long i = 0; i < sweeps; i += 2) {
    sweep(old, fresh, side);
    sweep(fresh, old, side);
  }
}
