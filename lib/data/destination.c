/* SPDX-License-Identifier: MIT */
/*
 * destination.c - where in a profile or an event a value goes.
 */

#include <string.h>

#include "destination.h"
#include "kl/event.h"
#include "kl/near.h"
#include "kl/profile.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define MEANT_MAX 32 /* bytes of a name that is compared with ours */

static bool
has_prefix(struct kl_span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.s, prefix, n) == 0;
}

/* Split at every dot.  False if there are too many, one being left for
 * "profile", or one names nothing. */
static bool
split(struct kl_span text, struct destination *d)
{
	const char *dot;
	size_t n;

	d->n = 0;
	for (;;) {
		dot = memchr(text.s, '.', text.n);
		n = dot == NULL ? text.n : (size_t)(dot - text.s);
		if (n == 0 || d->n == PARTS - 1)
			return false;
		d->part[d->n++] = (struct kl_span){ text.s, n };
		if (dot == NULL)
			return true;
		text.s += n + 1;
		text.n -= n + 1;
	}
}

static enum kl_rc
wrong(struct kl_err *err, struct kl_span text, const char *what)
{
	(void)kl_err_set(err, KL_ECONFIG, "destination_field \"%.*s\": %s",
	    (int)(text.n < 80 ? text.n : 80), text.s, what);
	kl_err_code(err, "destination_invalid");
	return KL_ECONFIG;
}

static enum kl_rc
location(struct kl_span text, struct destination *d, struct kl_err *err)
{
	static const char prefix[] = "location.";
	struct kl_span name = { text.s + sizeof(prefix) - 1,
		text.n - (sizeof(prefix) - 1) };
	const char *near;

	if (kl_location_member(name) == NULL) {
		(void)wrong(err, text, "a location has no such member");
		if ((near = kl_near(kl_profile_names(), text.s, text.n)) !=
		    NULL)
			kl_err_hint(err, "did you mean \"%s\"?", near);
		else
			kl_err_hint(err,
			    "address1, address2, city, region, "
			    "zip, country, timezone, ip, "
			    "latitude, longitude");
		return KL_ECONFIG;
	}
	d->part[0] = KL_SPAN("location");
	d->part[1] = name;
	d->n = 2;
	d->rank = RANK_LOCATION;
	return KL_OK;
}

/* A custom property: all of name is its name. */
static enum kl_rc
property(struct kl_span name, struct destination *d)
{
	d->part[0] = KL_SPAN("properties");
	d->part[1] = name;
	d->n = 2;
	d->rank = RANK_PROPERTIES;
	return KL_OK;
}

/* The ranks of members that are objects, when they are mapped whole. */
static enum rank
rank_of(struct kl_span name)
{
	static const char *const names[] = { "", "location", "properties",
		"meta", "consent" };
	size_t i;

	for (i = RANK_LOCATION; i <= RANK_CONSENT; i++)
		if (kl_span_is(name, names[i]))
			return (enum rank)i;
	return RANK_TOP;
}

enum kl_rc
destination_of(struct kl_span text, struct destination *d, struct kl_err *err)
{
	static const char properties[] = "properties.";
	const struct kl_member *member;
	size_t n = sizeof(properties) - 1;

	memset(d, 0, sizeof(*d));
	if (text.n == 0)
		return wrong(err, text, "is empty");
	if (kl_span_is(text, properties))
		return wrong(err, text, "is no such path");
	if (has_prefix(text, properties))
		return property((struct kl_span){ text.s + n, text.n - n }, d);
	if (has_prefix(text, "location."))
		return location(text, d, err);
	if (has_prefix(text, "consent.") || has_prefix(text, "meta.")) {
		d->rank = text.s[0] == 'c' ? RANK_CONSENT : RANK_META;
		return split(text, d) ? KL_OK
				      : wrong(err, text, "is no such path");
	}
	member = kl_profile_member(text);
	if (member == NULL) {
		d->custom = true;
		return property(text, d);
	}
	if (member->role == KL_MEMBER_READ) {
		(void)wrong(err, text, "only the service writes it");
		kl_err_hint(err, "properties.%.*s makes a custom property",
		    (int)member->n, member->name);
		return KL_ECONFIG;
	}
	d->part[0] = text;
	d->n = 1;
	d->rank = rank_of(text);
	d->identifies = member->identifies || member->role == KL_MEMBER_ID;
	return KL_OK;
}

/* What the service takes at the top of an event, and what makes it of the text
 * that tables hold. */
static const char *const finishes[] = {
	[KL_EVENT_METRIC] = "text",
	[KL_EVENT_TIME] = "date",
	[KL_EVENT_VALUE] = "number",
	[KL_EVENT_UNIQUE_ID] = "text",
	[KL_EVENT_FLAG] = "bool",
};

/* A member of the event's profile. */
static enum kl_rc
within_profile(struct kl_span name, struct destination *d, struct kl_err *err)
{
	enum kl_rc rc = destination_of(name, d, err);
	size_t i;

	if (rc != KL_OK)
		return rc;
	if (d->rank == RANK_CONSENT) {
		(void)wrong(err, name, "an event asks for no consent");
		kl_err_hint(err, "map it into profiles, for kl-push subscribe");
		return KL_ECONFIG;
	}
	for (i = d->n++; i > 0; i--)
		d->part[i] = d->part[i - 1];
	d->part[0] = KL_SPAN("profile");
	return KL_OK;
}

enum kl_rc
destination_of_event(struct kl_span text, struct destination *d,
    struct kl_err *err)
{
	static const char profile[] = "profile.", properties[] = "properties.";
	const struct kl_event_member *member = kl_event_member(text);
	size_t n;

	memset(d, 0, sizeof(*d));
	if (text.n == 0)
		return wrong(err, text, "is empty");
	if (member != NULL) {
		d->part[0] = text;
		d->n = 1;
		d->identifies = member->form == KL_EVENT_PROFILE;
		if (member->form < COUNT(finishes))
			d->finish = finishes[member->form];
		return KL_OK;
	}
	n = sizeof(profile) - 1;
	if (has_prefix(text, profile))
		return within_profile(
		    (struct kl_span){ text.s + n, text.n - n }, d, err);
	n = sizeof(properties) - 1;
	if (text.n == n && has_prefix(text, properties))
		return wrong(err, text, "is no such path");
	if (has_prefix(text, properties))
		return property((struct kl_span){ text.s + n, text.n - n }, d);
	d->custom = true;
	return property(text, d);
}

bool
destination_clash(const struct destination *a, const struct destination *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (!kl_span_eq(a->part[i], b->part[i]))
			return false;
	return true;
}

/* ASCII letters made small, blanks and dashes underscores: what people vary
 * without thinking. */
static size_t
plain(struct kl_span s, char out[MEANT_MAX])
{
	size_t i;

	for (i = 0; i < s.n; i++)
		out[i] = s.s[i] == ' ' || s.s[i] == '-' ? '_'
		    : s.s[i] >= 'A' && s.s[i] <= 'Z'	? (char)(s.s[i] | 0x20)
							: s.s[i];
	return s.n;
}

/* The one of the names, whose last part counts, that property is near to. */
static const char *
meant(struct kl_span property, const char *const *name)
{
	const char *dot;
	char s[MEANT_MAX];
	unsigned max;
	size_t n;

	if (property.n > MEANT_MAX)
		return NULL;
	n = plain(property, s);
	for (; *name != NULL; name++) {
		dot = strchr(*name, '.');
		dot = dot == NULL ? *name : dot + 1;
		/* Three letters are near too much to mean something. */
		max = strlen(dot) > 3 ? 1 : 0;
		if (kl_edits(s, n, dot, strlen(dot), max) <= max)
			return *name;
	}
	return NULL;
}

const char *
destination_meant(struct kl_span property)
{
	return meant(property, kl_profile_names());
}

/* Others of a profile's names, a title or an image, are as likely properties
 * of what was bought. */
const char *
destination_meant_of_event(struct kl_span property)
{
	static const char *const people[] = { "profile.email",
		"profile.phone_number", "profile.external_id",
		"profile.first_name", "profile.last_name", NULL };
	const char *name = meant(property, kl_event_names());

	return name != NULL ? name : meant(property, people);
}
