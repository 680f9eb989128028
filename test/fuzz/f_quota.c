/* SPDX-License-Identifier: MIT */
/* f_quota.c - a file of used limits of any bytes, and what follows. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/net/quota.h"

#define DAY ((uint64_t)86400 * 1000)
#define WEEK (7 * DAY)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* One bucket of those bytes, repeated: every operation is defined, waits are
 * bounded, and time heals it. */
static void
try_bucket(const uint8_t *data, size_t n, uint64_t now)
{
	static const struct kl_rate m = { 10, 150, 150 };
	struct claim c = { 1, &m, 100, 0, now };
	struct kl_ratelimit rl = { m, 10, n % 11, n % 3 };
	struct kl_budget left;
	struct bucket b;
	uint64_t until;
	struct due d;
	size_t i;
	int tries;

	for (i = 0; i < sizeof(b); i++)
		((uint8_t *)&b)[i] = n > 0 ? data[i % n] : 0;
	for (tries = 0; tries < 8; tries++) {
		bucket_check(&b, c.now);
		d = bucket_due(&b, &c);
		assert(d.at <= c.now || d.at - c.now <= 2 * WEEK);
		bucket_budget(&b, &m, &left, c.now);
		if (d.at > c.now)
			bucket_want(&b, &c, d.at);
		else
			bucket_start(&b, &c);
		if (tries == 2)
			bucket_told(&b, &m, &rl, c.now);
		if (tries == 3)
			bucket_landed(&b, c.now - n * 1000, c.now);
		if (tries == 4)
			bucket_refused(&b, &m, 3000, c.now);
		if (tries == 5)
			bucket_unsent(&b, c.now);
		c.now += 2 * WEEK;
	}
	/* Slots that were of the future may be of the present now; who comes
	 * when it is told to has its turn within three days. */
	until = c.now + 3 * DAY;
	for (;;) {
		bucket_check(&b, c.now);
		d = bucket_due(&b, &c);
		if (d.at <= c.now)
			break;
		bucket_want(&b, &c, d.at);
		c.now = d.at;
		assert(c.now <= until);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char boot[QUOTA_BOOT] = "boot";
	uint64_t now = 1;
	bool old;

	(void)quota_head_fault(data, n, 2, boot, &old);
	if (n >= sizeof(now)) {
		(void)memcpy(&now, data, sizeof(now));
		now %= (uint64_t)1 << 48;
	}
	try_bucket(data, n, now);
	return 0;
}
