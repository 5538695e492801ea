// How a product is cut so that what is used again stays in a cache.
#ifndef BF16MM_GEMM_BLOCKING_H
#define BF16MM_GEMM_BLOCKING_H

#include "kernels/kernel.h"

typedef struct {
  size_t l1, l2, l3;  // bytes of data cache that one core sees; l3 is 0 where there is none
} Caches;

// Of this machine, by sysfs or else sysconf, or else the smallest sizes in use. Found out once.
const Caches* caches(void);

// `depth` is a multiple of the kernel's depth_multiple, `rows` and `cols` of its tile's.
typedef struct {
  size_t rows, cols, depth;
} Blocking;

// For a product of m x n x k; `products` panels are concatenated along k (see gemm.h). The depth
// depends on the kernel, k and `products` only: panels packed ahead fit every later product.
Blocking choose_blocking(const Kernel* kernel, size_t m, size_t n, size_t k, int products);
size_t choose_depth(const Kernel* kernel, size_t k, int products);

#endif
