// What happens to a finished tile: bias, activation, conversion, and the copy to where it belongs.
#ifndef BF16MM_GEMM_EPILOGUE_H
#define BF16MM_GEMM_EPILOGUE_H

#include "kernels/kernel.h"

typedef enum {
  ACTIVATION_NONE,
  ACTIVATION_RELU,      // NaN stays NaN
  ACTIVATION_GELU,      // x / 2 (1 + erf(x / sqrt(2)))
  ACTIVATION_GELU_TANH  // x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
} Activation;           // GELU: Hendrycks and Gimpel, arXiv:1606.08415

typedef struct {
  // NULL: none. Element i, at bias[i * bias_stride], is for column i, or for row i.
  const void* bias;
  Dtype bias_dtype;
  ptrdiff_t bias_stride;
  bool bias_per_row;
  Activation activation;
} Epilogue;

// A matrix to write; strides in elements.
typedef struct {
  void* data;
  Dtype dtype;
  ptrdiff_t row_stride, col_stride;
} Destination;

bool epilogue_is_empty(const Epilogue* epilogue);

// tile (rows x cols, row stride ld) belongs at (row, col) of the destination. The tile may be there
// already.
void finish_tile(const Epilogue* epilogue, const Destination* to, float* tile, ptrdiff_t ld,
                 size_t row, size_t col, int rows, int cols);

#endif
