/* SPDX-License-Identifier: MIT */
/*
 * f_convert.c - any text as a conversion, run on any value: what comes of it
 * is JSON, on one line; and so is what the way back makes of that.  The input
 * is a conversion, a NUL byte and a JSON value.
 */

#include <assert.h>

#include "kl/convert.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static uint32_t
slot(void *ctx, struct kl_span name)
{
	(void)ctx;
	(void)name;
	return 0;
}

static struct kl_value
field(void *ctx, uint32_t i)
{
	(void)ctx;
	(void)i;
	return (
	    struct kl_value){ .s = KL_SPAN("\"DE\""), .type = KL_JSON_STRING };
}

/* Run it, and see that the result is a value; keep it in out. */
static bool
run(const struct kl_convert *v, struct kl_converter *c,
    const struct kl_json *doc, uint32_t node, struct kl_buf *out)
{
	struct kl_value value = kl_value_of(doc, node);
	struct kl_json check = { 0 };
	struct kl_err err = { 0 };
	bool good;

	if (kl_convert_run(v, c, &value, &err) != KL_OK) {
		assert(err.code[0] != '\0' || err.rc != KL_EDATA);
		return false;
	}
	if (value.type == 0)
		return false;
	kl_buf_reset(out);
	kl_value_put(out, &value);
	good = kl_json_scan(&check, out->s, out->n, &err) == KL_OK;
	assert(good);
	assert(kl_json_type(&check, 0) == value.type);
	assert(memchr(out->s, '\n', out->n) == NULL);
	kl_json_free(&check);
	return true;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct kl_converter c = { .slot = slot,
		.field = field,
		.phone_plugin = "/nowhere" };
	const char *s = (const char *)data, *nul;
	struct kl_convert *v = NULL;
	struct kl_json doc = { 0 };
	struct kl_buf in = { 0 }, out = { 0 }, back = { 0 };
	struct kl_err err;
	size_t n;

	if (size == 0 || (nul = memchr(s, '\0', size)) == NULL)
		return 0;
	n = (size_t)(nul - s);
	/* A configuration is UTF-8, as the scanner saw to. */
	if (!kl_utf8_valid(s, n))
		return 0;
	kl_buf_putc(&in, '[');
	kl_buf_put(&in, nul + 1, size - n - 1);
	kl_buf_putc(&in, ']');
	if (memchr(in.s, '\n', in.n) == NULL &&
	    kl_convert_new(&v, &c, (struct kl_span){ s, n }, &err) == KL_OK &&
	    kl_json_scan(&doc, in.s, in.n, &err) == KL_OK && doc.nodes > 1 &&
	    run(v, &c, &doc, 1, &out) && v != NULL &&
	    kl_convert_invert(v) == NULL) {
		kl_buf_reset(&in);
		kl_buf_putc(&in, '[');
		kl_buf_put(&in, out.s, out.n);
		kl_buf_putc(&in, ']');
		assert(kl_json_scan(&doc, in.s, in.n, &err) == KL_OK ||
		    err.rc == KL_ETOOBIG);
		if (doc.nodes > 1)
			(void)run(v, &c, &doc, 1, &back);
	}
	kl_convert_free(v);
	kl_converter_free(&c);
	kl_json_free(&doc);
	kl_buf_free(&in);
	kl_buf_free(&out);
	kl_buf_free(&back);
	return 0;
}
