/* SPDX-License-Identifier: MIT */
/* t_send.c - the send engine against a client that answers by script: what
 * a sandbox does not do. */

#include <stdlib.h>

#include "fake-client.h"
#include "kl/client.h"
#include "kl/send.h"
#include "ok.h"

/* --- the client ----------------------------------------------------------- */

struct call {
	const struct kl_endpoint *ep;
	char id[64];
	char query[200];
	struct kl_buf body;
	void *tag;
	unsigned items;
};

/* How the service answers in this test: sets status and body. */
typedef void script(const struct call *c, int *status, struct kl_buf *body);

static struct {
	script *answer;
	struct call queue[32];
	unsigned n;
	unsigned imports, walks, asks, errors; /* calls made */
	unsigned items[32];		       /* of each import */
	bool hold;			       /* answer nothing */
	struct kl_json doc;
	struct kl_buf body;
} fake;

enum kl_rc
kl_client_start(struct kl_client *c, const struct kl_call *call,
    struct kl_err *err)
{
	struct call *q = &fake.queue[fake.n++];
	const char *s;

	(void)c;
	(void)err;
	*q = (struct call){ .ep = call->ep, .tag = call->tag };
	if (call->id != NULL)
		(void)snprintf(q->id, sizeof(q->id), "%s", call->id);
	(void)snprintf(q->query, sizeof(q->query), "%.*s", (int)call->query.n,
	    call->query.n > 0 ? call->query.s : "");
	kl_buf_span(&q->body, call->body);
	for (s = kl_buf_str(&q->body); (s = strstr(s, "\"profile\"")) != NULL;
	     s++)
		q->items++;
	if (call->ep->ep == KL_EP_IMPORT_CREATE)
		fake.items[fake.imports++] = q->items;
	fake.walks += call->ep->ep == KL_EP_IMPORTS;
	fake.asks += call->ep->ep == KL_EP_IMPORT;
	fake.errors += call->ep->ep == KL_EP_IMPORT_ERRORS;
	return KL_OK;
}

enum kl_rc
kl_client_next(struct kl_client *c, uint64_t ms, int fd, struct kl_answer *a,
    struct kl_err *err)
{
	struct call q;
	int status = 200;

	(void)c;
	(void)ms;
	(void)fd;
	if (fake.n == 0)
		return KL_EOF;
	if (fake.hold)
		return KL_AGAIN;
	q = fake.queue[0];
	memmove(fake.queue, fake.queue + 1, --fake.n * sizeof(q));
	kl_buf_reset(&fake.body);
	fake.answer(&q, &status, &fake.body);
	kl_buf_free(&q.body);
	if (fake.body.n == 0 ||
	    kl_json_scan(&fake.doc, fake.body.s, fake.body.n, err) != KL_OK)
		fake.doc.nodes = 0;
	*a = (struct kl_answer){ .tag = q.tag,
		.ep = q.ep,
		.effect = status < 300 ? KL_APPLIED
		    : status == 500    ? KL_UNSURE
				       : KL_REFUSED,
		.status = status,
		.doc = &fake.doc,
		.attempts = 1 };
	if (status >= 300)
		(void)kl_err_set(&a->err,
		    status == 500 ? KL_ERETRY : KL_EREFUSED, "status %d",
		    status);
	return KL_OK;
}

unsigned
kl_client_busy(const struct kl_client *c)
{
	(void)c;
	return fake.n;
}

/* --- what the engine tells ------------------------------------------------ */

static struct {
	uint64_t count[KL_OUTCOMES];
	char rejected[200]; /* "3:code 7:code " */
	char notes[1000];
	char receipts[4000];
	unsigned settled, bytes; /* bytes: rejects that brought theirs */
} told;

static bool blind; /* the next run's rejects need not */

static enum kl_rc
on_reject(void *ctx, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	size_t n = strlen(told.rejected);

	(void)ctx;
	(void)why;
	(void)err;
	told.count[KL_REJECTED]++;
	told.bytes += what->s != NULL && what->n > 9 &&
	    memcmp(what->s, "{\"email\":", 9) == 0;
	(void)snprintf(told.rejected + n, sizeof(told.rejected) - n, "%d:%s ",
	    (int)what->line, reason->code);
	return KL_OK;
}

static enum kl_rc
on_settle(void *ctx, struct kl_err *err)
{
	(void)ctx;
	(void)err;
	told.settled++;
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
	size_t at = strlen(told.receipts);

	(void)ctx;
	(void)err;
	(void)snprintf(told.receipts + at, sizeof(told.receipts) - at, "%.*s\n",
	    (int)n, s);
	return KL_OK;
}

static void
on_note(void *ctx, const char *text)
{
	(void)ctx;
	(void)snprintf(told.notes + strlen(told.notes),
	    sizeof(told.notes) - strlen(told.notes), "%s", text);
}

/* --- a run ---------------------------------------------------------------- */

static struct kl_profile profile;
static struct kl_send *run;

static void
begin(script *answer, size_t records)
{
	struct kl_send_opts o = { .verb = kl_verb_find("add"),
		.client = (struct kl_client *)&fake,
		.profile = &profile,
		.list = "KKbLLU",
		.run = "RUN",
		.records = records,
		.job_ms = 5000,
		.sink = { NULL, on_reject, on_settle, on_count, on_line,
		    on_note, .blind = blind } };
	struct kl_err err = { 0 };

	memset(&told, 0, sizeof(told));
	fake.answer = answer;
	fake.imports = fake.walks = fake.asks = fake.errors = 0;
	fake.hold = false;
	if (kl_send_new(&run, &o, &err) != KL_OK)
		exit(1);
}

static void
offer(uint64_t line, const char *record)
{
	struct kl_json doc = { 0 };
	struct kl_err err = { 0 };
	struct kl_send_record r = { .line = line, .s = KL_SPAN(record) };

	(void)kl_json_scan(&doc, record, strlen(record), &err);
	r.doc = &doc;
	if (kl_send_record(run, &r, &err) != KL_OK)
		ok(0, err.msg);
	kl_json_free(&doc);
}

static void
offer_people(unsigned n)
{
	char text[64];
	unsigned i;

	for (i = 1; i <= n; i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"email\":\"p%u@shop.example\"}", i);
		offer(i, text);
	}
}

/* Run to the end and give the failure. */
static struct kl_err
finish(void)
{
	struct kl_err err = { 0 };
	enum kl_rc rc = kl_send_end(run, &err);

	while (rc == KL_OK)
		rc = kl_send_turn(run, 50, -1, &err);
	if (rc != KL_EOF)
		ok(0, err.msg);
	memset(&err, 0, sizeof(err));
	(void)kl_send_failure(run, &err);
	kl_send_free(run);
	return err;
}

/* accepted, rejected, failed, unknown */
static bool
came(unsigned a, unsigned r, unsigned f, unsigned u)
{
	return told.count[KL_ACCEPTED] == a && told.count[KL_REJECTED] == r &&
	    told.count[KL_FAILED] == f && told.count[KL_UNKNOWN] == u;
}

/* --- scripts -------------------------------------------------------------- */

static void
put_job(struct kl_buf *b, const char *id, const char *status, unsigned failed)
{
	kl_buf_printf(b,
	    "{\"type\":\"profile-bulk-import-job\",\"id\":\"%s\","
	    "\"attributes\":{\"status\":\"%s\",\"total_count\":3,"
	    "\"completed_count\":null,\"failed_count\":%u}}",
	    id, status, failed);
}

/* An answer to an import: a job of the number of the call. */
static void
accept_import(int *status, struct kl_buf *b)
{
	char id[32];

	*status = 202;
	(void)snprintf(id, sizeof(id), "job.%u", fake.imports);
	kl_buf_puts(b, "{\"data\":");
	put_job(b, id, "queued", 0);
	kl_buf_puts(b, "}");
}

/* A page of all jobs with one status. */
static void
all_jobs(struct kl_buf *b, const char *status, unsigned failed)
{
	char id[32];
	unsigned i;

	kl_buf_puts(b, "{\"data\":[");
	for (i = fake.imports; i > 0; i--) {
		(void)snprintf(id, sizeof(id), "job.%u", i);
		put_job(b, id, status, failed);
		if (i > 1)
			kl_buf_putc(b, ',');
	}
	kl_buf_puts(b, "],\"links\":{\"next\":null}}");
}

static void
cancelled(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep == KL_EP_IMPORT_CREATE)
		accept_import(status, b);
	else
		all_jobs(b, fake.walks == 1 ? "processing" : "cancelled", 0);
}

static void
error_object(struct kl_buf *b, const char *payload, const char *pointer)
{
	kl_buf_printf(b,
	    "{\"type\":\"import-error\",\"id\":\"1\",\"attributes\":{"
	    "\"code\":\"invalid\",\"title\":\"t\",\"detail\":\"d\","
	    "\"source\":{\"pointer\":\"%s\"},\"original_payload\":%s}}",
	    pointer, payload);
}

/* Two failed, one of them named: twice, and in another case. */
static void
untied(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep == KL_EP_IMPORT_CREATE) {
		accept_import(status, b);
		return;
	}
	if (c->ep->ep == KL_EP_IMPORTS) {
		all_jobs(b, "complete", 2);
		return;
	}
	kl_buf_puts(b, "{\"data\":[");
	error_object(b, "{\"email\":\"P2@shop.example\"}", "/data");
	kl_buf_putc(b, ',');
	error_object(b, "{\"email\":\"P2@shop.example\"}", "/data");
	kl_buf_puts(b, "],\"links\":{\"next\":null}}");
}

/* As many as failed, over two pages; one without payload, by its row. */
static void
by_row(const struct call *c, int *status, struct kl_buf *b)
{
	bool second = strstr(c->query, "cursor") != NULL;

	if (c->ep->ep != KL_EP_IMPORT_ERRORS) {
		untied(c, status, b);
		return;
	}
	kl_buf_puts(b, "{\"data\":[");
	if (second)
		error_object(b, "null",
		    "/data/attributes/profiles/data/2/attributes/email");
	else
		error_object(b,
		    "{\"type\":\"profile\",\"attributes\":{"
		    "\"email\":\"p1@shop.example\"}}",
		    "/data/attributes/email");
	kl_buf_puts(b, "],\"links\":{\"next\":");
	kl_buf_puts(b,
	    second ? "null"
		   : "\"http://127.0.0.1:1/api/profile-bulk-import-jobs/job.1"
		     "/import-errors?page%5Bcursor%5D=two\"");
	kl_buf_puts(b, "}}");
}

/* One failed and is named, and somebody else is. */
static void
stranger(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep == KL_EP_IMPORT_CREATE) {
		accept_import(status, b);
		return;
	}
	if (c->ep->ep == KL_EP_IMPORTS) {
		all_jobs(b, "complete", 1);
		return;
	}
	kl_buf_puts(b, "{\"data\":[");
	error_object(b, "{\"email\":\"p1@shop.example\"}", "/data");
	kl_buf_putc(b, ',');
	error_object(b, "{\"email\":\"who@shop.example\"}", "/data");
	kl_buf_puts(b, "]}");
}

/* The collection never shows the job; asked by its id, it is complete. */
static void
missing(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep == KL_EP_IMPORT_CREATE)
		accept_import(status, b);
	else if (c->ep->ep == KL_EP_IMPORTS)
		kl_buf_puts(b, "{\"data\":[],\"links\":{}}");
	else {
		kl_buf_puts(b, "{\"data\":");
		put_job(b, c->id, "complete", 0);
		kl_buf_puts(b, "}");
	}
}

static void
forgotten(const struct call *c, int *status, struct kl_buf *b)
{
	missing(c, status, b);
	if (c->ep->ep == KL_EP_IMPORT)
		*status = 404;
}

/* Jobs of others fill the first page; ours is on the second. */
static void
second_page(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep == KL_EP_IMPORT_CREATE)
		accept_import(status, b);
	else if (strstr(c->query, "cursor") == NULL) {
		kl_buf_puts(b, "{\"data\":[");
		put_job(b, "other", "complete", 9);
		kl_buf_puts(b,
		    "],\"links\":{\"next\":\"http://127.0.0.1:1/api/"
		    "profile-bulk-import-jobs?page%5Bcursor%5D=x\"}}");
	} else
		all_jobs(b, "complete", 0);
}

/* No more than three at once. */
static void
too_large(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep != KL_EP_IMPORT_CREATE)
		all_jobs(b, "complete", 0);
	else if (c->items > 3)
		*status = 413;
	else
		accept_import(status, b);
}

static void
refused(struct kl_buf *b, const char *pointer)
{
	kl_buf_printf(b,
	    "{\"errors\":[{\"id\":\"1\",\"code\":\"duplicate_profile\","
	    "\"title\":\"t\",\"detail\":\"d\",\"source\":{"
	    "\"pointer\":\"%s\"}}]}",
	    pointer);
}

/* A conflict about one person, nowhere named. */
static void
conflict(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep != KL_EP_IMPORT_CREATE)
		all_jobs(b, "complete", 0);
	else if (strstr(c->body.s, "p5@") != NULL) {
		*status = 409;
		refused(b, "/data/attributes");
	} else
		accept_import(status, b);
}

/* One bad row named at a time. */
static void
one_by_one(const struct call *c, int *status, struct kl_buf *b)
{
	const char *bad = strstr(c->body.s, "\"p2@"), *s = c->body.s;
	char pointer[80];
	unsigned row = 0;

	if (c->ep->ep != KL_EP_IMPORT_CREATE) {
		all_jobs(b, "complete", 0);
		return;
	}
	if (bad == NULL)
		bad = strstr(c->body.s, "\"p7@");
	if (bad == NULL) {
		accept_import(status, b);
		return;
	}
	while ((s = strstr(s, "\"profile\"")) != NULL && s < bad) {
		row++;
		s++;
	}
	*status = 400;
	(void)snprintf(pointer, sizeof(pointer),
	    "/data/attributes/profiles/data/%u/attributes", row - 1);
	refused(b, pointer);
}

static void
bad_list(const struct call *c, int *status, struct kl_buf *b)
{
	(void)c;
	*status = 400;
	refused(b, "/data/relationships/lists/data/0/id");
}

static void
down(const struct call *c, int *status, struct kl_buf *b)
{
	if (c->ep->ep == KL_EP_IMPORT_CREATE && fake.imports == 1)
		accept_import(status, b);
	else
		*status = 500;
}

static void
no_job(const struct call *c, int *status, struct kl_buf *b)
{
	(void)c;
	*status = 202;
	kl_buf_puts(b, "{\"data\":{\"type\":\"x\"}}");
}

/* --- tests ---------------------------------------------------------------- */

static void
test_jobs(void)
{
	struct kl_err err;

	begin(cancelled, 100);
	offer_people(3);
	err = finish();
	ok(came(0, 0, 3, 0) && err.rc == KL_OK,
	    "a job that is cancelled: its records failed");
	is(told.notes, "job job.1 was cancelled by the service", "... and why");

	begin(missing, 100);
	offer_people(3);
	err = finish();
	ok(came(3, 0, 0, 0) && fake.walks == 3 && fake.asks == 1,
	    "a job that three walks did not show is asked after by its id");

	begin(forgotten, 100);
	offer_people(3);
	err = finish();
	ok(came(0, 0, 0, 3) && err.rc == KL_OK,
	    "one the service has forgotten: nothing is known");

	begin(second_page, 100);
	offer_people(3);
	err = finish();
	ok(came(3, 0, 0, 0) && fake.walks == 2 && fake.asks == 0,
	    "a job on the second page is found");

	begin(no_job, 100);
	offer_people(3);
	err = finish();
	ok(came(0, 0, 0, 3) && err.rc == KL_EPROTO,
	    "an answer without a job is nonsense");
}

static void
test_errors(void)
{
	begin(untied, 100);
	offer_people(3);
	(void)finish();
	ok(came(0, 1, 0, 2), "fewer named than failed: the rest is unknown");
	is(told.rejected, "2:klaviyo_invalid ",
	    "who is named is rejected, once");
	is(told.notes,
	    "job job.1 says 2 profiles failed, but its errors name 1: it is "
	    "not known which of the other 2 were imported",
	    "and it is said");
	ok(strstr(told.receipts, "\"status\":\"unknown\"") != NULL &&
		told.settled == 1,
	    "in the receipt too, after the rejects are kept");

	begin(by_row, 100);
	offer_people(3);
	(void)finish();
	ok(came(1, 2, 0, 0) && fake.errors == 2,
	    "errors are tied by payload and by row, over all pages");
	is(told.rejected, "1:email_invalid 3:email_invalid ",
	    "in the order of the input");

	begin(by_row, 3);
	offer_people(6);
	(void)finish();
	is(told.rejected, "1:email_invalid ", "and of several jobs");
	ok(told.bytes == 1, "a reject brings its record");
	blind = true;
	begin(by_row, 3);
	offer_people(6);
	(void)finish();
	blind = false;
	is(told.rejected, "1:email_invalid ",
	    "the same is rejected where nobody looks at the record");
	ok(told.bytes == 0, "whose memory others have by then");

	begin(stranger, 100);
	offer_people(3);
	(void)finish();
	ok(came(0, 1, 0, 2),
	    "an error about a stranger leaves the rest unknown");
}

static void
test_repair(void)
{
	struct kl_err err;

	begin(too_large, 100);
	offer_people(8);
	(void)finish();
	ok(came(8, 0, 0, 0) && fake.imports == 7,
	    "a body that is too large is halved until it is not");

	begin(conflict, 100);
	offer_people(16);
	(void)finish();
	ok(came(15, 1, 0, 0) && fake.imports == 9,
	    "a conflict is found with 2 log n requests");
	is(told.rejected, "5:duplicate_profile ", "it is rejected");

	begin(one_by_one, 100);
	offer_people(9);
	(void)finish();
	ok(came(7, 2, 0, 0) && fake.imports == 3 && fake.items[2] == 7,
	    "rows named one at a time cost a request each");
	is(told.rejected, "2:duplicate_profile 7:duplicate_profile ",
	    "and are the right ones");

	begin(bad_list, 3);
	offer_people(9);
	err = finish();
	ok(came(0, 0, 9, 0) && err.rc == KL_EREFUSED && fake.imports <= 3,
	    "what is refused for the request's sake is not halved");
}

static void
test_order(void)
{
	struct kl_send_stats st;
	struct kl_err err = { 0 };

	begin(too_large, 2);
	fake.hold = true;
	offer(1, "{\"email\":\"a@shop.example\"}");
	offer(2, "{\"email\":\"b@shop.example\"}");
	(void)kl_send_turn(run, 0, -1, &err);
	ok(fake.imports == 1 && kl_send_ready(run), "a full batch is sent");
	offer(3, "{\"email\":\"B@shop.example\"}");
	offer(4, "{\"email\":\"c@shop.example\"}");
	(void)kl_send_turn(run, 0, -1, &err);
	ok(fake.imports == 1 && !kl_send_ready(run),
	    "one with a person in flight is not, and no more is read");
	fake.hold = false;
	(void)finish();
	ok(came(4, 0, 0, 0) && fake.imports == 2, "until that one has landed");

	begin(down, 2);
	offer_people(2);
	(void)kl_send_turn(run, 0, -1, &err);
	offer(3, "{\"email\":\"x@shop.example\"}");
	err = finish();
	ok(came(0, 0, 0, 3) && err.rc == KL_ERETRY,
	    "when the service goes away, nothing is claimed");

	begin(too_large, 2);
	fake.hold = true;
	offer_people(3);
	(void)kl_send_turn(run, 0, -1, &err);
	kl_send_stop(run, 0);
	(void)kl_send_turn(run, 0, -1, &err);
	st = kl_send_stats(run);
	ok(came(0, 0, 1, 2) && st.excused == 3,
	    "stopped: the unsent failed, the unanswered are unknown");
	while (fake.n > 0)
		kl_buf_free(&fake.queue[--fake.n].body);
	(void)finish();
}

int
main(void)
{
	test_jobs();
	test_errors();
	test_repair();
	test_order();
	kl_json_free(&fake.doc);
	kl_buf_free(&fake.body);
	kl_profile_free(&profile);
	return done();
}
