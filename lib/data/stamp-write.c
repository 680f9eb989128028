/* SPDX-License-Identifier: MIT */
/* stamp-write.c - times by a format, written. */

#include <string.h>

#include "kl/time.h"
#include "stamp-parts.h"

/* The date and time of day on its own clock. */
struct clock {
	int64_t year, days;
	unsigned v[PARTS];
	uint32_t ns;
	int32_t offset;
};

static void
set_clock(struct clock *c, const struct kl_stamp *t, int32_t offset)
{
	int64_t local = t->sec + offset, s;

	s = (local % DAY + DAY) % DAY;
	c->days = (local - s) / DAY;
	kl_civil_from_days(c->days, &c->year, &c->v[MONTH],
	    &c->v[DAY_OF_MONTH]);
	c->v[YEAR] = (unsigned)c->year;
	c->v[YY] = (unsigned)(c->year % 100);
	c->v[DAY_OF_YEAR] =
	    (unsigned)(c->days - kl_days_from_civil(c->year, 1, 1) + 1);
	c->v[HOUR] = (unsigned)(s / 3600);
	c->v[HOUR12] = (c->v[HOUR] + 11) % 12 + 1;
	c->v[MINUTE] = (unsigned)(s / 60 % 60);
	c->v[SECOND] = (unsigned)(s % 60);
	c->ns = t->ns;
	c->offset = offset;
}

static void
put_part(struct kl_buf *b, const struct clock *c, char letter)
{
	const struct stamp_number *x = stamp_number(letter);
	const char *name;

	if (x != NULL && letter == 'e') {
		kl_buf_printf(b, "%2u", c->v[x->part]);
		return;
	}
	if (x != NULL) {
		kl_buf_printf(b, "%0*u", (int)x->width, c->v[x->part]);
		return;
	}
	switch (letter) {
	case 'b':
	case 'B':
		name = stamp_months[c->v[MONTH] - 1];
		kl_buf_put(b, name, letter == 'b' ? 3 : strlen(name));
		break;
	case 'a':
	case 'A':
		name = stamp_weekdays[(c->days % 7 + 11) % 7];
		kl_buf_put(b, name, letter == 'a' ? 3 : strlen(name));
		break;
	case 'p':
		kl_buf_puts(b, c->v[HOUR] < 12 ? "AM" : "PM");
		break;
	case 'f':
		kl_buf_printf(b, "%06u", (unsigned)(c->ns / 1000));
		break;
	case 'z':
		stamp_put_offset(b, c->offset);
		break;
	default:
		kl_buf_puts(b, "UTC");
	}
}

static void
put_epoch(struct kl_buf *b, const struct kl_stamp *t, bool ms)
{
	if (ms)
		kl_buf_printf(b, "%lld",
		    (long long)(t->sec * 1000 + t->ns / 1000000));
	else if (t->ns == 0)
		kl_buf_printf(b, "%lld", (long long)t->sec);
	else if (t->sec >= 0)
		kl_buf_printf(b, "%lld.%09u", (long long)t->sec,
		    (unsigned)t->ns);
	else
		kl_buf_printf(b, "-%lld.%09u", (long long)(-t->sec - 1),
		    (unsigned)(1000000000 - t->ns));
}

enum kl_rc
kl_stamp_print(struct kl_buf *b, const struct kl_stamp_format *f,
    const struct kl_stamp *t, int32_t offset, struct kl_err *err)
{
	struct clock c;
	size_t i;

	if (f->kind == KL_STAMP_RFC3339 || f->kind == KL_STAMP_PLAIN) {
		kl_stamp_put(b, t);
		return KL_OK;
	}
	if (f->kind != KL_STAMP_TEXT) {
		put_epoch(b, t, f->kind == KL_STAMP_MS);
		return KL_OK;
	}
	/* %Z writes UTC, so the clock must show it. */
	if (stamp_has(f, "Z") && !stamp_has(f, "z"))
		offset = 0;
	else if (f->zoned)
		offset = t->offset;
	set_clock(&c, t, offset);
	if (c.year < 0 || c.year > 9999 ||
	    (stamp_has(f, "y") && !stamp_has(f, "Y") &&
		(c.year < 1900 + YY_PIVOT || c.year >= 2000 + YY_PIVOT)))
		return stamp_bad(err, "the year cannot be written");
	for (i = 0; i < f->n; i++)
		if (f->step[i].part != 0)
			put_part(b, &c, f->step[i].part);
		else
			kl_buf_putc(b, f->step[i].c);
	return KL_OK;
}
