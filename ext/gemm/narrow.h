// B packed ahead for a kernel of float32 stays bf16: half the memory to keep and to read. The first
// tile that wants a panel widens it, as it would columns of a matrix (MultiplyFused).
#ifndef BF16MM_GEMM_NARROW_H
#define BF16MM_GEMM_NARROW_H

#include "gemm/gemm.h"

bool is_packed_narrow(const Kernel* kernel, Product product);

// Panels of kernel->tile_cols columns, one after the other: for each k the panel's columns, zeros
// past the last.
size_t narrow_bytes(const PackedOperand* operand);
// `b` is a matrix; nothing is gathered.
void pack_narrow(const PackedOperand* operand, const Operand* b, int threads);

// The columns from `col`, the first of a panel, and the rows from `k` on.
Source narrow_columns(const PackedOperand* operand, size_t col, size_t k);

#endif
