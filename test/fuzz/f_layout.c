/* SPDX-License-Identifier: MIT */
/*
 * f_layout.c - texts that look alike, one after the other: whatever was learnt
 * of those before, the answer is that of the scanner that learns nothing, and
 * texts of one shape have the same names in the same places, and members are
 * where they are said to be.  The input is
 * lines; a line of one digit repeats the line so far back, and one that begins
 * with "~" does so without what is between two of its commas.
 */

#include <assert.h>
#include <stdlib.h>

#include "../../lib/json/layout.h"

#define LINES 64
#define SHAPES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A scanner that learns, and a text of each shape it gave out. */
struct learner {
	json_scanner *scan;
	const struct json_follower *follow;
	struct kl_json doc;
	struct {
		uint64_t shape;
		struct kl_json doc;
		char *s;
	} seen[SHAPES];
	unsigned shapes;
};

/* A copy with just as much behind it as may be read; what is there should not
 * matter, so it is what could be mistaken for more of the text. */
static char *
padded(const char *s, size_t n)
{
	char *copy = malloc(n + KL_JSON_SPARE);
	size_t i;

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, s, n);
	for (i = 0; i < KL_JSON_SPARE; i++)
		copy[n + i] = (char)(n > 0 ? s[i % n] : '}');
	return copy;
}

/* Both documents have the same names in the same places. */
static void
check_alike(const struct kl_json *a, const struct kl_json *b)
{
	uint32_t i;

	assert(a->nodes == b->nodes);
	for (i = 0; i < a->nodes; i++) {
		const struct kl_json_node *x = &a->node[i], *y = &b->node[i];

		assert(x->next == y->next);
		if (x->next > i + 1)
			assert(x->type == y->type && x->count == y->count);
		if (x->next == i + 1 || x->type != KL_JSON_OBJECT)
			continue;
		kl_json_each_member (m, a, i)
			assert(
			    kl_span_eq(kl_json_raw(a, m), kl_json_raw(b, m)));
	}
}

static void
check_shape(struct learner *l)
{
	unsigned i;

	for (i = 0; i < l->shapes; i++)
		if (l->seen[i].shape == l->doc.shape) {
			check_alike(&l->doc, &l->seen[i].doc);
			return;
		}
	if (l->shapes == SHAPES)
		return;
	l->seen[i].shape = l->doc.shape;
	l->seen[i].s = padded(l->doc.s, l->doc.n);
	assert(kl_json_scan(&l->seen[i].doc, l->seen[i].s, l->doc.n, NULL) ==
	    KL_OK);
	l->shapes++;
}

/* What is known of the members is where they are. */
static void
check_places(const struct kl_json *doc, uint32_t obj, uint32_t parent)
{
	struct kl_buf tmp = { 0 };
	uint32_t i;

	assert(kl_json_members(doc, parent) >= doc->node[obj].count);
	kl_json_each_member (m, doc, obj) {
		i = kl_json_member(doc, parent, kl_json_text(doc, m, &tmp));
		assert(i != 0 && doc->place[i] == m + 1);
		if (kl_json_type(doc, m + 1) == KL_JSON_OBJECT)
			check_places(doc, m + 1, i);
	}
	kl_buf_free(&tmp);
}

/* No other members are said to be there. */
static void
check_absent(const struct kl_json *doc)
{
	static const char *const names[] = { "a", "b", "id", "email", "x" };
	struct kl_span name;
	uint32_t i;

	assert(doc->place[0] == 0);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		name = KL_SPAN(names[i]);
		assert(doc->place[kl_json_member(doc, 0, name)] ==
		    kl_json_getn(doc, 0, name));
	}
}

/* The first reading of a path that is there is what the path leads to, if there
 * is no array on the way. */
static void
check_path(const struct kl_json *doc, const char *path)
{
	struct kl_json_reading r = { .path = KL_SPAN(path) };
	uint32_t node = 0;

	while (kl_json_next_reading(doc, &r)) {
		if (kl_json_type(doc, doc->place[r.within]) == KL_JSON_ARRAY)
			return;
		if (node == 0)
			node = doc->place[r.number];
	}
	assert(node == kl_json_path(doc, 0, KL_SPAN(path)));
}

static void
check_text(struct learner *l, const char *s, size_t n)
{
	struct kl_json plain = { 0 };
	struct kl_err ea = { 0 }, eb = { 0 };
	enum kl_rc ra, rb;

	ra = kl_json_scan_with(kl_json_scan_plain, &plain, s, n, &ea);
	rb = kl_json_next_with(l->scan, l->follow, &l->doc, s, n, KL_JSON_SPARE,
	    &eb);
	assert(ra == rb && strcmp(ea.msg, eb.msg) == 0);
	assert(plain.nodes == l->doc.nodes && l->doc.s == s && l->doc.n == n);
	if (ra == KL_OK) {
		assert(memcmp(plain.node, l->doc.node,
			   plain.nodes * sizeof(*plain.node)) == 0);
		if (l->doc.shape != 0)
			check_shape(l);
		if (l->doc.layout != 0) {
			check_places(&l->doc, 0, 0);
			check_absent(&l->doc);
			check_path(&l->doc, "a.b.c");
			check_path(&l->doc, "location.city");
		}
	} else {
		assert(l->doc.shape == 0 && l->doc.layout == 0);
	}
	kl_json_free(&plain);
}

/* The line without a part; its length. */
static size_t
cut(char *s, size_t n, size_t which)
{
	char *from = memchr(s, ',', n), *to;

	while (which-- > 0 && from != NULL)
		from = memchr(from + 1, ',', n - (size_t)(from + 1 - s));
	if (from == NULL)
		return n;
	to = memchr(from + 1, ',', n - (size_t)(from + 1 - s));
	if (to == NULL)
		return n;
	memmove(from, to, n - (size_t)(to - s));
	return n - (size_t)(to - from);
}

static void
check_lines(struct learner *l, const char *s, const char *end)
{
	struct kl_span line[LINES];
	size_t k, back, n;
	const char *nl;
	char *copy;

	for (k = 0; k < LINES && s < end; k++, s = nl + 1) {
		if ((nl = memchr(s, '\n', (size_t)(end - s))) == NULL)
			nl = end;
		line[k] = (struct kl_span){ s, (size_t)(nl - s) };
		back = nl - s >= 1 && (*s == '~' || nl - s == 1)
		    ? (unsigned char)nl[-1] % 10U
		    : 0;
		if (back > 0 && back <= k)
			line[k] = line[k - back];
		copy = padded(line[k].s, line[k].n);
		n = line[k].n;
		if (*s == '~' && back > 0 && back <= k)
			n = cut(copy, n, nl - s > 2 ? (size_t)s[1] % 32 : 0);
		check_text(l, copy, n);
		free(copy);
	}
}

static void
check(json_scanner *scan, const struct json_follower *follow,
    const uint8_t *data, size_t size)
{
	struct learner l = { .scan = scan, .follow = follow };
	unsigned i;

	check_lines(&l, (const char *)data, (const char *)data + size);
	for (i = 0; i < l.shapes; i++) {
		kl_json_free(&l.seen[i].doc);
		free(l.seen[i].s);
	}
	kl_json_free(&l.doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(kl_json_scan_plain, NULL, data, size);
#if JSON_SSE2
	check(kl_json_scan_sse2, &kl_json_follow_sse2, data, size);
#endif
#if JSON_AVX2
	if (kl_cpu_wide())
		check(kl_json_scan_avx2, &kl_json_follow_avx2, data, size);
#endif
	return 0;
}
