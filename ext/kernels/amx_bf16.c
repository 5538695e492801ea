// 32x32 tile of TDPBF16PS: 2x2 tiles of 16x16, two of A, two of B. Needs AMX-TILE, AMX-BF16,
// AVX-512 with BF16, and the kernel's permission for tile data (dispatch/processor.c asks for it).
//
// A thread configures its tiles once, before its first tile, and not per panel: LDTILECFG takes
// hundreds of cycles. The configuration is constant data, so no compiler can take the stores to it
// for dead (GCC PR122446, LLVM 110190).
#include <string.h>

#include "kernels/avx512_bf16_pack.h"

#ifndef SOFTWARE_TILES  // tests/ext/software_tiles.h
typedef struct {
  uint8_t palette, start_row, reserved[14];
  uint16_t bytes_per_row[16];
  uint8_t rows[16];
} __attribute__((aligned(64))) TileConfiguration;

static const TileConfiguration configuration = {
    .palette = 1,
    .bytes_per_row = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

static void load_configuration(void) { __asm__ volatile("ldtilecfg %0" : : "m"(configuration)); }
#endif
static void end_thread(void) { _tile_release(); }

// The panels are padded to whole tiles, 16 rows and 16 columns each, so the unused lanes are zeros
// and a tail of C goes through `corner`. Rows and columns are independent in TDPBF16PS: a NaN stays
// in its own.
ALWAYS_INLINE void multiply_tiles(size_t depth, const bf16* a, const bf16* b, float* c,
                                  ptrdiff_t ldc, bool accumulate, const int row_tiles,
                                  const int col_tiles) {
  if (accumulate) {
    _tile_loadd(0, c, ldc * 4);
    if (col_tiles == 2) _tile_loadd(1, c + 16, ldc * 4);
    if (row_tiles == 2) _tile_loadd(2, c + 16 * ldc, ldc * 4);
    if (row_tiles == 2 && col_tiles == 2) _tile_loadd(3, c + 16 * ldc + 16, ldc * 4);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  // A: groups of 32 k, a row of 64 bytes per lane. B: pairs of k, a row of all lanes per pair.
  for (size_t k = 0; k < depth; k += 32) {
    _tile_loadd(4, a, 64);
    _tile_loadd(6, b, col_tiles * 64);
    _tile_dpbf16ps(0, 4, 6);
    if (col_tiles == 2) {
      _tile_loadd(7, b + 32, 128);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (row_tiles == 2) {
      _tile_loadd(5, a + 16 * 32, 64);
      _tile_dpbf16ps(2, 5, 6);
      if (col_tiles == 2) _tile_dpbf16ps(3, 5, 7);
    }
    a += row_tiles * 16 * 32;
    b += col_tiles * 16 * 32;
  }
  _tile_stored(0, c, ldc * 4);
  if (col_tiles == 2) _tile_stored(1, c + 16, ldc * 4);
  if (row_tiles == 2) _tile_stored(2, c + 16 * ldc, ldc * 4);
  if (row_tiles == 2 && col_tiles == 2) _tile_stored(3, c + 16 * ldc + 16, ldc * 4);
}

static void multiply_whole(size_t depth, const bf16* a, const bf16* b, float* c, ptrdiff_t ldc,
                           bool accumulate, int row_tiles, int col_tiles) {
  if (row_tiles == 2 && col_tiles == 2)
    multiply_tiles(depth, a, b, c, ldc, accumulate, 2, 2);
  else if (row_tiles == 2)
    multiply_tiles(depth, a, b, c, ldc, accumulate, 2, 1);
  else if (col_tiles == 2)
    multiply_tiles(depth, a, b, c, ldc, accumulate, 1, 2);
  else
    multiply_tiles(depth, a, b, c, ldc, accumulate, 1, 1);
}

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate) {
  int row_tiles = rows > 16 ? 2 : 1, col_tiles = cols > 16 ? 2 : 1;
  if (rows == row_tiles * 16 && cols == col_tiles * 16) {
    multiply_whole(depth, a, b, c, ldc, accumulate, row_tiles, col_tiles);
    return;
  }
  float corner[32 * 32];
  size_t row_bytes = (size_t)cols * sizeof *c;
  if (accumulate) {
    memset(corner, 0, sizeof corner);
    for (int r = 0; r < rows; r++) memcpy(corner + r * 32, c + r * ldc, row_bytes);
  }
  multiply_whole(depth, a, b, corner, 32, accumulate, row_tiles, col_tiles);
  for (int r = 0; r < rows; r++) memcpy(c + r * ldc, corner + r * 32, row_bytes);
}

// Groups of 32 k of a lane with consecutive k: no transposition, one conversion per row of 64
// bytes.
ALWAYS_INLINE void pack_rows_as(bf16* panel, const PanelShape* shape, const Source* source,
                                const Dtype dtype, const Part part) {
  for (size_t k = 0; k < shape->padded_depth; k += 32) {
    ptrdiff_t count = (ptrdiff_t)shape->depth - (ptrdiff_t)k;
    for (int lane = 0; lane < shape->lanes; lane++) {
      __m512i row = lane < shape->used && count > 0
                        ? pairs_along_k(source->data, lane * source->lane_stride + (ptrdiff_t)k,
                                        count, dtype, part)
                        : _mm512_setzero_si512();
      _mm512_storeu_si512(panel + k * (size_t)shape->lanes + (size_t)lane * 32, row);
    }
  }
}

static bool pack(void* panel, const PanelShape* shape, const Source* source, Part part) {
  if (shape->group == 2) return pack_pairs(panel, shape, source, part);
  if (source->k_stride != 1) return false;
  if (source->dtype == DTYPE_BF16)
    pack_rows_as(panel, shape, source, DTYPE_BF16, PART_HIGH);
  else if (part == PART_LOW)
    pack_rows_as(panel, shape, source, DTYPE_F32, PART_LOW);
  else
    pack_rows_as(panel, shape, source, DTYPE_F32, PART_HIGH);
  return true;
}

const Kernel kernel_amx_bf16 = {
    .name = "amx-bf16",
    .arithmetic = ARITHMETIC_TDPBF16,
    .panel_dtype = DTYPE_BF16,
    .tile_rows = 32,
    .tile_cols = 32,
    .row_step = 16,
    .col_step = 16,
    .a_group = 32,
    .b_group = 2,
    .depth_multiple = 32,
    .multiply = multiply,
    .pack = pack,
    .begin_thread = load_configuration,
    .end_thread = end_thread,
};
