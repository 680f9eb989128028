/* SPDX-License-Identifier: MIT */
/* csv-cell.c - one value of a row, with all there is to look at. */

#include <string.h>

#include "csv-cells.h"

/* What OWASP has spreadsheets take for the beginning of a formula. */
static const char *const formulas[] = { "=", "+", "-", "@", "\t", "\r", "\n",
	"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0" };
#define FORMULAS (sizeof(formulas) / sizeof(*formulas))

void
kl_csv_cells_beware(struct csv_cells *w, const char *null)
{
	w->careful[0xEF] = true; /* it may be a byte-order mark */
	for (size_t i = 0; w->safe && i < FORMULAS; i++)
		w->careful[(unsigned char)formulas[i][0]] = true;
	/* An empty value begins with the quote that ends it. */
	if (null != NULL)
		w->careful[(unsigned char)(*null != '\0' ? *null : '"')] = true;
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

void
kl_csv_cells_put(struct csv_cells *w, struct kl_buf *b, struct kl_span s,
    bool text)
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
	kl_csv_cells_put(w, b, s, true);
}

enum kl_rc
kl_csv_cells_nul(struct kl_span name, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "a NUL character, which no table takes");
	kl_err_code(err, "value_nul");
	kl_err_field(err, name.s, name.n);
	return KL_EDATA;
}
