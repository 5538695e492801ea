// BFDOT and BFMMLA without extended bf16 behaviour (Arm ARM DDI 0487, shared pseudocode BFDotAdd):
// products and sums are rounded to odd, overflow gives infinity, denormals are flushed on input and
// output, every NaN is the default NaN, and FPCR is ignored.
#include <math.h>

#include "kernels/bf16.h"
#include "model/model.h"

static float flushed(float x) {
  return (float_bits(x) & 0x7f800000u) == 0 ? bits_float(float_bits(x) & 0x80000000u) : x;
}

static float default_nan(void) { return bits_float(0x7fc00000u); }

// x + y rounded to odd: the nearest sum moved to the odd one of the two floats that enclose the
// exact sum. Rounding to odd never overflows by rounding; the pseudocode still gives infinity for
// an exponent beyond the largest.
static float sum_to_odd(float x, float y) {
  x = flushed(x);
  y = flushed(y);
  if (isnan(x) || isnan(y) || (isinf(x) && isinf(y) && (x > 0) != (y > 0))) return default_nan();
  if (isinf(x) || isinf(y)) return isinf(x) ? x : y;
  // In double the sum and its error are exact parts (two-sum); truncate the sum to 24 bits and make
  // it sticky.
  double sum = (double)x + (double)y, part = sum - (double)x;
  double lost = ((double)x - (sum - part)) + ((double)y - part);
  if (sum == 0) return signbit(x) && signbit(y) ? -0.0f : 0.0f;
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  if (lost != 0 && (lost < 0) == (sum > 0))
    bits--;  // towards zero: the exact value lies below |sum|
  int exponent = (int)(bits >> 52 & 0x7ffu) - 1023;
  uint32_t sign = (uint32_t)(bits >> 63) << 31;
  if (exponent > 127) return bits_float(sign | 0x7f800000u);
  if (exponent < -126) return bits_float(sign);
  uint32_t fraction = (uint32_t)(bits >> 29) & 0x7fffffu;
  bool sticky = (bits & 0x1fffffffu) != 0 || lost != 0;
  return bits_float(sign | (uint32_t)(exponent + 127) << 23 | fraction | (sticky ? 1u : 0u));
}

// The product of two bf16 has at most 16 significant bits: exact but for its exponent.
static float product(bf16 a, bf16 b) {
  float x = flushed(bf16_to_float(a)), y = flushed(bf16_to_float(b));
  if (isnan(x) || isnan(y) || (isinf(x) && y == 0) || (isinf(y) && x == 0)) return default_nan();
  return flushed(x * y);
}

float model_bfdot(float c, const bf16* a, const bf16* b, size_t depth) {
  for (size_t k = 0; k < depth; k += 2)
    c = sum_to_odd(c, sum_to_odd(product(a[k], b[k]), product(a[k + 1], b[k + 1])));
  return c;
}
