// Packing element by element: whole panels where there is nothing faster, the rims of the others.
#ifndef BF16MM_KERNELS_CORNER_H
#define BF16MM_KERNELS_CORNER_H

#include "kernels/bf16.h"
#include "kernels/kernel.h"

static inline float source_element(const Source* source, ptrdiff_t at) {
  return source->dtype == DTYPE_F32 ? ((const float*)source->data)[at]
                                    : bf16_to_float(((const bf16*)source->data)[at]);
}

// Lanes [lane0, lane1) by k in [k0, k1), in panel coordinates; zeros outside the source.
static inline void pack_corner(void* panel, Dtype panel_dtype, const PanelShape* shape,
                               const Source* source, Part part, int lane0, int lane1, size_t k0,
                               size_t k1) {
  size_t group = (size_t)shape->group;
  for (size_t k = k0; k < k1; k++) {
    for (int lane = lane0; lane < lane1; lane++) {
      size_t to = (k / group * (size_t)shape->lanes + (size_t)lane) * group + k % group;
      bool inside = lane < shape->used && k < shape->depth;
      float x = inside ? source_element(
                             source, lane * source->lane_stride + (ptrdiff_t)k * source->k_stride)
                       : 0;
      if (panel_dtype == DTYPE_F32)
        ((float*)panel)[to] =
            part == PART_WHOLE || source->dtype == DTYPE_BF16 ? x : bf16_to_float(float_to_bf16(x));
      else
        ((bf16*)panel)[to] = part == PART_LOW ? float_to_bf16_low(x) : float_to_bf16(x);
    }
  }
}

// All but the first `lanes` lanes by `depth` of k.
static inline void pack_rim(void* panel, Dtype panel_dtype, const PanelShape* shape,
                            const Source* source, Part part, int lanes, size_t depth) {
  if (lanes < shape->lanes)
    pack_corner(panel, panel_dtype, shape, source, part, lanes, shape->lanes, 0, depth);
  if (depth < shape->padded_depth)
    pack_corner(panel, panel_dtype, shape, source, part, 0, shape->lanes, depth,
                shape->padded_depth);
}

#endif
