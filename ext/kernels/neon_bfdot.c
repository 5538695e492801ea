// 8x12 tile of BFDOT by lane: 24 accumulators, two vectors of A, three of B. Needs FEAT_BF16.
#include "kernels/neon_bf16_row.h"
#include "kernels/neon_tile.h"

ALWAYS_INLINE bfloat16x8_t load_pairs(const bf16* from) {
  return vreinterpretq_bf16_u16(vld1q_u16(from));
}

ALWAYS_INLINE void multiply_tile(size_t depth, const bf16* a, const bf16* b, float* c,
                                 ptrdiff_t ldc, int rows, int cols, bool accumulate,
                                 const int row_fours, const int vectors) {
  float32x4_t sum[8][3];
  LOAD_TILE(sum, row_fours, vectors);
  for (size_t pair = 0; pair < depth / 2; pair++) {
    bfloat16x8_t columns[3];
    UNROLLED_FOR (int v = 0; v < vectors; v++) columns[v] = load_pairs(b + 8 * v);
    UNROLLED_FOR (int four = 0; four < row_fours; four++) {
      bfloat16x8_t pairs = load_pairs(a + 8 * four);
      UNROLLED_FOR (int v = 0; v < vectors; v++) {
        sum[4 * four][v] = vbfdotq_laneq_f32(sum[4 * four][v], columns[v], pairs, 0);
        sum[4 * four + 1][v] = vbfdotq_laneq_f32(sum[4 * four + 1][v], columns[v], pairs, 1);
        sum[4 * four + 2][v] = vbfdotq_laneq_f32(sum[4 * four + 2][v], columns[v], pairs, 2);
        sum[4 * four + 3][v] = vbfdotq_laneq_f32(sum[4 * four + 3][v], columns[v], pairs, 3);
      }
    }
    a += 8 * row_fours;
    b += 8 * vectors;
  }
  STORE_TILE(sum, row_fours, vectors);
}

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate) {
  TILE_SHAPES(multiply_tile)
}

const Kernel kernel_neon_bfdot = {
    .name = "neon-bfdot",
    .arithmetic = ARITHMETIC_BFDOT,
    .panel_dtype = DTYPE_BF16,
    .tile_rows = 8,
    .tile_cols = 12,
    .row_step = 4,
    .col_step = 4,
    .a_group = 2,
    .b_group = 2,
    .depth_multiple = 2,
    .multiply = multiply,
    .pack = pack_groups_of_2,
    .multiply_row = multiply_row_pairs,
};
