// Filling panels from any strides and from gathered sources.
#ifndef BF16MM_GEMM_PACK_H
#define BF16MM_GEMM_PACK_H

#include "kernels/kernel.h"

// For sources that are no matrix in memory: writes element (lane, k) of `used` lanes from `lane`
// and `depth` values of k from `k` to out[k * used + lane], as float32.
typedef void GatherPanel(const void* context, size_t lane, int used, size_t k, size_t depth,
                         float* out);

// What one side of a product is read from: a matrix, or what `gather` makes.
typedef struct {
  Source matrix;
  GatherPanel* gather;  // NULL: the matrix
  const void* context;
} Operand;

// Packs lanes [lane, lane + shape->used) by [k, k + shape->depth). `staging` holds at least used *
// depth floats where the operand is gathered.
void pack_panel(const Kernel* kernel, void* panel, const PanelShape* shape, const Operand* operand,
                size_t lane, size_t k, Part part, float* staging);

#endif
