/* SPDX-License-Identifier: MIT */
#ifndef ZONE_H
#define ZONE_H

#include <stdbool.h>

#include "kl/zone.h"

/*
 * zone.h - what the files of time zones share: zone.c answers, tzif.c reads
 * the file, tz-rule.c the rule at its end.
 */

#define ZONE_TYPES 256 /* a byte tells them apart */

/* A day of the year on which clocks are set, and when. */
struct tz_day {
	enum tz_day_kind {
		TZ_JULIAN,  /* J1 to J365, without 29 February */
		TZ_OF_YEAR, /* 0 to 365 */
		TZ_WEEKDAY  /* M3.5.0: the last Sunday of March */
	} kind;
	int month, week, day;
	int32_t time; /* seconds after midnight; may lie days off */
};

/* What holds after the last transition of the file. */
struct tz_rule {
	int32_t standard, summer; /* seconds ahead of UTC */
	bool has_summer;
	struct tz_day start, end; /* of summer time */
};

struct kl_zone {
	uint32_t times; /* transitions, ascending */
	int64_t *at;	/* when; owned */
	uint8_t *type;	/* what begins then; owned */
	uint32_t types;
	int32_t offset[ZONE_TYPES];
	bool has_rule;
	struct tz_rule rule;
	int32_t distinct[ZONE_TYPES + 2]; /* offsets there are, each once */
	uint32_t distincts;
};

/* Read the rule s, n bytes, as POSIX writes TZ.  False if it is none. */
bool tz_rule_read(struct tz_rule *rule, const char *s, size_t n);

/* The offset that the rule gives. */
int32_t tz_rule_at(const struct tz_rule *rule, int64_t utc);

#endif /* ZONE_H */
