#include "gemm/epilogue.h"

#include <math.h>

#include "kernels/bf16.h"

bool epilogue_is_empty(const Epilogue* epilogue) {
  return epilogue->bias == NULL && epilogue->activation == ACTIVATION_NONE;
}

static float bias_at(const Epilogue* epilogue, size_t i) {
  ptrdiff_t at = (ptrdiff_t)i * epilogue->bias_stride;
  return epilogue->bias_dtype == DTYPE_F32 ? ((const float*)epilogue->bias)[at]
                                           : bf16_to_float(((const bf16*)epilogue->bias)[at]);
}

static void add_bias(const Epilogue* epilogue, float* x, size_t row, size_t col, int cols) {
  if (epilogue->bias == NULL) return;
  if (epilogue->bias_per_row) {
    float bias = bias_at(epilogue, row);
    for (int n = 0; n < cols; n++) x[n] += bias;
  } else if (epilogue->bias_dtype == DTYPE_F32 && epilogue->bias_stride == 1) {
    const float* bias = (const float*)epilogue->bias + col;
    for (int n = 0; n < cols; n++) x[n] += bias[n];
  } else {
    for (int n = 0; n < cols; n++) x[n] += bias_at(epilogue, col + (size_t)n);
  }
}

// e^x for x <= 0 with a relative error below 2e-7: 2^n times a Taylor polynomial of degree 7 on |r|
// <= ln(2)/2, whose rest is below 2^-27. Plain operations, so that compilers use vectors and every
// machine gives the same bits.
static inline float exp_of_negative(float x) {
  bool vanishes = x < -87.0f;
  x = x > -87.0f ? x : -87.0f;  // a NaN too: its conversion below would be undefined
  float n = (float)(int)(x * 1.44269504f - 0.5f);
  // ln(2) in two parts; the first has few bits, so that n * part is exact.
  float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  float result = p * bits_float((uint32_t)((int)n + 127) << 23);
  return vanishes ? 0 : result;
}

// erfc(x) for x >= 0 as e^(-x^2) times a polynomial in t = 1 / (1 + x / 2); W. H. Press et al.,
// Numerical Recipes, "erfcc": relative error below 1.2e-7 everywhere.
static inline float erfc_of_positive(float x) {
  float t = 1.0f / (1.0f + 0.5f * x);
  float p = 0.17087277f;
  p = p * t - 0.82215223f;
  p = p * t + 1.48851587f;
  p = p * t - 1.13520398f;
  p = p * t + 0.27886807f;
  p = p * t - 0.18628806f;
  p = p * t + 0.09678418f;
  p = p * t + 0.37409196f;
  p = p * t + 1.00002368f;
  p = p * t - 1.26551223f;
  return t * exp_of_negative(p - x * x);
}

// A NaN comes out as a NaN, through the factors beside exp_of_negative.
static inline float gelu(float x) {
  float half = 0.5f * erfc_of_positive(fabsf(x) * 0.70710678f);
  return x >= 0 ? x - x * half : x * half;
}

static inline float gelu_tanh(float x) {
  // (1 + tanh(y)) / 2 is 1 / (1 + e^(-2y)).
  float y = 1.59576912f * (x + 0.044715f * x * x * x);
  float e = exp_of_negative(-fabsf(y));
  return x * ((y >= 0 ? 1.0f : e) / (1.0f + e));
}

static void activate(Activation activation, float* x, int cols) {
  switch (activation) {
    case ACTIVATION_NONE:
      break;
    case ACTIVATION_RELU:
      for (int n = 0; n < cols; n++) x[n] = x[n] <= 0 ? 0 : x[n];
      break;
    case ACTIVATION_GELU:
      for (int n = 0; n < cols; n++) x[n] = gelu(x[n]);
      break;
    case ACTIVATION_GELU_TANH:
      for (int n = 0; n < cols; n++) x[n] = gelu_tanh(x[n]);
      break;
  }
}

static void store(const Destination* to, const float* x, size_t row, size_t col, int cols) {
  ptrdiff_t at = (ptrdiff_t)row * to->row_stride + (ptrdiff_t)col * to->col_stride;
  if (to->dtype == DTYPE_F32) {
    float* out = (float*)to->data + at;
    if (out == x) return;
    for (int n = 0; n < cols; n++) out[n * to->col_stride] = x[n];
  } else if (to->col_stride == 1) {
    bf16* out = (bf16*)to->data + at;
    for (int n = 0; n < cols; n++) out[n] = float_to_bf16(x[n]);
  } else {
    bf16* out = (bf16*)to->data + at;
    for (int n = 0; n < cols; n++) out[n * to->col_stride] = float_to_bf16(x[n]);
  }
}

void finish_tile(const Epilogue* epilogue, const Destination* to, float* tile, ptrdiff_t ld,
                 size_t row, size_t col, int rows, int cols) {
  for (int r = 0; r < rows; r++) {
    float* x = tile + r * ld;
    add_bias(epilogue, x, row + (size_t)r, col, cols);
    activate(epilogue->activation, x, cols);
    store(to, x, row + (size_t)r, col, cols);
  }
}
