/* SPDX-License-Identifier: MIT */
/* layout.c - layouts of texts: learnt, chosen, given up. */

#include <stdlib.h>

#include "kl/random.h"
#include "layout.h"

/* A miss costs as much as some hits gain: what a follower did in vain, and
 * learning. */
#define MISS 4U
#define DEBT_MAX 2048U
#define DEBT_FREE 64U /* below it every text is tried */

static void
drop(struct json_layout *l)
{
	kl_json_drop_members(l);
	kl_json_drop_pieces(l);
	*l = (struct json_layout){ 0 };
}

/* Followers want more room than the grammar takes. */
static void
make_room(struct kl_json *doc, const struct json_layout *l)
{
	struct json_fault f;

	while (doc->cap < 4 + 3 * l->members || doc->cap < l->nodes)
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
	drop(l);
	kl_json_make_members(l, doc);
	kl_json_make_pieces(l, doc);
	make_room(doc, l);
	if (++all->shape == 0)
		all->shape++;
	l->shape = all->shape;
	l->used = ++all->now;
	all->last = oldest;
}

/* Pieces are not tried on every text if texts lately had only the members. */
#define DOUBTS 4U
#define DOUBTFUL 16U

static bool
fits(struct kl_json *doc, const struct json_follower *by, struct json_layout *l,
    const char *s, size_t n)
{
	if (l->pieces > 0 && l != doc->layouts->tried &&
	    (l->doubt < DOUBTS || doc->layouts->now % DOUBTFUL == 0) &&
	    by->repeat(doc, l, s, n)) {
		l->doubt = 0;
		return true;
	}
	if (l->members == 0 || !by->follow(doc, l, s, n))
		return false;
	l->doubt++;
	return true;
}

bool
kl_json_follow(struct kl_json *doc, const struct json_follower *by,
    const char *s, size_t n)
{
	struct kl_json_layouts *all = doc->layouts;
	unsigned i, k;
	bool found = false;

	if (all == NULL || all->rest > 0)
		return false;
	all->by = by;
	all->layout[all->last].used = all->now++;
	for (i = 0; i < LAYOUTS && !found; i++) {
		k = (all->last + i) % LAYOUTS;
		found = fits(doc, by, &all->layout[k], s, n);
	}
	all->tried = NULL;
	if (found) {
		all->last = k;
		all->layout[k].used = all->now;
		all->debt -= all->debt > 0;
	}
	return found;
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
