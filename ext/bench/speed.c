// Speed of this module's products beside OpenBLAS and oneDNN, in one run, so that only ratios
// count.
//
//   speed [SECONDS PER SHAPE, 2 if not given]
//
// OMP_NUM_THREADS says how many threads all of them use. BF16MM_BENCH_OPENBLAS is the path of
// another OpenBLAS, for example one with sbgemm, which Debian's build for amd64 lacks. Contestants
// take turns; the best turn of each counts, because an interruption only makes a turn longer.
// Prints one line per shape, then geometric means.
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/backends.h"
#include "gemm/blocking.h"
#include "gemm/gemm.h"
#include "gemm/threads.h"
#include "kernels/bf16.h"

#if BF16MM_BENCH_DNNL
#include <dnnl.h>
#endif

typedef struct {
  size_t m, n, k;
} Shape;

static const Shape shapes[] = {{2000, 2000, 2000}, {512, 512, 512}, {128, 768, 768}, {3136, 64, 64},
                               {196, 256, 2304},   {49, 512, 4608}, {1, 2304, 768},  {33, 17, 33}};

// One shape's operands in every form that a contestant wants.
typedef struct {
  Shape shape;
  float *a, *b, *c;
  bf16 *a_bf16, *b_bf16;
  PackedOperand packed;
} Data;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void* allocate(size_t bytes) {
  void* memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (memory == NULL) {
    perror("speed");
    exit(1);
  }
  return memory;
}

// --- this module ---

static Gemm product(const Data* d, const Backend* backend, Product product, bool from_bf16) {
  Shape s = d->shape;
  return (Gemm){.kernel = backend->kernel,
                .product = product,
                .m = s.m,
                .n = s.n,
                .k = s.k,
                .a.matrix = {from_bf16 ? (void*)d->a_bf16 : (void*)d->a,
                             from_bf16 ? DTYPE_BF16 : DTYPE_F32, (ptrdiff_t)s.k, 1},
                .b.matrix = {from_bf16 ? (void*)d->b_bf16 : (void*)d->b,
                             from_bf16 ? DTYPE_BF16 : DTYPE_F32, 1, (ptrdiff_t)s.n},
                .out = {d->c, DTYPE_F32, (ptrdiff_t)s.n, 1}};
}

static void our_f32(const Data* d) {
  Gemm g = product(d, default_f32_backend(), PRODUCT_WHOLE, false);
  gemm(&g);
}

static void our_bf16(const Data* d) {
  Gemm g = product(d, default_bf16_backend(), PRODUCT_BF16, true);
  gemm(&g);
}

static void our_bf16_from_f32(const Data* d) {
  Gemm g = product(d, default_bf16_backend(), PRODUCT_BF16, false);
  gemm(&g);
}

static void our_packed(const Data* d) {
  Gemm g = product(d, default_bf16_backend(), PRODUCT_BF16, true);
  g.packed = &d->packed;
  gemm(&g);
}

// --- OpenBLAS ---

typedef void Sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float* a,
                   int lda, const float* b, int ldb, float beta, float* c, int ldc);
typedef void Sbgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const bf16* a,
                    int lda, const bf16* b, int ldb, float beta, float* c, int ldc);
enum { kRowMajor = 101, kNoTranspose = 111 };

static Sgemm* sgemm;
static Sbgemm* sbgemm;

static void open_openblas(void) {
  const char* path = getenv("BF16MM_BENCH_OPENBLAS");
  void* library = dlopen(path != NULL ? path : "libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "speed: no OpenBLAS: %s\n", dlerror());
    return;
  }
  sgemm = (Sgemm*)dlsym(library, "cblas_sgemm");
  sbgemm = (Sbgemm*)dlsym(library, "cblas_sbgemm");
  char* (*config)(void) = (char* (*)(void))dlsym(library, "openblas_get_config");
  if (config != NULL)
    printf("OpenBLAS: %s%s\n", config(), sbgemm == NULL ? " (without sbgemm)" : "");
}

static void openblas_sgemm(const Data* d) {
  int m = (int)d->shape.m, n = (int)d->shape.n, k = (int)d->shape.k;
  sgemm(kRowMajor, kNoTranspose, kNoTranspose, m, n, k, 1, d->a, k, d->b, n, 0, d->c, n);
}

static void openblas_sbgemm(const Data* d) {
  int m = (int)d->shape.m, n = (int)d->shape.n, k = (int)d->shape.k;
  sbgemm(kRowMajor, kNoTranspose, kNoTranspose, m, n, k, 1, d->a_bf16, k, d->b_bf16, n, 0, d->c, n);
}

// --- oneDNN ---

#if BF16MM_BENCH_DNNL
static dnnl_engine_t engine;
static dnnl_stream_t stream;

typedef struct {
  dnnl_primitive_t primitive;
  dnnl_memory_t a, b, c;
} DnnlProduct;

static DnnlProduct race_f32, race_plain, race_packed;

static void must(dnnl_status_t status) {
  if (status == dnnl_success) return;
  fprintf(stderr, "speed: oneDNN's status is %d\n", (int)status);
  exit(1);
}

static dnnl_memory_desc_t matrix(size_t rows, size_t cols, dnnl_data_type_t type,
                                 dnnl_format_tag_t tag) {
  dnnl_memory_desc_t desc;
  dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)cols};
  must(dnnl_memory_desc_create_with_tag(&desc, 2, dims, type, tag));
  return desc;
}

static dnnl_memory_t reordered(dnnl_memory_t plain, const_dnnl_memory_desc_t from,
                               const_dnnl_memory_desc_t to) {
  dnnl_memory_t result;
  must(dnnl_memory_create(&result, to, engine, DNNL_MEMORY_ALLOCATE));
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t reorder;
  must(dnnl_reorder_primitive_desc_create(&desc, from, engine, to, engine, NULL));
  must(dnnl_primitive_create(&reorder, desc));
  dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, result}};
  must(dnnl_primitive_execute(reorder, stream, 2, args));
  must(dnnl_stream_wait(stream));
  dnnl_primitive_destroy(reorder);
  dnnl_primitive_desc_destroy(desc);
  dnnl_memory_destroy(plain);
  return result;
}

// Row-major operands; with `packed`, B in the format that oneDNN likes best, reordered ahead.
static DnnlProduct make_dnnl(const Data* d, dnnl_data_type_t type, void* a, void* b, bool packed) {
  Shape s = d->shape;
  dnnl_memory_desc_t a_desc = matrix(s.m, s.k, type, dnnl_ab),
                     b_plain = matrix(s.k, s.n, type, dnnl_ab);
  dnnl_memory_desc_t b_desc = matrix(s.k, s.n, type, packed ? dnnl_format_tag_any : dnnl_ab);
  dnnl_memory_desc_t c_desc = matrix(s.m, s.n, dnnl_f32, dnnl_ab);
  dnnl_primitive_desc_t desc;
  must(dnnl_matmul_primitive_desc_create(&desc, engine, a_desc, b_desc, NULL, c_desc, NULL));
  DnnlProduct p;
  must(dnnl_primitive_create(&p.primitive, desc));
  must(dnnl_memory_create(&p.a, a_desc, engine, a));
  must(dnnl_memory_create(&p.c, c_desc, engine, d->c));
  must(dnnl_memory_create(&p.b, b_plain, engine, b));
  if (packed)
    p.b = reordered(p.b, b_plain, dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0));
  dnnl_primitive_desc_destroy(desc);
  dnnl_memory_desc_t descs[] = {a_desc, b_plain, b_desc, c_desc};
  for (size_t i = 0; i < sizeof descs / sizeof descs[0]; i++) dnnl_memory_desc_destroy(descs[i]);
  return p;
}

static void drop_dnnl(DnnlProduct* p) {
  dnnl_primitive_destroy(p->primitive);
  dnnl_memory_destroy(p->a);
  dnnl_memory_destroy(p->b);
  dnnl_memory_destroy(p->c);
}

static void run_dnnl(const DnnlProduct* p) {
  dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, p->a}, {DNNL_ARG_WEIGHTS, p->b}, {DNNL_ARG_DST, p->c}};
  must(dnnl_primitive_execute(p->primitive, stream, 3, args));
  must(dnnl_stream_wait(stream));
}

static void onednn_f32(const Data* d) { (void)d, run_dnnl(&race_f32); }
static void onednn_plain(const Data* d) { (void)d, run_dnnl(&race_plain); }
static void onednn_packed(const Data* d) { (void)d, run_dnnl(&race_packed); }
#endif

// --- the race ---

typedef struct {
  const char* name;
  void (*run)(const Data* data);
  double best;  // seconds per product, of the shape at hand
} Contestant;

static Contestant contestants[10];
static int count;

static void add(const char* name, void (*run)(const Data* data)) {
  contestants[count++] = (Contestant){.name = name, .run = run};
}

static Data make_data(Shape s) {
  Data d = {.shape = s,
            .a = allocate(s.m * s.k * 4),
            .b = allocate(s.k * s.n * 4),
            .c = allocate(s.m * s.n * 4),
            .a_bf16 = allocate(s.m * s.k * 2),
            .b_bf16 = allocate(s.k * s.n * 2)};
  for (size_t i = 0; i < s.m * s.k; i++)
    d.a_bf16[i] = float_to_bf16(d.a[i] = (float)(rand() % 2001 - 1000) / 1000);
  for (size_t i = 0; i < s.k * s.n; i++)
    d.b_bf16[i] = float_to_bf16(d.b[i] = (float)(rand() % 2001 - 1000) / 1000);
  d.packed = (PackedOperand){.kernel = default_bf16_backend()->kernel,
                             .product = PRODUCT_BF16,
                             .k = s.k,
                             .n = s.n,
                             .depth = choose_depth(default_bf16_backend()->kernel, s.k, 1)};
  d.packed.panels = allocate(packed_bytes(&d.packed));
  Operand b = {.matrix = {d.b, DTYPE_F32, 1, (ptrdiff_t)s.n}};
  pack_operand(&d.packed, &b, 0);
  return d;
}

static void race(const Data* d, double seconds) {
  double flops = 2.0 * (double)d->shape.m * (double)d->shape.n * (double)d->shape.k;
  // A turn takes about a millisecond at 100 GFLOP/s, or one product.
  int times = (int)(1e8 / flops);
  if (times < 1) times = 1;
  for (int i = 0; i < count; i++) contestants[i].best = INFINITY;
  double end = now() + seconds;
  for (int turn = 0; turn < 3 || now() < end; turn++) {
    for (int i = 0; i < count; i++) {
      if (thread_limit() > 1) {
        // The threads of the one before spin for a while after their work, OpenBLAS's 2^26 cycles
        // (THREAD_TIMEOUT); they must not take the CPUs of the next, whose own threads a product
        // wakes up that is not timed.
        nanosleep(&(struct timespec){.tv_nsec = 40000000}, NULL);
        contestants[i].run(d);
      }
      double start = now();
      for (int t = 0; t < times; t++) contestants[i].run(d);
      double each = (now() - start) / times;
      if (turn > 0 && each < contestants[i].best) contestants[i].best = each;
    }
  }
}

static double best_of(const char* name) {
  for (int i = 0; i < count; i++)
    if (strcmp(contestants[i].name, name) == 0) return contestants[i].best;
  return NAN;
}

// Ratios that are reported: how many times faster the first is.
static const char* const pairs[][2] = {{"bf16", "sbgemm"},
                                       {"bf16", "onednn bf16"},
                                       {"bf16 packed", "onednn packed"},
                                       {"float32", "sgemm"},
                                       {"bf16", "float32"},
                                       {"bf16", "sgemm"},
                                       {"bf16 from float32", "float32"}};
enum { kPairs = sizeof pairs / sizeof pairs[0], kShapes = sizeof shapes / sizeof shapes[0] };

int main(int argc, char** argv) {
  double seconds = argc > 1 ? strtod(argv[1], NULL) : 2, log_sums[kPairs] = {0};
  printf("bf16mm: bf16 by %s, float32 by %s; %d threads\n", default_bf16_backend()->kernel->name,
         default_f32_backend()->kernel->name, thread_limit());
  open_openblas();
  add("float32", our_f32);
  add("bf16", our_bf16);
  add("bf16 from float32", our_bf16_from_f32);
  add("bf16 packed", our_packed);
  if (sgemm != NULL) add("sgemm", openblas_sgemm);
  if (sbgemm != NULL) add("sbgemm", openblas_sbgemm);
#if BF16MM_BENCH_DNNL
  const dnnl_version_t* version = dnnl_version();
  printf("oneDNN: %d.%d.%d\n", version->major, version->minor, version->patch);
  must(dnnl_engine_create(&engine, dnnl_cpu, 0));
  must(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
  add("onednn float32", onednn_f32);
  add("onednn bf16", onednn_plain);
  add("onednn packed", onednn_packed);
#endif
  printf("GFLOP/s, best turn\n%16s", "M x N x K");
  for (int i = 0; i < count; i++) printf(" %17s", contestants[i].name);
  printf("\n");
  for (int s = 0; s < kShapes; s++) {
    Data d = make_data(shapes[s]);
#if BF16MM_BENCH_DNNL
    race_f32 = make_dnnl(&d, dnnl_f32, d.a, d.b, false);
    race_plain = make_dnnl(&d, dnnl_bf16, d.a_bf16, d.b_bf16, false);
    race_packed = make_dnnl(&d, dnnl_bf16, d.a_bf16, d.b_bf16, true);
#endif
    race(&d, seconds);
    char label[64];
    snprintf(label, sizeof label, "%zux%zux%zu", d.shape.m, d.shape.n, d.shape.k);
    printf("%16s", label);
    for (int i = 0; i < count; i++)
      printf(" %17.1f", 2e-9 * (double)d.shape.m * (double)d.shape.n * (double)d.shape.k /
                            contestants[i].best);
    printf("\n");
    fflush(stdout);
    for (int p = 0; p < kPairs; p++)
      log_sums[p] += log(best_of(pairs[p][1]) / best_of(pairs[p][0]));
#if BF16MM_BENCH_DNNL
    drop_dnnl(&race_f32);
    drop_dnnl(&race_plain);
    drop_dnnl(&race_packed);
#endif
    free(d.a), free(d.b), free(d.c), free(d.a_bf16), free(d.b_bf16), free(d.packed.panels);
  }
  printf("times faster, geometric mean over the shapes\n");
  for (int p = 0; p < kPairs; p++)
    if (!isnan(log_sums[p]))
      printf("%20s over %-14s %.2f\n", pairs[p][0], pairs[p][1], exp(log_sums[p] / kShapes));
  return 0;
}
