// Memory that a thread keeps from one product to the next: fresh pages cost more than small
// products do.
#ifndef BF16MM_GEMM_WORKSPACE_H
#define BF16MM_GEMM_WORKSPACE_H

#include <stddef.h>

// At least `bytes`, 64-byte aligned, valid until the thread's next call or end; NULL: no memory.
void* workspace(size_t bytes);

#endif
