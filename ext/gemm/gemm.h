// C = epilogue(A B) for one pair of matrices, in one of three precisions, on one backend.
//
// Every element is one chain over k in ascending order, whatever the blocking, the shape around it
// and the number of threads: the same row and column give the same bits in any product of the same
// K on the same backend.
#ifndef BF16MM_GEMM_GEMM_H
#define BF16MM_GEMM_GEMM_H

#include "gemm/epilogue.h"
#include "gemm/pack.h"

typedef enum {
  PRODUCT_WHOLE,  // float32 panels, nothing rounded
  PRODUCT_BF16,   // both sides rounded to bf16
  // Both sides as a sum of two bf16: low * high + high * low + high * high, per block of K in that
  // order (Henry, Tang and Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype for
  // Higher-Precision Computations", 2019).
  PRODUCT_SPLIT
} Product;

// The right-hand side, packed ahead.
typedef struct {
  const Kernel* kernel;
  Product product;
  size_t k, n;
  size_t depth;  // of a block of K; see choose_depth
  void* panels;  // 64-byte aligned
} PackedOperand;

typedef struct {
  const Kernel* kernel;
  Product product;
  size_t m, n, k;
  Operand a;                    // lanes are rows
  Operand b;                    // lanes are columns
  const PackedOperand* packed;  // instead of b; of this kernel, product, k and n
  Destination out;              // overlaps neither a nor b
  Epilogue epilogue;
  int threads;  // at most; 0: as many as pay
} Gemm;

typedef enum { GEMM_DONE, GEMM_NO_MEMORY } GemmStatus;

// k = 0 gives the epilogue of zeros. Nothing of `out` is read.
GemmStatus gemm(const Gemm* gemm);

// Several products, none of which reads what another writes. Small ones are shared out among
// threads whole.
GemmStatus gemm_batch(const Gemm* gemms, size_t count);

// Bytes that panels need; SIZE_MAX if that is no number. pack_operand fills operand->panels, which
// has as many.
size_t packed_bytes(const PackedOperand* operand);
GemmStatus pack_operand(const PackedOperand* operand, const Operand* b, int threads);

#endif
