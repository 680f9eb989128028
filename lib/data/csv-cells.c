/* SPDX-License-Identifier: MIT */
/* csv-cells.c - the values of a row, written at once. */

#include <string.h>

#include "csv-cells.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What is known of each kind of value. */
static void
set_kinds(struct csv_cells *w)
{
	for (unsigned i = 0; i < CSV_KINDS; i++) {
		unsigned type = i & 15;
		bool null = type <= KL_JSON_NULL;
		struct csv_kind *k = &w->kind[i];

		k->some = null ? 0 : UINT32_MAX;
		k->quote = type == KL_JSON_STRING;
		k->escaped = i == (KL_JSON_STRING | 16);
		k->other = i > KL_JSON_STRING || (null && w->null.n > 0);
	}
}

bool
kl_csv_cells_init(struct csv_cells *w, const struct kl_columns_form *form)
{
	*w = (struct csv_cells){ .form = form->csv, .safe = form->safe };
	if (w->form.delimiter == 0)
		w->form.delimiter = ',';
	if (w->form.quote == 0)
		w->form.quote = '"';
	set_kinds(w);
	w->row = kl_csv_row_plain;
#if KL_CPU_WIDE
	if (kl_cpu_wide())
		w->row = kl_csv_row_avx2;
#endif
	kl_csv_cells_beware(w, form->null);
	if (form->null == NULL)
		return true;
	w->nulls = true;
	kl_buf_puts(&w->null, form->null);
	set_kinds(w);
	return w->null.rc == KL_OK;
}

bool
kl_csv_cells_copy(struct csv_cells *to, const struct csv_cells *w)
{
	*to = *w;
	to->null = to->text = to->safer = (struct kl_buf){ 0 };
	kl_buf_put(&to->null, w->null.s, w->null.n);
	return to->null.rc == KL_OK;
}

void
kl_csv_cells_free(struct csv_cells *w)
{
	kl_buf_free(&w->null);
	kl_buf_free(&w->text);
	kl_buf_free(&w->safer);
}

/* --- 32 bytes ------------------------------------------------------------- */

#ifdef __SSE2__

/* What no copy may meet, in registers. */
struct stops {
	__m128i delimiter, quote;
};

static inline struct stops
stops_of(const struct kl_csv_form *form)
{
	return (struct stops){ _mm_set1_epi8(form->delimiter),
		_mm_set1_epi8(form->quote) };
}

static inline __m128i
are_stops(__m128i v, const struct stops *stops)
{
	return _mm_or_si128(_mm_cmpeq_epi8(v, stops->delimiter),
	    _mm_cmpeq_epi8(v, stops->quote));
}

static inline __m128i
half(const char *s)
{
	return _mm_loadu_si128((const __m128i *)(const void *)s);
}

static inline uint32_t
bits_of(__m128i low, __m128i high)
{
	return (uint32_t)_mm_movemask_epi8(low) |
	    (uint32_t)_mm_movemask_epi8(high) << 16;
}

static inline uint32_t
copy_wide(char *to, const char *s, const struct stops *stops)
{
	__m128i low = half(s), high = half(s + 16);

	_mm_storeu_si128((__m128i *)(void *)to, low);
	_mm_storeu_si128((__m128i *)(void *)(to + 16), high);
	return bits_of(are_stops(low, stops), are_stops(high, stops));
}

static inline void
put_wide(char *to, const char *s)
{
	__m128i low = half(s), high = half(s + 16);

	_mm_storeu_si128((__m128i *)(void *)to, low);
	_mm_storeu_si128((__m128i *)(void *)(to + 16), high);
}

static inline uint32_t
bytes_of(const char *s, char c)
{
	__m128i v = _mm_set1_epi8(c);

	return bits_of(_mm_cmpeq_epi8(half(s), v),
	    _mm_cmpeq_epi8(half(s + 16), v));
}

static inline __m128i
are_dirt(__m128i v, const struct stops *stops)
{
	return _mm_or_si128(are_stops(v, stops),
	    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8('\r')), v));
}

static inline uint32_t
dirt_of(const char *s, const struct stops *stops)
{
	return bits_of(are_dirt(half(s), stops), are_dirt(half(s + 16), stops));
}

#else

struct stops {
	char delimiter, quote;
};

static inline struct stops
stops_of(const struct kl_csv_form *form)
{
	return (struct stops){ form->delimiter, form->quote };
}

static inline uint32_t
bytes_of(const char *s, char c)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < 32; i++)
		bits |= (uint32_t)(s[i] == c) << i;
	return bits;
}

static inline void
put_wide(char *to, const char *s)
{
	memmove(to, s, 32);
}

static inline uint32_t
copy_wide(char *to, const char *s, const struct stops *stops)
{
	put_wide(to, s);
	return bytes_of(s, stops->delimiter) | bytes_of(s, stops->quote);
}

static inline uint32_t
dirt_of(const char *s, const struct stops *stops)
{
	uint32_t bits =
	    bytes_of(s, stops->delimiter) | bytes_of(s, stops->quote);

	for (unsigned i = 0; i < 32; i++)
		bits |= (uint32_t)((unsigned char)s[i] <= '\r') << i;
	return bits;
}

#endif

#define PUT_ROW kl_csv_row_plain
#include "csv-row.h"
