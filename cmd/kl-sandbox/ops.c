/* SPDX-License-Identifier: MIT */
/* ops.c - the table of operations, and finding one in it. */

#include <string.h>

#include "box.h"

/* Rates of the tiers. */
#define XL                                                                     \
	{                                                                      \
		350, 3500, 0                                                   \
	}
#define XS                                                                     \
	{                                                                      \
		1, 15, 0                                                       \
	}
#define S_TIER                                                                 \
	{                                                                      \
		3, 60, 0                                                       \
	}
#define M                                                                      \
	{                                                                      \
		10, 150, 0                                                     \
	}
#define M_DAILY                                                                \
	{                                                                      \
		10, 150, 150                                                   \
	}
#define L                                                                      \
	{                                                                      \
		75, 750, 0                                                     \
	}

const struct field no_fields[] = { { 0 } };
/* Types that fields[] may name though the sandbox has none of them. */
static const struct field flow_fields[] = {
	{ "archived", FIXED, "null", ALWAYS },
	{ "created", FIXED, "null", ALWAYS },
	{ "name", FIXED, "null", ALWAYS },
	{ "status", FIXED, "null", ALWAYS },
	{ "trigger_type", FIXED, "null", ALWAYS },
	{ "updated", FIXED, "null", ALWAYS },
	{ 0 },
};
static const struct field conversation_fields[] = {
	{ "channel", FIXED, "null", ALWAYS },
	{ 0 },
};
static const struct field push_token_fields[] = {
	{ "background", FIXED, "null", ALWAYS },
	{ "created", FIXED, "null", ALWAYS },
	{ "enablement_status", FIXED, "null", ALWAYS },
	{ "metadata.app_build", FIXED, "null", ALWAYS },
	{ "metadata.app_id", FIXED, "null", ALWAYS },
	{ "metadata.app_name", FIXED, "null", ALWAYS },
	{ "metadata.app_version", FIXED, "null", ALWAYS },
	{ "metadata.device_id", FIXED, "null", ALWAYS },
	{ "metadata.device_model", FIXED, "null", ALWAYS },
	{ "metadata.environment", FIXED, "null", ALWAYS },
	{ "metadata.klaviyo_sdk", FIXED, "null", ALWAYS },
	{ "metadata.manufacturer", FIXED, "null", ALWAYS },
	{ "metadata.os_name", FIXED, "null", ALWAYS },
	{ "metadata.os_version", FIXED, "null", ALWAYS },
	{ "metadata.sdk_version", FIXED, "null", ALWAYS },
	{ "platform", FIXED, "null", ALWAYS },
	{ "recorded_date", FIXED, "null", ALWAYS },
	{ "token", FIXED, "null", ALWAYS },
	{ "vendor", FIXED, "null", ALWAYS },
	{ 0 },
};

static const struct resource account = { "account", account_fields, ALWAYS };
static const struct resource list = { "list", list_fields, ALWAYS };
/* A single list knows one attribute that lists in a collection do not. */
static const struct resource list_one = { "list", list_fields,
	ON_REQUEST | MEMBERS };
static const struct resource segment = { "segment", segment_fields, ALWAYS };
static const struct resource segment_one = { "segment", segment_fields,
	ON_REQUEST | MEMBERS };
static const struct resource profile = { "profile", profile_fields,
	ON_REQUEST };
static const struct resource member = { "profile", profile_fields,
	ON_REQUEST | MEMBERS };
static const struct resource job = { "profile-bulk-import-job", job_fields,
	ALWAYS };
static const struct resource import_error = { "import-error", error_fields,
	ALWAYS };
static const struct resource suppressing = {
	"profile-suppression-bulk-create-job", suppression_fields, ALWAYS
};
static const struct resource unsuppressing = {
	"profile-suppression-bulk-delete-job", suppression_fields, ALWAYS
};
static const struct resource tag = { "tag", tag_fields, ALWAYS };
static const struct resource tag_group = { "tag-group", tag_group_fields,
	ALWAYS };
static const struct resource flow = { "flow", flow_fields, ALWAYS };
static const struct resource conversation = { "conversation",
	conversation_fields, ALWAYS };
static const struct resource push_token = { "push-token", push_token_fields,
	ALWAYS };
static const struct resource event = { "event", event_fields, ALWAYS };
static const struct resource metric = { "metric", metric_fields, ALWAYS };
static const struct resource attribution = { "attribution", no_fields, ALWAYS };
/* A profile beside an event has no additional fields. */
static const struct resource actor = { "profile", profile_fields, ALWAYS };
/* Merging answers with no attribute. */
static const struct resource merged = { "profile", no_fields, ALWAYS };

#define PROFILE_SORTS                                                          \
	"created email id updated "                                            \
	"subscriptions.email.marketing.suppression.timestamp "                 \
	"subscriptions.email.marketing.list_suppressions.timestamp"
#define JOBS "/api/profile-bulk-import-jobs"
#define SUPPRESS "/api/profile-suppression-bulk-create-jobs"
#define UNSUPPRESS "/api/profile-suppression-bulk-delete-jobs"
#define SUPPRESSION_PAGE 100

const struct op operations[] = {
	{ "get_accounts", GET, "/api/accounts", ACCOUNTS_READ, XS, get_accounts,
	    .fields = { &account } },
	{ "get_account", GET, "/api/accounts/{}", ACCOUNTS_READ, XS,
	    get_account, .fields = { &account } },

	{ "get_lists", GET, "/api/lists", LISTS_READ, L, get_lists,
	    .fields = { &list, &tag, &flow }, .include = "flow-triggers tags",
	    .filters = list_filters, .sorts = "created id name updated",
	    .size = 10, .size_max = 10 },
	{ "create_list", POST, "/api/lists", LISTS_WRITE, M_DAILY, create_list,
	    .body = true, .fields = { &list } },
	{ "get_list", GET, "/api/lists/{}", LISTS_READ, L, get_list,
	    .fields = { &list_one, &tag, &flow }, .more = &list_one,
	    .include = "flow-triggers tags" },
	{ "update_list", PATCH, "/api/lists/{}", LISTS_WRITE, M, update_list,
	    .body = true, .fields = { &list } },
	{ "delete_list", DELETE, "/api/lists/{}", LISTS_WRITE, M, delete_list,
	    .body = false },

	{ "get_profiles_for_list", GET, "/api/lists/{}/profiles",
	    LISTS_READ | PROFILES_READ, L, get_members, .fields = { &member },
	    .more = &member, .filters = member_filters,
	    .sorts = "joined_group_at", .size = 20, .size_max = 100 },
	{ "get_profile_ids_for_list", GET,
	    "/api/lists/{}/relationships/profiles", LISTS_READ | PROFILES_READ,
	    L, get_member_ids, .filters = member_filters,
	    .sorts = "joined_group_at", .size = 20, .size_max = 100 },
	{ "add_profiles_to_list", POST, "/api/lists/{}/relationships/profiles",
	    LISTS_WRITE | PROFILES_WRITE, M, add_members, .body = true },
	{ "remove_profiles_from_list", DELETE,
	    "/api/lists/{}/relationships/profiles",
	    LISTS_WRITE | PROFILES_WRITE, M, remove_members, .body = true },

	{ "get_tags_for_list", GET, "/api/lists/{}/tags",
	    LISTS_READ | TAGS_READ, S_TIER, get_list_tags, .fields = { &tag } },
	{ "get_tag_ids_for_list", GET, "/api/lists/{}/relationships/tags",
	    LISTS_READ | TAGS_READ, S_TIER, get_list_tag_ids, .body = false },

	{ "get_segments", GET, "/api/segments", SEGMENTS_READ, L, get_lists,
	    .fields = { &segment, &tag, &flow },
	    .include = "flow-triggers tags", .filters = segment_filters,
	    .sorts = "created id name updated", .size = 10, .size_max = 10,
	    .segments = true },
	{ "get_segment", GET, "/api/segments/{}", SEGMENTS_READ, L, get_list,
	    .fields = { &segment_one, &tag, &flow }, .more = &segment_one,
	    .include = "flow-triggers tags", .segments = true },
	{ "get_profiles_for_segment", GET, "/api/segments/{}/profiles",
	    PROFILES_READ | SEGMENTS_READ, L, get_members,
	    .fields = { &member }, .more = &member,
	    .filters = segment_member_filters, .sorts = "joined_group_at",
	    .size = 20, .size_max = 100, .segments = true },
	{ "get_profile_ids_for_segment", GET,
	    "/api/segments/{}/relationships/profiles",
	    PROFILES_READ | SEGMENTS_READ, L, get_member_ids,
	    .filters = segment_member_filters, .sorts = "joined_group_at",
	    .size = 20, .size_max = 100, .segments = true },

	{ "get_profiles", GET, "/api/profiles", PROFILES_READ, L, get_profiles,
	    .fields = { &profile, &conversation, &push_token },
	    .more = &profile, .include = "conversations push-tokens",
	    .filters = profile_filters, .sorts = PROFILE_SORTS, .size = 20,
	    .size_max = 100 },
	{ "create_profile", POST, "/api/profiles", PROFILES_WRITE, L,
	    create_profile, .body = true, .fields = { &profile },
	    .more = &profile },
	{ "get_profile", GET, "/api/profiles/{}", PROFILES_READ, L, get_profile,
	    .fields = { &profile, &list, &segment, &conversation, &push_token },
	    .more = &profile,
	    .include = "lists segments push-tokens conversations" },
	{ "update_profile", PATCH, "/api/profiles/{}", PROFILES_WRITE, L,
	    update_profile, .body = true, .fields = { &profile },
	    .more = &profile },
	{ "get_lists_for_profile", GET, "/api/profiles/{}/lists",
	    LISTS_READ | PROFILES_READ, S_TIER, get_profile_lists,
	    .fields = { &list } },
	{ "get_list_ids_for_profile", GET,
	    "/api/profiles/{}/relationships/lists", LISTS_READ | PROFILES_READ,
	    S_TIER, get_profile_list_ids, .body = false },
	{ "get_segments_for_profile", GET, "/api/profiles/{}/segments",
	    PROFILES_READ | SEGMENTS_READ, S_TIER, get_profile_lists,
	    .fields = { &segment }, .segments = true },
	{ "get_segment_ids_for_profile", GET,
	    "/api/profiles/{}/relationships/segments",
	    PROFILES_READ | SEGMENTS_READ, S_TIER, get_profile_list_ids,
	    .segments = true },
	{ "create_or_update_profile", POST, "/api/profile-import",
	    PROFILES_WRITE, L, import_profile, .body = true,
	    .fields = { &profile }, .more = &profile },

	{ "merge_profiles", POST, "/api/profile-merge", PROFILES_WRITE, M,
	    merge_profiles, .body = true, .fields = { &merged } },

	{ "bulk_import_profiles", POST, JOBS, LISTS_WRITE | PROFILES_WRITE, M,
	    import_profiles, .body = true, .fields = { &job } },
	{ "get_bulk_import_profiles_jobs", GET, JOBS,
	    LISTS_READ | PROFILES_READ, M, get_jobs, .fields = { &job },
	    .filters = job_filters, .sorts = "created_at", .size = 20,
	    .size_max = 100 },
	{ "get_bulk_import_profiles_job", GET, JOBS "/{}",
	    LISTS_READ | PROFILES_READ, M, get_job, .fields = { &job, &list },
	    .include = "lists" },
	{ "get_profiles_for_bulk_import_profiles_job", GET, JOBS "/{}/profiles",
	    PROFILES_READ, M, get_job_profiles, .fields = { &profile },
	    .more = &profile, .size = 20, .size_max = 100 },
	{ "get_profile_ids_for_bulk_import_profiles_job", GET,
	    JOBS "/{}/relationships/profiles", PROFILES_READ, M,
	    get_job_profile_ids, .size = 20, .size_max = 100 },
	{ "get_list_for_bulk_import_profiles_job", GET, JOBS "/{}/lists",
	    LISTS_READ, M, get_job_lists, .fields = { &list } },
	{ "get_list_ids_for_bulk_import_profiles_job", GET,
	    JOBS "/{}/relationships/lists", LISTS_READ, M, get_job_list_ids,
	    .body = false },
	{ "get_errors_for_bulk_import_profiles_job", GET,
	    JOBS "/{}/import-errors", PROFILES_READ, M, get_job_errors,
	    .fields = { &import_error }, .size = 20, .size_max = 100 },

	{ "bulk_subscribe_profiles", POST,
	    "/api/profile-subscription-bulk-create-jobs",
	    LISTS_WRITE | PROFILES_WRITE | SUBSCRIPTIONS_WRITE, L, subscribe,
	    .body = true },
	{ "bulk_unsubscribe_profiles", POST,
	    "/api/profile-subscription-bulk-delete-jobs",
	    LISTS_WRITE | PROFILES_WRITE | SUBSCRIPTIONS_WRITE, L, unsubscribe,
	    .body = true },
	{ "bulk_suppress_profiles", POST, SUPPRESS,
	    PROFILES_WRITE | SUBSCRIPTIONS_WRITE, L, suppress, .body = true,
	    .fields = { &suppressing } },
	{ "get_bulk_suppress_profiles_jobs", GET, SUPPRESS, SUBSCRIPTIONS_READ,
	    L, get_suppressions, .fields = { &suppressing },
	    .filters = suppression_filters, .sorts = "created",
	    .size = SUPPRESSION_PAGE },
	{ "get_bulk_suppress_profiles_job", GET, SUPPRESS "/{}",
	    SUBSCRIPTIONS_READ, L, get_suppression,
	    .fields = { &suppressing } },
	{ "bulk_unsuppress_profiles", POST, UNSUPPRESS, SUBSCRIPTIONS_WRITE, L,
	    suppress, .body = true, .fields = { &unsuppressing } },
	{ "get_bulk_unsuppress_profiles_jobs", GET, UNSUPPRESS,
	    SUBSCRIPTIONS_READ, L, get_suppressions,
	    .fields = { &unsuppressing }, .filters = suppression_filters,
	    .sorts = "created", .size = SUPPRESSION_PAGE },
	{ "get_bulk_unsuppress_profiles_job", GET, UNSUPPRESS "/{}",
	    SUBSCRIPTIONS_READ, L, get_suppression,
	    .fields = { &unsuppressing } },
	{ "request_profile_deletion", POST, "/api/data-privacy-deletion-jobs",
	    PRIVACY_WRITE, S_TIER, request_deletion, .body = true },

	{ "get_events", GET, "/api/events", EVENTS_READ, XL, get_events,
	    .fields = { &event, &metric, &actor, &attribution },
	    .include = "attributions metric profile", .filters = event_filters,
	    .sorts = "datetime timestamp", .size = 200, .size_max = 1000 },
	{ "create_event", POST, "/api/events", EVENTS_WRITE, XL, create_event,
	    .body = true },
	{ "bulk_create_events", POST, "/api/event-bulk-create-jobs",
	    EVENTS_WRITE, M, create_events, .body = true },
	{ "get_event", GET, "/api/events/{}", EVENTS_READ, M, get_event,
	    .fields = { &event, &metric, &actor, &attribution },
	    .include = "attributions metric profile" },
	{ "get_metric_for_event", GET, "/api/events/{}/metric",
	    EVENTS_READ | METRICS_READ, XL, get_event_metric,
	    .fields = { &metric } },
	{ "get_metric_id_for_event", GET, "/api/events/{}/relationships/metric",
	    EVENTS_READ | METRICS_READ, XL, get_event_metric_id,
	    .body = false },
	{ "get_profile_for_event", GET, "/api/events/{}/profile",
	    EVENTS_READ | PROFILES_READ, XL, get_event_profile,
	    .fields = { &profile }, .more = &profile },
	{ "get_profile_id_for_event", GET,
	    "/api/events/{}/relationships/profile", EVENTS_READ | PROFILES_READ,
	    XL, get_event_profile_id, .body = false },
	{ "get_metrics", GET, "/api/metrics", METRICS_READ, M, get_metrics,
	    .fields = { &metric, &flow }, .include = "flow-triggers",
	    .filters = metric_filters, .size = 200 },
	{ "get_metric", GET, "/api/metrics/{}", METRICS_READ, M, get_metric,
	    .fields = { &metric, &flow }, .include = "flow-triggers" },

	{ "get_tags", GET, "/api/tags", TAGS_READ, S_TIER, get_tags,
	    .fields = { &tag, &tag_group }, .include = "tag-group",
	    .filters = tag_filters, .sorts = "id name", .size = 50,
	    .size_max = 50 },
	{ "create_tag", POST, "/api/tags", TAGS_READ | TAGS_WRITE, S_TIER,
	    create_tag, .body = true, .fields = { &tag } },
	{ "get_tag", GET, "/api/tags/{}", TAGS_READ, S_TIER, get_tag,
	    .fields = { &tag, &tag_group }, .include = "tag-group" },
	{ "get_list_ids_for_tag", GET, "/api/tags/{}/relationships/lists",
	    LISTS_READ | TAGS_READ, S_TIER, get_tag_lists, .body = false },
	{ "tag_lists", POST, "/api/tags/{}/relationships/lists",
	    LISTS_WRITE | TAGS_WRITE, S_TIER, tag_lists, .body = true },
	{ "remove_tag_from_lists", DELETE, "/api/tags/{}/relationships/lists",
	    LISTS_WRITE | TAGS_WRITE, S_TIER, tag_lists, .body = true },
};

_Static_assert(sizeof(operations) / sizeof(operations[0]) <= OPERATIONS_MAX,
    "a bucket for each operation");

const size_t operations_n = sizeof(operations) / sizeof(operations[0]);

static const char *const verb_names[VERBS] = { "GET", "POST", "PATCH",
	"DELETE" };

enum verb
verb_of(const char *method)
{
	int v = 0;

	while (v < VERBS && strcmp(method, verb_names[v]) != 0)
		v++;
	return (enum verb)v;
}

const char *
verb_name(enum verb v)
{
	return verb_names[v];
}

/* A pattern against a path; "{}" takes everything up to the next slash. */
static bool
matches(const char *pattern, struct kl_span path, struct kl_span id[PATH_IDS])
{
	const char *p = path.s, *end = path.s + path.n, *from;
	size_t ids = 0;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '{') {
			if (p == end || *p++ != *pattern)
				return false;
			continue;
		}
		for (from = p; p < end && *p != '/'; p++)
			;
		if (p == from)
			return false;
		id[ids++] = (struct kl_span){ from, (size_t)(p - from) };
		pattern++; /* the closing brace */
	}
	return p == end;
}

const struct op *
op_find(enum verb verb, struct kl_span path, struct kl_span id[PATH_IDS],
    unsigned *verbs)
{
	const struct op *found = NULL;
	struct kl_span tmp[PATH_IDS];
	size_t i;

	if (path.n > 1 && path.s[path.n - 1] == '/')
		path.n--;
	*verbs = 0;
	for (i = 0; i < operations_n; i++) {
		memset(tmp, 0, sizeof(tmp));
		if (!matches(operations[i].path, path, tmp))
			continue;
		*verbs |= 1U << operations[i].verb;
		if (operations[i].verb != verb)
			continue;
		found = &operations[i];
		memcpy(id, tmp, sizeof(tmp));
	}
	return found;
}

const struct op *
op_named(struct kl_span id)
{
	size_t i;

	for (i = 0; i < operations_n; i++)
		if (kl_span_is(id, operations[i].id))
			return &operations[i];
	return NULL;
}
