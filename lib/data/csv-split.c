/* SPDX-License-Identifier: MIT */
/*
 * csv-split.c - the values of rows in place.
 *
 * 64 bytes at a time are reduced to the bits of the bytes that matter, those
 * within quotes told from those without; the values then lie between the
 * bits.  Values with doubled quotes are copied.  Whatever is not plainly right
 * is left to libcsv.
 */

#include <string.h>

#include "csv-split.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define block_bits csv_bits
#define toggled csv_toggled

static inline bool
doubtful(const struct csv_split *p, size_t base)
{
	(void)p, (void)base;
	return true;
}

#include "csv-block.h"

/* Copy the n bytes of a value, each doubled quote as one; returns where the
 * copy ends.  far: more can be read, and written, past their ends. */
static char *
undouble(char *to, const char *s, size_t n, char quote, bool far)
{
	const char *end = s + n;

#ifdef __SSE2__
	/* 16 bytes, or up to the first quote: one way for both. */
	while (far && s < end) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
		unsigned at = (unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(v, _mm_set1_epi8(quote)));

		if (end - s < 16)
			at &= (1U << (end - s)) - 1;
		at = (unsigned)__builtin_ctz(at | 1U << 16);
		_mm_storeu_si128((__m128i *)(void *)to, v);
		to += at + (at < 16);
		s += at + 2 * (size_t)(at < 16);
	}
	if (far)
		return to - (s - end);
#else
	(void)far;
#endif
	while (s < end) {
		*to++ = *s;
		s += 1 + (*s == quote);
	}
	return to;
}

/* The quote before a value tells that it was quoted.  All copies of a row fit
 * into its length, quotes included. */
bool
kl_csv_undouble(struct csv_row *r, char quote, bool far)
{
	struct kl_span *f;
	char *to, *s;

	kl_buf_reset(r->text);
	if (!kl_buf_room(r->text, r->raw.n + KL_CSV_AHEAD))
		return false;
	to = r->text->s;
	for (size_t i = 0; i < r->roughs; i++) {
		f = &r->field[r->rough[i]];
		if (f->n == 0 || f->s == r->raw.s || f->s[-1] != quote ||
		    memchr(f->s, quote, f->n) == NULL)
			continue;
		*to++ = quote;
		s = to;
		to = undouble(to, f->s, f->n, quote, far);
		*f = (struct kl_span){ s, (size_t)(to - s) };
	}
	r->text->n = (size_t)(to - r->text->s);
	return true;
}

const struct csv_splitter kl_csv_splitter_plain = { begin, next };

/* What this processor can do best. */
static inline const struct csv_splitter *
best(void)
{
#if CSV_AVX2
	if (csv_has_avx2())
		return &kl_csv_splitter_avx2;
#endif
	return &kl_csv_splitter_plain;
}

void
kl_csv_split_begin(struct csv_split *p, const struct csv_form *form,
    const char *s, size_t n, bool whole)
{
	kl_csv_split_with(best(), p, form, s, n, whole);
}

void
kl_csv_split_with(const struct csv_splitter *with, struct csv_split *p,
    const struct csv_form *form, const char *s, size_t n, bool whole)
{
	*p = (struct csv_split){ .with = with,
		.form = *form,
		.s = s,
		.n = n,
		.whole = whole,
		.quotes = form->quote != '\0' ? ~(uint64_t)0 : 0,
		.starts = 1 };
	with->begin(p);
}

enum csv_split_rc
kl_csv_split(struct csv_split *p, struct csv_row *r)
{
	return p->with->next(p, r);
}
