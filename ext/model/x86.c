// VDPBF16PS and TDPBF16PS, after their pseudocode in Intel's Architecture Instruction Set
// Extensions Programming Reference: denormal inputs are zero, denormal results are flushed,
// rounding is to nearest even, MXCSR is ignored.
#include <math.h>

#include "kernels/bf16.h"
#include "model/model.h"

static float flushed(float x) {
  return (float_bits(x) & 0x7f800000u) == 0 ? bits_float(float_bits(x) & 0x80000000u) : x;
}

static float widened(bf16 x) { return flushed(bf16_to_float(x)); }

// A fused multiply-add that flushes. x86 judges a result after rounding it to 24 bits with an
// unbounded exponent: what rounds up to the smallest normal by that is kept, what only rounds up to
// it as a denormal is flushed.
static float fma_flushed(float a, float b, float c) {
  c = flushed(c);
  float result = fmaf(a, b, c);
  if (fabsf(result) != 0x1p-126f) return flushed(result);
  double product = (double)a * (double)b;  // exact: 8 bits by 8 bits
  // Two-sum shows what the sum in double has lost.
  double sum = product + (double)c, part = sum - product;
  double lost = (product - (sum - part)) + ((double)c - part);
  const double least = 0x1p-126 - 0x1p-151;
  bool below = fabs(sum) < least || (fabs(sum) == least && lost != 0 && (lost < 0) == (sum > 0));
  return below ? copysignf(0.0f, result) : result;
}

float model_vdpbf16(float c, const bf16* a, const bf16* b, size_t depth) {
  for (size_t k = 0; k < depth; k += 2) {
    c = fma_flushed(widened(a[k + 1]), widened(b[k + 1]), c);
    c = fma_flushed(widened(a[k]), widened(b[k]), c);
  }
  return c;
}

float model_tdpbf16(float c, const bf16* a, const bf16* b, size_t depth) {
  for (size_t k0 = 0; k0 < depth; k0 += 32) {
    float even = 0, odd = 0;
    for (size_t k = k0; k < k0 + 32; k += 2) {
      even = fma_flushed(widened(a[k]), widened(b[k]), even);
      odd = fma_flushed(widened(a[k + 1]), widened(b[k + 1]), odd);
    }
    c = flushed(flushed(c) + flushed(even + odd));
  }
  return c;
}
