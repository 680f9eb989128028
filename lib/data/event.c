/* SPDX-License-Identifier: MIT */

/*
 * event.c - the members of an event record, and the object that is sent.
 */

#include <string.h>

#include "kl/event.h"
#include "kl/near.h"

#include "event-priv.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ROW(name, form, required)                                              \
	{                                                                      \
		name, sizeof(name) - 1, KL_EVENT_##form, required              \
	}

static const struct kl_event_member members[] = {
	ROW("metric", METRIC, true),
	ROW("profile", PROFILE, true),
	ROW("properties", PROPERTIES, false),
	ROW("time", TIME, false),
	ROW("value", VALUE, false),
	ROW("value_currency", CURRENCY, false),
	ROW("unique_id", UNIQUE_ID, false),
	ROW("backfill", FLAG, false),
};

static const char *const names[] = { "metric", "profile", "properties", "time",
	"value", "value_currency", "unique_id", "backfill", NULL };

/*
 * ISO 4217, in order, each followed by a blank: what is in use, funds and
 * metals, and what was withdrawn since 2010, because events may be old.
 * XTS and XXX, which stand for no currency, are not among them.
 */
static const char currencies[] =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND "
    "BOB BOV BRL BSD BTN BWP BYN BYR BZD CAD CDF CHE CHF CHW CLF CLP CNY COP "
    "COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK "
    "JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL "
    "LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR MZN "
    "NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
    "RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL "
    "THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN USS UYI UYU UYW UZS "
    "VED VEF VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF "
    "XPD XPF XPT XSU XUA YER ZAR ZMK ZMW ZWG ZWL ";

const struct kl_event_member *
kl_event_member(struct kl_span name)
{
	size_t i;

	for (i = 0; i < COUNT(members); i++)
		if (members[i].n == name.n &&
		    memcmp(members[i].name, name.s, name.n) == 0)
			return &members[i];
	return NULL;
}

const char *const *
kl_event_names(void)
{
	return names;
}

bool
kl_currency_is(struct kl_span code)
{
	size_t low = 0, high = (sizeof(currencies) - 1) / 4, mid;
	int d;

	if (code.n != 3)
		return false;
	while (low < high) {
		mid = (low + high) / 2;
		d = memcmp(code.s, currencies + 4 * mid, 3);
		if (d == 0)
			return true;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

enum kl_rc
event_unknown(struct kl_event *e, const struct kl_json *doc, uint32_t m,
    struct kl_err *err)
{
	const char *option = e->profile.unknown_option, *near;
	struct kl_span name = kl_member_text(doc, m, &e->profile.name);
	struct kl_err where = { 0 };

	kl_member_path(&where, doc, m, NULL);
	near = kl_near(names, where.field, strlen(where.field));
	(void)kl_err_set(err, KL_EDATA, "%s is not a member of an event",
	    where.field);
	kl_err_code(err, "member_unknown");
	kl_err_field(err, where.field, strlen(where.field));
	if (kl_profile_member(name) != NULL)
		kl_err_hint(err, "what says who it is belongs inside profile");
	else
		kl_err_hint(err,
		    "%s%s%swhat says what it was about belongs inside "
		    "properties%s%s",
		    near != NULL ? "is it " : "", near != NULL ? near : "",
		    near != NULL ? "? otherwise, " : "",
		    option != NULL ? "; or use " : "",
		    option != NULL ? option : "");
	return KL_EDATA;
}

enum kl_rc
event_missing(const char *name, const char *hint, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "the event has no %s", name);
	kl_err_code(err, "member_missing");
	kl_err_field(err, name, strlen(name));
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

/* The value of a member of the record; 0: none, or null. */
static uint32_t
value_of(const struct kl_json *doc, const char *name)
{
	uint32_t at = kl_json_get(doc, 0, name);

	return at != 0 && kl_json_type(doc, at) != KL_JSON_NULL ? at : 0;
}

/* Append the members that have no place of their own. */
static enum kl_rc
put_others(struct kl_event *e, struct kl_buf *b, const struct kl_json *doc,
    struct kl_err *err)
{
	const struct kl_event_member *row;

	kl_json_each_member (m, doc, 0) {
		row = kl_event_member(kl_member_text(doc, m, &e->profile.name));
		if (row == NULL && e->profile.unknown == KL_UNKNOWN_REFUSE)
			return event_unknown(e, doc, m, err);
		if (row == NULL && e->profile.unknown == KL_UNKNOWN_DROP)
			continue;
		if ((row != NULL && row->form <= KL_EVENT_PROPERTIES) ||
		    kl_json_type(doc, m + 1) == KL_JSON_NULL)
			continue;
		kl_buf_putc(b, ',');
		kl_buf_span(b, kl_json_raw(doc, m));
		kl_buf_putc(b, ':');
		kl_buf_span(b, kl_json_raw(doc, m + 1));
	}
	return KL_OK;
}

enum kl_rc
kl_event_body(struct kl_event *e, struct kl_buf *b, const struct kl_json *doc,
    struct kl_err *err)
{
	uint32_t metric, properties;
	size_t start = b->n;

	if (kl_member_object(doc, err) != KL_OK)
		return KL_EDATA;
	if ((metric = value_of(doc, "metric")) == 0)
		return event_missing("metric", "add the name of what happened",
		    err);
	properties = value_of(doc, "properties");
	kl_buf_puts(b,
	    "{\"type\":\"event\",\"attributes\":{\"metric\":{\"data\":"
	    "{\"type\":\"metric\",\"attributes\":{\"name\":");
	kl_buf_span(b, kl_json_raw(doc, metric));
	kl_buf_puts(b, "}}},\"properties\":");
	if (properties != 0)
		kl_buf_span(b, kl_json_raw(doc, properties));
	else
		kl_buf_puts(b, "{}");
	if (put_others(e, b, doc, err) != KL_OK) {
		b->n = start;
		return KL_EDATA;
	}
	kl_buf_puts(b, "}}");
	return kl_buf_check(b, err);
}

enum kl_rc
kl_event_profile(struct kl_event *e, struct kl_buf *b,
    const struct kl_json *doc, enum kl_event_meta meta, struct kl_err *err)
{
	uint32_t profile;

	if (kl_member_object(doc, err) != KL_OK)
		return KL_EDATA;
	if ((profile = value_of(doc, "profile")) == 0)
		return event_missing("profile", "add who it was", err);
	if (kl_json_type(doc, profile) != KL_JSON_OBJECT) {
		(void)kl_err_set(err, KL_EDATA, "profile is not an object");
		kl_err_code(err, "type_wrong");
		kl_err_field(err, "profile", 7);
		return KL_EDATA;
	}
	return kl_member_body(&e->profile, b, doc, profile,
	    meta == KL_META_INSIDE, err);
}

void
kl_event_free(struct kl_event *e)
{
	kl_profile_free(&e->profile);
	kl_buf_free(&e->body);
}
