/* SPDX-License-Identifier: MIT */

/*
 * record.c - a record made of names and values.
 *
 * The members of each object grow in a buffer of their own, so that they may
 * come in any order; they are put into each other at the end.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kl/record.h"
#include "kl/time.h"

/* The objects: those of the record, then those of its profile. */
enum part {
	TOP,
	LOCATION,
	PROPERTIES,
	PROFILE,
	PARTS = 2 * PROFILE
};

/* Room for any double in 17 digits. */
#define NUMBER_TEXT 40

/* Remember the first failure: what is wrong with the member called name. */
static void
fail(struct kl_record *r, const char *name, enum kl_rc rc, const char *code,
    const char *what)
{
	if (r->err.rc != KL_OK)
		return;
	(void)kl_err_set(&r->err, rc, "%.100s %s", name, what);
	kl_err_code(&r->err, code);
	kl_err_field(&r->err, name, strlen(name));
}

static bool
drop_prefix(const char **s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncmp(*s, prefix, n) != 0)
		return false;
	*s += n;
	return true;
}

/* Which object a name is in; *name becomes what it is called there. */
static unsigned
part_of(const char **name)
{
	unsigned part = drop_prefix(name, "profile.") ? PROFILE : TOP;

	if (drop_prefix(name, "location."))
		return part + LOCATION;
	if (drop_prefix(name, "properties."))
		return part + PROPERTIES;
	return part;
}

/* Append the name; the value is to follow.  NULL if there is none to. */
static struct kl_buf *
begin(struct kl_record *r, const char *name)
{
	const char *own = name;
	struct kl_buf *b = &r->part[part_of(&own)];

	if (r->err.rc != KL_OK)
		return NULL;
	if (own[0] == '\0' || !kl_utf8_valid(own, strlen(own))) {
		fail(r, own[0] == '\0' ? name : "a member", KL_EDATA,
		    "name_invalid",
		    own[0] == '\0' ? "names no member"
				   : "has a name that is not UTF-8");
		return NULL;
	}
	b->max = KL_RECORD_MAX;
	if (b->n > 0)
		kl_buf_putc(b, ',');
	kl_json_put_text(b, own, strlen(own));
	kl_buf_putc(b, ':');
	return b;
}

void
kl_record_span(struct kl_record *r, const char *name, struct kl_span s)
{
	struct kl_buf *b;

	if (s.s == NULL)
		return;
	if (!kl_utf8_valid(s.s, s.n))
		fail(r, name, KL_EDATA, "not_utf8", "is not UTF-8");
	else if ((b = begin(r, name)) != NULL)
		kl_json_put_text(b, s.s, s.n);
}

void
kl_record_text(struct kl_record *r, const char *name, const char *s)
{
	if (s != NULL)
		kl_record_span(r, name, KL_SPAN(s));
}

void
kl_record_int(struct kl_record *r, const char *name, int64_t v)
{
	struct kl_buf *b = begin(r, name);

	if (b != NULL)
		kl_buf_printf(b, "%lld", (long long)v);
}

/* The fewest digits that are read as the same number. */
static int
digits_of(double v, char text[NUMBER_TEXT])
{
	int digits, n = 0;

	for (digits = 15; digits <= 17; digits++) {
		n = snprintf(text, NUMBER_TEXT, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	return n;
}

/* Append a number; the program's locale may write its point as something
 * else, of several bytes even. */
static void
put_number(struct kl_buf *b, const char *s)
{
	size_t n;

	while (*s != '\0') {
		n = strspn(s, "0123456789+-e");
		kl_buf_put(b, s, n);
		s += n;
		n = strcspn(s, "0123456789+-e");
		if (n > 0)
			kl_buf_putc(b, '.');
		s += n;
	}
}

void
kl_record_number(struct kl_record *r, const char *name, double v)
{
	char text[NUMBER_TEXT];
	struct kl_buf *b;

	if (v - v != 0) /* infinite, or no number */
		fail(r, name, KL_EDATA, "not_finite", "is not a finite number");
	else if (digits_of(v, text) > 0 && (b = begin(r, name)) != NULL)
		put_number(b, text);
}

void
kl_record_bool(struct kl_record *r, const char *name, bool v)
{
	struct kl_buf *b = begin(r, name);

	if (b != NULL)
		kl_buf_puts(b, v ? "true" : "false");
}

void
kl_record_time(struct kl_record *r, const char *name, int64_t seconds)
{
	char text[KL_TIME_TEXT];

	kl_record_text(r, name, kl_time_text(seconds, text));
}

void
kl_record_json(struct kl_record *r, const char *name, const char *json)
{
	struct kl_err why = { 0 };
	struct kl_buf *b;
	enum kl_rc rc;

	if (json == NULL || r->err.rc != KL_OK)
		return;
	rc = kl_json_scan(&r->scan, json, strlen(json), &why);
	if (rc != KL_OK) {
		fail(r, name, rc, why.code, "cannot be read as JSON");
		kl_err_hint(&r->err, "%s", why.msg);
	} else if ((b = begin(r, name)) != NULL)
		kl_buf_span(b, kl_json_raw(&r->scan, 0));
}

bool
kl_record_has(const struct kl_record *r, const char *name)
{
	const struct kl_buf *b = &r->part[part_of(&name)];
	struct kl_json doc = { 0 };
	struct kl_buf text = { 0 };
	bool has = false;

	kl_buf_putc(&text, '{');
	kl_buf_put(&text, b->s, b->n);
	kl_buf_putc(&text, '}');
	if (text.rc == KL_OK &&
	    kl_json_scan(&doc, text.s, text.n, NULL) == KL_OK)
		has = kl_json_get(&doc, 0, name) != 0;
	kl_json_free(&doc);
	kl_buf_free(&text);
	return has;
}

/* Append the members of three parts from first on, the last two as objects;
 * the object is left open. */
static void
put_parts(struct kl_buf *b, const struct kl_buf *first)
{
	static const char *const names[] = { NULL, "location", "properties" };
	size_t i;

	kl_buf_putc(b, '{');
	kl_buf_put(b, first[TOP].s, first[TOP].n);
	for (i = LOCATION; i <= PROPERTIES; i++) {
		if (first[i].n == 0)
			continue;
		kl_json_put_name(b, names[i]);
		kl_buf_putc(b, '{');
		kl_buf_put(b, first[i].s, first[i].n);
		kl_buf_putc(b, '}');
	}
}

enum kl_rc
kl_record_line(struct kl_record *r, struct kl_span *line, struct kl_err *err)
{
	const struct kl_buf *in = r->part + PROFILE;
	struct kl_buf *b = &r->line;
	enum kl_rc rc;
	size_t i;

	if (r->err.rc != KL_OK) {
		if (err != NULL)
			*err = r->err;
		return r->err.rc;
	}
	for (i = 0; i < PARTS; i++)
		if ((rc = kl_buf_check(&r->part[i], err)) != KL_OK)
			return rc;
	kl_buf_reset(b);
	b->max = KL_RECORD_MAX + 1; /* the NUL */
	put_parts(b, r->part);
	if (in[TOP].n > 0 || in[LOCATION].n > 0 || in[PROPERTIES].n > 0) {
		kl_json_put_name(b, "profile");
		put_parts(b, in);
		kl_buf_putc(b, '}');
	}
	kl_buf_putc(b, '}');
	(void)kl_buf_str(b);
	*line = (struct kl_span){ b->s, b->n };
	return kl_buf_check(b, err);
}

void
kl_record_reset(struct kl_record *r)
{
	size_t i;

	for (i = 0; i < PARTS; i++)
		kl_buf_reset(&r->part[i]);
	kl_buf_reset(&r->line);
	kl_err_clear(&r->err);
}

void
kl_record_free(struct kl_record *r)
{
	size_t i;

	for (i = 0; i < PARTS; i++)
		kl_buf_free(&r->part[i]);
	kl_buf_free(&r->line);
	kl_json_free(&r->scan);
	*r = (struct kl_record){ 0 };
}
