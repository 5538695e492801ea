// The backend without vector instructions: any processor, and the yardstick of the others.
#include <math.h>

#include "kernels/kernel.h"

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate) {
  const float *rows_of_a = a, *columns_of_b = b;
  for (int r = 0; r < rows; r++) {
    for (int n = 0; n < cols; n++) {
      float sum = accumulate ? c[r * ldc + n] : 0;
      for (size_t k = 0; k < depth; k++)
        sum = fmaf(rows_of_a[k * (size_t)rows + (size_t)r],
                   columns_of_b[k * (size_t)cols + (size_t)n], sum);
      c[r * ldc + n] = sum;
    }
  }
}

const Kernel kernel_scalar = {
    .name = "scalar",
    .arithmetic = ARITHMETIC_FMA,
    .panel_dtype = DTYPE_F32,
    .tile_rows = 4,
    .tile_cols = 4,
    .row_step = 1,
    .col_step = 1,
    .a_group = 1,
    .b_group = 1,
    .depth_multiple = 1,
    .multiply = multiply,
    .pack = NULL,
};
