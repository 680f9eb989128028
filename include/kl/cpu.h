/* SPDX-License-Identifier: MIT */
#ifndef KL_CPU_H
#define KL_CPU_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/cpu.h - whether this processor has wide vectors.
 *
 * What is compiled for them is AVX2 with the instructions that have come with
 * it: BMI, BMI2, POPCNT and PCLMUL.  It is compiled where KL_CPU_WIDE is 1,
 * and called only where kl_cpu_wide() is true.  There is always another way:
 * KL_NO_SIMD, defined for the whole library, leaves it at that.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(KL_NO_SIMD)
#define KL_CPU_WIDE 1
#else
#define KL_CPU_WIDE 0
#endif

/* True if it can be called.  A look at a few bits, at no time worth keeping
 * the answer. */
static inline bool
kl_cpu_wide(void)
{
#if KL_CPU_WIDE
	return __builtin_cpu_supports("avx2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("popcnt") &&
	    __builtin_cpu_supports("pclmul");
#else
	return false;
#endif
}

#ifdef __cplusplus
}
#endif

#endif /* KL_CPU_H */
