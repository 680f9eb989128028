/* SPDX-License-Identifier: MIT */
/* subscribe-read.c - what may stand in a request about consent. */

#include <stdio.h>

#include "check.h"
#include "subscribe.h"

/* --- the tables ------------------------------------------------------------
 */

/* The consent to a channel: to be given, to be given without a time, to be
 * taken back. */
#define GIVE(name, channel)                                                    \
	static const struct member name[] = {                                  \
		{ "consent", IS(STRING), true, NULL, ROW_CONSENT + (channel),  \
		    "SUBSCRIBED" },                                            \
		{ "consented_at", TEXT, false, NULL,                           \
		    ROW_CONSENTED_AT + (channel), NULL },                      \
		{ 0 },                                                         \
	}
#define TAKE(name, channel, word)                                              \
	static const struct member name[] = {                                  \
		{ "consent", IS(STRING), true, NULL, ROW_CONSENT + (channel),  \
		    word },                                                    \
		{ 0 },                                                         \
	}

GIVE(give_email, EMAIL_MARKETING);
TAKE(give_open, OPEN_TRACKING, "SUBSCRIBED");
GIVE(give_sms, SMS_MARKETING);
GIVE(give_sms_transactional, SMS_TRANSACTIONAL);
GIVE(give_whatsapp, WHATSAPP_MARKETING);
GIVE(give_whatsapp_transactional, WHATSAPP_TRANSACTIONAL);
GIVE(give_push, PUSH_MARKETING);
TAKE(take_email, EMAIL_MARKETING, "UNSUBSCRIBED");
TAKE(take_open, OPEN_TRACKING, "UNSUBSCRIBED");
TAKE(take_sms, SMS_MARKETING, "UNSUBSCRIBED");
TAKE(take_sms_transactional, SMS_TRANSACTIONAL, "UNSUBSCRIBED");
TAKE(take_whatsapp, WHATSAPP_MARKETING, "UNSUBSCRIBED");
TAKE(take_whatsapp_transactional, WHATSAPP_TRANSACTIONAL, "UNSUBSCRIBED");
TAKE(take_whatsapp_conversational, WHATSAPP_CONVERSATIONAL, "UNSUBSCRIBED");
TAKE(take_push, PUSH_MARKETING, "UNSUBSCRIBED");

/* A member that holds members. */
#define HOLDS(name, table)                                                     \
	{                                                                      \
		name, OBJECT, false, table, -1, NULL                           \
	}

static const struct member give_email_parts[] = {
	HOLDS("marketing", give_email),
	HOLDS("open_tracking", give_open),
	{ 0 },
};
static const struct member give_sms_parts[] = {
	HOLDS("marketing", give_sms),
	HOLDS("transactional", give_sms_transactional),
	{ 0 },
};
static const struct member give_whatsapp_parts[] = {
	HOLDS("marketing", give_whatsapp),
	HOLDS("transactional", give_whatsapp_transactional),
	{ 0 },
};
static const struct member give_push_parts[] = {
	{ "marketing", IS(OBJECT), true, give_push, -1, NULL },
	{ "tokens", IS(ARRAY) | IS(NULL), false, NULL, ROW_TOKENS, NULL },
	{ "anonymous_id", TEXT, false, NULL, -1, NULL },
	{ 0 },
};
static const struct member give_channels[] = {
	HOLDS("email", give_email_parts),
	HOLDS("sms", give_sms_parts),
	HOLDS("whatsapp", give_whatsapp_parts),
	HOLDS("push", give_push_parts),
	{ 0 },
};

static const struct member take_email_parts[] = {
	HOLDS("marketing", take_email),
	HOLDS("open_tracking", take_open),
	{ 0 },
};
static const struct member take_sms_parts[] = {
	HOLDS("marketing", take_sms),
	HOLDS("transactional", take_sms_transactional),
	{ 0 },
};
static const struct member take_whatsapp_parts[] = {
	HOLDS("marketing", take_whatsapp),
	HOLDS("transactional", take_whatsapp_transactional),
	HOLDS("conversational", take_whatsapp_conversational),
	{ 0 },
};
static const struct member take_push_parts[] = {
	{ "marketing", IS(OBJECT), true, take_push, -1, NULL },
	{ "tokens", IS(ARRAY), true, NULL, ROW_TOKENS, NULL },
	{ 0 },
};
static const struct member take_channels[] = {
	HOLDS("email", take_email_parts),
	HOLDS("sms", take_sms_parts),
	HOLDS("whatsapp", take_whatsapp_parts),
	HOLDS("push", take_push_parts),
	{ 0 },
};

static const struct member give_attributes[] = {
	{ "email", TEXT, false, NULL, ROW_EMAIL, NULL },
	{ "phone_number", TEXT, false, NULL, ROW_PHONE, NULL },
	{ "subscriptions", IS(OBJECT), true, give_channels, -1, NULL },
	{ "age_gated_date_of_birth", TEXT, false, NULL, ROW_BIRTH, NULL },
	{ 0 },
};
static const struct member take_attributes[] = {
	{ "email", TEXT, false, NULL, ROW_EMAIL, NULL },
	{ "phone_number", TEXT, false, NULL, ROW_PHONE, NULL },
	{ "subscriptions", IS(OBJECT), true, take_channels, -1, NULL },
	{ 0 },
};
static const struct member give_row[] = {
	{ "type", IS(STRING), true, NULL, -1, "profile" },
	{ "id", TEXT, false, NULL, ROW_ID, NULL },
	{ "attributes", IS(OBJECT), true, give_attributes, ROW_ATTRIBUTES,
	    NULL },
	{ 0 },
};
static const struct member take_row[] = {
	{ "type", IS(STRING), true, NULL, -1, "profile" },
	{ "attributes", IS(OBJECT), true, take_attributes, ROW_ATTRIBUTES,
	    NULL },
	{ 0 },
};

static const struct member push_token[] = {
	{ "token", IS(STRING), true, NULL, -1, NULL },
	{ "platform", IS(STRING), true, NULL, -1, "android ios" },
	{ "vendor", IS(STRING), true, NULL, -1, "apns fcm" },
	{ "enablement_status", TEXT, false, NULL, -1,
	    "AUTHORIZED DENIED NOT_DETERMINED PROVISIONAL UNAUTHORIZED" },
	{ "background", TEXT, false, NULL, -1, "AVAILABLE DENIED RESTRICTED" },
	{ "device_metadata", OBJECT, false, NULL, -1, NULL },
	{ 0 },
};

/* --- around the rows -------------------------------------------------------
 */

enum {
	AROUND_ROWS = BODY_OWN,
	AROUND_SOURCE,
	AROUND_HISTORICAL,
	AROUND_NODES
};

static const struct member around_rows[] = {
	{ "data", IS(ARRAY), true, NULL, AROUND_ROWS, NULL },
	{ 0 },
};
static const struct member around_list[] = {
	{ "list", IS(OBJECT), false, body_to_list, -1, NULL },
	{ 0 },
};
static const struct member give_what[] = {
	{ "custom_source", TEXT, false, NULL, AROUND_SOURCE, NULL },
	{ "profiles", IS(OBJECT), true, around_rows, -1, NULL },
	{ "historical_import", FLAG, false, NULL, AROUND_HISTORICAL, NULL },
	{ 0 },
};
static const struct member take_what[] = {
	{ "profiles", IS(OBJECT), true, around_rows, -1, NULL },
	{ 0 },
};
static const struct member give_data[] = {
	{ "type", IS(STRING), true, NULL, -1,
	    "profile-subscription-bulk-create-job" },
	{ "attributes", IS(OBJECT), true, give_what, -1, NULL },
	{ "relationships", IS(OBJECT), false, around_list, -1, NULL },
	{ 0 },
};
static const struct member take_data[] = {
	{ "type", IS(STRING), true, NULL, -1,
	    "profile-subscription-bulk-delete-job" },
	{ "attributes", IS(OBJECT), true, take_what, -1, NULL },
	{ "relationships", IS(OBJECT), false, around_list, -1, NULL },
	{ 0 },
};

bool
consent_request_read(struct box *box, bool subscribe, uint32_t data,
    struct consent_request *r, struct problem *p)
{
	static const char where[] = "/data/relationships/list/data/id";
	const struct kl_json *doc = &box->doc;
	uint32_t found[AROUND_NODES] = { 0 };
	struct kl_span id;

	*r = (struct consent_request){ .subscribe = subscribe };
	if (!body_read(doc, data, subscribe ? give_data : take_data,
		subscribe ? "profile-subscription-bulk-create-job"
			  : "profile-subscription-bulk-delete-job",
		"/data", found, p))
		return false;
	r->rows = found[AROUND_ROWS];
	r->source = found[AROUND_SOURCE];
	r->historical = found[AROUND_HISTORICAL] != 0 &&
	    kl_json_type(doc, found[AROUND_HISTORICAL]) == KL_JSON_TRUE;
	if (found[BODY_LIST] == 0)
		return true;
	id = body_id(doc, found[BODY_LIST]);
	if ((r->list = store_list(&box->store, id)) != NULL)
		return true;
	(void)list_missing(p, false, id);
	p->kind = BAD_INPUT;
	(void)snprintf(p->where, sizeof(p->where), "%s", where);
	return false;
}

/* --- a row -----------------------------------------------------------------
 */

static bool
identifiers(const struct kl_json *doc, const uint32_t *found, struct problem *p)
{
	struct kl_buf tmp = { 0 };
	bool good = true;

	if (found[ROW_EMAIL] != 0 &&
	    !check_email(kl_json_text(doc, found[ROW_EMAIL], &tmp)))
		good = problem_set(p, BAD_INPUT, "/attributes/email",
		    "Invalid email address");
	else if (found[ROW_PHONE] != 0 &&
	    !check_phone(kl_json_text(doc, found[ROW_PHONE], &tmp)))
		good = problem_set(p, BAD_INPUT, "/attributes/phone_number",
		    "Invalid phone number format (Example of a valid format: "
		    "+12345678901)");
	kl_buf_free(&tmp);
	return good;
}

/* A number that is to get sms is of a region the account sends to. */
static bool
reachable(const struct box *box, const uint32_t *found, struct problem *p)
{
	const char *region = box->readings.sms_region;
	struct kl_buf tmp = { 0 };
	struct kl_span phone;
	bool good;

	if (region == NULL || found[ROW_PHONE] == 0 ||
	    (found[ROW_CONSENT + SMS_MARKETING] == 0 &&
		found[ROW_CONSENT + SMS_TRANSACTIONAL] == 0))
		return true;
	phone = kl_json_text(&box->doc, found[ROW_PHONE], &tmp);
	good = phone.n >= strlen(region) &&
	    memcmp(phone.s, region, strlen(region)) == 0;
	kl_buf_free(&tmp);
	return good ||
	    problem_set(p, BAD_INPUT, "/attributes/phone_number",
		"Phone number is valid but is not in a supported region for "
		"this account.");
}

/* Who is to get sms says when they were born, if the account asks. */
static bool
of_age(const struct box *box, const uint32_t *found, struct problem *p)
{
	return !box->readings.age_gate || found[ROW_BIRTH] != 0 ||
	    (found[ROW_CONSENT + SMS_MARKETING] == 0 &&
		found[ROW_CONSENT + SMS_TRANSACTIONAL] == 0) ||
	    problem_set(p, BAD_INPUT, "/attributes/age_gated_date_of_birth",
		"'age_gated_date_of_birth' is required for this account.");
}

/* Which channels the row is about need which identifier. */
static bool
channels_named(const struct box *box, const uint32_t *found, struct problem *p)
{
	static const struct {
		int from, to, needs;
		const char *identifier, *channel;
	} groups[] = {
		{ EMAIL_MARKETING, OPEN_TRACKING, ROW_EMAIL, "email", "email" },
		{ SMS_MARKETING, SMS_TRANSACTIONAL, ROW_PHONE, "phone_number",
		    "sms" },
		{ WHATSAPP_MARKETING, WHATSAPP_CONVERSATIONAL, ROW_PHONE,
		    "phone_number", "whatsapp" },
		{ PUSH_MARKETING, PUSH_MARKETING, -1, NULL, NULL },
	};
	struct kl_span id = body_id(&box->doc, found[ROW_ID]);
	bool any = false;
	size_t i;
	int k;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (k = groups[i].from; k <= groups[i].to; k++) {
			if (found[ROW_CONSENT + k] == 0)
				continue;
			any = true;
			if (groups[i].needs < 0 ||
			    found[groups[i].needs] != 0 ||
			    (groups[i].needs == ROW_EMAIL && id.n > 0))
				continue;
			return problem_set(p, BAD_INPUT, "/attributes",
			    "'%s' must not be empty when the %s channel is "
			    "included in 'subscriptions'.",
			    groups[i].identifier, groups[i].channel);
		}
	if (!any)
		return problem_set(p, BAD_INPUT, "/attributes/subscriptions",
		    "At least one channel is required.");
	if (id.n > 0 && store_by_id(&box->store, id) == NONE)
		return problem_set(p, NOT_FOUND, "/id",
		    "A profile with id %.*s does not exist.",
		    id.n > 60 ? 60 : (int)id.n, id.s);
	return true;
}

/* Of a history each consent has its time, which is past; of others none. */
static bool
consent_time(const struct kl_json *doc, const struct consent_request *r,
    uint32_t node, uint64_t now, struct problem *p)
{
	static const char where[] = "/attributes/subscriptions";
	struct kl_buf tmp = { 0 };
	int64_t t;
	bool good;

	if (!r->historical)
		return node == 0 ||
		    problem_set(p, BAD_INPUT, where,
			"'consented_at' is only allowed when "
			"'historical_import' is true.");
	if (node == 0)
		return problem_set(p, BAD_INPUT, where,
		    "'consented_at' is required when 'historical_import' is "
		    "true.");
	good = check_time(kl_json_text(doc, node, &tmp), &t);
	kl_buf_free(&tmp);
	if (!good)
		return problem_set(p, BAD_INPUT, where,
		    "Invalid input for 'consented_at': expected a datetime.");
	if (t >= (int64_t)now || t < INT64_C(631152000) * 1000000)
		return problem_set(p, BAD_INPUT, where,
		    "'consented_at' must be in the past, and not before "
		    "1990-01-01.");
	return true;
}

static bool
times(const struct kl_json *doc, const struct consent_request *r,
    const uint32_t *found, uint64_t now, struct problem *p)
{
	int64_t day;
	int i;

	for (i = 0; r->subscribe && i < CHANNELS; i++)
		if (found[ROW_CONSENT + i] != 0 && i != OPEN_TRACKING &&
		    !consent_time(doc, r, found[ROW_CONSENTED_AT + i], now, p))
			return false;
	if (found[ROW_BIRTH] != 0 &&
	    !check_time(body_id(doc, found[ROW_BIRTH]), &day))
		return problem_set(p, BAD_INPUT,
		    "/attributes/age_gated_date_of_birth",
		    "Invalid input for 'age_gated_date_of_birth': expected a "
		    "date.");
	return true;
}

static bool
tokens(const struct kl_json *doc, uint32_t list, struct problem *p)
{
	if (list == 0)
		return true;
	kl_json_each (e, doc, list)
		if (!body_read(doc, e, push_token, "push-token",
			"/attributes/subscriptions/push/tokens", NULL, p))
			return false;
	return true;
}

bool
consent_row_read(struct box *box, const struct consent_request *r, uint32_t row,
    uint64_t now, uint32_t *found, struct problem *p)
{
	const struct kl_json *doc = &box->doc;

	memset(found, 0, ROW_NODES * sizeof(*found));
	return body_read(doc, row, r->subscribe ? give_row : take_row,
		   "profile", "", found, p) &&
	    identifiers(doc, found, p) && channels_named(box, found, p) &&
	    (!r->subscribe ||
		(reachable(box, found, p) && of_age(box, found, p))) &&
	    times(doc, r, found, now, p) && tokens(doc, found[ROW_TOKENS], p);
}
