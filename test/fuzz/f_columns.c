/* SPDX-License-Identifier: MIT */
/*
 * f_columns.c - records into rows, against looking every column up.
 *
 * The first line is a row of names, each further one a record.  Whatever the
 * records before it made the columns foresee, each value must be that of
 * kl_json_path(), and the row must read back as it.  Then the same records
 * with columns that are found.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kl/columns.h"

static const struct kl_csv_form csv_form;

/* What a column of the record should be; false if it is null. */
static bool
expect(const struct kl_json *doc, uint32_t node, struct kl_buf *tmp,
    struct kl_span *s)
{
	*s = (struct kl_span){ "", 0 };
	if (node == 0 || kl_json_type(doc, node) == KL_JSON_NULL)
		return false;
	*s = kl_json_type(doc, node) == KL_JSON_STRING
	    ? kl_json_text(doc, node, tmp)
	    : kl_json_raw(doc, node);
	return true;
}

/* One record through named columns, its row read back. */
static void
named(struct kl_columns *c, struct kl_csv *memory,
    const struct kl_csv_row *names, const struct kl_json *doc)
{
	struct kl_buf b = { 0 }, tmp = { 0 };
	struct kl_csv_row back = { 0 };
	struct kl_err err = { 0 };
	struct kl_span s;
	enum kl_rc rc;
	bool there;

	if ((rc = kl_columns_row(c, doc, &b, &err)) != KL_OK) {
		assert(rc == KL_EDATA && strcmp(err.code, "value_nul") == 0);
		kl_buf_free(&b);
		return;
	}
	if (b.n == 0) /* as whoever ends rows does */
		kl_csv_put_quoted(&b, NULL, 0, &csv_form);
	assert(kl_csv_row(memory, b.s, b.n, &back, NULL) == KL_OK);
	assert(back.n == names->n);
	for (size_t i = 0; i < names->n; i++) {
		there = expect(doc, kl_json_path(doc, 0, names->field[i]), &tmp,
		    &s);
		if (!there)
			assert(kl_span_is(back.field[i], "\\N") &&
			    !kl_csv_quoted(&back, i));
		else
			assert(kl_span_eq(back.field[i], s) &&
			    (!kl_span_is(s, "\\N") || kl_csv_quoted(&back, i)));
	}
	kl_buf_free(&b);
	kl_buf_free(&tmp);
}

/* One record through columns that were found in those before it: as many
 * values as there are columns, or a reason. */
static void
found(struct kl_columns *c, struct kl_csv *memory, const struct kl_json *doc)
{
	struct kl_columns *copy = kl_columns_copy(c);
	struct kl_buf b = { 0 }, same = { 0 };
	struct kl_csv_row back;
	struct kl_err err = { 0 };
	enum kl_rc rc;

	assert(copy != NULL);
	rc = kl_columns_row(c, doc, &b, &err);
	assert(kl_columns_row(copy, doc, &same, &err) == rc);
	assert(same.n == b.n && (b.n == 0 || memcmp(same.s, b.s, b.n) == 0));
	kl_columns_free(copy);
	kl_buf_free(&same);
	assert(rc == KL_OK || (rc == KL_EDATA && err.code[0] != '\0'));
	if (rc == KL_OK && b.n == 0)
		kl_csv_put_quoted(&b, NULL, 0, &csv_form);
	if (rc == KL_OK && kl_columns_count(c) > 0) {
		assert(kl_csv_row(memory, b.s, b.n, &back, NULL) == KL_OK);
		assert(back.n == kl_columns_count(c));
	}
	if (rc == KL_EDATA && strcmp(err.code, "column_unknown") == 0 &&
	    kl_columns_find(c, doc, &err) == KL_OK) {
		kl_columns_found(c);
		b.n = 0;
		rc = kl_columns_row(c, doc, &b, &err);
		assert(rc == KL_OK || strcmp(err.code, "column_unknown") != 0);
	}
	kl_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kl_columns_form form = { .null = "\\N" };
	struct kl_csv *csv = kl_csv_new(NULL, &form.csv),
		      *memory = kl_csv_new(NULL, &form.csv);
	struct kl_columns *by_name = kl_columns_new(&form),
			  *by_record = kl_columns_new(&form);
	char *text = calloc(1, n + KL_JSON_SPARE);
	const char *s = text, *end = s + n, *nl;
	struct kl_csv_row names = { 0 };
	struct kl_json doc = { 0 };
	bool have;

	assert(text != NULL);
	memcpy(text, data, n);
	nl = n > 0 ? memchr(s, '\n', n) : NULL;
	have = nl != NULL &&
	    kl_csv_row(csv, s, (size_t)(nl - s), &names, NULL) == KL_OK &&
	    kl_columns_name(by_name, names.field, names.n, NULL) == KL_OK;
	for (s = nl; have && s != NULL; s = nl) {
		s++;
		nl = memchr(s, '\n', (size_t)(end - s));
		if (kl_json_scan_next(&doc, s, (size_t)((nl ? nl : end) - s),
			KL_JSON_SPARE, NULL) != KL_OK ||
		    kl_json_type(&doc, 0) != KL_JSON_OBJECT)
			continue;
		named(by_name, memory, &names, &doc);
		found(by_record, memory, &doc);
	}
	kl_json_free(&doc);
	free(text);
	kl_columns_free(by_name);
	kl_columns_free(by_record);
	kl_csv_free(csv);
	kl_csv_free(memory);
	return 0;
}
