/* SPDX-License-Identifier: MIT */
/* ratelimit.c - the RateLimit headers: "75, 75;w=1, 750;w=60". */

#include <string.h>

#include "kl/governor.h"

/* A decimal number at *s, moved past it; -1 if there is none or it is
 * absurd. */
static int64_t
number(const char **s)
{
	const char *p = *s;
	int64_t v = 0;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++)
		if ((v = v * 10 + (*p - '0')) > INT32_MAX)
			return -1;
	*s = p;
	return v;
}

static const char *
blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* A whole header value that is one number. */
static int64_t
only_number(const char *s)
{
	int64_t v;

	if (s == NULL)
		return -1;
	s = blanks(s);
	v = number(&s);
	return *blanks(s) == '\0' ? v : -1;
}

/* One item of RateLimit-Limit.  Those without ";w=" repeat the window that is
 * being counted and tell nothing new. */
static void
window(struct kl_rate *rate, const char *s)
{
	int64_t limit, w;

	s = blanks(s);
	if ((limit = number(&s)) <= 0)
		return;
	s = blanks(s);
	if (*s != ';')
		return;
	s = blanks(s + 1);
	if (s[0] != 'w' || s[1] != '=')
		return;
	s += 2;
	w = number(&s);
	if (w == 1)
		rate->burst = (uint32_t)limit;
	else if (w == 60)
		rate->steady = (uint32_t)limit;
	else if (w == 86400)
		rate->daily = (uint32_t)limit;
}

bool
kl_ratelimit_read(struct kl_ratelimit *rl, const char *limit,
    const char *remaining, const char *reset)
{
	const char *first;
	int64_t v;

	*rl = (struct kl_ratelimit){ .remaining = only_number(remaining),
		.reset = only_number(reset) };
	if (limit != NULL) {
		first = blanks(limit);
		v = number(&first);
		/* One that has a window itself describes none. */
		if (v > 0 && *blanks(first) != ';')
			rl->current = (uint32_t)v;
	}
	while (limit != NULL) {
		window(&rl->rate, limit);
		if ((limit = strchr(limit, ',')) != NULL)
			limit++;
	}
	return rl->rate.burst != 0 || rl->rate.steady != 0 ||
	    rl->rate.daily != 0 || rl->remaining >= 0 || rl->reset >= 0;
}
