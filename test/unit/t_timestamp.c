/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "kl/timestamp.h"

#include "ok.h"

#define DAY 86400
#define FROM_1990 631152000 /* 1990-01-01T00:00:00Z */

/* A text, and the seconds since 1970; BAD: refused. */
#define BAD INT64_MIN

static const struct {
	const char *text;
	int64_t sec;
	uint32_t ns;
	int32_t offset;
} stamps[] = {
	{ "1970-01-01T00:00:00Z", 0, 0, 0 },
	{ "1970-01-01t00:00:00z", 0, 0, 0 },
	{ "1969-12-31T23:59:59Z", -1, 0, 0 },
	{ "2026-11-23T04:05:06+00:00", 1795406706, 0, 0 },
	{ "2026-11-23T04:05:06-00:00", 1795406706, 0, 0 },
	{ "2026-11-23T05:05:06+01:00", 1795406706, 0, 3600 },
	{ "2026-11-22T20:35:06-07:30", 1795406706, 0, -27000 },
	{ "2026-11-23T04:05:06.5Z", 1795406706, 500000000, 0 },
	{ "2026-11-23T04:05:06.123456789Z", 1795406706, 123456789, 0 },
	{ "0000-01-01T00:00:00Z", -62167219200, 0, 0 },
	{ "9999-12-31T23:59:59Z", 253402300799, 0, 0 },
	{ "2024-02-29T00:00:00Z", 1709164800, 0, 0 },
	{ "2000-02-29T00:00:00Z", 951782400, 0, 0 },
	{ "2024-02-30T00:00:00Z", BAD, 0, 0 },
	{ "2023-02-29T00:00:00Z", BAD, 0, 0 },
	{ "1900-02-29T00:00:00Z", BAD, 0, 0 },
	{ "2026-13-01T00:00:00Z", BAD, 0, 0 },
	{ "2026-00-01T00:00:00Z", BAD, 0, 0 },
	{ "2026-01-00T00:00:00Z", BAD, 0, 0 },
	{ "2026-11-23T24:00:00Z", BAD, 0, 0 },
	{ "2026-11-23T23:60:00Z", BAD, 0, 0 },
	{ "2016-12-31T23:59:60Z", BAD, 0, 0 },
	{ "2026-11-23", BAD, 0, 0 },
	{ "2026-11-23T04:05", BAD, 0, 0 },
	{ "2026-11-23T04:05Z", BAD, 0, 0 },
	{ "2026-11-23T04:05:06", BAD, 0, 0 },
	{ "2026-11-23 04:05:06Z", BAD, 0, 0 },
	{ "2026-11-23T04:05:06.Z", BAD, 0, 0 },
	{ "2026-11-23T04:05:06,5Z", BAD, 0, 0 },
	{ "2026-11-23T04:05:06.1234567890Z", BAD, 0, 0 },
	{ "2026-11-23T04:05:06+0100", BAD, 0, 0 },
	{ "2026-11-23T04:05:06+01", BAD, 0, 0 },
	{ "2026-11-23T04:05:06+24:00", BAD, 0, 0 },
	{ "2026-11-23T04:05:06+01:60", BAD, 0, 0 },
	{ "2026-11-23T04:05:06 01:00", BAD, 0, 0 },
	{ "2026-11-23T04:05:06ZZ", BAD, 0, 0 },
	{ "2026-11-23T04:05:06Z ", BAD, 0, 0 },
	{ " 2026-11-23T04:05:06Z", BAD, 0, 0 },
	{ "2026-1-23T04:05:06Z", BAD, 0, 0 },
	{ "2026/11/23T04:05:06Z", BAD, 0, 0 },
	{ "+026-11-23T04:05:06Z", BAD, 0, 0 },
	{ "26-11-23T04:05:06Z", BAD, 0, 0 },
	{ "", BAD, 0, 0 },
};

/* A format, a text, and the RFC 3339 of it (NULL: refused). */
static const struct {
	const char *format, *text, *want;
} scans[] = {
	{ "%Y-%m-%d", "2024-02-29", "2024-02-29T00:00:00+00:00" },
	{ "%Y-%m-%d", "2024-2-9", "2024-02-09T00:00:00+00:00" },
	{ "%Y-%m-%d", "2024-02-30", NULL },
	{ "%Y-%m-%d", "24-02-01", NULL },
	{ "%Y-%m-%d", "2024-02-01 ", NULL },
	{ "%Y-%m-%d", "2024-02-01T00:00:00Z", NULL },
	{ "%Y-%m-%d", "", NULL },
	{ "%Y%m%d", "20240201", "2024-02-01T00:00:00+00:00" },
	{ "%Y%m%d", "2024201", NULL },
	{ "%Y%m%d", "2024115", NULL },
	{ "%d.%m.%Y", "1.2.2024", "2024-02-01T00:00:00+00:00" },
	{ "%d.%m.%y", "1.2.68", "2068-02-01T00:00:00+00:00" },
	{ "%d.%m.%y", "1.2.69", "1969-02-01T00:00:00+00:00" },
	{ "%d.%m.%y", "1.2.2024", NULL },
	{ "%D", "02/29/24", "2024-02-29T00:00:00+00:00" },
	{ "%F %T", "2024-02-01 03:04:05", "2024-02-01T03:04:05+00:00" },
	{ "%F %T", "2024-02-01   3:4:5", "2024-02-01T03:04:05+00:00" },
	{ "%F %T", "2024-02-01", NULL },
	{ "%F %T", "2024-02-01 24:00:00", NULL },
	{ "%F %T.%f", "2024-02-01 03:04:05.25",
	    "2024-02-01T03:04:05.25+00:00" },
	{ "%Y%m%d%H%M%S%f", "20240201030405120",
	    "2024-02-01T03:04:05.12+00:00" },
	{ "%FT%T%z", "2024-02-01T03:04:05+0530", "2024-02-01T03:04:05+05:30" },
	{ "%FT%T%z", "2024-02-01T03:04:05-08", "2024-02-01T03:04:05-08:00" },
	{ "%FT%T%z", "2024-02-01T03:04:05Z", "2024-02-01T03:04:05+00:00" },
	{ "%FT%T%z", "2024-02-01T03:04:05", NULL },
	{ "%F %T %Z", "2024-02-01 03:04:05 GMT", "2024-02-01T03:04:05+00:00" },
	{ "%F %T %Z", "2024-02-01 03:04:05 CET", NULL },
	{ "%m/%d/%Y %I:%M %p", "02/01/2024 12:30 am",
	    "2024-02-01T00:30:00+00:00" },
	{ "%m/%d/%Y %I:%M %p", "02/01/2024 12:30 PM",
	    "2024-02-01T12:30:00+00:00" },
	{ "%m/%d/%Y %I:%M %p", "02/01/2024 1:30 p.m.",
	    "2024-02-01T13:30:00+00:00" },
	{ "%m/%d/%Y %I:%M %p", "02/01/2024 13:30 PM", NULL },
	{ "%m/%d/%Y %I:%M %p", "02/01/2024 00:30 AM", NULL },
	{ "%d %b %Y", "1 feb 2024", "2024-02-01T00:00:00+00:00" },
	{ "%d %b %Y", "1 February 2024", "2024-02-01T00:00:00+00:00" },
	{ "%d %B %Y", "1 Sept 2024", "2024-09-01T00:00:00+00:00" },
	{ "%d %b %Y", "1 May 2024", "2024-05-01T00:00:00+00:00" },
	{ "%d %b %Y", "1 Febr 2024", "2024-02-01T00:00:00+00:00" },
	{ "%d %b %Y", "1 Februar 2024", NULL },
	{ "%d %b %Y", "1 Fe 2024", NULL },
	{ "%d %b %Y", "1 M\xC3\xA4rz 2024", NULL },
	{ "%a, %d %b %Y %T %z", "Thu, 01 Feb 2024 03:04:05 +0100",
	    "2024-02-01T03:04:05+01:00" },
	{ "%a, %d %b %Y", "Fri, 01 Feb 2024", NULL },
	{ "%A %d %b %Y", "Wednesday 31 Dec 1969", "1969-12-31T00:00:00+00:00" },
	{ "%Y/%j", "2024/366", "2024-12-31T00:00:00+00:00" },
	{ "%Y/%j", "2023/366", NULL },
	{ "%Y/%j", "2023/0", NULL },
	{ "%e %m %Y", " 5 02 2024", "2024-02-05T00:00:00+00:00" },
	{ "%d%%%m%%%Y", "1%2%2024", "2024-02-01T00:00:00+00:00" },
	{ "%Y-%m-%d %Y", "2024-02-01 2024", "2024-02-01T00:00:00+00:00" },
	{ "%Y-%m-%d %Y", "2024-02-01 2023", NULL },
	{ "rfc3339", "2024-02-01T03:04:05Z", "2024-02-01T03:04:05+00:00" },
	{ "rfc3339", "2024-02-01", NULL },
	{ "epoch", "0", "1970-01-01T00:00:00+00:00" },
	{ "epoch", "1706756645", "2024-02-01T03:04:05+00:00" },
	{ "epoch", "1706756645.25", "2024-02-01T03:04:05.25+00:00" },
	{ "epoch", "-1", "1969-12-31T23:59:59+00:00" },
	{ "epoch", "-0.25", "1969-12-31T23:59:59.75+00:00" },
	{ "epoch", "253402300799", "9999-12-31T23:59:59+00:00" },
	{ "epoch", "253402300800", NULL },
	{ "epoch", "1706756645000", NULL },
	{ "epoch", "1.7e9", NULL },
	{ "epoch", "99999999999999999999", NULL },
	{ "epoch", "-", NULL },
	{ "epoch", "1706756645.", NULL },
	{ "epoch", "", NULL },
	{ "epoch_ms", "1706756645250", "2024-02-01T03:04:05.25+00:00" },
	{ "epoch_ms", "-250", "1969-12-31T23:59:59.75+00:00" },
	{ "epoch_ms", "1706756645250.5", NULL },
};

/* Formats that are refused before any date is seen. */
static const char *const bad_formats[] = {
	"", "%", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%Y-%m-%d %I:%M",
	"%Y-%m-%d %H:%M %p", "%Y-%m-%d %H %I %p", "%Y-%m-%d %M",
	"%Y-%m-%d %H %S", "%Y-%m-%d.%f", "%Y-%m-%d %q", "%Y-%m-%d %",
	"YYYY-MM-DD", "Epoch",
	"%Y-%m-%d 34567890123456789012345678901234567890123456789012345678901"
};

/* A format and an offset, an RFC 3339 time, and how it is written. */
static const struct {
	const char *format, *time, *want;
	int32_t offset;
} prints[] = {
	{ "%Y-%m-%d", "2024-02-29T23:30:00Z", "2024-02-29", 0 },
	{ "%Y-%m-%d", "2024-02-29T23:30:00Z", "2024-03-01", 3600 },
	{ "%Y-%m-%d", "2024-03-01T00:30:00+01:00", "2024-02-29", 0 },
	{ "%d.%m.%y %H:%M", "2024-02-09T03:04:05Z", "09.02.24 03:04", 0 },
	{ "%m/%d/%Y %I:%M %p", "2024-02-09T00:04:05Z", "02/09/2024 12:04 AM",
	    0 },
	{ "%m/%d/%Y %I:%M %p", "2024-02-09T12:04:05Z", "02/09/2024 12:04 PM",
	    0 },
	{ "%a, %d %b %Y %T %z", "2024-02-01T03:04:05+01:00",
	    "Thu, 01 Feb 2024 03:04:05 +01:00", 0 },
	{ "%A %e %B %Y", "2024-02-01T03:04:05Z", "Thursday  1 February 2024",
	    0 },
	{ "%F %T.%f %Z", "2024-02-01T03:04:05.25+01:00",
	    "2024-02-01 02:04:05.250000 UTC", 0 },
	{ "%Y/%j 100%%", "2024-12-31T00:00:00Z", "2024/366 100%", 0 },
	{ "rfc3339", "2024-02-01T03:04:05.25+01:00",
	    "2024-02-01T03:04:05.25+01:00", 0 },
	{ "epoch", "2024-02-01T03:04:05+00:00", "1706756645", 0 },
	{ "epoch", "2024-02-01T03:04:05.25Z", "1706756645.250000000", 0 },
	{ "epoch", "1969-12-31T23:59:59.75Z", "-0.250000000", 0 },
	{ "epoch_ms", "2024-02-01T03:04:05.25Z", "1706756645250", 0 },
	{ "epoch_ms", "1969-12-31T23:59:59.75Z", "-250", 0 },
	{ "%d.%m.%y", "2069-01-01T00:00:00Z", NULL, 0 },
	{ "%d.%m.%y", "1968-12-31T00:00:00Z", NULL, 0 },
	{ "%F", "9999-12-31T23:59:59Z", NULL, 3600 },
	{ "%F", "0000-01-01T00:00:00Z", NULL, -3600 },
};

/* Formats in which every day is read back. */
static const char *const every[] = { "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y",
	"%Y%m%d", "%Y %j", "%A, %e %B %Y", "%a %d-%b-%y", "epoch", "epoch_ms",
	"%F %T%z", "rfc3339" };

static void
strict(void)
{
	struct kl_stamp t;
	struct kl_err err;
	size_t i;
	enum kl_rc rc;

	for (i = 0; i < sizeof(stamps) / sizeof(*stamps); i++) {
		memset(&t, 0x55, sizeof(t));
		memset(&err, 0, sizeof(err));
		rc = kl_stamp_parse(stamps[i].text, strlen(stamps[i].text), &t,
		    &err);
		if (stamps[i].sec == BAD)
			ok(rc == KL_EDATA && err.msg[0] != '\0' &&
				strcmp(err.code, "time_invalid") == 0,
			    stamps[i].text[0] ? stamps[i].text : "nothing");
		else
			ok(rc == KL_OK && t.sec == stamps[i].sec &&
				t.ns == stamps[i].ns &&
				t.offset == stamps[i].offset,
			    stamps[i].text);
	}
}

static void
by_format(void)
{
	struct kl_stamp_format f;
	struct kl_stamp t;
	struct kl_buf b = { 0 };
	struct kl_err err;
	char name[120];
	size_t i;
	enum kl_rc rc;

	for (i = 0; i < sizeof(scans) / sizeof(*scans); i++) {
		memset(&err, 0, sizeof(err));
		(void)snprintf(name, sizeof(name), "%s as %s", scans[i].text,
		    scans[i].format);
		if (!ok(kl_stamp_format(KL_SPAN(scans[i].format), &f, &err) ==
			    KL_OK,
			scans[i].format))
			continue;
		rc = kl_stamp_scan(&f, scans[i].text, strlen(scans[i].text), 0,
		    &t, &err);
		kl_buf_reset(&b);
		if (rc == KL_OK)
			kl_stamp_put(&b, &t);
		if (scans[i].want == NULL)
			ok(rc == KL_EDATA && err.code[0] != '\0', name);
		else
			is(rc == KL_OK ? kl_buf_str(&b) : err.msg,
			    scans[i].want, name);
	}
	for (i = 0; i < sizeof(bad_formats) / sizeof(*bad_formats); i++)
		ok(kl_stamp_format(KL_SPAN(bad_formats[i]), &f, &err) ==
			KL_ECONFIG,
		    bad_formats[i][0] ? bad_formats[i] : "no format");
	kl_buf_free(&b);
}

static void
written(void)
{
	struct kl_stamp_format f;
	struct kl_stamp t;
	struct kl_buf b = { 0 };
	struct kl_err err;
	size_t i;
	enum kl_rc rc;

	for (i = 0; i < sizeof(prints) / sizeof(*prints); i++) {
		kl_buf_reset(&b);
		(void)kl_stamp_format(KL_SPAN(prints[i].format), &f, NULL);
		(void)kl_stamp_parse(prints[i].time, strlen(prints[i].time), &t,
		    NULL);
		rc = kl_stamp_print(&b, &f, &t, prints[i].offset, &err);
		if (prints[i].want == NULL)
			ok(rc == KL_EDATA, prints[i].format);
		else
			is(rc == KL_OK ? kl_buf_str(&b) : err.msg,
			    prints[i].want, prints[i].format);
	}
	kl_buf_free(&b);
}

static void
zones(void)
{
	int32_t z = 1;

	ok(kl_stamp_zone("UTC", 3, &z) && z == 0, "UTC");
	ok(kl_stamp_zone("Z", 1, &z) && z == 0, "Z");
	ok(kl_stamp_zone("+05:30", 6, &z) && z == 19800, "+05:30");
	ok(kl_stamp_zone("-0800", 5, &z) && z == -28800, "-0800");
	ok(kl_stamp_zone("+01", 3, &z) && z == 3600, "+01");
	ok(!kl_stamp_zone("Europe/Berlin", 13, &z), "Europe/Berlin");
	ok(!kl_stamp_zone("01:00", 5, &z), "01:00");
	ok(!kl_stamp_zone("+1", 2, &z), "+1");
	ok(!kl_stamp_zone("", 0, &z), "no zone");
}

/* The calendar once more, in the plainest way. */
static int
month_days(int y, int m)
{
	if (m == 2)
		return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 29 : 28;
	return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

/* Every text of the form 1990-01-00 to 2040-13-32. */
static void
every_day(void)
{
	struct kl_stamp t;
	char text[64];
	int64_t sec = FROM_1990;
	int y, m, d, bad = 0, days = 0;
	bool real, got;

	for (y = 1990; y <= 2040; y++)
		for (m = 0; m <= 13; m++)
			for (d = 0; d <= 32; d++) {
				(void)snprintf(text, sizeof(text),
				    "%04d-%02d-%02dT12:34:56Z", y, m, d);
				real = m >= 1 && m <= 12 && d >= 1 &&
				    d <= month_days(y, m);
				got =
				    kl_stamp_parse(text, 20, &t, NULL) == KL_OK;
				if (got != real ||
				    (got && t.sec != sec + 45296)) {
					printf("# %s\n", text);
					bad++;
				}
				if (real) {
					sec += DAY;
					days++;
				}
			}
	ok(days == 18628, "1990 to 2040 have 18,628 days");
	ok(bad == 0, "each is read, and no other");
}

/* Every day written and read back in a format. */
static void
there_and_back(const char *format)
{
	struct kl_stamp t = { 0 }, back;
	struct kl_stamp_format f;
	struct kl_buf b = { 0 };
	int i, bad = 0;

	(void)kl_stamp_format(KL_SPAN(format), &f, NULL);
	for (i = 0; i < 18628; i++) {
		t.sec = FROM_1990 + (int64_t)i * DAY;
		kl_buf_reset(&b);
		if (kl_stamp_print(&b, &f, &t, 0, NULL) != KL_OK ||
		    kl_stamp_scan(&f, b.s, b.n, 0, &back, NULL) != KL_OK ||
		    back.sec != t.sec || back.ns != 0 || back.offset != 0)
			bad++;
	}
	ok(bad == 0, format);
	kl_buf_free(&b);
}

int
main(void)
{
	size_t i;

	strict();
	by_format();
	written();
	zones();
	every_day();
	for (i = 0; i < sizeof(every) / sizeof(*every); i++)
		there_and_back(every[i]);
	return done();
}
