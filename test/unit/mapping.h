/* SPDX-License-Identifier: MIT */
#ifndef MAPPING_H
#define MAPPING_H

/* mapping.h - a mapping in short, for unit programs. */

#include <stdio.h>

#include "kl/mapping.h"

#include "ok.h"

/* A mapping in short: origin, destination, conversion. */
struct row {
	const char *origin, *to, *convert;
};

static inline enum kl_rc
add(struct kl_mapping *m, const struct row *row, bool required,
    struct kl_err *err)
{
	return kl_mapping_add(m, KL_SPAN(row->origin), KL_SPAN(row->to),
	    KL_SPAN(row->convert), required, err);
}

/* The result of one record as text: JSON, "filtered", or "!code field". */
static inline const char *
run(struct kl_mapping *m, const char *json)
{
	static struct kl_buf out;
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	kl_buf_reset(&out);
	if (kl_json_scan(&doc, json, strlen(json), &err) != KL_OK)
		return "not JSON";
	rc = kl_mapping_run(m, &doc, &out, &err);
	kl_json_free(&doc);
	if (rc == KL_AGAIN) {
		ok(out.n == 0, "what is filtered writes nothing");
		return "filtered";
	}
	if (rc != KL_OK) {
		kl_buf_reset(&out);
		kl_buf_printf(&out, "!%s %s", err.code, err.field);
	}
	return kl_buf_str(&out);
}

static inline struct kl_mapping *
made(const struct kl_mapping_options *opt, const struct row *rows, size_t n)
{
	struct kl_mapping *m = kl_mapping_new(opt);
	struct kl_err err = { 0 };
	size_t i;

	for (i = 0; i < n; i++)
		if (add(m, &rows[i], false, &err) != KL_OK) {
			ok(false, err.msg);
			return m;
		}
	return m;
}

#define MADE(opt, rows) made(opt, rows, sizeof(rows) / sizeof(*(rows)))

#endif /* MAPPING_H */
