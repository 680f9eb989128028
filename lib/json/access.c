/* SPDX-License-Identifier: MIT */
/* access.c - finding values in a scanned text. */

#include "scan.h"

/* True if string node i is the text s, n bytes, escapes undone. */
static inline bool
is_text(const struct kl_json *doc, uint32_t i, const char *s, size_t n)
{
	const struct kl_json_node *node = &doc->node[i];
	const char *p = doc->s + node->at + 1;

	if (node->esc)
		return kl_json_same(p, p + node->n - 2, s, n);
	/* The quote after the text makes a first byte of every length. */
	return node->n - 2 == n && (n == 0 || *p == *s) && memcmp(p, s, n) == 0;
}

uint32_t
kl_json_hash_name(struct kl_span name)
{
	const char *s = name.n > 0 ? name.s : "";

	return kl_json_hash(s, s + name.n, false);
}

uint32_t
kl_json_getn(const struct kl_json *doc, uint32_t obj, struct kl_span name)
{
	const struct kl_json_node *node = doc->node;
	const char *s = name.n > 0 ? name.s : "";
	uint32_t hash, end = node[obj].next;
	bool flat = end - obj - 1 == 2 * node[obj].count;

	if (node[obj].type != KL_JSON_OBJECT)
		return 0;
	hash = kl_json_hash_name(name);
	/* Where no value has nodes of its own, the names need not be looked
	 * for: every other node is one. */
	for (uint32_t m = obj + 1; m < end; m = flat ? m + 2 : node[m + 1].next)
		if (node[m].count == hash && is_text(doc, m, s, name.n))
			return m + 1;
	return 0;
}

uint32_t
kl_json_get(const struct kl_json *doc, uint32_t obj, const char *name)
{
	return kl_json_getn(doc, obj, KL_SPAN(name));
}

/* The element of an array at a decimal position; 0 if there is none. */
static uint32_t
element(const struct kl_json *doc, uint32_t array, struct kl_span at)
{
	uint32_t want = 0;

	if (at.n == 0 || at.n > 9 || (at.n > 1 && at.s[0] == '0'))
		return 0;
	for (size_t i = 0; i < at.n; i++) {
		if (at.s[i] < '0' || at.s[i] > '9')
			return 0;
		want = 10 * want + (uint32_t)(at.s[i] - '0');
	}
	if (want >= doc->node[array].count)
		return 0;
	kl_json_each (e, doc, array)
		if (want-- == 0)
			return e;
	return 0;
}

static uint32_t
step(const struct kl_json *doc, uint32_t at, struct kl_span name)
{
	return doc->node[at].type == KL_JSON_ARRAY
	    ? element(doc, at, name)
	    : kl_json_getn(doc, at, name);
}

uint32_t
kl_json_path(const struct kl_json *doc, uint32_t obj, struct kl_span path)
{
	struct kl_span head;
	const char *dot;
	uint32_t i;

	/* What is left of the path may be a name itself: "properties.a.b"
	 * finds a property called "a.b". */
	while ((i = step(doc, obj, path)) == 0) {
		if (path.n == 0 || (dot = memchr(path.s, '.', path.n)) == NULL)
			return 0;
		head = (struct kl_span){ path.s, (size_t)(dot - path.s) };
		if ((obj = step(doc, obj, head)) == 0)
			return 0;
		path.n -= head.n + 1;
		path.s = dot + 1;
	}
	return i;
}

bool
kl_json_is(const struct kl_json *doc, uint32_t i, const char *str)
{
	return doc->node[i].type == KL_JSON_STRING &&
	    is_text(doc, i, str, strlen(str));
}

bool
kl_json_int(const struct kl_json *doc, uint32_t i, int64_t *v)
{
	const struct kl_json_node *node = &doc->node[i];
	const char *p = doc->s + node->at, *end = p + node->n;
	bool minus = *p == '-';
	uint64_t u = 0, most = (uint64_t)INT64_MAX + minus;

	if (node->type != KL_JSON_NUMBER)
		return false;
	for (p += minus; p < end; p++) {
		unsigned d = (unsigned)(*p - '0');

		if (d > 9 || u > (most - d) / 10)
			return false;
		u = 10 * u + d;
	}
	/* The lowest number has no positive twin. */
	*v = !minus ? (int64_t)u : u == 0 ? 0 : -(int64_t)(u - 1) - 1;
	return true;
}
