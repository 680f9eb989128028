/* SPDX-License-Identifier: MIT */
/* csv-types.c - values that become numbers, true, false or null. */

#include <string.h>

#include "csv-table.h"
#include "kl/json.h"
#include "number.h"

/* --- words ---------------------------------------------------------------- */

/* A word of --types; false if it is none. */
static bool
type_of(struct kl_span word, enum csv_type *type)
{
	static const struct {
		const char *word;
		enum csv_type type;
	} known[] = { { "text", CSV_TEXT }, { "number", CSV_NUMBER },
		{ "bool", CSV_BOOL } };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (kl_span_is(word, known[i].word)) {
			*type = known[i].type;
			return true;
		}
	return false;
}

/* One item of --types: NAME:TYPE. */
static enum kl_rc
set_type(struct kl_table *t, struct kl_span item, size_t number,
    struct kl_err *err)
{
	struct kl_span name = item;
	enum csv_type type = CSV_TEXT;

	while (name.n > 0 && name.s[name.n - 1] != ':')
		name.n--;
	if (name.n == 0 ||
	    !type_of((struct kl_span){ name.s + name.n, item.n - name.n },
		&type)) {
		(void)kl_err_set(err, KL_EUSAGE, "--types: item %zu is no type",
		    number);
		kl_err_hint(err, "auto, NAME:text, NAME:number or NAME:bool");
		return KL_EUSAGE;
	}
	name.n--;
	for (size_t i = 0; i < t->n; i++)
		if (kl_span_eq(t->col[i].name, name)) {
			t->col[i].type = type;
			return KL_OK;
		}
	(void)kl_err_set(err, KL_EUSAGE,
	    "--types: item %zu is for a column that the table does not have",
	    number);
	return KL_EUSAGE;
}

/* The items; "auto" is for all that have no other. */
static enum kl_rc
set_all_types(struct kl_table *t, const struct kl_csv_row *row,
    struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	for (size_t i = 0; i < row->n; i++)
		for (size_t k = 0; k < t->n; k++)
			if (kl_span_is(row->field[i], "auto"))
				t->col[k].type = CSV_AUTO;
	for (size_t i = 0; i < row->n && rc == KL_OK; i++)
		if (!kl_span_is(row->field[i], "auto"))
			rc = set_type(t, row->field[i], i + 1, err);
	for (size_t k = 0; k < t->n; k++)
		t->typed |= t->col[k].type != CSV_TEXT;
	return rc;
}

enum kl_rc
csv_types_set(struct kl_table *t, const char *types, struct kl_err *err)
{
	struct kl_csv *csv = kl_csv_new(NULL, &(struct kl_csv_form){ 0 });
	struct kl_csv_row row;
	enum kl_rc rc;

	if (csv == NULL)
		return kl_err_nomem(err);
	rc = kl_csv_row(csv, types, strlen(types), &row, err);
	if (rc == KL_EOF)
		rc = kl_err_set(err, KL_EUSAGE, "no type is named");
	else if (rc == KL_EDATA || rc == KL_ETOOBIG)
		rc = kl_err_set(err, KL_EUSAGE, "the types are no row of CSV");
	else if (rc == KL_OK)
		rc = set_all_types(t, &row, err);
	kl_csv_free(csv);
	return rc;
}

/* --- values --------------------------------------------------------------- */

static bool
is_bool(struct kl_span s)
{
	return kl_span_is(s, "true") || kl_span_is(s, "false");
}

/* The value is none of its column. */
static enum kl_rc
not_of_type(const struct csv_column *c, struct kl_err *err)
{
	if (c->type == CSV_NUMBER) {
		(void)kl_err_set(err, KL_EDATA, "not a number");
		kl_err_code(err, "not_number");
		kl_err_hint(err,
		    "as JSON writes numbers: no leading zero or plus, a point "
		    "before decimals, nothing between the digits");
	} else {
		(void)kl_err_set(err, KL_EDATA, "neither true nor false");
		kl_err_code(err, "not_bool");
	}
	kl_err_field(err, c->name.s, c->name.n);
	return KL_EDATA;
}

/* A value by its type. */
static enum kl_rc
put_typed(const struct csv_column *c, struct kl_buf *b, struct kl_span s,
    struct kl_err *err)
{
	bool number = c->type == CSV_AUTO || c->type == CSV_NUMBER;
	bool boolean = c->type == CSV_AUTO || c->type == CSV_BOOL;

	if ((number && number_is(s)) || (boolean && is_bool(s)))
		kl_buf_span(b, s);
	else if (c->type == CSV_TEXT || c->type == CSV_AUTO || s.n == 0)
		kl_json_put_text(b, s.s, s.n);
	else
		return not_of_type(c, err);
	return KL_OK;
}

enum kl_rc
csv_types_put(const struct kl_table *t, struct kl_buf *b,
    const struct kl_csv_row *row, struct kl_err *err)
{
	struct kl_span null = { t->null.s, t->null.n };
	const struct kl_span *f = row->field;
	const struct csv_column *c = t->col;
	enum kl_rc rc = KL_OK;

	for (size_t i = 0, n = t->n; i < n && rc == KL_OK; i++) {
		csv_put_bare(b, &c[i], i);
		if (t->nulls && kl_span_eq(f[i], null) &&
		    !kl_csv_quoted(row, i))
			kl_buf_put(b, "null", 4);
		else
			rc = put_typed(&c[i], b, f[i], err);
	}
	kl_buf_putc(b, '}');
	return rc;
}
