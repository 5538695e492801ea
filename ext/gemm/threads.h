// A pool of threads for one process. A job's body is called by several threads at once and shares
// the work out itself.
#ifndef BF16MM_GEMM_THREADS_H
#define BF16MM_GEMM_THREADS_H

// How many threads a large product may use: OMP_NUM_THREADS as it was when first asked, and at most
// the CPUs the calling thread may run on now.
int thread_limit(void);

// Calls body(context) on the calling thread and up to threads - 1 others, and returns when all that
// began are done. A body returns only when nothing is left to begin. While another thread's job
// runs, or where threads cannot be started, the caller does all by itself. Safe after fork.
void run_threads(int threads, void (*body)(void* context), void* context);

#endif
