/* SPDX-License-Identifier: MIT */
/* t_endpoints.c - the table makes sense in itself. */

#include <stdbool.h>

#include "kl/endpoints.h"
#include "ok.h"

/* One of the published tiers. */
static bool
is_tier(const struct kl_rate *r)
{
	static const struct kl_rate tiers[] = { { 1, 15, 0 }, { 3, 60, 0 },
		{ 10, 150, 0 }, { 75, 750, 0 }, { 350, 3500, 0 } };
	size_t i;

	for (i = 0; i < 5; i++)
		if (tiers[i].burst == r->burst && tiers[i].steady == r->steady)
			return true;
	return false;
}

static bool
scopes_good(const struct kl_endpoint *e)
{
	const char *colon;
	bool writes = false;
	size_t i;

	for (i = 0; e->scopes[i] != NULL; i++) {
		if (i == 3 || (colon = strchr(e->scopes[i], ':')) == NULL)
			return false;
		if (strcmp(colon, ":write") == 0)
			writes = true;
		else if (strcmp(colon, ":read") != 0)
			return false;
	}
	return i > 0 && writes == (strcmp(e->method, "GET") != 0);
}

static void
test_extras(void)
{
	static const struct {
		enum kl_ep ep;
		const char *query;
		enum kl_extra want;
	} rows[] = {
		{ KL_EP_LIST_PROFILES, "", KL_EXTRA_NONE },
		{ KL_EP_LIST_PROFILES,
		    "page%5Bsize%5D=100&additional-fields%5Bprofile%5D="
		    "subscriptions%2Cpredictive_analytics",
		    KL_EXTRA_PREDICTED },
		{ KL_EP_PROFILES,
		    "additional-fields[profile]=predictive_analytics",
		    KL_EXTRA_PREDICTED },
		{ KL_EP_PROFILES, "additional-fields[profile]=subscriptions",
		    KL_EXTRA_NONE },
		{ KL_EP_PROFILES, "fields[profile]=predictive_analytics",
		    KL_EXTRA_NONE },
		{ KL_EP_LIST, "additional-fields%5Blist%5D=profile_count",
		    KL_EXTRA_COUNT },
		{ KL_EP_SEGMENT,
		    "fields%5Bsegment%5D=name&additional-fields%5Bsegment%5D="
		    "profile_count",
		    KL_EXTRA_COUNT },
		{ KL_EP_PROFILE, "include=lists", KL_EXTRA_MEMBER },
		{ KL_EP_PROFILE, "include=segments", KL_EXTRA_MEMBER },
		{ KL_EP_EVENTS, "include=lists", KL_EXTRA_NONE },
		{ KL_EP_PROFILE, "include=", KL_EXTRA_NONE },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(kl_extra_of(kl_endpoint(rows[i].ep),
		       KL_SPAN(rows[i].query)) == rows[i].want,
		    rows[i].query);
	for (i = 1; i < KL_EXTRAS; i++)
		ok(is_tier(kl_extra_rate((enum kl_extra)i)),
		    "a slow parameter has a rate");
}

int
main(void)
{
	const struct kl_endpoint *e;
	char what[80];
	bool get;
	int i;

	for (i = 0; i < KL_EPS; i++) {
		e = kl_endpoint((enum kl_ep)i);
		get = e->method != NULL && strcmp(e->method, "GET") == 0;
		(void)snprintf(what, sizeof(what), "row %d (%s)", i,
		    e->name != NULL ? e->name : "missing");
		ok(e->ep == (enum kl_ep)i && e->name != NULL &&
			strncmp(e->path, "/api/", 5) == 0 &&
			e->path[strlen(e->path) - 1] != '/' &&
			is_tier(&e->rate) && scopes_good(e) &&
			e->success[0] >= 200 && e->success[0] < 300 &&
			e->success[2] == 0 &&
			/* Who sends has a limit; who reads, none. */
			get == (e->body_bytes == 0) &&
			(get || e->page_size == 0) &&
			(!get || e->replay == KL_REPLAY_FREE) &&
			(e->item_bytes == 0 || e->items > 1) &&
			/* Twins are the same to the service. */
			(e->twin == 0 ||
			    (kl_endpoint(e->twin)->twin == 0 &&
				strcmp(kl_endpoint(e->twin)->path, e->path) ==
				    0)),
		    what);
	}
	e = kl_endpoint(KL_EP_IMPORT_CREATE);
	ok(e->items == 10000 && e->body_bytes == 5000000 &&
		e->item_bytes == 100000 && e->replay == KL_REPLAY_FREE,
	    "an import takes 10,000 profiles, 5 MB, 100 kB each");
	ok(kl_endpoint(KL_EP_SUBSCRIBE)->replay == KL_REPLAY_ASK &&
		kl_endpoint(KL_EP_UNSUBSCRIBE)->replay == KL_REPLAY_ASK,
	    "consent is never repeated blindly");
	ok(kl_endpoint(KL_EP_LIST_CREATE)->rate.daily == 150,
	    "150 new lists a day");
	test_extras();
	return done();
}
