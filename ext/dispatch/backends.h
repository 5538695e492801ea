// The table of backends and which of them computes what.
#ifndef BF16MM_DISPATCH_BACKENDS_H
#define BF16MM_DISPATCH_BACKENDS_H

#include "kernels/kernel.h"

typedef struct {
  const Kernel* kernel;
  bool available;  // this processor can run it
  double flops;    // per second, on panels in the first-level cache; 0: not measured
} Backend;

// Every backend of this architecture, in order of preference where speeds are equal. Found out once
// per process.
const Backend* backends(int* count);

// NULL: no such backend, or not on this processor.
const Backend* find_backend(const char* name);

// The backend for bf16 products, and the one for float32 products, when nobody chose. On x86 the
// fastest by a measurement of some 2 ms at first use; a backend further down the table must be a
// tenth faster, so that the choice is the same from run to run. On Arm the first of the table that
// this processor has.
const Backend* default_bf16_backend(void);
const Backend* default_f32_backend(void);

#endif
