/* SPDX-License-Identifier: MIT */
/* csv-cells-avx2.c - the values of a row with AVX2. */

#include "csv-cells.h"

#if KL_CPU_WIDE

#include "wide.h"

WIDE_BEGIN("avx2,bmi,bmi2")

/* What no copy may meet, in registers. */
struct stops {
	__m256i delimiter, quote;
};

WIDE_INLINE struct stops
stops_of(const struct kl_csv_form *form)
{
	return (struct stops){ _mm256_set1_epi8(form->delimiter),
		_mm256_set1_epi8(form->quote) };
}

WIDE_INLINE __m256i
wide(const char *s)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)s);
}

WIDE_INLINE __m256i
are_stops(__m256i v, const struct stops *stops)
{
	return _mm256_or_si256(_mm256_cmpeq_epi8(v, stops->delimiter),
	    _mm256_cmpeq_epi8(v, stops->quote));
}

WIDE_INLINE uint32_t
copy_wide(char *to, const char *s, const struct stops *stops)
{
	__m256i v = wide(s);

	_mm256_storeu_si256((__m256i *)(void *)to, v);
	return (uint32_t)_mm256_movemask_epi8(are_stops(v, stops));
}

WIDE_INLINE void
put_wide(char *to, const char *s)
{
	_mm256_storeu_si256((__m256i *)(void *)to, wide(s));
}

WIDE_INLINE uint32_t
bytes_of(const char *s, char c)
{
	return (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(wide(s), _mm256_set1_epi8(c)));
}

WIDE_INLINE uint32_t
dirt_of(const char *s, const struct stops *stops)
{
	__m256i v = wide(s);

	return (
	    uint32_t)_mm256_movemask_epi8(_mm256_or_si256(are_stops(v, stops),
	    _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8('\r')), v)));
}

#define PUT_ROW kl_csv_row_avx2
#include "csv-row.h"

WIDE_END

#else
typedef int csv_cells_no_avx2; /* a file must hold something */
#endif
