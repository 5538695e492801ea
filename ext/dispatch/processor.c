#include "dispatch/processor.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

bool amx_usable(uint32_t leaf7_edx, uint64_t xcr0, bool (*ask)(void)) {
  const uint32_t instructions = 1u << 22 | 1u << 24;
  const uint64_t state = UINT64_C(3) << 17;
  return (leaf7_edx & instructions) == instructions && (xcr0 & state) == state && ask();
}

// Linux, Documentation/arch/x86/xstate.rst.
static bool ask_for_tiles(void) {
  enum { kRequestPermission = 0x1023, kTileData = 18 };
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

static uint64_t read_xcr0(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static bool has_amx(void) {
#ifdef SOFTWARE_TILES
  return true;
#endif
  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || (ecx & 1u << 27) == 0) return false;  // OSXSAVE
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return false;
  return amx_usable(edx, read_xcr0(), ask_for_tiles);
}

unsigned processor_features(void) {
  __builtin_cpu_init();
  unsigned features = 0;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) features |= FEATURE_AVX2_FMA;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    features |= FEATURE_AVX512;
  if (features & FEATURE_AVX512 && __builtin_cpu_supports("avx512bf16"))
    features |= FEATURE_AVX512_BF16;
  if (features & FEATURE_AVX512_BF16 && has_amx()) features |= FEATURE_AMX_BF16;
  return features;
}

#elif defined(__aarch64__)

#include <sys/auxv.h>

// Linux, arch/arm64/include/uapi/asm/hwcap.h. Written out: the headers of older systems lack the
// newer ones.
static const unsigned long kHwcapSve = 1ul << 22;
static const unsigned long kHwcap2SveBf16 = 1ul << 12, kHwcap2Bf16 = 1ul << 14,
                           kHwcap2Sme = 1ul << 23, kHwcap2SmeB16F32 = 1ul << 28;

unsigned features_of_hwcaps(unsigned long hwcap, unsigned long hwcap2) {
  unsigned features = FEATURE_NEON;
  if (hwcap2 & kHwcap2Bf16) features |= FEATURE_BF16;
  // The packing for both uses BFCVTN.
  if (hwcap & kHwcapSve && hwcap2 & kHwcap2SveBf16 && hwcap2 & kHwcap2Bf16)
    features |= FEATURE_SVE_BF16;
  if (hwcap2 & kHwcap2Sme && hwcap2 & kHwcap2SmeB16F32 && hwcap2 & kHwcap2Bf16)
    features |= FEATURE_SME_BF16;
  return features;
}

unsigned processor_features(void) {
  return features_of_hwcaps(getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
}

#else

unsigned processor_features(void) { return 0; }

#endif
