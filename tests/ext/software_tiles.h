// The tile instructions of AMX in C, by the scalar model, for processors that lack them: included
// before the kernel of TDPBF16PS, whose packing, tiles and edges are then tested as they are. What
// it cannot show is that the processor's own instructions do what the model says.
#ifndef SOFTWARE_TILES
#define SOFTWARE_TILES 1

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "kernels/kernel.h"
#include "model/model.h"

enum { kTileRows = 16, kTileBytes = 64 };

static _Thread_local uint8_t tiles[8][kTileRows][kTileBytes];

static inline void load_tile(int tile, const void* from, ptrdiff_t stride) {
  for (int r = 0; r < kTileRows; r++)
    memcpy(tiles[tile][r], (const char*)from + r * stride, kTileBytes);
}

static inline void store_tile(int tile, void* to, ptrdiff_t stride) {
  for (int r = 0; r < kTileRows; r++) memcpy((char*)to + r * stride, tiles[tile][r], kTileBytes);
}

static inline void multiply_bf16_tiles(int c, int a, int b) {
  for (int r = 0; r < kTileRows; r++)
    for (int n = 0; n < kTileBytes / 4; n++) {
      bf16 row[32], column[32];
      float sum;
      memcpy(row, tiles[a][r], sizeof row);
      for (int k = 0; k < 32; k++)
        memcpy(&column[k], &tiles[b][k / 2][n * 4 + k % 2 * 2], sizeof column[k]);
      memcpy(&sum, &tiles[c][r][n * 4], sizeof sum);
      sum = model_tdpbf16(sum, row, column, 32);
      memcpy(&tiles[c][r][n * 4], &sum, sizeof sum);
    }
}

// Tiles are whole ones of 16 rows of 64 bytes, which is all that the kernel configures. Garbage, as
// a processor may leave.
static inline void load_configuration(void) { memset(tiles, 0xa5, sizeof tiles); }

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbf16ps
#undef _tile_release
#define _tile_loadd(tile, from, stride) load_tile(tile, from, stride)
#define _tile_stored(tile, to, stride) store_tile(tile, to, stride)
#define _tile_zero(tile) memset(tiles[tile], 0, sizeof tiles[tile])
#define _tile_dpbf16ps(c, a, b) multiply_bf16_tiles(c, a, b)
#define _tile_release() load_configuration()

#endif
