// A program with a family: what is counted must not depend on who of it does the work. Each unit of
// work is a BFDOT, an instruction that nothing else here uses.
//
//   family work N | threads N T | fork N | vfork N PROGRAM... | signal N | kill N
//   family exec N PROGRAM... | path N PROGRAM... | at N PROGRAM... | self N | failing N
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

static void work(long n) {
  for (; n > 0; --n) __asm__ volatile(".arch armv8.6-a+bf16\nbfdot v0.4s, v1.8h, v2.8h" ::: "v0");
}

static void* thread(void* n) {
  work((long)n);
  return NULL;
}

// The child's status, or the number of the signal that ended it.
static int wait_for(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 99;
  return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const char* how = argv[1];
  const long n = atol(argv[2]);
  work(n);
  if (strcmp(how, "work") == 0) return argc > 3 ? atoi(argv[3]) : 0;
  if (strcmp(how, "threads") == 0) {
    pthread_t threads[64];
    const int count = atoi(argv[3]);
    for (int i = 0; i < count; ++i)
      if (pthread_create(&threads[i], NULL, thread, (void*)n) != 0) return 1;
    for (int i = 0; i < count; ++i) pthread_join(threads[i], NULL);
    return 0;
  }
  if (strcmp(how, "fork") == 0) {
    const pid_t child = fork();
    work(n);
    if (child == 0) _exit(0);
    return wait_for(child);
  }
  if (strcmp(how, "vfork") == 0) {
    pid_t child;
    if (posix_spawn(&child, argv[3], NULL, NULL, argv + 3, environ) != 0) return 1;
    return wait_for(child);
  }
  if (strcmp(how, "signal") == 0) abort();
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(how, "exec") == 0) execv(argv[3], argv + 3);
  if (strcmp(how, "path") == 0) execvp(argv[3], argv + 3);
  if (strcmp(how, "at") == 0) {
    const int fd = open(argv[3], O_RDONLY | O_CLOEXEC);
    syscall(SYS_execveat, fd, "", argv + 3, environ, AT_EMPTY_PATH);
  }
  if (strcmp(how, "self") == 0) {
    char* again[] = {"myself", "work", argv[2], NULL};
    char* nothing[] = {NULL};
    execve("/proc/self/exe", again, nothing);
  }
  if (strcmp(how, "failing") == 0) {
    execv("/nowhere/to/be/found", argv);
    const int missing = errno;
    execv("/etc/passwd", argv);
    work(n);
    return missing == ENOENT && errno == EACCES ? 0 : 1;
  }
  perror(how);
  return 1;
}
