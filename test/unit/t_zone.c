/* SPDX-License-Identifier: MIT */
/* t_zone.c - time zones: what clocks show against the C library, damaged
 * files, names.  Given names on the command line it goes through these. */

#include <stdlib.h>
#include <time.h>

#include "kl/time.h"
#include "kl/zone.h"
#include "ok.h"

#define DAY 86400

/* All kinds of rules: none, north, south, negative, at midnight, half hours,
 * the day left out, Ramadan, two hours, far away hours. */
static const char *const zones[] = { "UTC", "Europe/Berlin", "Europe/London",
	"Europe/Dublin", "Europe/Amsterdam", "America/New_York",
	"America/Sao_Paulo", "America/Havana", "America/St_Johns",
	"America/Caracas", "America/Nuuk", "America/Santiago", "Asia/Kolkata",
	"Asia/Kathmandu", "Asia/Tehran", "Asia/Gaza", "Asia/Beirut",
	"Australia/Sydney", "Australia/Lord_Howe", "Africa/Casablanca",
	"Africa/Cairo", "Africa/Monrovia", "Pacific/Apia", "Pacific/Auckland",
	"Pacific/Chatham", "Antarctica/Troll", "CET", "EST5EDT", "Etc/GMT+12" };

/* Times that differ from the C library's, of those that are looked at: every
 * few days of two centuries, and around each change. */
static size_t
differences(const struct kl_zone *z)
{
	int64_t t, low, high, mid;
	int64_t first = kl_days_from_civil(1890, 1, 1) * DAY;
	int64_t last = kl_days_from_civil(2110, 1, 1) * DAY, step = 9 * DAY;
	int32_t before = kl_zone_at(z, first), now;
	size_t n = 0, i;

	for (t = first; t < last; t += step, before = now) {
		int64_t look[3] = { t, t, t };

		now = kl_zone_at(z, t);
		if (now != before) {
			for (low = t - step, high = t; high - low > 1;) {
				mid = low + (high - low) / 2;
				if (kl_zone_at(z, mid) == before)
					low = mid;
				else
					high = mid;
			}
			look[1] = low;
			look[2] = high;
		}
		for (i = 0; i < 3; i++) {
			time_t at = (time_t)look[i];
			struct tm tm = { 0 };

			if (localtime_r(&at, &tm) == NULL ||
			    tm.tm_gmtoff != kl_zone_at(z, look[i]))
				n++;
		}
	}
	return n;
}

static void
against_libc(const char *name)
{
	struct kl_zone *z = NULL;
	struct kl_err err = { 0 };

	if (kl_zone_open(&z, KL_SPAN(name), NULL, &err) != KL_OK) {
		ok(false, err.msg);
		return;
	}
	(void)setenv("TZ", name, 1);
	tzset();
	ok(differences(z) == 0, name);
	kl_zone_free(z);
}

static int64_t
local_of(int y, unsigned m, unsigned d, int h, int min)
{
	return kl_days_from_civil(y, m, d) * DAY + (h * 60 + min) * 60;
}

static void
shown(void)
{
	static const struct {
		const char *zone;
		int y;
		unsigned m, d;
		int h, min;
		enum kl_zone_shown shown;
		int32_t offset;
	} t[] = {
		{ "Europe/Berlin", 2024, 3, 31, 1, 59, KL_ZONE_ONCE, 3600 },
		{ "Europe/Berlin", 2024, 3, 31, 2, 0, KL_ZONE_NEVER, 3600 },
		{ "Europe/Berlin", 2024, 3, 31, 2, 59, KL_ZONE_NEVER, 3600 },
		{ "Europe/Berlin", 2024, 3, 31, 3, 0, KL_ZONE_ONCE, 7200 },
		{ "Europe/Berlin", 2024, 10, 27, 1, 59, KL_ZONE_ONCE, 7200 },
		{ "Europe/Berlin", 2024, 10, 27, 2, 0, KL_ZONE_TWICE, 7200 },
		{ "Europe/Berlin", 2024, 10, 27, 2, 59, KL_ZONE_TWICE, 7200 },
		{ "Europe/Berlin", 2024, 10, 27, 3, 0, KL_ZONE_ONCE, 3600 },
		{ "Europe/Berlin", 2099, 3, 29, 2, 30, KL_ZONE_NEVER, 3600 },
		{ "Europe/Berlin", 2099, 10, 25, 2, 30, KL_ZONE_TWICE, 7200 },
		{ "Australia/Lord_Howe", 2024, 10, 6, 2, 15, KL_ZONE_NEVER,
		    37800 },
		{ "Australia/Lord_Howe", 2024, 4, 7, 1, 45, KL_ZONE_TWICE,
		    39600 },
		{ "Pacific/Apia", 2011, 12, 30, 12, 0, KL_ZONE_NEVER, -36000 },
		{ "Pacific/Apia", 2011, 12, 31, 0, 0, KL_ZONE_ONCE, 50400 },
		{ "Europe/Dublin", 2024, 7, 1, 12, 0, KL_ZONE_ONCE, 3600 },
	};
	struct kl_zone *z;
	int32_t offset;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		z = NULL;
		(void)kl_zone_open(&z, KL_SPAN(t[i].zone), NULL, NULL);
		ok(kl_zone_local(z,
		       local_of(t[i].y, t[i].m, t[i].d, t[i].h, t[i].min),
		       &offset) == t[i].shown &&
			offset == t[i].offset,
		    t[i].zone);
		kl_zone_free(z);
	}
}

/* A file: UTC, with a rule, in the fewest bytes. */
static const unsigned char small[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
				     "\0\0\0\4\0\0\0\0\0\0UTC\0"
				     "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
				     "\0\0\0\4\0\0\0\0\0\0UTC\0\nUTC0\n";

#define SMALL (sizeof(small) - 1)

static void
damage(void)
{
	unsigned char s[SMALL + 1];
	struct kl_zone *z = NULL;
	struct kl_err err;
	size_t i, n, read = 0;

	ok(kl_zone_read(&z, small, SMALL, &err) == KL_OK &&
		kl_zone_at(z, 0) == 0,
	    "the smallest file");
	kl_zone_free(z);
	for (n = 0; n < SMALL; n++)
		if (kl_zone_read(&z, small, n, &err) == KL_OK) {
			kl_zone_free(z);
			read++;
		}
	ok(read == 0, "cut short anywhere it is refused");
	is(err.hint, "install the package tzdata anew", "with the remedy");
	memcpy(s, small, SMALL);
	s[SMALL] = '\n';
	ok(kl_zone_read(&z, s, SMALL + 1, &err) == KL_ECONFIG,
	    "and with a byte too many");
	for (i = 0; i < SMALL; i++) {
		memcpy(s, small, SMALL);
		s[i] ^= 0xFF;
		z = NULL;
		(void)kl_zone_read(&z, s, SMALL, &err);
		kl_zone_free(z); /* for the sanitizers to see */
	}
	memcpy(s, small, SMALL);
	s[54 + 31] = 1; /* the second header: one leap second */
	ok(kl_zone_read(&z, s, SMALL, &err) == KL_ECONFIG &&
		strstr(err.msg, "leap") != NULL,
	    "leap seconds are refused");
	memcpy(s, small, SMALL);
	s[4] = '\0';
	ok(kl_zone_read(&z, s, SMALL, &err) == KL_ECONFIG &&
		strstr(err.msg, "version") != NULL,
	    "and files of version 1");
}

static void
rules(void)
{
	static const struct {
		const char *rule;
		bool good;
	} t[] = {
		{ "CET-1CEST,M3.5.0,M10.5.0/3", true },
		{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", true },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true },
		{ "EET-2EEST,M3.4.4/50,M10.4.4/50", true },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", true },
		{ "X0", false },
		{ "UTC", false },
		{ "UTC0x", false },
		{ "UTC25", false },
		{ "UTC0:60", false },
		{ "CET-1CEST", false },
		{ "CET-1CEST,M3.5.0", false },
		{ "CET-1CEST,M13.5.0,M10.5.0", false },
		{ "CET-1CEST,M3.6.0,M10.5.0", false },
		{ "CET-1CEST,M3.5.7,M10.5.0", false },
		{ "CET-1CEST,J0,J5", false },
		{ "CET-1CEST,J60,J300", true },
		{ "CET-1CEST,0,365", true },
		{ "CET-1CEST,0,366", false },
		{ "CET-1CEST,M3.5.0/168,M10.5.0", false },
		{ "CET-1CEST,M3.5.0,M10.5.0,", false },
		{ "<a>0", false },
		{ "<abc0", false },
	};
	unsigned char s[SMALL + 80];
	struct kl_zone *z;
	size_t i, n, head = SMALL - 6;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		z = NULL;
		n = strlen(t[i].rule);
		memcpy(s, small, head);
		s[head] = '\n';
		memcpy(s + head + 1, t[i].rule, n);
		s[head + 1 + n] = '\n';
		ok((kl_zone_read(&z, s, head + n + 2, NULL) == KL_OK) ==
			t[i].good,
		    t[i].rule);
		kl_zone_free(z);
	}
}

static void
names(void)
{
	static const char *const bad[] = { "", "/", ".", "..", "../UTC", "/UTC",
		"Europe", "Europe/", "Europe//Berlin", "Europe/../UTC",
		"europe/berlin", "Europe/Berlin ", "Europe/Ber\nlin",
		"tzdata.zi",
		"A234567890123456789012345678901234567890123456789012345678901"
		"2345" };
	struct kl_zone *z;
	struct kl_err err;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(kl_zone_open(&z, KL_SPAN(bad[i]), NULL, &err) == KL_ECONFIG,
		    bad[i]);
	ok(kl_zone_open(&z, KL_SPAN("UTC"), "/nowhere", &err) == KL_ECONFIG &&
		strstr(err.hint, "tzdata") != NULL,
	    "without any zones the remedy is named");
}

int
main(int argc, char *argv[])
{
	size_t i;

	for (i = 1; i < (size_t)argc; i++)
		against_libc(argv[i]);
	if (argc > 1)
		return done();
	for (i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		against_libc(zones[i]);
	shown();
	damage();
	rules();
	names();
	return done();
}
