// Loops over registers: their trip counts are constants, and all of them must disappear.
#ifndef BF16MM_KERNELS_UNROLL_H
#define BF16MM_KERNELS_UNROLL_H

// A `for`, with its head as the argument: so a formatter, too, takes it for one (.clang-format).
#if defined(__clang__)
#define UNROLLED_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)
#else
#define UNROLLED_FOR(...) _Pragma("GCC unroll 32") for (__VA_ARGS__)
#endif
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#endif
