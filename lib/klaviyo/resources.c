/* SPDX-License-Identifier: MIT */
/* resources.c - what can be read out of Klaviyo, as one table. */

#include <assert.h>
#include <stddef.h>

#include "kl/resources.h"

/* --- operators ------------------------------------------------------------ */

/* In the order of their bits. */
static const char *const ops[] = { "equals", "any", "less-than",
	"less-or-equal", "greater-than", "greater-or-equal", "contains",
	"contains-any", "contains-all", "starts-with", "ends-with", "has" };

const char *
kl_op_name(enum kl_op op)
{
	unsigned i;

	for (i = 0; (1U << i) < KL_OP_BEYOND; i++)
		if ((1U << i) == (unsigned)op)
			return ops[i];
	return "";
}

unsigned
kl_op_of(struct kl_span name)
{
	unsigned i;

	for (i = 0; (1U << i) < KL_OP_BEYOND; i++)
		if (kl_span_is(name, ops[i]))
			return 1U << i;
	return 0;
}

/* --- attributes ----------------------------------------------------------- */

#define LOCATION                                                               \
	"location", "location.address1", "location.address2", "location.city", \
	    "location.country", "location.ip", "location.latitude",            \
	    "location.longitude", "location.region", "location.timezone",      \
	    "location.zip"
#define PROFILE                                                                \
	"created", "email", "external_id", "first_name", "id", "image",        \
	    "last_event_date", "last_name", "locale", LOCATION,                \
	    "organization", "phone_number", "properties", "title", "updated"

static const char *const member_names[] = { PROFILE, "joined_group_at",
	"predictive_analytics", "subscriptions", NULL };
static const char *const profile_names[] = { PROFILE, "predictive_analytics",
	"subscriptions", NULL };
static const char *const event_profile_names[] = { PROFILE, NULL };
static const char *const event_names[] = { "datetime", "event_properties", "id",
	"timestamp", "uuid", NULL };
static const char *const metric_names[] = { "created", "id", "integration",
	"name", "updated", NULL };
static const char *const list_names[] = { "created", "id", "name",
	"opt_in_process", "updated", NULL };
static const char *const segment_names[] = { "created", "definition",
	"definition.condition_groups", "id", "is_active", "is_processing",
	"is_starred", "name", "updated", NULL };
static const char *const import_names[] = { "completed_at", "completed_count",
	"created_at", "expires_at", "failed_count", "id", "started_at",
	"status", "total_count", NULL };

static const char *const suppress_names[] = { "completed_at", "completed_count",
	"created_at", "id", "skipped_count", "status", "total_count", NULL };

/* Two objects with many levels, taken by their beginning. */
static const char *const deep_profile[] = { "subscriptions.",
	"predictive_analytics.", NULL };

static const char *const more_profile[] = { "subscriptions",
	"predictive_analytics", NULL };

#define OF_PROFILES(names)                                                     \
	{                                                                      \
		{ "profile", NULL, names, deep_profile },                      \
	}

/* --- filters -------------------------------------------------------------- */

#define EQUALS KL_OP_EQUALS
#define ANY (KL_OP_ANY | KL_OP_EQUALS)

#define SUPPRESSION "subscriptions.email.marketing.suppression."
#define LIST_SUPPRESSION "subscriptions.email.marketing.list_suppressions."

static const struct kl_filter_field member_filters[] = { { "email", ANY },
	{ "phone_number", ANY }, { "push_token", ANY }, { "_kx", EQUALS },
	{ "joined_group_at", KL_OPS_RANGE }, { 0 } };

static const struct kl_filter_field segment_member_filters[] = { { "profile_id",
								     ANY },
	{ "email", ANY }, { "phone_number", ANY }, { "push_token", ANY },
	{ "_kx", EQUALS }, { "joined_group_at", KL_OPS_RANGE }, { 0 } };

static const struct kl_filter_field profile_filters[] = { { "id", ANY },
	{ "email", ANY }, { "phone_number", ANY }, { "external_id", ANY },
	{ "_kx", EQUALS }, { "created", KL_OPS_STRICT },
	{ "updated", KL_OPS_STRICT }, { LIST_SUPPRESSION "reason", EQUALS },
	{ LIST_SUPPRESSION "timestamp", KL_OPS_RANGE },
	{ LIST_SUPPRESSION "list_id", EQUALS },
	{ SUPPRESSION "reason", EQUALS },
	{ SUPPRESSION "timestamp", KL_OPS_RANGE }, { 0 } };

static const struct kl_filter_field event_filters[] = { { "metric_id", EQUALS },
	{ "profile_id", EQUALS }, { "profile", KL_OP_HAS },
	{ "metric", KL_OP_HAS }, { "datetime", KL_OPS_RANGE },
	{ "timestamp", KL_OPS_RANGE }, { 0 } };

static const struct kl_filter_field list_filters[] = { { "name", ANY },
	{ "id", ANY }, { "created", KL_OP_GREATER_THAN },
	{ "updated", KL_OP_GREATER_THAN }, { 0 } };

static const struct kl_filter_field segment_filters[] = { { "name", ANY },
	{ "id", ANY }, { "created", KL_OP_GREATER_THAN },
	{ "updated", KL_OP_GREATER_THAN }, { "is_active", ANY },
	{ "is_starred", EQUALS }, { 0 } };

static const struct kl_filter_field metric_filters[] = { { "integration.name",
							     EQUALS },
	{ "integration.category", EQUALS }, { 0 } };

static const struct kl_filter_field import_filters[] = { { "status", ANY },
	{ 0 } };

static const struct kl_filter_field suppress_filters[] = { { "status", EQUALS },
	{ "list_id", EQUALS }, { "segment_id", EQUALS }, { 0 } };

/* --- ranges --------------------------------------------------------------- */

#define JOINED                                                                 \
	{                                                                      \
		"joined_group_at", "joined_group_at", false, false             \
	}
#define CREATED                                                                \
	{                                                                      \
		"created", "created", true, false                              \
	}
#define UPDATED                                                                \
	{                                                                      \
		"updated", "updated", true, true                               \
	}
#define DATETIME                                                               \
	{                                                                      \
		"datetime", "datetime", false, false                           \
	}

/* clang-format off */
static const struct kl_resource table[KL_RESOURCES] = {
	[KL_RES_MEMBERS] = { KL_RES_MEMBERS, "members", KL_EP_LIST_PROFILES,
	    .filters = member_filters,
	    .fields = OF_PROFILES(member_names), .more = more_profile,
	    .range = JOINED, .when = JOINED, .email = "email" },
	[KL_RES_SEGMENT_MEMBERS] = { KL_RES_SEGMENT_MEMBERS, "members",
	    KL_EP_SEGMENT_PROFILES,
	    .filters = segment_member_filters,
	    .fields = OF_PROFILES(member_names), .more = more_profile,
	    .range = JOINED, .when = JOINED, .email = "email" },

	[KL_RES_PROFILES] = { KL_RES_PROFILES, "profiles", KL_EP_PROFILES,
	    .filters = profile_filters,
	    .fields = OF_PROFILES(profile_names), .more = more_profile,
	    .range = CREATED, .changed = UPDATED, .when = UPDATED,
	    .email = "email" },

	/* An event does not change once it is there. */
	[KL_RES_EVENTS] = { KL_RES_EVENTS, "events", KL_EP_EVENTS,
	    .filters = event_filters,
	    .fields = { { "event", NULL, event_names, NULL },
		{ "profile", "profile.", event_profile_names, NULL },
		{ "metric", "metric.", metric_names, NULL } },
	    .include = "profile,metric", .shape = KL_SHAPE_EVENT,
	    .range = DATETIME, .changed = DATETIME, .when = DATETIME },

	/* Everything but the relationships, which are links only. */
	[KL_RES_LISTS] = { KL_RES_LISTS, "lists", KL_EP_LISTS,
	    .filters = list_filters,
	    .fields = { { "list", NULL, list_names, NULL } },
	    .only = "name,created,updated,opt_in_process",
	    .when = { "updated", "updated", true, true } },
	[KL_RES_SEGMENTS] = { KL_RES_SEGMENTS, "segments", KL_EP_SEGMENTS,
	    .filters = segment_filters,
	    .fields = { { "segment", NULL, segment_names, NULL } },
	    .when = { "updated", "updated", true, true } },
	[KL_RES_METRICS] = { KL_RES_METRICS, "metrics", KL_EP_METRICS,
	    .filters = metric_filters,
	    .fields = { { "metric", NULL, metric_names, NULL } } },

	/* A range without beginning finds who has a suppression at all. */
	[KL_RES_SUPPRESSIONS] = { KL_RES_SUPPRESSIONS, "suppressions",
	    KL_EP_PROFILES,
	    .filters = profile_filters,
	    .filter = "greater-or-equal(" SUPPRESSION
		"timestamp,1990-01-01T00:00:00Z)",
	    .fields = OF_PROFILES(profile_names),
	    .only = "email,phone_number,external_id", .with = "subscriptions",
	    .more = more_profile, .shape = KL_SHAPE_SUPPRESSED,
	    .when = { SUPPRESSION "timestamp", "timestamp", false, true },
	    .email = "email" },
	[KL_RES_LIST_SUPPRESSIONS] = { KL_RES_LIST_SUPPRESSIONS, "suppressions",
	    KL_EP_PROFILES,
	    .filters = profile_filters,
	    .fields = OF_PROFILES(profile_names),
	    .only = "email,phone_number,external_id", .with = "subscriptions",
	    .more = more_profile, .shape = KL_SHAPE_SUPPRESSED_LIST,
	    .when = { LIST_SUPPRESSION "timestamp", "timestamp", false, true },
	    .email = "email" },

	[KL_RES_IMPORTS] = { KL_RES_IMPORTS, "jobs", KL_EP_IMPORTS,
	    .filters = import_filters,
	    .fields = { { "profile-bulk-import-job", NULL, import_names,
		NULL } } },
	[KL_RES_SUPPRESS_JOBS] = { KL_RES_SUPPRESS_JOBS, "jobs",
	    KL_EP_SUPPRESS_JOBS,
	    .filters = suppress_filters,
	    .fields = { { "profile-suppression-bulk-create-job", NULL,
		suppress_names, NULL } } },
	[KL_RES_UNSUPPRESS_JOBS] = { KL_RES_UNSUPPRESS_JOBS, "jobs",
	    KL_EP_UNSUPPRESS_JOBS,
	    .filters = suppress_filters,
	    .fields = { { "profile-suppression-bulk-delete-job", NULL,
		suppress_names, NULL } } },
};
/* clang-format on */

const struct kl_resource *
kl_resource(enum kl_res res)
{
	assert((unsigned)res < KL_RESOURCES);
	return &table[res];
}
