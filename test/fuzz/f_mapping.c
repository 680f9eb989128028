/* SPDX-License-Identifier: MIT */
/*
 * f_mapping.c - records of any shape, one after the other through one mapping:
 * what comes out is a strict JSON object, the same whether mapping and scanner
 * have seen other records before or not.  The input is a configuration, then
 * records, a line each.
 */

#include <assert.h>
#include <stdlib.h>

#include "kl/mapping.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Profiles, then events; each forwards and back.  Then events with all that is
 * empty. */
#define VARIANTS 5

/* A record is seen so often, for what is done only for those that are alike. */
#define AGAIN 7

static struct kl_mapping *
make(const struct kl_json *config, int variant)
{
	struct kl_mapping_options opt = { .reverse = variant % 2 == 1,
		.omit = true,
		.keep_empty = variant == 4,
		.shape = variant < 2 ? KL_MAPPING_PROFILE : KL_MAPPING_EVENT,
		.phone_plugin = "/nowhere" };
	struct kl_mapping *m = kl_mapping_new(&opt);
	struct kl_err err = { 0 };

	if (kl_mapping_add_config(m, config, 0, &err) != KL_OK ||
	    kl_mapping_where(m, "a!=b", &err) != KL_OK ||
	    kl_mapping_ready(m, &err) != KL_OK) {
		assert(err.msg[0] != '\0');
		kl_mapping_free(m);
		return NULL;
	}
	return m;
}

static enum kl_rc
run(struct kl_mapping *m, const struct kl_json *doc, struct kl_buf *out)
{
	struct kl_json check = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	kl_buf_reset(out);
	rc = kl_mapping_run(m, doc, out, &err);
	if (rc == KL_OK) {
		assert(kl_json_scan(&check, out->s, out->n, &err) == KL_OK ||
		    err.rc == KL_ETOOBIG);
		assert(check.nodes == 0 ||
		    kl_json_type(&check, 0) == KL_JSON_OBJECT);
		assert(memchr(out->s, '\n', out->n) == NULL);
	}
	kl_json_free(&check);
	return rc;
}

static void
both(struct kl_mapping *old, const struct kl_json *config, int variant,
    const struct kl_json *doc)
{
	struct kl_mapping *fresh = make(config, variant);
	struct kl_buf a = { 0 }, b = { 0 };
	struct kl_json alone = { 0 };

	assert(kl_json_scan(&alone, doc->s, doc->n, NULL) == KL_OK);
	assert(run(old, doc, &a) == run(fresh, &alone, &b));
	assert(a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0));
	kl_buf_free(&a);
	kl_buf_free(&b);
	kl_json_free(&alone);
	kl_mapping_free(fresh);
}

/* A record with what the scanner may look at behind it. */
static void
record(struct kl_mapping *m, const struct kl_json *config, int variant,
    struct kl_json *doc, struct kl_span s)
{
	char *copy = calloc(1, s.n + KL_JSON_SPARE);
	struct kl_buf out = { 0 };
	int i;

	if (copy == NULL)
		return;
	if (s.n > 0)
		memcpy(copy, s.s, s.n);
	for (i = 0; i < AGAIN; i++) {
		if (kl_json_scan_next(doc, copy, s.n, KL_JSON_SPARE, NULL) !=
			KL_OK ||
		    kl_json_type(doc, 0) != KL_JSON_OBJECT)
			break;
		if (i == 0 || i + 1 == AGAIN)
			both(m, config, variant, doc);
		else
			(void)run(m, doc, &out);
	}
	kl_buf_free(&out);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *s = (const char *)data, *end = s + size, *nl;
	struct kl_json config = { 0 }, doc = { 0 };
	struct kl_mapping *m;
	int i;

	nl = size == 0 ? NULL : memchr(s, '\n', size);
	if (nl == NULL ||
	    kl_json_scan(&config, s, (size_t)(nl - s), NULL) != KL_OK ||
	    kl_json_type(&config, 0) != KL_JSON_ARRAY) {
		kl_json_free(&config);
		return 0;
	}
	for (i = 0; i < VARIANTS; i++) {
		if ((m = make(&config, i)) == NULL)
			continue;
		for (s = nl + 1; s < end; s++) {
			const char *stop = memchr(s, '\n', (size_t)(end - s));

			if (stop == NULL)
				stop = end;
			record(m, &config, i, &doc,
			    (struct kl_span){ s, (size_t)(stop - s) });
			s = stop;
		}
		kl_mapping_free(m);
	}
	kl_json_free(&config);
	kl_json_free(&doc);
	return 0;
}
