// Conversions between float32 and bf16 in integer arithmetic: the reference, and what portable code
// uses.
#ifndef BF16MM_KERNELS_BF16_H
#define BF16MM_KERNELS_BF16_H

#include <stdint.h>
#include <string.h>

#include "kernels/kernel.h"

static inline uint32_t float_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float bits_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline float bf16_to_float(bf16 x) { return bits_float((uint32_t)x << 16); }

// To nearest, ties to even; denormals are kept; a NaN keeps its sign and upper payload and becomes
// quiet. What BFCVTN does with FPCR = 0 (Arm ARM, FPRoundBF). VCVTNEPS2BF16 differs: it takes
// denormals for zero.
static inline bf16 float_to_bf16(float x) {
  uint32_t bits = float_bits(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (bf16)(bits >> 16 | 0x40u);
  return (bf16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// What PART_LOW means: the rest is exact in float32 unless x is infinite, overflows or is NaN; then
// there is none.
static inline bf16 float_to_bf16_low(float x) {
  bf16 high = float_to_bf16(x);
  if ((high & 0x7f80u) == 0x7f80u) return 0;
  return float_to_bf16(x - bf16_to_float(high));
}

#endif
