/* SPDX-License-Identifier: MIT */
/*
 * csv-split.c - the fields of a row in place, where that is possible.
 *
 * 64 bytes at a time are reduced to the bits of the bytes that matter; the
 * fields then lie between the bits.  Whatever is not plainly right, or has
 * doubled quotes to be undone, is left to libcsv.
 */

#include <string.h>

#include "csv-priv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK ((size_t)64)

/* A bit for each byte of a block. */
struct bits {
	uint64_t mark;	  /* delimiter, quote or CR */
	uint64_t high;	  /* over 0x7F */
	uint64_t escapes; /* below a space or a backslash */
};

#ifdef __SSE2__

static inline void
look(const struct csv_form *form, const char *s, struct bits *b)
{
	const __m128i delim = _mm_set1_epi8(form->delimiter);
	const __m128i quote = _mm_set1_epi8(form->quote);
	const __m128i cr = _mm_set1_epi8('\r');
	const __m128i back = _mm_set1_epi8('\\');
	const __m128i low = _mm_set1_epi8(0x1f);
	size_t i;

	*b = (struct bits){ 0 };
	for (i = 0; i < 4; i++) {
		__m128i v = _mm_loadu_si128(
		    (const __m128i *)(const void *)(s + 16 * i));
		__m128i mark = _mm_or_si128(_mm_cmpeq_epi8(v, cr),
		    _mm_or_si128(_mm_cmpeq_epi8(v, delim),
			_mm_cmpeq_epi8(v, quote)));
		__m128i esc = _mm_or_si128(_mm_cmpeq_epi8(v, back),
		    _mm_cmpeq_epi8(_mm_min_epu8(v, low), v));

		b->mark |= (uint64_t)(unsigned)_mm_movemask_epi8(mark)
		    << (16 * i);
		b->high |= (uint64_t)(unsigned)_mm_movemask_epi8(v) << (16 * i);
		b->escapes |=
		    (uint64_t)(unsigned)_mm_movemask_epi8(
			_mm_andnot_si128(_mm_cmpeq_epi8(v, delim), esc))
		    << (16 * i);
	}
}

#else

static inline void
look(const struct csv_form *form, const char *s, struct bits *b)
{
	unsigned i;

	*b = (struct bits){ 0 };
	for (i = 0; i < BLOCK; i++) {
		unsigned char c = (unsigned char)s[i];
		uint64_t bit = (uint64_t)1 << i;

		if (s[i] == form->delimiter)
			b->mark |= bit;
		else if (s[i] == form->quote || c == '\r')
			b->mark |= bit;
		if (c > 0x7F)
			b->high |= bit;
		if ((c < ' ' || c == '\\') && s[i] != form->delimiter)
			b->escapes |= bit;
	}
}

#endif

/* The bits of the n bytes at s + base, at most a block; those beyond are
 * zero.  Nothing outside s[0..n) is read. */
static inline void
look_at(const struct csv_form *form, const char *s, size_t n, size_t base,
    struct bits *b)
{
	size_t left = n - base;
	char pad[BLOCK];

	if (left >= BLOCK) {
		look(form, s + base, b);
	} else if (n >= BLOCK) {
		look(form, s + n - BLOCK, b);
		b->mark >>= BLOCK - left;
		b->high >>= BLOCK - left;
		b->escapes >>= BLOCK - left;
	} else {
		memset(pad, 'x', sizeof(pad));
		memcpy(pad, s, n);
		look(form, pad, b);
	}
}

/* Where a split stands: the field that began at from is not ended. */
struct split {
	size_t from;
	bool quoted;
};

/* The mark at i ends a field, opens or closes a quoted one, or is odd. */
static inline enum csv_split
take(struct split *p, const struct csv_form *form, const char *s, size_t n,
    size_t i, struct kl_span *field, size_t *k)
{
	if (!p->quoted && s[i] == form->delimiter) {
		if (*k == KL_CSV_COLUMNS)
			return SPLIT_MANY;
		field[(*k)++] = (struct kl_span){ s + p->from, i - p->from };
		p->from = i + 1;
		return SPLIT_OK;
	}
	if (!p->quoted) {
		p->quoted = s[i] == form->quote && i == p->from;
		return p->quoted ? SPLIT_OK : SPLIT_ODD;
	}
	/* Within quotes; a delimiter there was not looked at as a byte that
	 * JSON escapes. */
	if (s[i] == form->delimiter && (s[i] < ' ' || s[i] == '\\'))
		return SPLIT_ODD;
	if (s[i] != form->quote)
		return SPLIT_OK;
	if (i + 1 < n && s[i + 1] != form->delimiter)
		return SPLIT_ODD;
	if (*k == KL_CSV_COLUMNS)
		return SPLIT_MANY;
	field[(*k)++] = (struct kl_span){ s + p->from + 1, i - p->from - 1 };
	p->from = i + 2;
	p->quoted = false;
	return SPLIT_OK;
}

enum csv_split
kl_csv_split(const struct csv_form *form, const char *s, size_t n,
    struct kl_span *field, size_t *nfield, struct csv_seen *seen)
{
	struct split p = { 0 };
	uint64_t high = 0, escapes = 0;
	struct bits b;
	size_t base, i, k = 0;
	enum csv_split rc;

	for (base = 0; base < n; base += BLOCK) {
		look_at(form, s, n, base, &b);
		high |= b.high;
		escapes |= b.escapes;
		for (; b.mark != 0; b.mark &= b.mark - 1) {
			i = base + (size_t)__builtin_ctzll(b.mark);
			if (i < p.from) /* the delimiter after a quote */
				continue;
			rc = take(&p, form, s, n, i, field, &k);
			if (rc != SPLIT_OK)
				return rc;
		}
	}
	*seen = (struct csv_seen){ high != 0, escapes != 0 };
	if (p.quoted)
		return SPLIT_OPEN;
	if (p.from <= n) {
		if (k == KL_CSV_COLUMNS)
			return SPLIT_MANY;
		field[k++] = (struct kl_span){ s + p.from, n - p.from };
	}
	*nfield = k;
	return SPLIT_OK;
}
