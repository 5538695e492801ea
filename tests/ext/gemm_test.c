// Drives the products without Python: every backend against its scalar model, bit by bit. One
// argument chooses what to do; see main. Prints one line per check, exits with 1 at the first
// difference.
// One file, because it is one program that AArch64 emulators have to load.
#include "gemm/gemm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "dispatch/backends.h"
#include "dispatch/processor.h"
#include "gemm/blocking.h"
#include "gemm/threads.h"
#include "kernels/bf16.h"
#include "model/model.h"

// --- memory that notices ---

// Floats that end where an unmapped page begins, after another one: reading or writing past either
// side stops the program. `before` says which side is exact.
typedef struct {
  char* map;
  size_t bytes;
  void* data;
} Guarded;

static Guarded guarded(size_t bytes, bool before) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), inside = (bytes + page - 1) / page * page;
  Guarded g = {.bytes = inside + 2 * page};
  g.map = mmap(NULL, g.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (g.map == MAP_FAILED || mprotect(g.map, page, PROT_NONE) != 0 ||
      mprotect(g.map + page + inside, page, PROT_NONE) != 0) {
    perror("mmap");
    exit(1);
  }
  g.data = before ? g.map + page : g.map + page + inside - bytes;
  return g;
}

static void release(Guarded* g) { munmap(g->map, g->bytes); }

// --- numbers ---

static uint64_t random_state = 1;

static uint32_t random_bits(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 16);
}

typedef enum { NUMBERS_PLAIN, NUMBERS_ANY_BITS, NUMBERS_SPECIAL } Numbers;

static float random_float(Numbers numbers) {
  static const uint32_t special[] = {0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000,
                                     0xff800000, 0x7fc00000, 0x7f800001, 0xffc12345, 0x00000001,
                                     0x007fffff, 0x80012345, 0x00800000, 0x80800000, 0x7f7fffff,
                                     0xff7fffff, 0x7f7f0000, 0x3f808000, 0x3f818000, 0x0000ffff,
                                     0x007f8000, 0x5f000000, 0x20000000, 0x1fc00000};
  if (numbers == NUMBERS_ANY_BITS) return bits_float(random_bits());
  if (numbers == NUMBERS_SPECIAL && random_bits() % 8 == 0)
    return bits_float(special[random_bits() % (sizeof special / sizeof special[0])]);
  return (float)(int32_t)random_bits() * 0x1p-31f;
}

static bool same(float x, float y) {
  return float_bits(x) == float_bits(y) || (isnan(x) && isnan(y));
}

// --- one product against the model ---

typedef struct {
  const Kernel* kernel;
  Product product;
  size_t m, n, k;
  Dtype a_dtype, b_dtype, out_dtype;
  bool a_transposed, b_transposed, prepacked, guard_before, strided;
  Numbers numbers;
  Epilogue epilogue;
  int threads;
} Case;

static void describe(const Case* t) {
  printf(
      "%s product=%d %zux%zux%zu a=%d%s b=%d%s out=%d%s%s before=%d numbers=%d act=%d bias=%d "
      "threads=%d\n",
      t->kernel->name, (int)t->product, t->m, t->n, t->k, (int)t->a_dtype,
      t->a_transposed ? "T" : "", (int)t->b_dtype, t->b_transposed ? "T" : "", (int)t->out_dtype,
      t->prepacked ? " packed" : "", t->strided ? " strided" : "", t->guard_before, (int)t->numbers,
      (int)t->epilogue.activation, t->epilogue.bias != NULL, t->threads);
}

typedef struct {
  Guarded memory;
  Source source;
} Matrix;

static Matrix random_matrix(size_t lanes, size_t k, Dtype dtype, bool along_lanes, const Case* t) {
  size_t bytes = dtype == DTYPE_F32 ? 4 : 2;
  // A strided matrix has gaps in both directions, so neither stride is 1; its last element is still
  // the last byte.
  size_t step = t->strided ? 3 : 1;
  size_t inner = along_lanes ? lanes : k, outer = along_lanes ? k : lanes;
  size_t row = inner * step + (t->strided ? 5 : 0);
  size_t elements = outer == 0 || inner == 0 ? 0 : (outer - 1) * row + (inner - 1) * step + 1;
  Matrix x = {.memory = guarded(elements * bytes, t->guard_before)};
  for (size_t i = 0; i < elements; i++) {
    float value = random_float(t->numbers);
    if (dtype == DTYPE_F32)
      ((float*)x.memory.data)[i] = value;
    else
      ((bf16*)x.memory.data)[i] = (bf16)(float_bits(value) >> 16);
  }
  x.source = (Source){.data = x.memory.data,
                      .dtype = dtype,
                      .lane_stride = (ptrdiff_t)(along_lanes ? step : row),
                      .k_stride = (ptrdiff_t)(along_lanes ? row : step)};
  return x;
}

static float element_of(const Source* source, size_t lane, size_t k) {
  ptrdiff_t at = (ptrdiff_t)lane * source->lane_stride + (ptrdiff_t)k * source->k_stride;
  return source->dtype == DTYPE_F32 ? ((const float*)source->data)[at]
                                    : bf16_to_float(((const bf16*)source->data)[at]);
}

static void put(const Kernel* kernel, void* chain, size_t at, float x) {
  if (kernel->panel_dtype == DTYPE_F32)
    ((float*)chain)[at] = x;
  else
    ((bf16*)chain)[at] = (bf16)(float_bits(x) >> 16);
}

static float packed_value(const Kernel* kernel, const Source* source, size_t lane, size_t k,
                          Part part) {
  float x = element_of(source, lane, k);
  if (source->dtype == DTYPE_BF16) return part == PART_LOW ? 0 : x;
  return model_rounded(kernel, x, part);
}

// One element of the product: block after block of K, part after part, as gemm.h promises.
static float expected_element(const Case* t, const Source* a, const Source* b, size_t row,
                              size_t col) {
  static const Part parts[3][3][2] = {
      {{PART_WHOLE, PART_WHOLE}},
      {{PART_HIGH, PART_HIGH}},
      {{PART_LOW, PART_HIGH}, {PART_HIGH, PART_LOW}, {PART_HIGH, PART_HIGH}}};
  const Kernel* kernel = t->kernel;
  int products = t->product == PRODUCT_SPLIT ? 3 : 1;
  size_t block = choose_depth(kernel, t->k, products), multiple = (size_t)kernel->depth_multiple;
  float sum = 0;
  float *x = malloc((block + multiple) * sizeof *x), *y = malloc((block + multiple) * sizeof *y);
  for (size_t k0 = 0; k0 < t->k; k0 += block) {
    size_t depth = t->k - k0 < block ? t->k - k0 : block,
           padded = (depth + multiple - 1) / multiple * multiple;
    for (int s = 0; s < products; s++) {
      for (size_t k = 0; k < padded; k++) {
        bool in = k < depth;
        put(kernel, x, k, in ? packed_value(kernel, a, row, k0 + k, parts[t->product][s][0]) : 0);
        put(kernel, y, k, in ? packed_value(kernel, b, col, k0 + k, parts[t->product][s][1]) : 0);
      }
      sum = model_dot(kernel, sum, x, y, padded);
    }
  }
  free(x);
  free(y);
  return sum;
}

static const float canary = -7654321.0f;

// A result of a case. Its rows have a gap of 3 elements that nobody may touch; a strided one has a
// gap after each element, too.
typedef struct {
  size_t ld, col_stride, elements;
  Guarded memory;
} Result;

static bool in_gap(const Case* t, const Result* out, size_t at) {
  return at % out->ld >= t->n * out->col_stride || at % out->ld % out->col_stride != 0;
}

static Result result_of(const Case* t) {
  Result out = {.col_stride = t->strided ? 2 : 1};
  out.ld = t->n * out.col_stride + 3;
  if (t->m * t->n != 0) out.elements = (t->m - 1) * out.ld + (t->n - 1) * out.col_stride + 1;
  out.memory = guarded(out.elements * (t->out_dtype == DTYPE_F32 ? 4 : 2), t->guard_before);
  for (size_t i = 0; i < out.elements; i++) {
    // What is to be overwritten is NaN: nothing of it may be read.
    bool gap = in_gap(t, &out, i);
    if (t->out_dtype == DTYPE_F32)
      ((float*)out.memory.data)[i] = gap ? canary : NAN;
    else
      ((bf16*)out.memory.data)[i] = gap ? 0xabcd : 0x7fff;
  }
  return out;
}

static bool check_gap(const Case* t, const Result* out, size_t at) {
  bool good = t->out_dtype == DTYPE_F32
                  ? float_bits(((float*)out->memory.data)[at]) == float_bits(canary)
                  : ((bf16*)out->memory.data)[at] == 0xabcd;
  if (!good) printf("gap written at %zu, %zu: ", at / out->ld, at % out->ld);
  return good;
}

static bool check_element(const Case* t, const Matrix* a, const Matrix* b, const Result* out,
                          size_t at) {
  size_t row = at / out->ld, col = at % out->ld / out->col_stride;
  float want = expected_element(t, &a->source, &b->source, row, col);
  Destination to = {.data = &want, .dtype = DTYPE_F32, .row_stride = 1, .col_stride = 1};
  Epilogue epilogue = t->epilogue;
  if (epilogue.bias != NULL)
    epilogue.bias = (const float*)epilogue.bias + (epilogue.bias_per_row ? row : col);
  finish_tile(&epilogue, &to, &want, 1, 0, 0, 1, 1);
  float got;
  if (t->out_dtype == DTYPE_F32) {
    got = ((float*)out->memory.data)[at];
  } else {
    got = bf16_to_float(((bf16*)out->memory.data)[at]);
    want = bf16_to_float(float_to_bf16(want));
  }
  bool good = same(got, want);
  if (!good)
    printf("at %zu, %zu: %08x instead of %08x: ", row, col, float_bits(got), float_bits(want));
  return good;
}

static bool check_case(const Case* t) {
  Matrix a = random_matrix(t->m, t->k, t->a_dtype, t->a_transposed, t),
         b = random_matrix(t->n, t->k, t->b_dtype, !t->b_transposed, t);
  Result out = result_of(t);
  Gemm g = {.kernel = t->kernel,
            .product = t->product,
            .m = t->m,
            .n = t->n,
            .k = t->k,
            .a.matrix = a.source,
            .b.matrix = b.source,
            .out = {.data = out.memory.data,
                    .dtype = t->out_dtype,
                    .row_stride = (ptrdiff_t)out.ld,
                    .col_stride = (ptrdiff_t)out.col_stride},
            .epilogue = t->epilogue,
            .threads = t->threads};
  PackedOperand packed = {
      .kernel = t->kernel,
      .product = t->product,
      .k = t->k,
      .n = t->n,
      .depth = choose_depth(t->kernel, t->k, t->product == PRODUCT_SPLIT ? 3 : 1)};
  Guarded panels = {0};
  if (t->prepacked) {
    panels = guarded(packed_bytes(&packed), false);
    packed.panels = panels.data;
    pack_operand(&packed, &g.b, t->threads);
    g.packed = &packed;
  }
  bool good = gemm(&g) == GEMM_DONE;
  for (size_t i = 0; good && i < out.elements; i++)
    good = in_gap(t, &out, i) ? check_gap(t, &out, i) : check_element(t, &a, &b, &out, i);
  if (!good) describe(t);
  release(&a.memory);
  release(&b.memory);
  release(&out.memory);
  if (t->prepacked) release(&panels);
  return good;
}

// --- what is checked ---

static void must(bool good) {
  if (!good) exit(1);
}

static float biases[4096];

// Dtypes, strides, precisions, epilogues and guards by turns, so that a walk over sizes meets all
// of them.
static Case varied(const Kernel* kernel, size_t m, size_t n, size_t k, unsigned turn) {
  Case t = {.kernel = kernel, .m = m, .n = n, .k = k, .threads = 1};
  bool f32 = kernel->panel_dtype == DTYPE_F32;
  t.product = f32 ? (turn % 2 ? PRODUCT_WHOLE : PRODUCT_BF16)
                  : (turn % 3 == 2 ? PRODUCT_SPLIT : PRODUCT_BF16);
  t.a_dtype = turn / 2 % 2 ? DTYPE_BF16 : DTYPE_F32;
  t.b_dtype = turn / 4 % 2 ? DTYPE_BF16 : DTYPE_F32;
  t.out_dtype = turn / 3 % 3 == 2 ? DTYPE_BF16 : DTYPE_F32;
  t.a_transposed = turn / 5 % 2;
  t.b_transposed = turn / 7 % 2;
  t.prepacked = turn / 11 % 3 == 1;
  t.guard_before = turn / 13 % 2;
  t.strided = turn / 17 % 5 == 4;
  t.numbers = (Numbers)(turn / 19 % 3);
  t.epilogue.activation = (Activation)(turn / 23 % 4);
  if (turn / 29 % 2) {
    t.epilogue.bias = biases;
    t.epilogue.bias_stride = 1;
    t.epilogue.bias_per_row = turn / 31 % 2;
  }
  return t;
}

// Every size up to `largest` in each direction; `share` takes one in so many, all in the end by
// different `first`.
static void check_sizes(const Kernel* kernel, size_t largest, unsigned share, unsigned first) {
  unsigned turn = 0, checked = 0;
  for (size_t m = 1; m <= largest; m++)
    for (size_t n = 1; n <= largest; n++)
      for (size_t k = 1; k <= largest; k++, turn++) {
        if ((turn * 2654435761u >> 8) % share != first) continue;
        Case t = varied(kernel, m, n, k, random_bits() >> 3);
        must(check_case(&t));
        checked++;
      }
  printf("%s: %u sizes up to %zu are as the model says\n", kernel->name, checked, largest);
}

// Past the tile and past a block of K, where C is summed up in several rounds.
static void check_blocks(const Kernel* kernel, unsigned times) {
  size_t depth = choose_depth(kernel, (size_t)1 << 20, 1), rows = (size_t)kernel->tile_rows,
         cols = (size_t)kernel->tile_cols;
  const size_t sizes[][3] = {{rows, cols, depth},          {2 * rows + 1, cols + 1, depth + 1},
                             {1, 2 * cols, 2 * depth + 3}, {3 * rows - 1, 2, 2 * depth + 5},
                             {rows + 1, 3 * cols - 1, 3},  {1, 1, 3 * depth - 1}};
  for (unsigned turn = 0; turn < times; turn++) {
    const size_t* size = sizes[turn % 6];
    Case t = varied(kernel, size[0], size[1], size[2], random_bits() >> 3);
    if (t.numbers == NUMBERS_ANY_BITS)
      t.numbers = NUMBERS_SPECIAL;  // a long sum of any bits is NaN
    must(check_case(&t));
  }
  printf("%s: sizes past a tile and past a block are as the model says\n", kernel->name);
}

// Special values alone, in short chains so that not all becomes NaN.
static void check_specials(const Kernel* kernel, unsigned times) {
  for (unsigned i = 0; i < times; i++) {
    Case t = varied(kernel, 1 + random_bits() % 9, 1 + random_bits() % 13, 1 + random_bits() % 5,
                    random_bits() >> 3);
    t.numbers = i % 2 ? NUMBERS_SPECIAL : NUMBERS_ANY_BITS;
    must(check_case(&t));
  }
  printf("%s: special values are as the model says\n", kernel->name);
}

// Sums that end at the edge of the normal range or of all floats, where rounding and flushing meet.
static void check_edges(const Kernel* kernel, unsigned times) {
  size_t depth = (size_t)kernel->depth_multiple;
  for (unsigned i = 0; i < times; i++) {
    uint32_t a[64] = {0}, b[64] = {0};  // room for either dtype
    bool small = i % 2;
    float c =
        small
            ? bits_float((random_bits() & 0x80000000u) | (0x00800000u + random_bits() % 4096 - 64))
            : bits_float((random_bits() & 0x80000000u) | (0x7f7fffffu - random_bits() % 3));
    for (size_t k = 0; k < depth && k < 4; k++) {
      int exponent =
          small ? 127 - 63 - (int)(random_bits() % 14) : 127 + 50 + (int)(random_bits() % 14);
      for (int side = 0; side < 2; side++) {
        uint32_t bits = (random_bits() & 0x807f0000u) | (uint32_t)exponent << 23;
        put(kernel, side ? b : a, k, bits_float(bits));
      }
    }
    // A panel of one lane and one group is the chain itself; lanes past the first are zeros.
    uint32_t panel_a[64 * 64] = {0}, panel_b[64 * 64] = {0};
    int lanes_a = round_up_lanes(1, kernel->row_step),
        lanes_b = round_up_lanes(1, kernel->col_step);
    for (size_t k = 0; k < depth; k++) {
      size_t ga = (size_t)kernel->a_group, gb = (size_t)kernel->b_group;
      size_t at_a = k / ga * (size_t)lanes_a * ga + k % ga,
             at_b = k / gb * (size_t)lanes_b * gb + k % gb;
      if (kernel->panel_dtype == DTYPE_F32) {
        ((float*)panel_a)[at_a] = ((float*)a)[k];
        ((float*)panel_b)[at_b] = ((float*)b)[k];
      } else {
        ((bf16*)panel_a)[at_a] = ((bf16*)a)[k];
        ((bf16*)panel_b)[at_b] = ((bf16*)b)[k];
      }
    }
    float want = model_dot(kernel, c, a, b, depth), got = c;
    if (kernel->begin_thread != NULL) kernel->begin_thread();
    kernel->multiply(depth, panel_a, panel_b, &got, 1, 1, 1, true);
    if (kernel->end_thread != NULL) kernel->end_thread();
    if (!same(got, want)) {
      printf("%s: %08x instead of %08x from c %08x\n", kernel->name, float_bits(got),
             float_bits(want), float_bits(c));
      exit(1);
    }
  }
  printf("%s: %u sums at the edges of the range are as the model says\n", kernel->name, times);
}

// The same bits for any number of threads.
static void check_threads_over(const Kernel* kernel, size_t n) {
  size_t m = 101, k = 403;
  float *a = malloc(m * k * 4), *b = malloc(k * n * 4), *one = malloc(m * n * 4),
        *many = malloc(m * n * 4);
  for (size_t i = 0; i < m * k; i++) a[i] = random_float(NUMBERS_PLAIN);
  for (size_t i = 0; i < k * n; i++) b[i] = random_float(NUMBERS_PLAIN);
  Gemm g = {.kernel = kernel,
            .product = kernel->panel_dtype == DTYPE_F32 ? PRODUCT_WHOLE : PRODUCT_BF16,
            .m = m,
            .n = n,
            .k = k,
            .a.matrix = {a, DTYPE_F32, (ptrdiff_t)k, 1},
            .b.matrix = {b, DTYPE_F32, 1, (ptrdiff_t)n},
            .out = {one, DTYPE_F32, (ptrdiff_t)n, 1},
            .threads = 1};
  must(gemm(&g) == GEMM_DONE);
  g.out.data = many;
  for (int threads = 2; threads <= 3; threads++) {
    memset(many, 0xff, m * n * 4);
    g.threads = threads;
    must(gemm(&g) == GEMM_DONE);
    must(memcmp(one, many, m * n * 4) == 0);
  }
  // A row's bits do not depend on how many rows there are.
  g.threads = 1;
  g.n = 29;
  for (size_t rows = 1; rows < 20; rows++) {
    g.m = rows;
    memset(many, 0xff, m * n * 4);
    must(gemm(&g) == GEMM_DONE);
    for (size_t r = 0; r < rows; r++) must(memcmp(one + r * n, many + r * n, g.n * 4) == 0);
  }
  free(a), free(b), free(one), free(many);
}

static void check_threads(const Kernel* kernel) {
  check_threads_over(kernel, 103);  // just enough work for two threads
  check_threads_over(kernel, 203);  // and enough columns for each to make panels of its own
  printf("%s: the same bits for any number of threads and rows\n", kernel->name);
}

// Ones: exact as long as partial sums stay float32.
static void check_ones(const Kernel* kernel) {
  size_t k = 65536;
  bf16* ones = malloc(k * sizeof *ones);
  for (size_t i = 0; i < k; i++) ones[i] = 0x3f80;
  float out[4];
  Gemm g = {.kernel = kernel,
            .product = PRODUCT_BF16,
            .m = 2,
            .n = 2,
            .k = k,
            .a.matrix = {ones, DTYPE_BF16, 0, 1},
            .b.matrix = {ones, DTYPE_BF16, 0, 1},
            .out = {out, DTYPE_F32, 2, 1}};
  must(gemm(&g) == GEMM_DONE);
  for (int i = 0; i < 4; i++) must(out[i] == 65536.0f);
  free(ones);
  printf("%s: 65536 ones are exact\n", kernel->name);
}

// NaN and infinity in one row stay there, for every tail of K.
static void check_leaks(const Kernel* kernel) {
  for (size_t k = 1; k <= 67; k++) {
    size_t m = 17, n = 19;
    bf16 a[17 * 67], b[67 * 19];
    float out[17 * 19];
    for (size_t i = 0; i < m * k; i++) a[i] = i / k % 2 ? (i % 3 ? 0x7f80 : 0x7fc0) : 0x3f80;
    for (size_t i = 0; i < k * n; i++) b[i] = 0x3f80;
    Gemm g = {.kernel = kernel,
              .product = PRODUCT_BF16,
              .m = m,
              .n = n,
              .k = k,
              .a.matrix = {a, DTYPE_BF16, (ptrdiff_t)k, 1},
              .b.matrix = {b, DTYPE_BF16, 1, (ptrdiff_t)n},
              .out = {out, DTYPE_F32, (ptrdiff_t)n, 1}};
    must(gemm(&g) == GEMM_DONE);
    for (size_t i = 0; i < m * n; i++) must(i / n % 2 ? !isfinite(out[i]) : out[i] == (float)k);
  }
  printf("%s: NaN and infinity stay in their rows\n", kernel->name);
}

// Random shapes, up to what takes some milliseconds, until the time is over.
static void check_random(const Kernel* kernel, double seconds) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  unsigned long checked = 0;
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
    // Sizes over several orders of magnitude: small ones have the tails, large ones the blocks.
    size_t sizes[3];
    for (int i = 0; i < 3; i++) sizes[i] = 1 + random_bits() % (2u << random_bits() % 9);
    sizes[2] *= random_bits() % 16 == 0 ? 7 : 1;
    if (sizes[0] * sizes[1] * sizes[2] > 2000000) continue;
    Case t = varied(kernel, sizes[0], sizes[1], sizes[2], random_bits() >> 3);
    if (sizes[2] > 64 && t.numbers == NUMBERS_ANY_BITS) t.numbers = NUMBERS_SPECIAL;
    t.threads = 1 + (int)(random_bits() % 3);
    must(check_case(&t));
    checked++;
  } while (difftime(now.tv_sec, start.tv_sec) < seconds);
  printf("%s: %lu random shapes are as the model says\n", kernel->name, checked);
}

#if defined(__x86_64__)
static bool tiles_granted(void) { return true; }
static bool tiles_refused(void) { return false; }
#endif

static void check_processor(void) {
#if defined(__aarch64__)
  must(features_of_hwcaps(0, 0) == FEATURE_NEON);
  must(features_of_hwcaps(1ul << 22, 0) == FEATURE_NEON);
  must(features_of_hwcaps(1ul << 22, 1ul << 12 | 1ul << 14) ==
       (FEATURE_NEON | FEATURE_BF16 | FEATURE_SVE_BF16));
  must(features_of_hwcaps(0, 1ul << 14) == (FEATURE_NEON | FEATURE_BF16));
#elif defined(__x86_64__)
  const uint32_t instructions = 1u << 22 | 1u << 24;
  must(amx_usable(instructions, 3ull << 17, tiles_granted));
  must(!amx_usable(instructions, 3ull << 17, tiles_refused));
  must(!amx_usable(instructions, 1ull << 17, tiles_granted));
  must(!amx_usable(1u << 24, 3ull << 17, tiles_granted));
#endif
  puts("features follow from what the processor and the system say");
}

static void check_backend(const Kernel* kernel, unsigned share, unsigned first) {
  check_specials(kernel, 20000 / share + 200);
  check_edges(kernel, 400000 / share + 2000);
  check_sizes(kernel, 40, share, first);
  check_blocks(kernel, share > 100 ? 12 : 48);
  check_threads(kernel);
  check_ones(kernel);
  check_leaks(kernel);
}

// gemm_test list: the backends this processor has.
// gemm_test processor: what follows from CPUID and HWCAP.
// gemm_test BACKEND [SHARE [FIRST]]: all checks of one, with one size in SHARE (1: all 64,000).
// gemm_test BACKEND random SECONDS SEED: random shapes for so long.
int main(int argc, char** argv) {
  int count;
  const Backend* all = backends(&count);
  if (argc == 2 && strcmp(argv[1], "list") == 0) {
    for (int i = 0; i < count; i++)
      if (all[i].available)
        printf("%s %dx%d\n", all[i].kernel->name, all[i].kernel->tile_rows,
               all[i].kernel->tile_cols);
    return 0;
  }
  if (argc == 2 && strcmp(argv[1], "processor") == 0) {
    check_processor();
    return 0;
  }
  const Backend* backend = argc >= 2 ? find_backend(argv[1]) : NULL;
  if (backend == NULL) {
    fprintf(stderr,
            "usage: gemm_test list | processor | BACKEND [SHARE [FIRST]] | BACKEND random SECONDS "
            "SEED\n");
    return 2;
  }
  for (size_t i = 0; i < sizeof biases / sizeof biases[0]; i++)
    biases[i] = random_float(NUMBERS_PLAIN);
  if (argc == 5 && strcmp(argv[2], "random") == 0) {
    random_state += strtoull(argv[4], NULL, 10) * 0x9e3779b97f4a7c15ull;
    check_random(backend->kernel, strtod(argv[3], NULL));
    return 0;
  }
  unsigned share = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100,
           first = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
  random_state += first * 0x9e3779b97f4a7c15ull;
  check_backend(backend->kernel, share > 0 ? share : 1, first);
  return 0;
}
