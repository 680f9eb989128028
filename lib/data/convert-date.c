/* SPDX-License-Identifier: MIT */
/*
 * convert-date.c - points in time of text, and text of them again.
 *
 * Clocks of a place show some times twice and some never.  Of two the first is
 * taken.  A time that never was is refused like the 30th of February, but where
 * only the day is told it is the first moment of that day, be it at one.
 */

#include <stdlib.h>
#include <string.h>

#include "step.h"

/* The zone is an offset, or a place. */
static enum kl_rc
set_zone(struct step *s, struct kl_span zone, struct kl_err *err)
{
	struct kl_err why = { 0 };
	enum kl_rc rc;

	if (kl_stamp_zone(zone.s, zone.n, &s->offset))
		return KL_OK;
	if ((rc = kl_zone_open(&s->zone, zone, NULL, &why)) == KL_OK)
		return rc;
	(void)kl_err_set(err, rc, "convert function date: %s", why.msg);
	kl_err_code(err, why.code);
	kl_err_hint(err, "%s", why.hint);
	return rc;
}

/* True if the format has no hours, and so no time of day. */
static bool
is_day(const struct kl_stamp_format *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->step[i].part == 'H' || f->step[i].part == 'I')
			return false;
	return true;
}

/* FORMAT or FORMAT@ZONE; the last @ is what parts them.  Without either, what
 * can be told without. */
enum kl_rc
step_date_setup(struct step *s, struct kl_converter *c, struct kl_err *err)
{
	struct kl_span text = s->arg[0], zone = { NULL, 0 };
	size_t i;
	enum kl_rc rc;

	(void)c;
	if ((s->format = calloc(1, sizeof(*s->format))) == NULL)
		return kl_err_nomem(err);
	if (s->args == 0) {
		s->format->kind = KL_STAMP_PLAIN;
		return KL_OK;
	}
	for (i = text.n; i-- > 0;)
		if (text.s[i] == '@') {
			zone =
			    (struct kl_span){ text.s + i + 1, text.n - i - 1 };
			text.n = i;
			break;
		}
	if ((zone.s != NULL && (rc = set_zone(s, zone, err)) != KL_OK) ||
	    (rc = kl_stamp_format(text, s->format, err)) != KL_OK)
		return rc;
	if (zone.s != NULL && s->format->zoned) {
		(void)kl_err_set(err, KL_ECONFIG,
		    "convert function date: a "
		    "zone is named, but the format gives one already");
		kl_err_hint(err, "leave out the zone after @");
		return KL_ECONFIG;
	}
	s->day = is_day(s->format);
	s->utc = zone.s == NULL && !s->format->zoned;
	return KL_OK;
}

/* *t holds what the clocks of the place show, as if it were UTC.  RFC 3339 has
 * whole minutes: of mean solar time, before 1900 or so, the seconds go. */
static enum kl_rc
place(const struct step *s, struct kl_stamp *t, struct kl_err *err)
{
	int64_t local = t->sec;
	enum kl_zone_shown shown = kl_zone_local(s->zone, local, &t->offset);

	if (shown == KL_ZONE_NEVER && !s->day) {
		(void)kl_err_set(err, KL_EDATA,
		    "no such time there: clocks were set forward over it");
		kl_err_code(err, "date_invalid");
		kl_err_hint(err,
		    "correct the time, or the zone in the convert function; an "
		    "offset such as +01:00 knows no summer time");
		return KL_EDATA;
	}
	if (shown == KL_ZONE_NEVER) {
		t->sec = local - t->offset; /* when they were set */
		t->offset = kl_zone_at(s->zone, t->sec) / 60 * 60;
		return KL_OK;
	}
	t->offset = t->offset / 60 * 60;
	t->sec = local - t->offset;
	return KL_OK;
}

enum kl_rc
step_date(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_stamp t;
	struct kl_buf *b;
	enum kl_rc rc;

	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	if ((rc = kl_stamp_scan(s->format, v->s.s, v->s.n, s->offset, &t,
		 err)) != KL_OK ||
	    (s->zone != NULL && (rc = place(s, &t, err)) != KL_OK))
		return rc;
	b = step_buf(c);
	kl_stamp_put(b, &t);
	return step_took(v, b, KL_CLEAN, err);
}

enum kl_rc
step_date_back(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_stamp t;
	struct kl_buf *b;
	enum kl_rc rc;

	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	if ((rc = kl_stamp_parse(v->s.s, v->s.n, &t, err)) != KL_OK)
		return rc;
	b = step_buf(c);
	rc = kl_stamp_print(b, s->format, &t,
	    s->zone != NULL ? kl_zone_at(s->zone, t.sec) / 60 * 60 : s->offset,
	    err);
	return rc != KL_OK ? rc : step_took(v, b, KL_TEXT, err);
}
