/* SPDX-License-Identifier: MIT */
/*
 * events-seen.c - how often an equal event was there before.
 *
 * Open addressing over two arrays.  The sizes are 3 * 2^k, so that the last
 * step of growing, when both tables are there, stays within 64 MiB: 36 MiB
 * and 18 MiB.
 */

#include <stdlib.h>

#include "events.h"

#define FIRST_SLOTS 3072U
#define LAST_SLOTS (3U << 20)

/* Where a digest goes, or is: digests are evenly spread already. */
static uint32_t
place(const struct seen *s, uint64_t hash)
{
	uint32_t i = (uint32_t)(((hash >> 32) * s->slots) >> 32);

	while (s->hash[i] != 0 && s->hash[i] != hash)
		i = i + 1 < s->slots ? i + 1 : 0;
	return i;
}

uint32_t
seen_times(const struct seen *s, uint64_t hash)
{
	uint32_t i;

	if (s->n == 0)
		return 0;
	i = place(s, hash);
	return s->hash[i] == hash ? s->times[i] : 0;
}

static bool
grow(struct seen *s)
{
	struct seen old = *s;
	uint32_t i, to;

	s->slots = old.slots != 0 ? old.slots * 2 : FIRST_SLOTS;
	s->hash = calloc(s->slots, sizeof(*s->hash));
	s->times = calloc(s->slots, sizeof(*s->times));
	if (s->hash == NULL || s->times == NULL) {
		free(s->hash);
		free(s->times);
		*s = old;
		return false;
	}
	for (i = 0; i < old.slots; i++)
		if (old.hash[i] != 0) {
			to = place(s, old.hash[i]);
			s->hash[to] = old.hash[i];
			s->times[to] = old.times[i];
		}
	free(old.hash);
	free(old.times);
	return true;
}

static enum kl_rc
too_many(const struct seen *s, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ECONFIG,
	    "more than %u different events have no unique_id: whether another "
	    "is equal to one of them cannot be remembered",
	    (unsigned)s->n);
	kl_err_code(err, "events_too_many");
	kl_err_hint(err,
	    "name the field that tells events apart with --id-field, or split "
	    "the input");
	return KL_ECONFIG;
}

enum kl_rc
seen_add(struct seen *s, uint64_t hash, struct kl_err *err)
{
	uint32_t i;

	if (s->n >= s->slots / 8 * 7 && s->slots < LAST_SLOTS && !grow(s))
		return kl_err_nomem(err);
	i = place(s, hash);
	if (s->hash[i] == 0) {
		if (s->n >= s->most || s->n >= LAST_SLOTS / 8 * 7)
			return too_many(s, err);
		s->hash[i] = hash;
		s->n++;
	}
	if (s->times[i] < UINT32_MAX)
		s->times[i]++;
	return KL_OK;
}

void
seen_free(struct seen *s)
{
	free(s->hash);
	free(s->times);
	*s = (struct seen){ .most = s->most };
}
