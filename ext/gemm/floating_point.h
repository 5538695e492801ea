// The floating-point modes that results are defined for, around a thread's work.
#ifndef BF16MM_GEMM_FLOATING_POINT_H
#define BF16MM_GEMM_FLOATING_POINT_H

#if defined(__x86_64__)
#include <xmmintrin.h>

// MXCSR: to nearest, nothing flushed, nothing trapped; the exceptions raised so far change no
// result, and writing the register waits for everything before it.
static const unsigned long kDefaultMxcsr = 0x1f80, kRaised = 0x3f;
#endif

// Rounding mode and flushing belong to the calling program; the results must not.
typedef struct {
  unsigned long saved;
} FloatingPoint;

static inline FloatingPoint set_default_floating_point(void) {
  FloatingPoint state = {0};
#if defined(__x86_64__)
  state.saved = _mm_getcsr();
  if ((state.saved & ~kRaised) != kDefaultMxcsr) _mm_setcsr(kDefaultMxcsr);
#elif defined(__aarch64__)
  __asm__ volatile("mrs %0, fpcr" : "=r"(state.saved));
  if (state.saved != 0) __asm__ volatile("msr fpcr, %0" : : "r"(0ul));
#endif
  return state;
}

static inline void restore_floating_point(FloatingPoint state) {
#if defined(__x86_64__)
  if ((state.saved & ~kRaised) != kDefaultMxcsr) _mm_setcsr((unsigned)state.saved);
#elif defined(__aarch64__)
  if (state.saved != 0) __asm__ volatile("msr fpcr, %0" : : "r"(state.saved));
#else
  (void)state;
#endif
}

#endif
