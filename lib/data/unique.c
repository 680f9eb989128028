/* SPDX-License-Identifier: MIT */

/*
 * unique.c - the keys of a stream, in few bytes.
 *
 * An entry has 16 bytes: 88 bits of the hash, and the line in 40.  8 bits
 * more choose one of 256 tables.  A table is at most 17/20 full and grows by
 * a quarter, so an entry never costs more than 16 * 5/4 * 20/17 = 23.6 bytes;
 * and as the tables grow one at a time, the copy of one is all that growing
 * adds.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/email.h"
#include "kl/random.h"
#include "kl/siphash.h"
#include "kl/unique.h"

#include "member.h"

#define TABLES 256
#define FIRST_SLOTS 128U
#define LINE_BITS 40
#define LINE_MASK (((uint64_t)1 << LINE_BITS) - 1)

struct entry {
	uint64_t hash;
	uint64_t more; /* 24 bits of the hash, then the line; 0: free */
};

struct table {
	struct entry *slot;
	uint32_t n, cap;
};

struct kl_unique {
	uint64_t secret[2];
	uint64_t keys, slots;
	struct kl_buf name; /* as given */
	struct kl_buf key;  /* of the record: its parts, each with its size */
	struct kl_buf text;
	struct table table[TABLES];
};

struct kl_unique *
kl_unique_new(const char *key)
{
	struct kl_unique *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	kl_buf_puts(&u->name, key);
	if (u->name.rc == KL_OK && kl_random(u->secret, sizeof(u->secret)))
		return u;
	kl_unique_free(u);
	return NULL;
}

struct kl_unique *
kl_unique_copy(const struct kl_unique *u)
{
	struct kl_unique *to = calloc(1, sizeof(*to));

	if (to == NULL)
		return NULL;
	kl_buf_put(&to->name, u->name.s, u->name.n);
	memcpy(to->secret, u->secret, sizeof(to->secret));
	if (to->name.rc == KL_OK)
		return to;
	kl_unique_free(to);
	return NULL;
}

void
kl_unique_free(struct kl_unique *u)
{
	size_t i;

	if (u == NULL)
		return;
	for (i = 0; i < TABLES; i++)
		free(u->table[i].slot);
	kl_buf_free(&u->name);
	kl_buf_free(&u->key);
	kl_buf_free(&u->text);
	free(u);
}

uint64_t
kl_unique_keys(const struct kl_unique *u)
{
	return u->keys;
}

uint64_t
kl_unique_bytes(const struct kl_unique *u)
{
	return sizeof(*u) + u->slots * sizeof(struct entry);
}

/* The slot of the entry, or the free one where it would go.  There is one. */
static struct entry *
find(const struct table *t, const struct entry *e)
{
	uint32_t i = (uint32_t)((e->hash >> 32) * t->cap >> 32);
	struct entry *s;

	for (;; i = i + 1 < t->cap ? i + 1 : 0) {
		s = &t->slot[i];
		if (s->more == 0 ||
		    (s->hash == e->hash &&
			((s->more ^ e->more) & ~LINE_MASK) == 0))
			return s;
	}
}

/* A quarter more slots. */
static bool
grow(struct kl_unique *u, struct table *t)
{
	struct table more = { .n = t->n, .cap = t->cap + t->cap / 4 };
	uint32_t i;

	if (t->cap == 0)
		more.cap = FIRST_SLOTS;
	if (more.cap < t->cap ||
	    (more.slot = calloc(more.cap, sizeof(*more.slot))) == NULL)
		return false;
	for (i = 0; i < t->cap; i++)
		if (t->slot[i].more != 0)
			*find(&more, &t->slot[i]) = t->slot[i];
	free(t->slot);
	u->slots += more.cap - t->cap;
	*t = more;
	return true;
}

/* True if the member's values are addresses. */
static bool
is_address(struct kl_span path)
{
	return path.n >= 5 && memcmp(path.s + path.n - 5, "email", 5) == 0 &&
	    (path.n == 5 || path.s[path.n - 6] == '.');
}

/* Append one part of the key; false if the record has none. */
static bool
put_part(struct kl_unique *u, const struct kl_json *doc, struct kl_span path)
{
	uint32_t at = kl_json_path(doc, 0, path);
	struct kl_span v;
	size_t from;
	bool string;

	if (at == 0 || kl_json_type(doc, at) == KL_JSON_NULL)
		return false;
	string = kl_json_type(doc, at) == KL_JSON_STRING;
	v = string ? kl_member_text(doc, at, &u->text) : kl_json_raw(doc, at);
	kl_buf_put(&u->key, &v.n, sizeof(v.n));
	kl_buf_putc(&u->key, string ? 's' : 'v');
	from = u->key.n;
	kl_buf_span(&u->key, v);
	if (u->key.rc == KL_OK && is_address(path))
		kl_email_fold(u->key.s + from, v.s, v.n);
	return v.n > 0;
}

/* Make the key of the record; false if it has none. */
static bool
make_key(struct kl_unique *u, const struct kl_json *doc)
{
	const char *s = u->name.s, *end = s + u->name.n, *comma;

	kl_buf_reset(&u->key);
	for (;; s = comma + 1) {
		comma = memchr(s, ',', (size_t)(end - s));
		if (comma == NULL)
			comma = end;
		if (!put_part(u, doc,
			(struct kl_span){ s, (size_t)(comma - s) }))
			return false;
		if (comma == end)
			return true;
	}
}

static enum kl_rc
duplicate(const struct kl_unique *u, uint64_t line, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "%.*s is that of line %llu",
	    (int)(u->name.n < 200 ? u->name.n : 200), u->name.s,
	    (unsigned long long)line);
	kl_err_code(err, "duplicate");
	kl_err_field(err, u->name.s, u->name.n);
	kl_err_hint(err, "keep one of the two, or do not ask for --unique");
	return KL_EDATA;
}

enum kl_rc
kl_unique_key(struct kl_unique *u, const struct kl_json *doc,
    struct kl_unique_key *key, struct kl_err *err)
{
	if (!make_key(u, doc))
		return KL_AGAIN;
	if (u->key.rc != KL_OK)
		return kl_buf_check(&u->key, err);
	kl_siphash_128(u->secret, u->key.s, u->key.n, key->hash);
	return KL_OK;
}

enum kl_rc
kl_unique_put(struct kl_unique *u, const struct kl_unique_key *key,
    uint64_t line, struct kl_err *err)
{
	struct table *t = &u->table[key->hash[1] % TABLES];
	struct entry e = { key->hash[0], (key->hash[1] & ~LINE_MASK) | line };
	struct entry *slot = t->cap == 0 ? NULL : find(t, &e);

	if (slot != NULL && slot->more != 0)
		return slot->more == e.more
		    ? KL_OK
		    : duplicate(u, slot->more & LINE_MASK, err);
	if (slot == NULL || (uint64_t)(t->n + 1) * 20 > (uint64_t)t->cap * 17) {
		if (!grow(u, t))
			return kl_err_nomem(err);
		slot = find(t, &e);
	}
	*slot = e;
	t->n++;
	u->keys++;
	return KL_OK;
}

enum kl_rc
kl_unique_see(struct kl_unique *u, const struct kl_json *doc, uint64_t line,
    struct kl_err *err)
{
	struct kl_unique_key key = { { 0, 0 } };
	enum kl_rc rc;

	rc = kl_unique_key(u, doc, &key, err);
	if (rc == KL_OK)
		rc = kl_unique_put(u, &key, line, err);
	return rc == KL_AGAIN ? KL_OK : rc;
}
