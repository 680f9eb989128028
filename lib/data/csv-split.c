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

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* --- a block -------------------------------------------------------------- */

/* The bits of a block without quotes that begins outside them. */
INLINE struct csv_marks
unquoted(struct csv_split *p, const struct csv_bits *b)
{
	uint64_t ends = b->delimiter | b->lf;
	struct csv_marks m = { .ends = ends,
		.lf = b->lf,
		.rough = b->escapes & ~ends & ~b->cr,
		/* A carriage return is for the end of a line. */
		.bad = (b->cr << 1 | p->cr) & ~b->lf };

	p->cr = b->cr >> 63;
	p->starts = ends >> 63;
	p->closed = 0;
	return m;
}

/*
 * A quote opens a value at its start, or the second half of a doubled one; what
 * follows a closing quote is an end, or another quote.  Each fault is that of
 * the byte after: of the same row.
 */
INLINE struct csv_marks
quoted(struct csv_split *p, const struct csv_bits *b)
{
	uint64_t in = csv_toggled(b->quote) ^ p->in;
	uint64_t open = b->quote & in, close = b->quote & ~in;
	uint64_t ends = b->delimiter | b->lf;
	uint64_t behind = close << 1 | p->closed, cr = b->cr & ~in;
	uint64_t twice = open & behind;
	struct csv_marks m = { .ends = ends & ~in,
		.lf = b->lf & ~in,
		.rough = (b->escapes & ~(ends & ~in) & ~cr & ~b->quote) | twice,
		.bad = (open & ~(ends << 1 | behind | p->starts)) |
		    (behind & ~(ends | b->cr | b->quote)) |
		    ((cr << 1 | p->cr) & ~b->lf),
		.quote = b->quote,
		.lines = b->lf & in,
		.twice = twice };

	p->in = 0 - (in >> 63);
	p->cr = cr >> 63;
	p->starts = (ends & ~in) >> 63;
	p->closed = close >> 63;
	return m;
}

/* The bits of the first n bytes. */
INLINE void
only(struct csv_bits *b, size_t n)
{
	uint64_t some = ((uint64_t)1 << n) - 1;

	b->delimiter &= some;
	b->quote &= some;
	b->lf &= some;
	b->cr &= some;
	b->escapes &= some;
}

/* The marks of the block at base. */
INLINE struct csv_marks
marks_at(struct csv_split *p, size_t base, const bool odd)
{
	const struct csv_look look = { p->form.delimiter, p->form.quote, odd };
	size_t n = p->n - base;
	struct csv_marks m;
	struct csv_bits b;
	char pad[BLOCK];

	if (LIKELY(n >= BLOCK))
		b = csv_bits(p->s + base, &look);
	else {
		if (p->whole) {
			memset(pad, 'x', BLOCK);
			memcpy(pad, p->s + base, n);
		}
		b = csv_bits(p->whole ? pad : p->s + base, &look);
		only(&b, n);
	}
	b.quote &= p->quotes;
	if ((b.quote | p->in | p->closed) == 0)
		m = unquoted(p, &b);
	else
		m = quoted(p, &b);
	m.high = b.high;
	if (n < BLOCK)
		m.bad &= ((uint64_t)1 << n) - 1;
	if (p->whole)
		m.bad |= m.lf;
	return m;
}

/* --- a row ---------------------------------------------------------------- */

/* Values that end at the marks: the one that begins at *from, and those after
 * it. */
INLINE struct kl_span *
values(struct kl_span *to, const char *block, uint64_t ends, const char **from)
{
	const char *p = *from, *at;

	for (; ends != 0; ends &= ends - 1) {
		at = block + __builtin_ctzll(ends);
		*to++ = (struct kl_span){ p, (size_t)(at - p) };
		p = at + 1;
	}
	*from = p;
	return to;
}

/* Write down which values have something rough in them; i is the number of the
 * one that the block begins in. */
static NOINLINE void
note_rough(struct csv_row *r, uint64_t rough, uint64_t ends, size_t i)
{
	while (rough != 0) {
		while (ends != 0 && (ends & -ends) < (rough & -rough)) {
			ends &= ends - 1;
			i++;
		}
		if (r->roughs == 0 || r->rough[r->roughs - 1] != i)
			r->rough[r->roughs++] = (uint16_t)i;
		if (ends == 0)
			break;
		rough &= ~((ends & -ends) - 1);
	}
}

static unsigned
count(uint64_t bits)
{
	unsigned n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

/* Take the quotes off. */
static void
bare(struct kl_span *f, size_t n, char quote)
{
	size_t q;

	for (size_t i = 0; i + 1 < n; i++) {
		/* An empty one is followed by the delimiter. */
		q = f[i].s[0] == quote;
		f[i].s += q;
		f[i].n -= 2 * q;
	}
	f += n - 1;
	if (f->n > 0 && f->s[0] == quote) {
		f->s++;
		f->n -= 2;
	}
}

/* Copy the n bytes of a value, each doubled quote as one; returns where the
 * copy ends. */
static char *
undouble(char *to, const char *s, size_t n, char quote)
{
	const char *end = s + n;

	while (s < end) {
		*to++ = *s;
		s += 1 + (*s == quote);
	}
	return to;
}

/* Copy the values with doubled quotes.  The quote before each tells that it
 * was quoted.  All copies of a row fit into its length, quotes included. */
static bool
undouble_all(struct csv_row *r, const char *start, size_t n, char quote)
{
	struct kl_span *f;
	char *to, *s;

	kl_buf_reset(r->text);
	if (!kl_buf_room(r->text, n + KL_CSV_AHEAD))
		return false;
	to = r->text->s;
	for (size_t i = 0; i < r->roughs; i++) {
		f = &r->field[r->rough[i]];
		if (f->n == 0 || f->s == start || f->s[-1] != quote ||
		    memchr(f->s, quote, f->n) == NULL)
			continue;
		*to++ = quote;
		s = to;
		to = undouble(to, f->s, f->n, quote);
		*f = (struct kl_span){ s, (size_t)(to - s) };
	}
	r->text->n = (size_t)(to - r->text->s);
	return true;
}

/* The values from start up to the end are all there. */
INLINE enum csv_split_rc
finish(struct csv_split *p, struct csv_row *r, const char *start,
    struct kl_span *to, bool quotes, bool twice)
{
	r->n = (size_t)(to - r->field);
	if (UNLIKELY(r->n > KL_CSV_COLUMNS))
		return SPLIT_ODD;
	to--;
	r->end = (size_t)(to->s + to->n - p->s);
	to->n -= to->n > 0 && to->s[to->n - 1] == '\r';
	r->raw = (struct kl_span){ start, (size_t)(to->s + to->n - start) };
	if (quotes)
		bare(r->field, r->n, p->form.quote);
	if (twice && !undouble_all(r, start, r->raw.n, p->form.quote))
		return SPLIT_ODD;
	return SPLIT_OK;
}

/* Only some of the marks are left. */
INLINE void
leave(struct csv_marks *m, uint64_t some)
{
	m->ends &= some;
	m->lf &= some;
	m->rough &= some;
	m->bad &= some;
	m->quote &= some;
	m->lines &= some;
	m->twice &= some;
}

INLINE enum csv_split_rc
split(struct csv_split *p, struct csv_row *r, const bool odd)
{
	const char *start = p->s + p->from, *from = start;
	struct kl_span *to = r->field, *const most = to + KL_CSV_COLUMNS;
	struct csv_marks m = p->left;
	uint64_t part, quotes = 0, twice = 0, high = 0;

	r->lines = r->roughs = 0;
	for (;;) {
		/* All of the block, or up to the end of the row. */
		part = m.lf != 0 ? m.lf ^ (m.lf - 1) : ~(uint64_t)0;
		if (UNLIKELY((m.bad & part) != 0 || to > most))
			return SPLIT_ODD;
		if (UNLIKELY((m.rough & part) != 0)) {
			note_rough(r, m.rough & part, m.ends & part,
			    (size_t)(to - r->field));
			r->lines += count(m.lines & part);
		}
		quotes |= m.quote & part;
		twice |= m.twice & part;
		high |= m.high;
		to = values(to, p->s + p->base, m.ends & part, &from);
		if (m.lf != 0)
			break;
		if (p->n - p->base <= BLOCK) {
			if (!p->whole)
				return SPLIT_MORE;
			if (p->in != 0)
				return SPLIT_ODD;
			*to++ = (struct kl_span){ from,
				(size_t)(p->s + p->n - from) };
			break;
		}
		p->base += BLOCK;
		m = marks_at(p, p->base, odd);
	}
	leave(&m, ~part);
	p->left = m;
	p->from = (size_t)(from - p->s);
	r->high = high != 0;
	return finish(p, r, start, to, quotes != 0, twice != 0);
}

void
kl_csv_split_begin(struct csv_split *p, const struct csv_form *form,
    const char *s, size_t n, bool whole)
{
	*p = (struct csv_split){ .form = *form,
		.s = s,
		.n = n,
		.whole = whole,
		.quotes = form->quote != '\0' ? ~(uint64_t)0 : 0,
		.starts = 1 };
	p->left =
	    form->quote == '"' ? marks_at(p, 0, false) : marks_at(p, 0, true);
}

enum csv_split_rc
kl_csv_split(struct csv_split *p, struct csv_row *r)
{
	return p->form.quote == '"' ? split(p, r, false) : split(p, r, true);
}
