// The interface every backend implements, and nothing else: a register tile of C += A B over packed
// panels.
//
// A panel holds some lanes (rows of A, or columns of B) of a block of K, zero-padded to whole
// groups of `group` consecutive values of k: element (lane, k) is at [(k / group) * lanes + lane] *
// group + k % group.
#ifndef BF16MM_KERNELS_KERNEL_H
#define BF16MM_KERNELS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint16_t bf16;

typedef enum { DTYPE_F32, DTYPE_BF16 } Dtype;

// Of one element.
static inline ptrdiff_t dtype_bytes(Dtype dtype) { return dtype == DTYPE_F32 ? 4 : 2; }

// Which part of a float32 goes into a panel. A bf16 source is taken as it is whatever the part.
typedef enum {
  PART_WHOLE,  // float32 panels only: all 24 bits
  PART_HIGH,   // rounded to bf16
  PART_LOW     // what rounding to bf16 left, itself rounded to bf16
} Part;

// Exactly what a multiply-accumulate chain computes; model/ has each in scalar code.
typedef enum {
  ARITHMETIC_FMA,      // c = fma(a[k], b[k], c), k ascending
  ARITHMETIC_BFDOT,    // BFDOT and BFMMLA with FPCR.EBF = 0 or without FEAT_EBF16
  ARITHMETIC_VDPBF16,  // VDPBF16PS
  ARITHMETIC_TDPBF16   // TDPBF16PS
} Arithmetic;

typedef struct Kernel Kernel;

// What a panel is packed from: element (lane, k) is at data + lane * lane_stride + k * k_stride (in
// elements).
typedef struct {
  const void* data;
  Dtype dtype;
  ptrdiff_t lane_stride, k_stride;
} Source;

// A panel's shape. `lanes` >= `used`: the lanes past `used` and the groups past `depth` are filled
// with zeros.
typedef struct {
  int lanes, used;
  int group;
  size_t depth, padded_depth;  // in k
} PanelShape;

// Packs one panel. The kernels' own versions may assume that k_stride or lane_stride is 1; false
// means "not mine".
typedef bool PackPanel(void* panel, const PanelShape* shape, const Source* source, Part part);

// C (rows x cols, float32, row stride ldc) = [C +] A B over `depth` values of k, a multiple of
// depth_multiple. A's panel has exactly panel_rows(rows) lanes and B's exactly panel_columns(cols).
// Nothing outside the rows x cols corner of C is read or written; unless `accumulate`, C is not
// read at all.
typedef void MultiplyTile(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc,
                          int rows, int cols, bool accumulate);

// The same tile with A where it is: row r at `a` + r * a_stride bytes, consecutive k, elements of
// the panel's dtype.
typedef void MultiplyInPlace(size_t depth, const void* a, ptrdiff_t a_stride, const void* b,
                             float* c, ptrdiff_t ldc, int rows, int cols, bool accumulate);

// The first `rows` lanes of A, whose k_stride is 1, as rows of floats for MultiplyInPlace: bf16
// widened, float32 rounded.
typedef void WidenRows(float* out, ptrdiff_t out_stride, const Source* a, int rows, size_t depth);

// The same tile with B where it is: b->lane_stride is 1, b->data is the tile's first element. Row r
// of A's first k is at `a` + r * a_stride bytes and its next k (or group) at + a_step, a panel or
// the matrix. Unless `panel` is NULL it is left there what packing would have made of B's `part`,
// for the rows of tiles that follow.
typedef void MultiplyFused(size_t depth, const void* a, ptrdiff_t a_stride, ptrdiff_t a_step,
                           const Source* b, Part part, void* panel, float* c, ptrdiff_t ldc,
                           int rows, int cols, bool accumulate);

// A column of whole tiles: `panels` whole panels of A, one after the other, by a whole panel of B.
typedef void MultiplyColumn(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc,
                            size_t panels, bool accumulate);

// One row of C by a B that is not packed: the same chains, for products that would use each packed
// element once. `a` is a panel of one lane over the whole depth, padded; B's lane_stride is 1.
// `depth` is B's, not padded. With `part`, float32 of B is rounded as packing would.
typedef void MultiplyRow(size_t depth, const void* a, const Source* b, Part part, float* c,
                         size_t cols);

struct Kernel {
  const char* name;  // of the backend
  Arithmetic arithmetic;
  Dtype panel_dtype;
  // The largest tile; with scalable vectors, set when the vector length is known.
  int tile_rows, tile_cols;
  int row_step, col_step;  // panels have a multiple of these lanes
  int a_group, b_group;    // consecutive k per lane
  int depth_multiple;      // K is padded to this
  // A step of k multiplies for long enough to read B's panel from the second-level cache.
  bool panel_in_l2;
  MultiplyTile* multiply;
  MultiplyInPlace* multiply_in_place;  // NULL: A is always packed
  WidenRows* widen_rows;               // NULL: packed; for float32 panels only
  // NULL: B is always packed ahead. PRODUCT_SPLIT never comes here; neither multiply_column nor
  // begin_thread beside it.
  MultiplyFused* multiply_fused;
  MultiplyColumn* multiply_column;  // NULL: tile by tile
  PackPanel* pack;                  // NULL: only the portable packing
  MultiplyRow* multiply_row;        // NULL: packed like any other
  void (*begin_thread)(void);       // before and after a thread's tiles; NULL: nothing to prepare
  void (*end_thread)(void);
};

// Lanes of the panel for `lanes` rows (or columns).
static inline int round_up_lanes(int lanes, int step) { return (lanes + step - 1) / step * step; }

extern const Kernel kernel_scalar;
#if defined(__x86_64__)
extern const Kernel kernel_avx2_fp32, kernel_avx512_fp32, kernel_avx512_bf16, kernel_amx_bf16;
#elif defined(__aarch64__)
extern const Kernel kernel_neon_fp32, kernel_neon_bfdot, kernel_neon_bfmmla, kernel_sve_bfmmla,
    kernel_sme_bfmopa;
// Bytes per vector; the instructions need SVE, or SME.
int sve_vector_bytes(void);
int sme_vector_bytes(void);
#endif

#endif
