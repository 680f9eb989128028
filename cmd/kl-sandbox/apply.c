/* SPDX-License-Identifier: MIT */
/* apply.c - finding the profile a request is about, and changing it. */

#include <stdlib.h>

#include "profile.h"

static bool
conflict(const struct store *st, uint32_t owner, struct problem *p)
{
	(void)problem_set(p, DUPLICATE, "/data/attributes",
	    "A profile already exists with one of these identifiers.");
	store_id(st, owner, p->owner);
	return false;
}

bool
profile_match(const struct store *st, struct draft *d, uint32_t *at,
    struct problem *p)
{
	int k;

	*at = NONE;
	for (k = 0; k < KEY_IDENTIFIERS; k++) {
		d->owner[k] = NONE;
		if (d->ident[k].s != NULL)
			d->owner[k] = store_find(st, (enum key)k, d->ident[k]);
		if (*at == NONE)
			*at = d->owner[k];
	}
	if (d->id.s != NULL && (*at = store_by_id(st, d->id)) == NONE)
		return problem_set(p, NOT_FOUND, "/data/",
		    "A profile with id %.*s does not exist.",
		    d->id.n > 100 ? 100 : (int)d->id.n, d->id.s);
	return true;
}

bool
profile_claim(struct store *st, const struct draft *d, uint32_t at,
    enum conflict how, uint64_t now_us, struct problem *p)
{
	struct entry take = { 0 };
	bool changed;
	int k;

	for (k = 0; k < KEY_IDENTIFIERS; k++) {
		if (d->owner[k] == NONE || d->owner[k] == at)
			continue;
		if (how == CONFLICT_REFUSE)
			return conflict(st, d->owner[k], p);
		take.key = (uint32_t)k;
		if (!store_change(st, d->owner[k], &take, 1, now_us, &changed))
			return problem_set(p, BROKEN, "/data", "out of memory");
	}
	return true;
}

/* The value the key has now: what this change sets it to, else what is
 * stored. */
static struct kl_span
present(const struct store *st, const struct draft *d, uint32_t at,
    uint32_t key)
{
	size_t i;

	for (i = d->n; i-- > 0;)
		if (d->e[i].key == key)
			return d->e[i].value;
	return store_get(st, at, key);
}

/* True if value v of d->doc is among the values of node w (itself, or its
 * elements). */
static bool
among(const struct kl_json *doc, struct kl_span v, uint32_t w)
{
	if (kl_json_type(doc, w) != KL_JSON_ARRAY)
		return kl_span_eq(v, kl_json_raw(doc, w));
	kl_json_each (e, doc, w)
		if (kl_span_eq(v, kl_json_raw(doc, e)))
			return true;
	return false;
}

static void
put_element(struct kl_buf *b, struct kl_span v)
{
	kl_json_put_comma(b);
	kl_buf_span(b, v);
}

/* The stored values but those to be taken away; a lone value counts as a
 * list of one. */
static bool
put_old(struct draft *d, struct kl_buf *b, struct kl_span old, uint32_t without)
{
	if (old.s == NULL || kl_span_is(old, "null"))
		return true;
	if (kl_json_scan(&d->old, old.s, old.n, NULL) != KL_OK)
		return false;
	if (kl_json_type(&d->old, 0) != KL_JSON_ARRAY) {
		if (without == 0 || !among(d->doc, old, without))
			put_element(b, old);
		return true;
	}
	kl_json_each (e, &d->old, 0)
		if (without == 0 ||
		    !among(d->doc, kl_json_raw(&d->old, e), without))
			put_element(b, kl_json_raw(&d->old, e));
	return true;
}

static void
put_new(struct draft *d, struct kl_buf *b, uint32_t v)
{
	if (kl_json_type(d->doc, v) != KL_JSON_ARRAY) {
		put_element(b, kl_json_raw(d->doc, v));
		return;
	}
	kl_json_each (e, d->doc, v)
		put_element(b, kl_json_raw(d->doc, e));
}

/* append {key: value|[values]} and unappend, one after the other; each makes
 * an entry that replaces the property. */
static bool
patch_arrays(struct store *st, struct draft *d, uint32_t at, uint32_t obj,
    bool add, size_t *left)
{
	struct kl_buf *b = &d->patched;
	struct kl_span old;
	uint32_t key;
	size_t from;

	if (obj == 0)
		return true;
	kl_json_each_member (m, d->doc, obj) {
		key = store_key(st, kl_json_text(d->doc, m, &d->tmp));
		if (key == NONE || *left == 0)
			return false;
		old = present(st, d, at, key);
		if (!add && old.s == NULL)
			continue;
		from = b->n;
		kl_buf_putc(b, '[');
		if (!put_old(d, b, old, add ? 0 : m + 1))
			return false;
		if (add)
			put_new(d, b, m + 1);
		kl_buf_putc(b, ']');
		if (b->rc != KL_OK)
			return false;
		d->e[d->n++] =
		    (struct entry){ key, { b->s + from, b->n - from } };
		(*left)--;
	}
	return true;
}

static bool
unset_one(struct store *st, struct draft *d, uint32_t name)
{
	uint32_t key = store_key(st, kl_json_text(d->doc, name, &d->tmp));

	if (key == NONE)
		return false;
	d->e[d->n++] = (struct entry){ key, { NULL, 0 } };
	return true;
}

static bool
unset(struct store *st, struct draft *d)
{
	if (d->unset == 0)
		return true;
	if (kl_json_type(d->doc, d->unset) == KL_JSON_STRING)
		return unset_one(st, d, d->unset);
	kl_json_each (e, d->doc, d->unset)
		if (!unset_one(st, d, e))
			return false;
	return true;
}

static size_t
members(const struct kl_json *doc, uint32_t v)
{
	enum kl_json_type t;

	if (v == 0)
		return 0;
	t = kl_json_type(doc, v);
	return t == KL_JSON_ARRAY || t == KL_JSON_OBJECT ? doc->node[v].count
							 : 1;
}

/* Bytes the patched arrays may need: reserved beforehand, so that the spans
 * into the buffer stay where they are. */
static bool
reserve(struct store *st, struct draft *d, uint32_t at, size_t extra)
{
	struct walk w = store_walk(st, at);
	size_t room = d->doc->n * 2 + (size_t)(w.end - w.p) * 2 + extra * 4;
	struct entry *grown;

	kl_buf_reset(&d->patched);
	if (!kl_buf_room(&d->patched, room))
		return false;
	if (d->n + extra > d->cap) {
		grown = realloc(d->e, (d->n + extra) * sizeof(*grown));
		if (grown == NULL)
			return false;
		d->e = grown;
		d->cap = d->n + extra;
	}
	return true;
}

bool
profile_apply(struct store *st, struct draft *d, uint32_t at, uint64_t now_us,
    bool *changed)
{
	size_t extra = members(d->doc, d->unset) + members(d->doc, d->append) +
	    members(d->doc, d->unappend);

	if (extra > 0 &&
	    (!reserve(st, d, at, extra) || !unset(st, d) ||
		!patch_arrays(st, d, at, d->append, true, &extra) ||
		!patch_arrays(st, d, at, d->unappend, false, &extra)))
		return false;
	return store_change(st, at, d->e, d->n, now_us, changed);
}
