/* SPDX-License-Identifier: MIT */
/* events-read.c - what may stand in a request that brings events. */

#include <stdio.h>
#include <strings.h>

#include "check.h"
#include "events-read.h"

#define NAME_MAX_CHARS 127U
#define UNIQUE_MAX_CHARS 255U
#define PROPERTIES_MAX 400U
#define ITEMS_MAX 4000U
#define DEPTH_MAX 10U
#define STRING_MAX 100000U
#define EVENT_PROFILE_MAX 95000U

/* --- the tables ------------------------------------------------------------
 */

static const struct member metric_attributes[] = {
	{ "name", IS(STRING), true, NULL, EV_METRIC, NULL },
	{ "service", TEXT, false, NULL, EV_SERVICE, NULL },
	{ 0 },
};
static const struct member metric_data[] = {
	{ "type", IS(STRING), true, NULL, -1, "metric" },
	{ "attributes", IS(OBJECT), true, metric_attributes, -1, NULL },
	{ 0 },
};
static const struct member metric[] = {
	{ "data", IS(OBJECT), true, metric_data, -1, NULL },
	{ 0 },
};
static const struct member profile[] = {
	{ "data", IS(OBJECT), true, NULL, EV_PROFILE, NULL },
	{ 0 },
};
/* The profile is of an event alone; in bulk it is the group's. */
static const struct member event_attributes[] = {
	{ "properties", IS(OBJECT), true, NULL, EV_PROPERTIES, NULL },
	{ "time", TEXT, false, NULL, EV_TIME, NULL },
	{ "value", IS(NUMBER) | IS(NULL), false, NULL, EV_VALUE, NULL },
	{ "value_currency", TEXT, false, NULL, EV_CURRENCY, NULL },
	{ "unique_id", TEXT, false, NULL, EV_UNIQUE, NULL },
	{ "backfill", FLAG, false, NULL, -1, NULL },
	{ "metric", IS(OBJECT), true, metric, -1, NULL },
	{ "profile", IS(OBJECT), false, profile, -1, NULL },
	{ 0 },
};
static const struct member event[] = {
	{ "type", IS(STRING), true, NULL, -1, "event" },
	{ "attributes", IS(OBJECT), true, event_attributes, EV_ATTRIBUTES,
	    NULL },
	{ 0 },
};

static const struct member group_profile[] = {
	{ "data", IS(OBJECT), true, NULL, GROUP_PROFILE, NULL },
	{ 0 },
};
static const struct member group_events[] = {
	{ "data", IS(ARRAY), true, NULL, GROUP_EVENTS, NULL },
	{ 0 },
};
static const struct member group_attributes[] = {
	{ "backfill", FLAG, false, NULL, -1, NULL },
	{ "profile", IS(OBJECT), true, group_profile, -1, NULL },
	{ "events", IS(OBJECT), true, group_events, -1, NULL },
	{ 0 },
};
static const struct member group[] = {
	{ "type", IS(STRING), true, NULL, -1, "event-bulk-create" },
	{ "attributes", IS(OBJECT), true, group_attributes, -1, NULL },
	{ 0 },
};
static const struct member groups_data[] = {
	{ "data", IS(ARRAY), true, NULL, 0, NULL },
	{ 0 },
};
static const struct member groups_attributes[] = {
	{ "events-bulk-create", IS(OBJECT), true, groups_data, -1, NULL },
	{ 0 },
};
static const struct member groups[] = {
	{ "type", IS(STRING), true, NULL, -1, "event-bulk-create-job" },
	{ "attributes", IS(OBJECT), true, groups_attributes, -1, NULL },
	{ 0 },
};

/* --- values ----------------------------------------------------------------
 */

/* Characters of a string node; SIZE_MAX if it is no UTF-8, which cannot be. */
static size_t
chars(const struct kl_json *doc, uint32_t node)
{
	struct kl_buf tmp = { 0 };
	struct kl_span s = kl_json_text(doc, node, &tmp);
	size_t i, n = 0;

	for (i = 0; i < s.n; i++)
		n += ((unsigned char)s.s[i] & 0xC0) != 0x80;
	kl_buf_free(&tmp);
	return n;
}

/* ISO 4217, the codes in use. */
static bool
currency(struct kl_span s)
{
	static const char codes[] =
	    "AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBHDBIFBMDBNDBOBBRLBSDBTN"
	    "BWPBYNBZDCADCDFCHFCLPCNYCOPCRCCUPCVECZKDJFDKKDOPDZDEGPERNETBEURFJD"
	    "FKPGBPGELGHSGIPGMDGNFGTQGYDHKDHNLHTGHUFIDRILSINRIQDIRRISKJMDJODJPY"
	    "KESKGSKHRKMFKPWKRWKWDKYDKZTLAKLBPLKRLRDLSLLYDMADMDLMGAMKDMMKMNTMOP"
	    "MRUMURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDOMRPABPENPGKPHPPKRPLNPYGQAR"
	    "RONRSDRUBRWFSARSBDSCRSDGSEKSGDSHPSLESOSSRDSSPSTNSVCSYPSZLTHBTJSTMT"
	    "TNDTOPTRYTTDTWDTZSUAHUGXUSDUYUUZSVEDVESVNDVUVWSTXAFXCDXOFXPFYERZAR"
	    "ZMWZWG";
	size_t i;

	if (s.n != 3)
		return false;
	for (i = 0; i + 3 < sizeof(codes); i += 3)
		if (memcmp(codes + i, s.s, 3) == 0)
			return true;
	return false;
}

/* From 2000, or 1990 as the schema has it, to a year from now. */
static bool
time_good(const struct box *box, uint32_t node, uint64_t now, const char *at,
    struct problem *p)
{
	struct kl_buf tmp = { 0 };
	int64_t t, first = box->readings.since_1990 ? 631152000 : 946684800;
	bool good;

	if (node == 0)
		return true;
	good = check_time(kl_json_text(&box->doc, node, &tmp), &t);
	kl_buf_free(&tmp);
	if (!good)
		return problem_set(p, BAD_INPUT, at,
		    "Invalid input for 'time': expected a datetime.");
	if (t < first * 1000000 ||
	    t > (int64_t)now + INT64_C(31622400) * 1000000)
		return problem_set(p, BAD_INPUT, at,
		    "'time' must be after the year %s and at most one year "
		    "ahead.",
		    box->readings.since_1990 ? "1990" : "2000");
	return true;
}

uint32_t
event_time(const struct box *box, const uint32_t *found, uint64_t now)
{
	struct kl_buf tmp = { 0 };
	int64_t t = (int64_t)now;

	if (found[EV_TIME] != 0)
		(void)check_time(kl_json_text(&box->doc, found[EV_TIME], &tmp),
		    &t);
	kl_buf_free(&tmp);
	return (uint32_t)(t / 1000000);
}

static const char *
pointer(char *to, size_t size, const char *up, const char *name)
{
	(void)snprintf(to, size, "%s%s", up, name);
	return to;
}

/* What no table says; pointers begin at the document, or at the event. */
static bool
values_good(struct box *box, const uint32_t *found, uint64_t now, bool document,
    struct problem *p)
{
	const struct kl_json *doc = &box->doc;
	size_t n = chars(doc, found[EV_METRIC]);
	const char *up = document ? "/data" : "";
	char where[80];

#define AT(name) pointer(where, sizeof(where), up, name)
	if (n == 0 || n > NAME_MAX_CHARS)
		return problem_set(p, BAD_INPUT,
		    AT("/attributes/metric/data/attributes/name"),
		    "Invalid input for 'name': expected 1 to %u characters.",
		    NAME_MAX_CHARS);
	if (!time_good(box, found[EV_TIME], now, AT("/attributes/time"), p))
		return false;
	if (found[EV_CURRENCY] != 0 &&
	    !currency(body_id(doc, found[EV_CURRENCY])))
		return problem_set(p, BAD_INPUT,
		    AT("/attributes/value_currency"),
		    "Invalid input for 'value_currency': expected an ISO 4217 "
		    "code.");
	if (found[EV_UNIQUE] == 0)
		return true;
	n = chars(doc, found[EV_UNIQUE]);
	if (n == 0 || n > UNIQUE_MAX_CHARS)
		return problem_set(p, BAD_INPUT, AT("/attributes/unique_id"),
		    "Invalid input for 'unique_id': expected 1 to %u "
		    "characters.",
		    UNIQUE_MAX_CHARS);
#undef AT
	return true;
}

/* --- limits ----------------------------------------------------------------
 */

static bool
integer_fits(struct kl_span n)
{
	bool minus = n.s[0] == '-';
	uint64_t v;

	if (memchr(n.s, '.', n.n) != NULL || memchr(n.s, 'e', n.n) != NULL ||
	    memchr(n.s, 'E', n.n) != NULL)
		return true;
	return kl_parse_u64(n.s + minus, n.n - minus, &v) &&
	    v <= (uint64_t)INT64_MAX + minus;
}

/* Everything below a node that holds something, which is depth deep. */
static const char *
over(const struct kl_json *doc, uint32_t node, unsigned depth)
{
	bool object = kl_json_type(doc, node) == KL_JSON_OBJECT;
	const char *what = NULL;
	uint32_t i;

	if (depth > DEPTH_MAX)
		return "more than 10 levels deep";
	if (!object && doc->node[node].count > ITEMS_MAX)
		return "a list of more than 4000 items";
	for (i = node + 1; what == NULL && i < doc->node[node].next;
	     i = doc->node[i].next) {
		if (object)
			i++; /* past the name */
		switch (kl_json_type(doc, i)) {
		case KL_JSON_STRING:
			if (doc->node[i].n - 2 > STRING_MAX)
				what = "a string of more than 100 KB";
			break;
		case KL_JSON_NUMBER:
			if (!integer_fits(kl_json_raw(doc, i)))
				what = "an integer of more than 64 bits";
			break;
		case KL_JSON_ARRAY:
		case KL_JSON_OBJECT:
			what = over(doc, i, depth + 1);
			break;
		default:
			break;
		}
	}
	return what;
}

bool
event_fits(const struct box *box, const uint32_t *found, struct problem *p)
{
	static const char where[] = "/attributes/properties";
	const struct kl_json *doc = &box->doc;
	const char *what;

	if (doc->node[found[EV_PROPERTIES]].count > PROPERTIES_MAX)
		return problem_set(p, BAD_INPUT, where,
		    "An event has at most %u properties.", PROPERTIES_MAX);
	if ((what = over(doc, found[EV_PROPERTIES], 1)) != NULL)
		return problem_set(p, BAD_INPUT, where,
		    "The properties of an event cannot hold: %s.", what);
	return true;
}

bool
event_profile_fits(const struct box *box, uint32_t node, struct problem *p)
{
	return box->doc.node[node].n <= EVENT_PROFILE_MAX ||
	    problem_set(p, BAD_INPUT, "/attributes/profile/data",
		"The profile of an event is limited to 95 KB.");
}

/* --- reading ---------------------------------------------------------------
 */

bool
event_read_one(struct box *box, uint32_t data, uint64_t now, uint32_t *found,
    struct problem *p)
{
	memset(found, 0, EV_NODES * sizeof(*found));
	if (!body_read(&box->doc, data, event, "event", "/data", found, p))
		return false;
	if (found[EV_PROFILE] == 0)
		return problem_set(p, BAD_INPUT, "/data/attributes/profile",
		    "'profile' is a required field.");
	return values_good(box, found, now, true, p);
}

uint32_t
events_read_groups(struct box *box, uint32_t data, struct problem *p)
{
	uint32_t found = 0;

	return body_read(&box->doc, data, groups, "event-bulk-create-job",
		   "/data", &found, p)
	    ? found
	    : 0;
}

bool
events_read_group(struct box *box, uint32_t node, uint32_t *found,
    struct problem *p)
{
	memset(found, 0, GROUP_NODES * sizeof(*found));
	return body_read(&box->doc, node, group, "event-bulk-create", "", found,
	    p);
}

bool
event_read(struct box *box, uint32_t node, uint64_t now, uint32_t *found,
    struct problem *p)
{
	memset(found, 0, EV_NODES * sizeof(*found));
	if (!body_read(&box->doc, node, event, "event", "", found, p))
		return false;
	if (found[EV_PROFILE] != 0)
		return problem_field(p, "/attributes", KL_SPAN("profile"),
		    "event");
	return values_good(box, found, now, false, p);
}

/* --- composing -------------------------------------------------------------
 */

/* True for a property that is one of the event's own in answers. */
static bool
reserved(const struct kl_json *doc, uint32_t name, const uint32_t *found)
{
	return kl_json_is(doc, name, "$event_id") ||
	    (found[EV_VALUE] != 0 && kl_json_is(doc, name, "$value")) ||
	    (found[EV_CURRENCY] != 0 &&
		kl_json_is(doc, name, "$value_currency"));
}

void
event_compose(const struct box *box, const uint32_t *found,
    const struct metric *m, struct kl_span unique, struct kl_buf *b)
{
	const struct kl_json *doc = &box->doc;
	struct kl_span all = kl_json_raw(doc, found[EV_PROPERTIES]);

	kl_buf_reset(b);
	if (memchr(all.s, '$', all.n) == NULL)
		kl_buf_put(b, all.s, all.n - 1);
	else {
		kl_buf_putc(b, '{');
		kl_json_each_member (n, doc, found[EV_PROPERTIES]) {
			if (reserved(doc, n, found))
				continue;
			kl_json_put_comma(b);
			kl_buf_span(b, kl_json_raw(doc, n));
			kl_buf_putc(b, ':');
			kl_buf_span(b, kl_json_raw(doc, n + 1));
		}
	}
	if (doc->node[found[EV_PROPERTIES]].count > 0 && b->n > 1)
		kl_buf_putc(b, ',');
	kl_buf_puts(b, "\"$event_id\":");
	kl_buf_span(b, unique);
	if (found[EV_VALUE] != 0)
		kl_json_put_raw(b, "$value", kl_json_raw(doc, found[EV_VALUE]));
	else if (m->valued)
		kl_buf_puts(b, ",\"$value\":0");
	if (found[EV_CURRENCY] != 0)
		kl_json_put_raw(b, "$value_currency",
		    kl_json_raw(doc, found[EV_CURRENCY]));
	kl_buf_putc(b, '}');
}

bool
test_address(struct kl_span json)
{
	static const char *const domains[] = { "example.com", "example.net",
		"example.org", "test.com" };
	const char *at = json.n < 3 ? NULL : memchr(json.s, '@', json.n);
	size_t i, n;

	if (at == NULL)
		return false;
	n = (size_t)(json.s + json.n - 1 - at) - 1;
	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (n == strlen(domains[i]) &&
		    strncasecmp(at + 1, domains[i], n) == 0)
			return true;
	return false;
}
