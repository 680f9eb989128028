/* SPDX-License-Identifier: MIT */
/* store.c - profiles and the names of their properties. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "consent.h"
#include "index.h"
#include "kl/json.h"
#include "store.h"

/*
 * A blob: four bytes of length, then for each attribute its key, the length
 * of its value (both as groups of seven bits) and the value.  Identifiers
 * come first, in the order of their keys.
 */
#define HEAD 4

static void
put_varint(struct kl_buf *b, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		kl_buf_putc(b, (char)(v | 0x80));
	kl_buf_putc(b, (char)v);
}

static uint32_t
get_varint(const unsigned char **p)
{
	uint32_t v = 0;
	unsigned shift = 0;

	for (; **p & 0x80; (*p)++, shift += 7)
		v |= (uint32_t)(**p & 0x7F) << shift;
	return v | (uint32_t) * (*p)++ << shift;
}

static uint32_t
blob_len(const unsigned char *blob)
{
	uint32_t n;

	memcpy(&n, blob, sizeof(n));
	return n;
}

struct walk
store_walk(const struct store *st, uint32_t at)
{
	const unsigned char *b = st->profile[at].blob;

	if (b == NULL)
		return (struct walk){ NULL, NULL };
	return (struct walk){ b + HEAD, b + HEAD + blob_len(b) };
}

bool
walk_next(struct walk *w, struct entry *e)
{
	uint32_t n;

	if (w->p == w->end)
		return false;
	e->key = get_varint(&w->p);
	n = get_varint(&w->p);
	e->value = (struct kl_span){ (const char *)w->p, n };
	w->p += n;
	return true;
}

struct kl_span
store_get(const struct store *st, uint32_t at, uint32_t key)
{
	struct walk w = store_walk(st, at);
	struct entry e;

	while (walk_next(&w, &e)) {
		if (e.key == key)
			return e.value;
		if (key < KEY_IDENTIFIERS && e.key > key)
			break;
	}
	return (struct kl_span){ NULL, 0 };
}

uint32_t
store_find(const struct store *st, enum key k, struct kl_span json)
{
	uint32_t h = index_hash(k, json, st->seed), at;
	size_t i = SIZE_MAX;

	while ((at = index_next(&st->by[k], h, &i)) != NONE)
		if (index_same(k, store_get(st, at, k), json))
			return at;
	return NONE;
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
	unsigned char *blob = realloc(p->blob, HEAD + b->n);

	if (blob == NULL)
		return false;
	memcpy(blob, &n, HEAD);
	if (b->n > 0)
		memcpy(blob + HEAD, b->s, b->n);
	p->blob = blob;
	return true;
}

bool
store_touch(struct store *st, uint32_t at, uint64_t now_us)
{
	st->profile[at].updated = now_us;
	if (order_has(&st->by_update, at))
		order_del(&st->by_update, at);
	return order_add(&st->by_update, at, now_us);
}

bool
store_change(struct store *st, uint32_t at, const struct entry *e, size_t n,
    uint64_t now_us, bool *changed)
{
	struct profile *p = &st->profile[at];
	size_t i;

	compose(st, at, e, n);
	if (st->blob.rc != KL_OK)
		return false;
	*changed = p->blob == NULL || blob_len(p->blob) != st->blob.n ||
	    (st->blob.n > 0 &&
		memcmp(p->blob + HEAD, st->blob.s, st->blob.n) != 0);
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
	struct profile *grown, p = { .created = now_us / 1000 };
	uint32_t cap;
	uint64_t *place;

	if (st->n == st->cap) {
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
	if (st->n > 0 && st->profile[st->n - 1].created > p.created)
		st->backdated = true;
	st->profile[st->n] = p;
	return st->n++;
}

uint32_t
store_key(struct store *st, struct kl_span name)
{
	struct kl_buf json = { 0 };
	struct name *grown;
	uint64_t *place;
	uint32_t cap, *lately;
	bool fresh;

	lately = &st->lately[index_hash(KEY_KX, name, 0) % LATELY];
	if (*lately != 0 && st->name[*lately].n == name.n + 2 &&
	    memcmp(st->name[*lately].json + 1, name.s, name.n) == 0)
		return *lately;
	if (st->names == st->name_cap) {
		cap = st->name_cap * 2;
		grown = realloc(st->name, cap * sizeof(*grown));
		if (grown == NULL)
			return NONE;
		memset(grown + st->name_cap, 0,
		    (cap - st->name_cap) * sizeof(*grown));
		st->name = grown;
		st->name_cap = cap;
	}
	if ((place = kl_map_put(&st->by_name, name.s, name.n, &fresh)) == NULL)
		return NONE;
	if (!fresh)
		return *lately = (uint32_t)*place;
	kl_json_put_text(&json, name.s, name.n);
	if (json.rc != KL_OK)
		return NONE;
	st->name[st->names].json = json.s;
	st->name[st->names].n = (uint32_t)json.n;
	*place = *lately = st->names;
	return st->names++;
}

struct kl_span
store_name(const struct store *st, uint32_t key)
{
	return (struct kl_span){ st->name[key].json, st->name[key].n };
}

void
store_leave(struct store *st, uint32_t at)
{
	struct profile *p = &st->profile[at];
	struct kl_span v;
	uint32_t i;

	for (i = 0; i < KEY_IDENTIFIERS; i++) {
		v = store_get(st, at, i);
		if (v.s != NULL)
			index_del(&st->by[i],
			    index_hash((enum key)i, v, st->seed), at);
	}
	for (i = 0; i < st->lists; i++)
		if (order_has(&st->list[i].members, at))
			order_del(&st->list[i].members, at);
	if (order_has(&st->by_update, at))
		order_del(&st->by_update, at);
	free(p->blob);
	p->blob = NULL;
	consent_free(p->consent);
	p->consent = NULL;
	p->gone = true;
}

bool
store_merge(struct store *st, uint32_t from, uint32_t to, uint64_t now_us)
{
	struct walk w = store_walk(st, from);
	struct kl_buf kept = { 0 };
	struct entry *e, one;
	size_t n = 0, max = 0;
	bool changed, good;

	while (walk_next(&w, &one))
		max++;
	kl_buf_put(&kept, st->profile[from].blob,
	    max == 0 ? 0 : HEAD + blob_len(st->profile[from].blob));
	e = malloc((max + 1) * sizeof(*e));
	if (e == NULL || kept.rc != KL_OK) {
		free(e);
		kl_buf_free(&kept);
		return false;
	}
	/* The values are in the copy, as the original goes first: what it has
	 * must be free for the other. */
	w = (struct walk){ (unsigned char *)kept.s, (unsigned char *)kept.s };
	if (max > 0)
		w = (struct walk){ w.p + HEAD, w.p + kept.n };
	while (walk_next(&w, &one))
		if (store_get(st, to, one.key).s == NULL)
			e[n++] = one;
	store_leave(st, from);
	st->profile[from].into = to + 1;
	good = store_change(st, to, e, n, now_us, &changed);
	free(e);
	kl_buf_free(&kept);
	return good;
}

bool
store_open(struct store *st, uint64_t seed)
{
	*st = (struct store){ .seed = seed, .names = KEY_PROPERTY };
	st->name_cap = 256;
	st->name = calloc(st->name_cap, sizeof(*st->name));
	return st->name != NULL;
}

void
store_close(struct store *st)
{
	uint32_t i;

	for (i = 0; i < st->n; i++) {
		free(st->profile[i].blob);
		free(st->profile[i].own_id);
		consent_free(st->profile[i].consent);
	}
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
	free(st->profile);
	free(st->by_age);
	free(st->list);
	free(st->name);
	*st = (struct store){ 0 };
}
