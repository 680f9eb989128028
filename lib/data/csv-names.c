/* SPDX-License-Identifier: MIT */
/* csv-names.c - the names of columns. */

#include "kl/csv.h"
#include "kl/map.h"

/* A column's name, and what is wrong with it. */
static enum kl_rc
add(struct kl_map *seen, struct kl_span name, size_t number, struct kl_err *err)
{
	uint64_t *first;
	bool fresh;

	if (name.n == 0) {
		(void)kl_err_set(err, KL_EDATA, "column %zu has no name",
		    number);
		kl_err_code(err, "column_unnamed");
		return KL_EDATA;
	}
	if ((first = kl_map_put(seen, name.s, name.n, &fresh)) == NULL)
		return kl_err_nomem(err);
	if (!fresh) {
		(void)kl_err_set(err, KL_EDATA,
		    "columns %llu and %zu have the same name",
		    (unsigned long long)*first, number);
		kl_err_code(err, "column_twice");
		return KL_EDATA;
	}
	*first = number;
	return KL_OK;
}

enum kl_rc
kl_csv_names(const struct kl_span *name, size_t n, struct kl_err *err)
{
	struct kl_map seen = { 0 };
	enum kl_rc rc = KL_OK;
	size_t i;

	if (n > KL_CSV_COLUMNS)
		return kl_err_set(err, KL_EDATA, "more than %d columns",
		    KL_CSV_COLUMNS);
	for (i = 0; i < n && rc == KL_OK; i++)
		rc = add(&seen, name[i], i + 1, err);
	kl_map_free(&seen);
	return rc;
}
