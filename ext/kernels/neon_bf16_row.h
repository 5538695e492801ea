// One row of C by a B that is not packed, by BFDOT: for BFDOT itself and for BFMMLA, whose
// arithmetic is the same. Two rows of B are interleaved in registers, which is all that packing
// would have done. Needs FEAT_BF16.
#ifndef BF16MM_KERNELS_NEON_BF16_ROW_H
#define BF16MM_KERNELS_NEON_BF16_ROW_H

#include <string.h>

#include "kernels/neon_bf16_pack.h"

// Eight elements of a row of B as bf16, of which `count` are there.
ALWAYS_INLINE uint16x8_t row_octet(const void* data, ptrdiff_t at, ptrdiff_t count,
                                   const Dtype dtype) {
  if (dtype == DTYPE_BF16) {
    const bf16* from = (const bf16*)data + at;
    if (count >= 8) return vld1q_u16(from);
    bf16 some[8] = {0};
    for (ptrdiff_t i = 0; i < count; i++) some[i] = from[i];
    return vld1q_u16(some);
  }
  const float* from = (const float*)data + at;
  if (count >= 8) return converted(vld1q_f32(from), vld1q_f32(from + 4), PART_HIGH);
  float some[8] = {0};
  for (ptrdiff_t i = 0; i < count; i++) some[i] = from[i];
  return converted(vld1q_f32(some), vld1q_f32(some + 4), PART_HIGH);
}

// Two values of k; the second of an odd depth's last is zero.
ALWAYS_INLINE void multiply_row_pair(float32x4_t sum[16], const bf16* a, const Source* b,
                                     ptrdiff_t at, ptrdiff_t last, const bool two,
                                     const Dtype dtype, const int octets) {
  uint32_t pair;
  memcpy(&pair, a, sizeof pair);
  bfloat16x8_t elements = vreinterpretq_bf16_u32(vdupq_n_u32(pair));
  UNROLLED_FOR (int i = 0; i < octets; i++) {
    ptrdiff_t count = i == octets - 1 ? last : 8;
    uint16x8_t first = row_octet(b->data, at + 8 * i, count, dtype);
    uint16x8_t second =
        two ? row_octet(b->data, at + b->k_stride + 8 * i, count, dtype) : vdupq_n_u16(0);
    sum[2 * i] =
        vbfdotq_f32(sum[2 * i], vreinterpretq_bf16_u16(vzip1q_u16(first, second)), elements);
    sum[2 * i + 1] =
        vbfdotq_f32(sum[2 * i + 1], vreinterpretq_bf16_u16(vzip2q_u16(first, second)), elements);
  }
}

// `octets` of eight columns, the last of them with `last` columns.
ALWAYS_INLINE void multiply_row_part(size_t depth, const bf16* a, const Source* b, ptrdiff_t at,
                                     float* c, ptrdiff_t last, const Dtype dtype,
                                     const int octets) {
  float32x4_t sum[16];
  UNROLLED_FOR (int i = 0; i < 2 * octets; i++) sum[i] = vdupq_n_f32(0);
  size_t k = 0;
  for (; k + 2 <= depth; k += 2, at += 2 * b->k_stride)
    multiply_row_pair(sum, a + k, b, at, last, true, dtype, octets);
  if (k < depth) multiply_row_pair(sum, a + k, b, at, last, false, dtype, octets);
  if (last == 8) {
    UNROLLED_FOR (int i = 0; i < 2 * octets; i++) vst1q_f32(c + 4 * i, sum[i]);
  } else {
    float row[16 * 4];
    UNROLLED_FOR (int i = 0; i < 2 * octets; i++) vst1q_f32(row + 4 * i, sum[i]);
    memcpy(c, row, (size_t)(8 * (octets - 1) + last) * sizeof *c);
  }
}

ALWAYS_INLINE void multiply_row_as(size_t depth, const bf16* a, const Source* b, float* c,
                                   size_t cols, const Dtype dtype) {
  ptrdiff_t col = 0, all = (ptrdiff_t)cols;
  for (; col + 64 <= all; col += 64) multiply_row_part(depth, a, b, col, c + col, 8, dtype, 8);
  for (; col + 16 <= all; col += 16) multiply_row_part(depth, a, b, col, c + col, 8, dtype, 2);
  for (; col < all; col += 8)
    multiply_row_part(depth, a, b, col, c + col, all - col < 8 ? all - col : 8, dtype, 1);
}

// The zeros that panels are padded with are left out: a sum that began with +0 is never -0, so they
// change none.
static inline void multiply_row_pairs(size_t depth, const void* a, const Source* b, Part part,
                                      float* c, size_t cols) {
  (void)part;  // of float32 there is only one here
  if (b->dtype == DTYPE_BF16)
    multiply_row_as(depth, a, b, c, cols, DTYPE_BF16);
  else
    multiply_row_as(depth, a, b, c, cols, DTYPE_F32);
}

#endif
