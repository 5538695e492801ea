// How a product is done: which side is packed, and which is used where it is.
#ifndef BF16MM_GEMM_PLAN_H
#define BF16MM_GEMM_PLAN_H

#include "gemm/blocking.h"
#include "gemm/gemm.h"

// Panels of each side per task.
typedef struct {
  size_t a, b;
} Chunks;

// Tasks small enough that threads end together, large enough to use a panel of B several times;
// where A passes by once and is long enough, each with all of B.
Chunks choose_chunks(size_t of_a, size_t of_b, bool a_once, int threads);

// Whether A is used where it is; packing pays for many columns. It must be what the panels would
// hold, and its rows must not all fall into the same few sets of the first-level cache, 4096 bytes
// apart.
bool a_is_better_in_place(const Gemm* gemm);

// Floats from one row of A to the next if its rows are to be widened or rounded, which is less work
// than transposing them as well: an odd number of cache lines. 0: they are not.
size_t widened_row_floats(const Gemm* gemm, size_t depth);

// Whether panels of B are made by the tiles that want them first: where no second block of A wants
// them, the loads of B hide behind that tile's arithmetic. A thread that has a few tiles only makes
// a panel for too little.
bool b_is_better_fused(const Gemm* gemm, const Blocking* blocking, int threads);

#endif
