/* SPDX-License-Identifier: MIT */
/* t_roster.c - who is on a list, by many identifiers. */

#include <stdio.h>

#include "../../lib/klaviyo/roster.h"
#include "ok.h"

static struct kl_err err;

/* Hashes of which four at a time begin at the same place. */
static uint64_t
hash_of(uint32_t i)
{
	return (uint64_t)(i / 4 + 1) * 0x9E3779B97F4A7C15U +
	    ((uint64_t)(i % 4) << 32);
}

static void
many(void)
{
	struct roster r = { 0 };
	uint32_t member = 0, i, good = 0;
	char id[32];

	for (i = 0; i < 20000; i++) {
		(void)snprintf(id, sizeof(id), "01%024u", i);
		if (roster_add(&r, KL_SPAN(id), &member, &err) == KL_OK &&
		    roster_name(&r, member, hash_of(i * 2), &err) == KL_OK &&
		    roster_name(&r, member, hash_of(i * 2 + 1), &err) == KL_OK)
			good++;
	}
	ok(good == 20000 && r.members == 20000, "members join");
	for (i = good = 0; i < 40000; i++) {
		(void)snprintf(id, sizeof(id), "01%024u", i / 2);
		member = roster_find(&r, hash_of(i));
		good += member != ROSTER_NOBODY &&
		    kl_span_is(roster_id(&r, member), id);
	}
	ok(good == 40000, "each is found by each identifier");
	ok(roster_find(&r, hash_of(40000)) == ROSTER_NOBODY,
	    "and nobody else is");
	roster_leave(&r, roster_find(&r, hash_of(6)));
	ok(roster_find(&r, hash_of(6)) == ROSTER_NOBODY &&
		roster_find(&r, hash_of(7)) == ROSTER_NOBODY,
	    "who leaves is found by none");
	ok(roster_find(&r, hash_of(8)) != ROSTER_NOBODY, "others are");
	(void)roster_name(&r, 0, hash_of(8), &err);
	(void)snprintf(id, sizeof(id), "01%024u", 4);
	ok(kl_span_is(roster_id(&r, roster_find(&r, hash_of(8))), id),
	    "an identifier stays with who had it first");
	roster_free(&r);
}

static void
edges(void)
{
	struct roster r = { 0 };
	uint32_t member;
	char longest[200];

	ok(roster_find(&r, 1) == ROSTER_NOBODY, "nobody is on an empty one");
	memset(longest, 'x', sizeof(longest));
	ok(roster_add(&r, (struct kl_span){ longest, 127 }, &member, &err) ==
		KL_OK,
	    "an id of 127 bytes");
	ok(roster_id(&r, member).n == 127, "is kept");
	roster_leave(&r, member);
	ok(roster_id(&r, member).n == 127, "even of who has left");
	ok(roster_add(&r, (struct kl_span){ longest, 128 }, &member, &err) ==
		KL_EPROTO,
	    "no more");
	ok(roster_add(&r, (struct kl_span){ longest, 0 }, &member, &err) ==
		KL_EPROTO,
	    "and none of nothing");
	ok(roster_expect(&r, 3000000, &err) == KL_OK && r.slots >= 4000000,
	    "room can be had beforehand");
	roster_free(&r);
}

int
main(void)
{
	many();
	edges();
	return done();
}
