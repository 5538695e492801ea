#include "gemm/workspace.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
  size_t bytes;
  void* memory;
} Kept;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int key_failed;

static void forget(void* value) {
  Kept* kept = value;
  free(kept->memory);
  free(kept);
}

static void make_key(void) { key_failed = pthread_key_create(&key, forget); }

void* workspace(size_t bytes) {
  pthread_once(&once, make_key);
  if (key_failed) return NULL;
  Kept* kept = pthread_getspecific(key);
  if (kept == NULL) {
    kept = calloc(1, sizeof *kept);
    if (kept == NULL || pthread_setspecific(key, kept) != 0) {
      free(kept);
      return NULL;
    }
  }
  if (kept->bytes < bytes) {
    free(kept->memory);
    kept->bytes = 0;
    kept->memory = NULL;
    if (bytes > (size_t)-1 - 4095) return NULL;
    size_t rounded = (bytes + 4095) / 4096 * 4096;
    kept->memory = aligned_alloc(64, rounded);
    if (kept->memory == NULL) return NULL;
    kept->bytes = rounded;
  }
  return kept->memory;
}
