/* SPDX-License-Identifier: MIT */
/* endpoints.c - what Klaviyo publishes about its endpoints, as one table. */

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "kl/endpoints.h"

/* The tiers of klaviyo/openapi: a second, a minute, a day. */
#define XS .rate = { 1, 15, 0 }
#define S .rate = { 3, 60, 0 }
#define M .rate = { 10, 150, 0 }
#define M_DAILY .rate = { 10, 150, 150 }
#define L .rate = { 75, 750, 0 }
#define XL .rate = { 350, 3500, 0 }

/* Sizes are published as MB and KB; the smaller reading of them. */
#define MB5 .body_bytes = 5000000
#define KB100 .body_bytes = 100000

#define SCOPES(...) .scopes = { __VA_ARGS__ }
#define OK(...) .success = { __VA_ARGS__ }
#define AT(e, m, p) .ep = KL_EP_##e, .method = #m, .path = "/api/" p

/* clang-format off */
static const struct kl_endpoint table[KL_EPS] = {
	[KL_EP_ACCOUNTS] = { AT(ACCOUNTS, GET, "accounts"),
	    .name = "account", SCOPES("accounts:read"),
	    XS, OK(200) },

	[KL_EP_LISTS] = { AT(LISTS, GET, "lists"),
	    .name = "lists", SCOPES("lists:read"),
	    L, OK(200), .page_size = 10 },
	[KL_EP_LIST] = { AT(LIST, GET, "lists/{id}"),
	    .name = "list", SCOPES("lists:read"),
	    L, OK(200) },
	[KL_EP_LIST_COUNT] = { AT(LIST_COUNT, GET, "lists/{id}"),
	    .name = "list with its count", SCOPES("lists:read"),
	    XS, .twin = KL_EP_LIST, OK(200) },
	/* A lost answer may mean a list made: there would be two. */
	[KL_EP_LIST_CREATE] = { AT(LIST_CREATE, POST, "lists"),
	    .name = "new list", SCOPES("lists:write"),
	    M_DAILY, OK(201), .replay = KL_REPLAY_ASK, MB5 },
	[KL_EP_LIST_PROFILES] = { AT(LIST_PROFILES, GET, "lists/{id}/profiles"),
	    .name = "list members", SCOPES("lists:read", "profiles:read"),
	    L, OK(200), .page_size = 100 },
	[KL_EP_LIST_MEMBER_IDS] = { AT(LIST_MEMBER_IDS, GET,
	    "lists/{id}/relationships/profiles"),
	    .name = "list member ids", SCOPES("lists:read", "profiles:read"),
	    L, OK(200), .page_size = 100 },
	[KL_EP_LIST_ADD] = { AT(LIST_ADD, POST,
	    "lists/{id}/relationships/profiles"),
	    .name = "add to list", SCOPES("lists:write", "profiles:write"),
	    M, OK(204), .items = 1000, MB5 },
	[KL_EP_LIST_REMOVE] = { AT(LIST_REMOVE, DELETE,
	    "lists/{id}/relationships/profiles"),
	    .name = "remove from list", SCOPES("lists:write", "profiles:write"),
	    M, OK(204), .items = 1000, MB5 },

	[KL_EP_SEGMENTS] = { AT(SEGMENTS, GET, "segments"),
	    .name = "segments", SCOPES("segments:read"),
	    L, OK(200), .page_size = 10 },
	[KL_EP_SEGMENT] = { AT(SEGMENT, GET, "segments/{id}"),
	    .name = "segment", SCOPES("segments:read"),
	    L, OK(200) },
	[KL_EP_SEGMENT_COUNT] = { AT(SEGMENT_COUNT, GET, "segments/{id}"),
	    .name = "segment with its count", SCOPES("segments:read"),
	    XS, .twin = KL_EP_SEGMENT, OK(200) },
	[KL_EP_SEGMENT_PROFILES] = { AT(SEGMENT_PROFILES, GET,
	    "segments/{id}/profiles"),
	    .name = "segment members", SCOPES("profiles:read", "segments:read"),
	    L, OK(200), .page_size = 100 },

	[KL_EP_PROFILES] = { AT(PROFILES, GET, "profiles"),
	    .name = "profiles", SCOPES("profiles:read"),
	    L, OK(200), .page_size = 100 },
	[KL_EP_PROFILE] = { AT(PROFILE, GET, "profiles/{id}"),
	    .name = "profile", SCOPES("profiles:read"),
	    L, OK(200) },
	/* A second try of what did work answers 409: harmless. */
	[KL_EP_PROFILE_CREATE] = { AT(PROFILE_CREATE, POST, "profiles"),
	    .name = "new profile", SCOPES("profiles:write"),
	    L, OK(201), .replay = KL_REPLAY_SAME, .items = 1, KB100 },
	[KL_EP_PROFILE_UPDATE] = { AT(PROFILE_UPDATE, PATCH, "profiles/{id}"),
	    .name = "profile update", SCOPES("profiles:write"),
	    L, OK(200), .items = 1, KB100 },
	[KL_EP_PROFILE_IMPORT] = { AT(PROFILE_IMPORT, POST, "profile-import"),
	    .name = "profile import", SCOPES("profiles:write"),
	    L, OK(200, 201), .items = 1, KB100 },
	/* What is appended to a property twice is there twice. */
	[KL_EP_PROFILE_APPEND] = { AT(PROFILE_APPEND, POST, "profile-import"),
	    .name = "profile import", SCOPES("profiles:write"),
	    L, .twin = KL_EP_PROFILE_IMPORT, OK(200, 201),
	    .replay = KL_REPLAY_ASK, .items = 1, KB100 },

	/* A lost answer may mean a second job, which upserts the same. */
	[KL_EP_IMPORT_CREATE] = { AT(IMPORT_CREATE, POST,
	    "profile-bulk-import-jobs"),
	    .name = "import job", SCOPES("lists:write", "profiles:write"),
	    M, OK(202), .items = 10000, .item_bytes = 100000, MB5 },
	[KL_EP_IMPORT_APPEND] = { AT(IMPORT_APPEND, POST,
	    "profile-bulk-import-jobs"),
	    .name = "import job", SCOPES("lists:write", "profiles:write"),
	    M, .twin = KL_EP_IMPORT_CREATE, OK(202), .replay = KL_REPLAY_ASK,
	    .items = 10000, .item_bytes = 100000, MB5 },
	[KL_EP_IMPORTS] = { AT(IMPORTS, GET, "profile-bulk-import-jobs"),
	    .name = "import jobs", SCOPES("lists:read", "profiles:read"),
	    M, OK(200), .page_size = 100 },
	[KL_EP_IMPORT] = { AT(IMPORT, GET, "profile-bulk-import-jobs/{id}"),
	    .name = "import job status", SCOPES("lists:read", "profiles:read"),
	    M, OK(200) },
	[KL_EP_IMPORT_ERRORS] = { AT(IMPORT_ERRORS, GET,
	    "profile-bulk-import-jobs/{id}/import-errors"),
	    .name = "import errors", SCOPES("profiles:read"),
	    M, OK(200), .page_size = 100 },

	/* May send mails, and ends suppressions. */
	[KL_EP_SUBSCRIBE] = { AT(SUBSCRIBE, POST,
	    "profile-subscription-bulk-create-jobs"),
	    .name = "subscribe",
	    SCOPES("lists:write", "profiles:write", "subscriptions:write"),
	    L, OK(202), .replay = KL_REPLAY_ASK, .items = 1000, MB5 },
	/* Who has left the list meanwhile would be unsubscribed globally. */
	[KL_EP_UNSUBSCRIBE] = { AT(UNSUBSCRIBE, POST,
	    "profile-subscription-bulk-delete-jobs"),
	    .name = "unsubscribe",
	    SCOPES("lists:write", "profiles:write", "subscriptions:write"),
	    L, OK(202), .replay = KL_REPLAY_ASK, .items = 100, MB5 },
	[KL_EP_SUPPRESS] = { AT(SUPPRESS, POST,
	    "profile-suppression-bulk-create-jobs"),
	    .name = "suppress", SCOPES("profiles:write", "subscriptions:write"),
	    L, OK(202), .items = 100, MB5 },
	[KL_EP_UNSUPPRESS] = { AT(UNSUPPRESS, POST,
	    "profile-suppression-bulk-delete-jobs"),
	    .name = "unsuppress", SCOPES("subscriptions:write"),
	    L, OK(202), .items = 100, MB5 },
	[KL_EP_SUPPRESS_JOBS] = { AT(SUPPRESS_JOBS, GET,
	    "profile-suppression-bulk-create-jobs"),
	    .name = "suppress jobs", SCOPES("subscriptions:read"),
	    L, OK(200) },
	[KL_EP_SUPPRESS_JOB] = { AT(SUPPRESS_JOB, GET,
	    "profile-suppression-bulk-create-jobs/{id}"),
	    .name = "suppress job", SCOPES("subscriptions:read"),
	    L, OK(200) },
	[KL_EP_UNSUPPRESS_JOBS] = { AT(UNSUPPRESS_JOBS, GET,
	    "profile-suppression-bulk-delete-jobs"),
	    .name = "unsuppress jobs", SCOPES("subscriptions:read"),
	    L, OK(200) },
	[KL_EP_UNSUPPRESS_JOB] = { AT(UNSUPPRESS_JOB, GET,
	    "profile-suppression-bulk-delete-jobs/{id}"),
	    .name = "unsuppress job", SCOPES("subscriptions:read"),
	    L, OK(200) },
	[KL_EP_FORGET] = { AT(FORGET, POST, "data-privacy-deletion-jobs"),
	    .name = "deletion", SCOPES("data-privacy:write"),
	    S, OK(202), .replay = KL_REPLAY_GONE, .items = 1, KB100 },

	[KL_EP_EVENTS] = { AT(EVENTS, GET, "events"),
	    .name = "events", SCOPES("events:read"),
	    XL, OK(200), .page_size = 1000 },
	[KL_EP_EVENT_CREATE] = { AT(EVENT_CREATE, POST, "events"),
	    .name = "event", SCOPES("events:write"),
	    XL, OK(202), .replay = KL_REPLAY_SAME, .items = 1, MB5 },
	[KL_EP_EVENTS_CREATE] = { AT(EVENTS_CREATE, POST,
	    "event-bulk-create-jobs"),
	    .name = "events", SCOPES("events:write"),
	    M, OK(202), .replay = KL_REPLAY_SAME, .items = 1000, MB5 },
	[KL_EP_METRICS] = { AT(METRICS, GET, "metrics"),
	    .name = "metrics", SCOPES("metrics:read"),
	    M, OK(200) },
};
/* clang-format on */

const struct kl_endpoint *
kl_endpoint(enum kl_ep ep)
{
	assert((unsigned)ep < KL_EPS);
	return &table[ep];
}

/* --- slower parameters ---------------------------------------------------- */

/* clang-format off */
static const struct kl_rate extra_rates[KL_EXTRAS] = {
	[KL_EXTRA_PREDICTED] = { 10, 150, 0 },
	[KL_EXTRA_COUNT] = { 1, 15, 0 },
	[KL_EXTRA_MEMBER] = { 1, 15, 0 },
};
/* clang-format on */

/* What a parameter's name begins with, and a word in its value. */
static const struct {
	const char *name, *word;
	enum kl_extra extra;
} extras[] = {
	{ "additional-fields", "predictive_analytics", KL_EXTRA_PREDICTED },
	{ "additional-fields", "profile_count", KL_EXTRA_COUNT },
	/* Asked for one by one they are computed all the same. */
	{ "fields%5Bprofile%5D", "predictive_analytics", KL_EXTRA_PREDICTED },
	{ "include=", "list", KL_EXTRA_MEMBER },
	{ "include=", "segment", KL_EXTRA_MEMBER },
};

static bool
begins(struct kl_span s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && memcmp(s.s, text, n) == 0;
}

static bool
holds(struct kl_span s, const char *text)
{
	for (; s.n > 0; s.s++, s.n--)
		if (begins(s, text))
			return true;
	return false;
}

/* The parameter before the next &, and q what follows it. */
static struct kl_span
next_item(struct kl_span *q)
{
	const char *p = memchr(q->s, '&', q->n);
	struct kl_span item = { q->s, p != NULL ? (size_t)(p - q->s) : q->n };

	q->s += item.n + (p != NULL);
	q->n -= item.n + (p != NULL);
	return item;
}

enum kl_extra
kl_extra_of(const struct kl_endpoint *e, struct kl_span query)
{
	struct kl_span item;
	size_t i;

	while (query.n > 0) {
		item = next_item(&query);
		for (i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
			if (begins(item, extras[i].name) &&
			    holds(item, extras[i].word) &&
			    (extras[i].extra != KL_EXTRA_MEMBER ||
				e->ep == KL_EP_PROFILE))
				return extras[i].extra;
	}
	return KL_EXTRA_NONE;
}

const struct kl_rate *
kl_extra_rate(enum kl_extra extra)
{
	assert((unsigned)extra < KL_EXTRAS);
	return &extra_rates[extra];
}
