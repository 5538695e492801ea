// One product: its operands are packed into panels, and tiles of C are multiplied from them by the
// threads. In one file, so that what is done for each panel is inlined into the loops over tiles.
#include "gemm/gemm.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "gemm/blocking.h"
#include "gemm/floating_point.h"
#include "gemm/narrow.h"
#include "gemm/plan.h"
#include "gemm/row.h"
#include "gemm/threads.h"
#include "gemm/workspace.h"

// The largest tile of any backend: 8 rows by 192 columns (SVE of 2048 bits), 32 by 32 (AMX), 64 by
// 64 (SME of 512 bits).
enum { kTileFloats = 64 * 64 };
// A tile of the kernels with multiply_fused: at most 14 by 32.
enum { kFusedTileFloats = 14 * 32 };
// Of panels of B and rows of A that are kept on the stack.
enum { kSmallBytes = 24 << 10 };

// Multiplications and additions below which another thread costs more than it saves; waking one
// takes some 10 us.
static const double kWorkPerThread = 4e6;

// The parts of A and of B whose panels are concatenated along k.
typedef struct {
  int count;
  Part a[3], b[3];
} Segments;

static const Segments segments_of[] = {
    [PRODUCT_WHOLE] = {1, {PART_WHOLE}, {PART_WHOLE}},
    [PRODUCT_BF16] = {1, {PART_HIGH}, {PART_HIGH}},
    [PRODUCT_SPLIT] = {3, {PART_LOW, PART_HIGH, PART_HIGH}, {PART_HIGH, PART_LOW, PART_HIGH}},
};

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t round_up(size_t value, int step) {
  return (value + (size_t)step - 1) / (size_t)step * (size_t)step;
}
static size_t element_bytes(const Kernel* kernel) {
  return (size_t)dtype_bytes(kernel->panel_dtype);
}

// One side of a block: `lanes` of the operand from `lane`, `depth` of k from `k`, as panels one
// after the other.
typedef struct {
  const Kernel* kernel;
  const Operand* operand;
  const Part* parts;
  int segments, tile, step, group;
  size_t lane, lanes, k, depth, padded_depth;
  size_t row_floats;  // not 0: instead of panels there are rows of floats, so long each
  char* panels;
} Side;

static size_t panel_count(const Side* side) {
  return (side->lanes + (size_t)side->tile - 1) / (size_t)side->tile;
}

static int panel_used(const Side* side, size_t panel) {
  return (int)smaller((size_t)side->tile, side->lanes - panel * (size_t)side->tile);
}

static char* panel_at(const Side* side, size_t panel) {
  if (side->row_floats != 0)
    return side->panels + panel * (size_t)side->tile * side->row_floats * sizeof(float);
  return side->panels + panel * (size_t)side->tile * side->padded_depth * (size_t)side->segments *
                            element_bytes(side->kernel);
}

static void widen_rows(const Side* side, size_t panel, void* rows) {
  Source from = side->operand->matrix;
  ptrdiff_t row = (ptrdiff_t)(side->lane + panel * (size_t)side->tile);
  from.data = (const char*)from.data +
              (row * from.lane_stride + (ptrdiff_t)side->k) * dtype_bytes(from.dtype);
  side->kernel->widen_rows(rows, (ptrdiff_t)side->row_floats, &from, panel_used(side, panel),
                           side->depth);
}

static void pack_one(const Side* side, size_t panel, float* staging) {
  if (side->row_floats != 0) {
    widen_rows(side, panel, panel_at(side, panel));
    return;
  }
  int used = panel_used(side, panel);
  PanelShape shape = {.lanes = round_up_lanes(used, side->step),
                      .used = used,
                      .group = side->group,
                      .depth = side->depth,
                      .padded_depth = side->padded_depth};
  char* out = panel_at(side, panel);
  for (int s = 0; s < side->segments; s++) {
    pack_panel(side->kernel, out, &shape, side->operand, side->lane + panel * (size_t)side->tile,
               side->k, side->parts[s], staging);
    out += (size_t)shape.lanes * side->padded_depth * element_bytes(side->kernel);
  }
}

// What the threads of one phase share: first the panels to pack, then the tiles to multiply.
typedef struct {
  const Gemm* gemm;
  Side a, b;
  bool pack_a, pack_b;
  bool a_in_place;  // A is never packed
  // Each panel of B is made by the first tile that wants it, in its thread's part of b.panels.
  bool fused;
  // Fused, and the panels of B for a task fit into the first-level cache: A passes by once.
  bool a_once;
  // Of a panel of B; of widened rows of A, if a_once; of both.
  size_t panel_bytes, row_bytes, part_bytes;
  atomic_size_t parts;  // that threads have taken
  bool first, last;     // block of K
  Chunks chunks;
  // Where C is summed up, NULL: in `out`, or in one tile if there is one block of K.
  float* partial;
  ptrdiff_t partial_ld;
  atomic_size_t next;
  atomic_int failed;
} Phase;

static void pack_panels(void* context) {
  Phase* phase = context;
  size_t of_a = phase->pack_a ? panel_count(&phase->a) : 0,
         of_b = phase->pack_b ? panel_count(&phase->b) : 0;
  float* staging = NULL;
  if (phase->gemm->b.gather != NULL && phase->pack_b) {
    staging = malloc((size_t)phase->b.tile * phase->b.depth * sizeof *staging + 1);
    if (staging == NULL) {
      atomic_store(&phase->failed, 1);
      return;
    }
  }
  FloatingPoint state = set_default_floating_point();
  for (size_t task; (task = atomic_fetch_add(&phase->next, 1)) < of_a + of_b;) {
    if (task < of_b)
      pack_one(&phase->b, task, staging);
    else
      pack_one(&phase->a, task - of_b, staging);
  }
  restore_floating_point(state);
  free(staging);
}

// Where a tile of C is summed up.
typedef struct {
  float* c;
  ptrdiff_t ldc;
  bool is_out;   // the result's own memory
  bool is_tile;  // a buffer that the next tile uses again
} Target;

static Target target_of(const Phase* phase, size_t row, size_t col, int cols, float* tile) {
  const Gemm* g = phase->gemm;
  if (g->out.dtype == DTYPE_F32 && g->out.col_stride == 1)
    return (Target){.c = (float*)g->out.data + (ptrdiff_t)row * g->out.row_stride + (ptrdiff_t)col,
                    .ldc = g->out.row_stride,
                    .is_out = true};
  if (phase->partial != NULL)
    return (Target){
        .c = phase->partial + (ptrdiff_t)row * phase->partial_ld + (ptrdiff_t)(col - phase->b.lane),
        .ldc = phase->partial_ld};
  return (Target){.c = tile, .ldc = cols, .is_tile = true};
}

// What a thread has for itself.
typedef struct {
  char* panels;  // of B in a fused phase, else NULL
  char* rows;    // a panel's widened rows of A if they are not in a.panels, else NULL
  float* tile;
} Own;

// Rows of A that are used where they are, `stride` bytes apart: the matrix's own, or widened ones.
// NULL: in a panel.
static const char* rows_of_a(const Phase* phase, size_t panel, const Own* own, ptrdiff_t* stride) {
  if (phase->a.row_floats != 0) {
    *stride = (ptrdiff_t)(phase->a.row_floats * sizeof(float));
    return own->rows != NULL ? own->rows : panel_at(&phase->a, panel);
  }
  if (!phase->a_in_place) return NULL;
  const Source* a = &phase->gemm->a.matrix;
  ptrdiff_t bytes = dtype_bytes(a->dtype);
  *stride = a->lane_stride * bytes;
  size_t row = phase->a.lane + panel * (size_t)phase->a.tile;
  return (const char*)a->data + (ptrdiff_t)row * *stride + (ptrdiff_t)phase->a.k * bytes;
}

// The columns from `col` on where they are.
static Source columns_of_b(const Phase* phase, size_t col) {
  const Gemm* g = phase->gemm;
  if (g->packed != NULL) return narrow_columns(g->packed, col, phase->b.k);
  Source b = g->b.matrix;
  b.data = (const char*)b.data +
           ((ptrdiff_t)col + (ptrdiff_t)phase->b.k * b.k_stride) * dtype_bytes(b.dtype);
  return b;
}

// One tile by a panel of B that is not there yet; `a` as rows_of_a.
static void multiply_fused(const Phase* phase, size_t panel_a, const char* a, ptrdiff_t stride,
                           size_t col, char* panel, const Target* target, int rows, int cols) {
  const Kernel* kernel = phase->gemm->kernel;
  Source b = columns_of_b(phase, col);
  ptrdiff_t group_bytes = kernel->a_group * (ptrdiff_t)element_bytes(kernel), step = group_bytes;
  if (a == NULL) {
    a = panel_at(&phase->a, panel_a);
    stride = group_bytes;
    step = group_bytes * round_up_lanes(rows, phase->a.step);
  }
  kernel->multiply_fused(phase->b.depth, a, stride, step, &b, phase->b.parts[0], panel, target->c,
                         target->ldc, rows, cols, !phase->first);
}

// Where a panel of B is in a fused phase: made by the first tile, and kept for others.
typedef struct {
  char* at;  // NULL: all panels were packed ahead
  bool made, kept;
} FusedPanel;

// Panels [a0, a1) of A by one panel of B.
static void multiply_panels(const Phase* phase, size_t a0, size_t a1, size_t panel_b,
                            FusedPanel fused, const Own* own) {
  const Gemm* g = phase->gemm;
  const Kernel* kernel = g->kernel;
  int cols = panel_used(&phase->b, panel_b);
  size_t col = phase->b.lane + panel_b * (size_t)phase->b.tile,
         depth = phase->a.padded_depth * (size_t)phase->a.segments;
  const char* b = fused.at != NULL ? fused.at : panel_at(&phase->b, panel_b);
  bool made = fused.at == NULL || fused.made;
  while (a0 < a1) {
    size_t row = phase->a.lane + a0 * (size_t)phase->a.tile, panels = 1;
    int rows = panel_used(&phase->a, a0);
    Target target = target_of(phase, row, col, cols, own->tile);
    ptrdiff_t stride = 0;
    const char* a = rows_of_a(phase, a0, own, &stride);
    if (!made) {
      multiply_fused(phase, a0, a, stride, col, fused.kept || a0 + 1 < a1 ? fused.at : NULL,
                     &target, rows, cols);
      made = true;
    } else if (kernel->multiply_column != NULL && !target.is_tile && cols == phase->b.tile &&
               rows == phase->a.tile) {
      panels = a1 - a0;
      if (panel_used(&phase->a, a1 - 1) != phase->a.tile) panels--;
      rows *= (int)panels;
      kernel->multiply_column(depth, panel_at(&phase->a, a0), b, target.c, target.ldc, panels,
                              !phase->first);
    } else if (a != NULL) {
      kernel->multiply_in_place(depth, a, stride, b, target.c, target.ldc, rows, cols,
                                !phase->first);
    } else {
      kernel->multiply(depth, panel_at(&phase->a, a0), b, target.c, target.ldc, rows, cols,
                       !phase->first);
    }
    if (phase->last && !(target.is_out && epilogue_is_empty(&g->epilogue)))
      finish_tile(&g->epilogue, &g->out, target.c, target.ldc, row, col, rows, cols);
    a0 += panels;
  }
}

// Panels [a0, a1) of A by panels [b0, b1) of B: each of A by all of B if those stay in the
// first-level cache, else the other way round.
static void multiply_task(const Phase* phase, size_t a0, size_t a1, size_t b0, size_t b1,
                          const Own* own) {
  if (!phase->a_once) {
    for (size_t b = b0; b < b1; b++)
      multiply_panels(phase, a0, a1, b, (FusedPanel){.at = own->panels}, own);
    return;
  }
  for (size_t a = a0; a < a1; a++) {
    if (own->rows != NULL) widen_rows(&phase->a, a, own->rows);
    for (size_t b = b0; b < b1; b++)
      multiply_panels(phase, a, a + 1, b,
                      (FusedPanel){.at = own->panels + (b - b0) * phase->panel_bytes,
                                   .made = a > a0,
                                   .kept = a + 1 < a1},
                      own);
  }
}

static void multiply_tiles(void* context) {
  Phase* phase = context;
  size_t of_a = panel_count(&phase->a), of_b = panel_count(&phase->b);
  Chunks each = phase->chunks;
  size_t chunks_a = (of_a + each.a - 1) / each.a, chunks_b = (of_b + each.b - 1) / each.b;
  float tile[kTileFloats];
  Own own = {.tile = tile};
  if (phase->fused) {
    own.panels = phase->b.panels + atomic_fetch_add(&phase->parts, 1) * phase->part_bytes;
    if (phase->row_bytes != 0) own.rows = own.panels + phase->part_bytes - phase->row_bytes;
  }
  FloatingPoint state = set_default_floating_point();
  if (phase->gemm->kernel->begin_thread != NULL) phase->gemm->kernel->begin_thread();
  for (size_t task; (task = atomic_fetch_add(&phase->next, 1)) < chunks_a * chunks_b;) {
    size_t a0 = task % chunks_a * each.a, b0 = task / chunks_a * each.b;
    multiply_task(phase, a0, smaller(a0 + each.a, of_a), b0, smaller(b0 + each.b, of_b), &own);
  }
  if (phase->gemm->kernel->end_thread != NULL) phase->gemm->kernel->end_thread();
  restore_floating_point(state);
}

static void run_phase(Phase* phase, int threads, void (*body)(void*)) {
  atomic_store(&phase->next, 0);
  atomic_store(&phase->parts, 0);
  run_threads(threads, body, phase);
}

static int useful_threads(int at_most, size_t m, size_t n, size_t k) {
  double threads = 2.0 * (double)m * (double)n * (double)k / kWorkPerThread;
  if (threads < 2 || at_most == 1) return 1;
  int limit = thread_limit();
  if (at_most > 0 && at_most < limit) limit = at_most;
  return threads < limit ? (int)threads : limit;
}

static void finish_zeros(const Gemm* g) {
  float row[256];
  for (size_t r = 0; r < g->m; r++) {
    for (size_t n = 0; n < g->n; n += 256) {
      size_t cols = smaller(256, g->n - n);
      for (size_t i = 0; i < cols; i++) row[i] = 0;
      finish_tile(&g->epilogue, &g->out, row, 256, r, n, 1, (int)cols);
    }
  }
}

static Side side_a(const Gemm* g, const Segments* segments) {
  return (Side){.kernel = g->kernel,
                .operand = &g->a,
                .parts = segments->a,
                .segments = segments->count,
                .tile = g->kernel->tile_rows,
                .step = g->kernel->row_step,
                .group = g->kernel->a_group};
}

static Side side_b(const Kernel* kernel, const Operand* b, const Segments* segments) {
  return (Side){.kernel = kernel,
                .operand = b,
                .parts = segments->b,
                .segments = segments->count,
                .tile = kernel->tile_cols,
                .step = kernel->col_step,
                .group = kernel->b_group};
}

// Bytes of `lanes` by `padded_depth` panels, a multiple of 64.
static size_t panels_bytes(const Side* side, size_t lanes, size_t padded_depth) {
  size_t all = round_up(lanes, side->step) * padded_depth * (size_t)side->segments *
               element_bytes(side->kernel);
  return (all + 63) / 64 * 64;
}

// How much of a fused phase's memory is a thread's, and in which order it goes through its tasks of
// at most `cols` columns.
static void plan_fused(Phase* phase, size_t cols, size_t depth) {
  if (!phase->fused) return;
  size_t panels = (cols + (size_t)phase->b.tile - 1) / (size_t)phase->b.tile;
  size_t padded = round_up(smaller(depth, phase->gemm->k), phase->gemm->kernel->depth_multiple);
  phase->panel_bytes = panels_bytes(&phase->b, (size_t)phase->b.tile, padded);
  phase->a_once = (phase->a_in_place || phase->a.row_floats != 0) &&
                  panels <= caches()->l1 / 2 / phase->panel_bytes;
  if (phase->a_once) phase->row_bytes = (size_t)phase->a.tile * phase->a.row_floats * sizeof(float);
  phase->part_bytes = (phase->a_once ? panels : 1) * phase->panel_bytes + phase->row_bytes;
}

// Without panels of A, partial sums or other threads there is nothing to set up: a small product
// takes little longer.
static void multiply_small(Phase* phase) {
  const Gemm* g = phase->gemm;
  float tile[kFusedTileFloats];
  char memory[kSmallBytes] __attribute__((aligned(64)));
  Own own = {.panels = memory,
             .rows = phase->row_bytes != 0 ? memory + phase->part_bytes - phase->row_bytes : NULL,
             .tile = tile};
  phase->a.lanes = g->m;
  phase->b.lanes = g->n;
  phase->a.depth = phase->b.depth = g->k;
  phase->a.padded_depth = phase->b.padded_depth = round_up(g->k, g->kernel->depth_multiple);
  phase->first = phase->last = true;
  FloatingPoint state = set_default_floating_point();
  multiply_task(phase, 0, panel_count(&phase->a), 0, panel_count(&phase->b), &own);
  restore_floating_point(state);
}

static Blocking blocking_of(const Gemm* g, const Segments* segments, int threads) {
  Blocking blocking = choose_blocking(g->kernel, g->m, g->n, g->k, segments->count);
  if (g->packed != NULL) {
    blocking.depth = g->packed->depth;
    blocking.cols = round_up(g->n, g->kernel->tile_cols);
  }
  // Each thread has a second-level cache of its own.
  blocking.rows = smaller(blocking.rows * (size_t)threads, round_up(g->m, g->kernel->tile_rows));
  if (g->m <= blocking.rows)
    blocking.cols = smaller(blocking.cols * (size_t)threads, round_up(g->n, g->kernel->tile_cols));
  return blocking;
}

static size_t bytes_of_a(const Phase* phase, const Blocking* blocking) {
  size_t rows = smaller(blocking->rows, phase->gemm->m);
  if (phase->a.row_floats != 0) return rows * phase->a.row_floats * sizeof(float);
  return panels_bytes(&phase->a, rows, blocking->depth);
}

static size_t bytes_of_b(const Phase* phase, const Blocking* blocking, int threads) {
  if (phase->fused) return (size_t)threads * phase->part_bytes;
  if (phase->gemm->packed != NULL) return 0;
  return panels_bytes(&phase->b, smaller(blocking->cols, phase->gemm->n), blocking->depth);
}

GemmStatus gemm(const Gemm* g) {
  if (g->m == 0 || g->n == 0) return GEMM_DONE;
  if (g->k == 0) {
    finish_zeros(g);
    return GEMM_DONE;
  }
  // Few rows are bound by reading B, a quarter as fast as the processor multiplies, or less.
  int threads = useful_threads(g->threads, g->m < 4 ? 4 : g->m, g->n, g->k);
  if (is_row(g)) return multiply_one_row(g, threads);
  const Segments* segments = &segments_of[g->product];
  Phase phase = {.gemm = g, .a = side_a(g, segments), .b = side_b(g->kernel, &g->b, segments)};
  Blocking blocking = blocking_of(g, segments, threads);
  phase.a_in_place = a_is_better_in_place(g);
  phase.a.row_floats = widened_row_floats(g, smaller(blocking.depth, g->k));
  bool one_depth = g->k <= blocking.depth;
  bool needs_partial = !one_depth && !(g->out.dtype == DTYPE_F32 && g->out.col_stride == 1);
  phase.fused = b_is_better_fused(g, &blocking, threads);
  if (phase.fused && !needs_partial) blocking.cols = round_up(g->n, g->kernel->tile_cols);
  plan_fused(&phase, smaller(blocking.cols, g->n), blocking.depth);
  if (phase.a_once && one_depth && threads == 1 && phase.part_bytes <= kSmallBytes) {
    multiply_small(&phase);
    return GEMM_DONE;
  }
  bool packs_a = !phase.a_in_place && phase.row_bytes == 0;
  size_t bytes_a = packs_a ? bytes_of_a(&phase, &blocking) : 0;
  size_t bytes_b = bytes_of_b(&phase, &blocking, threads);
  size_t partial_ld = smaller(blocking.cols, g->n);
  if (needs_partial && partial_ld > SIZE_MAX / 8 / g->m) return GEMM_NO_MEMORY;
  size_t bytes_partial = needs_partial ? g->m * partial_ld * sizeof(float) : 0;
  if (bytes_a > SIZE_MAX / 4 || bytes_b > SIZE_MAX / 4) return GEMM_NO_MEMORY;
  char* memory = workspace(bytes_a + bytes_b + bytes_partial + 64);
  if (memory == NULL) return GEMM_NO_MEMORY;
  phase.a.panels = memory;
  phase.partial = needs_partial ? (float*)(memory + bytes_a + bytes_b) : NULL;
  phase.partial_ld = (ptrdiff_t)partial_ld;

  bool a_fits = g->m <= blocking.rows && one_depth;  // then it is packed once
  for (size_t n = 0; n < g->n; n += blocking.cols) {
    phase.b.lane = n;
    phase.b.lanes = smaller(blocking.cols, g->n - n);
    size_t packed_before = 0;  // bytes of earlier blocks of K
    for (size_t k = 0; k < g->k; k += blocking.depth) {
      phase.first = k == 0;
      phase.last = k + blocking.depth >= g->k;
      phase.a.k = phase.b.k = k;
      phase.a.depth = phase.b.depth = smaller(blocking.depth, g->k - k);
      phase.a.padded_depth = phase.b.padded_depth =
          round_up(phase.a.depth, g->kernel->depth_multiple);
      phase.b.panels = g->packed != NULL && !phase.fused ? (char*)g->packed->panels + packed_before
                                                         : memory + bytes_a;
      packed_before += panels_bytes(&phase.b, g->n, phase.b.padded_depth);
      for (size_t m = 0; m < g->m; m += blocking.rows) {
        phase.a.lane = m;
        phase.a.lanes = smaller(blocking.rows, g->m - m);
        phase.pack_a = packs_a && !(a_fits && n > 0);
        phase.pack_b = g->packed == NULL && !phase.fused && m == 0;
        if (phase.pack_a || phase.pack_b) run_phase(&phase, threads, pack_panels);
        if (atomic_load(&phase.failed)) return GEMM_NO_MEMORY;
        phase.chunks =
            choose_chunks(panel_count(&phase.a), panel_count(&phase.b), phase.a_once, threads);
        run_phase(&phase, threads, multiply_tiles);
      }
    }
  }
  return GEMM_DONE;
}

typedef struct {
  const Gemm* gemms;
  size_t count;
  atomic_size_t next;
  atomic_int status;
} Batch;

static void multiply_some(void* context) {
  Batch* batch = context;
  for (size_t i; (i = atomic_fetch_add(&batch->next, 1)) < batch->count;) {
    Gemm one = batch->gemms[i];
    one.threads = 1;
    GemmStatus status = gemm(&one);
    if (status != GEMM_DONE) atomic_store(&batch->status, (int)status);
  }
}

GemmStatus gemm_batch(const Gemm* gemms, size_t count) {
  size_t work = 0;
  bool all_small = count > 1;
  for (size_t i = 0; i < count; i++) {
    work += gemms[i].m * gemms[i].n * gemms[i].k;
    all_small =
        all_small && useful_threads(gemms[i].threads, gemms[i].m, gemms[i].n, gemms[i].k) == 1;
  }
  int threads = all_small ? useful_threads(gemms[0].threads, work, 1, 1) : 1;
  if (threads > 1) {
    Batch batch = {.gemms = gemms, .count = count};
    run_threads(threads, multiply_some, &batch);
    return (GemmStatus)atomic_load(&batch.status);
  }
  GemmStatus status = GEMM_DONE;
  for (size_t i = 0; i < count && status == GEMM_DONE; i++) status = gemm(&gemms[i]);
  return status;
}

size_t packed_bytes(const PackedOperand* operand) {
  const Segments* segments = &segments_of[operand->product];
  Side side = side_b(operand->kernel, NULL, segments);
  if (operand->k == 0 || operand->n == 0) return 0;
  if (operand->n > SIZE_MAX / 64 / (operand->k + 64)) return SIZE_MAX;
  if (is_packed_narrow(operand->kernel, operand->product)) return narrow_bytes(operand);
  size_t bytes = 0;
  for (size_t k = 0; k < operand->k; k += operand->depth)
    bytes += panels_bytes(
        &side, operand->n,
        round_up(smaller(operand->depth, operand->k - k), operand->kernel->depth_multiple));
  return bytes;
}

GemmStatus pack_operand(const PackedOperand* operand, const Operand* b, int threads) {
  if (operand->k == 0 || operand->n == 0) return GEMM_DONE;
  if (is_packed_narrow(operand->kernel, operand->product)) {
    pack_narrow(operand, b, useful_threads(threads, operand->n, operand->k, 16));
    return GEMM_DONE;
  }
  const Segments* segments = &segments_of[operand->product];
  Gemm g = {.kernel = operand->kernel, .product = operand->product, .b = *b};
  Phase phase = {.gemm = &g, .b = side_b(operand->kernel, b, segments), .pack_b = true};
  phase.b.lanes = operand->n;
  phase.b.panels = operand->panels;
  for (size_t k = 0; k < operand->k; k += operand->depth) {
    phase.b.k = k;
    phase.b.depth = smaller(operand->depth, operand->k - k);
    phase.b.padded_depth = round_up(phase.b.depth, operand->kernel->depth_multiple);
    run_phase(&phase, useful_threads(threads, operand->n, phase.b.depth, 16), pack_panels);
    if (atomic_load(&phase.failed)) return GEMM_NO_MEMORY;
    phase.b.panels += panels_bytes(&phase.b, operand->n, phase.b.padded_depth);
  }
  return GEMM_DONE;
}
