#include "gemm/pack.h"

#include <string.h>

#include "kernels/corner.h"

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static void copy_elements(float* copy, const Source* to, const Source* from, size_t k, size_t depth,
                          size_t lanes) {
  for (size_t i = 0; i < depth; i++)
    for (size_t lane = 0; lane < lanes; lane++)
      copy[(ptrdiff_t)i * to->k_stride + (ptrdiff_t)lane * to->lane_stride] = source_element(
          from, (ptrdiff_t)lane * from->lane_stride + (ptrdiff_t)(k + i) * from->k_stride);
}

static void pack_source(const Kernel* kernel, void* panel, const PanelShape* shape,
                        const Source* source, Part part) {
  if (kernel->pack != NULL && kernel->pack(panel, shape, source, part)) return;
  if (kernel->pack == NULL) {
    pack_corner(panel, kernel->panel_dtype, shape, source, part, 0, shape->lanes, 0,
                shape->padded_depth);
    return;
  }
  // The kernel has no code for these strides: copy a piece at a time so that it has. The copy keeps
  // the kernel's own rounding; bf16 widened and rounded again is the same bf16.
  enum { kPiece = 4096 };
  float copy[kPiece];
  size_t element_bytes = dtype_bytes(kernel->panel_dtype);
  size_t step = (size_t)kernel->depth_multiple, used = (size_t)shape->used;
  size_t piece = kPiece / used / step * step;
  for (size_t k = 0; k < shape->padded_depth; k += piece) {
    PanelShape piece_shape = *shape;
    piece_shape.depth = smaller(shape->depth > k ? shape->depth - k : 0, piece);
    piece_shape.padded_depth = smaller(shape->padded_depth - k, piece);
    char* out = (char*)panel + k * (size_t)shape->lanes * element_bytes;
    Source from = {.data = copy, .dtype = DTYPE_F32, .lane_stride = 1, .k_stride = (ptrdiff_t)used};
    copy_elements(copy, &from, source, k, piece_shape.depth, used);
    if (kernel->pack(out, &piece_shape, &from, part)) continue;
    from =
        (Source){.data = copy, .dtype = DTYPE_F32, .lane_stride = (ptrdiff_t)piece, .k_stride = 1};
    copy_elements(copy, &from, source, k, piece_shape.depth, used);
    kernel->pack(out, &piece_shape, &from, part);
  }
}

void pack_panel(const Kernel* kernel, void* panel, const PanelShape* shape, const Operand* operand,
                size_t lane, size_t k, Part part, float* staging) {
  Source source = operand->matrix;
  if (operand->gather != NULL) {
    operand->gather(operand->context, lane, shape->used, k, shape->depth, staging);
    source =
        (Source){.data = staging, .dtype = DTYPE_F32, .lane_stride = 1, .k_stride = shape->used};
  } else {
    ptrdiff_t at = (ptrdiff_t)lane * source.lane_stride + (ptrdiff_t)k * source.k_stride;
    source.data = (const char*)source.data + at * dtype_bytes(source.dtype);
  }
  if (source.dtype == DTYPE_BF16 && part == PART_LOW) {
    memset(panel, 0, shape->padded_depth * (size_t)shape->lanes * dtype_bytes(kernel->panel_dtype));
    return;
  }
  pack_source(kernel, panel, shape, &source, part);
}
