// Packing of pairs of bf16, shared by the kernels of VDPBF16PS and TDPBF16PS. Needs AVX512F, BW,
// DQ, VL and BF16.
#ifndef BF16MM_KERNELS_AVX512_BF16_PACK_H
#define BF16MM_KERNELS_AVX512_BF16_PACK_H

#include "kernels/avx512_pack.h"

// What rounding to bf16 leaves of each float; nothing where that was infinite or NaN.
ALWAYS_INLINE __m512 rest_of(__m512 x) {
  __m512i high = _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x)), 16);
  __m512i exponent = _mm512_set1_epi32(0x7f800000);
  __mmask16 finite = _mm512_cmpneq_epi32_mask(_mm512_and_si512(high, exponent), exponent);
  // The converter takes a denormal for zero: so must the rest.
  __mmask16 normal = _mm512_test_epi32_mask(_mm512_castps_si512(x), exponent);
  return _mm512_maskz_sub_ps(finite & normal, x, _mm512_castsi512_ps(high));
}

ALWAYS_INLINE __m512i converted(__m512 later, __m512 earlier, const Part part) {
  if (part == PART_LOW) return (__m512i)_mm512_cvtne2ps_pbh(rest_of(later), rest_of(earlier));
  return (__m512i)_mm512_cvtne2ps_pbh(later, earlier);
}

// 32 consecutive k of one lane.
ALWAYS_INLINE __m512i pairs_along_k(const void* data, ptrdiff_t at, ptrdiff_t count,
                                    const Dtype dtype, const Part part) {
  if (dtype == DTYPE_BF16) {
    __mmask32 mask = count >= 32 ? 0xffffffffu : (1u << count) - 1;
    return _mm512_maskz_loadu_epi16(mask, (const bf16*)data + at);
  }
  return converted(load_floats(data, at + 16, count - 16, dtype),
                   load_floats(data, at, count, dtype), part);
}

// k and k + 1 of 16 consecutive lanes.
ALWAYS_INLINE __m512i pairs_along_lanes(const void* data, ptrdiff_t at, ptrdiff_t k_stride,
                                        ptrdiff_t lanes, ptrdiff_t left, const Dtype dtype,
                                        const Part part) {
  if (dtype == DTYPE_BF16) {
    const bf16* first = (const bf16*)data + at;
    __m512i even =
        _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(left > 0 ? mask16(lanes) : 0, first));
    __m512i odd = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(
        left > 1 ? mask16(lanes) : 0, left > 1 ? first + k_stride : first));
    return _mm512_or_si512(even, _mm512_slli_epi32(odd, 16));
  }
  static const uint16_t interleave[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                          21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                          11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  __m512 even = load_floats(data, at, left > 0 ? lanes : 0, dtype);
  __m512 odd = load_floats(data, left > 1 ? at + k_stride : at, left > 1 ? lanes : 0, dtype);
  return _mm512_permutexvar_epi16(_mm512_loadu_si512(interleave), converted(odd, even, part));
}

ALWAYS_INLINE void pack_pairs_as(uint32_t* panel, const PanelShape* shape, const Source* source,
                                 const Dtype dtype, const Part part) {
  const size_t step = 2;
  const void* data = source->data;
#define ALONG_K(data, at, count) \
  ((count) > 0 ? pairs_along_k(data, at, count, dtype, part) : _mm512_setzero_si512())
#define ALONG_LANES(data, at, k_stride, lanes, left) \
  pairs_along_lanes(data, at, k_stride, lanes, left, dtype, part)
  if (source->k_stride == 1) {
    PACK_ALONG_K(ALONG_K)
  } else {
    PACK_ALONG_LANES(ALONG_LANES)
  }
#undef ALONG_K
#undef ALONG_LANES
}

static inline bool pack_pairs(void* panel, const PanelShape* shape, const Source* source,
                              Part part) {
  if (source->k_stride != 1 && source->lane_stride != 1) return false;
  if (source->dtype == DTYPE_BF16)
    pack_pairs_as(panel, shape, source, DTYPE_BF16, PART_HIGH);
  else if (part == PART_LOW)
    pack_pairs_as(panel, shape, source, DTYPE_F32, PART_LOW);
  else
    pack_pairs_as(panel, shape, source, DTYPE_F32, PART_HIGH);
  return true;
}

#endif
