/* SPDX-License-Identifier: MIT */
/* body.c - the members that an object of a request may have, as a table. */

#include <stdio.h>

#include "body.h"

/* What is read, and where in it we are. */
struct reader {
	const struct kl_json *doc;
	const char *resource;
	uint32_t *found;
	struct problem *p;
	char where[200];
	size_t n; /* bytes of where */
};

static bool
type_wrong(struct reader *r, const struct member *m)
{
	return problem_set(r->p, BAD_INPUT, r->where,
	    "Invalid input for '%s': expected %s.", m->name,
	    m->types & IS(OBJECT)	? "an object"
		: m->types & IS(ARRAY)	? "a list"
		: m->types & IS(TRUE)	? "true or false"
		: m->types & IS(NUMBER) ? "a number"
					: "a string");
}

static bool
word_wrong(struct reader *r, const struct member *m)
{
	return problem_set(r->p, BAD_INPUT, r->where,
	    "Invalid input for '%s': expected %s%s.", m->name,
	    strchr(m->only, ' ') != NULL ? "one of " : "", m->only);
}

static bool
among(const struct reader *r, uint32_t v, const char *words)
{
	struct kl_span s = kl_json_raw(r->doc, v);
	const char *end;

	for (; *words != '\0'; words = *end == '\0' ? end : end + 1) {
		end = strchr(words, ' ');
		if (end == NULL)
			end = words + strlen(words);
		if (s.n == (size_t)(end - words) + 2 &&
		    memcmp(s.s + 1, words, s.n - 2) == 0)
			return true;
	}
	return false;
}

static bool object(struct reader *r, uint32_t node, const struct member *table);

/* One value; r->where leads to it. */
static bool
value(struct reader *r, uint32_t v, const struct member *m)
{
	enum kl_json_type t = kl_json_type(r->doc, v);

	if (!(m->types & 1U << t))
		return type_wrong(r, m);
	if (m->keep >= 0 && t != KL_JSON_NULL)
		r->found[m->keep] = v;
	if (t == KL_JSON_STRING && m->only != NULL && !among(r, v, m->only))
		return word_wrong(r, m);
	return t != KL_JSON_OBJECT || m->of == NULL || object(r, v, m->of);
}

/* Step down to a member, and back up to n bytes. */
static void
step(struct reader *r, const char *name)
{
	int n = snprintf(r->where + r->n, sizeof(r->where) - r->n, "/%s", name);

	if (n > 0 && r->n + (size_t)n < sizeof(r->where))
		r->n += (size_t)n;
}

static bool
object(struct reader *r, uint32_t node, const struct member *table)
{
	const struct member *row;
	struct kl_buf tmp = { 0 };
	size_t up = r->n;
	uint64_t seen = 0;
	bool good = true;

	kl_json_each_member (m, r->doc, node) {
		row = table;
		while (row->name != NULL && !kl_json_is(r->doc, m, row->name))
			row++;
		if (row->name == NULL) {
			(void)problem_field(r->p, r->where,
			    kl_json_text(r->doc, m, &tmp), r->resource);
			kl_buf_free(&tmp);
			return false;
		}
		seen |= UINT64_C(1) << (row - table);
		step(r, row->name);
		good = value(r, m + 1, row);
		r->where[r->n = up] = '\0';
		if (!good)
			return false;
	}
	for (row = table; row->name != NULL; row++)
		if (row->required && !(seen & UINT64_C(1) << (row - table))) {
			step(r, row->name);
			return problem_set(r->p, BAD_INPUT, r->where,
			    "'%s' is a required field.", row->name);
		}
	return true;
}

bool
body_read(const struct kl_json *doc, uint32_t node, const struct member *table,
    const char *resource, const char *where, uint32_t *found, struct problem *p)
{
	struct reader r = { doc, resource, found, p, "", 0 };
	int n = snprintf(r.where, sizeof(r.where), "%s", where);

	r.n = n < 0 ? 0 : (size_t)n;
	if (kl_json_type(doc, node) != KL_JSON_OBJECT)
		return problem_set(p, BAD_INPUT, where,
		    "Invalid input: expected an object.");
	return object(&r, node, table);
}

struct kl_span
body_id(const struct kl_json *doc, uint32_t node)
{
	struct kl_span s = { "", 0 };

	if (node == 0 || kl_json_type(doc, node) != KL_JSON_STRING)
		return s;
	s = kl_json_raw(doc, node);
	s.s++;
	s.n -= 2;
	return s;
}

bool
body_room(const struct kl_json *doc, struct kl_buf *b)
{
	kl_buf_reset(b);
	return kl_buf_room(b, doc->n * 2);
}

struct kl_span
body_json(const struct kl_json *doc, uint32_t node, struct kl_buf *b)
{
	struct kl_buf tmp = { 0 };
	struct kl_span text;
	size_t from = b->n;

	if (node == 0)
		return (struct kl_span){ NULL, 0 };
	if (!doc->node[node].esc)
		return kl_json_raw(doc, node);
	text = kl_json_text(doc, node, &tmp);
	kl_json_put_text(b, text.s, text.n);
	kl_buf_free(&tmp);
	return (struct kl_span){ b->s + from, b->n - from };
}

static const struct member list_id[] = {
	{ "type", IS(STRING), true, NULL, -1, "list" },
	{ "id", IS(STRING), true, NULL, BODY_LIST, NULL },
	{ 0 },
};
static const struct member segment_id[] = {
	{ "type", IS(STRING), true, NULL, -1, "segment" },
	{ "id", IS(STRING), true, NULL, BODY_SEGMENT, NULL },
	{ 0 },
};
const struct member body_to_list[] = {
	{ "data", IS(OBJECT), true, list_id, -1, NULL },
	{ 0 },
};
const struct member body_to_segment[] = {
	{ "data", IS(OBJECT), true, segment_id, -1, NULL },
	{ 0 },
};
