// Included by every C file, by the build (-include): results are those of model/ only with the
// arithmetic of the language.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
#error "bf16mm cannot be built with -ffast-math or a part of it: leave it out of CFLAGS"
#endif
// 16 is of AArch64 with half precision: that type is evaluated as itself, and float32 too (ISO/IEC
// TS 18661-3).
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "bf16mm needs float32 evaluated as float32: leave -mfpmath=387 and -m32 out of CFLAGS"
#endif
