#include "gemm/narrow.h"

#include <stdatomic.h>
#include <stdint.h>

#include "gemm/threads.h"
#include "kernels/corner.h"

typedef struct {
  const PackedOperand *operand;
  const Source *from;
  atomic_size_t next;
} Packing;

bool is_packed_narrow(const Kernel *kernel, Product product) {
  return kernel->panel_dtype == DTYPE_F32 && product == PRODUCT_BF16 && kernel->multiply_fused != NULL;
}

static size_t panels_of(const PackedOperand *operand) {
  return (operand->n + (size_t)operand->kernel->tile_cols - 1) / (size_t)operand->kernel->tile_cols;
}

size_t narrow_bytes(const PackedOperand *operand) {
  return panels_of(operand) * (size_t)operand->kernel->tile_cols * operand->k * sizeof(bf16);
}

static void pack_panels(void *context) {
  Packing *packing = context;
  const PackedOperand *to = packing->operand;
  size_t lanes = (size_t)to->kernel->tile_cols, panels = panels_of(to);
  for (size_t panel; (panel = atomic_fetch_add(&packing->next, 1)) < panels;) {
    size_t col = panel * lanes, used = to->n - col < lanes ? to->n - col : lanes;
    PanelShape shape = {.lanes = (int)lanes, .used = (int)used, .group = 1, .depth = to->k, .padded_depth = to->k};
    Source source = *packing->from;
    source.data = (const char *)source.data + (ptrdiff_t)col * source.lane_stride * dtype_bytes(source.dtype);
    pack_corner((bf16 *)to->panels + col * to->k, DTYPE_BF16, &shape, &source, PART_HIGH, 0, (int)lanes, 0, to->k);
  }
}

void pack_narrow(const PackedOperand *operand, const Operand *b, int threads) {
  Packing packing = {.operand = operand, .from = &b->matrix};
  run_threads(threads, pack_panels, &packing);
}

Source narrow_columns(const PackedOperand *operand, size_t col, size_t k) {
  ptrdiff_t lanes = operand->kernel->tile_cols;
  return (Source){.data = (const bf16 *)operand->panels + col * operand->k + k * (size_t)lanes,
                  .dtype = DTYPE_BF16, .lane_stride = 1, .k_stride = lanes};
}
