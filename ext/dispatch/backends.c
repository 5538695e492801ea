#include "dispatch/backends.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "dispatch/processor.h"

typedef struct {
  const Kernel* kernel;
  unsigned needs;
} Entry;

static const Entry table[] = {
#if defined(__x86_64__)
    {&kernel_amx_bf16, FEATURE_AMX_BF16},
    {&kernel_avx512_bf16, FEATURE_AVX512_BF16},
    {&kernel_avx512_fp32, FEATURE_AVX512},
    {&kernel_avx2_fp32, FEATURE_AVX2_FMA},
#elif defined(__aarch64__)
    {&kernel_neon_bfmmla, FEATURE_BF16},
    {&kernel_sve_bfmmla, FEATURE_SVE_BF16},
    {&kernel_neon_bfdot, FEATURE_BF16},
    {&kernel_neon_fp32, FEATURE_NEON},
    {&kernel_sme_bfmopa, FEATURE_SME_BF16},
#endif
    {&kernel_scalar, 0},
};
enum { kCount = sizeof table / sizeof table[0] };

static Backend found[kCount];
static Kernel sized[kCount];  // with scalable vectors, the tile's size is known only here
static pthread_once_t find_once = PTHREAD_ONCE_INIT, measure_once = PTHREAD_ONCE_INIT;
static const Backend *first_bf16, *first_f32;

static void find_all(void) {
  unsigned features = processor_features();
  for (int i = 0; i < kCount; i++) {
    sized[i] = *table[i].kernel;
    found[i].kernel = &sized[i];
    found[i].available = (features & table[i].needs) == table[i].needs;
#if defined(__aarch64__)
    if (!found[i].available) continue;
    // In B's panels a lane is 8 bytes of a group, and the tile is 6 vectors wide.
    if (table[i].kernel == &kernel_sve_bfmmla) sized[i].tile_cols = 6 * sve_vector_bytes() / 8;
    if (table[i].kernel == &kernel_sme_bfmopa)
      sized[i].tile_rows = sized[i].tile_cols = sme_vector_bytes() / 4;
#endif
  }
}

const Backend* backends(int* count) {
  pthread_once(&find_once, find_all);
  *count = kCount;
  return found;
}

const Backend* find_backend(const char* name) {
  int count;
  const Backend* all = backends(&count);
  for (int i = 0; i < count; i++)
    if (all[i].available && strcmp(all[i].kernel->name, name) == 0) return &all[i];
  return NULL;
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// One tile over and over, its panels in the first-level cache: the best of several short runs,
// because an interruption only makes a run longer.
static double measure(const Kernel* kernel) {
  enum { kDepth = 128, kRuns = 6, kPanelFloats = 8192 };
  static float a[kPanelFloats] __attribute__((aligned(64)));
  static float b[kPanelFloats] __attribute__((aligned(64)));
  static float c[64 * 64];
  if (kernel->tile_rows * kDepth > kPanelFloats || kernel->tile_cols * kDepth > kPanelFloats)
    return 0;
  double flops = 2.0 * kernel->tile_rows * kernel->tile_cols * kDepth, best = 0;
  if (kernel->begin_thread != NULL) kernel->begin_thread();
  for (int run = 0; run < kRuns; run++) {
    int times = 0;
    double start = seconds_now(), elapsed = 0;
    do {
      kernel->multiply(kDepth, a, b, c, kernel->tile_cols, kernel->tile_rows, kernel->tile_cols,
                       false);
      times++;
      if (times % 8 == 0) elapsed = seconds_now() - start;
    } while (elapsed < 60e-6);
    double rate = flops * times / elapsed;
    if (run > 0 && rate > best) best = rate;  // the first warms up
  }
  if (kernel->end_thread != NULL) kernel->end_thread();
  return best;
}

// On x86 the instructions' names say little: VDPBF16PS is half as fast as float32 on some cores and
// twice on others. On Arm a core with BFMMLA has it at four times its float32 rate (the Software
// Optimization Guides of Neoverse N2, V1 and V2), so the table's order stands, and an emulator's
// slow bf16 does not mislead.
static bool faster(const Backend* backend, const Backend* best) {
#if defined(__x86_64__)
  return backend->flops > 1.1 * best->flops;
#else
  (void)backend, (void)best;
  return false;
#endif
}

static void measure_all(void) {
  int count;
  backends(&count);
  for (int i = 0; i < count; i++) {
    Backend* backend = &found[i];
    if (!backend->available) continue;
    backend->flops = measure(backend->kernel);
    if (first_bf16 == NULL || faster(backend, first_bf16)) first_bf16 = backend;
    if (backend->kernel->panel_dtype == DTYPE_F32 &&
        (first_f32 == NULL || faster(backend, first_f32)))
      first_f32 = backend;
  }
}

const Backend* default_bf16_backend(void) {
  pthread_once(&measure_once, measure_all);
  return first_bf16;
}

const Backend* default_f32_backend(void) {
  pthread_once(&measure_once, measure_all);
  return first_f32;
}
