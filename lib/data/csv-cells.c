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
	w->careful_empty = form->null[0] == '\0';
	w->careful[(unsigned char)form->null[0]] = true;
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

/* Copy n bytes, at least 1, that may be read and written up to the next step;
 * true if no delimiter or quote is among them.  What has no escapes has no
 * line ends. */
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
		if (n <= STEP)
			return mask << (32 - n) == 0;
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

/* A text with escapes, which may make anything. */
static enum kl_rc
put_unescaped(struct csv_cells *w, struct kl_buf *b, const struct kl_json *doc,
    uint32_t node, struct kl_err *err)
{
	struct kl_span s = kl_json_text(doc, node, &w->text);
	enum kl_rc rc;

	if ((rc = kl_buf_check(&w->text, err)) != KL_OK)
		return rc;
	if (s.n > 0 && memchr(s.s, '\0', s.n) != NULL)
		return KL_EDATA;
	put_careful(w, b, s, true);
	return KL_OK;
}

/* A value, neither null nor missing, that asks for more than a copy. */
static NOINLINE enum kl_rc
put_odd(struct csv_cells *w, struct kl_buf *b, const struct kl_json *doc,
    uint32_t node, struct kl_err *err)
{
	const struct kl_json_node *v = &doc->node[node];
	bool text = v->type == KL_JSON_STRING;

	if (text && v->esc)
		return put_unescaped(w, b, doc, node, err);
	put_careful(w, b,
	    (struct kl_span){ doc->s + v->at + text, v->n - 2 * (size_t)text },
	    text);
	return KL_OK;
}

/* Make room for the delimiter, n bytes more and the last step. */
INLINE bool
room(struct kl_buf *b, char **p, const char **end, size_t n)
{
	if (LIKELY((size_t)(*end - *p) >= n + 1 + STEP))
		return true;
	b->n = (size_t)(*p - b->s);
	if (!kl_buf_room(b, n + 1 + STEP))
		return false;
	*p = b->s + b->n;
	*end = b->s + b->cap;
	return true;
}

enum kl_rc
kl_csv_cells_row(struct csv_cells *w, const struct kl_json *doc,
    const uint32_t *node, size_t n, struct kl_buf *b, size_t *bad,
    struct kl_err *err)
{
	/* The last of the text where a step can be read. */
	const char *safe = doc->s + (doc->n > STEP ? doc->n - STEP : 0);
	const struct stops stops = stops_of(&w->form);
	const struct kl_json_node *v;
	char *p, delimiter = w->form.delimiter;
	const char *end, *s;
	enum kl_rc rc;
	size_t text, k;

	if (!kl_buf_room(b, STEP))
		return kl_buf_check(b, err);
	p = b->s + b->n;
	end = b->s + b->cap;
	for (size_t i = 0; i < n; i++) {
		v = &doc->node[node[i]];
		text = v->type == KL_JSON_STRING;
		k = v->n - 2 * text;
		if (!room(b, &p, &end, k + w->null.n))
			return kl_buf_check(b, err);
		*p = delimiter;
		p += i > 0;
		if (node[i] == 0 || v->type == KL_JSON_NULL) {
			memcpy(p, w->null.n > 0 ? w->null.s : "", w->null.n);
			p += w->null.n;
			continue;
		}
		s = doc->s + v->at + text;
		if (LIKELY(v->type < KL_JSON_ARRAY && !v->esc && k > 0 &&
			!w->careful[(unsigned char)*s] && s + k <= safe &&
			copy_clean(&stops, p, s, k))) {
			p += k;
			continue;
		}
		if (k == 0 && !w->careful_empty)
			continue;
		b->n = (size_t)(p - b->s);
		*bad = i;
		if ((rc = put_odd(w, b, doc, node[i], err)) != KL_OK)
			return rc;
		p = b->s + b->n;
		end = b->s + b->cap;
	}
	b->n = (size_t)(p - b->s);
	return kl_buf_check(b, err);
}
