/* SPDX-License-Identifier: MIT */
/*
 * csv-split.c - the fields of a row in place.
 *
 * 64 bytes at a time are reduced to the bits of the bytes that matter; the
 * fields then lie between the bits.  Values with doubled quotes are copied.
 * Whatever is not plainly right is left to libcsv.
 */

#include <string.h>

#include "csv-priv.h"
#include "kl/json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

#define BLOCK ((size_t)64)

/* Bits of bytes: of delimiters and quotes, and of quotes alone. */
struct marks {
	uint64_t all, quote;
};

#ifdef __SSE2__

/* What is looked for, and what was seen of it so far. */
struct look {
	__m128i delim, quote;
	__m128i high;	 /* all bytes, or-ed */
	__m128i escapes; /* not zero where JSON escapes a byte */
};

INLINE struct look
look_for(const struct csv_form *form)
{
	return (struct look){
		.delim = _mm_set1_epi8(form->delimiter),
		.quote = _mm_set1_epi8(form->quote),
		.high = _mm_setzero_si128(),
		.escapes = _mm_setzero_si128(),
	};
}

/* The marks of 16 bytes, which are the bytes from at on of a block. */
INLINE void
marks_16(struct look *l, struct marks *m, const char *s, unsigned at,
    const bool odd)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + at));
	__m128i delim = _mm_cmpeq_epi8(v, l->delim);
	__m128i esc = _mm_or_si128(
	    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
	unsigned quote =
	    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, l->quote));

	if (odd)
		esc = _mm_or_si128(esc, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	l->high = _mm_or_si128(l->high, v);
	l->escapes = _mm_or_si128(l->escapes, _mm_andnot_si128(delim, esc));
	m->all |= (uint64_t)((unsigned)_mm_movemask_epi8(delim) | quote) << at;
	m->quote |= (uint64_t)quote << at;
}

/* The marks of 64 bytes.  odd: the quote is not the one of JSON. */
INLINE struct marks
marks(struct look *l, const char *s, const bool odd)
{
	struct marks m = { 0, 0 };

	marks_16(l, &m, s, 0, odd);
	marks_16(l, &m, s, 16, odd);
	marks_16(l, &m, s, 32, odd);
	marks_16(l, &m, s, 48, odd);
	return m;
}

INLINE struct csv_seen
seen(const struct look *l)
{
	return (struct csv_seen){ _mm_movemask_epi8(l->high) != 0,
		_mm_movemask_epi8(l->escapes) != 0 };
}

INLINE uint64_t
high_16(const char *s)
{
	return (unsigned)_mm_movemask_epi8(
	    _mm_loadu_si128((const __m128i *)(const void *)s));
}

/* A bit for each byte over 0x7F. */
INLINE uint64_t
high_bits(const char *s)
{
	return high_16(s) | high_16(s + 16) << 16 | high_16(s + 32) << 32 |
	    high_16(s + 48) << 48;
}

#else

struct look {
	char delim, quote;
	struct csv_seen seen;
};

INLINE struct look
look_for(const struct csv_form *form)
{
	return (struct look){ form->delimiter, form->quote, { false, false } };
}

INLINE struct marks
marks(struct look *l, const char *s, const bool odd)
{
	struct marks m = { 0, 0 };

	for (unsigned i = 0; i < BLOCK; i++) {
		unsigned char c = (unsigned char)s[i];

		if (s[i] == l->delim || s[i] == l->quote)
			m.all |= (uint64_t)1 << i;
		if (s[i] == l->quote)
			m.quote |= (uint64_t)1 << i;
		l->seen.high |= c > 0x7F;
		l->seen.escapes |= s[i] != l->delim &&
		    (c < ' ' || c == '\\' || (odd && c == '"'));
	}
	return m;
}

INLINE struct csv_seen
seen(const struct look *l)
{
	return l->seen;
}

INLINE uint64_t
high_bits(const char *s)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < BLOCK; i++)
		bits |= (uint64_t)((unsigned char)s[i] >> 7) << i;
	return bits;
}

#endif

/* The last bytes of s, from base on: less than a block, put into pad whole;
 * returns where they stand in a block, and by how many bits too high. */
INLINE const char *
last_block(const char *s, size_t n, size_t base, char pad[BLOCK],
    unsigned *shift)
{
	*shift = 0;
	if (n >= BLOCK) {
		*shift = (unsigned)(BLOCK - (n - base));
		return s + n - BLOCK;
	}
	memset(pad, 'x', BLOCK);
	memcpy(pad, s, n);
	return pad;
}

/* The marks of the bytes from base on, at most a block; nothing outside
 * s[0..n) is read. */
INLINE struct marks
marks_at(struct look *l, const char *s, size_t n, size_t base, const bool odd)
{
	struct marks m;
	char pad[BLOCK];
	unsigned shift;

	if (LIKELY(n - base >= BLOCK))
		return marks(l, s + base, odd);
	s = last_block(s, n, base, pad, &shift);
	m = marks(l, s, odd);
	m.all >>= shift;
	m.quote >>= shift;
	return m;
}

/* True for a character of two bytes, as most are that are not ASCII. */
INLINE bool
is_pair(const char *s, size_t n)
{
	return n >= 2 && (unsigned char)(s[0] - 0xC2) < 0xE0 - 0xC2 &&
	    (s[1] & 0xC0) == 0x80;
}

bool
kl_csv_utf8(const char *s, size_t n)
{
	uint64_t bits;
	char pad[BLOCK];
	const char *at;
	unsigned shift;
	size_t i, end = 0;

	/* A sequence has bytes over 0x7F only: each run of them is judged
	 * alone, from where a sequence begins. */
	for (size_t base = 0; base < n; base += BLOCK) {
		shift = 0;
		at = s + base;
		if (n - base < BLOCK)
			at = last_block(s, n, base, pad, &shift);
		for (bits = high_bits(at) >> shift; bits != 0;) {
			i = base + (size_t)__builtin_ctzll(bits);
			bits &= bits - 1;
			if (i < end)
				continue;
			if (is_pair(s + i, n - i)) {
				end = i + 2;
				continue;
			}
			for (end = i + 1; end < n && (s[end] & 0x80) != 0;)
				end++;
			if (!kl_utf8_valid(s + i, end - i))
				return false;
		}
	}
	return true;
}

/* Where a split stands: the field that began at from is not ended. */
struct split {
	const struct csv_form *form;
	const char *s;
	size_t n, from;
	struct kl_span *field;
	size_t k;
	struct kl_buf *text;
	bool quoted;
	bool doubled; /* quotes in this field */
	bool escapes; /* something in quotes that JSON escapes */
};

/* Copy the n bytes of a value, each doubled quote as one.  The quote before
 * it tells that it was quoted. */
static struct kl_span
undouble(struct split *p, const char *s, size_t n)
{
	char quote = p->form->quote;
	const char *at;
	size_t run, start;

	kl_buf_putc(p->text, quote);
	start = p->text->n;
	while ((at = memchr(s, quote, n)) != NULL) {
		run = (size_t)(at - s) + 1;
		kl_buf_put(p->text, s, run);
		s += run + 1;
		n -= run + 1;
	}
	kl_buf_put(p->text, s, n);
	return (struct kl_span){ p->text->s + start, p->text->n - start };
}

/* The quote at i closes the field. */
static enum csv_split
close_quoted(struct split *p, size_t i)
{
	const char *s = p->s + p->from + 1;
	size_t n = i - p->from - 1;

	if (p->k == KL_CSV_COLUMNS)
		return SPLIT_MANY;
	p->field[p->k] = (struct kl_span){ s, n };
	if (p->doubled) {
		/* All copies of a row fit into its length, quotes included:
		 * the text does not move. */
		if (p->text->n == 0 &&
		    !kl_buf_room(p->text, p->n + KL_CSV_AHEAD))
			return SPLIT_ODD;
		p->field[p->k] = undouble(p, s, n);
		p->escapes |= p->form->quote == '"';
	}
	p->k++;
	p->from = i + 2;
	p->quoted = p->doubled = false;
	return SPLIT_OK;
}

/* A mark at i that is no delimiter between two fields.  Marks before *skip
 * count no more. */
static NOINLINE enum csv_split
take_odd(struct split *p, size_t i, size_t *skip)
{
	char c = p->s[i];

	if (!p->quoted) {
		p->quoted = i == p->from;
		return p->quoted ? SPLIT_OK : SPLIT_ODD;
	}
	if (c != p->form->quote) {
		/* A delimiter was not looked at as a byte that JSON
		 * escapes. */
		p->escapes |= c < ' ' || c == '\\';
		return SPLIT_OK;
	}
	if (i + 1 < p->n && p->s[i + 1] == c) {
		p->doubled = true;
		*skip = i + 2;
		return SPLIT_OK;
	}
	if (i + 1 < p->n && p->s[i + 1] != p->form->delimiter)
		return SPLIT_ODD;
	*skip = i + 2;
	return close_quoted(p, i);
}

/* Line ends are for quotes only. */
static bool
bare_line_end(const struct split *p)
{
	for (size_t i = 0; i < p->k; i++) {
		struct kl_span f = p->field[i];

		if (f.n > 0 && (f.s == p->s || f.s[-1] != p->form->quote) &&
		    (memchr(f.s, '\r', f.n) != NULL ||
			memchr(f.s, '\n', f.n) != NULL))
			return true;
	}
	return false;
}

/* Fields between delimiters that are all outside quotes: the one that begins
 * at *from, and those after it. */
INLINE struct kl_span *
plain_fields(struct kl_span *to, const char *s, size_t base, uint64_t mark,
    size_t *from)
{
	const char *p = s + *from, *at;

	for (; mark != 0; mark &= mark - 1) {
		at = s + base + __builtin_ctzll(mark);
		*to++ = (struct kl_span){ p, (size_t)(at - p) };
		p = at + 1;
	}
	*from = (size_t)(p - s);
	return to;
}

INLINE enum csv_split
split(struct split *p, struct csv_seen *what, const bool odd)
{
	/* In registers: what is between two odd marks is most of all. */
	const char *s = p->s;
	struct kl_span *to = p->field, *const end = to + KL_CSV_COLUMNS;
	const char delimiter = p->form->delimiter;
	struct look l = look_for(p->form);
	size_t from = 0, at, skip = 0;
	bool quoted = false;
	enum csv_split rc;

	for (size_t base = 0; base < p->n; base += BLOCK) {
		struct marks m = marks_at(&l, s, p->n, base, odd);
		uint64_t mark = m.all;

		if (LIKELY(m.quote == 0 && !quoted && skip <= base &&
			(size_t)(end - to) >= BLOCK)) {
			to = plain_fields(to, s, base, mark, &from);
			continue;
		}
		for (; mark != 0; mark &= mark - 1) {
			at = base + (size_t)__builtin_ctzll(mark);
			if (at < skip)
				continue;
			if (LIKELY(s[at] == delimiter && !quoted)) {
				if (to == end)
					return SPLIT_MANY;
				*to++ = (struct kl_span){ s + from, at - from };
				from = at + 1;
				continue;
			}
			p->k = (size_t)(to - p->field);
			p->from = from;
			if ((rc = take_odd(p, at, &skip)) != SPLIT_OK)
				return rc;
			to = p->field + p->k;
			from = p->from;
			quoted = p->quoted;
		}
	}
	*what = seen(&l);
	if (quoted)
		return SPLIT_OPEN;
	if (from <= p->n) {
		if (to == end)
			return SPLIT_MANY;
		*to++ = (struct kl_span){ s + from, p->n - from };
	}
	p->k = (size_t)(to - p->field);
	if (what->escapes && bare_line_end(p))
		return SPLIT_ODD;
	what->escapes |= p->escapes;
	return SPLIT_OK;
}

enum csv_split
kl_csv_split(const struct csv_form *form, const char *s, size_t n,
    struct kl_span *field, size_t *nfield, struct kl_buf *text,
    struct csv_seen *what)
{
	struct split p = { .form = form,
		.s = s,
		.n = n,
		.field = field,
		.text = text };
	enum csv_split rc;

	text->n = 0;
	rc =
	    form->quote == '"' ? split(&p, what, false) : split(&p, what, true);
	*nfield = p.k;
	return rc;
}
