/* SPDX-License-Identifier: MIT */
/* t_resume.c - a run that goes on, by what the endpoint lets it repeat: what
 * a sandbox cannot be brought to. */

#include <stdlib.h>
#include <unistd.h>

#include "fake-client.h"
#include "kl/client.h"
#include "kl/send.h"
#include "ok.h"

/* --- a client that answers from a table ------------------------------------
 */

/* One answer to a request that sends. */
struct say {
	int status;
	const char *body;
};

static struct {
	const struct say *say; /* one a request, the last for all more */
	bool dead;	       /* nothing is answered */
	unsigned sent;	       /* requests that send */
	unsigned asked;	       /* jobs asked after by their id */
	char body[16][600];    /* of each */
	struct {
		const struct kl_endpoint *ep;
		char id[64];
		void *tag;
	} queue[16];
	unsigned n;
	const char *walk; /* all jobs */
	const char *one;  /* one, or NULL: 404 */
	struct kl_json doc;
	struct kl_buf text;
} fake;

enum kl_rc
kl_client_start(struct kl_client *c, const struct kl_call *call,
    struct kl_err *err)
{
	(void)c;
	(void)err;
	fake.queue[fake.n].ep = call->ep;
	fake.queue[fake.n].tag = call->tag;
	(void)snprintf(fake.queue[fake.n++].id, 64, "%s",
	    call->id != NULL ? call->id : "");
	if (call->body.n > 0 && fake.sent < 16)
		(void)snprintf(fake.body[fake.sent], sizeof(fake.body[0]),
		    "%.*s", (int)call->body.n, call->body.s);
	fake.sent += call->body.n > 0;
	fake.asked += call->ep->ep == KL_EP_IMPORT;
	return KL_OK;
}

/* What is answered to the first of the queue. */
static struct say
answer_of(const struct kl_endpoint *ep)
{
	static unsigned at;
	struct say s = { 200, NULL };

	if (ep->ep == KL_EP_IMPORTS)
		s.body = fake.walk;
	else if (ep->ep == KL_EP_IMPORT) {
		s.body = fake.one;
		s.status = fake.one != NULL ? 200 : 404;
	} else {
		if (fake.sent == 1)
			at = 0;
		s = fake.say[at];
		at += fake.say[at + 1].status != 0;
	}
	return s;
}

enum kl_rc
kl_client_next(struct kl_client *c, uint64_t ms, int fd, struct kl_answer *a,
    struct kl_err *err)
{
	struct say s;

	(void)c;
	(void)ms;
	(void)fd;
	if (fake.n == 0)
		return KL_EOF;
	if (fake.dead)
		return KL_AGAIN;
	s = answer_of(fake.queue[0].ep);
	kl_buf_reset(&fake.text);
	kl_buf_puts(&fake.text, s.body != NULL ? s.body : "{}");
	(void)kl_json_scan(&fake.doc, fake.text.s, fake.text.n, err);
	*a = (struct kl_answer){ .tag = fake.queue[0].tag,
		.ep = fake.queue[0].ep,
		.effect = s.status < 300 ? KL_APPLIED : KL_REFUSED,
		.status = s.status,
		.doc = &fake.doc,
		.attempts = 1 };
	if (s.status >= 300)
		(void)kl_err_set(&a->err, KL_EREFUSED, "status %d", s.status);
	memmove(fake.queue, fake.queue + 1, --fake.n * sizeof(fake.queue[0]));
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
	char receipts[6000];
	unsigned n;
} told;

static enum kl_rc
on_reject(void *ctx, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	(void)ctx, (void)what, (void)reason, (void)why, (void)err;
	told.count[KL_REJECTED]++;
	return KL_OK;
}

static enum kl_rc
on_settle(void *ctx, struct kl_err *err)
{
	(void)ctx, (void)err;
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

	(void)ctx, (void)err;
	(void)snprintf(told.receipts + at, sizeof(told.receipts) - at, "%.*s\n",
	    (int)n, s);
	told.n++;
	return KL_OK;
}

static void
on_note(void *ctx, const char *text)
{
	(void)ctx, (void)text;
}

static const struct kl_hash_key hash = { .set = true };
static char dir[] = "/dev/shm/t_resume.XXXXXX", file[64];
static struct kl_profile profile;
static struct kl_journal *journal;
static struct kl_send *run;
static struct kl_err err;

static void
start_body(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, "[");
}

static void
end_body(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, "]");
}

static enum kl_rc
make_item(struct kl_making *to, const struct kl_json *doc, struct kl_err *why)
{
	return kl_profile_body(to->profile, to->body, doc, why);
}

/* A verb of each class: what is sent does not matter. */
#define VERB(NAME, EP, JOB)                                                    \
	{                                                                      \
		.name = NAME,                                                  \
		.road = { .ep = EP,                                            \
			.open = start_body,                                    \
			.close = end_body,                                     \
			.has_job = JOB,                                        \
			.jobs = KL_EP_IMPORTS,                                 \
			.newest = "-created_at",                               \
			.job = KL_EP_IMPORT },                                 \
		.list = KL_LIST_MAYBE, .item = make_item,                      \
	}
static const struct kl_verb verb_free = VERB("add", KL_EP_IMPORT_CREATE, true);
static const struct kl_verb verb_same =
    VERB("track", KL_EP_EVENTS_CREATE, false);
static const struct kl_verb verb_gone = VERB("forget", KL_EP_FORGET, false);
static const struct kl_verb verb_ask =
    VERB("subscribe", KL_EP_SUBSCRIBE, false);

static void
open_journal(void)
{
	memset(&err, 0, sizeof(err));
	if (kl_journal_open(&journal, file, &hash, &err) != KL_OK)
		printf("# %s\n", err.msg);
	else if (kl_journal_run(journal)->run[0] == '\0')
		(void)kl_journal_begin(journal, "RUN", "x", 1, &err);
}

static void
begin(const struct kl_verb *verb, const struct say *say, bool resend)
{
	struct kl_send_opts o = { .verb = verb,
		.client = (struct kl_client *)&fake,
		.profile = &profile,
		.run = "RUN",
		.records = 3,
		.job_ms = 5000,
		.resend_unknown = resend,
		.sink = { NULL, on_reject, on_settle, on_count, on_line,
		    on_note, true } };

	memset(&told, 0, sizeof(told));
	fake.say = say;
	fake.dead = false;
	fake.n = fake.sent = fake.asked = 0;
	open_journal();
	o.journal = journal;
	if (kl_send_new(&run, &o, &err) != KL_OK)
		exit(1);
}

static void
offer(uint64_t no, const char *record)
{
	char text[100];
	struct kl_line line = { .s = text,
		.n = strlen(record),
		.no = no,
		.eol = true };
	struct kl_json doc = { 0 };
	struct kl_send_record r = { .line = no, .s = KL_SPAN(record) };

	(void)snprintf(text, sizeof(text), "%s\n", record);
	kl_send_input(run, &line);
	(void)kl_json_scan(&doc, record, line.n, &err);
	r.doc = &doc;
	(void)kl_send_record(run, &r, &err);
	kl_json_free(&doc);
}

static void
offer_all(unsigned n)
{
	char text[64];
	unsigned i;

	for (i = 1; i <= n; i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"email\":\"p%u@shop.example\"}", i);
		offer(i, text);
		while (!kl_send_ready(run) && !fake.dead &&
		    kl_send_turn(run, 0, -1, &err) == KL_OK)
			;
	}
}

static struct kl_err
finish(void)
{
	struct kl_err why = { 0 };
	enum kl_rc rc = kl_send_end(run, &err);

	while (rc == KL_OK)
		rc = kl_send_turn(run, 50, -1, &err);
	if (rc != KL_EOF)
		ok(0, err.msg);
	(void)kl_send_failure(run, &why);
	kl_send_free(run);
	kl_journal_close(journal);
	return why;
}

/* The process dies. */
static void
die(void)
{
	kl_send_free(run);
	kl_journal_close(journal);
}

static void
remove_journal(void)
{
	char wal[80];

	(void)unlink(file);
	(void)snprintf(wal, sizeof(wal), "%s-wal", file);
	(void)unlink(wal);
}

/* Send n records to nobody, and die. */
static void
send_and_die(const struct kl_verb *verb, unsigned n)
{
	remove_journal();
	begin(verb, NULL, false);
	fake.dead = true;
	offer_all(n);
	(void)kl_send_turn(run, 0, -1, &err);
	die();
}

/* accepted, rejected, failed, unknown */
static bool
came(unsigned a, unsigned r, unsigned f, unsigned u)
{
	return told.count[KL_ACCEPTED] == a && told.count[KL_REJECTED] == r &&
	    told.count[KL_FAILED] == f && told.count[KL_UNKNOWN] == u;
}

/* --- by class ------------------------------------------------------------- */

#define ERROR(code) "{\"errors\":[{\"code\":\"" code "\",\"detail\":\"d\"}]}"

static void
test_classes(void)
{
	static const struct say taken[] = { { 202, NULL }, { 0, NULL } };
	static const struct say missing[] = { { 404, ERROR("not_found") },
		{ 0, NULL } };
	static const struct say duplicate[] = {
		{ 400, ERROR("duplicate_event") }, { 0, NULL }
	};
	static const struct say invalid[] = { { 400, ERROR("invalid") },
		{ 0, NULL } };

	send_and_die(&verb_gone, 1);
	begin(&verb_gone, missing, false);
	offer_all(1);
	(void)finish();
	ok(came(1, 0, 0, 0) && fake.sent == 1,
	    "forget: a 404 to the second request acknowledges the first");
	remove_journal();
	begin(&verb_gone, missing, false);
	offer_all(1);
	(void)finish();
	ok(!came(1, 0, 0, 0), "... to the first one, it does not");

	send_and_die(&verb_same, 3);
	begin(&verb_same, duplicate, false);
	offer_all(3);
	(void)finish();
	ok(came(3, 0, 0, 0) && fake.sent == 1,
	    "events: that they are there already acknowledges them");
	send_and_die(&verb_same, 3);
	begin(&verb_same, invalid, false);
	offer_all(3);
	(void)finish();
	ok(came(0, 3, 0, 0), "... another refusal does not");

	send_and_die(&verb_ask, 3);
	begin(&verb_ask, taken, false);
	offer_all(3);
	(void)finish();
	ok(came(0, 0, 0, 3) && fake.sent == 0,
	    "subscribe: what may have been sent is not sent again");
	begin(&verb_ask, taken, false);
	offer_all(3);
	(void)finish();
	ok(came(0, 0, 0, 3) && fake.sent == 0, "... nor ever by itself");
	begin(&verb_ask, taken, true);
	offer_all(3);
	(void)finish();
	ok(came(3, 0, 0, 0) && fake.sent == 1, "... but when it is asked for");
	begin(&verb_ask, taken, true);
	offer_all(3);
	(void)finish();
	ok(came(3, 0, 0, 0) && fake.sent == 0 &&
		strstr(told.receipts, "\"resumed\":true") != NULL,
	    "... and once that is settled, it is");
}

/* --- jobs that are known -------------------------------------------------- */

#define JOB(id, status)                                                        \
	"{\"type\":\"profile-bulk-import-job\",\"id\":\"" id                   \
	"\",\"attributes\":{\"status\":\"" status                              \
	"\",\"completed_count\":1,\"failed_count\":0}}"

/* The journal has, of a batch of three, these jobs. */
static void
know(const char *id, const char *people)
{
	struct kl_journal_job job = { .http = 202, .attempts = 1 };

	open_journal();
	(void)snprintf(job.id, sizeof(job.id), "%s", id);
	kl_buf_puts(&job.people, people);
	if (kl_journal_job(journal, 1, &job, &err) != KL_OK ||
	    kl_journal_sync(journal, &err) != KL_OK)
		ok(0, err.msg);
	kl_buf_free(&job.people);
	kl_journal_close(journal);
}

static void
test_jobs(void)
{
	static const struct say taken[] = {
		{ 202, "{\"data\":" JOB("job.new", "complete") "}" },
		{ 0, NULL }
	};

	fake.walk = "{\"data\":[" JOB("job.a", "complete") "," JOB("job.b",
	    "complete") "],\"links\":{}}";
	send_and_die(&verb_free, 3);
	know("job.a", "");
	begin(&verb_free, taken, false);
	offer_all(3);
	(void)finish();
	ok(came(3, 0, 0, 0) && fake.sent == 0,
	    "a job of all people is followed, and nothing is sent");

	send_and_die(&verb_free, 3);
	know("job.a", "0-0");
	know("job.b", "2-2");
	begin(&verb_free, taken, false);
	offer_all(3);
	(void)finish();
	ok(came(3, 0, 0, 0) && fake.sent == 1 &&
		strstr(fake.body[0], "p2@") != NULL &&
		strstr(fake.body[0], "p1@") == NULL &&
		strstr(fake.body[0], "p3@") == NULL,
	    "of a batch that was divided, what no job has is sent");
	ok(strstr(told.receipts,
	       "\"jobs\":[\"job.a\",\"job.b\",\"job.new\"]") != NULL &&
		told.n == 1,
	    "and its receipt has all jobs");

	send_and_die(&verb_free, 3);
	know("job.gone", "");
	fake.one = NULL;
	begin(&verb_free, taken, false);
	offer_all(3);
	(void)finish();
	ok(came(3, 0, 0, 0) && fake.asked == 1 && fake.sent == 1,
	    "a job that the service has forgotten is made once more");
}

static void
test_nonsense(void)
{
	static const char *const people[] = { "0-3", "0", "0-", "-1", "x",
		"0-1,1-2", "1-0,", "99999999999999999999-1" };
	struct kl_err why;
	size_t i;

	for (i = 0; i < sizeof(people) / sizeof(*people); i++) {
		send_and_die(&verb_free, 3);
		know("job.a", "2-2");
		know("job.b", people[i]);
		begin(&verb_free, NULL, false);
		offer_all(3);
		why = finish();
		ok(why.rc == KL_EDATA && fake.sent == 0 && came(1, 0, 0, 2),
		    people[i]);
	}
}

/* --- the input ------------------------------------------------------------ */

static void
test_input(void)
{
	static const struct say taken[] = { { 202, NULL }, { 0, NULL } };
	struct kl_err why;

	/* six in two batches, both settled; then one more in flight */
	remove_journal();
	begin(&verb_same, taken, false);
	offer_all(6);
	(void)kl_send_turn(run, 0, -1, &err);
	fake.dead = true;
	offer_all(0);
	(void)kl_send_stop(run, 0);
	(void)finish();

	begin(&verb_same, taken, false);
	offer_all(4);
	kl_send_stop(run, 0);
	why = finish();
	ok(why.rc == KL_OK && told.n == 1 && came(3, 0, 0, 1),
	    "stopped within a batch that is settled: no receipt of it");
	begin(&verb_same, taken, false);
	offer_all(2);
	offer(3, "{\"email\":\"other@shop.example\"}");
	why = finish();
	ok(why.rc == KL_EDATA && strcmp(why.code, "input_differs") == 0 &&
		strncmp(why.msg, "lines 1 to 3 of the input are not those of",
		    42) == 0 &&
		fake.sent == 0 && came(0, 0, 3, 0),
	    "another record ends it before anything is sent");
	begin(&verb_same, taken, false);
	offer_all(5);
	why = finish();
	ok(why.rc == KL_EDATA && came(3, 0, 2, 0), "and so does one too few");
	begin(&verb_same, taken, false);
	offer_all(6);
	why = finish();
	ok(why.rc == KL_OK && came(6, 0, 0, 0) && fake.sent == 0 && told.n == 2,
	    "the same input is the same run");
	open_journal();
	ok(kl_journal_run(journal)->finished != 0 &&
		kl_journal_run(journal)->lines == 6,
	    "which is finished then");
	kl_journal_close(journal);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(file, sizeof(file), "%s/j", dir);
	test_classes();
	test_jobs();
	test_nonsense();
	test_input();
	remove_journal();
	(void)rmdir(dir);
	kl_json_free(&fake.doc);
	kl_buf_free(&fake.text);
	kl_profile_free(&profile);
	return done();
}
