/* SPDX-License-Identifier: MIT */
/*
 * names.c - does an object name a member twice?
 *
 * Few names: a table of marks, found by the hash of the nodes, tells for nearly
 * all of them that they are new.  The marks of an object carry its number, so
 * the table needs no clearing between objects; an old mark that happens to
 * carry the same, when numbers have come round, costs a look and no more.
 *
 * Many names: a hash table.  The hash is not keyed, so somebody can make
 * names that collide; an object whose names collide too often is sorted
 * instead, and the time stays within bytes times the logarithm of members
 * whatever the names are.
 */

#include <stdlib.h>

#include "scan.h"

#define FEW 64U
#define MEETINGS 8U

/* The scratch of a scanner: the number of the last object, the marks of
 * objects of few names, then what objects of many names need. */
#define MARK_BITS 10
#define MARKS ((size_t)1 + ((size_t)1 << MARK_BITS))

/* The name m without its quotes, but not without its escapes. */
static inline struct kl_span
name_of(const struct kl_json *doc, uint32_t m)
{
	const struct kl_json_node *node = &doc->node[m];

	return (struct kl_span){ doc->s + node->at + 1, node->n - 2U };
}

/* Less than, equal to or greater than zero, as memcmp(), escapes undone. */
static int
compare_escaped(struct kl_span a, struct kl_span b)
{
	const char *p = a.s, *pe = p + a.n, *q = b.s, *qe = q + b.n;
	unsigned i = 0, j = 0, pn = 0, qn = 0;
	char pc[4], qc[4];

	for (;; i++, j++) {
		if (i == pn && p < pe) {
			pn = kl_json_char(&p, pc);
			i = 0;
		}
		if (j == qn && q < qe) {
			qn = kl_json_char(&q, qc);
			j = 0;
		}
		if (i == pn || j == qn)
			return (i < pn) - (j < qn);
		if (pc[i] != qc[j])
			return (unsigned char)pc[i] < (unsigned char)qc[j] ? -1
									   : 1;
	}
}

static int
compare(const struct kl_json *doc, uint32_t m, uint32_t o)
{
	struct kl_span a = name_of(doc, m), b = name_of(doc, o);
	int d;

	if (doc->node[m].esc || doc->node[o].esc)
		return compare_escaped(a, b);
	d = memcmp(a.s, b.s, a.n < b.n ? a.n : b.n);
	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

static inline bool
same(const struct kl_json *doc, uint32_t m, uint32_t o)
{
	struct kl_span a = name_of(doc, m), b = name_of(doc, o);

	if (doc->node[m].esc || doc->node[o].esc)
		return compare_escaped(a, b) == 0;
	return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

/* Room for n numbers of scratch behind the marks; NULL if there is none. */
static uint32_t *
scratch(struct kl_json *doc, size_t n)
{
	uint32_t *p;

	if (doc->names_cap >= MARKS + n)
		return doc->names + MARKS;
	if (MARKS + n > UINT32_MAX ||
	    (p = realloc(doc->names, (MARKS + n) * sizeof(*p))) == NULL)
		return NULL;
	if (doc->names_cap == 0)
		memset(p, 0, MARKS * sizeof(*p));
	doc->names = p;
	doc->names_cap = (uint32_t)(MARKS + n);
	return p + MARKS;
}

uint32_t
kl_json_hash(const char *s, const char *end, bool esc)
{
	char first[3] = { '"', '"', '"' }, last[3] = { '"', '"', '"' };
	char c[4] = { 0 };
	size_t n = (size_t)(end - s);
	unsigned len = 1;

	if (!esc && n >= 3)
		return json_hash_of(json_quad('"', s[0], s[1], s[2]),
		    json_quad(end[-3], end[-2], end[-1], '"'), n + 2);
	for (n = 0; s < end;) {
		if (esc)
			len = kl_json_char(&s, c);
		else
			c[0] = *s++;
		for (unsigned i = 0; i < len; i++, n++) {
			if (n < 3)
				first[n] = c[i];
			last[0] = last[1];
			last[1] = last[2];
			last[2] = c[i];
		}
	}
	return json_hash_of(json_quad('"', first[0], first[1], first[2]),
	    json_quad(last[0], last[1], last[2], '"'), n + 2);
}

static bool
earlier(const struct kl_json *doc, uint32_t obj, uint32_t m)
{
	for (uint32_t o = obj + 1; o < m; o = doc->node[o + 1].next)
		if (doc->node[o].count == doc->node[m].count && same(doc, o, m))
			return true;
	return false;
}

/*
 * In a flat object the names are every other node; knowing that saves the
 * wait for where the next one is.  *again is set if the hash of the nodes does
 * not tell these names apart.
 */
static inline __attribute__((always_inline)) uint32_t
twice_few(const struct kl_json *doc, uint32_t obj, bool *again, const bool flat)
{
	const struct kl_json_node *node = doc->node;
	uint32_t *marks = doc->names, number = ++*marks++;
	uint32_t end = node[obj].next, met = 0;

	for (uint32_t m = obj + 1; m < end;
	     m = flat ? m + 2 : node[m + 1].next) {
		uint32_t *mark =
		    &marks[node[m].count >> (JSON_HASH_BITS - MARK_BITS)];

		if (__builtin_expect(*mark == number, 0)) {
			if (earlier(doc, obj, m))
				return m;
			if (++met > MEETINGS) {
				*again = true;
				return 0;
			}
		}
		*mark = number;
	}
	return 0;
}

/* Merge a, an names, and b, bn names, to out; equal ones in order. */
static void
merge(const struct kl_json *doc, const uint32_t *a, size_t an,
    const uint32_t *b, size_t bn, uint32_t *out)
{
	while (an > 0 && bn > 0) {
		if (compare(doc, *a, *b) <= 0) {
			*out++ = *a++;
			an--;
		} else {
			*out++ = *b++;
			bn--;
		}
	}
	memcpy(out, a, an * sizeof(*a));
	memcpy(out + an, b, bn * sizeof(*b));
}

/* Names somebody chose to collide: sorted, then neighbours compared. */
static uint32_t
twice_sorted(struct kl_json *doc, uint32_t obj)
{
	const struct kl_json_node *node = &doc->node[obj];
	uint32_t *from, *to, *t, first = 0;
	size_t n = 0, a, b;

	if ((from = scratch(doc, (size_t)2 * node->count)) == NULL)
		return UINT32_MAX;
	to = from + node->count;
	kl_json_each_member (m, doc, obj)
		from[n++] = m;
	for (size_t w = 1; w < n; w *= 2) {
		for (size_t i = 0; i < n; i += 2 * w) {
			a = n - i < w ? n - i : w;
			b = n - i - a < w ? n - i - a : w;
			merge(doc, from + i, a, from + i + a, b, to + i);
		}
		t = from;
		from = to;
		to = t;
	}
	for (size_t i = 1; i < n; i++)
		if ((first == 0 || from[i] < first) &&
		    same(doc, from[i - 1], from[i]))
			first = from[i];
	return first;
}

uint32_t
kl_json_hash_all(const char *s, const char *end, bool esc)
{
	uint64_t h = 0;
	unsigned len = 1;
	char c[4];

	while (s < end) {
		if (esc)
			len = kl_json_char(&s, c);
		else
			c[0] = *s++;
		for (unsigned i = 0; i < len; i++) {
			h = (h ^ (unsigned char)c[i]) * 0x9e3779b97f4a7c15U;
			h ^= h >> 32;
		}
	}
	return (uint32_t)(h ^ h >> 32);
}

/* *again is set if the names collide too often. */
static uint32_t
twice_many(struct kl_json *doc, uint32_t obj, bool *again)
{
	size_t count = doc->node[obj].count, budget = 8 * count;
	size_t slots = (size_t)2 * FEW, i;
	uint32_t *slot;

	while (slots < 2 * count)
		slots *= 2;
	if ((slot = scratch(doc, 2 * slots)) == NULL)
		return UINT32_MAX;
	memset(slot, 0, 2 * slots * sizeof(*slot));
	kl_json_each_member (m, doc, obj) {
		struct kl_span name = name_of(doc, m);
		uint32_t h =
		    kl_json_hash_all(name.s, name.s + name.n, doc->node[m].esc);

		for (i = h & (slots - 1); slot[2 * i + 1] != 0;
		     i = (i + 1) & (slots - 1)) {
			if (slot[2 * i] == h && same(doc, slot[2 * i + 1], m))
				return m;
			if (budget-- == 0) {
				*again = true;
				return 0;
			}
		}
		slot[2 * i] = h;
		slot[2 * i + 1] = m;
	}
	return 0;
}

uint32_t
kl_json_twice(struct kl_json *doc, uint32_t obj)
{
	const struct kl_json_node *node = &doc->node[obj];
	bool again = node->count > FEW;
	uint32_t m = 0;

	if (!again) {
		if (doc->names_cap == 0 && scratch(doc, 0) == NULL)
			return UINT32_MAX;
		m = node->next - obj - 1 == 2 * node->count
		    ? twice_few(doc, obj, &again, true)
		    : twice_few(doc, obj, &again, false);
	}
	if (again) {
		again = false;
		m = twice_many(doc, obj, &again);
	}
	return again ? twice_sorted(doc, obj) : m;
}
