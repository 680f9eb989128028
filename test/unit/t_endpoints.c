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
			(e->item_bytes == 0 || e->items > 1),
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
	return done();
}
