/* SPDX-License-Identifier: MIT */
/*
 * gen-profile.c - profiles: such as are sent, and such as the service gives.
 */

#include <inttypes.h>

#include "gen.h"

/* Objects are told apart by where their name stands. */
static const char in_location[] = "location", in_habits[] = "properties",
		  in_consent[] = "subscriptions",
		  in_analytics[] = "predictive_analytics";

static void
good_address(struct record *r, uint64_t i, uint32_t who)
{
	uint32_t at = pick(COUNT(domain));

	cell(r, NULL, "email", PLAIN,
	    made(r, "%s.%" PRIu64 "@%s", first_ascii[who], i, domain[at]))
	    ->keep = true;
}

/* One address in 50 is none, each in a way that any check must find. */
static void
address(struct record *r, uint64_t i, uint32_t who)
{
	static const struct {
		const char *dot, *at;
	} bad[] = { { ".", ".example.com" }, { " ", "@example.com" },
		{ "..", "@example.com" }, { ".", "@" }, { ".", "@x..com" } };
	uint32_t way = pick(50 * COUNT(bad)), at = pick(COUNT(domain));
	const char *s;

	if (way < COUNT(bad))
		s = made(r, "%s%s%" PRIu64 "%s", first_ascii[who], bad[way].dot,
		    i, bad[way].at);
	else
		s = made(r, "%s.%" PRIu64 "@%s", first_ascii[who], i,
		    domain[at]);
	cell(r, NULL, "email", PLAIN, s)->keep = true;
}

static void
where(struct record *r, const struct place *p)
{
	uint32_t house = 1 + pick(9999);

	cell(r, in_location, "address1", TEXT,
	    made(r, "%u %s", house, street[pick(COUNT(street))]));
	cell(r, in_location, "city", TEXT, p->city);
	cell(r, in_location, "region", TEXT, p->region);
	cell(r, in_location, "country", TEXT, p->country);
	cell(r, in_location, "zip", PLAIN, made(r, "%05u", pick(100000)));
}

static void
habits(struct record *r)
{
	cell(r, in_habits, "Plan", TEXT, plan[pick(COUNT(plan))]);
	cell(r, in_habits, "SignedUp", PLAIN, some_date(r, 2015, 11));
	cell(r, in_habits, "Orders", NUMBER, made(r, "%u", pick(40)));
	cell(r, in_habits, "Store", NUMBER, made(r, "%u", 100 + pick(900)));
	cell(r, in_habits, "OptIn", NUMBER, pick(2) == 0 ? "true" : "false");
}

static void
names(struct record *r, uint64_t i, uint32_t who, const struct place *p,
    bool calls)
{
	uint32_t last = pick(COUNT(last_name)), phone = pick(100);

	if (calls)
		cell(r, NULL, "phone_number", PLAIN,
		    made(r, "%s%02u", p->e164, phone));
	cell(r, NULL, "external_id", PLAIN, made(r, "C%08" PRIu64, i))->keep =
	    true;
	cell(r, NULL, "first_name", TEXT, first_name[who]);
	cell(r, NULL, "last_name", TEXT, last_name[last]);
	cell(r, NULL, "organization", TEXT, "Example Holdings, Inc.");
	cell(r, NULL, "locale", PLAIN, p->language);
}

void
make_person(struct record *r, uint64_t i)
{
	uint32_t who = pick(COUNT(first_name));
	const struct place *p = &place[pick(COUNT(place))];

	address(r, i, who);
	names(r, i, who, p, true);
	where(r, p);
	habits(r);
}

/* The reserved telephone numbers are few, and people who share one are one. */
void
make_buyer(struct record *r, uint64_t i)
{
	uint32_t who = pick(COUNT(first_name));
	const struct place *p = &place[pick(COUNT(place))];

	good_address(r, i, who);
	names(r, i, who, p, false);
	where(r, p);
	habits(r);
}

/* What may be sent to them: by the service's own names. */
static void
subscriptions(struct record *r)
{
	static const char *const status[] = { "SUBSCRIBED", "UNSUBSCRIBED",
		"NEVER_SUBSCRIBED" };
	uint32_t email = pick(COUNT(status)), sms = pick(COUNT(status));

	cell(r, in_consent, "email", OBJECT,
	    made(r,
		"{\"marketing\":{\"can_receive_email_marketing\":%s,"
		"\"consent\":\"%s\",\"consent_timestamp\":\"2025-0%u-11T08:00:"
		"00+00:00\","
		"\"method\":\"PREFERENCE_PAGE\",\"double_optin\":false,"
		"\"suppression\":[],\"list_suppressions\":[]}}",
		email == 0 ? "true" : "false", status[email], 1 + pick(9)));
	cell(r, in_consent, "sms", OBJECT,
	    made(r,
		"{\"marketing\":{\"can_receive_sms_marketing\":%s,\"consent\":"
		"\"%s\",\"method\":null}}",
		sms == 0 ? "true" : "false", status[sms]));
}

static void
predictions(struct record *r)
{
	uint32_t spent = pick(900000), orders = 1 + pick(40);

	cell(r, in_analytics, "historic_clv", NUMBER,
	    made(r, "%u.%02u", spent / 100, spent % 100));
	cell(r, in_analytics, "historic_number_of_orders", NUMBER,
	    made(r, "%u", orders));
	cell(r, in_analytics, "average_order_value", NUMBER,
	    made(r, "%u.5", spent / 100 / orders));
	cell(r, in_analytics, "churn_probability", NUMBER,
	    made(r, "0.%04u", pick(10000)));
	cell(r, in_analytics, "expected_date_of_next_order", PLAIN,
	    some_time(r, 2026, 2));
}

void
make_profile(struct record *r, uint64_t i)
{
	uint32_t who = pick(COUNT(first_name)), tail = pick(1000000000);
	const struct place *p = &place[pick(COUNT(place))];

	cell(r, NULL, "id", PLAIN, made(r, "01H%08" PRIu64 "%015u", i, tail))
	    ->keep = true;
	address(r, i, who);
	names(r, i, who, p, true);
	cell(r, NULL, "title", TEXT, "Regional Manager");
	cell(r, NULL, "image", PLAIN,
	    made(r, "https://img.example.com/p/%" PRIu64 ".png", i));
	cell(r, NULL, "created", PLAIN, some_time(r, 2015, 11));
	cell(r, NULL, "updated", PLAIN, some_time(r, 2026, 1));
	cell(r, NULL, "last_event_date", PLAIN, some_time(r, 2026, 1));
	where(r, p);
	cell(r, in_location, "latitude", NUMBER,
	    made(r, "%d.%04u", p->latitude, pick(10000)));
	cell(r, in_location, "longitude", NUMBER,
	    made(r, "%d.%04u", p->longitude, pick(10000)));
	cell(r, in_location, "timezone", PLAIN, p->zone);
	habits(r);
	cell(r, in_habits, "Favourite", TEXT, "Crème brûlée, to go");
	cell(r, in_habits, "Tags", OBJECT,
	    made(r, "[\"vip\",\"newsletter\",\"%s\"]",
		plan[pick(COUNT(plan))]));
	subscriptions(r);
	predictions(r);
}
