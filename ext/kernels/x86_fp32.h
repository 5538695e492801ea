// Which of the compiled variants a product takes, by what its operands are made of: float32,
// float32 to be rounded to bf16, or bf16. Included by the float32 kernels after their
// multiply_fused_tile, widen_vector, multiply_row_part (kRowSteps at most) and pack_as; LANES and
// EACH_ROWS as in kernels/x86_tile.h.
#ifndef BF16MM_KERNELS_X86_FP32_H
#define BF16MM_KERNELS_X86_FP32_H

#define VARIANTS(dtype_of, part, call) \
  if ((dtype_of) == DTYPE_BF16)        \
    call(DTYPE_BF16, false);           \
  else if ((part) == PART_WHOLE)       \
    call(DTYPE_F32, false);            \
  else                                 \
    call(DTYPE_F32, true)

#define FUSED_AS(n, vectors, dtype, rounds)                                                  \
  multiply_fused_tile(depth, a, a_stride, a_step, b, panel, c, ldc, cols, accumulate, dtype, \
                      rounds, n, vectors)
#define FUSED(n)                                 \
  case n:                                        \
    if (b->dtype == DTYPE_BF16 && cols > LANES)  \
      FUSED_AS(n, 2, DTYPE_BF16, false);         \
    else if (b->dtype == DTYPE_BF16)             \
      FUSED_AS(n, 1, DTYPE_BF16, false);         \
    else if (part == PART_WHOLE && cols > LANES) \
      FUSED_AS(n, 2, DTYPE_F32, false);          \
    else if (part == PART_WHOLE)                 \
      FUSED_AS(n, 1, DTYPE_F32, false);          \
    else if (cols > LANES)                       \
      FUSED_AS(n, 2, DTYPE_F32, true);           \
    else                                         \
      FUSED_AS(n, 1, DTYPE_F32, true);           \
    break;

static void multiply_fused(size_t depth, const void* a, ptrdiff_t a_stride, ptrdiff_t a_step,
                           const Source* b, Part part, void* panel, float* c, ptrdiff_t ldc,
                           int rows, int cols, bool accumulate) {
  switch (rows) { EACH_ROWS(FUSED) }
}

ALWAYS_INLINE void widen_rows_as(float* out, ptrdiff_t out_stride, const Source* a, int rows,
                                 ptrdiff_t depth, const Dtype dtype) {
  ptrdiff_t whole = depth / LANES * LANES;
  for (int r = 0; r < rows; r++, out += out_stride) {
    ptrdiff_t at = r * a->lane_stride;
    for (ptrdiff_t k = 0; k < whole; k += LANES) widen_vector(out + k, a, at + k, LANES, dtype);
    if (whole < depth) widen_vector(out + whole, a, at + whole, depth - whole, dtype);
  }
}

static void widen_rows(float* out, ptrdiff_t out_stride, const Source* a, int rows, size_t depth) {
  if (a->dtype == DTYPE_BF16)
    widen_rows_as(out, out_stride, a, rows, (ptrdiff_t)depth, DTYPE_BF16);
  else
    widen_rows_as(out, out_stride, a, rows, (ptrdiff_t)depth, DTYPE_F32);
}

// Along the rows of B, as they lie in memory, C in the first-level cache (1x2304x768 with AVX-512
// on an Emerald Rapids: 1.25 times as fast as down its columns with C in registers).
ALWAYS_INLINE void multiply_row_as(size_t depth, const float* a, const Source* b, float* c,
                                   size_t cols, const Dtype dtype, const bool rounds) {
  size_t k = 0;
  for (; k + kRowSteps <= depth; k += kRowSteps)
    multiply_row_part(a, b, k, c, (ptrdiff_t)cols, dtype, rounds, kRowSteps);
  for (; k < depth; k++) multiply_row_part(a, b, k, c, (ptrdiff_t)cols, dtype, rounds, 1);
}

static void multiply_row(size_t depth, const void* a, const Source* b, Part part, float* c,
                         size_t cols) {
#define ROW(dtype, rounds) multiply_row_as(depth, a, b, c, cols, dtype, rounds)
  VARIANTS(b->dtype, part, ROW);
}

static bool pack(void* panel, const PanelShape* shape, const Source* source, Part part) {
  if (source->k_stride != 1 && source->lane_stride != 1) return false;
#define PACK(dtype, rounds) pack_as(panel, shape, source, dtype, rounds)
  VARIANTS(source->dtype, part, PACK);
  return true;
}

#endif
