// 14x32 tile of VDPBF16PS: 28 accumulators, two vectors of B, one broadcast pair of A. Needs
// AVX512F, BW, DQ, VL, BF16.
#include <string.h>

#include "kernels/avx512_bf16_pack.h"

#define ROWS 14
#define LANES 16
#define EACH_ROWS(what)                                                                     \
  what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11) \
      what(12) what(13) what(14)

enum { kRowPairs = 4 };

// Row r of A is at a + r * a_stride bytes, and the next k at + a_step.
ALWAYS_INLINE void multiply_tile(size_t depth, const char* a, ptrdiff_t a_stride, ptrdiff_t a_step,
                                 const uint32_t* b, float* c, ptrdiff_t ldc, int cols,
                                 bool accumulate, const int rows, const int vectors) {
  __m512 sum[ROWS][2];
  __mmask16 mask[2] = {mask16(cols), mask16(cols - 16)};
  if (accumulate) {
    UNROLLED_FOR (int r = 0; r < rows; r++)
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm512_maskz_loadu_ps(mask[v], c + r * ldc + 16 * v);
  } else {
    UNROLLED_FOR (int r = 0; r < rows; r++)
      UNROLLED_FOR (int v = 0; v < vectors; v++) sum[r][v] = _mm512_setzero_ps();
  }
  for (size_t pair = 0; pair < depth / 2; pair++) {
    __m512i columns[2];
    UNROLLED_FOR (int v = 0; v < vectors; v++) columns[v] = _mm512_loadu_si512(b + 16 * v);
    UNROLLED_FOR (int r = 0; r < rows; r++) {
      int32_t pair_of_row;  // of bf16, so perhaps not aligned
      memcpy(&pair_of_row, a + r * a_stride, sizeof pair_of_row);
      __m512bh row = (__m512bh)_mm512_set1_epi32(pair_of_row);
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm512_dpbf16_ps(sum[r][v], (__m512bh)columns[v], row);
    }
    a += a_step;
    b += 16 * vectors;
  }
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      _mm512_mask_storeu_ps(c + r * ldc + 16 * v, mask[v], sum[r][v]);
}

#include "kernels/x86_tile.h"

// B where it is; `panel` gets what packing would have written, unless NULL.
ALWAYS_INLINE void multiply_fused_tile(size_t depth, const char* a, ptrdiff_t a_stride,
                                       ptrdiff_t a_step, const Source* b, uint32_t* panel, float* c,
                                       ptrdiff_t ldc, int cols, bool accumulate, const Dtype dtype,
                                       const int rows, const int vectors) {
  __m512 sum[ROWS][2];
  __mmask16 mask[2] = {mask16(cols), mask16(cols - 16)};
  const bool far = b->k_stride >= kFarRows;
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      sum[r][v] =
          accumulate ? _mm512_maskz_loadu_ps(mask[v], c + r * ldc + 16 * v) : _mm512_setzero_ps();
  for (size_t k = 0; k < depth; k += 2) {
    __m512i columns[2];
    if (far) prefetch_lanes(b, (ptrdiff_t)k, cols, 2);
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      columns[v] = pairs_along_lanes(b->data, (ptrdiff_t)k * b->k_stride + 16 * v, b->k_stride,
                                     cols - 16 * v, (ptrdiff_t)(depth - k), dtype, PART_HIGH);
    if (panel != NULL) {
      UNROLLED_FOR (int v = 0; v < vectors; v++) _mm512_storeu_si512(panel + 16 * v, columns[v]);
      panel += 16 * vectors;
    }
    UNROLLED_FOR (int r = 0; r < rows; r++) {
      int32_t pair_of_row;
      memcpy(&pair_of_row, a + r * a_stride, sizeof pair_of_row);
      __m512bh row = (__m512bh)_mm512_set1_epi32(pair_of_row);
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm512_dpbf16_ps(sum[r][v], (__m512bh)columns[v], row);
    }
    a += a_step;
  }
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      _mm512_mask_storeu_ps(c + r * ldc + 16 * v, mask[v], sum[r][v]);
}

#define FUSED_AS(n, dtype, vectors)                                                             \
  multiply_fused_tile(depth, a, a_stride, a_step, b, panel, c, ldc, cols, accumulate, dtype, n, \
                      vectors)
#define FUSED(n)                            \
  case n:                                   \
    if (b->dtype == DTYPE_F32 && cols > 16) \
      FUSED_AS(n, DTYPE_F32, 2);            \
    else if (b->dtype == DTYPE_F32)         \
      FUSED_AS(n, DTYPE_F32, 1);            \
    else if (cols > 16)                     \
      FUSED_AS(n, DTYPE_BF16, 2);           \
    else                                    \
      FUSED_AS(n, DTYPE_BF16, 1);           \
    break;

static void multiply_fused(size_t depth, const void* a, ptrdiff_t a_stride, ptrdiff_t a_step,
                           const Source* b, Part part, void* panel, float* c, ptrdiff_t ldc,
                           int rows, int cols, bool accumulate) {
  (void)part;  // there is one that comes here
  switch (rows) { EACH_ROWS(FUSED) }
}

// `pairs` of k by all columns, added to what is there unless they are the first.
ALWAYS_INLINE void multiply_row_part(size_t depth, const uint32_t* a, const Source* b, size_t k,
                                     float* c, ptrdiff_t cols, const Dtype dtype, const int pairs) {
  __m512bh pair[kRowPairs];
  UNROLLED_FOR (int i = 0; i < pairs; i++)
    pair[i] = (__m512bh)_mm512_set1_epi32((int)a[k / 2 + (size_t)i]);
  for (ptrdiff_t col = 0; col < cols; col += 16) {
    __m512 sum = k == 0 ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask16(cols - col), c + col);
    UNROLLED_FOR (int i = 0; i < pairs; i++) {
      ptrdiff_t k_of_pair = (ptrdiff_t)k + 2 * i;
      __m512i columns =
          pairs_along_lanes(b->data, k_of_pair * b->k_stride + col, b->k_stride, cols - col,
                            (ptrdiff_t)depth - k_of_pair, dtype, PART_HIGH);
      sum = _mm512_dpbf16_ps(sum, (__m512bh)columns, pair[i]);
    }
    _mm512_mask_storeu_ps(c + col, mask16(cols - col), sum);
  }
}

// Along the rows of B, as in avx512_fp32.c.
ALWAYS_INLINE void multiply_row_as(size_t depth, const uint32_t* a, const Source* b, float* c,
                                   size_t cols, const Dtype dtype) {
  size_t k = 0;
  for (; k + 2 * kRowPairs <= depth; k += 2 * kRowPairs)
    multiply_row_part(depth, a, b, k, c, (ptrdiff_t)cols, dtype, kRowPairs);
  for (; k < depth; k += 2) multiply_row_part(depth, a, b, k, c, (ptrdiff_t)cols, dtype, 1);
}

static void multiply_row(size_t depth, const void* a, const Source* b, Part part, float* c,
                         size_t cols) {
  (void)part;  // the products that need more than the rounded part are packed
  if (b->dtype == DTYPE_BF16)
    multiply_row_as(depth, a, b, c, cols, DTYPE_BF16);
  else
    multiply_row_as(depth, a, b, c, cols, DTYPE_F32);
}

const Kernel kernel_avx512_bf16 = {
    .name = "avx512-bf16",
    .arithmetic = ARITHMETIC_VDPBF16,
    .panel_dtype = DTYPE_BF16,
    .tile_rows = ROWS,
    .tile_cols = 32,
    .row_step = 1,
    .col_step = 16,
    .a_group = 2,
    .b_group = 2,
    .depth_multiple = 2,
    .panel_in_l2 = true,
    .multiply = multiply,
    .multiply_in_place = multiply_in_place,
    .multiply_fused = multiply_fused,
    .pack = pack_pairs,
    .multiply_row = multiply_row,
};
