// Loading and storing the rows of an 8x12 tile that is held in vectors of four columns.
#ifndef BF16MM_KERNELS_NEON_TILE_H
#define BF16MM_KERNELS_NEON_TILE_H

#include <arm_neon.h>

#include "kernels/unroll.h"

// The first `count` of four; none if that is not positive.
ALWAYS_INLINE float32x4_t load_columns(const float* from, int count) {
  if (count >= 4) return vld1q_f32(from);
  float columns[4] = {0};
  for (int i = 0; i < count; i++) columns[i] = from[i];
  return vld1q_f32(columns);
}

ALWAYS_INLINE void store_columns(float* to, float32x4_t x, int count) {
  if (count >= 4) {
    vst1q_f32(to, x);
    return;
  }
  float columns[4];
  vst1q_f32(columns, x);
  for (int i = 0; i < count; i++) to[i] = columns[i];
}

// sum[8][3], of which row_fours * 4 by vectors are in use.
#define LOAD_TILE(sum, row_fours, vectors)         \
  UNROLLED_FOR (int r = 0; r < 4 * row_fours; r++) \
    UNROLLED_FOR (int v = 0; v < vectors; v++)     \
  sum[r][v] =                                      \
      accumulate && r < rows ? load_columns(c + r * ldc + 4 * v, cols - 4 * v) : vdupq_n_f32(0)
#define STORE_TILE(sum, row_fours, vectors)        \
  UNROLLED_FOR (int r = 0; r < 4 * row_fours; r++) \
    UNROLLED_FOR (int v = 0; v < vectors; v++)     \
      if (r < rows) store_columns(c + r * ldc + 4 * v, sum[r][v], cols - 4 * v)

#define TILE_SHAPES(function)                                      \
  if (rows > 4) {                                                  \
    if (cols > 8)                                                  \
      function(depth, a, b, c, ldc, rows, cols, accumulate, 2, 3); \
    else if (cols > 4)                                             \
      function(depth, a, b, c, ldc, rows, cols, accumulate, 2, 2); \
    else                                                           \
      function(depth, a, b, c, ldc, rows, cols, accumulate, 2, 1); \
  } else {                                                         \
    if (cols > 8)                                                  \
      function(depth, a, b, c, ldc, rows, cols, accumulate, 1, 3); \
    else if (cols > 4)                                             \
      function(depth, a, b, c, ldc, rows, cols, accumulate, 1, 2); \
    else                                                           \
      function(depth, a, b, c, ldc, rows, cols, accumulate, 1, 1); \
  }

#endif
