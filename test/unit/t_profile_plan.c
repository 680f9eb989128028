/* SPDX-License-Identifier: MIT */

/*
 * t_profile_plan.c - what is found about a profile does not depend on the
 * records before it.
 *
 * Records of a stream are checked in two ways: alone, name by name; and as
 * they come, by what the scanner and the check have learned.  Any member may
 * be missing, strange, or of a wrong type.
 */

#include <stdlib.h>

#include "kl/event.h"

#include "ok.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	const char *name, *value;
	bool place; /* of the location, which begins and ends with such */
} member[] = {
	{ "email", "\"a@shop.example\"", false },
	{ "phone_number", "\"+4915112345678\"", false },
	{ "external_id", "\"7\"", false },
	{ "id", "\"01H\"", false },
	{ "first_name", "\"A\"", false },
	{ "title", "\"x\"", false },
	{ "locale", "\"en-US\"", false },
	{ "city", "\"x\"", true },
	{ "zip", "\"7\"", true },
	{ "latitude", "52.5", true },
	{ "longitude", "\"13.4\"", true },
	{ "properties", "{\"a\":1,\"b\":{\"city\":7}}", false },
	{ "meta", "{\"patch_properties\":{\"unset\":\"a\"}}", false },
	{ "consent", "{\"sms\":{\"status\":\"x\"}}", false },
	{ "created", "\"x\"", false },
	{ "subscriptions", "{\"email\":{\"a\":1}}", false },
};

/* What may stand for a value. */
static const char *const values[] = { "null", "\"\"", "\"x\"", "7", "true",
	"[]", "{}", "[\"x\"]", "[{\"city\":\"x\"}]", "{\"city\":7}",
	"{\"zip\":null}", "{\"sms\":7}", "{\"town\":\"x\"}", "\"\\u0061\"",
	"\"\\u0061@shop.example\"", "\"mira.novak@shop.example\"",
	"\"\\u002b4915112345678\"", "\"+491511234567\"", "\"en-1S\"",
	"\"en\\u002dUS\"" };

static struct kl_json alone, next;
static struct kl_event by;
static size_t planned, shaped, good;

/* What stands behind the first brace: where it is a blank, members have no
 * numbers, but records have a shape. */
static const char *blank = "";

/* The address is the last member, and wrong. */
static bool wrong;

/* What differs from the whole record. */
struct change {
	size_t without; /* that member is missing; COUNT(member): none */
	size_t other;	/* that one has another value */
	const char *value;
	size_t strange;	  /* a member of no profile stands before that one */
	bool event;	  /* it is the profile of one */
	const char *only; /* not NULL: just this member, with the value, beside
			   * an identifier */
};

/* A record: its bytes, in room for more. */
static size_t
make(char *s, size_t size, const struct change *c)
{
	bool in = false, comma = false;
	size_t i, n;

	if (c->only != NULL)
		return (size_t)snprintf(s, size, "{\"_kx\":\"k\",\"%s\":%s}",
		    c->only, c->value);
	n = (size_t)snprintf(s, size, "{%s%s", blank,
	    c->event ? "\"metric\":\"m\",\"profile\":{" : "");
	for (i = 0; i <= COUNT(member); i++) {
		if (i < COUNT(member) && member[i].place && !in) {
			n += (size_t)snprintf(s + n, size - n,
			    "%s\"location\":{", comma ? "," : "");
			comma = false;
			in = true;
		} else if (in && !member[i].place) {
			n += (size_t)snprintf(s + n, size - n, "}");
			comma = true;
			in = false;
		}
		if (i == c->strange) {
			n += (size_t)snprintf(s + n, size - n, "%s\"shoe\":1",
			    comma ? "," : "");
			comma = true;
		}
		if (i == c->without || i == COUNT(member) || (wrong && i == 0))
			continue;
		n += (size_t)snprintf(s + n, size - n, "%s\"%s\":%s",
		    comma ? "," : "", member[i].name,
		    i == c->other ? c->value : member[i].value);
		comma = true;
	}
	return n +
	    (size_t)snprintf(s + n, size - n, "%s%s",
		wrong ? ",\"email\":\"a..b@shop.example\"" : "",
		c->event ? "}}" : "}");
}

static enum kl_rc
check(struct kl_event *e, bool event, const struct kl_json *doc,
    struct kl_err *err)
{
	return event ? kl_event_check(e, doc, err)
		     : kl_profile_check(&e->profile, doc, err);
}

/* True if the same is found of the record both ways; and say what is not. */
static bool
is_same(const struct change *c)
{
	struct kl_event e = { .profile = { .unknown = by.profile.unknown,
				  .match_id = by.profile.match_id } };
	struct kl_err one = { 0 }, two = { 0 };
	char s[2048] = "";
	size_t n = make(s, sizeof(s) - KL_JSON_SPARE, c);
	enum kl_rc rc, rc2;
	bool same;

	if (kl_json_scan(&alone, s, n, &one) != KL_OK ||
	    kl_json_scan_next(&next, s, n, KL_JSON_SPARE, &two) != KL_OK) {
		printf("# %s: %s\n", s, one.msg);
		return false;
	}
	rc = check(&e, c->event, &alone, &one);
	rc2 = check(&by, c->event, &next, &two);
	planned += next.layout != 0;
	shaped += next.layout == 0 && next.shape != 0;
	good += rc == KL_OK;
	same = rc == rc2 && strcmp(one.msg, two.msg) == 0 &&
	    strcmp(one.code, two.code) == 0 &&
	    strcmp(one.field, two.field) == 0 &&
	    strcmp(one.hint, two.hint) == 0 &&
	    e.profile.email == by.profile.email;
	if (!same)
		printf("# %s\n# alone: %s\n# next: %s\n", s, one.msg, two.msg);
	kl_event_free(&e);
	return same;
}

/* What stood for a value is no measure for what stands there next: each value
 * of a member behind each other one, by a scanner that knows just these. */
static bool
in_turn(const char *name)
{
	const struct change *c;
	bool same = true;
	size_t i, k, r;

	for (i = 0; i < COUNT(values); i++)
		for (k = 0; k < COUNT(values); k++) {
			kl_json_free(&next);
			for (r = 0; r < 6; r++) {
				c = &(struct change){ .only = name,
					.value = values[r % 4 < 3 ? i : k] };
				same &= is_same(c);
			}
		}
	return same;
}

#define NONE COUNT(member)
#define NOWHERE SIZE_MAX

/* The record without member i; with each other value for it; with a strange
 * member before it.  Between them comes the whole record, or not. */
static bool
variants(size_t i, bool event, bool whole)
{
	const struct change full = { NONE, NONE, NULL, NOWHERE, event, NULL };
	struct change c = full;
	bool same = true;
	size_t k;

	for (c.without = i, k = 0; k < 3; k++)
		same &= is_same(&c) && (!whole || is_same(&full));
	for (c = full, c.other = i, k = 0; k < COUNT(values); k++) {
		c.value = values[k];
		same &=
		    is_same(&c) && is_same(&c) && (!whole || is_same(&full));
		c.without = (i + k) % NONE;
		same &= is_same(&c);
		c.without = NONE;
	}
	for (c = full, c.strange = i, k = 0; k < 3; k++)
		same &= is_same(&c) && (!whole || is_same(&full));
	return same;
}

static bool
all_variants(bool event)
{
	const struct change full = { NONE, NONE, NULL, NOWHERE, event, NULL };
	bool same = true;
	size_t i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i <= NONE; i++)
			same &= is_same(&full) && variants(i, event, k == 0);
	return same;
}

int
main(void)
{
	static const enum kl_unknown unknown[] = { KL_UNKNOWN_REFUSE,
		KL_UNKNOWN_DROP, KL_UNKNOWN_KEEP };
	bool profiles = true, events = true, turns = true, names = true;
	bool wrongs = true, leaves;
	size_t i;

	by.test_domains = true;
	for (i = 0; i < 6; i++) {
		by.profile.unknown = unknown[i % 3];
		by.profile.match_id = i >= 3;
		profiles &= all_variants(false);
		events &= all_variants(true);
		turns &= variants(i, i % 2 == 0, true) &&
		    variants(i, i % 2 != 0, true);
		wrong = true;
		wrongs &= all_variants(false) && all_variants(true);
		wrong = false;
	}
	kl_json_free(&next); /* so that no layout is in the way */
	for (blank = " ", i = 0; i < 6; i++) {
		by.profile.unknown = unknown[i % 3];
		by.profile.match_id = i >= 3;
		names &= all_variants(i % 2 == 0);
	}
	blank = "";
	leaves = in_turn("location") && in_turn("shoe");
	for (i = 0; i < COUNT(member); i++)
		leaves &= member[i].place || in_turn(member[i].name);
	ok(leaves, "one value behind the other: the same is found");
	ok(profiles, "profiles: the same is found as of each alone");
	ok(events, "profiles of events: the same is found");
	ok(turns, "the two in turn: the same is found");
	ok(wrongs, "with an address that is wrong: the same is wrong");
	ok(names,
	    "names alone tell of the records of a shape: the same is found");
	ok(shaped > 200, "some have a shape and no numbers");
	ok(planned > 2000, "most records have members with numbers");
	ok(good > 1000, "and many are good");
	printf("# %zu with numbers, %zu with a shape alone, %zu good\n",
	    planned, shaped, good);
	kl_event_free(&by);
	kl_json_free(&alone);
	kl_json_free(&next);
	return done();
}
