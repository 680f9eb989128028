/* SPDX-License-Identifier: MIT */
/* layout-members.c - a text taken apart into members (layout.h). */

#include <stdlib.h>

#include "layout.h"

#define MOST_MEMBERS 1024U
#define MOST_TEXT ((size_t)64 << 10)
#define MOST_DEPTH 16U

/* Members in the making.  Run twice: first to count (member NULL), then to
 * fill in. */
struct making {
	const struct kl_json *doc;
	struct json_layout *l;
	struct json_member *member; /* NULL: only count */
	uint32_t members;
	uint32_t containers;
	size_t text; /* bytes of long glue so far */
};

/* The word of a node that is made of bit fields. */
static uint32_t
kind_of(const struct kl_json_node *node)
{
	uint32_t word;

	memcpy(&word, (const char *)node + sizeof(*node) - sizeof(word),
	    sizeof(word));
	return word;
}

/* The glue from offset from up to the value of the name that is node i. */
static bool
make_glue(struct making *k, uint32_t from, uint32_t i)
{
	const struct kl_json_node *name = &k->doc->node[i];
	const char *s = k->doc->s + from;
	size_t n = name[1].at - from, rest = n > GLUE ? n - GLUE : 0;
	struct json_member *m;

	if (n > MOST_GLUE || k->members == MOST_MEMBERS ||
	    k->text + rest > MOST_TEXT)
		return false;
	if (k->member != NULL) {
		m = &k->member[k->members];
		memcpy(m->glue, s, n - rest);
		m->mask = n >= GLUE ? UINT32_MAX : (1U << n) - 1;
		m->kind = kind_of(name);
		m->n = (uint16_t)n;
		m->at = (uint16_t)(name->at - from);
		m->len = (uint16_t)name->n;
		m->rest = k->l->text + k->text;
		if (rest > 0)
			memcpy(k->l->text + k->text, s + GLUE, rest);
	}
	k->text += rest;
	k->members++;
	return true;
}

static bool make_object(struct making *k, uint32_t obj, unsigned depth);

/* The first object in array a that has members; 0 if none, and *n is how many
 * scalars there are in its place. */
static uint32_t
object_within(const struct kl_json *doc, uint32_t a, uint16_t *n)
{
	uint32_t object = 0;
	bool nested = false;

	kl_json_each (e, doc, a) {
		nested |= doc->node[e].type >= KL_JSON_ARRAY;
		if (doc->node[e].type == KL_JSON_OBJECT &&
		    doc->node[e].count > 0)
			object = object == 0 ? e : object;
	}
	*n = nested || doc->node[a].count > UINT16_MAX
	    ? 0
	    : (uint16_t)doc->node[a].count;
	return object;
}

/* What is inside the value that is node v, of member i of the layout. */
static bool
make_value(struct making *k, uint32_t v, uint32_t i, unsigned depth)
{
	const struct kl_json_node *node = &k->doc->node[v];
	uint16_t elements = 0;
	uint32_t obj = v;

	if (node->type < KL_JSON_ARRAY || node->count == 0)
		return true;
	k->containers++;
	if (node->type == KL_JSON_ARRAY)
		obj = object_within(k->doc, v, &elements);
	if (k->member != NULL) {
		k->member[i].elements = elements;
		k->member[i].array = node->type == KL_JSON_ARRAY;
		if (obj != 0)
			k->member[i].child = (uint16_t)(k->members - i);
	}
	return obj == 0 || make_object(k, obj, depth + 1);
}

/* The members of an object.  Only a comma may be between a value and the glue
 * of the next: white space before it is not known to followers. */
static bool
make_object(struct making *k, uint32_t obj, unsigned depth)
{
	const struct kl_json_node *node = k->doc->node;
	uint32_t from = node[obj].at + 1, i, last = UINT32_MAX;

	if (depth > MOST_DEPTH)
		return false;
	kl_json_each_member (m, k->doc, obj) {
		i = k->members;
		if ((last != UINT32_MAX && k->doc->s[from - 1] != ',') ||
		    !make_glue(k, from, m) || !make_value(k, m + 1, i, depth))
			return false;
		if (k->member != NULL && last != UINT32_MAX)
			k->member[last].step = (uint16_t)(i - last);
		last = i;
		from = node[m + 1].at + node[m + 1].n + 1;
	}
	return true;
}

void
kl_json_drop_members(struct json_layout *l)
{
	free(l->member);
	free(l->text);
	l->member = NULL;
	l->text = NULL;
	l->members = 0;
}

void
kl_json_make_members(struct json_layout *l, const struct kl_json *doc)
{
	struct making count = { .doc = doc }, fill = { .doc = doc, .l = l };

	if (!make_object(&count, 0, 0) || count.members == 0)
		return;
	l->text = malloc(count.text + 1);
	l->member = calloc(count.members, sizeof(*l->member));
	if (l->text == NULL || l->member == NULL) {
		kl_json_drop_members(l);
		return;
	}
	fill.member = l->member;
	(void)make_object(&fill, 0, 0);
	l->members = fill.members;
	l->containers = fill.containers + 1;
}
