// Runs one piece of the BFMMLA path once, between two markers that bench/count.py finds in an
// emulator's trace:
//
//   count tile K       a column of 64 full 8x12 tiles over K, C from zeros
//   count tile+ K      the same, C read and added to
//   count pack-a K     the packing of 8 rows by K from row-major float32
//   count pack-b K     the same of K rows by 12 columns, 2048 columns apart
//   count product M N K   a whole product of bf16 operands, with packing
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/backends.h"
#include "gemm/gemm.h"

// Never inlined, nor left out, so that their addresses are in the trace.
__attribute__((noinline)) void bf16mm_count_begin(void);
__attribute__((noinline)) void bf16mm_count_end(void);
void bf16mm_count_begin(void) { __asm__ volatile("" ::: "memory"); }
void bf16mm_count_end(void) { __asm__ volatile("" ::: "memory"); }

enum { kTiles = 64 };

int main(int argc, char** argv) {
  const Backend* backend = find_backend("neon-bfmmla");
  if (argc < 3 || backend == NULL) {
    fprintf(stderr,
            "usage: count tile|tile+|pack-a|pack-b K | product M N K, on a processor with bf16\n");
    return 2;
  }
  const Kernel* kernel = backend->kernel;
  size_t k = strtoul(argv[argc - 1], NULL, 10), columns = 2048;
  int rows = kernel->tile_rows, cols = kernel->tile_cols;
  void *a = calloc((size_t)rows * kTiles, k * 4), *b = calloc(columns, k * 4),
       *panel = calloc(64, k * 4);
  float* c = calloc((size_t)rows * kTiles * (size_t)cols, sizeof *c);
  if (strncmp(argv[1], "tile", 4) == 0) {
    bf16mm_count_begin();
    kernel->multiply_column(k, a, b, c, cols, kTiles, argv[1][4] == '+');
    bf16mm_count_end();
  } else if (strncmp(argv[1], "pack-", 5) == 0) {
    bool left = argv[1][5] == 'a';
    int lanes = left ? rows : cols;
    PanelShape shape = {.lanes = lanes,
                        .used = lanes,
                        .group = left ? kernel->a_group : kernel->b_group,
                        .depth = k,
                        .padded_depth = k};
    Source source = {.data = left ? a : b,
                     .dtype = DTYPE_F32,
                     .lane_stride = left ? (ptrdiff_t)k : 1,
                     .k_stride = left ? 1 : (ptrdiff_t)columns};
    bf16mm_count_begin();
    kernel->pack(panel, &shape, &source, PART_HIGH);
    bf16mm_count_end();
  } else if (argc == 5) {
    size_t m = strtoul(argv[2], NULL, 10), n = strtoul(argv[3], NULL, 10);
    bf16 *x = calloc(m * k, 2), *y = calloc(k * n, 2);
    float* z = calloc(m * n, 4);
    Gemm g = {.kernel = kernel,
              .product = PRODUCT_BF16,
              .m = m,
              .n = n,
              .k = k,
              .threads = 1,
              .a.matrix = {x, DTYPE_BF16, (ptrdiff_t)k, 1},
              .b.matrix = {y, DTYPE_BF16, 1, (ptrdiff_t)n},
              .out = {z, DTYPE_F32, (ptrdiff_t)n, 1}};
    gemm(&g);  // what is found out once is found out here
    bf16mm_count_begin();
    gemm(&g);
    bf16mm_count_end();
    free(x);
    free(y);
    free(z);
  }
  free(a);
  free(b);
  free(panel);
  free(c);
  return 0;
}
