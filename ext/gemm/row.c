#include "gemm/row.h"

#include <stdatomic.h>
#include <stdint.h>

#include "gemm/floating_point.h"
#include "gemm/threads.h"
#include "gemm/workspace.h"

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }

bool is_row(const Gemm* g) {
  return g->m == 1 && g->packed == NULL && g->b.gather == NULL && g->kernel->multiply_row != NULL &&
         g->product != PRODUCT_SPLIT && g->b.matrix.lane_stride == 1 &&
         (g->n > 1 || g->b.matrix.k_stride == 1);
}

static Part part_of(const Gemm* g) { return g->product == PRODUCT_WHOLE ? PART_WHOLE : PART_HIGH; }

typedef struct {
  const Gemm* gemm;
  void* a;       // a panel of one lane
  size_t chunk;  // columns that a thread takes at a time
  atomic_size_t next;
} Row;

// The wider the fewer pieces of B's rows are read, as far as a row of C stays in the first-level
// cache, and on the stack.
enum { kRowColumns = 4096 };

static void multiply_row_chunks(void* context) {
  Row* row = context;
  const Gemm* g = row->gemm;
  float chunk[kRowColumns];
  FloatingPoint state = set_default_floating_point();
  for (size_t col; (col = atomic_fetch_add(&row->next, row->chunk)) < g->n;) {
    Source b = g->b.matrix;
    b.data = (const char*)b.data + col * dtype_bytes(b.dtype);
    size_t cols = smaller(row->chunk, g->n - col);
    g->kernel->multiply_row(g->k, row->a, &b, part_of(g), chunk, cols);
    finish_tile(&g->epilogue, &g->out, chunk, kRowColumns, 0, col, 1, (int)cols);
  }
  restore_floating_point(state);
}

GemmStatus multiply_one_row(const Gemm* g, int threads) {
  size_t padded = round_up(g->k, (size_t)g->kernel->depth_multiple);
  if (padded > SIZE_MAX / 8) return GEMM_NO_MEMORY;
  Row row = {.gemm = g, .a = workspace(padded * (size_t)dtype_bytes(g->kernel->panel_dtype))};
  if (row.a == NULL) return GEMM_NO_MEMORY;
  PanelShape shape = {
      .lanes = 1, .used = 1, .group = g->kernel->a_group, .depth = g->k, .padded_depth = padded};
  FloatingPoint state = set_default_floating_point();
  pack_panel(g->kernel, row.a, &shape, &g->a, 0, 0, part_of(g), NULL);
  restore_floating_point(state);
  row.chunk = smaller(kRowColumns, round_up((g->n + (size_t)threads - 1) / (size_t)threads, 64));
  run_threads(threads, multiply_row_chunks, &row);
  return GEMM_DONE;
}
