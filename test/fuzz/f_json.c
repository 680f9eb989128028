/* SPDX-License-Identifier: MIT */
/*
 * f_json.c - fuzz the scanner: all scanners agree, nodes nest and lie within
 * the text, every value is a text of its own, and every string that is
 * unescaped and written again is read as the same.
 */

#include <assert.h>
#include <stdlib.h>

#include "../../lib/json/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The nodes of container i fill it, and count tells how many there are. */
static void
check_inside(const struct kl_json *doc, uint32_t i)
{
	const struct kl_json_node *node = &doc->node[i];
	unsigned step = node->type == KL_JSON_OBJECT ? 2 : 1;
	uint32_t e = i + 1, at = node->at + 1, n = 0;

	while (e < node->next) {
		const struct kl_json_node *v = &doc->node[e + step - 1];

		assert(step == 1 || doc->node[e].type == KL_JSON_STRING);
		assert(doc->node[e].next == e + 1 || step == 1);
		assert(doc->node[e].at >= at);
		assert(v->at + v->n < node->at + node->n);
		at = v->at + v->n;
		e = v->next;
		n++;
	}
	assert(e == node->next && n == node->count);
}

static void
check_string(const struct kl_json *doc, uint32_t i)
{
	struct kl_buf tmp = { 0 }, out = { 0 }, again = { 0 };
	struct kl_span text = kl_json_text(doc, i, &tmp), back;
	struct kl_json one = { 0 };

	assert(kl_utf8_valid(text.s, text.n));
	kl_json_put_text(&out, text.s, text.n);
	assert(kl_json_scan(&one, out.s, out.n, NULL) == KL_OK);
	back = kl_json_text(&one, 0, &again);
	assert(kl_span_eq(text, back));
	kl_json_free(&one);
	kl_buf_free(&tmp);
	kl_buf_free(&out);
	kl_buf_free(&again);
}

static void
check_nodes(const struct kl_json *doc)
{
	struct kl_json one = { 0 };
	struct kl_err err;

	assert(doc->nodes > 0 && doc->node[0].next == doc->nodes);
	for (uint32_t i = 0; i < doc->nodes; i++) {
		struct kl_span raw = kl_json_raw(doc, i);

		assert(raw.n > 0 && raw.s + raw.n <= doc->s + doc->n);
		assert(doc->node[i].next > i);
		if (doc->node[i].type >= KL_JSON_ARRAY)
			check_inside(doc, i);
		else
			assert(doc->node[i].next == i + 1);
		if (doc->node[i].type == KL_JSON_STRING)
			check_string(doc, i);
		/* The first few only: else it is quadratic. */
		if (i < 64) {
			assert(kl_json_scan(&one, raw.s, raw.n, &err) == KL_OK);
			assert(one.nodes == doc->node[i].next - i);
		}
	}
	kl_json_free(&one);
}

/* The scanner gives the answer that is in a, ra and ea. */
static void
check_scanner(json_scanner *scanner, const struct kl_json *a, enum kl_rc ra,
    const struct kl_err *ea)
{
	struct kl_json b = { 0 };
	struct kl_err eb = { 0 };
	enum kl_rc rb = kl_json_scan_with(scanner, &b, a->s, a->n, &eb);

	assert(ra == rb && strcmp(ea->msg, eb.msg) == 0);
	assert(a->nodes == b.nodes);
	assert(ra != KL_OK ||
	    memcmp(a->node, b.node, a->nodes * sizeof(*a->node)) == 0);
	kl_json_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_json a = { 0 };
	struct kl_err err = { 0 };
	char *s = malloc(size > 0 ? size : 1);
	enum kl_rc rc;

	if (s == NULL)
		return 0;
	if (size > 0)
		memcpy(s, data, size);
	rc = kl_json_scan_with(kl_json_scan_plain, &a, s, size, &err);
	check_scanner(kl_json_scan_plain, &a, rc, &err);
#if JSON_SSE2
	check_scanner(kl_json_scan_sse2, &a, rc, &err);
#endif
#if JSON_AVX2
	if (kl_cpu_wide())
		check_scanner(kl_json_scan_avx2, &a, rc, &err);
#endif
	if (rc == KL_OK)
		check_nodes(&a);
	else
		assert(a.nodes == 0 && err.code[0] != '\0');
	kl_json_free(&a);
	free(s);
	return 0;
}
