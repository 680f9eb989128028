/* SPDX-License-Identifier: MIT */
#ifndef KL_TIMESTAMP_H
#define KL_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/timestamp.h - points in time, as the service writes them and as other
 * systems do.
 *
 * Nothing is guessed or carried over: 2024-02-30 is refused, not moved to
 * March, text that is left over is refused, and a time without an offset has
 * one only because the caller named it.  No locale and no time zone of the
 * machine has a part in it.
 */

/* A point in time, and how far from UTC its clock stood. */
struct kl_stamp {
	int64_t sec;	/* since 1970-01-01T00:00:00Z */
	uint32_t ns;	/* 0 to 999,999,999 */
	int32_t offset; /* seconds east of UTC; whole minutes, within a day */
};

/*
 * RFC 3339, strictly: "2026-11-23T04:05:06.789+01:00".  The offset is required
 * (Z or +hh:mm), fractions have 1 to 9 digits, years run from 0000 to 9999.
 * The leap second :60 is refused, because the service has no place for it,
 * and so is a blank in place of the T.
 *
 * KL_OK; or KL_EDATA with err->code time_invalid, naming what is wrong.
 */
enum kl_rc kl_stamp_parse(const char *s, size_t n, struct kl_stamp *t,
    struct kl_err *err);

/* Append t as RFC 3339 with its offset: "2026-11-23T04:05:06.789+01:00".
 * The fraction is written with as many digits as it has. */
void kl_stamp_put(struct kl_buf *b, const struct kl_stamp *t);

/* An offset: "UTC", "GMT", "Z", "+hh:mm", "+hhmm" or "+hh".  False if it is
 * none of these. */
bool kl_stamp_zone(const char *s, size_t n, int32_t *offset);

/*
 * Formats.  One of the words
 *
 *	rfc3339		see above
 *	epoch		seconds since 1970, a fraction allowed
 *	epoch_ms	milliseconds since 1970
 *
 * or text in which these stand for parts of the time:
 *
 *	%Y		year, 4 digits
 *	%y		its last 2 digits; 69 to 99 are 1969 to 1999
 *	%m		month, 1 or 2 digits
 *	%b %B %h	its English name, whole or its first three letters
 *	%d %e		day, 1 or 2 digits
 *	%j		day of the year, 1 to 3 digits
 *	%a %A		English name of the weekday; must be the date's
 *	%H		hour, 1 or 2 digits
 *	%I %p		hour from 1 to 12, and AM or PM
 *	%M %S		minute and second, 1 or 2 digits
 *	%f		fraction of the second, 1 to 9 digits; written with 6
 *	%z		offset: Z, +hh:mm, +hhmm or +hh
 *	%Z		UTC, GMT or Z
 *	%F %T %R %D	%Y-%m-%d, %H:%M:%S, %H:%M, %m/%d/%y
 *	%%		a percent sign
 *
 * A blank stands for one or more blanks, every other character for itself.
 * Where two numbers touch (%Y%m%d) each must have all its digits.  Names are
 * compared without regard to case.
 */
enum kl_stamp_kind {
	KL_STAMP_TEXT,
	KL_STAMP_RFC3339,
	KL_STAMP_EPOCH,
	KL_STAMP_MS,
	/*
	 * What needs no format to be told: RFC 3339, 10 digits (seconds since
	 * 1970, a fraction allowed) or 13 (milliseconds) that begin with 1,
	 * which are the years 2001 to 2033.  Other numbers, 20240131 for one,
	 * could be anything and are refused.  Written as RFC 3339.
	 */
	KL_STAMP_PLAIN
};

#define KL_STAMP_STEPS 64 /* parts and other characters of one format */

/* A checked format; a value, to be copied at will. */
struct kl_stamp_format {
	enum kl_stamp_kind kind;
	bool zoned; /* the text itself carries the offset */
	unsigned char n;
	struct {
		char part;  /* the letter after %, or 0 for a character */
		char c;	    /* that character */
		bool tight; /* touches another number */
	} step[KL_STAMP_STEPS];
};

/*
 * Check a format once, before it is used.  A format must give a whole date.
 * KL_OK; or KL_ECONFIG naming what it lacks or what is unknown.
 */
enum kl_rc kl_stamp_format(struct kl_span text, struct kl_stamp_format *f,
    struct kl_err *err);

/*
 * Read s by a checked format; where the format gives no offset it is offset.
 * KL_OK; or KL_EDATA with err->code date_invalid.
 */
enum kl_rc kl_stamp_scan(const struct kl_stamp_format *f, const char *s,
    size_t n, int32_t offset, struct kl_stamp *t, struct kl_err *err);

/*
 * Append t by a checked format, on the clock of offset where the format gives
 * none (and otherwise on its own).  KL_OK; or KL_EDATA for a time that the
 * format cannot write (a year outside 0 to 9999, or of 1969 to 2068 for %y).
 */
enum kl_rc kl_stamp_print(struct kl_buf *b, const struct kl_stamp_format *f,
    const struct kl_stamp *t, int32_t offset, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_TIMESTAMP_H */
