// One row by a matrix: every element of B is used once, so packing it would be most of the work.
#ifndef BF16MM_GEMM_ROW_H
#define BF16MM_GEMM_ROW_H

#include "gemm/gemm.h"

// Whether it is such a product, and the kernel has code for it.
bool is_row(const Gemm* gemm);

GemmStatus multiply_one_row(const Gemm* gemm, int threads);

#endif
