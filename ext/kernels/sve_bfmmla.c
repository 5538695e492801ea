// 8 rows by 6 vectors of BFMMLA for any vector length: 24 accumulators, a pair of rows replicated
// to all segments (LD1RQH), and vectors of pairs of columns. Needs SVE, FEAT_BF16 and its SVE part.
//
// The panels do not depend on the vector length: a thread whose length was changed since the module
// was loaded gets the same result, in more steps.
#include <arm_sve.h>

#include "kernels/neon_bf16_row.h"

int sve_vector_bytes(void) { return (int)svcntb(); }

// Every accumulator by name: an SVE vector cannot be in an array.
#define EACH_OF_ROWS(what, i) what(i, 0) what(i, 1) what(i, 2) what(i, 3) what(i, 4) what(i, 5)
#define EACH(what) \
  EACH_OF_ROWS(what, 0) EACH_OF_ROWS(what, 1) EACH_OF_ROWS(what, 2) EACH_OF_ROWS(what, 3)
#define EACH_BLOCK_OF_ROWS(what, i) what(i, 0, 1) what(i, 2, 3) what(i, 4, 5)
#define EACH_BLOCK(what)      \
  EACH_BLOCK_OF_ROWS(what, 0) \
  EACH_BLOCK_OF_ROWS(what, 1) EACH_BLOCK_OF_ROWS(what, 2) EACH_BLOCK_OF_ROWS(what, 3)

#define AS_F32(x) svreinterpret_f32_u64(x)
#define AS_U64(x) svreinterpret_u64_f32(x)

// Columns [0, lanes) of a panel with `stride` elements per group; `cols` of them exist.
ALWAYS_INLINE void multiply_tile(size_t groups, const bf16* a, size_t a_stride, const bf16* b,
                                 size_t b_stride, float* c, ptrdiff_t ldc, int rows, int lanes,
                                 int cols, bool accumulate, const int pairs, const int vectors) {
#define ZERO(i, j) svfloat32_t sum##i##j = svdup_n_f32(0);
  EACH(ZERO)
  // Two neighbouring accumulators are one vector of columns of each of two rows.
  int per_vector = (int)svcntw();
#define ROWS_OF_BLOCK(i, j)                                                             \
  svbool_t first = svwhilelt_b32_s32(j / 2 * per_vector, 2 * i < rows ? cols : 0);      \
  svbool_t second = svwhilelt_b32_s32(j / 2 * per_vector, 2 * i + 1 < rows ? cols : 0); \
  float* at = c + 2 * i * ldc + j / 2 * per_vector
#define LOAD(i, j, k)                                                                     \
  if (i < pairs && j < vectors) {                                                         \
    ROWS_OF_BLOCK(i, j);                                                                  \
    svuint64_t x = AS_U64(svld1_f32(first, at)), y = AS_U64(svld1_f32(second, at + ldc)); \
    sum##i##j = AS_F32(svzip1_u64(x, y));                                                 \
    sum##i##k = AS_F32(svzip2_u64(x, y));                                                 \
  }
  if (accumulate) {
    EACH_BLOCK(LOAD)
  }
  const bfloat16_t *left = (const bfloat16_t*)a, *right = (const bfloat16_t*)b;
  svbool_t all = svptrue_b16();
  int halves = (int)svcnth();
#define PREDICATE(j) svbool_t columns##j = svwhilelt_b16_s32(j * halves, lanes * 4)
  PREDICATE(0);
  PREDICATE(1);
  PREDICATE(2);
  PREDICATE(3);
  PREDICATE(4);
  PREDICATE(5);
  for (size_t group = 0; group < groups; group++) {
    svbfloat16_t row0 = svld1rq_bf16(all, left), row1 = row0, row2 = row0, row3 = row0;
    if (pairs > 1) row1 = svld1rq_bf16(all, left + 8);
    if (pairs > 2) row2 = svld1rq_bf16(all, left + 16);
    if (pairs > 3) row3 = svld1rq_bf16(all, left + 24);
#define COLUMN(j)                                                     \
  if (j < vectors) {                                                  \
    svbfloat16_t column = svld1_bf16(columns##j, right + j * halves); \
    sum0##j = svbfmmla_f32(sum0##j, row0, column);                    \
    if (pairs > 1) sum1##j = svbfmmla_f32(sum1##j, row1, column);     \
    if (pairs > 2) sum2##j = svbfmmla_f32(sum2##j, row2, column);     \
    if (pairs > 3) sum3##j = svbfmmla_f32(sum3##j, row3, column);     \
  }
    COLUMN(0);
    COLUMN(1);
    COLUMN(2);
    COLUMN(3);
    COLUMN(4);
    COLUMN(5);
    left += a_stride;
    right += b_stride;
  }
#define STORE(i, j, k)                                                                     \
  if (i < pairs && j < vectors) {                                                          \
    ROWS_OF_BLOCK(i, j);                                                                   \
    svst1_f32(first, at, AS_F32(svuzp1_u64(AS_U64(sum##i##j), AS_U64(sum##i##k))));        \
    svst1_f32(second, at + ldc, AS_F32(svuzp2_u64(AS_U64(sum##i##j), AS_U64(sum##i##k)))); \
  }
  EACH_BLOCK(STORE)
}

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate) {
  int row_lanes = round_up_lanes(rows, 2), col_lanes = round_up_lanes(cols, 2);
  int lanes_at_once = 6 * (int)svcntd();
  for (int col = 0; col < cols; col += lanes_at_once) {
    int lanes = col_lanes - col;
#define SHAPE(pairs, vectors)                                                                    \
  multiply_tile(depth / 4, a, (size_t)row_lanes * 4, (const bf16*)b + col * 4,                   \
                (size_t)col_lanes * 4, c + col, ldc, rows, lanes, cols - col, accumulate, pairs, \
                vectors)
#define SHAPES(pairs)                 \
  if (lanes > 4 * (int)svcntd())      \
    SHAPE(pairs, 6);                  \
  else if (lanes > 2 * (int)svcntd()) \
    SHAPE(pairs, 4);                  \
  else                                \
    SHAPE(pairs, 2);                  \
  break
    switch (row_lanes / 2) {
      case 1:
        SHAPES(1);
      case 2:
        SHAPES(2);
      case 3:
        SHAPES(3);
      default:
        SHAPES(4);
    }
  }
}

const Kernel kernel_sve_bfmmla = {
    .name = "sve-bfmmla",
    .arithmetic = ARITHMETIC_BFDOT,
    .panel_dtype = DTYPE_BF16,
    .tile_rows = 8,
    .tile_cols = 12,  // times the vector length in 128 bits
    .row_step = 2,
    .col_step = 2,
    .a_group = 4,
    .b_group = 4,
    .depth_multiple = 4,
    .multiply = multiply,
    .pack = pack_groups_of_4,
    .multiply_row = multiply_row_pairs,
};
