/* SPDX-License-Identifier: MIT */
/* layout.c - layouts of texts: learnt, chosen, given up. */

#include <stdlib.h>

#include "kl/random.h"
#include "layout.h"

#define MOST_MEMBERS 1024U
#define MOST_GLUE 1024U /* bytes of one name and what is around it */
#define MOST_TEXT ((size_t)64 << 10)
#define MOST_DEPTH 16U

/* A miss costs as much as some hits gain: what a follower did in vain, and
 * learning. */
#define MISS 4U
#define DEBT_MAX 512U
#define DEBT_FREE 64U /* below it every text is tried */

/* A layout in the making.  Run twice: first to count (member NULL), then to
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

static void
drop(struct json_layout *l)
{
	free(l->member);
	free(l->text);
	*l = (struct json_layout){ 0 };
}

/* Make the layout of the text in doc; there is none if it is too long, or if
 * memory is short. */
static void
make(struct json_layout *l, const struct kl_json *doc)
{
	struct making count = { .doc = doc }, fill = { .doc = doc, .l = l };

	drop(l);
	if (!make_object(&count, 0, 0) || count.members == 0)
		return;
	l->text = malloc(count.text + 1);
	l->member = calloc(count.members, sizeof(*l->member));
	if (l->text == NULL || l->member == NULL) {
		drop(l);
		return;
	}
	fill.member = l->member;
	(void)make_object(&fill, 0, 0);
	l->members = fill.members;
	l->containers = fill.containers + 1;
}

/* Followers want more room than the grammar takes. */
static void
make_room(struct kl_json *doc, const struct json_layout *l)
{
	struct json_fault f;

	while (doc->cap < 4 + 3 * l->members)
		if (!kl_json_grow(doc, doc->nodes, 1, &f))
			break;
}

/* The layouts of doc, begun if there are none.  Shapes begin at a number that
 * no other scanner has: see kl/json.h. */
static struct kl_json_layouts *
layouts_of(struct kl_json *doc)
{
	if (doc->layouts == NULL &&
	    (doc->layouts = calloc(1, sizeof(*doc->layouts))) != NULL &&
	    !kl_random(&doc->layouts->shape, sizeof(doc->layouts->shape))) {
		free(doc->layouts);
		doc->layouts = NULL;
	}
	return doc->layouts;
}

void
kl_json_learn(struct kl_json *doc)
{
	struct kl_json_layouts *all = layouts_of(doc);
	struct json_layout *l;
	unsigned i, oldest = 0;

	if (all == NULL || doc->node[0].type != KL_JSON_OBJECT)
		return;
	if (all->rest > 0) {
		all->rest--;
		return;
	}
	all->debt += all->debt < DEBT_MAX ? MISS : 0;
	if (all->debt > DEBT_FREE)
		all->rest = all->debt / 4;
	for (i = 1; i < LAYOUTS; i++)
		if (all->layout[i].used < all->layout[oldest].used)
			oldest = i;
	l = &all->layout[oldest];
	make(l, doc);
	make_room(doc, l);
	if (++all->shape == 0)
		all->shape++;
	l->shape = all->shape;
	l->used = ++all->now;
	all->last = oldest;
}

bool
kl_json_follow(struct kl_json *doc, json_follower *follow, const char *s,
    size_t n)
{
	struct kl_json_layouts *all = doc->layouts;
	unsigned i, k;

	if (all == NULL || all->rest > 0)
		return false;
	for (i = 0; i < LAYOUTS; i++) {
		k = (all->last + i) % LAYOUTS;
		if (all->layout[k].members == 0 ||
		    !follow(doc, &all->layout[k], s, n))
			continue;
		all->last = k;
		all->layout[k].used = ++all->now;
		all->debt -= all->debt > 0;
		return true;
	}
	return false;
}

void
kl_json_forget(struct kl_json *doc)
{
	unsigned i;

	for (i = 0; doc->layouts != NULL && i < LAYOUTS; i++)
		drop(&doc->layouts->layout[i]);
	free(doc->layouts);
	doc->layouts = NULL;
}
