// Packing for kernels whose panels are 32 bits per lane and step: one float32, or two bf16.
// Included by the AVX-512 kernels; the including file says what 32 bits are made of.
#ifndef BF16MM_KERNELS_AVX512_PACK_H
#define BF16MM_KERNELS_AVX512_PACK_H

#include <immintrin.h>

#include "kernels/kernel.h"
#include "kernels/prefetch.h"
#include "kernels/unroll.h"

// Rows to columns, in place.
ALWAYS_INLINE void transpose_16x16(__m512i x[16]) {
  __m512i t[16];
  UNROLLED_FOR (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
  }
  UNROLLED_FOR (int i = 0; i < 16; i += 4) {
    x[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    x[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    x[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    x[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  UNROLLED_FOR (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(x[i], x[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0xdd);
  }
  UNROLLED_FOR (int i = 0; i < 4; i++) {
    x[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    x[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    x[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
    x[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

ALWAYS_INLINE __mmask16 mask16(ptrdiff_t count) {
  return count >= 16 ? (__mmask16)0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

// `count` floats, or bf16 widened, from element `at`; zeros after.
ALWAYS_INLINE __m512 load_floats(const void* data, ptrdiff_t at, ptrdiff_t count, Dtype dtype) {
  __mmask16 mask = mask16(count);
  if (dtype == DTYPE_F32) return _mm512_maskz_loadu_ps(mask, (const float*)data + at);
  __m512i wide = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, (const bf16*)data + at));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

// Lanes of consecutive elements in k: blocks of 16 lanes by 16 steps are transposed. `step` is the
// k per 32 bits. load(data, at, count): `count` elements at most 16 * step, as 16 steps,
// zero-padded.
#define PACK_ALONG_K(load)                                                                   \
  for (int lane0 = 0; lane0 < shape->lanes; lane0 += 16) {                                   \
    __mmask16 keep = mask16(shape->lanes - lane0);                                           \
    for (size_t k = 0; k < shape->padded_depth; k += 16 * step) {                            \
      __m512i block[16];                                                                     \
      ptrdiff_t count = (ptrdiff_t)shape->depth - (ptrdiff_t)k;                              \
      UNROLLED_FOR (int i = 0; i < 16; i++) {                                                \
        block[i] = lane0 + i < shape->used                                                   \
                       ? load(data, (lane0 + i) * source->lane_stride + (ptrdiff_t)k, count) \
                       : _mm512_setzero_si512();                                             \
      }                                                                                      \
      transpose_16x16(block);                                                                \
      size_t left = (shape->padded_depth - k) / step;                                        \
      uint32_t* out = panel + (k / step) * (size_t)shape->lanes + lane0;                     \
      if (left >= 16) {                                                                      \
        UNROLLED_FOR (int i = 0; i < 16; i++)                                                \
          _mm512_mask_storeu_epi32(out + (size_t)i * (size_t)shape->lanes, keep, block[i]);  \
      } else {                                                                               \
        for (size_t i = 0; i < left; i++)                                                    \
          _mm512_mask_storeu_epi32(out + i * (size_t)shape->lanes, keep, block[i]);          \
      }                                                                                      \
    }                                                                                        \
  }

// Steps whose lanes are consecutive elements.
// load(data, at, k_stride, lanes, steps_k): 32 bits for each of at most 16 lanes; steps_k says how
// many k exist.
#define PACK_ALONG_LANES(load)                                                            \
  const bool far = source->k_stride >= kFarRows;                                          \
  for (size_t k = 0; k < shape->padded_depth; k += step) {                                \
    ptrdiff_t left = (ptrdiff_t)shape->depth - (ptrdiff_t)k;                              \
    if (far) prefetch_lanes(source, (ptrdiff_t)k, shape->used, step);                     \
    for (int lane0 = 0; lane0 < shape->lanes; lane0 += 16) {                              \
      __m512i row = load(data, (ptrdiff_t)k * source->k_stride + lane0, source->k_stride, \
                         shape->used - lane0, left);                                      \
      _mm512_mask_storeu_epi32(panel + (k / step) * (size_t)shape->lanes + lane0,         \
                               mask16(shape->lanes - lane0), row);                        \
    }                                                                                     \
  }

#endif
