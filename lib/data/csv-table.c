/* SPDX-License-Identifier: MIT */
/*
 * csv-table.c - the columns of a table.
 *
 * All that stands between two values of a record is made once.
 */

#include <stdlib.h>
#include <string.h>

#include "csv-table.h"
#include "kl/json.h"

/* Make the pieces, then point at them: they move while they are made. */
static enum kl_rc
set_columns(struct kl_table *t, const struct kl_span *name, struct kl_err *err)
{
	const char *piece, *text;
	size_t at;

	for (size_t i = 0; i < t->n; i++) {
		at = t->pieces.n;
		kl_buf_puts(&t->pieces, i == 0 ? "{" : "\",");
		kl_json_put_text(&t->pieces, name[i].s, name[i].n);
		kl_buf_puts(&t->pieces, ":\"");
		kl_buf_span(&t->names, name[i]);
		t->col[i].n = t->pieces.n - at;
	}
	if (kl_buf_room(&t->pieces, CSV_PIECE))
		memset(t->pieces.s + t->pieces.n, 0, CSV_PIECE);
	if (kl_buf_check(&t->pieces, err) != KL_OK ||
	    kl_buf_check(&t->names, err) != KL_OK)
		return err->rc;
	piece = t->pieces.s;
	text = t->names.s;
	for (size_t i = 0; i < t->n; i++) {
		t->col[i].before = piece;
		t->col[i].name = (struct kl_span){ text, name[i].n };
		piece += t->col[i].n;
		text += name[i].n;
	}
	return KL_OK;
}

/* How JSON writes each byte. */
static enum kl_rc
set_spelling(struct kl_table *t, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	enum kl_rc rc = KL_OK;
	char c;

	for (unsigned i = 0; i < 256 && rc == KL_OK; i++) {
		c = (char)i;
		kl_buf_reset(&b);
		kl_json_put_text(&b, &c, 1);
		if ((rc = kl_buf_check(&b, err)) != KL_OK)
			break;
		/* Without the quotes. */
		t->spelling[i].n = (unsigned char)(b.n - 2);
		memcpy(t->spelling[i].s, b.s + 1, b.n - 2);
	}
	kl_buf_free(&b);
	return rc;
}

enum kl_rc
kl_table_new(struct kl_table **to, const struct kl_span *name, size_t n,
    const struct kl_table_form *form, struct kl_err *err)
{
	struct kl_table *t;
	enum kl_rc rc;

	if ((rc = kl_csv_names(name, n, err)) != KL_OK)
		return rc;
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->col = calloc(n, sizeof(*t->col))) == NULL) {
		free(t);
		return kl_err_nomem(err);
	}
	t->n = n;
	rc = set_columns(t, name, err);
	if (rc == KL_OK)
		rc = set_spelling(t, err);
	if (form->null != NULL) {
		t->nulls = true;
		kl_buf_puts(&t->null, form->null);
		if (rc == KL_OK)
			rc = kl_buf_check(&t->null, err);
	}
	if (rc == KL_OK && form->types != NULL)
		rc = csv_types_set(t, form->types, err);
	if (rc == KL_OK)
		*to = t;
	else
		kl_table_free(t);
	return rc;
}

void
kl_table_free(struct kl_table *t)
{
	if (t == NULL)
		return;
	kl_buf_free(&t->pieces);
	kl_buf_free(&t->names);
	kl_buf_free(&t->null);
	free(t->col);
	free(t);
}

size_t
kl_table_columns(const struct kl_table *t)
{
	return t->n;
}

struct kl_span
kl_table_name(const struct kl_table *t, size_t i)
{
	return t->col[i].name;
}

bool
kl_table_is_plain(const struct kl_table *t)
{
	return !t->typed && !t->nulls;
}

void
kl_table_blame(const struct kl_table *t, const struct kl_csv_row *row,
    struct kl_err *err)
{
	if (row->bad > 0 && row->bad <= t->n && err->field[0] == '\0')
		kl_err_field(err, t->col[row->bad - 1].name.s,
		    t->col[row->bad - 1].name.n);
}
