/* SPDX-License-Identifier: MIT */
/* t_query.c - questions: filters that are checked, and what is asked. */

#include "kl/query.h"
#include "ok.h"

static struct kl_err err;

static const struct kl_filter_field fields[] = { { "email",
						     KL_OP_EQUALS | KL_OP_ANY },
	{ "created", KL_OPS_STRICT }, { "profile", KL_OP_HAS }, { 0 } };

static void
test_filters(void)
{
	static const struct {
		const char *filter;
		enum kl_rc want;
		const char *msg;
	} rows[] = {
		{ "equals(email,\"a@b.example\")", KL_OK, NULL },
		{ "equals(email,'it\\'s')", KL_OK, NULL },
		{ "any(email,[\"a\",'b'])", KL_OK, NULL },
		{ "has(profile)", KL_OK, NULL },
		{ "equals(other.field_1$,-1.5)", KL_OK, NULL },
		{ "greater-than(created,2026-11-23T04:05:06+01:00)", KL_OK,
		    NULL },
		{ "has(profile),equals(email,'a,)')", KL_OK, NULL },
		{ "and(has(profile),equals(email,\"\"))", KL_OK, NULL },
		{ "", KL_EUSAGE,
		    "where: byte 1: an operator is missing, as equals" },
		{ "email", KL_EUSAGE,
		    "where: byte 6: an operator is followed by (" },
		{ "equals(", KL_EUSAGE, "where: byte 8: a field is missing" },
		{ "equals(email)", KL_EUSAGE,
		    "where: byte 13: a value is missing" },
		{ "equals(email,)", KL_EUSAGE,
		    "where: byte 14: a value is missing" },
		{ "equals(email,'a)", KL_EUSAGE,
		    "where: byte 17: a text without its closing quote" },
		{ "equals(email,'a\\'", KL_EUSAGE,
		    "where: byte 18: a text without its closing quote" },
		{ "equals(email,'a\\", KL_EUSAGE,
		    "where: byte 17: a text without its closing quote" },
		{ "equals(email,'a\n')", KL_EUSAGE,
		    "where: byte 16: a control character in a text" },
		{ "any(email,['a','b')", KL_EUSAGE,
		    "where: byte 19: a list without its closing bracket" },
		{ "any(email,[])", KL_EUSAGE,
		    "where: byte 12: a value is missing" },
		{ "any(email,[['a']])", KL_EUSAGE,
		    "where: byte 12: a value is missing" },
		{ "equals(email,'a'", KL_EUSAGE,
		    "where: byte 17: a condition without its closing "
		    "parenthesis" },
		{ "has(profile) ", KL_EUSAGE,
		    "where: byte 13: something after the last condition" },
		{ "has(profile),", KL_EUSAGE,
		    "where: byte 14: an operator is missing, as equals" },
		{ "and(has(profile))", KL_EUSAGE,
		    "where: byte 17: and takes two conditions or more" },
		{ "and(and(has(a),has(b)),has(profile))", KL_EUSAGE,
		    "where: byte 8: and within and" },
		{ "equal(email,'a')", KL_EUSAGE,
		    "where: there is no operator equal" },
		{ "or(has(a),has(b))", KL_EUSAGE,
		    "where: there is no operator or" },
		{ "equals(emial,'a')", KL_EUSAGE,
		    "where: klaviyo filters by no emial" },
		{ "contains(email,'a')", KL_EUSAGE,
		    "where: klaviyo does not compare email with contains" },
		{ "equals(email,'\xff')", KL_EUSAGE, "where: not UTF-8" },
	};
	char big[KL_FILTER_MAX + 2];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum kl_rc rc =
		    kl_filter_check(KL_SPAN(rows[i].filter), fields, &err);

		ok(rc == rows[i].want, rows[i].filter);
		if (rows[i].msg != NULL)
			is(err.msg, rows[i].msg, "and why");
	}
	ok(kl_filter_check(KL_SPAN("contains(emial,1)"), NULL, &err) == KL_OK,
	    "without a table the syntax alone is judged");
	memset(big, 'a', sizeof(big));
	ok(kl_filter_check((struct kl_span){ big, sizeof(big) - 1 }, NULL,
	       &err) == KL_EUSAGE &&
		strstr(err.msg, "8192 are the most") != NULL,
	    "a filter has a limit");
}

/* What is asked for, decoded enough to be read. */
static void
asked(enum kl_res res, const struct kl_want *w, const char *want,
    const char *what)
{
	static const struct {
		const char *from;
		char to;
	} marks[] = { { "%5B", '[' }, { "%5D", ']' }, { "%2C", ',' },
		{ "%28", '(' }, { "%29", ')' }, { "%22", '"' }, { "%3A", ':' },
		{ "%5C", '\\' }, { "%2B", '+' } };
	struct kl_span none = { NULL, 0 };
	struct kl_query q = { 0 };
	struct kl_buf b = { 0 }, plain = { 0 };
	size_t i, k;

	if (kl_query_make(&q, res, NULL, w, &err) != KL_OK)
		kl_buf_puts(&b, err.msg);
	else
		kl_query_put(&q, &b, NULL, none, none);
	for (i = 0; i < b.n; i++) {
		for (k = 0; k < sizeof(marks) / sizeof(marks[0]); k++)
			if (i + 3 <= b.n &&
			    memcmp(b.s + i, marks[k].from, 3) == 0)
				break;
		if (k < sizeof(marks) / sizeof(marks[0])) {
			kl_buf_putc(&plain, marks[k].to);
			i += 2;
		} else
			kl_buf_putc(&plain, b.s[i]);
	}
	is(kl_buf_str(&plain), want, what);
	kl_query_free(&q);
	kl_buf_free(&b);
	kl_buf_free(&plain);
}

static void
test_questions(void)
{
	asked(KL_RES_MEMBERS, &(struct kl_want){ 0 }, "page[size]=100",
	    "members come a hundred at a time");
	asked(KL_RES_EVENTS, &(struct kl_want){ 0 },
	    "page[size]=1000&include=profile,metric",
	    "events come a thousand at a time, with whom and what");
	asked(KL_RES_EVENTS,
	    &(struct kl_want){ .fields = "uuid,profile.email,profile.title" },
	    "page[size]=1000&fields[event]=uuid&fields[profile]=email,title"
	    "&include=profile",
	    "fields of events name what they belong to");
	asked(KL_RES_EVENTS, &(struct kl_want){ .fields = "metric.name" },
	    "page[size]=1000&fields[event]=id&fields[metric]=name"
	    "&include=metric",
	    "nothing of the event but its id");
	asked(KL_RES_METRICS, &(struct kl_want){ 0 }, "",
	    "metrics take no page size");
	asked(KL_RES_PROFILES,
	    &(struct kl_want){ .since = "2026-11-01",
		.until = "2026-11-02T03:04:05.5+01:00",
		.email = "a\"\\@b.example",
		.where = "equals(external_id,\"x\")",
		.page = 7 },
	    "page[size]=7&filter=greater-than(updated,2026-11-01T00:00:00+00:"
	    "00)"
	    ",less-than(updated,2026-11-02T03:04:05.5+01:00)"
	    ",equals(email,\"a\\\"\\\\%40b.example\")"
	    ",equals(external_id,\"x\")",
	    "conditions stand together, times as the service wants them");
	asked(KL_RES_MEMBERS, &(struct kl_want){ .since = "2026-11-01" },
	    "page[size]=100&filter=greater-or-equal(joined_group_at,"
	    "2026-11-01T00:00:00+00:00)",
	    "since is in it where the service can say so");
	asked(KL_RES_SUPPRESSIONS, &(struct kl_want){ 0 },
	    "page[size]=100&fields[profile]=email,phone_number,external_id"
	    "&additional-fields[profile]=subscriptions"
	    "&filter=greater-or-equal(subscriptions.email.marketing."
	    "suppression.timestamp,1990-01-01T00:00:00Z)",
	    "who is suppressed at all");
	asked(KL_RES_SUPPRESSIONS,
	    &(struct kl_want){ .since = "2026-11-01",
		.with = "subscriptions,predictive_analytics" },
	    "page[size]=100&fields[profile]=email,phone_number,external_id"
	    "&additional-fields[profile]=subscriptions,predictive_analytics"
	    "&filter=greater-or-equal(subscriptions.email.marketing."
	    "suppression.timestamp,2026-11-01T00:00:00+00:00)",
	    "one time only, and no field twice");
}

static void
test_refusals(void)
{
	asked(KL_RES_PROFILES, &(struct kl_want){ .fields = "email,joined" },
	    "fields: klaviyo offers no joined", "a field there is not");
	asked(KL_RES_PROFILES, &(struct kl_want){ .fields = "" },
	    "fields: klaviyo offers no ", "no field");
	asked(KL_RES_PROFILES, &(struct kl_want){ .with = "all" },
	    "with: klaviyo offers no all", "nothing more of that name");
	asked(KL_RES_LISTS, &(struct kl_want){ .with = "subscriptions" },
	    "there is nothing more of lists to ask for", "nothing more at all");
	asked(KL_RES_PROFILES, &(struct kl_want){ .since = "yesterday" },
	    "since: time is not RFC 3339: too short", "no time");
	asked(KL_RES_PROFILES, &(struct kl_want){ .until = "2026-02-30" },
	    "until: time is not RFC 3339: no such day", "no day");
	asked(KL_RES_PROFILES,
	    &(struct kl_want){ .since = "2026-02-03",
		.until = "2026-02-03T01:00:00+01:00" },
	    "until is not later than since: nothing can be between them",
	    "nothing between them");
	asked(KL_RES_EVENTS,
	    &(struct kl_want){ .since = "2026-02-03T00:00:00.5Z",
		.until = "2026-02-03T00:00:00.4Z" },
	    "until is not later than since: nothing can be between them",
	    "by less than a second");
	asked(KL_RES_LISTS, &(struct kl_want){ .until = "2026-02-03" },
	    "lists cannot be asked for by time with until", "no until");
	asked(KL_RES_METRICS, &(struct kl_want){ .since = "2026-02-03" },
	    "metrics cannot be asked for by time with since", "no time at all");
	asked(KL_RES_LISTS, &(struct kl_want){ .email = "a@b.example" },
	    "lists cannot be asked for by e-mail address", "no address");
	asked(KL_RES_SUPPRESSIONS,
	    &(struct kl_want){ .since = "2026-02-03", .until = "2026-02-04" },
	    "suppressions can be asked for by one time only: since or until",
	    "the service takes one time");
	asked(KL_RES_LISTS, &(struct kl_want){ .page = 11 },
	    "a page of lists has 10 rows at most", "pages have a limit");
}

int
main(void)
{
	struct kl_query q = { 0 };
	struct kl_buf b = { 0 };

	test_filters();
	test_questions();
	test_refusals();
	ok(kl_query_make(&q, KL_RES_EVENTS, NULL,
	       &(struct kl_want){ .fields = "uuid" }, &err) == KL_OK,
	    "a question");
	kl_query_where(&q, KL_SPAN("has(metric)"));
	kl_query_put(&q, &b, "-datetime", KL_SPAN("has(profile)"),
	    KL_SPAN("c="));
	is(kl_buf_str(&b),
	    "page%5Bsize%5D=1000&fields%5Bevent%5D=uuid&filter=has%28metric%29"
	    "%2Chas%28profile%29&sort=-datetime&page%5Bcursor%5D=c%3D",
	    "conditions of a request come after those of the question");
	kl_query_free(&q);
	kl_buf_free(&b);
	return done();
}
