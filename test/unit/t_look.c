/* SPDX-License-Identifier: MIT */
/* t_look.c - people who are looked up before they are sent, who may not share
 * a request, and who are sent twice: against a service that answers from a
 * table. */

#include <stdlib.h>

#include "fake-client.h"
#include "kl/client.h"
#include "kl/send.h"
#include "kl/url.h"
#include "ok.h"

/* --- the service ---------------------------------------------------------- */

static const struct {
	const char *id, *email, *phone, *external;
	bool member;
} people[] = {
	{ "01A", "a@x.org", "+15005550001", "xa", true },
	{ "01B", "B@x.org", NULL, "xb", false },
	{ "01C", NULL, "+15005550003", "xc", true },
	{ "01D", NULL, NULL, "xd", false },
	{ "01E", "e@x.org", NULL, NULL, true },
	{ "01F", "f@x.org", "+15005550001", NULL, true },
};
#define PEOPLE (sizeof(people) / sizeof(*people))

static struct {
	struct {
		struct kl_call call;
		char text[1000]; /* "GET /path?query body", decoded */
	} queue[32];
	unsigned n, sent;
	char log[6000]; /* a line a call */
	int lookup;	/* status of lookups; 0: as they should be */
	int send;	/* ... of what is sent; -1: no answer */
	const char *gone, *pointer; /* an id that is not there any more, and
				     * where it is said to stand */
	bool paged;		    /* one profile a page */
	size_t too_many; /* values that a filter must not have; 0: any */
	struct kl_buf body;
	struct kl_json doc;
} fake;

enum kl_rc
kl_client_start(struct kl_client *c, const struct kl_call *call,
    struct kl_err *err)
{
	struct kl_buf t = { 0 }, q = { 0 };
	size_t n = fake.n++;

	(void)c;
	(void)err;
	(void)kl_url_query(&q, call->query, "filter");
	kl_buf_printf(&t, "%s %s", call->ep->method, call->ep->path + 5);
	if (q.n > 0)
		kl_buf_printf(&t, " %s", kl_buf_str(&q));
	kl_buf_reset(&q);
	if (kl_url_query(&q, call->query, "page[cursor]"))
		kl_buf_printf(&t, " page %s", kl_buf_str(&q));
	if (call->body.n > 0)
		kl_buf_printf(&t, " %.*s", (int)call->body.n, call->body.s);
	fake.queue[n].call = *call;
	(void)snprintf(fake.queue[n].text, sizeof(fake.queue[n].text), "%s",
	    kl_buf_str(&t));
	(void)snprintf(fake.log + strlen(fake.log),
	    sizeof(fake.log) - strlen(fake.log), "%s\n", kl_buf_str(&t));
	kl_buf_free(&t);
	kl_buf_free(&q);
	return KL_OK;
}

/* True if the filter asks for that value. */
static bool
asks(const char *text, const char *field, const char *value)
{
	char want[80];

	(void)snprintf(want, sizeof(want), "any(%s,", field);
	if (value == NULL || strstr(text, want) == NULL)
		return false;
	(void)snprintf(want, sizeof(want), "\"%s\"", value);
	return strstr(text, want) != NULL;
}

static void
put_profile(struct kl_buf *b, size_t i)
{
	kl_json_put_comma(b);
	kl_buf_printf(b, "{\"type\":\"profile\",\"id\":\"%s\",\"attributes\":{",
	    people[i].id);
	if (people[i].email != NULL)
		kl_json_put_str(b, "email", people[i].email);
	if (people[i].phone != NULL)
		kl_json_put_str(b, "phone_number", people[i].phone);
	if (people[i].external != NULL)
		kl_json_put_str(b, "external_id", people[i].external);
	kl_buf_puts(b, "}}");
}

static int
answer_lookup(const char *text, const struct kl_endpoint *ep, struct kl_buf *b)
{
	bool list = ep->ep == KL_EP_LIST_PROFILES;
	const char *page = strstr(text, " page ");
	size_t i, skip = page != NULL ? (size_t)atoi(page + 6) : 0, seen = 0;
	size_t values = 0;
	const char *s;

	for (s = text; (s = strchr(s, '"')) != NULL; s++)
		values++;
	if (fake.too_many > 0 && values / 2 > fake.too_many)
		return 400;
	if (fake.lookup != 0)
		return fake.lookup;
	kl_buf_puts(b, "{\"data\":[");
	for (i = 0; i < PEOPLE; i++) {
		if ((list && !people[i].member) ||
		    !(asks(text, "id", people[i].id) ||
			asks(text, "email", people[i].email) ||
			asks(text, "phone_number", people[i].phone) ||
			asks(text, "external_id", people[i].external)))
			continue;
		if (!fake.paged || seen == skip)
			put_profile(b, i);
		seen++;
	}
	kl_buf_puts(b, "],\"links\":{\"next\":");
	if (fake.paged && skip + 1 < seen)
		kl_buf_printf(b,
		    "\"http://127.0.0.1:1%s?page%%5Bcursor%%5D=%zu\"}}",
		    list ? "/api/lists/KKbLLU/profiles" : "/api/profiles",
		    skip + 1);
	else
		kl_buf_puts(b, "null}}");
	return 200;
}

enum kl_rc
kl_client_next(struct kl_client *c, uint64_t ms, int fd, struct kl_answer *a,
    struct kl_err *err)
{
	static char text[1000];
	struct kl_call call;
	int status;

	(void)c;
	(void)ms;
	(void)fd;
	if (fake.n == 0)
		return KL_EOF;
	call = fake.queue[0].call;
	(void)snprintf(text, sizeof(text), "%s", fake.queue[0].text);
	memmove(fake.queue, fake.queue + 1, --fake.n * sizeof(*fake.queue));
	kl_buf_reset(&fake.body);
	if (strncmp(text, "GET", 3) == 0)
		status = answer_lookup(text, call.ep, &fake.body);
	else if (fake.gone != NULL && strstr(text, fake.gone) != NULL) {
		status = 404;
		if (fake.pointer != NULL)
			kl_buf_printf(&fake.body,
			    "{\"errors\":[{\"code\":\"not_found\",\"detail\":"
			    "\"x\",\"source\":{\"pointer\":\"%s\"}}]}",
			    fake.pointer);
	} else if ((status = fake.send) == 0) {
		status = call.ep->success[0];
		kl_buf_printf(&fake.body, "{\"data\":{\"id\":\"NEW%u\"}}",
		    ++fake.sent);
	}
	fake.doc.nodes = 0;
	if (fake.body.n > 0)
		(void)kl_json_scan(&fake.doc, fake.body.s, fake.body.n, err);
	*a = (struct kl_answer){ .tag = call.tag,
		.ep = call.ep,
		.effect = status < 0 ? KL_UNSURE
		    : status < 300   ? KL_APPLIED
				     : KL_REFUSED,
		.status = status < 0 ? 0 : status,
		.doc = &fake.doc,
		.attempts = 1 };
	if (a->effect != KL_APPLIED)
		(void)kl_err_set(&a->err, status < 0 ? KL_ERETRY : KL_EREFUSED,
		    "status %d", status);
	return KL_OK;
}

unsigned
kl_client_busy(const struct kl_client *c)
{
	(void)c;
	return fake.n;
}

/* --- a run ---------------------------------------------------------------- */

static struct {
	uint64_t count[KL_OUTCOMES];
	char rejected[200]; /* "3:code 7:code " */
	unsigned receipts;
} told;

static enum kl_rc
on_reject(void *ctx, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	size_t n = strlen(told.rejected);

	(void)ctx;
	(void)why;
	(void)err;
	told.count[KL_REJECTED]++;
	(void)snprintf(told.rejected + n, sizeof(told.rejected) - n, "%d:%s ",
	    (int)what->line, reason->code);
	return KL_OK;
}

static enum kl_rc
on_settle(void *ctx, struct kl_err *err)
{
	(void)ctx;
	(void)err;
	return KL_OK;
}

static void
on_count(void *ctx, enum kl_outcome o, uint64_t n)
{
	(void)ctx;
	told.count[o] += n;
}

static enum kl_rc
on_line(void *ctx, const char *s, size_t n, struct kl_err *err)
{
	(void)ctx;
	(void)s;
	(void)n;
	(void)err;
	told.receipts++;
	return KL_OK;
}

static void
on_note(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

/* All records through the verb; what ended the run. */
static enum kl_rc
push(const struct kl_verb *verb, const char *const *records)
{
	struct kl_profile profile = { .unknown = KL_UNKNOWN_KEEP,
		.match_id = true,
		.nulls = KL_NULLS_CLEAR };
	struct kl_send_opts o = { .verb = verb,
		.client = (struct kl_client *)&fake,
		.profile = &profile,
		.list = "KKbLLU",
		.run = "RUN",
		.parallel = 1,
		.sink = { NULL, on_reject, on_settle, on_count, on_line,
		    on_note } };
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };
	struct kl_send *run;
	enum kl_rc rc;
	uint64_t line;

	memset(&told, 0, sizeof(told));
	fake.log[0] = '\0';
	fake.sent = 0;
	if (kl_send_new(&run, &o, &err) != KL_OK)
		exit(1);
	for (line = 1; records[line - 1] != NULL; line++) {
		struct kl_send_record r = { .line = line,
			.s = KL_SPAN(records[line - 1]) };

		(void)kl_json_scan(&doc, r.s.s, r.s.n, &err);
		r.doc = &doc;
		if (kl_send_record(run, &r, &err) != KL_OK)
			ok(0, err.msg);
	}
	rc = kl_send_end(run, &err);
	while (rc == KL_OK)
		rc = kl_send_turn(run, 50, -1, &err);
	rc = kl_send_failure(run, &err);
	kl_send_free(run);
	kl_json_free(&doc);
	kl_profile_free(&profile);
	return rc;
}

/* --- verbs ---------------------------------------------------------------- */

static enum kl_rc
item(struct kl_making *to, const struct kl_json *doc, struct kl_err *err)
{
	enum kl_rc rc = kl_profile_body(to->profile, to->body, doc, err);

	to->way = to->profile->sends_null ? 1 : to->profile->appends ? 2 : 0;
	return rc;
}

static enum kl_rc
group(struct kl_buf *key, const struct kl_json *doc, void *ctx,
    struct kl_err *err)
{
	uint32_t at = kl_json_get(doc, 0, "title");

	(void)ctx;
	(void)err;
	if (at != 0)
		kl_buf_span(key, kl_json_raw(doc, at));
	return KL_OK;
}

static void
open_body(struct kl_buf *b, const struct kl_frame *f)
{
	kl_buf_printf(b, "%.*s[", (int)f->group.n,
	    f->group.n > 0 ? f->group.s : "");
}

static void
close_body(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_putc(b, ']');
}

/* The id alone. */
static void
put_id(struct kl_buf *b, struct kl_span made, const struct kl_found *who,
    const struct kl_frame *f)
{
	(void)made;
	(void)f;
	kl_buf_printf(b, "%.*s", (int)who->id.n, who->id.s);
}

static enum kl_outcome
judge(const struct kl_found *f, const struct kl_frame *frame,
    struct kl_err *why)
{
	(void)frame;
	if (f->id.n == 0) {
		(void)kl_err_set(why, KL_EDATA, "nobody");
		kl_err_code(why, "nobody");
		return KL_REJECTED;
	}
	return f->member ? KL_SEND_IT : KL_UNCHANGED;
}

static const struct kl_look on_list = { .on_list = true, .judge = judge };

static const struct kl_verb leaver = { .name = "leave",
	.list = KL_LIST_MUST,
	.road = { .ep = KL_EP_LIST_REMOVE,
	    .list_in_path = true,
	    .open = open_body,
	    .close = close_body,
	    .put = put_id },
	.look = &on_list,
	.item = item };

#define ROAD(EP)                                                               \
	{                                                                      \
		.ep = KL_EP_##EP, .open = open_body, .close = close_body       \
	}

static const struct kl_verb grouped = { .name = "group",
	.list = KL_LIST_MAYBE,
	.road = ROAD(SUPPRESS),
	.item = item,
	.group = group };

static const struct kl_road alone = { .ep = KL_EP_PROFILE_IMPORT,
	.open = open_body,
	.close = close_body,
	.tells_id = true };
static const struct kl_road once = ROAD(PROFILE_APPEND);
static const struct kl_road join = { .ep = KL_EP_LIST_ADD,
	.list_in_path = true,
	.open = open_body,
	.close = close_body,
	.put = put_id };

static const struct kl_verb ways = { .name = "ways",
	.list = KL_LIST_MUST,
	.road = ROAD(SUPPRESS),
	.aside = { &alone, &once },
	.then = &join,
	.item = item };

#define P(x) "{\"type\":\"profile\",\"attributes\":" x "}"

/* --- tests ---------------------------------------------------------------- */

static void
kinds(void)
{
	static const char *const records[] = { "{\"email\":\"A@x.org\"}",
		"{\"id\":\"01E\",\"email\":\"nobody@x.org\"}",
		"{\"phone_number\":\"+15005550003\",\"external_id\":\"xd\"}",
		"{\"external_id\":\"xb\"}", "{\"external_id\":\"xd\"}",
		"{\"external_id\":\"n\\\"o\\\\\"}", NULL };

	ok(push(&leaver, records) == KL_OK, "people are looked up");
	is(fake.log,
	    "GET profiles any(id,[\"01E\"])\n"
	    "GET lists/{id}/profiles any(email,[\"a@x.org\",\"A@x.org\"])\n"
	    "GET lists/{id}/profiles any(phone_number,[\"+15005550003\"])\n"
	    "GET profiles any(external_id,[\"xb\",\"n\\\"o\\\\\"])\n"
	    "GET lists/{id}/profiles any(email,[\"e@x.org\",\"b@x.org\"])\n"
	    "DELETE lists/{id}/relationships/profiles [01A,01E,01C]\n",
	    "by one kind after the other, and who is found no more");
	ok(told.count[KL_ACCEPTED] == 4 && told.count[KL_UNCHANGED] == 1,
	    "members leave, others are unchanged");
	is(told.rejected, "6:nobody ", "and who is not found is a reject");
}

static void
joined(void)
{
	static const char *const records[] = {
		"{\"email\":\"a@x.org\",\"phone_number\":\"+15005550001\"}",
		"{\"email\":\"f@x.org\",\"phone_number\":\"+15005550001\"}",
		NULL
	};

	fake.paged = true;
	ok(push(&leaver, records) == KL_OK, "two addresses of one person");
	is(fake.log,
	    "GET lists/{id}/profiles any(email,[\"a@x.org\",\"f@x.org\"])\n"
	    "GET lists/{id}/profiles any(email,[\"a@x.org\",\"f@x.org\"]) page "
	    "1\n"
	    "DELETE lists/{id}/relationships/profiles [01A,01F]\n",
	    "are both sent, and all pages are read");
	ok(told.count[KL_ACCEPTED] == 2, "for both records");
	fake.paged = false;
}

static void
refused(void)
{
	static const char *const records[] = { "{\"email\":\"a@x.org\"}",
		"{\"email\":\"e@x.org\"}", "{\"email\":\"f@x.org\"}", NULL };

	fake.lookup = 404;
	ok(push(&leaver, records) == KL_EREFUSED, "a lookup that is refused");
	ok(told.count[KL_FAILED] == 3 && strstr(fake.log, "DELETE") == NULL,
	    "ends the run, and nobody is sent");
	fake.lookup = 400;
	ok(push(&leaver, records) == KL_EREFUSED && told.count[KL_FAILED] == 3,
	    "so does one that is refused however little it asks for");
	fake.lookup = 0;
	fake.too_many = 1;
	ok(push(&leaver, records) == KL_OK && told.count[KL_ACCEPTED] == 3,
	    "of too many values it is made by halves");
	fake.too_many = 0;
}

static void
vanished(void)
{
	static const char *const records[] = {
		"{\"email\":\"a@x.org\",\"phone_number\":\"+15005550001\"}",
		"{\"email\":\"f@x.org\",\"phone_number\":\"+15005550001\"}",
		"{\"email\":\"e@x.org\"}",
		"{\"phone_number\":\"+15005550003\"}", NULL
	};
	static const char *const one[] = { "{\"email\":\"2@x\",\"title\":null}",
		NULL };

	fake.gone = "01E";
	fake.pointer = "/data/2";
	ok(push(&leaver, records) == KL_OK && told.count[KL_ACCEPTED] == 3,
	    "a profile that is gone is left out, if it is named");
	is(told.rejected, "3:nobody ", "and judged as if it was not found");
	ok(strstr(fake.log, "profiles [01A,01F,01C]\n") != NULL,
	    "others are sent");
	fake.gone = "01F";
	fake.pointer = "/data/1";
	ok(push(&leaver, records) == KL_OK && told.count[KL_ACCEPTED] == 4,
	    "one of two profiles of a person");
	fake.gone = "01C";
	fake.pointer = NULL;
	ok(push(&leaver, records) == KL_OK && told.count[KL_ACCEPTED] == 3,
	    "or if it is not named");
	is(told.rejected, "4:nobody ", "it is found by halves");
	fake.gone = "NEW";
	ok(push(&ways, one) == KL_OK, "gone before it is in the list");
	is(told.rejected, "1:profile_gone ", "is a reject");
	fake.gone = NULL;
}

static void
groups(void)
{
	static const char *const records[] = {
		"{\"email\":\"1@x\",\"title\":\"p\"}",
		"{\"email\":\"2@x\",\"title\":\"q\"}",
		"{\"email\":\"3@x\",\"title\":\"p\"}",
		"{\"email\":\"2@x\",\"title\":\"q\",\"image\":\"i\"}",
		"{\"email\":\"1@x\",\"title\":\"q\"}", NULL
	};

	ok(push(&grouped, records) == KL_OK, "people of several groups");
	is(fake.log,
	    "POST profile-suppression-bulk-create-jobs \"p\"[" P(
		"{\"email\":"
		"\"1@x\","
		"\"title\":"
		"\"p\"}") "," P("{\"email\":\"3@x\",\"title\":\"p\"}") "]\n"
								       "POST "
								       "profile"
								       "-suppre"
								       "ssion-"
								       "bulk-"
								       "create-"
								       "jobs "
								       "\"q\""
								       "[" P(
									   "{\""
									   "ema"
									   "il"
									   "\":"
									   "\"2"
									   "@x"
									   "\","
									   "\"t"
									   "itl"
									   "e\""
									   ":"
									   "\"q"
									   "\","
									   "\"i"
									   "mag"
									   "e\""
									   ":"
									   "\"i"
									   "\""
									   "}") "]"
										"\n"
										"PO"
										"ST"
										" p"
										"ro"
										"fi"
										"le"
										"-s"
										"up"
										"pr"
										"es"
										"si"
										"on"
										"-b"
										"ul"
										"k-"
										"cr"
										"ea"
										"te"
										"-j"
										"ob"
										"s "
										"\""
										"q"
										"\""
										"[" P(
										    "{\"email\":\"1@x\",\"title\":\"q\"}") "]\n",
	    "have a request a group; one person is never in two");
	ok(told.count[KL_ACCEPTED] == 5 && told.receipts == 2,
	    "a batch has one receipt all the same");
}

static void
apart(void)
{
	static const char *const records[] = { "{\"email\":\"1@x\"}",
		"{\"email\":\"2@x\",\"title\":null}",
		"{\"email\":\"3@x\",\"title\":null}",
		"{\"email\":\"4@x\",\"meta\":{\"patch_properties\":{\"append\":"
		"{\"q\":1}}}}",
		NULL };

	ok(push(&ways, records) == KL_OK, "people go several ways");
	is(fake.log,
	    "POST profile-suppression-bulk-create-jobs [" P(
		"{\"email\":\"1@x\"}") "]\n"
				       "POST profile-import [" P(
					   "{\"email\":"
					   "\"2@x\","
					   "\"title\":"
					   "null}") "]\n"
						    "POST"
						    " pro"
						    "file"
						    "-imp"
						    "ort "
						    "[{"
						    "\"ty"
						    "pe\""
						    ":\"p"
						    "rofi"
						    "le\""
						    ",\"a"
						    "ttri"
						    "bute"
						    "s\":"
						    "{\"e"
						    "mail"
						    "\":"
						    "\"4@"
						    "x\"}"
						    ",\"m"
						    "eta"
						    "\":{"
						    "\"pa"
						    "tch_"
						    "prop"
						    "erti"
						    "es\""
						    ":{"
						    "\"ap"
						    "pend"
						    "\":"
						    "{\"q"
						    "\":"
						    "1}}}"
						    "}]\n"
						    "POST"
						    " pro"
						    "file"
						    "-imp"
						    "ort "
						    "[" P(
							"{\"email\":\"3@x\","
							"\"title\":null}") "]\n"
									   "POS"
									   "T "
									   "lis"
									   "ts/"
									   "{id"
									   "}/"
									   "rel"
									   "ati"
									   "ons"
									   "hip"
									   "s/"
									   "pro"
									   "fil"
									   "es "
									   "[NE"
									   "W2,"
									   "NEW"
									   "4]"
									   "\n",
	    "and who was imported alone joins the list by the id");
	ok(told.count[KL_ACCEPTED] == 4 && told.receipts == 1, "all arrive");
	fake.send = -1;
	ok(push(&ways, records + 3) == KL_ERETRY && told.count[KL_UNKNOWN] == 1,
	    "what is not answered is unknown");
	fake.send = 0;
}

int
main(void)
{
	kinds();
	joined();
	refused();
	vanished();
	groups();
	apart();
	kl_json_free(&fake.doc);
	kl_buf_free(&fake.body);
	return done();
}
