// Loops over registers: their trip counts are constants, and all of them must disappear.
#ifndef BF16MM_KERNELS_UNROLL_H
#define BF16MM_KERNELS_UNROLL_H

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#endif
