/* The floor: what fibonacci.py and jacobi.py compute, as a C compiler makes it. Called through ctypes, once for
   milliseconds of work. */

long long fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

/* After an even number of sweeps the result is in `old`. */
void jacobi(double *old, double *fresh, long side, long sweeps) {
  for (long sweep = 0; sweep < sweeps; ++sweep) {
    for (long i = 1; i < side - 1; ++i) {
      for (long j = 1; j < side - 1; ++j) {
        const double *here = old + i * side + j;
        fresh[i * side + j] = 0.25 * (here[-side] + here[side] + here[-1] + here[1]);
      }
    }
    double *other = old;
    old = fresh;
    fresh = other;
  }
}
