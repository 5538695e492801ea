// 8x12 float32 tile of FMLA by lane: 24 accumulators, two vectors of A, three of B. Any AArch64
// processor.
#include <string.h>

#include "kernels/corner.h"
#include "kernels/neon_tile.h"

ALWAYS_INLINE void multiply_tile(size_t depth, const float* a, const float* b, float* c,
                                 ptrdiff_t ldc, int rows, int cols, bool accumulate,
                                 const int row_fours, const int vectors) {
  float32x4_t sum[8][3];
  LOAD_TILE(sum, row_fours, vectors);
  for (size_t k = 0; k < depth; k++) {
    float32x4_t columns[3];
    UNROLLED_FOR (int v = 0; v < vectors; v++) columns[v] = vld1q_f32(b + 4 * v);
    UNROLLED_FOR (int four = 0; four < row_fours; four++) {
      float32x4_t elements = vld1q_f32(a + 4 * four);
      UNROLLED_FOR (int v = 0; v < vectors; v++) {
        sum[4 * four][v] = vfmaq_laneq_f32(sum[4 * four][v], columns[v], elements, 0);
        sum[4 * four + 1][v] = vfmaq_laneq_f32(sum[4 * four + 1][v], columns[v], elements, 1);
        sum[4 * four + 2][v] = vfmaq_laneq_f32(sum[4 * four + 2][v], columns[v], elements, 2);
        sum[4 * four + 3][v] = vfmaq_laneq_f32(sum[4 * four + 3][v], columns[v], elements, 3);
      }
    }
    a += 4 * row_fours;
    b += 4 * vectors;
  }
  STORE_TILE(sum, row_fours, vectors);
}

static void multiply(size_t depth, const void* a, const void* b, float* c, ptrdiff_t ldc, int rows,
                     int cols, bool accumulate){TILE_SHAPES(multiply_tile)}

// To bf16 and back, in integers: this processor need not have BFCVTN. As in kernels/bf16.h.
ALWAYS_INLINE float32x4_t rounded(float32x4_t x) {
  uint32x4_t bits = vreinterpretq_u32_f32(x);
  uint32x4_t odd = vandq_u32(vshrq_n_u32(bits, 16), vdupq_n_u32(1));
  uint32x4_t sum = vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff)));
  uint32x4_t quiet = vorrq_u32(bits, vdupq_n_u32(0x400000));
  uint32x4_t chosen = vbslq_u32(vceqq_f32(x, x), sum, quiet);
  return vreinterpretq_f32_u32(vandq_u32(chosen, vdupq_n_u32(0xffff0000)));
}

ALWAYS_INLINE float32x4_t load_floats(const void* data, ptrdiff_t at, const Dtype dtype,
                                      const bool rounds) {
  if (dtype == DTYPE_BF16)
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16((const bf16*)data + at), 16));
  float32x4_t x = vld1q_f32((const float*)data + at);
  return rounds ? rounded(x) : x;
}

ALWAYS_INLINE void pack_as(float* panel, const PanelShape* shape, const Source* source, Part part,
                           const Dtype dtype, const bool rounds) {
  int lanes = shape->used / 4 * 4;
  bool along_k = source->k_stride == 1;
  size_t depth = along_k ? shape->depth / 4 * 4 : shape->depth;
  if (along_k) {
    for (int lane = 0; lane < lanes; lane += 4) {
      for (size_t k = 0; k < depth; k += 4) {
        float32x4_t x[4], t[4];
        UNROLLED_FOR (int i = 0; i < 4; i++)
          x[i] = load_floats(source->data, (lane + i) * source->lane_stride + (ptrdiff_t)k, dtype,
                             rounds);
        UNROLLED_FOR (int i = 0; i < 4; i += 2) {
          t[i] = vtrn1q_f32(x[i], x[i + 1]);
          t[i + 1] = vtrn2q_f32(x[i], x[i + 1]);
        }
        float* out = panel + k * (size_t)shape->lanes + lane;
        UNROLLED_FOR (int i = 0; i < 2; i++) {
          float64x2_t upper = vreinterpretq_f64_f32(t[i]), lower = vreinterpretq_f64_f32(t[i + 2]);
          vst1q_f32(out + i * shape->lanes, vreinterpretq_f32_f64(vtrn1q_f64(upper, lower)));
          vst1q_f32(out + (i + 2) * shape->lanes, vreinterpretq_f32_f64(vtrn2q_f64(upper, lower)));
        }
      }
    }
  } else {
    for (size_t k = 0; k < depth; k++)
      for (int lane = 0; lane < lanes; lane += 4)
        vst1q_f32(panel + k * (size_t)shape->lanes + lane,
                  load_floats(source->data, (ptrdiff_t)k * source->k_stride + lane, dtype, rounds));
  }
  pack_rim(panel, DTYPE_F32, shape, source, part, lanes, depth);
}

// `vectors` of four columns, the last of them with `last` columns.
ALWAYS_INLINE void multiply_row_part(size_t depth, const float* a, const Source* b, ptrdiff_t at,
                                     float* c, ptrdiff_t last, const Dtype dtype, const bool rounds,
                                     const int vectors) {
  float32x4_t sum[16];
  UNROLLED_FOR (int v = 0; v < vectors; v++) sum[v] = vdupq_n_f32(0);
  for (size_t k = 0; k < depth; k++, at += b->k_stride) {
    UNROLLED_FOR (int v = 0; v < vectors; v++) {
      float32x4_t x;
      if (v < vectors - 1 || last == 4) {
        x = load_floats(b->data, at + 4 * v, dtype, rounds);
      } else {
        uint32_t some[4] = {0};  // four of either dtype
        memcpy(some, (const char*)b->data + (at + 4 * v) * dtype_bytes(dtype),
               (size_t)(last * dtype_bytes(dtype)));
        x = load_floats(some, 0, dtype, rounds);
      }
      sum[v] = vfmaq_n_f32(sum[v], x, a[k]);
    }
  }
  UNROLLED_FOR (int v = 0; v < vectors; v++)
    store_columns(c + 4 * v, sum[v], v == vectors - 1 ? (int)last : 4);
}

ALWAYS_INLINE void multiply_row_as(size_t depth, const float* a, const Source* b, float* c,
                                   size_t cols, const Dtype dtype, const bool rounds) {
  ptrdiff_t col = 0, all = (ptrdiff_t)cols;
  for (; col + 64 <= all; col += 64)
    multiply_row_part(depth, a, b, col, c + col, 4, dtype, rounds, 16);
  for (; col + 16 <= all; col += 16)
    multiply_row_part(depth, a, b, col, c + col, 4, dtype, rounds, 4);
  for (; col < all; col += 4)
    multiply_row_part(depth, a, b, col, c + col, all - col < 4 ? all - col : 4, dtype, rounds, 1);
}

static void multiply_row(size_t depth, const void* a, const Source* b, Part part, float* c,
                         size_t cols) {
  if (b->dtype == DTYPE_BF16)
    multiply_row_as(depth, a, b, c, cols, DTYPE_BF16, false);
  else if (part == PART_WHOLE)
    multiply_row_as(depth, a, b, c, cols, DTYPE_F32, false);
  else
    multiply_row_as(depth, a, b, c, cols, DTYPE_F32, true);
}

static bool pack(void* panel, const PanelShape* shape, const Source* source, Part part) {
  if (source->k_stride != 1 && source->lane_stride != 1) return false;
  if (source->dtype == DTYPE_BF16)
    pack_as(panel, shape, source, part, DTYPE_BF16, false);
  else if (part == PART_WHOLE)
    pack_as(panel, shape, source, part, DTYPE_F32, false);
  else
    pack_as(panel, shape, source, part, DTYPE_F32, true);
  return true;
}

const Kernel kernel_neon_fp32 = {
    .name = "neon-fp32",
    .arithmetic = ARITHMETIC_FMA,
    .panel_dtype = DTYPE_F32,
    .tile_rows = 8,
    .tile_cols = 12,
    .row_step = 4,
    .col_step = 4,
    .a_group = 1,
    .b_group = 1,
    .depth_multiple = 1,
    .multiply = multiply,
    .pack = pack,
    .multiply_row = multiply_row,
};
