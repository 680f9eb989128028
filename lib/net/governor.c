/* SPDX-License-Identifier: MIT */
/* governor.c - buckets of our own, or in a file that all programs share. */

#include <stdlib.h>
#include <string.h>

#include "kl/governor.h"
#include "kl/random.h"
#include "quota.h"

/* How often it is checked that the shared file is still the one that others
 * find by its name. */
#define LOOK_MS 2000

struct kl_governor {
	unsigned n;
	unsigned percent;
	uint64_t who;
	struct bucket *alone;	/* what is counted if nothing is shared */
	struct bucket *portion; /* what we start ourselves, if that is limited;
				 * or NULL */
	struct quota *quota;	/* shared; or NULL */
	char name[KL_GOVERNOR_NAME + 1];
	uint64_t looked;
};

/* --- making and sharing --------------------------------------------------- */

struct kl_governor *
kl_governor_new(unsigned buckets, unsigned max_percent)
{
	struct kl_governor *g = calloc(1, sizeof(*g));
	bool limited = max_percent > 0 && max_percent < 100;

	if (g == NULL)
		return NULL;
	g->n = buckets;
	g->percent = limited ? max_percent : 100;
	if (!kl_random(&g->who, sizeof(g->who)) || g->who == 0)
		g->who = (uint64_t)(uintptr_t)g;
	g->alone = calloc(buckets, sizeof(*g->alone));
	if (limited)
		g->portion = calloc(buckets, sizeof(*g->portion));
	if (g->alone == NULL || (limited && g->portion == NULL)) {
		kl_governor_free(g);
		return NULL;
	}
	return g;
}

void
kl_governor_free(struct kl_governor *g)
{
	if (g == NULL)
		return;
	quota_free(g->quota);
	free(g->alone);
	free(g->portion);
	free(g);
}

enum kl_rc
kl_governor_share(struct kl_governor *g, const char *name, struct kl_err *note,
    struct kl_err *err)
{
	struct quota *q;
	enum kl_rc rc;

	if (strlen(name) > KL_GOVERNOR_NAME)
		return kl_err_set(err, KL_EBUG, "a name of over %d bytes",
		    KL_GOVERNOR_NAME);
	if ((rc = quota_open(&q, name, g->n, note, err)) != KL_OK)
		return rc;
	quota_free(g->quota);
	g->quota = q;
	(void)memcpy(g->name, name, strlen(name) + 1);
	return KL_OK;
}

bool
kl_governor_shared(const struct kl_governor *g)
{
	return g->quota != NULL;
}

/* The file has lost its name, as all files of a session do that ends: go on
 * in the one that others use now. */
static void
follow(struct kl_governor *g, uint64_t now)
{
	struct kl_err note;
	struct quota *q;

	if (g->looked != 0 && now - g->looked < LOOK_MS)
		return;
	g->looked = now;
	if (quota_named(g->quota) ||
	    quota_open(&q, g->name, g->n, &note, NULL) != KL_OK)
		return;
	quota_free(g->quota);
	g->quota = q;
}

/* The buckets that count, until give(). */
static struct bucket *
hold(struct kl_governor *g, uint64_t now)
{
	struct bucket *b;

	if (g->quota == NULL)
		return g->alone;
	follow(g, now);
	if ((b = quota_lock(g->quota)) != NULL)
		return b;
	/* It cannot be had: alone from now on. */
	quota_free(g->quota);
	g->quota = NULL;
	return g->alone;
}

static void
give(struct kl_governor *g)
{
	if (g->quota != NULL)
		quota_unlock(g->quota);
}

void
kl_governor_word(struct kl_governor *g, char word[KL_GOVERNOR_WORD])
{
	size_t i;

	word[0] = '\0';
	if (hold(g, g->looked) != g->alone) {
		(void)memcpy(word, quota_word(g->quota), KL_GOVERNOR_WORD);
		word[KL_GOVERNOR_WORD - 1] = '\0';
	}
	give(g);
	for (i = 0; word[i] != '\0'; i++)
		if (!((word[i] >= 'a' && word[i] <= 'z') ||
			(word[i] >= 'A' && word[i] <= 'Z') ||
			(word[i] >= '0' && word[i] <= '9')))
			word[0] = '\0';
}

void
kl_governor_word_set(struct kl_governor *g, const char *word)
{
	size_t n = strlen(word);

	if (n < KL_GOVERNOR_WORD && hold(g, g->looked) != g->alone)
		(void)memcpy(quota_word(g->quota), word, n + 1);
	give(g);
}

/* --- the two sets of buckets, one after the other ------------------------- */

static struct claim
claim_of(const struct kl_governor *g, const struct kl_ask *ask, unsigned i,
    uint64_t now)
{
	return (struct claim){ .who = g->who,
		.rate = ask->rate[i],
		.percent = 100,
		.gap = i == 0 ? ask->gap : 0,
		.now = now };
}

static void
look(struct kl_wait *w, struct bucket *set, unsigned i, struct claim c)
{
	struct due d;

	bucket_check(&set[i], c.now);
	d = bucket_due(&set[i], &c);
	if (d.at > c.now && d.at - c.now > w->ms)
		*w = (struct kl_wait){ d.at - c.now, d.why, d.limit, i };
}

struct kl_wait
kl_governor_take(struct kl_governor *g, const struct kl_ask *ask, uint64_t now)
{
	struct bucket *set = hold(g, now);
	struct kl_wait w = { 0 };
	uint64_t before;
	struct claim c;
	unsigned i;
	bool queue;

	for (i = 0; i < 2 && ask->rate[i] != NULL; i++)
		look(&w, set, ask->bucket[i], claim_of(g, ask, i, now));
	/* Who waits for something of its own is not in the queue. */
	queue = w.why != KL_HOLD_GAP;
	for (i = 0; g->portion != NULL && i < 2 && ask->rate[i] != NULL; i++) {
		c = claim_of(g, ask, i, now);
		c.percent = g->percent;
		before = w.ms;
		look(&w, g->portion, ask->bucket[i], c);
		queue = queue && w.ms == before;
	}
	for (i = 0; i < 2 && ask->rate[i] != NULL; i++) {
		c = claim_of(g, ask, i, now);
		if (w.ms > 0 && queue)
			bucket_want(&set[ask->bucket[i]], &c, now + w.ms);
		if (w.ms > 0)
			continue;
		bucket_start(&set[ask->bucket[i]], &c);
		c.percent = g->percent;
		if (g->portion != NULL)
			bucket_start(&g->portion[ask->bucket[i]], &c);
	}
	give(g);
	return w;
}

void
kl_governor_landed(struct kl_governor *g, const struct kl_ask *ask,
    uint64_t start, uint64_t now)
{
	struct bucket *set = hold(g, now);
	unsigned i;

	for (i = 0; i < 2 && ask->rate[i] != NULL; i++) {
		bucket_landed(&set[ask->bucket[i]], start, now);
		if (g->portion != NULL)
			bucket_landed(&g->portion[ask->bucket[i]], start, now);
	}
	give(g);
}

void
kl_governor_unsent(struct kl_governor *g, const struct kl_ask *ask,
    uint64_t start)
{
	struct bucket *set = hold(g, g->looked);
	unsigned i;

	for (i = 0; i < 2 && ask->rate[i] != NULL; i++) {
		bucket_unsent(&set[ask->bucket[i]], start);
		if (g->portion != NULL)
			bucket_unsent(&g->portion[ask->bucket[i]], start);
	}
	give(g);
}

void
kl_governor_told(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, const struct kl_ratelimit *rl, uint64_t now)
{
	struct bucket *set = hold(g, now);
	struct kl_ratelimit limits = *rl;

	bucket_check(&set[bucket], now);
	bucket_told(&set[bucket], rate, rl, now);
	give(g);
	/* How much is left is everybody's; the portion needs the limits. */
	limits.remaining = limits.reset = -1;
	if (g->portion != NULL)
		bucket_told(&g->portion[bucket], rate, &limits, now);
}

void
kl_governor_unlimited(struct kl_governor *g, unsigned bucket, uint64_t now)
{
	struct bucket *set = hold(g, now);

	bucket_check(&set[bucket], now);
	bucket_unlimited(&set[bucket]);
	give(g);
	if (g->portion != NULL)
		bucket_unlimited(&g->portion[bucket]);
}

void
kl_governor_refused(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, uint64_t ms, uint64_t now)
{
	struct bucket *set = hold(g, now);

	bucket_check(&set[bucket], now);
	bucket_refused(&set[bucket], rate, ms, now);
	give(g);
}

void
kl_governor_pause(struct kl_governor *g, unsigned bucket, uint64_t ms,
    uint64_t now)
{
	struct bucket *set = hold(g, now);

	bucket_check(&set[bucket], now);
	bucket_pause(&set[bucket], ms, now);
	give(g);
}

void
kl_governor_budget(struct kl_governor *g, unsigned bucket,
    const struct kl_rate *rate, struct kl_budget *b, uint64_t now)
{
	struct bucket *set = hold(g, now);

	bucket_check(&set[bucket], now);
	bucket_budget(&set[bucket], rate, b, now);
	give(g);
}

/* --- how long it takes ---------------------------------------------------- */

uint64_t
kl_rate_ms(const struct kl_rate *rate, uint64_t n)
{
	const uint32_t limit[WINDOWS] = { rate->burst, rate->steady,
		rate->daily };
	uint64_t ms, most = 0;
	unsigned i;

	for (i = 0; i < WINDOWS; i++) {
		if (limit[i] == 0 || n == 0)
			continue;
		ms = (n - 1) / limit[i];
		if (ms > UINT64_MAX / tape_kinds[i].window_ms)
			return UINT64_MAX;
		ms *= tape_kinds[i].window_ms;
		if (ms > most)
			most = ms;
	}
	return most;
}

static uint32_t
part_of(uint32_t limit, unsigned percent)
{
	uint32_t n = (uint32_t)((uint64_t)limit * percent / 100);

	return limit > 0 && n == 0 ? 1 : n;
}

/* What is left of a minute lasts for this if it is asked for at an even pace;
 * what is older than a minute comes back meanwhile. */
#define PACE_MS 40000

uint64_t
kl_budget_pace(const struct kl_budget *b, unsigned percent)
{
	uint32_t limit = kl_rate_part(&b->limit, percent).steady;
	uint32_t used = b->used.steady, left;

	if (b->unlimited || limit == 0 || used < limit / 3)
		return 0;
	left = used < limit ? limit - used : 1;
	return (uint64_t)PACE_MS * (b->programs > 0 ? b->programs : 1) / left;
}

struct kl_rate
kl_rate_part(const struct kl_rate *rate, unsigned percent)
{
	if (percent == 0 || percent >= 100)
		return *rate;
	return (struct kl_rate){ part_of(rate->burst, percent),
		part_of(rate->steady, percent), part_of(rate->daily, percent) };
}
