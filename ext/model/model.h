// One element of a product, computed as each instruction defines it, in scalar code. The tests hold
// every kernel against these bit by bit; a NaN counts as equal to any NaN, because which operand's
// payload survives depends on the order of operands, which compilers choose.
#ifndef BF16MM_MODEL_MODEL_H
#define BF16MM_MODEL_MODEL_H

#include "kernels/kernel.h"

// c + sum of a[k] b[k], k < depth; depth is padded with zeros to the kernel's depth_multiple, as
// packing does.
float model_fma(float c, const float* a, const float* b, size_t depth);
float model_bfdot(float c, const bf16* a, const bf16* b, size_t depth);
float model_vdpbf16(float c, const bf16* a, const bf16* b, size_t depth);
float model_tdpbf16(float c, const bf16* a, const bf16* b, size_t depth);

// Any kernel: a and b are of its panel_dtype, `depth` a multiple of its depth_multiple.
float model_dot(const Kernel* kernel, float c, const void* a, const void* b, size_t depth);

// The packed form of a float32 for this kernel's panels, as a float32: what rounding its packing
// applies.
float model_rounded(const Kernel* kernel, float x, Part part);

#endif
