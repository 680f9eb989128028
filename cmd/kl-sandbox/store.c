/* SPDX-License-Identifier: MIT */
/* store.c - profiles: made, changed and gone. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "consent.h"
#include "index.h"
#include "kl/json.h"
#include "store.h"

static void
put_varint(struct kl_buf *b, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		kl_buf_putc(b, (char)(v | 0x80));
	kl_buf_putc(b, (char)v);
}

/* Scratch: which entry of the change concerns a key. */
static uint32_t *
mark(struct store *st, uint32_t key)
{
	return &st->name[key].entry;
}

static void
put_pair(struct kl_buf *b, uint32_t key, struct kl_span v)
{
	put_varint(b, key);
	put_varint(b, (uint32_t)v.n);
	kl_buf_put(b, v.s, v.n);
}

/* The new blob in st->blob: what stays and what is replaced in their old
 * places, what is new behind; identifiers before all. */
static void
compose(struct store *st, uint32_t at, const struct entry *e, size_t n)
{
	struct kl_span id[KEY_IDENTIFIERS] = { { NULL, 0 } };
	struct walk w = store_walk(st, at);
	uint32_t stamp = ++st->stamp, k;
	struct entry old;
	size_t i;

	kl_buf_reset(&st->blob);
	for (k = 0; k < KEY_IDENTIFIERS; k++)
		id[k] = store_get(st, at, k);
	for (i = 0; i < n; i++) {
		if (e[i].key < KEY_IDENTIFIERS)
			id[e[i].key] = e[i].value;
		st->name[e[i].key].stamp = stamp;
		*mark(st, e[i].key) = (uint32_t)i;
	}
	for (k = 0; k < KEY_IDENTIFIERS; k++)
		if (id[k].s != NULL)
			put_pair(&st->blob, k, id[k]);
	while (walk_next(&w, &old)) {
		if (old.key < KEY_IDENTIFIERS)
			continue;
		if (st->name[old.key].stamp == stamp) {
			st->name[old.key].stamp = 0;
			old.value = e[*mark(st, old.key)].value;
		}
		if (old.value.s != NULL)
			put_pair(&st->blob, old.key, old.value);
	}
	for (i = 0; i < n; i++)
		if (e[i].key >= KEY_IDENTIFIERS && e[i].value.s != NULL &&
		    st->name[e[i].key].stamp == stamp &&
		    *mark(st, e[i].key) == i)
			put_pair(&st->blob, e[i].key, e[i].value);
}

/* Bring the indexes in line with identifiers that are about to change. */
static bool
reindex(struct store *st, uint32_t at, const struct entry *e)
{
	enum key k = (enum key)e->key;
	struct kl_span old = store_get(st, at, k);

	if (old.s != NULL && e->value.s != NULL && index_same(k, old, e->value))
		return true;
	if (e->value.s != NULL &&
	    !index_put(&st->by[k], index_hash(k, e->value, st->seed), at))
		return false;
	if (old.s != NULL)
		index_del(&st->by[k], index_hash(k, old, st->seed), at);
	return true;
}

static bool
replace_blob(struct profile *p, const struct kl_buf *b)
{
	uint32_t n = (uint32_t)b->n;
	unsigned char *blob = realloc(p->blob, BLOB_HEAD + b->n);

	if (blob == NULL)
		return false;
	memcpy(blob, &n, BLOB_HEAD);
	if (b->n > 0)
		memcpy(blob + BLOB_HEAD, b->s, b->n);
	p->blob = blob;
	return true;
}

bool
store_touch(struct store *st, uint32_t at, uint64_t now_us)
{
	struct profile *p = store_own(st, at);

	if (p == NULL)
		return false;
	p->updated = now_us;
	if (order_has(&st->by_update, at) && !order_del(&st->by_update, at))
		return false;
	return order_add(&st->by_update, at, now_us);
}

bool
store_change(struct store *st, uint32_t at, const struct entry *e, size_t n,
    uint64_t now_us, bool *changed)
{
	struct profile *p = store_own(st, at);
	size_t i;

	if (p == NULL)
		return false;
	compose(st, at, e, n);
	if (st->blob.rc != KL_OK)
		return false;
	*changed = p->blob == NULL || blob_len(p->blob) != st->blob.n ||
	    (st->blob.n > 0 &&
		memcmp(p->blob + BLOB_HEAD, st->blob.s, st->blob.n) != 0);
	if (!*changed)
		return true;
	for (i = 0; i < n; i++)
		if (e[i].key < KEY_IDENTIFIERS && !reindex(st, at, &e[i]))
			return false;
	return replace_blob(p, &st->blob) && store_touch(st, at, now_us);
}

uint32_t
store_add(struct store *st, uint64_t now_us, struct kl_span own_id)
{
	struct profile *grown, p = { .created = now_us / 1000, .at = st->n };
	uint32_t cap;
	uint64_t *place;

	if (st->stored == st->cap) {
		cap = st->cap == 0 ? 1024 : st->cap + st->cap / 2;
		grown = realloc(st->profile, cap * sizeof(*grown));
		if (grown == NULL)
			return NONE;
		st->profile = grown;
		st->cap = cap;
	}
	if (own_id.n == ID_LEN) {
		place = kl_map_put(&st->own_ids, own_id.s, own_id.n, NULL);
		if (place == NULL || (p.own_id = malloc(ID_LEN + 1)) == NULL)
			return NONE;
		memcpy(p.own_id, own_id.s, ID_LEN);
		p.own_id[ID_LEN] = '\0';
		*place = st->n;
		st->renumbered = true;
	}
	p.updated = now_us;
	if (st->stored > 0 && st->profile[st->stored - 1].created > p.created)
		st->backdated = true;
	st->profile[st->stored++] = p;
	return st->n++;
}

/* Out of the lists and the order of changes. */
static bool
leave_orders(struct store *st, uint32_t at)
{
	struct order *o;
	uint32_t i;

	for (i = 0; i <= st->lists; i++) {
		o = i < st->lists ? &st->list[i].members : &st->by_update;
		if (order_has(o, at) && !order_del(o, at))
			return false;
	}
	return true;
}

/* Nobody is found by their identifiers. */
static void
unindex(struct store *st, uint32_t at)
{
	struct kl_span v;
	uint32_t i;

	for (i = 0; i < KEY_IDENTIFIERS; i++) {
		v = store_get(st, at, i);
		if (v.s != NULL)
			index_del(&st->by[i],
			    index_hash((enum key)i, v, st->seed), at);
	}
}

bool
store_leave(struct store *st, uint32_t at)
{
	struct profile *p = store_own(st, at);

	if (p == NULL || !leave_orders(st, at))
		return false;
	unindex(st, at);
	free(p->blob);
	p->blob = NULL;
	consent_free(p->consent);
	p->consent = NULL;
	p->gone = true;
	return true;
}

/* The attributes that from has and to has not, into e: how many. */
static size_t
lacking(const struct store *st, struct walk from, uint32_t to, struct entry *e)
{
	struct entry one;
	size_t n = 0;

	while (walk_next(&from, &one))
		if (store_get(st, to, one.key).s == NULL)
			e[n++] = one;
	return n;
}

bool
store_merge(struct store *st, uint32_t from, uint32_t to, uint64_t now_us)
{
	struct profile *p = store_own(st, from);
	unsigned char *blob;
	struct walk w, all;
	struct entry *e, one;
	bool changed, good;
	size_t n = 0;

	if (p == NULL || store_own(st, to) == NULL)
		return false;
	for (w = all = store_walk(st, from); walk_next(&w, &one);)
		n++;
	if ((e = malloc((n + 1) * sizeof(*e))) == NULL)
		return false;
	n = lacking(st, all, to, e);
	/* The values are kept while their owner goes first: what it has must be
	 * free for the other. */
	blob = p->blob;
	unindex(st, from);
	p->blob = NULL;
	good = store_leave(st, from);
	p->into = to + 1;
	good = good && store_change(st, to, e, n, now_us, &changed);
	free(blob);
	free(e);
	return good;
}

bool
store_open(struct store *st, uint64_t seed)
{
	*st = (struct store){ .seed = seed, .names = KEY_PROPERTY };
	st->name_cap = 256;
	st->name = calloc(st->name_cap, sizeof(*st->name));
	return st->name != NULL && store_rooms(st);
}

void
store_close(struct store *st)
{
	uint32_t i;

	store_forget_all(st);
	for (i = 0; i < st->lists; i++) {
		free(st->list[i].name);
		free(st->list[i].definition);
		order_free(&st->list[i].members);
	}
	for (i = KEY_PROPERTY; i < st->names; i++)
		free(st->name[i].json);
	for (i = 0; i < KEY_IDENTIFIERS; i++)
		free(st->by[i].slot);
	order_free(&st->by_update);
	kl_map_free(&st->own_ids);
	kl_map_free(&st->by_name);
	kl_buf_free(&st->blob);
	free(st->by_age);
	free(st->list);
	free(st->name);
	*st = (struct store){ 0 };
}
