/* SPDX-License-Identifier: MIT */
/*
 * csv-cells.c - the values of a row, written.
 *
 * Nearly all values are short and need no quotes.  They are copied in steps
 * of 16 bytes, looked at on the way; one that turns out to need more is
 * written again.
 */

#include <string.h>

#include "csv-cells.h"
#include "csv-priv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define STEP ((size_t)16)

/* What OWASP has spreadsheets take for the beginning of a formula. */
static const char *const formulas[] = { "=", "+", "-", "@", "\t", "\r", "\n",
	"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0" };
#define FORMULAS (sizeof(formulas) / sizeof(*formulas))

bool
kl_csv_cells_init(struct csv_cells *w, const struct kl_columns_form *form)
{
	*w = (struct csv_cells){ .form = form->csv, .safe = form->safe };
	if (w->form.delimiter == 0)
		w->form.delimiter = ',';
	if (w->form.quote == 0)
		w->form.quote = '"';
	w->careful[0xEF] = true; /* it may be a byte-order mark */
	if (form->safe)
		for (size_t i = 0; i < FORMULAS; i++)
			w->careful[(unsigned char)formulas[i][0]] = true;
	if (form->null == NULL)
		return true;
	w->nulls = true;
	/* An empty value begins with the quote that ends it. */
	w->careful[(
	    unsigned char)(form->null[0] != '\0' ? form->null[0] : '"')] = true;
	kl_buf_puts(&w->null, form->null);
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

static bool
is_formula(struct kl_span s)
{
	size_t n;

	for (size_t i = 0; i < FORMULAS; i++) {
		n = strlen(formulas[i]);
		if (s.n >= n && memcmp(s.s, formulas[i], n) == 0)
			return true;
	}
	return false;
}

/* Any value, with all there is to look at; text if it is one. */
static void
put_careful(struct csv_cells *w, struct kl_buf *b, struct kl_span s, bool text)
{
	if (text && w->safe && is_formula(s)) {
		kl_buf_reset(&w->safer);
		kl_buf_putc(&w->safer, '\'');
		kl_buf_span(&w->safer, s);
		if (w->safer.rc != KL_OK)
			b->rc = w->safer.rc;
		s = (struct kl_span){ w->safer.s, w->safer.n };
	}
	if (w->nulls && kl_span_eq(s, (struct kl_span){ w->null.s, w->null.n }))
		kl_csv_put_quoted(b, s.s, s.n, &w->form);
	else
		kl_csv_put(b, s.s, s.n, &w->form);
}

void
kl_csv_cells_text(struct csv_cells *w, struct kl_buf *b, struct kl_span s)
{
	put_careful(w, b, s, true);
}

/* What no copy may meet, in registers. */
struct stops {
#ifdef __SSE2__
	__m128i delimiter, quote;
#else
	char delimiter, quote;
#endif
};

INLINE struct stops
stops_of(const struct kl_csv_form *form)
{
#ifdef __SSE2__
	return (struct stops){ _mm_set1_epi8(form->delimiter),
		_mm_set1_epi8(form->quote) };
#else
	return (struct stops){ form->delimiter, form->quote };
#endif
}

/*
 * Copy n bytes, that may be read and written up to the next step; true if no
 * delimiter or quote is among them.  What has no escapes has no line ends.
 */
INLINE bool
copy_clean(const struct stops * not, char *to, const char *s, size_t n)
{
#ifdef __SSE2__
	unsigned mask;

	for (;; n -= STEP, s += STEP, to += STEP) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);

		_mm_storeu_si128((__m128i *)(void *)to, v);
		mask = (unsigned)_mm_movemask_epi8(
		    _mm_or_si128(_mm_cmpeq_epi8(v, not ->delimiter),
			_mm_cmpeq_epi8(v, not ->quote)));
		if (LIKELY(n <= STEP))
			return (mask & ((1U << n) - 1)) == 0;
		if (UNLIKELY(mask != 0))
			return false;
	}
#else
	for (size_t i = 0; i < n; i++) {
		if (s[i] == not ->delimiter || s[i] == not ->quote)
			return false;
		to[i] = s[i];
	}
	return true;
#endif
}

/* The same for a text that had escapes: no line ends or NULs either.  A tab is
 * taken for one of them. */
INLINE bool
copy_cleaned(const struct stops * not, char *to, const char *s, size_t n)
{
#ifdef __SSE2__
	for (;; n -= STEP, s += STEP, to += STEP) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
		__m128i low =
		    _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8('\r')), v);
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(low,
		    _mm_or_si128(_mm_cmpeq_epi8(v, not ->delimiter),
			_mm_cmpeq_epi8(v, not ->quote))));

		_mm_storeu_si128((__m128i *)(void *)to, v);
		if (LIKELY(n <= STEP))
			return (mask & ((1U << n) - 1)) == 0;
		if (UNLIKELY(mask != 0))
			return false;
	}
#else
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= '\r')
			return false;
	return copy_clean(not, to, s, n);
#endif
}

/* Where a row is being written: what is needed for every value. */
struct row {
	struct csv_cells *w;
	const struct kl_json *doc;
	struct kl_buf *b;
	char *p;	 /* the end of what is written */
	const char *end; /* of the room there is */
	const char *far; /* the last byte from which a step can be read */
};

INLINE void
leave(struct row *r)
{
	r->b->n = (size_t)(r->p - r->b->s);
}

INLINE void
enter(struct row *r)
{
	r->p = r->b->s + r->b->n;
	r->end = r->b->s + r->b->cap;
}

static NOINLINE bool
grow(struct row *r, size_t n)
{
	leave(r);
	if (!kl_buf_room(r->b, n))
		return false;
	enter(r);
	return true;
}

/* Any value, where there may not be room for it. */
static NOINLINE void
put_slowly(struct row *r, struct kl_span s, bool text)
{
	leave(r);
	put_careful(r->w, r->b, s, text);
	enter(r);
}

/* A text with escapes, which may make anything.  There is room for as many
 * bytes as they take. */
static NOINLINE enum kl_rc
put_unescaped(struct row *r, const struct stops *stops, uint32_t node,
    struct kl_err *err)
{
	struct csv_cells *w = r->w;
	struct kl_span s = kl_json_text(r->doc, node, &w->text);
	enum kl_rc rc;

	/* So much is read past the end. */
	(void)kl_buf_room(&w->text, STEP);
	if ((rc = kl_buf_check(&w->text, err)) != KL_OK)
		return rc;
	s.s = w->text.s;
	if (LIKELY(s.n > 0 && !w->careful[(unsigned char)*s.s] &&
		copy_cleaned(stops, r->p, s.s, s.n))) {
		r->p += s.n;
		return KL_OK;
	}
	if (s.n > 0 && memchr(s.s, '\0', s.n) != NULL)
		return KL_EDATA;
	put_slowly(r, s, true);
	return KL_OK;
}

/* Null, missing, or a value that is not simply copied. */
INLINE enum kl_rc
put_other(struct row *r, const struct stops *stops, uint32_t node,
    struct kl_err *err)
{
	struct csv_cells *w = r->w;
	const struct kl_json_node *v = &r->doc->node[node];
	bool text = v->type == KL_JSON_STRING;

	if (node == 0 || v->type == KL_JSON_NULL) {
		if (w->null.n > 0)
			memcpy(r->p, w->null.s, w->null.n);
		r->p += w->null.n;
		return KL_OK;
	}
	if (text && v->esc)
		return put_unescaped(r, stops, node, err);
	put_slowly(r,
	    (struct kl_span){ r->doc->s + v->at + text,
		v->n - 2 * (size_t)text },
	    text);
	return KL_OK;
}

/* True if the node is a value that stands in the text as it is: no array,
 * object or null, and without escapes. */
INLINE bool
is_plain(const struct kl_json_node *v)
{
	unsigned type = v->type;

	return type > KL_JSON_NULL && type < KL_JSON_ARRAY && !v->esc;
}

enum kl_rc
kl_csv_cells_row(struct csv_cells *w, const struct kl_json *doc,
    const struct csv_where *where, size_t n, struct kl_buf *b, size_t *bad,
    struct kl_err *err)
{
	const uint32_t *const node = where->node, *const of = where->of;
	struct row r = { .w = w, .doc = doc, .b = b };
	const struct stops stops = stops_of(&w->form);
	const struct kl_json_node *v;
	const char *s, delimiter = w->form.delimiter;
	enum kl_rc rc;
	size_t text, k;
	uint32_t at;

	if (!kl_buf_room(b, STEP))
		return kl_buf_check(b, err);
	enter(&r);
	r.far = doc->s + doc->n + doc->spare;
	r.far = r.far - doc->s >= (ptrdiff_t)STEP ? r.far - STEP : doc->s;
	for (size_t i = 0; i < n; i++) {
		at = node[of[i]];
		v = &doc->node[at];
		text = v->type == KL_JSON_STRING;
		k = v->n - 2 * text;
		/* The delimiter, null or the value, the rest of a step. */
		if (UNLIKELY(
			(size_t)(r.end - r.p) < k + w->null.n + 1 + STEP) &&
		    !grow(&r, k + w->null.n + 1 + STEP))
			return kl_buf_check(b, err);
		*r.p = delimiter;
		r.p += i > 0;
		s = doc->s + v->at + text;
		if (LIKELY(is_plain(v) && !w->careful[(unsigned char)*s] &&
			s + k <= r.far && copy_clean(&stops, r.p, s, k))) {
			r.p += k;
			continue;
		}
		if ((rc = put_other(&r, &stops, at, err)) != KL_OK) {
			*bad = i;
			return rc;
		}
	}
	leave(&r);
	return kl_buf_check(b, err);
}
