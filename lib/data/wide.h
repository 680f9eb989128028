/* SPDX-License-Identifier: MIT */
#ifndef WIDE_H
#define WIDE_H

#include <immintrin.h>

/*
 * wide.h - what stands between WIDE_BEGIN and WIDE_END is compiled for what it
 * names, whatever the rest is compiled for; it is called only after a look at
 * the processor.
 */
#define WIDE_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define WIDE_BEGIN(what)                                                       \
	WIDE_PRAGMA(clang attribute push(__attribute__((target(what))),        \
	    apply_to = function))
#define WIDE_END WIDE_PRAGMA(clang attribute pop)
#else
#define WIDE_BEGIN(what)                                                       \
	WIDE_PRAGMA(GCC push_options)                                          \
	WIDE_PRAGMA(GCC target(what))
#define WIDE_END WIDE_PRAGMA(GCC pop_options)
#endif

#define WIDE_INLINE static inline __attribute__((always_inline))

#endif /* WIDE_H */
