// Which of the compiled tiles a product takes. Included after multiply_tile by kernels whose tile
// is two vectors of LANES columns wide and whose panels hold 4 bytes per lane and step;
// EACH_ROWS(what) is what(1) what(2) ... up to the tile's rows.
#ifndef BF16MM_KERNELS_X86_TILE_H
#define BF16MM_KERNELS_X86_TILE_H

#define TILE(n, a_stride, a_step)                                                   \
  case n:                                                                           \
    if (cols > LANES)                                                               \
      multiply_tile(depth, a, a_stride, a_step, b, c, ldc, cols, accumulate, n, 2); \
    else                                                                            \
      multiply_tile(depth, a, a_stride, a_step, b, c, ldc, cols, accumulate, n, 1); \
    break;
#define PACKED(n) TILE(n, 4, 4 * n)
#define IN_PLACE(n) TILE(n, a_stride, 4)

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate) {
  switch (rows) { EACH_ROWS(PACKED) }
}

static void multiply_in_place(size_t depth, const void* a, ptrdiff_t a_stride, const void* b,
                              float* c, ptrdiff_t ldc, int rows, int cols, bool accumulate) {
  switch (rows) { EACH_ROWS(IN_PLACE) }
}

#endif
