#include "model/model.h"

#include <math.h>

#include "kernels/bf16.h"

float model_fma(float c, const float* a, const float* b, size_t depth) {
  for (size_t k = 0; k < depth; k++) c = fmaf(a[k], b[k], c);
  return c;
}

float model_dot(const Kernel* kernel, float c, const void* a, const void* b, size_t depth) {
  switch (kernel->arithmetic) {
    case ARITHMETIC_FMA:
      return model_fma(c, a, b, depth);
    case ARITHMETIC_BFDOT:
      return model_bfdot(c, a, b, depth);
    case ARITHMETIC_VDPBF16:
      return model_vdpbf16(c, a, b, depth);
    case ARITHMETIC_TDPBF16:
      return model_tdpbf16(c, a, b, depth);
  }
  return c;
}

static float without_denormals(float x) {
  return (float_bits(x) & 0x7f800000u) == 0 ? bits_float(float_bits(x) & 0x80000000u) : x;
}

float model_rounded(const Kernel* kernel, float x, Part part) {
  if (part == PART_WHOLE) return x;
  // The packing of these kernels converts by VCVTNE2PS2BF16, which takes denormals for zero.
  bool flushes =
      kernel->arithmetic == ARITHMETIC_VDPBF16 || kernel->arithmetic == ARITHMETIC_TDPBF16;
  if (flushes) x = without_denormals(x);
  bf16 high = float_to_bf16(x);
  if (part == PART_HIGH) return bf16_to_float(high);
  if ((high & 0x7f80u) == 0x7f80u) return 0;
  float rest = x - bf16_to_float(high);
  return bf16_to_float(float_to_bf16(flushes ? without_denormals(rest) : rest));
}
