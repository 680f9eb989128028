/* SPDX-License-Identifier: MIT */
/* store-id.c - the ids of profiles. */

#include <string.h>

#include "store.h"

/*
 * Ids are ULIDs: 48 bits of time, then the number of the profile, then bits
 * that only this sandbox knows.  So an id is computed from its profile and
 * found without a table, and ids sort by age.
 */
void
ulid_make(uint64_t ms, uint64_t hi, uint64_t lo, char out[ID_LEN + 1])
{
	static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	int i;

	for (i = 9; i >= 0; i--, ms >>= 5)
		out[i] = digit[ms & 31];
	for (i = 17; i >= 10; i--, hi >>= 5)
		out[i] = digit[hi & 31];
	for (i = 25; i >= 18; i--, lo >>= 5)
		out[i] = digit[lo & 31];
	out[ID_LEN] = '\0';
}

static uint64_t
stir(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x7FB5D329728EA185u;
	x ^= x >> 27;
	x *= 0x81DADEF4BC2DD44Du;
	return x ^ x >> 33;
}

void
store_id(const struct store *st, uint32_t at, char out[ID_LEN + 1])
{
	uint64_t r = stir(st->seed ^ at);
	const char *own = st->renumbered ? store_view(st, at).own_id : NULL;

	if (own != NULL) {
		memcpy(out, own, ID_LEN + 1);
		return;
	}
	ulid_make(store_created(st, at), (uint64_t)at << 8 | (r >> 56),
	    r & 0xFFFFFFFFFFu, out);
}

/* The value of a digit of Crockford's base 32; 32 for anything else. */
static unsigned
digit_value(char c)
{
	static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const char *p = c == '\0' ? NULL : strchr(digit, c);

	return p == NULL ? 32 : (unsigned)(p - digit);
}

/* Who has taken over the place. */
static uint32_t
heir(const struct store *st, uint32_t at)
{
	while (at != NONE && store_gone(st, at))
		at = store_view(st, at).into - 1; /* 0, nobody: NONE */
	return at;
}

uint32_t
store_by_id(const struct store *st, struct kl_span id)
{
	char text[ID_LEN + 1];
	uint64_t *own, hi = 0;
	unsigned v;
	int i;

	if (id.n != ID_LEN)
		return NONE;
	if (st->renumbered &&
	    (own = kl_map_get(&st->own_ids, id.s, id.n)) != NULL)
		return heir(st, (uint32_t)*own);
	for (i = 10; i < 18; i++) {
		if ((v = digit_value(id.s[i])) > 31)
			return NONE;
		hi = hi << 5 | v;
	}
	if (hi >> 8 >= st->n)
		return NONE;
	store_id(st, (uint32_t)(hi >> 8), text);
	return memcmp(text, id.s, ID_LEN) == 0 ? heir(st, (uint32_t)(hi >> 8))
					       : NONE;
}
