// OpenBLAS's bf16 product once, between two markers that bench/count.py finds in an emulator's
// trace:
//
//   count_openblas LIBRARY M N K
//
// Prints what its addresses in the trace are relative to: where the library is, and the markers.
// OPENBLAS_CORETYPE says for which core, OPENBLAS_NUM_THREADS must be 1.
#define _GNU_SOURCE  // dladdr
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint16_t bf16;
typedef void Sbgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const bf16* a,
                    int lda, const bf16* b, int ldb, float beta, float* c, int ldc);
enum { kRowMajor = 101, kNoTranspose = 111 };

__attribute__((noinline)) void bf16mm_count_begin(void);
__attribute__((noinline)) void bf16mm_count_end(void);
void bf16mm_count_begin(void) { __asm__ volatile("" ::: "memory"); }
void bf16mm_count_end(void) { __asm__ volatile("" ::: "memory"); }

int main(int argc, char** argv) {
  void* library = argc == 5 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (library == NULL) {
    fprintf(stderr, "usage: count_openblas LIBRARY M N K: %s\n",
            argc == 5 ? dlerror() : "four arguments");
    return 2;
  }
  Sbgemm* sbgemm = (Sbgemm*)dlsym(library, "cblas_sbgemm");
  char* (*core)(void) = (char* (*)(void))dlsym(library, "openblas_get_corename");
  Dl_info where;
  if (sbgemm == NULL || core == NULL || dladdr((void*)sbgemm, &where) == 0) {
    fprintf(stderr, "count_openblas: %s has no cblas_sbgemm: it is built without BUILD_BFLOAT16\n",
            argv[1]);
    return 1;
  }
  printf("%p %p %p %s\n", where.dli_fbase, (void*)bf16mm_count_begin, (void*)bf16mm_count_end,
         core());
  fflush(stdout);
  int m = (int)strtol(argv[2], NULL, 10), n = (int)strtol(argv[3], NULL, 10),
      k = (int)strtol(argv[4], NULL, 10);
  bf16 *a = calloc((size_t)m * (size_t)k, 2), *b = calloc((size_t)k * (size_t)n, 2);
  float* c = calloc((size_t)m * (size_t)n, 4);
  for (int time = 0; time < 2; time++) {  // what is found out once is found out the first time
    if (time == 1) bf16mm_count_begin();
    sbgemm(kRowMajor, kNoTranspose, kNoTranspose, m, n, k, 1, a, k, b, n, 0, c, n);
  }
  bf16mm_count_end();
  return 0;
}
