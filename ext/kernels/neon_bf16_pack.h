// Packing to bf16 by BFCVTN, for BFMMLA (groups of 4) and BFDOT (groups of 2). Needs FEAT_BF16.
#ifndef BF16MM_KERNELS_NEON_BF16_PACK_H
#define BF16MM_KERNELS_NEON_BF16_PACK_H

#include <arm_neon.h>

#include "kernels/corner.h"
#include "kernels/unroll.h"

// What rounding to bf16 leaves of each float; nothing where that was infinite or NaN.
ALWAYS_INLINE float32x4_t rest_of(float32x4_t x) {
  uint32x4_t high = vshll_n_u16(vreinterpret_u16_bf16(vcvt_bf16_f32(x)), 16);
  uint32x4_t exponent = vdupq_n_u32(0x7f800000);
  uint32x4_t infinite = vceqq_u32(vandq_u32(high, exponent), exponent);
  float32x4_t rest = vsubq_f32(x, vreinterpretq_f32_u32(high));
  return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(rest), infinite));
}

// Two times four floats, as eight bf16.
ALWAYS_INLINE uint16x8_t converted(float32x4_t first, float32x4_t second, const Part part) {
  if (part == PART_LOW) {
    first = rest_of(first);
    second = rest_of(second);
  }
  return vreinterpretq_u16_bf16(vcvtq_high_bf16_f32(vcvtq_low_bf16_f32(first), second));
}

// Four elements of each of two rows.
ALWAYS_INLINE uint16x8_t two_by_four(const void* first, const void* second, ptrdiff_t at,
                                     const Dtype dtype, const Part part) {
  if (dtype == DTYPE_BF16)
    return vcombine_u16(vld1_u16((const bf16*)first + at), vld1_u16((const bf16*)second + at));
  return converted(vld1q_f32((const float*)first + at), vld1q_f32((const float*)second + at), part);
}

ALWAYS_INLINE const void* moved(const void* data, ptrdiff_t elements, const Dtype dtype) {
  return (const char*)data + elements * dtype_bytes(dtype);
}

// Groups of 4, lanes of consecutive k: 4 lanes by 8 k at a time.
ALWAYS_INLINE void pack4_along_k(bf16* panel, const PanelShape* shape, const Source* source,
                                 const Dtype dtype, const Part part) {
  int lanes = shape->used / 4 * 4;
  size_t depth = shape->depth / 8 * 8;
  for (int lane = 0; lane < lanes; lane += 4) {
    const void* p0 = moved(source->data, lane * source->lane_stride, dtype);
    const void *p1 = moved(p0, source->lane_stride, dtype),
               *p2 = moved(p1, source->lane_stride, dtype);
    const void* p3 = moved(p2, source->lane_stride, dtype);
    bf16* out = panel + lane * 4;
    size_t next = (size_t)shape->lanes * 4;
    for (size_t k = 0; k < depth; k += 8) {
      uint16x8_t a = two_by_four(p0, p1, 0, dtype, part), b = two_by_four(p2, p3, 0, dtype, part);
      uint16x8_t c = two_by_four(p0, p1, 4, dtype, part), d = two_by_four(p2, p3, 4, dtype, part);
      vst1q_u16(out, a);
      vst1q_u16(out + 8, b);
      vst1q_u16(out + next, c);
      vst1q_u16(out + next + 8, d);
      p0 = moved(p0, 8, dtype);
      p1 = moved(p1, 8, dtype);
      p2 = moved(p2, 8, dtype);
      p3 = moved(p3, 8, dtype);
      out += 2 * next;
    }
  }
  pack_rim(panel, DTYPE_BF16, shape, source, part, lanes, depth);
}

// Four k of four lanes, rows in memory: [lane][k] after one table lookup per two lanes.
ALWAYS_INLINE void transpose4(bf16* out, const void* r0, const void* r1, const void* r2,
                              const void* r3, ptrdiff_t at, const Dtype dtype, const Part part) {
  static const uint8_t first_lanes[16] = {0, 1, 8, 9, 16, 17, 24, 25, 2, 3, 10, 11, 18, 19, 26, 27};
  uint8x16_t index = vld1q_u8(first_lanes);
  uint8x16x2_t rows = {{vreinterpretq_u8_u16(two_by_four(r0, r1, at, dtype, part)),
                        vreinterpretq_u8_u16(two_by_four(r2, r3, at, dtype, part))}};
  vst1q_u16(out, vreinterpretq_u16_u8(vqtbl2q_u8(rows, index)));
  vst1q_u16(out + 8, vreinterpretq_u16_u8(vqtbl2q_u8(rows, vaddq_u8(index, vdupq_n_u8(4)))));
}

// What nearly all of B is: whole panels of 12 lanes from float32.
static inline void pack4_twelve_lanes(bf16* out, const float* r0, ptrdiff_t k_stride,
                                      size_t depth) {
  static const uint8_t lanes_01[16] = {0, 1, 8, 9, 16, 17, 24, 25, 2, 3, 10, 11, 18, 19, 26, 27};
  static const uint8_t lanes_23[16] = {4, 5, 12, 13, 20, 21, 28, 29, 6, 7, 14, 15, 22, 23, 30, 31};
  uint8x16_t first = vld1q_u8(lanes_01), second = vld1q_u8(lanes_23);
  for (size_t k = 0; k < depth; k += 4) {
    const float *r1 = r0 + k_stride, *r2 = r1 + k_stride, *r3 = r2 + k_stride;
    float32x4x3_t x0 = vld1q_f32_x3(r0), x1 = vld1q_f32_x3(r1), x2 = vld1q_f32_x3(r2),
                  x3 = vld1q_f32_x3(r3);
    UNROLLED_FOR (int i = 0; i < 3; i++) {
      uint8x16x2_t rows = {{vreinterpretq_u8_u16(converted(x0.val[i], x1.val[i], PART_HIGH)),
                            vreinterpretq_u8_u16(converted(x2.val[i], x3.val[i], PART_HIGH))}};
      vst1q_u16(out + 16 * i, vreinterpretq_u16_u8(vqtbl2q_u8(rows, first)));
      vst1q_u16(out + 16 * i + 8, vreinterpretq_u16_u8(vqtbl2q_u8(rows, second)));
    }
    out += 48;
    r0 = r3 + k_stride;
  }
}

// Groups of 4, consecutive lanes: 4 k by 12 or 4 lanes at a time.
ALWAYS_INLINE void pack4_along_lanes(bf16* panel, const PanelShape* shape, const Source* source,
                                     const Dtype dtype, const Part part) {
  int lanes = shape->used / 4 * 4, twelves = lanes / 12 * 12;
  size_t depth = shape->depth / 4 * 4;
  const void* r0 = source->data;
  if (dtype == DTYPE_F32 && part == PART_HIGH && shape->lanes == 12 && lanes == 12) {
    pack4_twelve_lanes(panel, r0, source->k_stride, depth);
    pack_rim(panel, DTYPE_BF16, shape, source, part, lanes, depth);
    return;
  }
  for (size_t k = 0; k < depth; k += 4) {
    const void *r1 = moved(r0, source->k_stride, dtype), *r2 = moved(r1, source->k_stride, dtype);
    const void* r3 = moved(r2, source->k_stride, dtype);
    bf16* out = panel + k * (size_t)shape->lanes;
    for (int lane = 0; lane < twelves; lane += 12) {
      UNROLLED_FOR (int i = 0; i < 12; i += 4)
        transpose4(out + (lane + i) * 4, r0, r1, r2, r3, lane + i, dtype, part);
    }
    for (int lane = twelves; lane < lanes; lane += 4)
      transpose4(out + lane * 4, r0, r1, r2, r3, lane, dtype, part);
    r0 = moved(r3, source->k_stride, dtype);
  }
  pack_rim(panel, DTYPE_BF16, shape, source, part, lanes, depth);
}

// Groups of 2, lanes of consecutive k: 4 lanes by 4 k.
ALWAYS_INLINE void pack2_along_k(bf16* panel, const PanelShape* shape, const Source* source,
                                 const Dtype dtype, const Part part) {
  int lanes = shape->used / 4 * 4;
  size_t depth = shape->depth / 4 * 4;
  for (int lane = 0; lane < lanes; lane += 4) {
    const void* p0 = moved(source->data, lane * source->lane_stride, dtype);
    const void *p1 = moved(p0, source->lane_stride, dtype),
               *p2 = moved(p1, source->lane_stride, dtype);
    const void* p3 = moved(p2, source->lane_stride, dtype);
    for (size_t k = 0; k < depth; k += 4) {
      uint32x4_t a = vreinterpretq_u32_u16(two_by_four(p0, p1, (ptrdiff_t)k, dtype, part));
      uint32x4_t b = vreinterpretq_u32_u16(two_by_four(p2, p3, (ptrdiff_t)k, dtype, part));
      bf16* out = panel + k * (size_t)shape->lanes + lane * 2;
      vst1q_u16(out, vreinterpretq_u16_u32(vuzp1q_u32(a, b)));
      vst1q_u16(out + shape->lanes * 2, vreinterpretq_u16_u32(vuzp2q_u32(a, b)));
    }
  }
  pack_rim(panel, DTYPE_BF16, shape, source, part, lanes, depth);
}

// Groups of 2, consecutive lanes: 2 k by 4 lanes.
ALWAYS_INLINE void pack2_along_lanes(bf16* panel, const PanelShape* shape, const Source* source,
                                     const Dtype dtype, const Part part) {
  int lanes = shape->used / 4 * 4;
  size_t depth = shape->depth / 2 * 2;
  for (size_t k = 0; k < depth; k += 2) {
    const void *r0 = moved(source->data, (ptrdiff_t)k * source->k_stride, dtype),
               *r1 = moved(r0, source->k_stride, dtype);
    bf16* out = panel + k * (size_t)shape->lanes;
    for (int lane = 0; lane < lanes; lane += 4) {
      uint16x8_t rows = two_by_four(r0, r1, lane, dtype, part);
      vst1q_u16(out + lane * 2, vzip1q_u16(rows, vextq_u16(rows, rows, 4)));
    }
  }
  pack_rim(panel, DTYPE_BF16, shape, source, part, lanes, depth);
}

#define PACK_CASES(along_k, along_lanes)                        \
  if (source->k_stride == 1) {                                  \
    if (source->dtype == DTYPE_BF16)                            \
      along_k(panel, shape, source, DTYPE_BF16, PART_HIGH);     \
    else if (part == PART_LOW)                                  \
      along_k(panel, shape, source, DTYPE_F32, PART_LOW);       \
    else                                                        \
      along_k(panel, shape, source, DTYPE_F32, PART_HIGH);      \
    return true;                                                \
  }                                                             \
  if (source->lane_stride == 1) {                               \
    if (source->dtype == DTYPE_BF16)                            \
      along_lanes(panel, shape, source, DTYPE_BF16, PART_HIGH); \
    else if (part == PART_LOW)                                  \
      along_lanes(panel, shape, source, DTYPE_F32, PART_LOW);   \
    else                                                        \
      along_lanes(panel, shape, source, DTYPE_F32, PART_HIGH);  \
    return true;                                                \
  }                                                             \
  return false;

static inline bool pack_groups_of_4(void* panel, const PanelShape* shape, const Source* source,
                                    Part part) {
  PACK_CASES(pack4_along_k, pack4_along_lanes)
}

static inline bool pack_groups_of_2(void* panel, const PanelShape* shape, const Source* source,
                                    Part part) {
  PACK_CASES(pack2_along_k, pack2_along_lanes)
}

#endif
