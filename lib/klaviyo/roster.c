/* SPDX-License-Identifier: MIT */
/*
 * roster.c - the members of a list, each by its identifiers.
 *
 * Open addressing with linear probing, three quarters full at most.
 */

#include <stdlib.h>
#include <string.h>

#include "roster.h"

#define FIRST_SLOTS 1024U
#define MOST_SLOTS (1U << 27)
#define GONE 0x80U /* in the length of an id: it is no member any more */

static void
seat(struct roster *r, uint64_t hash, uint32_t who)
{
	uint32_t i = (uint32_t)hash & (r->slots - 1);

	while (r->hash[i] != 0)
		i = (i + 1) & (r->slots - 1);
	r->hash[i] = hash;
	r->who[i] = who;
}

static enum kl_rc
grow(struct roster *r, uint32_t slots, struct kl_err *err)
{
	struct roster old = *r;
	uint32_t i;

	if (slots > MOST_SLOTS)
		return kl_err_nomem(err);
	r->hash = calloc(slots, sizeof(*r->hash));
	r->who = malloc(slots * sizeof(*r->who));
	if (r->hash == NULL || r->who == NULL) {
		free(r->hash);
		free(r->who);
		*r = old;
		return kl_err_nomem(err);
	}
	r->slots = slots;
	for (i = 0; i < old.slots; i++)
		if (old.hash[i] != 0)
			seat(r, old.hash[i], old.who[i]);
	free(old.hash);
	free(old.who);
	return KL_OK;
}

enum kl_rc
roster_expect(struct roster *r, uint64_t identifiers, struct kl_err *err)
{
	uint32_t slots = FIRST_SLOTS;

	while (slots < MOST_SLOTS && identifiers > slots / 4 * 3)
		slots *= 2;
	return slots > r->slots ? grow(r, slots, err) : KL_OK;
}

enum kl_rc
roster_add(struct roster *r, struct kl_span id, uint32_t *member,
    struct kl_err *err)
{
	if (id.n == 0 || id.n >= GONE)
		return kl_err_set(err, KL_EPROTO,
		    "klaviyo names a profile by %zu bytes", id.n);
	if (r->members == KL_SCAN_MEMBERS ||
	    r->ids.n > ROSTER_NOBODY - id.n - 1)
		return kl_err_set(err, KL_ETOOBIG,
		    "the list has more than %d members", KL_SCAN_MEMBERS);
	*member = (uint32_t)r->ids.n;
	kl_buf_putc(&r->ids, (char)id.n);
	kl_buf_span(&r->ids, id);
	r->members++;
	return kl_buf_check(&r->ids, err);
}

enum kl_rc
roster_name(struct roster *r, uint32_t member, uint64_t hash,
    struct kl_err *err)
{
	uint32_t slots = r->slots != 0 ? r->slots * 2 : FIRST_SLOTS;
	enum kl_rc rc;

	if (roster_find(r, hash) != ROSTER_NOBODY)
		return KL_OK;
	if (r->n >= r->slots / 4 * 3 && (rc = grow(r, slots, err)) != KL_OK)
		return rc;
	seat(r, hash, member);
	r->n++;
	return KL_OK;
}

uint32_t
roster_find(const struct roster *r, uint64_t hash)
{
	uint32_t i;

	if (r->n == 0)
		return ROSTER_NOBODY;
	for (i = (uint32_t)hash & (r->slots - 1); r->hash[i] != 0;
	     i = (i + 1) & (r->slots - 1))
		if (r->hash[i] == hash)
			return ((unsigned char)r->ids.s[r->who[i]] & GONE) != 0
			    ? ROSTER_NOBODY
			    : r->who[i];
	return ROSTER_NOBODY;
}

struct kl_span
roster_id(const struct roster *r, uint32_t member)
{
	return (struct kl_span){ r->ids.s + member + 1,
		(unsigned char)r->ids.s[member] & ~GONE };
}

void
roster_leave(struct roster *r, uint32_t member)
{
	r->ids.s[member] = (char)((unsigned char)r->ids.s[member] | GONE);
}

void
roster_free(struct roster *r)
{
	free(r->hash);
	free(r->who);
	kl_buf_free(&r->ids);
	*r = (struct roster){ 0 };
}
