/* SPDX-License-Identifier: MIT */
/* retry.c - judge a failed attempt.  Pure: no clock, no network. */

#include <string.h>

#include "kl/net.h"
#include "kl/time.h"

#define BUDGET_MS ((uint64_t)15 * 60 * 1000)
#define BASE_MS 50
#define CAP_MS 30000
#define NONSENSE 4
/* Where a limit is hit and no time is named, the shortest window is 1 s. */
#define LIMIT_BASE_MS 1000
/* Who was told the same time comes back a little apart; a tenth of a minute
 * would be a tenth of the minute's limit. */
#define SPREAD_MS 1000
#define WEEK_MS ((int64_t)7 * 86400 * 1000)

/* By failure, then by replay class: FREE, SAME, GONE, ASK. */
/* clang-format off */
static const enum kl_remedy remedies[KL_FAILURES][4] = {
	[KL_FAIL_NONE]	    = { KL_DONE, KL_DONE, KL_DONE, KL_DONE },
	[KL_FAIL_UNSENT]    = { KL_REPEAT, KL_REPEAT, KL_REPEAT, KL_REPEAT },
	[KL_FAIL_CUT]	    = { KL_REPEAT, KL_REPEAT, KL_REPEAT, KL_SETTLE },
	[KL_FAIL_BUSY]	    = { KL_REPEAT, KL_REPEAT, KL_REPEAT, KL_SETTLE },
	[KL_FAIL_LIMITED]   = { KL_WAIT, KL_WAIT, KL_WAIT, KL_WAIT },
	[KL_FAIL_LATER]	    = { KL_WAIT, KL_WAIT, KL_WAIT, KL_WAIT },
	[KL_FAIL_CHALLENGE] = { KL_FEW, KL_FEW, KL_FEW, KL_FEW },
	[KL_FAIL_NONSENSE]  = { KL_FEW, KL_FEW, KL_FEW, KL_SETTLE },
	[KL_FAIL_FOREIGN]   = { KL_STOP, KL_STOP, KL_STOP, KL_STOP },
	[KL_FAIL_ACCESS]    = { KL_STOP, KL_STOP, KL_STOP, KL_STOP },
	[KL_FAIL_REFUSED]   = { KL_REJECT, KL_REJECT, KL_REJECT, KL_REJECT },
};
/* clang-format on */

static const struct {
	bool unsure;	/* the attempt may have taken effect */
	bool later;	/* a few attempts were in vain, others may not be */
	unsigned price; /* of a retry, out of the allowance */
} traits[KL_FAILURES] = {
	[KL_FAIL_UNSENT] = { false, false, 14 },
	[KL_FAIL_CUT] = { true, false, 14 },
	[KL_FAIL_BUSY] = { true, false, 14 },
	[KL_FAIL_LIMITED] = { false, false, 5 },
	[KL_FAIL_LATER] = { false, false, 14 },
	[KL_FAIL_CHALLENGE] = { false, true, 14 },
	[KL_FAIL_NONSENSE] = { true, false, 14 },
};

static const struct {
	int status;
	enum kl_failure failure;
} statuses[] = {
	{ 401, KL_FAIL_ACCESS },
	{ 403, KL_FAIL_ACCESS },
	{ 408, KL_FAIL_BUSY },
	{ 429, KL_FAIL_LIMITED },
	{ 500, KL_FAIL_BUSY },
	{ 502, KL_FAIL_BUSY },
	{ 503, KL_FAIL_BUSY },
	{ 504, KL_FAIL_BUSY },
	{ 522, KL_FAIL_BUSY },
	{ 524, KL_FAIL_BUSY },
};

enum kl_failure
kl_failure_of(int status, bool retry_after)
{
	size_t i;

	if (status == 503 && retry_after)
		return KL_FAIL_LATER;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].failure;
	if (status >= 200 && status < 300)
		return KL_FAIL_NONE;
	if (status >= 400 && status < 500)
		return KL_FAIL_REFUSED;
	/* Other 5xx are unknown, not permanent. */
	if (status >= 500 && status < 600)
		return KL_FAIL_BUSY;
	return KL_FAIL_FOREIGN;
}

bool
kl_failure_unsure(enum kl_failure failure)
{
	return traits[failure].unsure;
}

enum kl_remedy
kl_remedy(enum kl_failure failure, enum kl_replay replay)
{
	return remedies[failure][replay];
}

static uint64_t
or_default(uint64_t v, uint64_t otherwise)
{
	return v != 0 ? v : otherwise;
}

/* A random delay up to min(cap, base * 2^n), n = attempts - 1. */
static uint64_t
backoff(uint64_t base, uint64_t cap, unsigned attempts, uint32_t random)
{
	unsigned n = attempts == 0 ? 0 : attempts - 1;
	uint64_t most = n >= 32 || base > cap >> n ? cap : base << n;

	return most * (random % 1000 + 1) / 1000;
}

static uint64_t
delay(const struct kl_patience *p, const struct kl_attempt *a)
{
	uint64_t cap = or_default(p->cap_ms, CAP_MS), ms, asked, more;

	if (a->failure == KL_FAIL_LIMITED && a->retry_after < 0) {
		ms = backoff(LIMIT_BASE_MS, cap, a->attempts, a->random);
		/* Never a hot loop against a limit. */
		return ms < LIMIT_BASE_MS / 2 ? LIMIT_BASE_MS / 2 : ms;
	}
	ms = backoff(or_default(p->base_ms, BASE_MS), cap, a->attempts,
	    a->random);
	if (a->retry_after < 0)
		return ms;
	/* In full, and a little more: all clients were told the same. */
	asked = (uint64_t)a->retry_after;
	more = asked / 10 < SPREAD_MS ? asked / 10 : SPREAD_MS;
	asked += more * (a->random % 1000) / 1000;
	return asked > ms ? asked : ms;
}

enum kl_verdict
kl_retry_judge(const struct kl_patience *p, const struct kl_attempt *a,
    uint64_t *wait)
{
	enum kl_remedy remedy = kl_remedy(a->failure, a->replay);
	uint64_t budget = or_default(p->budget_ms, BUDGET_MS);

	*wait = 0;
	if (remedy != KL_WAIT && remedy != KL_REPEAT && remedy != KL_FEW)
		return KL_SETTLED;
	if (remedy == KL_FEW &&
	    a->nonsense >= or_default(p->nonsense, NONSENSE))
		return traits[a->failure].later ? KL_TIRED : KL_SETTLED;
	*wait = delay(p, a);
	if (*wait < a->allowance)
		*wait = a->allowance;
	if (a->idle >= budget || *wait > budget - a->idle)
		return KL_TIRED;
	return KL_RETRY;
}

/* --- the allowance -------------------------------------------------------- */

#define PURSE ((uint64_t)16 * 14) /* so much may be spent at once */
#define REFUND 14
#define REFILL_MS ((uint64_t)36000 / 14) /* for one */

/* What is still owed at that time. */
static uint64_t
owed(const struct kl_allowance *q, uint64_t now)
{
	uint64_t back = now > q->at ? (now - q->at) / REFILL_MS : 0;

	return q->spent > back ? q->spent - back : 0;
}

uint64_t
kl_allowance_wait(const struct kl_allowance *q, enum kl_failure f, uint64_t now)
{
	uint64_t after = owed(q, now) + traits[f].price;

	return after <= PURSE ? 0 : (after - PURSE) * REFILL_MS;
}

void
kl_allowance_spend(struct kl_allowance *q, enum kl_failure f, uint64_t now)
{
	q->spent = owed(q, now) + traits[f].price;
	q->at = now;
}

void
kl_allowance_refund(struct kl_allowance *q, uint64_t now)
{
	uint64_t left = owed(q, now);

	q->spent = left > REFUND ? left - REFUND : 0;
	q->at = now;
}

/* --- times ---------------------------------------------------------------- */

/* Read up to max digits, at least min. */
static bool
digits(const char **s, int min, int max, int64_t *v)
{
	int n;

	*v = 0;
	for (n = 0; n < max && **s >= '0' && **s <= '9'; n++)
		*v = *v * 10 + (*(*s)++ - '0');
	return n >= min;
}

static bool
literal(const char **s, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*s, text, n) != 0)
		return false;
	*s += n;
	return true;
}

/* The month a name at *s stands for, 1..12, or 0. */
static unsigned
month(const char **s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned i;

	for (i = 0; i < 12; i++)
		if (strncmp(*s, names + i * 3, 3) == 0) {
			*s += 3;
			return i + 1;
		}
	return 0;
}

struct date {
	int64_t y, d, h, min, s;
	unsigned m;
};

static bool
clock_time(const char **s, struct date *t)
{
	return digits(s, 2, 2, &t->h) && literal(s, ":") &&
	    digits(s, 2, 2, &t->min) && literal(s, ":") &&
	    digits(s, 2, 2, &t->s) && t->h < 24 && t->min < 60 && t->s <= 60;
}

/* "06 Nov 1994 08:49:37 GMT" or "06-Nov-94 08:49:37 GMT" */
static bool
after_comma(const char *s, struct date *t)
{
	char sep[2] = " ";

	if (!digits(&s, 2, 2, &t->d))
		return false;
	if (*s == '-')
		sep[0] = '-';
	if (!literal(&s, sep) || (t->m = month(&s)) == 0 || !literal(&s, sep) ||
	    !digits(&s, sep[0] == '-' ? 2 : 4, sep[0] == '-' ? 2 : 4, &t->y))
		return false;
	if (sep[0] == '-')
		t->y += t->y < 70 ? 2000 : 1900;
	return literal(&s, " ") && clock_time(&s, t) && literal(&s, " GMT") &&
	    *s == '\0';
}

/* "Nov  6 08:49:37 1994" */
static bool
asctime_form(const char *s, struct date *t)
{
	if ((t->m = month(&s)) == 0 || !literal(&s, " "))
		return false;
	(void)literal(&s, " ");
	return digits(&s, 1, 2, &t->d) && literal(&s, " ") &&
	    clock_time(&s, t) && literal(&s, " ") && digits(&s, 4, 4, &t->y) &&
	    *s == '\0';
}

int64_t
kl_http_date(const char *s)
{
	struct date t = { 0 };
	const char *p;
	bool good;

	if ((p = strchr(s, ',')) != NULL)
		good = p[1] == ' ' && after_comma(p + 2, &t);
	else
		good = strlen(s) > 4 && s[3] == ' ' && asctime_form(s + 4, &t);
	if (!good || t.d < 1 || t.d > 31 || t.y < 1970)
		return -1;
	return kl_days_from_civil(t.y, t.m, (unsigned)t.d) * 86400 +
	    t.h * 3600 + t.min * 60 + t.s;
}

int64_t
kl_retry_after(const char *value, const char *date, uint64_t wall)
{
	int64_t v, from;
	const char *p;

	if (value == NULL)
		return -1;
	p = value += strspn(value, " \t");
	if (digits(&p, 1, 10, &v) && p[strspn(p, " \t0123456789")] == '\0') {
		/* More than ten digits is more than a week, too. */
		if (v > WEEK_MS / 1000 || (*p >= '0' && *p <= '9'))
			return WEEK_MS;
		return v * 1000;
	}
	if ((v = kl_http_date(value)) < 0)
		return -1;
	/* Our clock may be wrong; the answer's own says what was meant. */
	from = date != NULL ? kl_http_date(date) : -1;
	if (from < 0)
		from = (int64_t)(wall / 1000);
	if (v <= from)
		return 0;
	return v - from > WEEK_MS / 1000 ? WEEK_MS : (v - from) * 1000;
}
