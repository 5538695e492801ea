// What this processor and its kernel allow, by CPUID, HWCAP and permission; never by a processor's
// name.
#ifndef BF16MM_DISPATCH_PROCESSOR_H
#define BF16MM_DISPATCH_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

// One bit per instruction set extension that a kernel may need.
enum {
  FEATURE_AVX2_FMA = 1 << 0,
  FEATURE_AVX512 = 1 << 1,  // F, BW, DQ, VL
  FEATURE_AVX512_BF16 = 1 << 2,
  FEATURE_AMX_BF16 = 1 << 3,  // with permission to use tiles
  FEATURE_NEON = 1 << 4,
  FEATURE_BF16 = 1 << 5,      // BFDOT, BFMMLA, BFCVTN
  FEATURE_SVE_BF16 = 1 << 6,  // with SVE
  FEATURE_SME_BF16 = 1 << 7,  // BFMOPA into float32
};

unsigned processor_features(void);

#if defined(__x86_64__)
// AMX needs the instructions (CPUID leaf 7, EDX bits 22 and 24), XCR0 bits 17 and 18 set by the
// kernel, and, since Linux 5.16, its permission for the process; `ask` requests it. A container or
// an older kernel may refuse.
bool amx_usable(uint32_t leaf7_edx, uint64_t xcr0, bool (*ask)(void));
#elif defined(__aarch64__)
unsigned features_of_hwcaps(unsigned long hwcap, unsigned long hwcap2);
#endif

#endif
