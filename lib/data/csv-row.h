/* SPDX-License-Identifier: MIT */
/*
 * csv-row.h - the values of a row, written by a processor.
 *
 * Included by those who define PUT_ROW, the name of the function, and how 32
 * bytes are looked at:
 *
 *	struct stops, and struct stops stops_of(const struct kl_csv_form *)
 *	uint32_t copy_wide(char *to, const char *s, const struct stops *)
 *		copies, and has a bit for each byte that is a delimiter or
 *		quote
 *	void put_wide(char *to, const char *s), which only copies
 *	uint32_t dirt_of(const char *s, const struct stops *)
 *		a bit for each byte that is one of those, or up to CR
 *	uint32_t bytes_of(const char *s, char c), a bit for each c
 *
 * Nearly all values are short and can stand as they are: they are looked at
 * while they are copied.  Missing ones are copied too, from elsewhere: that a
 * value is missing is a branch that nobody foresees.
 */

#include <string.h>

#include "csv-cells.h"
#include "words.h"

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define STEP ((size_t)32)
/* A value may be written past its end, or get quotes and a delimiter. */
#define SLACK (STEP + 3)

/* What is needed for a value that is not simply copied. */
struct row {
	struct csv_cells *w;
	const struct kl_json *doc;
	struct kl_buf *b;
	struct stops stops;
	const char *end; /* SLACK before that of the room there is: what is
			  * written may be past it, but no value begins so */
	enum kl_rc rc;	 /* why NULL was returned */
	struct kl_err *err;
};

/* A bit for each of the first n bytes, at most STEP. */
INLINE uint64_t
first_bits(size_t n)
{
	return ((uint64_t)1 << n) - 1;
}

/* Copy n bytes; false if they cannot stand like that.  What has no escapes has
 * no line ends. */
INLINE bool
copy_clean(const struct stops *stops, char *to, const char *s, size_t n)
{
	uint32_t mask;

	for (;; n -= STEP, s += STEP, to += STEP) {
		mask = copy_wide(to, s, stops);
		if (LIKELY(n <= STEP))
			return (mask & first_bits(n)) == 0;
		if (UNLIKELY(mask != 0))
			return false;
	}
}

/* True if n bytes that had escapes may not be able to stand as they are.  A
 * step can be read. */
INLINE bool
is_dirty(const struct stops *stops, const char *s, size_t n)
{
	uint32_t mask;

	for (;; n -= STEP, s += STEP) {
		mask = dirt_of(s, stops);
		if (LIKELY(n <= STEP))
			return (mask & first_bits(n)) != 0;
		if (mask != 0)
			return true;
	}
}

/* Room for n bytes at p, and all that may come with them; where p is then. */
static NOINLINE char *
grow(struct row *r, char *p, size_t n)
{
	struct kl_buf *b = r->b;

	b->n = p != NULL ? (size_t)(p - b->s) : b->n;
	if (b->cap - b->n < n + SLACK && !kl_buf_room(b, n + SLACK)) {
		r->rc = kl_buf_check(b, r->err);
		return NULL;
	}
	r->end = b->s + (b->cap - SLACK);
	return b->s + b->n;
}

/* Any value, by way of what looks at everything. */
static NOINLINE char *
put_slowly(struct row *r, char *p, struct kl_span s, bool text)
{
	r->b->n = (size_t)(p - r->b->s);
	kl_csv_cells_put(r->w, r->b, s, text);
	return grow(r, NULL, 0);
}

/* In quotes, with none among its bytes.  There is room for it. */
INLINE char *
put_quoted(char *p, const char *s, size_t n, char quote)
{
	*p++ = quote;
	for (size_t i = 0; i < n; i += STEP)
		put_wide(p + i, s + i);
	p[n] = quote;
	return p + n + 1;
}

/* A value with a delimiter or quote in it, and no line ends.  There is room for
 * it. */
static NOINLINE char *
put_marked(struct row *r, char *p, const char *s, size_t n, bool text)
{
	char quote = r->w->form.quote;

	if (quote != '"' && memchr(s, quote, n) != NULL)
		return put_slowly(r, p, (struct kl_span){ s, n }, text);
	return put_quoted(p, s, n, quote);
}

/* Each of so many quotes among the n bytes at p twice.  Returns the end. */
static NOINLINE char *
double_quotes(char *p, size_t n, char quote, size_t quotes)
{
	char *to = p + n + quotes, *end = to;

	for (p += n; to > p;) {
		*--to = *--p;
		if (*p == quote)
			*--to = quote;
	}
	return end;
}

/* The n bytes at p, unescaped, have something in them that may need quotes, or
 * that no value may have. */
static NOINLINE char *
quote_in_place(struct row *r, char *p, size_t n)
{
	const struct kl_csv_form *form = &r->w->form;
	uint64_t some, nuls = 0, others = 0, quote;
	size_t quotes = 0, i;

	for (i = 0; i < n; i += STEP) {
		some = first_bits(n - i < STEP ? n - i : STEP);
		nuls |= bytes_of(p + i, '\0') & some;
		quote = bytes_of(p + i, form->quote) & some;
		others |= (bytes_of(p + i, form->delimiter) |
			      bytes_of(p + i, '\r') | bytes_of(p + i, '\n')) &
		    some;
		others |= quote;
		quotes += bits_set(quote);
	}
	if (nuls != 0) {
		r->rc = KL_EDATA;
		return NULL;
	}
	if (others == 0)
		return p + n;
	if (UNLIKELY((ptrdiff_t)(n + quotes) >= r->end - p)) {
		if ((p = grow(r, p + n, n + quotes)) == NULL)
			return NULL;
		p -= n;
	}
	/* The last bytes first: each step is written one further on. */
	for (i = (n + STEP - 1) & ~(STEP - 1); i > 0; i -= STEP)
		put_wide(p + 1 + i - STEP, p + i - STEP);
	*p++ = form->quote;
	p = quotes > 0 ? double_quotes(p, n, form->quote, quotes) : p + n;
	*p = form->quote;
	return p + 1;
}

/* A text with escapes, which may make anything. */
static NOINLINE char *
put_text(struct row *r, char *p, uint32_t node)
{
	struct csv_cells *w = r->w;
	struct kl_span s = kl_json_text(r->doc, node, &w->text);

	if ((r->rc = kl_buf_check(&w->text, r->err)) != KL_OK)
		return NULL;
	if (s.n > 0 && memchr(s.s, '\0', s.n) != NULL) {
		r->rc = KL_EDATA;
		return NULL;
	}
	return put_slowly(r, p, s, true);
}

/* The same where it is to stand.  There is room for as many bytes as it is
 * written in. */
static NOINLINE char *
put_unescaped(struct row *r, char *p, uint32_t node)
{
	size_t n = kl_json_unescape_to(r->doc, node, p);

	if (UNLIKELY(n == 0 || r->w->careful[(unsigned char)*p]))
		return put_text(r, p, node);
	return LIKELY(!is_dirty(&r->stops, p, n)) ? p + n
						  : quote_in_place(r, p, n);
}

/* What is written for null and missing values. */
static NOINLINE char *
put_null(struct row *r, char *p)
{
	const struct kl_buf *null = &r->w->null;

	if (null->n == 0)
		return p;
	if ((ptrdiff_t)null->n >= r->end - p &&
	    (p = grow(r, p, null->n)) == NULL)
		return NULL;
	memcpy(p, null->s, null->n);
	return p + null->n;
}

/* Null, missing, or a value that is not simply copied.  There is room for
 * it. */
static NOINLINE char *
put_other(struct row *r, char *p, uint32_t node)
{
	const struct kl_json_node *v = &r->doc->node[node];
	size_t text = v->type == KL_JSON_STRING;

	if (node == 0 || v->type == KL_JSON_NULL)
		return put_null(r, p);
	if (v->esc)
		return put_text(r, p, node);
	return put_slowly(r, p,
	    (struct kl_span){ r->doc->s + v->at + text, v->n - 2 * text },
	    text != 0);
}

/* The kind of a value, as csv_cells.kind has it. */
INLINE unsigned
kind_of(const struct kl_json_node *v)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint32_t word;

	memcpy(&word, (const char *)v + sizeof(*v) - sizeof(word),
	    sizeof(word));
	return word % CSV_KINDS;
#else
	return v->type | (unsigned)v->esc << 4;
#endif
}

/* All values of a row.  Returns the end. */
INLINE char *
put_values(struct row *r, char *p, const struct csv_where *where, size_t n,
    size_t *bad)
{
	const struct stops stops = r->stops;
	const struct csv_cells *const w = r->w;
	const struct kl_json_node *const node = r->doc->node, *v;
	const char *const text = r->doc->s, *s, *end = r->end;
	const uint32_t *const place = where->node;
	const uint32_t *of = where->of, *const last = of + n;
	const char delimiter = w->form.delimiter;
	/* Without escapes no double quote is in a text. */
	const bool never = w->form.quote == '"';
	const struct csv_kind *kind;
	uint32_t at;
	size_t k;

	for (; of < last; of++) {
		at = place[*of];
		v = &node[at];
		/* Kind 0 is what is missing. */
		kind = &w->kind[kind_of(v) & (0U - (at != 0))];
		s = text + v->at + kind->quote;
		k = (v->n & kind->some) - 2 * (size_t)kind->quote;
		if (UNLIKELY((ptrdiff_t)k >= end - p)) {
			if ((p = grow(r, p, k)) == NULL)
				return NULL;
			end = r->end;
		}
		if (LIKELY(
			(kind->other | w->careful[(unsigned char)*s]) == 0)) {
			if (LIKELY(copy_clean(&stops, p, s, k))) {
				p += k;
				*p++ = delimiter;
				continue;
			}
			if (LIKELY(never & (k <= STEP))) {
				p = put_quoted(p, s, k, '"');
				*p++ = delimiter;
				continue;
			}
			p = put_marked(r, p, s, k, kind->quote != 0);
		} else {
			p = kind->escaped ? put_unescaped(r, p, at)
					  : put_other(r, p, at);
		}
		if (UNLIKELY(p == NULL)) {
			*bad = n - (size_t)(last - of);
			return NULL;
		}
		end = r->end;
		*p++ = delimiter;
	}
	return p;
}

/* The same where nothing can be read behind the text. */
static NOINLINE char *
put_near(struct row *r, char *p, const struct csv_where *where, size_t n,
    size_t *bad)
{
	for (size_t i = 0; i < n; i++) {
		if ((p = put_other(r, p, where->node[where->of[i]])) == NULL ||
		    (p = grow(r, p, 0)) == NULL) {
			*bad = i;
			return NULL;
		}
		*p++ = r->w->form.delimiter;
	}
	return p;
}

enum kl_rc
PUT_ROW(struct csv_cells *w, const struct kl_json *doc,
    const struct csv_where *where, size_t n, struct kl_buf *b, size_t *bad,
    struct kl_err *err)
{
	struct row r;
	char *p;

	r.w = w;
	r.doc = doc;
	r.b = b;
	r.stops = stops_of(&w->form);
	r.err = err;
	if (n == 0)
		return KL_OK;
	if ((p = grow(&r, NULL, 0)) != NULL)
		p = doc->spare >= STEP ? put_values(&r, p, where, n, bad)
				       : put_near(&r, p, where, n, bad);
	if (p == NULL)
		return r.rc;
	b->n = (size_t)(p - b->s) - 1;
	return kl_buf_check(b, err);
}
