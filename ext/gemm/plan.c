#include "gemm/plan.h"

#include "gemm/narrow.h"

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t parts(size_t value, size_t each) { return (value + each - 1) / each; }

Chunks choose_chunks(size_t of_a, size_t of_b, bool a_once, int threads) {
  if (threads == 1) return (Chunks){of_a, of_b};
  size_t wanted = (size_t)threads * 4;
  if (a_once && of_a >= 4 * wanted) return (Chunks){parts(of_a, wanted), of_b};
  size_t parts_b = smaller(of_b, wanted), parts_a = smaller(of_a, parts(wanted, parts_b));
  return (Chunks){parts(of_a, parts_a), parts(of_b, parts_b)};
}

// Packing A pays where its panels are used for many columns.
static bool a_is_for_few_columns(const Gemm* g) {
  return g->kernel->multiply_in_place != NULL && g->a.gather == NULL && g->a.matrix.k_stride == 1 &&
         g->n <= 8 * (size_t)g->kernel->tile_cols;
}

bool a_is_better_in_place(const Gemm* g) {
  const Source* a = &g->a.matrix;
  bool as_packed = g->kernel->panel_dtype == DTYPE_F32
                       ? a->dtype == DTYPE_F32 && g->product == PRODUCT_WHOLE
                       : a->dtype == DTYPE_BF16 && g->product == PRODUCT_BF16;
  return a_is_for_few_columns(g) && as_packed && g->k % (size_t)g->kernel->depth_multiple == 0 &&
         (g->m <= 4 || a->lane_stride * dtype_bytes(a->dtype) % 1024 != 0);
}

size_t widened_row_floats(const Gemm* g, size_t depth) {
  bool widened =
      a_is_for_few_columns(g) && g->kernel->widen_rows != NULL && g->product == PRODUCT_BF16;
  return widened ? (parts(depth, 16) | 1) * 16 : 0;
}

bool b_is_better_fused(const Gemm* g, const Blocking* blocking, int threads) {
  const Kernel* kernel = g->kernel;
  if (g->packed != NULL) return is_packed_narrow(kernel, g->product);
  const Source* b = &g->b.matrix;
  size_t of_a = parts(g->m, (size_t)kernel->tile_rows),
         of_b = parts(g->n, (size_t)kernel->tile_cols);
  Chunks chunks = choose_chunks(of_a, of_b, false, threads);
  return kernel->multiply_fused != NULL && g->b.gather == NULL && g->product != PRODUCT_SPLIT &&
         b->lane_stride == 1 && g->m <= blocking->rows && (chunks.a == of_a || chunks.a >= 4);
}
