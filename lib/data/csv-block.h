/* SPDX-License-Identifier: MIT */
/*
 * csv-block.h - the splitting, for a processor.
 *
 * Included by those who define begin() and next() of a splitter; they have
 * defined how the bits of a block are made:
 *
 *	struct csv_bits block_bits(const char *s, const struct csv_look *)
 *	uint64_t toggled(uint64_t), a bit for each byte that has an odd number
 *		of bits at or before it
 *	bool doubtful(struct csv_split *, size_t base), whether the block may
 *		not be UTF-8
 */

#include <string.h>

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
	uint64_t in = toggled(b->quote) ^ p->in;
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
	bool high;

	if (LIKELY(n >= BLOCK))
		b = block_bits(p->s + base, &look);
	else {
		if (p->whole) {
			memset(pad, 'x', BLOCK);
			memcpy(pad, p->s + base, n);
		}
		b = block_bits(p->whole ? pad : p->s + base, &look);
		only(&b, n);
	}
	high = (b.high || p->utf8 != 0) && doubtful(p, base);
	b.quote &= p->quotes;
	if ((b.quote | p->in | p->closed) == 0)
		m = unquoted(p, &b);
	else
		m = quoted(p, &b);
	m.high = high;
	if (n < BLOCK)
		m.bad &= ((uint64_t)1 << n) - 1;
	if (p->whole)
		m.bad |= m.lf;
	return m;
}

/* --- a row ---------------------------------------------------------------- */

/* The value from p up to the end; quotes: it may stand in those, which are
 * taken off. */
INLINE struct kl_span
value(const char *p, const char *end, char quote, const bool quotes)
{
	size_t q = quotes && *p == quote;

	return (struct kl_span){ p + q, (size_t)(end - p) - 2 * q };
}

/* Values that end at the marks: the one that begins at *from, and those after
 * it. */
INLINE struct kl_span *
values(struct kl_span *to, const char *block, uint64_t ends, const char **from,
    char quote, const bool quotes)
{
	const char *p = *from, *at;

	for (; ends != 0; ends &= ends - 1) {
		at = block + __builtin_ctzll(ends);
		*to++ = value(p, at, quote, quotes);
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

/* The last value of a row of one block or more, which has no mark. */
INLINE struct kl_span
last_value(const char *from, const char *end, char quote)
{
	size_t q = from < end && *from == quote;

	return (struct kl_span){ from + q, (size_t)(end - from) - 2 * q };
}

/* All values are there, the last up to the end. */
INLINE enum csv_split_rc
finish(struct csv_split *p, struct csv_row *r, struct kl_span *to,
    const char *start, const char *end, bool twice)
{
	size_t cr = to[-1].n > 0 && end[-1] == '\r';

	r->n = (size_t)(to - r->field);
	if (UNLIKELY(r->n > KL_CSV_COLUMNS))
		return SPLIT_ODD;
	to[-1].n -= cr;
	r->end = (size_t)(end - p->s);
	r->raw = (struct kl_span){ start, (size_t)(end - start) - cr };
	if (twice && !kl_csv_undouble(r, p->form.quote, !p->whole))
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
	const char *start = p->s + p->from, *from = start, *end;
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
			r->lines += bits_set(m.lines & part);
		}
		quotes |= m.quote & part;
		twice |= m.twice & part;
		high |= m.high;
		to = quotes == 0
		    ? values(to, p->s + p->base, m.ends & part, &from, 0, false)
		    : values(to, p->s + p->base, m.ends & part, &from,
			  p->form.quote, true);
		end = from - 1;
		if (m.lf != 0)
			break;
		if (p->n - p->base <= BLOCK) {
			if (!p->whole)
				return SPLIT_MORE;
			if (p->in != 0)
				return SPLIT_ODD;
			*to++ = last_value(from, p->s + p->n, p->form.quote);
			end = from = p->s + p->n;
			break;
		}
		p->base += BLOCK;
		m = marks_at(p, p->base, odd);
	}
	leave(&m, ~part);
	p->left = m;
	p->from = (size_t)(from - p->s);
	r->high = high != 0;
	return finish(p, r, to, start, end, twice != 0);
}

static void
begin(struct csv_split *p)
{
	p->left =
	    p->form.quote == '"' ? marks_at(p, 0, false) : marks_at(p, 0, true);
}

static enum csv_split_rc
next(struct csv_split *p, struct csv_row *r)
{
	return p->form.quote == '"' ? split(p, r, false) : split(p, r, true);
}
