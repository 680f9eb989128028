/* SPDX-License-Identifier: MIT */

/*
 * profile-member.c - one member of a profile against what the service
 * documents.
 *
 * The name has found the row; the row's form finds the check.  Messages name
 * members and limits, never values.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kl/count.h"
#include "kl/email.h"
#include "kl/limits.h"
#include "kl/phone.h"
#include "kl/profile.h"

#include "exam.h"

static enum kl_rc
check_text(const struct exam *x, uint32_t m, struct kl_err *err)
{
	return exam_typed(x, m, T(STRING), "a string", err);
}

static enum kl_rc
check_name(const struct exam *x, uint32_t m, struct kl_err *err)
{
	if (exam_typed(x, m, T(STRING), "a string", err) != KL_OK)
		return KL_EDATA;
	if (exam_text(x, m).n == 0)
		return exam_fail(x, m, err, "identifier_empty",
		    "leave the member out, or set it to null",
		    "is empty, and so identifies nobody");
	return KL_OK;
}

static enum kl_rc
check_email(const struct exam *x, uint32_t m, struct kl_err *err)
{
	if (exam_typed(x, m, T(STRING), "a string", err) != KL_OK)
		return KL_EDATA;
	x->p->email = m + 1;
	return kl_email_check_next(&x->p->domains, exam_text(x, m),
	    x->p->utf8_email, x->obj == 0 ? "email" : KL_WITHIN_EVENT ".email",
	    &x->p->domain, err);
}

static enum kl_rc
check_phone(const struct exam *x, uint32_t m, struct kl_err *err)
{
	const char *hint = "the convert function phone:REGION of kl-map makes "
			   "it of a national number";
	struct kl_span t;
	size_t i;

	if (exam_typed(x, m, T(STRING), "a string", err) != KL_OK)
		return KL_EDATA;
	t = exam_text(x, m);
	if (kl_phone_is_e164(t))
		return KL_OK;
	if (t.n == 0)
		return exam_fail(x, m, err, "phone_invalid",
		    "leave the member out, or set it to null", "is empty");
	if (t.s[0] != '+')
		return exam_fail(x, m, err, "phone_invalid", hint,
		    "does not begin with + and the country code (E.164)");
	for (i = 1; i < t.n && t.s[i] >= '0' && t.s[i] <= '9'; i++)
		;
	if (i < t.n)
		return exam_fail(x, m, err, "phone_invalid", hint,
		    "has something other than a digit after the + (byte %zu)",
		    i + 1);
	if (t.n > 1 && t.s[1] == '0')
		return exam_fail(x, m, err, "phone_invalid", hint,
		    "has 0 after the +; no country code begins so");
	return exam_fail(x, m, err, "phone_invalid", hint,
	    "has %s; a number in E.164 form has %d to %d",
	    KL_COUNT(t.n - 1, "digit", "digits"), KL_E164_MIN, KL_E164_MAX);
}

/* True for a letter; for a letter or digit if digits. */
static inline bool
is_alnum(char c, bool digits)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 ||
	    (digits && (unsigned char)(c - '0') < 10);
}

/* True for the shape of a BCP 47 tag: a language of 2 to 8 letters (or x or
 * i), then subtags of 1 to 8 letters and digits. */
static bool
is_locale(struct kl_span t)
{
	size_t i = 0, from;

	for (;; i++) {
		for (from = i; i < t.n && is_alnum(t.s[i], from > 0); i++)
			;
		if (i == from || i - from > KL_SUBTAG_MAX)
			return false;
		if (from == 0 && i == 1 &&
		    (t.n == 1 || strchr("xXiI", t.s[0]) == NULL))
			return false;
		if (i == t.n)
			return true;
		if (t.s[i] != '-')
			return false;
	}
}

static enum kl_rc
check_locale(const struct exam *x, uint32_t m, struct kl_err *err)
{
	struct kl_span t;

	if (exam_typed(x, m, T(STRING), "a string", err) != KL_OK)
		return KL_EDATA;
	t = exam_text(x, m);
	if (is_locale(t))
		return KL_OK;
	return exam_fail(x, m, err, "locale_invalid",
	    t.n > 0 && memchr(t.s, '_', t.n) != NULL
		? "write a hyphen for the underscore: en-US"
		: "write it as in en-US, or leave the member out",
	    "is not a language tag (BCP 47)");
}

/* True if the text is a decimal number, and *v is it. */
static bool
decimal(struct kl_span t, double *v)
{
	char s[64], *end;

	if (t.n == 0 || t.n >= sizeof(s))
		return false;
	memcpy(s, t.s, t.n);
	s[t.n] = '\0';
	/* What else strtod() would take: nan, inf, hex, blanks in front. */
	if (strspn(s, "0123456789+-.eE") != t.n)
		return false;
	*v = strtod(s, &end);
	return end == s + t.n;
}

/* A coordinate of at most max degrees either way. */
static enum kl_rc
check_degrees(const struct exam *x, uint32_t m, int max, struct kl_err *err)
{
	struct kl_span t;
	double v;

	if (exam_typed(x, m, T(STRING) | T(NUMBER), "a number, a string of one",
		err) != KL_OK)
		return KL_EDATA;
	if (kl_json_type(x->doc, m + 1) == KL_JSON_NUMBER)
		t = kl_json_raw(x->doc, m + 1);
	else
		t = exam_text(x, m);
	if (!decimal(t, &v))
		return exam_fail(x, m, err, "coordinate_invalid",
		    "write degrees as in 40.7128, or leave the member out",
		    "is not a decimal number");
	if (!(v >= -max && v <= max))
		return exam_fail(x, m, err, "coordinate_invalid",
		    "write degrees as in 40.7128, or leave the member out",
		    "is not between -%d and %d degrees", max, max);
	return KL_OK;
}

static enum kl_rc
check_latitude(const struct exam *x, uint32_t m, struct kl_err *err)
{
	return check_degrees(x, m, KL_LATITUDE_MAX, err);
}

static enum kl_rc
check_longitude(const struct exam *x, uint32_t m, struct kl_err *err)
{
	return check_degrees(x, m, KL_LONGITUDE_MAX, err);
}

static enum kl_rc
check_object(const struct exam *x, uint32_t m, struct kl_err *err)
{
	return exam_typed(x, m, T(OBJECT), "an object", err);
}

/* One member of an object whose members are known: the set of types, and
 * for an object what is in it. */
struct shape {
	const char *name;
	unsigned set;
	const char *takes;
	const struct shape *inner; /* NULL: anything */
};

static const struct shape patches[] = {
	{ "append", T(OBJECT), "an object", NULL },
	{ "unappend", T(OBJECT), "an object", NULL },
	{ "unset", T(STRING) | T(ARRAY), "a string, an array of strings",
	    NULL },
	{ 0 },
};
static const struct shape identifiers[] = {
	{ "append", T(OBJECT), "an object", NULL },
	{ "unappend", T(OBJECT), "an object", NULL },
	{ 0 },
};
static const struct shape meta[] = {
	{ "patch_properties", T(OBJECT), "an object", patches },
	{ "patch_identifiers", T(OBJECT), "an object", identifiers },
	{ 0 },
};
static const struct shape channel[] = {
	{ "status", T(STRING), "a string", NULL },
	{ "consented_at", T(STRING), "a string", NULL },
	{ 0 },
};
static const struct shape consent[] = {
	{ "source", T(STRING), "a string", NULL },
	{ "age_gated_date_of_birth", T(STRING), "a string", NULL },
	{ "email", T(OBJECT), "an object", channel },
	{ "sms", T(OBJECT), "an object", channel },
	{ "whatsapp", T(OBJECT), "an object", channel },
	{ "push", T(OBJECT), "an object", channel },
	{ 0 },
};

/* "a, b or c" of the names of a shape. */
static void
shape_names(const struct shape *row, char *to, size_t size)
{
	size_t n = 0;
	int k;

	to[0] = '\0';
	for (; row->name != NULL && n < size; row++) {
		k = snprintf(to + n, size - n, "%s%s",
		    n == 0		      ? ""
			: row[1].name == NULL ? " or "
					      : ", ",
		    row->name);
		n += k > 0 ? (size_t)k : 0;
	}
}

/* If member m is an array: strings, all of them. */
static enum kl_rc
check_strings(const struct exam *x, uint32_t m, struct kl_err *err)
{
	if (kl_json_type(x->doc, m + 1) != KL_JSON_ARRAY)
		return KL_OK;
	kl_json_each (e, x->doc, m + 1)
		if (kl_json_type(x->doc, e) != KL_JSON_STRING)
			return exam_fail(x, m, err, "type_wrong",
			    "list the names of properties, in quotes",
			    "holds something other than strings");
	return KL_OK;
}

/* The members of one object, whose path is x->in, against their shapes. */
static enum kl_rc
check_level(const struct exam *x, uint32_t obj, const struct shape *shapes,
    struct kl_err *err)
{
	const struct shape *row;
	struct kl_span name;
	char takes[128];

	kl_json_each_member (m, x->doc, obj) {
		name = kl_member_text(x->doc, m, &x->p->name);
		for (row = shapes; row->name != NULL; row++)
			if (kl_span_is(name, row->name))
				break;
		if (row->name == NULL) {
			if (x->p->unknown == KL_UNKNOWN_KEEP)
				continue;
			shape_names(shapes, takes, sizeof(takes));
			return exam_fail(x, m, err, "member_unknown",
			    "correct its name, or leave it out",
			    "is unknown; here stands %s", takes);
		}
		if (kl_json_type(x->doc, m + 1) != KL_JSON_NULL &&
		    (exam_typed(x, m, row->set, row->takes, err) != KL_OK ||
			check_strings(x, m, err) != KL_OK))
			return KL_EDATA;
	}
	return KL_OK;
}

/* The path of a member, which fits: names of objects are short.  Made for
 * every record that has some, so not with printf. */
static void
join_path(char path[64], const char *in, const char *name)
{
	size_t n = in == NULL ? 0 : strlen(in), k = strlen(name);

	if (n > 0) {
		memcpy(path, in, n);
		path[n++] = '.';
	}
	memcpy(path + n, name, k + 1);
}

/* The same for the object at member m and the ones in it. */
static enum kl_rc
check_shape(const struct exam *x, uint32_t m, const struct shape *shapes,
    struct kl_err *err)
{
	struct exam level = *x, inner = *x;
	const struct shape *row;
	char top[64], path[64];
	uint32_t at;

	if (check_object(x, m, err) != KL_OK)
		return KL_EDATA;
	join_path(top, x->in, shapes == meta ? "meta" : "consent");
	level.in = top;
	if (check_level(&level, m + 1, shapes, err) != KL_OK)
		return KL_EDATA;
	for (row = shapes; row->name != NULL; row++) {
		at = kl_json_get(x->doc, m + 1, row->name);
		if (row->inner == NULL || at == 0)
			continue;
		join_path(path, level.in, row->name);
		inner.in = path;
		if (kl_json_type(x->doc, at) == KL_JSON_OBJECT &&
		    check_level(&inner, at, row->inner, err) != KL_OK)
			return KL_EDATA;
	}
	return KL_OK;
}

static enum kl_rc
check_meta(const struct exam *x, uint32_t m, struct kl_err *err)
{
	return check_shape(x, m, meta, err);
}

static enum kl_rc
check_consent(const struct exam *x, uint32_t m, struct kl_err *err)
{
	return check_shape(x, m, consent, err);
}

static enum kl_rc check_location(const struct exam *x, uint32_t m,
    struct kl_err *err);

/* By form. */
static enum kl_rc (*const check[])(const struct exam *x, uint32_t m,
    struct kl_err *err) = {
	[KL_FORM_TEXT] = check_text,
	[KL_FORM_NAME] = check_name,
	[KL_FORM_EMAIL] = check_email,
	[KL_FORM_PHONE] = check_phone,
	[KL_FORM_LOCALE] = check_locale,
	[KL_FORM_LATITUDE] = check_latitude,
	[KL_FORM_LONGITUDE] = check_longitude,
	[KL_FORM_OBJECT] = check_object,
	[KL_FORM_LOCATION] = check_location,
	[KL_FORM_META] = check_meta,
	[KL_FORM_CONSENT] = check_consent,
};

enum kl_rc
exam_form(const struct exam *x, uint32_t m, unsigned form, struct kl_err *err)
{
	if (kl_json_type(x->doc, m + 1) == KL_JSON_NULL)
		return KL_OK;
	return check[form](x, m, err);
}

enum kl_rc
exam_member(const struct exam *x, uint32_t m, const struct kl_member *row,
    struct kl_err *err)
{
	if (row == NULL)
		return x->p->unknown != KL_UNKNOWN_REFUSE
		    ? KL_OK
		    : kl_member_unknown(x->p, x->doc, m, x->in, err);
	return exam_form(x, m, row->form, err);
}

static enum kl_rc
check_location(const struct exam *x, uint32_t m, struct kl_err *err)
{
	struct exam in = exam_within(x);
	const struct kl_member *row;
	uint32_t k = 0;

	if (check_object(x, m, err) != KL_OK)
		return KL_EDATA;
	kl_json_each_member (i, x->doc, m + 1) {
		row = exam_row(x, i, k++, x->p->last_place, kl_location_member);
		if (!exam_plain(x, i, row) &&
		    exam_member(&in, i, row, err) != KL_OK)
			return KL_EDATA;
	}
	return KL_OK;
}
