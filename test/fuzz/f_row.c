/* SPDX-License-Identifier: MIT */
/*
 * f_row.c - rows of a table through a mapping as they stand, and as the records
 * they make: both ways end alike, to the byte.  The input is rows, a line each.
 */

#include <assert.h>
#include <string.h>

#include "kl/mapping.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const struct {
	const char *origin, *to, *convert;
} fields[] = {
	{ "a", "email", "" },
	{ "a", "first_name", "trim|lower" },
	{ "b", "location.city", "" },
	{ "b", "Title", "title" },
	{ "c", "Tags", "split:;" },
	{ "c", "Json", "json" },
	{ "d", "Sum", "number:,." },
	{ "d", "Day", "date:%d.%m.%Y@UTC" },
	{ "e.f", "location.zip", "null_if:x" },
	{ "e.g", "Path", "" },
	{ "none", "Gap", "default:y" },
	{ "f", "phone_number", "phone" },
	{ "f", "Flag", "bool" },
	{ "", "Const", "const:\"" },
};
static const struct kl_span names[] = { { "a", 1 }, { "b", 1 }, { "c", 1 },
	{ "d", 1 }, { "e.f", 3 }, { "f", 1 } };

#define COLUMNS (sizeof(names) / sizeof(*names))

static struct kl_mapping *
make(bool omit, bool keep)
{
	struct kl_mapping_options opt = { .omit = omit, .keep_empty = keep };
	struct kl_mapping *m = kl_mapping_new(&opt);
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		assert(kl_mapping_add(m, KL_SPAN(fields[i].origin),
			   KL_SPAN(fields[i].to), KL_SPAN(fields[i].convert),
			   i == 0, NULL) == KL_OK);
	assert(kl_mapping_where(m, "b!=no", NULL) == KL_OK &&
	    kl_mapping_where(m, "e.f!=", NULL) == KL_OK &&
	    kl_mapping_ready(m, NULL) == KL_OK);
	return m;
}

static void
both(struct kl_mapping *by_record, struct kl_mapping *by_row,
    const struct kl_table *t, const struct kl_csv_row *row)
{
	struct kl_buf record = { 0 }, a = { 0 }, b = { 0 };
	struct kl_json doc = { 0 };
	struct kl_err why[2] = { 0 };
	enum kl_rc rc = kl_table_put(t, &record, row, NULL);

	assert((rc == KL_OK) == (row->n == COLUMNS));
	assert(rc == KL_OK || !kl_table_fits(t, row, SIZE_MAX));
	if (rc == KL_OK) {
		assert(!kl_table_fits(t, row, record.n - 1));
		assert(kl_json_scan(&doc, record.s, record.n, NULL) == KL_OK);
		rc = kl_mapping_run(by_record, &doc, &a, &why[0]);
		assert(kl_mapping_row(by_row, row, &b, &why[1]) == rc);
		assert(strcmp(why[0].msg, why[1].msg) == 0 &&
		    strcmp(why[0].field, why[1].field) == 0);
		assert(
		    rc != KL_OK || (a.n == b.n && memcmp(a.s, b.s, a.n) == 0));
	}
	kl_json_free(&doc);
	kl_buf_free(&record);
	kl_buf_free(&a);
	kl_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *s = (const char *)data, *end = s + size, *stop;
	struct kl_csv *csv = kl_csv_new(NULL, &(struct kl_csv_form){ 0 });
	struct kl_mapping *m[2];
	struct kl_table *t;
	struct kl_csv_row row;
	bool omit = size % 2 != 0, keep = size % 4 > 1;

	m[0] = make(omit, keep);
	m[1] = make(omit, keep);
	assert(kl_table_new(&t, names, COLUMNS, &(struct kl_table_form){ 0 },
		   NULL) == KL_OK);
	assert(kl_mapping_bind(m[1], t, NULL) == KL_OK);
	for (; s < end; s = stop + 1) {
		if ((stop = memchr(s, '\n', (size_t)(end - s))) == NULL)
			stop = end;
		if (kl_csv_row(csv, s, (size_t)(stop - s), &row, NULL) == KL_OK)
			both(m[0], m[1], t, &row);
	}
	kl_mapping_free(m[0]);
	kl_mapping_free(m[1]);
	kl_table_free(t);
	kl_csv_free(csv);
	return 0;
}
