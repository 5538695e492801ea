// 14x32 float32 tile: 28 accumulators, two vectors of B, one broadcast of A. Needs AVX512F, BW, DQ,
// VL.
#include "kernels/avx512_pack.h"

#define ROWS 14
#define LANES 16
#define EACH_ROWS(what)                                                                     \
  what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11) \
      what(12) what(13) what(14)

enum { kRowSteps = 4 };

// Row r of A is at a + r * a_stride bytes, and the next k at + a_step.
ALWAYS_INLINE void multiply_tile(size_t depth, const char* a, ptrdiff_t a_stride, ptrdiff_t a_step,
                                 const float* b, float* c, ptrdiff_t ldc, int cols, bool accumulate,
                                 const int rows, const int vectors) {
  __m512 sum[ROWS][2];
  __mmask16 mask[2] = {mask16(cols), mask16(cols - 16)};
  if (accumulate) {
    UNROLLED_FOR (int r = 0; r < rows; r++)
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm512_maskz_loadu_ps(mask[v], c + r * ldc + 16 * v);
  } else {
    UNROLLED_FOR (int r = 0; r < rows; r++)
      UNROLLED_FOR (int v = 0; v < vectors; v++) sum[r][v] = _mm512_setzero_ps();
  }
  for (size_t k = 0; k < depth; k++) {
    __m512 columns[2];
    UNROLLED_FOR (int v = 0; v < vectors; v++) columns[v] = _mm512_loadu_ps(b + 16 * v);
    UNROLLED_FOR (int r = 0; r < rows; r++) {
      __m512 row = _mm512_set1_ps(*(const float*)(a + r * a_stride));
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm512_fmadd_ps(row, columns[v], sum[r][v]);
    }
    a += a_step;
    b += 16 * vectors;
  }
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      _mm512_mask_storeu_ps(c + r * ldc + 16 * v, mask[v], sum[r][v]);
}

#include "kernels/x86_tile.h"

// To bf16 and back, in integers: denormals are kept and NaNs become quiet, as in kernels/bf16.h.
ALWAYS_INLINE __m512i rounded(__m512 x) {
  __m512i bits = _mm512_castps_si512(x);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i sum = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  sum = _mm512_mask_or_epi32(sum, nan, bits, _mm512_set1_epi32(0x400000));
  return _mm512_and_si512(sum, _mm512_set1_epi32((int)0xffff0000u));
}

// B where it is; `panel` gets what packing would have written, unless NULL.
ALWAYS_INLINE void multiply_fused_tile(size_t depth, const char* a, ptrdiff_t a_stride,
                                       ptrdiff_t a_step, const Source* b, float* panel, float* c,
                                       ptrdiff_t ldc, int cols, bool accumulate, const Dtype dtype,
                                       const bool rounds, const int rows, const int vectors) {
  __m512 sum[ROWS][2];
  __mmask16 mask[2] = {mask16(cols), mask16(cols - 16)};
  const bool far = b->k_stride >= kFarRows;
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      sum[r][v] =
          accumulate ? _mm512_maskz_loadu_ps(mask[v], c + r * ldc + 16 * v) : _mm512_setzero_ps();
  for (size_t k = 0; k < depth; k++) {
    __m512 columns[2];
    if (far) prefetch_lanes(b, (ptrdiff_t)k, cols, 1);
    UNROLLED_FOR (int v = 0; v < vectors; v++) {
      columns[v] = load_floats(b->data, (ptrdiff_t)k * b->k_stride + 16 * v, cols - 16 * v, dtype);
      if (rounds) columns[v] = _mm512_castsi512_ps(rounded(columns[v]));
    }
    if (panel != NULL) {
      UNROLLED_FOR (int v = 0; v < vectors; v++) _mm512_storeu_ps(panel + 16 * v, columns[v]);
      panel += 16 * vectors;
    }
    UNROLLED_FOR (int r = 0; r < rows; r++) {
      __m512 row = _mm512_set1_ps(*(const float*)(a + r * a_stride));
      UNROLLED_FOR (int v = 0; v < vectors; v++)
        sum[r][v] = _mm512_fmadd_ps(row, columns[v], sum[r][v]);
    }
    a += a_step;
  }
  UNROLLED_FOR (int r = 0; r < rows; r++)
    UNROLLED_FOR (int v = 0; v < vectors; v++)
      _mm512_mask_storeu_ps(c + r * ldc + 16 * v, mask[v], sum[r][v]);
}

ALWAYS_INLINE void widen_vector(float* out, const Source* a, ptrdiff_t at, ptrdiff_t count,
                                const Dtype dtype) {
  __m512 x = load_floats(a->data, at, count, dtype);
  if (dtype == DTYPE_F32) x = _mm512_castsi512_ps(rounded(x));
  _mm512_mask_storeu_ps(out, mask16(count), x);
}

// `steps` of k by all columns, added to what is there unless it is the first of them.
ALWAYS_INLINE void multiply_row_part(const float* a, const Source* b, size_t k, float* c,
                                     ptrdiff_t cols, const Dtype dtype, const bool rounds,
                                     const int steps) {
  __m512 element[kRowSteps];
  UNROLLED_FOR (int i = 0; i < steps; i++) element[i] = _mm512_set1_ps(a[k + (size_t)i]);
  for (ptrdiff_t col = 0; col < cols; col += 16) {
    __m512 sum = k == 0 ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask16(cols - col), c + col);
    UNROLLED_FOR (int i = 0; i < steps; i++) {
      __m512 x = load_floats(b->data, ((ptrdiff_t)k + i) * b->k_stride + col, cols - col, dtype);
      if (rounds) x = _mm512_castsi512_ps(rounded(x));
      sum = _mm512_fmadd_ps(element[i], x, sum);
    }
    _mm512_mask_storeu_ps(c + col, mask16(cols - col), sum);
  }
}

ALWAYS_INLINE void pack_as(uint32_t* panel, const PanelShape* shape, const Source* source,
                           const Dtype dtype, const bool rounds) {
  const size_t step = 1;
  const void* data = source->data;
#define ELEMENTS(at, count)                              \
  (rounds ? rounded(load_floats(data, at, count, dtype)) \
          : _mm512_castps_si512(load_floats(data, at, count, dtype)))
#define ALONG_K(data, at, count) ELEMENTS(at, count)
#define ALONG_LANES(data, at, k_stride, lanes, left) ELEMENTS(at, (left) > 0 ? (lanes) : 0)
  if (source->k_stride == 1) {
    PACK_ALONG_K(ALONG_K)
  } else {
    PACK_ALONG_LANES(ALONG_LANES)
  }
}

#include "kernels/x86_fp32.h"

const Kernel kernel_avx512_fp32 = {
    .name = "avx512-fp32",
    .arithmetic = ARITHMETIC_FMA,
    .panel_dtype = DTYPE_F32,
    .tile_rows = ROWS,
    .tile_cols = 32,
    .row_step = 1,
    .col_step = 16,
    .a_group = 1,
    .b_group = 1,
    .depth_multiple = 1,
    .panel_in_l2 = true,
    .multiply = multiply,
    .multiply_in_place = multiply_in_place,
    .widen_rows = widen_rows,
    .multiply_fused = multiply_fused,
    .pack = pack,
    .multiply_row = multiply_row,
};
