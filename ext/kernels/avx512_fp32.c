// 14x32 float32 tile: 28 accumulators, two vectors of B, one broadcast of A. Needs AVX512F, BW, DQ, VL.
#include "kernels/avx512_pack.h"

#define ROWS 14

// Row r of A is at a + r * a_stride bytes, and the next k at + a_step.
ALWAYS_INLINE void multiply_tile(size_t depth, const char *a, ptrdiff_t a_stride, ptrdiff_t a_step, const float *b,
                                 float *c, ptrdiff_t ldc, int cols, bool accumulate, const int rows,
                                 const int vectors) {
  __m512 sum[ROWS][2];
  __mmask16 mask[2] = {mask16(cols), mask16(cols - 16)};
  if (accumulate) {
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_maskz_loadu_ps(mask[v], c + r * ldc + 16 * v);
  } else {
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_setzero_ps();
  }
  for (size_t k = 0; k < depth; k++) {
    __m512 columns[2];
    UNROLL for (int v = 0; v < vectors; v++) columns[v] = _mm512_loadu_ps(b + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      __m512 row = _mm512_set1_ps(*(const float *)(a + r * a_stride));
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_fmadd_ps(row, columns[v], sum[r][v]);
    }
    a += a_step;
    b += 16 * vectors;
  }
  UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) _mm512_mask_storeu_ps(c + r * ldc + 16 * v, mask[v], sum[r][v]);
}

#define TILE(n, a_stride, a_step)                                                                \
  case n:                                                                                        \
    if (cols > 16) multiply_tile(depth, a, a_stride, a_step, b, c, ldc, cols, accumulate, n, 2); \
    else multiply_tile(depth, a, a_stride, a_step, b, c, ldc, cols, accumulate, n, 1);           \
    break;
#define PACKED(n) TILE(n, 4, 4 * n)
#define IN_PLACE(n) TILE(n, a_stride, 4)
#define EACH_ROWS(what) \
  what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11) what(12) what(13) what(14)

static void multiply(size_t depth, const void *a, const void *b, float *c, ptrdiff_t ldc, int rows, int cols,
                     bool accumulate) {
  switch (rows) { EACH_ROWS(PACKED) }
}

static void multiply_in_place(size_t depth, const void *a, ptrdiff_t a_stride, const void *b, float *c, ptrdiff_t ldc,
                              int rows, int cols, bool accumulate) {
  switch (rows) { EACH_ROWS(IN_PLACE) }
}

// B where it is; `panel` gets what packing would have written, unless NULL.
ALWAYS_INLINE void multiply_fused_tile(size_t depth, const char *a, ptrdiff_t a_stride, ptrdiff_t a_step,
                                       const Source *b, float *panel, float *c, ptrdiff_t ldc, int cols,
                                       bool accumulate, const Dtype dtype, const int rows, const int vectors) {
  __m512 sum[ROWS][2];
  __mmask16 mask[2] = {mask16(cols), mask16(cols - 16)};
  const bool far = b->k_stride >= kFarRows;
  UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++)
          sum[r][v] = accumulate ? _mm512_maskz_loadu_ps(mask[v], c + r * ldc + 16 * v) : _mm512_setzero_ps();
  for (size_t k = 0; k < depth; k++) {
    __m512 columns[2];
    if (far) prefetch_lanes(b, (ptrdiff_t)k, cols, 1);
    UNROLL for (int v = 0; v < vectors; v++)
        columns[v] = load_floats(b->data, (ptrdiff_t)k * b->k_stride + 16 * v, cols - 16 * v, dtype);
    if (panel != NULL) {
      UNROLL for (int v = 0; v < vectors; v++) _mm512_storeu_ps(panel + 16 * v, columns[v]);
      panel += 16 * vectors;
    }
    UNROLL for (int r = 0; r < rows; r++) {
      __m512 row = _mm512_set1_ps(*(const float *)(a + r * a_stride));
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_fmadd_ps(row, columns[v], sum[r][v]);
    }
    a += a_step;
  }
  UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) _mm512_mask_storeu_ps(c + r * ldc + 16 * v, mask[v], sum[r][v]);
}

#define FUSED_AS(n, dtype, vectors) \
  multiply_fused_tile(depth, a, a_stride, a_step, b, panel, c, ldc, cols, accumulate, dtype, n, vectors)
#define FUSED(n)                                                   \
  case n:                                                          \
    if (b->dtype == DTYPE_F32 && cols > 16) FUSED_AS(n, DTYPE_F32, 2); \
    else if (b->dtype == DTYPE_F32) FUSED_AS(n, DTYPE_F32, 1);     \
    else if (cols > 16) FUSED_AS(n, DTYPE_BF16, 2);                \
    else FUSED_AS(n, DTYPE_BF16, 1);                               \
    break;

static void multiply_fused(size_t depth, const void *a, ptrdiff_t a_stride, ptrdiff_t a_step, const Source *b,
                           void *panel, float *c, ptrdiff_t ldc, int rows, int cols, bool accumulate) {
  switch (rows) { EACH_ROWS(FUSED) }
}

// To bf16 and back, in integers: denormals are kept and NaNs become quiet, as in kernels/bf16.h.
ALWAYS_INLINE __m512i rounded(__m512 x) {
  __m512i bits = _mm512_castps_si512(x);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i sum = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  sum = _mm512_mask_or_epi32(sum, nan, bits, _mm512_set1_epi32(0x400000));
  return _mm512_and_si512(sum, _mm512_set1_epi32((int)0xffff0000u));
}

// `vectors` of 16 columns, the last of them with `last` columns.
ALWAYS_INLINE void multiply_row_part(size_t depth, const float *a, const Source *b, ptrdiff_t at, float *c,
                                     ptrdiff_t last, const Dtype dtype, const bool rounds, const int vectors) {
  __m512 sum[16];
  UNROLL for (int v = 0; v < vectors; v++) sum[v] = _mm512_setzero_ps();
  for (size_t k = 0; k < depth; k++, at += b->k_stride) {
    __m512 element = _mm512_set1_ps(a[k]);
    UNROLL for (int v = 0; v < vectors; v++) {
      __m512 x = load_floats(b->data, at + 16 * v, v == vectors - 1 ? last : 16, dtype);
      if (rounds) x = _mm512_castsi512_ps(rounded(x));
      sum[v] = _mm512_fmadd_ps(element, x, sum[v]);
    }
  }
  UNROLL for (int v = 0; v < vectors; v++)
      _mm512_mask_storeu_ps(c + 16 * v, v == vectors - 1 ? mask16(last) : 0xffff, sum[v]);
}

// Sixteen accumulators at a time: as much of a row of B as possible before the next.
ALWAYS_INLINE void multiply_row_as(size_t depth, const float *a, const Source *b, float *c, size_t cols,
                                   const Dtype dtype, const bool rounds) {
  ptrdiff_t col = 0, all = (ptrdiff_t)cols;
  for (; col + 256 <= all; col += 256) multiply_row_part(depth, a, b, col, c + col, 16, dtype, rounds, 16);
  for (; col + 64 <= all; col += 64) multiply_row_part(depth, a, b, col, c + col, 16, dtype, rounds, 4);
  for (; col < all; col += 16)
    multiply_row_part(depth, a, b, col, c + col, all - col < 16 ? all - col : 16, dtype, rounds, 1);
}

static void multiply_row(size_t depth, const void *a, const Source *b, Part part, float *c, size_t cols) {
  if (b->dtype == DTYPE_BF16) multiply_row_as(depth, a, b, c, cols, DTYPE_BF16, false);
  else if (part == PART_WHOLE) multiply_row_as(depth, a, b, c, cols, DTYPE_F32, false);
  else multiply_row_as(depth, a, b, c, cols, DTYPE_F32, true);
}

ALWAYS_INLINE void pack_as(uint32_t *panel, const PanelShape *shape, const Source *source, const Dtype dtype,
                           const bool rounds) {
  const size_t step = 1;
  const void *data = source->data;
#define ELEMENTS(at, count)                                                   \
  (rounds ? rounded(load_floats(data, at, count, dtype)) : _mm512_castps_si512(load_floats(data, at, count, dtype)))
#define ALONG_K(data, at, count) ELEMENTS(at, count)
#define ALONG_LANES(data, at, k_stride, lanes, left) ELEMENTS(at, (left) > 0 ? (lanes) : 0)
  if (source->k_stride == 1) {
    PACK_ALONG_K(ALONG_K)
  } else {
    PACK_ALONG_LANES(ALONG_LANES)
  }
}

static bool pack(void *panel, const PanelShape *shape, const Source *source, Part part) {
  if (source->k_stride != 1 && source->lane_stride != 1) return false;
  if (source->dtype == DTYPE_BF16) pack_as(panel, shape, source, DTYPE_BF16, false);
  else if (part == PART_WHOLE) pack_as(panel, shape, source, DTYPE_F32, false);
  else pack_as(panel, shape, source, DTYPE_F32, true);
  return true;
}

const Kernel kernel_avx512_fp32 = {
    .name = "avx512-fp32",
    .arithmetic = ARITHMETIC_FMA,
    .panel_dtype = DTYPE_F32,
    .tile_rows = ROWS,
    .tile_cols = 32,
    .row_step = 1,
    .col_step = 16,
    .a_group = 1,
    .b_group = 1,
    .depth_multiple = 1,
    .panel_in_l2 = true,
    .multiply = multiply,
    .multiply_in_place = multiply_in_place,
    .multiply_fused = multiply_fused,
    .pack = pack,
    .multiply_row = multiply_row,
};
