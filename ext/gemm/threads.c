#include "gemm/threads.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum {
  kMaxThreads = 256,
  // Jobs follow each other closely inside one product; sleeping and waking takes longer than the
  // gap. About 30 us.
  kSpinsForJob = 2000,
  // And so do a program's products: a worker stays awake for some 0.7 ms (128x768x768 packed, two
  // threads of a virtual machine: 1.8 times as fast). OpenMP's and OpenBLAS's workers stay for
  // longer.
  kSpinsForProduct = 50000,
  // So many helpers at most are kept off the caller's CPU, at a microsecond for each worker when it
  // has changed.
  kFewWorkers = 8
};

static struct {
  pthread_mutex_t job;  // held by the thread whose job runs
  pthread_mutex_t mutex;
  pthread_cond_t start, done;
  int workers;  // started so far
  pthread_t threads[kMaxThreads];
  cpu_set_t allowed;  // where the first `placed` of them may run
  int placed;
  void (*body)(void*);
  void* context;
  int wanted;  // workers that may still join the job; a worker that wakes up late is not waited for
  atomic_uint job_number;
  atomic_int running;  // that have joined and are not done
} pool = {.job = PTHREAD_MUTEX_INITIALIZER,
          .mutex = PTHREAD_MUTEX_INITIALIZER,
          .start = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

static void* work(void* number_of_last_job) {
  unsigned seen = (unsigned)(uintptr_t)number_of_last_job;
  for (;;) {
    for (int i = 0; i < kSpinsForProduct && atomic_load(&pool.job_number) == seen; i++)
      pause_briefly();
    pthread_mutex_lock(&pool.mutex);
    while (atomic_load(&pool.job_number) == seen) pthread_cond_wait(&pool.start, &pool.mutex);
    seen = atomic_load(&pool.job_number);
    bool takes_part = pool.wanted > 0;
    if (takes_part) {
      pool.wanted--;
      atomic_fetch_add(&pool.running, 1);
    }
    void (*body)(void*) = pool.body;
    void* context = pool.context;
    pthread_mutex_unlock(&pool.mutex);
    if (!takes_part) continue;
    body(context);
    if (atomic_fetch_sub(&pool.running, 1) == 1) {
      pthread_mutex_lock(&pool.mutex);
      pthread_cond_signal(&pool.done);
      pthread_mutex_unlock(&pool.mutex);
    }
  }
  return NULL;
}

// The child of a fork has only the thread that forked: no workers, no job. The locks are taken
// around the fork so that they are whole in both.
static void before_fork(void) {
  pthread_mutex_lock(&pool.job);
  pthread_mutex_lock(&pool.mutex);
}

static void after_fork_in_parent(void) {
  pthread_mutex_unlock(&pool.mutex);
  pthread_mutex_unlock(&pool.job);
}

static void after_fork_in_child(void) {
  pool.workers = 0;
  pool.placed = 0;
  pthread_cond_init(&pool.start, NULL);
  pthread_cond_init(&pool.done, NULL);
  after_fork_in_parent();
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int from_environment;  // 0: not set

static void set_up(void) {
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  const char* text = getenv("OMP_NUM_THREADS");
  if (text == NULL || !isdigit((unsigned char)*text)) return;
  // OpenMP allows a list, one number per level of nesting; only the first level is ours.
  char* end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno == 0 && number > 0 && (*end == '\0' || *end == ','))
    from_environment = number < kMaxThreads ? (int)number : kMaxThreads;
}

int thread_limit(void) {
  pthread_once(&once, set_up);
  if (from_environment == 1) return 1;
  cpu_set_t allowed;
  // Fails only on machines with more CPUs than the set holds; then they are many.
  int cpus =
      sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : kMaxThreads;
  if (cpus > kMaxThreads) cpus = kMaxThreads;
  return from_environment != 0 && from_environment < cpus ? from_environment : cpus;
}

// With pool.mutex held. Starts workers until there are `wanted`, and says how many there are.
static int start_workers(int wanted) {
  while (pool.workers < wanted) {
    // Signals are for the interpreter's threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failed =
        pthread_create(&thread, NULL, work, (void*)(uintptr_t)atomic_load(&pool.job_number));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) break;
    pthread_detach(thread);
    pool.threads[pool.workers++] = thread;
  }
  return pool.workers;
}

// With pool.mutex held.
static void let_workers_run_on(const cpu_set_t* allowed) {
  if (pool.placed == pool.workers && CPU_EQUAL(allowed, &pool.allowed)) return;
  for (int i = 0; i < pool.workers; i++)
    pthread_setaffinity_np(pool.threads[i], sizeof *allowed, allowed);
  pool.allowed = *allowed;
  pool.placed = pool.workers;
}

// With pool.mutex held. A worker that wakes up is often put on the CPU of the caller, who woke it
// and does not stop, though another is idle; it then comes when all is done. Linux looks for idle
// CPUs the less the fewer there are (SIS_UTIL in kernel/sched/fair.c): with two, products of a
// millisecond had one thread in two of three cases.
static void keep_workers_off_this_cpu(int helpers) {
  int cpu = sched_getcpu();
  cpu_set_t allowed;
  if (cpu < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  if (helpers <= kFewWorkers && CPU_COUNT(&allowed) > helpers) CPU_CLR((size_t)cpu, &allowed);
  let_workers_run_on(&allowed);
}

// With pool.mutex held. The caller is about to sleep, and other programs may be on the workers'
// CPUs.
static void give_workers_this_cpu(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) let_workers_run_on(&allowed);
}

void run_threads(int threads, void (*body)(void* context), void* context) {
  pthread_once(&once, set_up);
  if (threads <= 1 || pthread_mutex_trylock(&pool.job) != 0) {
    body(context);
    return;
  }
  pthread_mutex_lock(&pool.mutex);
  int helpers = start_workers(threads - 1);
  if (helpers > threads - 1) helpers = threads - 1;
  keep_workers_off_this_cpu(helpers);
  pool.body = body;
  pool.context = context;
  pool.wanted = helpers;
  atomic_fetch_add(&pool.job_number, 1);
  pthread_cond_broadcast(&pool.start);
  pthread_mutex_unlock(&pool.mutex);
  body(context);
  // All is shared out: who has not come yet finds nothing to do.
  pthread_mutex_lock(&pool.mutex);
  pool.wanted = 0;
  pthread_mutex_unlock(&pool.mutex);
  for (int i = 0; i < kSpinsForJob && atomic_load(&pool.running) > 0; i++) pause_briefly();
  pthread_mutex_lock(&pool.mutex);
  if (atomic_load(&pool.running) > 0) give_workers_this_cpu();
  while (atomic_load(&pool.running) > 0) pthread_cond_wait(&pool.done, &pool.mutex);
  pthread_mutex_unlock(&pool.mutex);
  pthread_mutex_unlock(&pool.job);
}
