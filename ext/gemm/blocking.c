#include "gemm/blocking.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static Caches found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// One word of a file in sysfs; false if it cannot be read.
static bool read_word(int index, const char* name, const char* format, void* value) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
  FILE* file = fopen(path, "re");
  if (file == NULL) return false;
  int fields = fscanf(file, format, value);
  fclose(file);
  return fields == 1;
}

static void find_caches(void) {
  for (int index = 0; index < 8; index++) {
    int level;
    unsigned long kib;
    char type[16];
    if (!read_word(index, "level", "%d", &level)) break;
    if (!read_word(index, "type", "%15s", type) || strcmp(type, "Instruction") == 0) continue;
    if (!read_word(index, "size", "%luK", &kib)) continue;
    if (level == 1) found.l1 = kib * 1024;
    if (level == 2) found.l2 = kib * 1024;
    if (level == 3) found.l3 = kib * 1024;
  }
#ifdef _SC_LEVEL1_DCACHE_SIZE
  // glibc knows them on x86 without sysfs, which containers may hide; 0 or -1: unknown.
  long l1 = sysconf(_SC_LEVEL1_DCACHE_SIZE), l2 = sysconf(_SC_LEVEL2_CACHE_SIZE),
       l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (found.l1 == 0 && l1 > 0) found.l1 = (size_t)l1;
  if (found.l2 == 0 && l2 > 0) found.l2 = (size_t)l2;
  if (found.l3 == 0 && l3 > 0) found.l3 = (size_t)l3;
#endif
  if (found.l1 == 0) found.l1 = 32 << 10;
  if (found.l2 == 0) found.l2 = 256 << 10;
}

const Caches* caches(void) {
  pthread_once(&once, find_caches);
  return &found;
}

static size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
static size_t at_least(size_t value, size_t least) { return value < least ? least : value; }

// `total` in equal parts of at most `limit`, each a multiple of `step`: no small rest at the end.
static size_t equal_parts(size_t total, size_t limit, size_t step) {
  limit = at_least(limit / step * step, step);
  if (total <= limit) return at_least(round_up(total, step), step);
  size_t parts = (total + limit - 1) / limit;
  return round_up((total + parts - 1) / parts, step);
}

size_t choose_depth(const Kernel* kernel, size_t k, int products) {
  size_t element = dtype_bytes(kernel->panel_dtype);
  size_t lanes =
      (size_t)(kernel->tile_rows > kernel->tile_cols ? kernel->tile_rows : kernel->tile_cols);
  // A panel of B stays in three quarters of L1 while panels of A stream past it. Where it may come
  // from L2, fewer and deeper blocks read and write C less often (2000x2000x2000 on a Zen 4: 1.12
  // times as fast; twice to four times L1 alike).
  size_t bytes =
      kernel->panel_in_l2 ? smaller(caches()->l1 * 3, caches()->l2 / 4) : caches()->l1 * 3 / 4;
  size_t limit = bytes / (lanes * element * (size_t)products);
  return equal_parts(k, limit, (size_t)kernel->depth_multiple);
}

Blocking choose_blocking(const Kernel* kernel, size_t m, size_t n, size_t k, int products) {
  size_t element = dtype_bytes(kernel->panel_dtype);
  Blocking blocking = {.depth = choose_depth(kernel, k, products)};
  size_t lane_bytes = blocking.depth * element * (size_t)products;
  // A's block takes half of L2. B's takes a quarter of L3, which other cores share; without reuse
  // by a second block of rows it takes half of L2 instead, so that it is read back from there.
  blocking.rows = equal_parts(m, caches()->l2 / 2 / lane_bytes, (size_t)kernel->tile_rows);
  bool reused = m > blocking.rows || m > 8 * (size_t)kernel->tile_rows;
  size_t for_columns =
      reused && caches()->l3 > 4 * caches()->l2 ? caches()->l3 / 4 : caches()->l2 / 2;
  blocking.cols = equal_parts(n, for_columns / lane_bytes, (size_t)kernel->tile_cols);
  return blocking;
}
