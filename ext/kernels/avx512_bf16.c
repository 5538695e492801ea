// 14x32 tile of VDPBF16PS: 28 accumulators, two vectors of B, one broadcast pair of A. Needs AVX512F, BW, DQ, VL, BF16.
#include "kernels/avx512_bf16_pack.h"

#define ROWS 14

ALWAYS_INLINE void multiply_tile(size_t depth, const uint32_t *a, const uint32_t *b, float *c, ptrdiff_t ldc, int cols,
                                 bool accumulate, const int rows, const int vectors) {
  __m512 sum[ROWS][2];
  __mmask16 mask[2] = {mask16(cols), mask16(cols - 16)};
  if (accumulate) {
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_maskz_loadu_ps(mask[v], c + r * ldc + 16 * v);
  } else {
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_setzero_ps();
  }
  for (size_t pair = 0; pair < depth / 2; pair++) {
    __m512i columns[2];
    UNROLL for (int v = 0; v < vectors; v++) columns[v] = _mm512_loadu_si512(b + 16 * v);
    UNROLL for (int r = 0; r < rows; r++) {
      __m512bh row = (__m512bh)_mm512_set1_epi32((int)a[r]);
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], (__m512bh)columns[v], row);
    }
    a += rows;
    b += 16 * vectors;
  }
  UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int v = 0; v < vectors; v++) _mm512_mask_storeu_ps(c + r * ldc + 16 * v, mask[v], sum[r][v]);
}

#define TILE(n)                                                                    \
  case n:                                                                          \
    if (cols > 16) multiply_tile(depth, a, b, c, ldc, cols, accumulate, n, 2);     \
    else multiply_tile(depth, a, b, c, ldc, cols, accumulate, n, 1);               \
    break;

static void multiply(size_t depth, const void *a, const void *b, float *c, ptrdiff_t ldc, int rows, int cols,
                     bool accumulate) {
  switch (rows) {
    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
  }
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
    .multiply = multiply,
    .pack = pack_pairs,
};
