// A ZA tile of BFMOPA: outer products of pairs. Needs SME with FEAT_BF16. Only known to be correct,
// see sme_bfmopa_tile.S; it is never chosen by itself.
#include "kernels/neon_bf16_pack.h"

void bf16mm_mopa(size_t pairs, const bf16* a, const bf16* b, float* c, ptrdiff_t ldc_bytes,
                 int rows, int cols, int accumulate);

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate) {
  bf16mm_mopa(depth / 2, a, b, c, ldc * (ptrdiff_t)sizeof *c, rows, cols, accumulate);
}

const Kernel kernel_sme_bfmopa = {
    .name = "sme-bfmopa",
    .arithmetic = ARITHMETIC_BFDOT,
    .panel_dtype = DTYPE_BF16,
    .tile_rows = 4,  // one float per 32 bits of the streaming vector length
    .tile_cols = 4,
    .row_step = 1,
    .col_step = 1,
    .a_group = 2,
    .b_group = 2,
    .depth_multiple = 2,
    .multiply = multiply,
    .pack = pack_groups_of_2,
};
