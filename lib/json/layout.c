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

/* Followers want more room than the grammar takes; false if there is none. */
static bool
make_room(struct kl_json *doc, const struct json_layout *l)
{
	struct kl_json_layouts *all = doc->layouts;
	struct json_fault f;
	uint32_t *p;

	while (doc->cap < 4 + 3 * l->members || doc->cap < l->nodes)
		if (!kl_json_grow(doc, doc->nodes, 1, &f))
			break;
	if (all->places >= l->members)
		return true;
	if ((p = realloc(all->place, l->members * sizeof(*p))) == NULL)
		return false;
	all->place = p;
	all->places = l->members;
	return true;
}

/* The layouts of doc, begun if there are none.  Shapes begin at a number that
 * no other scanner has: see kl/json.h. */
static struct kl_json_layouts *
layouts_of(struct kl_json *doc)
{
	if (doc->layouts == NULL &&
	    (doc->layouts = calloc(1, sizeof(*doc->layouts))) != NULL &&
	    !kl_random(&doc->layouts->given, sizeof(doc->layouts->given))) {
		free(doc->layouts);
		doc->layouts = NULL;
	}
	return doc->layouts;
}

static uint64_t
new_number(struct kl_json_layouts *all)
{
	if (++all->given == 0)
		all->given++;
	return all->given;
}

/* The layout that the text has most in common with, its members now among
 * those; NULL if there is none. */
static struct json_layout *
merged(struct kl_json *doc)
{
	struct kl_json_layouts *all = doc->layouts;
	struct json_layout *l;
	unsigned i;

	for (i = 0; i < LAYOUTS; i++) {
		l = &all->layout[(all->last + i) % LAYOUTS];
		if (l->members == 0 || !kl_json_merge_members(l, doc))
			continue;
		kl_json_drop_pieces(l);
		l->cut = false;
		return l;
	}
	return NULL;
}

/* A layout of the text alone, in the place of the one not used for longest.
 * NULL if that would be worth more: if it has members, and this none. */
static struct json_layout *
begun(struct kl_json *doc)
{
	struct kl_json_layouts *all = doc->layouts;
	struct json_layout *l = &all->layout[0], fresh = { 0 };
	unsigned i;

	for (i = 1; i < LAYOUTS; i++)
		if (all->layout[i].used < l->used)
			l = &all->layout[i];
	if (!kl_json_merge_members(&fresh, doc) && l->members > 0)
		return NULL;
	drop(l);
	*l = fresh;
	kl_json_make_pieces(l, doc);
	l->cut = true;
	return l;
}

void
kl_json_learn(struct kl_json *doc)
{
	struct kl_json_layouts *all = layouts_of(doc);
	struct json_layout *l;

	if (all == NULL || doc->node[0].type != KL_JSON_OBJECT)
		return;
	if (all->rest > 0) {
		all->rest--;
		return;
	}
	all->debt += all->debt < DEBT_MAX ? MISS : 0;
	if (all->debt > DEBT_FREE)
		all->rest = all->debt / 4;
	if ((l = merged(doc)) == NULL && (l = begun(doc)) == NULL)
		return;
	if (!make_room(doc, l)) {
		drop(l);
		return;
	}
	l->shape = l->repeats = new_number(all);
	l->id = l->members > 0 ? l->shape : 0;
	l->used = ++all->now;
	all->last = (unsigned)(l - all->layout);
}

/* True if the text has all members of the layout. */
static bool
has_all(const struct kl_json *doc, const struct json_layout *l)
{
	uint32_t i = 1;

	while (i < l->members && doc->place[i] != 0)
		i++;
	return i == l->members;
}

/* Make the pieces of a layout that was merged, if this text is one of those
 * that have all its members. */
static void
cut(struct kl_json *doc, struct json_layout *l)
{
	struct kl_json_layouts *all = doc->layouts;

	if (doc->shape == 0 && (all->now % DOUBTFUL != 0 || !has_all(doc, l)))
		return;
	kl_json_make_pieces(l, doc);
	l->repeats = doc->shape != 0 ? doc->shape : new_number(all);
	l->cut = true;
	l->doubt = 0;
}

static bool
fits(struct kl_json *doc, const struct json_follower *by, struct json_layout *l,
    const char *s, size_t n)
{
	const struct kl_json_layouts *all = doc->layouts;
	bool tried = l == all->tried, doubt = json_in_doubt(all, l);

	if (l->pieces > 0 && !tried && !doubt && by->repeat(doc, l, s, n)) {
		l->doubt /= 2;
		return true;
	}
	if (l->members == 0 || (tried && doubt) || !by->follow(doc, l, s, n))
		return false;
	l->doubt += l->doubt < DOUBTS_MAX ? DOUBT : 0;
	if (l->pieces == 0 && !l->cut)
		cut(doc, l);
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
	all->layout[all->last].used = all->now;
	for (i = 0; i < LAYOUTS && !found; i++) {
		k = (all->last + i) % LAYOUTS;
		found = fits(doc, by, &all->layout[k], s, n);
	}
	all->tried = NULL;
	all->now++;
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
	if (doc->layouts != NULL)
		free(doc->layouts->place);
	free(doc->layouts);
	doc->layouts = NULL;
}
