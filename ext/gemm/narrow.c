#include "gemm/narrow.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "gemm/floating_point.h"
#include "gemm/threads.h"

enum { kStagingFloats = 4096 };

typedef struct {
  const PackedOperand* operand;
  const Operand* from;
  atomic_size_t next;
} Packing;

bool is_packed_narrow(const Kernel* kernel, Product product) {
  return kernel->panel_dtype == DTYPE_F32 && product == PRODUCT_BF16 &&
         kernel->multiply_fused != NULL;
}

static size_t panels_of(const PackedOperand* operand) {
  return (operand->n + (size_t)operand->kernel->tile_cols - 1) / (size_t)operand->kernel->tile_cols;
}

size_t narrow_bytes(const PackedOperand* operand) {
  size_t bytes =
      panels_of(operand) * (size_t)operand->kernel->tile_cols * operand->k * sizeof(bf16);
  return (bytes + 63) / 64 * 64;
}

// The kernel packs the rounded part as floats, whose upper halves are the bf16.
static void pack_narrow_panel(const Packing* packing, size_t panel) {
  const PackedOperand* to = packing->operand;
  size_t lanes = (size_t)to->kernel->tile_cols, col = panel * lanes, piece = kStagingFloats / lanes;
  float staging[kStagingFloats];
  bf16* out = (bf16*)to->panels + col * to->k;
  PanelShape shape = {
      .lanes = (int)lanes, .used = (int)(to->n - col < lanes ? to->n - col : lanes), .group = 1};
  for (size_t k = 0; k < to->k; k += piece) {
    shape.depth = shape.padded_depth = to->k - k < piece ? to->k - k : piece;
    pack_panel(to->kernel, staging, &shape, packing->from, col, k, PART_HIGH, NULL);
    for (size_t i = 0; i < shape.depth * lanes; i++) {
      uint32_t bits;
      memcpy(&bits, &staging[i], sizeof bits);
      *out++ = (bf16)(bits >> 16);
    }
  }
}

static void pack_panels(void* context) {
  Packing* packing = context;
  size_t panels = panels_of(packing->operand);
  FloatingPoint state = set_default_floating_point();
  for (size_t panel; (panel = atomic_fetch_add(&packing->next, 1)) < panels;)
    pack_narrow_panel(packing, panel);
  restore_floating_point(state);
}

void pack_narrow(const PackedOperand* operand, const Operand* b, int threads) {
  Packing packing = {.operand = operand, .from = b};
  run_threads(threads, pack_panels, &packing);
}

Source narrow_columns(const PackedOperand* operand, size_t col, size_t k) {
  ptrdiff_t lanes = operand->kernel->tile_cols;
  return (Source){.data = (const bf16*)operand->panels + col * operand->k + k * (size_t)lanes,
                  .dtype = DTYPE_BF16,
                  .lane_stride = 1,
                  .k_stride = lanes};
}
