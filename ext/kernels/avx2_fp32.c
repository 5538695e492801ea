// 6x16 float32 tile: 12 accumulators, two vectors of B, one broadcast of A. Needs AVX2 and FMA.
#include <immintrin.h>

#include "kernels/kernel.h"
#include "kernels/prefetch.h"
#include "kernels/unroll.h"

#define ROWS 6
#define LANES 8
#define EACH_ROWS(what) what(1) what(2) what(3) what(4) what(5) what(6)

enum { kRowSteps = 4 };

// The first `count` of 8 lanes.
ALWAYS_INLINE __m256i mask8(ptrdiff_t count) {
  static const int32_t ones_then_zeros[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  ptrdiff_t skip = count >= 8 ? 0 : count <= 0 ? 8 : 8 - count;
  return _mm256_loadu_si256((const __m256i*)(ones_then_zeros + skip));
}

// Row r of A is at a + r * a_stride bytes, and the next k at + a_step.
ALWAYS_INLINE void multiply_tile(size_t depth, const char* a, ptrdiff_t a_stride, ptrdiff_t a_step,
                                 const float* b, float* c, ptrdiff_t ldc, int cols, bool accumulate,
                                 const int rows, const int vectors) {
  __m256 sum[ROWS][2];
  __m256i mask[2] = {mask8(cols), mask8(cols - 8)};
  if (accumulate) {
    UNROLLED_FOR (int r = 0; r < rows; r++)
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm256_maskload_ps(c + r * ldc + 8 * v, mask[v]);
  } else {
    UNROLLED_FOR (int r = 0; r < rows; r++)
      UNROLLED_FOR (int v = 0; v < vectors; v++) sum[r][v] = _mm256_setzero_ps();
  }
  for (size_t k = 0; k < depth; k++) {
    __m256 columns[2];
    UNROLLED_FOR (int v = 0; v < vectors; v++) columns[v] = _mm256_loadu_ps(b + 8 * v);
    UNROLLED_FOR (int r = 0; r < rows; r++) {
      __m256 row = _mm256_broadcast_ss((const float*)(a + r * a_stride));
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm256_fmadd_ps(row, columns[v], sum[r][v]);
    }
    a += a_step;
    b += 8 * vectors;
  }
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      _mm256_maskstore_ps(c + r * ldc + 8 * v, mask[v], sum[r][v]);
}

#include "kernels/x86_tile.h"

// To bf16 and back, in integers: denormals are kept and NaNs become quiet, as in kernels/bf16.h.
ALWAYS_INLINE __m256 rounded(__m256 x) {
  __m256i bits = _mm256_castps_si256(x);
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  __m256i sum = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  __m256 nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
  __m256 chosen = _mm256_blendv_ps(_mm256_castsi256_ps(sum), _mm256_castsi256_ps(quiet), nan);
  return _mm256_and_ps(chosen, _mm256_castsi256_ps(_mm256_set1_epi32((int)0xffff0000u)));
}

// `count` elements from `at`, zeros after.
ALWAYS_INLINE __m256 load_floats(const void* data, ptrdiff_t at, ptrdiff_t count, const Dtype dtype,
                                 const bool rounds) {
  if (dtype == DTYPE_BF16) {
    const bf16* elements = (const bf16*)data + at;
    __m128i narrow;
    if (count >= 8) {
      narrow = _mm_loadu_si128((const __m128i*)elements);
    } else {
      bf16 copy[8] = {0};
      for (ptrdiff_t i = 0; i < count; i++) copy[i] = elements[i];
      narrow = _mm_loadu_si128((const __m128i*)copy);
    }
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(narrow), 16));
  }
  const float* elements = (const float*)data + at;
  __m256 x = count >= 8 ? _mm256_loadu_ps(elements) : _mm256_maskload_ps(elements, mask8(count));
  return rounds ? rounded(x) : x;
}

// B where it is; `panel` gets what packing would have written, unless NULL.
ALWAYS_INLINE void multiply_fused_tile(size_t depth, const char* a, ptrdiff_t a_stride,
                                       ptrdiff_t a_step, const Source* b, float* panel, float* c,
                                       ptrdiff_t ldc, int cols, bool accumulate, const Dtype dtype,
                                       const bool rounds, const int rows, const int vectors) {
  __m256 sum[ROWS][2];
  __m256i mask[2] = {mask8(cols), mask8(cols - 8)};
  const bool far = b->k_stride >= kFarRows;
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      sum[r][v] =
          accumulate ? _mm256_maskload_ps(c + r * ldc + 8 * v, mask[v]) : _mm256_setzero_ps();
  for (size_t k = 0; k < depth; k++) {
    __m256 columns[2];
    if (far) prefetch_lanes(b, (ptrdiff_t)k, cols, 1);
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      columns[v] =
          load_floats(b->data, (ptrdiff_t)k * b->k_stride + 8 * v, cols - 8 * v, dtype, rounds);
    if (panel != NULL) {
      UNROLLED_FOR (int v = 0; v < vectors; v++) _mm256_storeu_ps(panel + 8 * v, columns[v]);
      panel += 8 * vectors;
    }
    UNROLLED_FOR (int r = 0; r < rows; r++) {
      __m256 row = _mm256_broadcast_ss((const float*)(a + r * a_stride));
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm256_fmadd_ps(row, columns[v], sum[r][v]);
    }
    a += a_step;
  }
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      _mm256_maskstore_ps(c + r * ldc + 8 * v, mask[v], sum[r][v]);
}

ALWAYS_INLINE void transpose_8x8(__m256 x[8]) {
  __m256 t[8], u[8];
  UNROLLED_FOR (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(x[i], x[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(x[i], x[i + 1]);
  }
  UNROLLED_FOR (int i = 0; i < 8; i += 4) {
    u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  UNROLLED_FOR (int i = 0; i < 4; i++) {
    x[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
    x[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
  }
}

ALWAYS_INLINE void pack_as(float* panel, const PanelShape* shape, const Source* source,
                           const Dtype dtype, const bool rounds) {
  ptrdiff_t lanes = shape->lanes;
  if (source->k_stride == 1) {
    for (ptrdiff_t lane0 = 0; lane0 < lanes; lane0 += 8) {
      __m256i keep = mask8(lanes - lane0);
      for (size_t k = 0; k < shape->depth; k += 8) {
        __m256 block[8];
        ptrdiff_t left = (ptrdiff_t)(shape->depth - k);
        UNROLLED_FOR (int i = 0; i < 8; i++) {
          ptrdiff_t at = (lane0 + i) * source->lane_stride + (ptrdiff_t)k;
          block[i] = lane0 + i < shape->used ? load_floats(source->data, at, left, dtype, rounds)
                                             : _mm256_setzero_ps();
        }
        transpose_8x8(block);
        float* out = panel + (ptrdiff_t)k * lanes + lane0;
        if (left >= 8) {
          UNROLLED_FOR (int i = 0; i < 8; i++) _mm256_maskstore_ps(out + i * lanes, keep, block[i]);
        } else {
          for (int i = 0; i < left; i++) _mm256_maskstore_ps(out + i * lanes, keep, block[i]);
        }
      }
    }
    return;
  }
  const bool far = source->k_stride >= kFarRows;
  for (ptrdiff_t k = 0; k < (ptrdiff_t)shape->depth; k++) {
    if (far) prefetch_lanes(source, k, shape->used, 1);
    for (ptrdiff_t lane0 = 0; lane0 < lanes; lane0 += 8) {
      __m256 row = load_floats(source->data, k * source->k_stride + lane0, shape->used - lane0,
                               dtype, rounds);
      _mm256_maskstore_ps(panel + k * lanes + lane0, mask8(lanes - lane0), row);
    }
  }
}

ALWAYS_INLINE void widen_vector(float* out, const Source* a, ptrdiff_t at, ptrdiff_t count,
                                const Dtype dtype) {
  _mm256_maskstore_ps(out, mask8(count),
                      load_floats(a->data, at, count, dtype, dtype == DTYPE_F32));
}

// `steps` of k by all columns, added to what is there unless it is the first of them.
ALWAYS_INLINE void multiply_row_part(const float* a, const Source* b, size_t k, float* c,
                                     ptrdiff_t cols, const Dtype dtype, const bool rounds,
                                     const int steps) {
  __m256 element[kRowSteps];
  UNROLLED_FOR (int i = 0; i < steps; i++) element[i] = _mm256_broadcast_ss(a + k + i);
  for (ptrdiff_t col = 0; col < cols; col += 8) {
    __m256i mask = mask8(cols - col);
    __m256 sum = k == 0 ? _mm256_setzero_ps() : _mm256_maskload_ps(c + col, mask);
    UNROLLED_FOR (int i = 0; i < steps; i++) {
      ptrdiff_t at = ((ptrdiff_t)k + i) * b->k_stride + col;
      sum = _mm256_fmadd_ps(element[i], load_floats(b->data, at, cols - col, dtype, rounds), sum);
    }
    _mm256_maskstore_ps(c + col, mask, sum);
  }
}

#include "kernels/x86_fp32.h"

const Kernel kernel_avx2_fp32 = {
    .name = "avx2-fp32",
    .arithmetic = ARITHMETIC_FMA,
    .panel_dtype = DTYPE_F32,
    .tile_rows = ROWS,
    .tile_cols = 16,
    .row_step = 1,
    .col_step = 8,
    .a_group = 1,
    .b_group = 1,
    .depth_multiple = 1,
    .panel_in_l2 = true,
    .multiply = multiply,
    .multiply_in_place = multiply_in_place,
    .widen_rows = widen_rows,
    .multiply_fused = multiply_fused,
    .pack = pack,
    .multiply_row = multiply_row,
};
