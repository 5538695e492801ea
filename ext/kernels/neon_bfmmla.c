// 8x12 tile of BFMMLA: the choice among the assembly's shapes (neon_bfmmla_tile.S), and the tails
// of C. Needs FEAT_BF16.
#include <string.h>

#include "kernels/neon_bf16_row.h"

typedef void TileFunction(size_t groups, const bf16* a, const bf16* b, float* c,
                          ptrdiff_t ldc_bytes, int accumulate, size_t panels);

// By pairs of rows, and by pairs of columns over 2.
#define DECLARE(pairs) \
  TileFunction bf16mm_mmla_##pairs##x2, bf16mm_mmla_##pairs##x4, bf16mm_mmla_##pairs##x6
DECLARE(1);
DECLARE(2);
DECLARE(3);
DECLARE(4);

static TileFunction* const tiles[4][3] = {
    {bf16mm_mmla_1x2, bf16mm_mmla_1x4, bf16mm_mmla_1x6},
    {bf16mm_mmla_2x2, bf16mm_mmla_2x4, bf16mm_mmla_2x6},
    {bf16mm_mmla_3x2, bf16mm_mmla_3x4, bf16mm_mmla_3x6},
    {bf16mm_mmla_4x2, bf16mm_mmla_4x4, bf16mm_mmla_4x6},
};

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate) {
  TileFunction* tile = tiles[(rows + 1) / 2 - 1][(cols + 3) / 4 - 1];
  if (rows % 2 == 0 && cols % 4 == 0) {
    tile(depth / 4, a, b, c, ldc * (ptrdiff_t)sizeof *c, accumulate, 1);
    return;
  }
  float corner[8 * 12];
  size_t row_bytes = (size_t)cols * sizeof *c;
  if (accumulate) {
    memset(corner, 0, sizeof corner);
    for (int r = 0; r < rows; r++) memcpy(corner + r * 12, c + r * ldc, row_bytes);
  }
  tile(depth / 4, a, b, corner, 12 * sizeof *c, accumulate, 1);
  for (int r = 0; r < rows; r++) memcpy(c + r * ldc, corner + r * 12, row_bytes);
}

static void multiply_column(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc,
                            size_t panels, bool accumulate) {
  bf16mm_mmla_4x6(depth / 4, a, b, c, ldc * (ptrdiff_t)sizeof *c, accumulate, panels);
}

const Kernel kernel_neon_bfmmla = {
    .name = "neon-bfmmla",
    .arithmetic = ARITHMETIC_BFDOT,
    .panel_dtype = DTYPE_BF16,
    .tile_rows = 8,
    .tile_cols = 12,
    .row_step = 2,
    .col_step = 4,
    .a_group = 4,
    .b_group = 4,
    .depth_multiple = 4,
    .multiply = multiply,
    .multiply_column = multiply_column,
    .pack = pack_groups_of_4,
    .multiply_row = multiply_row_pairs,
};
