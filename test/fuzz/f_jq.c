/* SPDX-License-Identifier: MIT */
/*
 * f_jq.c - any record through a set of expressions: only what the scanner takes
 * gets in, what comes out is JSON, failures have a code and none of the
 * record's text.  The input is the record; its first byte chooses.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kl/jq.h"
#include "kl/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char *const exprs[] = {
	".",
	".[]",
	".a",
	".a.b",
	".a + .b",
	".a * .b",
	".a - .b",
	".a | keys",
	".a | tonumber",
	".a | fromjson",
	".a | test(.b)",
	".a | strptime(\"%Y\")",
	".a |= .b",
	"{(.a): .b}",
	"to_entries[] | {k: .key}",
	"error(.a)",
	"error",
	"[..] | @csv",
	".a | @base64d",
	".a | has(.b)",
	".a[.b:]",
	"limit(20000; repeat(.))",
	"tojson, tostring",
	"try error catch .",
};

#define EXPRS (sizeof(exprs) / sizeof(*exprs))

static struct kl_jq *made[EXPRS];

static void
free_all(void)
{
	size_t i;

	for (i = 0; i < EXPRS; i++)
		kl_jq_free(made[i]);
}

static struct kl_jq *
expression(size_t i)
{
	static bool freed_at_exit;
	const char *path = getenv("KL_JQ_PLUGIN");

	if (!freed_at_exit)
		freed_at_exit = atexit(free_all) == 0;
	if (made[i] == NULL)
		assert(kl_jq_new(&made[i],
			   path != NULL ? path : "build/lib/kl/kl-jq.so",
			   KL_SPAN(exprs[i]), NULL) == KL_OK);
	return made[i];
}

/* No text of the record that is long enough to tell is in the message. */
static void
tells_nothing(const struct kl_json *doc, const struct kl_err *err,
    const char *expr)
{
	struct kl_span raw;
	struct kl_buf text = { 0 };
	uint32_t i;

	for (i = 0; i < doc->nodes; i++) {
		raw = kl_json_raw(doc, i);
		if (doc->node[i].type != KL_JSON_STRING || raw.n < 8 ||
		    memchr(raw.s, ' ', raw.n) != NULL)
			continue;
		kl_buf_reset(&text);
		kl_buf_put(&text, raw.s + 1, raw.n - 2);
		assert(strstr(err->msg, kl_buf_str(&text)) == NULL ||
		    strstr("jq: string number boolean object cannot subtracted "
			   "multiplied divided containment iterate parsed "
			   "expression regular number, requires inputs() "
			   "startswith() whole record results, 16777216",
			kl_buf_str(&text)) != NULL ||
		    strstr(expr, kl_buf_str(&text)) != NULL);
	}
	kl_buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *expr;
	struct kl_jq *jq;
	struct kl_json doc = { 0 }, result = { 0 };
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	struct kl_span record = { (const char *)data + 1, size - 1 };
	size_t n = 0;
	enum kl_rc rc;

	if (size < 1)
		return 0;
	expr = exprs[data[0] % EXPRS];
	jq = expression(data[0] % EXPRS);
	rc = kl_jq_start(jq, record, &err);
	assert((kl_json_scan(&doc, record.s, record.n, NULL) == KL_OK) ==
	    (rc == KL_OK || strcmp(err.code, "jq_number") == 0));
	while (rc == KL_OK && (rc = kl_jq_next(jq, &b, &err)) == KL_OK) {
		assert(kl_json_scan(&result, b.s, b.n, &err) == KL_OK ||
		    err.rc == KL_ETOOBIG);
		assert(memchr(b.s, '\n', b.n) == NULL);
		kl_buf_reset(&b);
		assert(++n <= KL_JQ_RESULTS);
	}
	if (rc == KL_EDATA) {
		assert(err.code[0] != '\0');
		tells_nothing(&doc, &err, expr);
		assert(kl_jq_next(jq, &b, NULL) == KL_EOF);
	}
	kl_json_free(&doc);
	kl_json_free(&result);
	kl_buf_free(&b);
	return 0;
}
