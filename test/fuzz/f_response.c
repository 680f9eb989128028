/* SPDX-License-Identifier: MIT */
/*
 * f_response.c - answers of any bytes: errors are read and said without a
 * character that steers a terminal, resources become one line.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kl/errors.h"
#include "kl/flat.h"
#include "kl/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_text(const char *s, size_t size)
{
	assert(memchr(s, '\0', size) != NULL);
	for (; *s != '\0'; s++)
		assert(*s >= ' ' && *s <= '~');
}

static void
errors(const struct kl_json *doc, const struct kl_endpoint *ep, int status)
{
	struct kl_faults w = { .doc = doc };
	struct kl_err err = { 0 };
	struct kl_fault f;

	assert(kl_errors_err(ep, status, doc, &err) < 0);
	check_text(err.msg, sizeof(err.msg));
	check_text(err.code, sizeof(err.code));
	while (kl_fault_next(&w, &f)) {
		assert(kl_fault_err(&f, &err) == KL_EREFUSED);
		check_text(err.msg, sizeof(err.msg));
		assert(f.has_row || f.row < 1000000000);
	}
	kl_faults_free(&w);
}

/* A record of one line that is itself strict JSON, with its id first. */
static void
flat(const struct kl_json *doc, uint32_t node)
{
	struct kl_json again = { 0 };
	struct kl_buf b = { 0 };

	if (kl_flat_put(&b, doc, node, NULL) == KL_OK) {
		assert(b.rc == KL_OK);
		assert(memchr(b.s, '\n', b.n) == NULL);
		assert(kl_json_scan(&again, b.s, b.n, NULL) == KL_OK);
		assert(kl_json_type(&again, 0) == KL_JSON_OBJECT);
		assert(kl_json_is(&again, 1, "id"));
	} else
		assert(b.n == 0);
	kl_json_free(&again);
	kl_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int statuses[] = { 400, 401, 403, 404, 409, 413, 429,
		503 };
	struct kl_json doc = { 0 };
	struct kl_cursor cur = { 0 };
	uint32_t i;

	if (n < 2)
		return 0;
	if (kl_json_scan(&doc, (const char *)data + 2, n - 2, NULL) == KL_OK)
		for (i = 0; i < doc.nodes && i < 200; i++)
			flat(&doc, i);
	errors(&doc, kl_endpoint((enum kl_ep)(data[0] % KL_EPS)),
	    statuses[data[1] % 8]);
	(void)kl_cursor_next(&cur, &doc, KL_BASE_URL, KL_SPAN("/api/lists"),
	    NULL);
	kl_cursor_free(&cur);
	kl_json_free(&doc);
	return 0;
}
