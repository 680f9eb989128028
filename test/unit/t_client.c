/* SPDX-License-Identifier: MIT */
/* t_client.c - final answers out of servers good and bad. */

#include "raw.h"

#include "kl/client.h"
#include "kl/time.h"
#include "ok.h"

#define JSON "{\"data\":[]}"
#define N(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

/* What the client told, all of it. */
static struct kl_buf told;

static void
trace(void *ctx, const char *line)
{
	(void)ctx;
	kl_buf_printf(&told, "%s\n", line);
}

static unsigned waits;

static void
waiting(void *ctx, uint64_t ms, const char *why)
{
	(void)ctx;
	waits += ms > 0 && why != NULL;
}

struct world {
	struct raw server;
	struct kl_client *c;
	struct kl_answer a;
	struct kl_err err;
};

static void
begin(struct world *w, const struct raw_step *script, unsigned steps,
    struct kl_client_opts opts)
{
	*w = (struct world){ .server = raw_start(script, steps) };
	opts.base_url = w->server.url;
	opts.key = "pk_canary";
	opts.talk.trace = trace;
	opts.talk.wait = waiting;
	if (opts.stall_ms == 0)
		opts.stall_ms = 300;
	kl_buf_reset(&told);
	if (kl_client_new(&w->c, &opts, &w->err) != KL_OK) {
		printf("# %s\n", w->err.msg);
		exit(1);
	}
}

static void
end(struct world *w)
{
	ok(strstr(kl_buf_str(&told), "canary") == NULL &&
		strstr(w->a.err.msg, "canary") == NULL,
	    "the key is in no message");
	kl_client_free(w->c);
	raw_stop(&w->server);
}

static enum kl_rc
call(struct world *w, enum kl_ep ep)
{
	struct kl_call k = { .ep = kl_endpoint(ep), .id = "L1" };

	if (k.ep->body_bytes != 0)
		k.body = KL_SPAN("{\"data\":{}}");
	return kl_client_call(w->c, &k, &w->a, &w->err);
}

static void
test_request(void)
{
	const struct raw_step script[] = {
		{ .status = 200, .body = JSON, .end = RAW_KEEP },
		{ .status = 202,
		    .body = "{\"data\":{\"id\":\"J\"}}",
		    .end = RAW_KEEP },
	};
	struct kl_client_opts opts = { 0 };
	struct kl_call k = { .ep = kl_endpoint(KL_EP_LIST_PROFILES),
		.id = "a b/c?" };
	struct world w;
	const char *head;

	begin(&w, script, N(script), opts);
	k.query = KL_SPAN("page%5Bsize%5D=100&filter=any%28email%2C%5B%22"
			  "ann%40x.example%22%5D%29&page%5Bcursor%5D=Zm9v");
	ok(kl_client_call(w.c, &k, &w.a, &w.err) == KL_OK, "GET is applied");
	ok(w.a.effect == KL_APPLIED && w.a.status == 200 && w.a.attempts == 1 &&
		w.a.err.rc == KL_OK && w.a.doc->nodes > 0,
	    "and answered with its document");
	head = w.server.seen->head[0];
	ok(strncmp(head,
	       "GET /api/lists/a%20b%2Fc%3F/profiles?page%5Bsize%5D"
	       "=100&filter=",
	       62) == 0,
	    "the id is encoded, the query is as given");
	ok(strstr(head, "\r\nAuthorization: Klaviyo-API-Key pk_canary") != NULL,
	    "the key is sent");
	ok(strstr(head, "\r\nrevision: 20") != NULL, "and the revision");
	ok(strstr(head, "\r\nAccept: application/vnd.api+json") != NULL,
	    "and what we accept");
	ok(strstr(head, "Content-Type") == NULL, "but no type of no body");
	head = "GET /api/lists/a%20b%2Fc%3F/profiles?page[size]=100&filter=..."
	       "&page[cursor]=... 200 in ";
	ok(strncmp(kl_buf_str(&told), head, strlen(head)) == 0,
	    "the trace shows neither filter nor cursor");
	ok(call(&w, KL_EP_IMPORT_CREATE) == KL_OK && w.a.status == 202,
	    "POST is applied");
	ok(strstr(w.server.seen->head[1],
	       "\r\nContent-Type: application/vnd.api+json") != NULL,
	    "with its type");
	is(w.server.seen->body[1], "{\"data\":{}}", "and its body");
	end(&w);
}

/* One call against a script: how it ends. */
static const struct end_row {
	const char *what;
	struct raw_step script[5];
	unsigned steps;
	enum kl_ep ep;
	uint64_t budget;
	enum kl_rc rc;
	enum kl_effect effect;
	unsigned attempts;
	const char *code, *says;
} rows[] = {
	{ "429 with Retry-After is waited for",
	    { { .status = 429, .headers = "Retry-After: 1\r\n" },
		{ .status = 200, .body = JSON } },
	    2, KL_EP_LISTS, 0, KL_OK, KL_APPLIED, 2, "", "" },
	{ "429 with a wait beyond patience ends at once",
	    { { .status = 429, .headers = "Retry-After: 7200\r\n" } }, 1,
	    KL_EP_LISTS, 0, KL_ERETRY, KL_UNSENT, 1, "rate_limit",
	    "asks to wait" },
	{ "503 with Retry-After is waited for, and had no effect",
	    { { .status = 503, .headers = "Retry-After: 1\r\n" },
		{ .status = 202 } },
	    2, KL_EP_SUBSCRIBE, 0, KL_OK, KL_APPLIED, 2, "", "" },
	{ "but not beyond patience",
	    { { .status = 503, .headers = "Retry-After: 7200\r\n" } }, 1,
	    KL_EP_SUBSCRIBE, 0, KL_ERETRY, KL_UNSENT, 1, "unavailable",
	    "status 503, 1 attempt, it asks to wait 2 h" },
	{ "the limit of a day is not slept through",
	    { { .status = 429, .headers = "Retry-After: 120\r\n" } }, 1,
	    KL_EP_LIST_CREATE, 0, KL_ERETRY, KL_UNSENT, 1, "rate_limit",
	    "limit of a day for new list is used up (429): it asks to wait " },
	{ "429 without an end is given up",
	    { { .status = 429, .headers = "Retry-After: 0\r\n" } }, 1,
	    KL_EP_SUBSCRIBE, 60, KL_ERETRY, KL_UNSENT, 0, "rate_limit",
	    "no progress" },
	{ "503 passes",
	    { { .status = 503 }, { .status = 502, .body = "<html>" },
		{ .status = 200, .body = JSON } },
	    3, KL_EP_LISTS, 0, KL_OK, KL_APPLIED, 3, "", "" },
	{ "500 of an import is repeated",
	    { { .status = 500 }, { .status = 202 } }, 2, KL_EP_IMPORT_CREATE, 0,
	    KL_OK, KL_APPLIED, 2, "", "" },
	{ "500 of a subscribe is not", { { .status = 500 }, { .status = 202 } },
	    2, KL_EP_SUBSCRIBE, 0, KL_ERETRY, KL_UNSURE, 1, "unavailable",
	    "status 500, 1 attempt" },
	{ "an unknown effect stays unknown, whatever comes after",
	    { { .status = 500 },
		{ .status = 429, .headers = "Retry-After: 7200\r\n" } },
	    2, KL_EP_IMPORT_CREATE, 0, KL_ERETRY, KL_UNSURE, 2, "rate_limit",
	    "asks to wait" },
	{ "an outage is given up", { { .status = 503 } }, 1,
	    KL_EP_IMPORT_CREATE, 100, KL_ERETRY, KL_UNSURE, 0, "unavailable",
	    "status 503" },
	{ "an outage of a read leaves nothing open", { { .status = 503 } }, 1,
	    KL_EP_LISTS, 100, KL_ERETRY, KL_UNSENT, 0, "unavailable",
	    "status 503" },
	{ "a cut connection is tried again",
	    { { .end = RAW_RESET }, { .end = RAW_CLOSE },
		{ .status = 200, .body = JSON, .cut = 3, .end = RAW_CLOSE },
		{ .status = 200, .body = JSON } },
	    4, KL_EP_LISTS, 0, KL_OK, KL_APPLIED, 4, "", "" },
	{ "but not for a subscribe",
	    { { .end = RAW_RESET }, { .status = 202 } }, 2, KL_EP_SUBSCRIBE, 0,
	    KL_ERETRY, KL_UNSURE, 1, "cut_off", "connection" },
	{ "a stall is tried again",
	    { { .end = RAW_STALL }, { .status = 200, .body = JSON } }, 2,
	    KL_EP_LISTS, 0, KL_OK, KL_APPLIED, 2, "", "" },
	{ "a stall without end is given up", { { .end = RAW_STALL } }, 1,
	    KL_EP_LISTS, 1, KL_ERETRY, KL_UNSENT, 0, "stalled",
	    "no byte came" },
	{ "a page instead of JSON is tried again, and passes",
	    { { .status = 200,
		  .headers = "Content-Type: text/html\r\n",
		  .body = "<p>" },
		{ .status = 200, .body = JSON } },
	    2, KL_EP_LISTS, 0, KL_OK, KL_APPLIED, 2, "", "" },
	{ "pages instead of JSON are final",
	    { { .status = 200,
		.headers = "Content-Type: text/html\r\n",
		.body = "<p>" } },
	    1, KL_EP_LISTS, 0, KL_EPROTO, KL_UNSENT, 4, "nonsense",
	    "answers 200 with an HTML page" },
	{ "and leave it open whether an import was applied",
	    { { .status = 202,
		.headers = "Content-Type: text/html\r\n",
		.body = "<p>" } },
	    1, KL_EP_IMPORT_CREATE, 0, KL_EPROTO, KL_UNSURE, 4, "nonsense",
	    "answers 202 with an HTML page" },
	{ "JSON cut short where the length does not tell",
	    { { .raw = "HTTP/1.1 200 x\r\n\r\n{\"data\":[",
		.end = RAW_CLOSE } },
	    1, KL_EP_LISTS, 0, KL_EPROTO, KL_UNSENT, 4, "nonsense",
	    "cut short" },
	{ "no body where one is due", { { .status = 200 } }, 1, KL_EP_LISTS, 0,
	    KL_EPROTO, KL_UNSENT, 4, "nonsense", "without a body" },
	{ "a success that is none of the endpoint's",
	    { { .status = 206, .body = JSON } }, 1, KL_EP_LISTS, 0, KL_EPROTO,
	    KL_UNSENT, 4, "nonsense", "answers 206" },
	{ "no HTTP at all",
	    { { .raw = "SSH-2.0-OpenSSH\r\n", .end = RAW_CLOSE } }, 1,
	    KL_EP_LISTS, 0, KL_EPROTO, KL_UNSENT, 4, "nonsense", "HTTP" },
	{ "a redirect is final",
	    { { .status = 302, .headers = "Location: /x\r\n" } }, 1,
	    KL_EP_IMPORT_CREATE, 0, KL_EPROTO, KL_UNSENT, 1, "redirect",
	    "redirect (302)" },
	{ "a Cloudflare page is not about the key",
	    { { .status = 403,
		.headers = "Content-Type: text/html\r\n",
		.body = "<html>" } },
	    1, KL_EP_LISTS, 0, KL_ERETRY, KL_UNSENT, 4, "challenge",
	    "Cloudflare" },
	{ "nor is one told by its header",
	    { { .status = 403, .headers = "cf-mitigated: challenge\r\n" },
		{ .status = 200, .body = JSON } },
	    2, KL_EP_LISTS, 0, KL_OK, KL_APPLIED, 2, "", "" },
	{ "a wrong key is final",
	    { { .status = 401,
		.body = "{\"errors\":[{\"status\":401,\"code\":"
			"\"authentication_failed\",\"detail\":\"x\"}]}" } },
	    1, KL_EP_LISTS, 0, KL_EACCESS, KL_REFUSED, 1, "key_refused",
	    "does not accept the key (401 authentication_failed)" },
	{ "a missing scope is named",
	    { { .status = 403,
		.body = "{\"errors\":[{\"code\":\"permission_denied\","
			"\"detail\":\"Your API key is missing required "
			"scopes: profiles:write, lists:write\"}]}" } },
	    1, KL_EP_IMPORT_CREATE, 0, KL_EACCESS, KL_REFUSED, 1,
	    "scope_missing", "scope profiles:write, lists:write, needed" },
	{ "an unknown list is named so",
	    { { .status = 404,
		.body = "{\"errors\":[{\"code\":"
			"\"not_found\"}]}" } },
	    1, KL_EP_LIST_PROFILES, 0, KL_EREFUSED, KL_REFUSED, 1,
	    "list_unknown", "no list with this id" },
	{ "a bad record is refused, and not quoted",
	    { { .status = 400,
		.body = "{\"errors\":[{\"code\":\"invalid\",\"detail\":"
			"\"Invalid email address canary@x\",\"source\":"
			"{\"pointer\":\"/data/attributes/profiles/data/3/"
			"attributes/email\"}}]}" } },
	    1, KL_EP_IMPORT_CREATE, 0, KL_EREFUSED, KL_REFUSED, 1,
	    "email_invalid",
	    "/data/3/attributes/email): klaviyo does not "
	    "accept it as an e-mail address" },
	{ "a refusal without JSON is one all the same",
	    { { .status = 400, .body = "<html>" } }, 1, KL_EP_LISTS, 0,
	    KL_EREFUSED, KL_REFUSED, 1, "klaviyo_refused", "400" },
	{ "a retired revision", { { .status = 410, .body = "{}" } }, 1,
	    KL_EP_LISTS, 0, KL_EREFUSED, KL_REFUSED, 1, "revision_retired",
	    "retired" },
};

static void
test_ends(void)
{
	struct kl_client_opts opts = { .patience.base_ms = 1 };
	const struct end_row *r;
	struct world w;
	enum kl_rc rc;
	unsigned i;

	for (i = 0; i < N(rows); i++) {
		r = &rows[i];
		opts.patience.budget_ms = r->budget;
		begin(&w, r->script, r->steps, opts);
		rc = call(&w, r->ep);
		if (!ok(rc == r->rc && w.a.effect == r->effect &&
			    (r->attempts == 0 || w.a.attempts == r->attempts) &&
			    strcmp(w.a.err.code, r->code) == 0 &&
			    strstr(w.a.err.msg, r->says) != NULL,
			r->what))
			printf("# rc %d effect %d attempts %u code %s: %s\n",
			    (int)rc, (int)w.a.effect, w.a.attempts,
			    w.a.err.code, w.a.err.msg);
		end(&w);
	}
}

static void
test_unreachable(void)
{
	char url[64];
	struct kl_client_opts opts = { .base_url = url,
		.key = "pk_x",
		.patience = { .budget_ms = 50, .base_ms = 1 } };
	struct world w = { 0 };

	raw_nobody(url, sizeof(url), "http", "127.0.0.1");
	ok(kl_client_new(&w.c, &opts, &w.err) == KL_OK, "a client is made");
	ok(call(&w, KL_EP_SUBSCRIBE) == KL_ERETRY && w.a.effect == KL_UNSENT &&
		w.a.attempts > 1,
	    "no connection: tried again, and surely not applied");
	ok(strncmp(w.a.err.msg,
	       "cannot connect to 127.0.0.1 (127.0.0.1): ", 41) == 0,
	    "and said");
	kl_client_free(w.c);
	/* Where a blocklist sends the name. */
	raw_nobody(url, sizeof(url), "https", "0.0.0.0");
	ok(kl_client_new(&w.c, &opts, &w.err) == KL_OK &&
		call(&w, KL_EP_LISTS) == KL_ERETRY &&
		strstr(w.a.err.hint, "blocklist") != NULL,
	    "an address of nowhere is explained");
	kl_client_free(w.c);
}

static void
test_opts(void)
{
	static const struct {
		const char *url, *key;
		bool good;
	} list[] = {
		{ NULL, "pk_0a-Z", true },
		{ "https://example.com/x/", "k", true },
		{ "http://localhost:80", "k", true },
		{ "http://[::1]:80", "k", true },
		{ "http://127.9.9.9", "k", true },
		{ "http://example.com", "k", false },
		{ "http://127.0.0.1.example.com", "k", false },
		{ "http://localhost.example.com", "k", false },
		{ "http://128.0.0.1", "k", false },
		{ "https://user@example.com", "k", false },
		{ "https://example.com/?x", "k", false },
		{ "ftp://example.com", "k", false },
		{ "example.com", "k", false },
		{ "", "k", false },
		{ NULL, "", false },
		{ NULL, NULL, false },
		{ NULL, "pk\r\nX: y", false },
		{ NULL, "pk key", false },
		{ NULL, "pk_\xc3\xa9", false },
	};
	struct kl_client *c = NULL;
	struct kl_err err;
	unsigned i;

	for (i = 0; i < N(list); i++) {
		struct kl_client_opts o = { .base_url = list[i].url,
			.key = list[i].key };
		enum kl_rc rc = kl_client_new(&c, &o, &err);

		ok(rc == (list[i].good ? KL_OK : KL_ECONFIG),
		    list[i].url != NULL ? list[i].url : "key");
		if (rc == KL_OK)
			kl_client_free(c);
	}
}

/* Several in flight: each answered once, at the same time. */
static void
test_parallel(void)
{
	const struct raw_step script[] = {
		{ .status = 202, .delay_ms = 500, .end = RAW_KEEP },
		{ .status = 503, .delay_ms = 500, .end = RAW_KEEP },
		{ .status = 202, .delay_ms = 500, .end = RAW_KEEP },
		{ .status = 202, .delay_ms = 500, .end = RAW_KEEP },
		{ .status = 202, .end = RAW_KEEP },
	};
	struct kl_client_opts opts = { .parallel = 4,
		.stall_ms = 5000,
		.patience.base_ms = 1 };
	struct kl_call k = { .ep = kl_endpoint(KL_EP_IMPORT_CREATE),
		.body = KL_SPAN("{}") };
	uint64_t t = kl_now_mono();
	unsigned i, seen = 0;
	int tags[6];
	struct world w;

	begin(&w, script, N(script), opts);
	for (i = 0; i < 6; i++) {
		k.tag = &tags[i];
		(void)kl_client_start(w.c, &k, NULL);
	}
	ok(kl_client_busy(w.c) == 6, "six are started");
	ok(kl_client_next(w.c, 300, -1, &w.a, &w.err) == KL_AGAIN,
	    "no answer yet");
	ok(atomic_load(&w.server.seen->requests) == 4,
	    "four are on the wire, as many as allowed");
	ok(kl_client_call(w.c, &k, &w.a, &w.err) == KL_EBUG,
	    "a waiting call would mix them up");
	while (kl_client_next(w.c, UINT64_MAX, -1, &w.a, &w.err) == KL_OK) {
		ok(w.a.effect == KL_APPLIED, "applied");
		seen |= 1U << ((int *)w.a.tag - tags);
	}
	ok(seen == 63, "each is answered once");
	ok(kl_now_mono() - t < 2500, "at the same time");
	ok(kl_client_counts(w.c).requests == 7 &&
		kl_client_counts(w.c).retries == 1,
	    "seven requests, one of them again");
	ok(kl_client_next(w.c, 0, -1, &w.a, &w.err) == KL_EOF, "then no more");
	end(&w);
}

/* An outage is probed by one request, not by all of them. */
static void
test_outage(void)
{
	const struct raw_step script[] = {
		{ .status = 503, .delay_ms = 20, .end = RAW_KEEP },
	};
	struct kl_client_opts opts = { .parallel = 8,
		.patience = { .budget_ms = 600, .base_ms = 1 } };
	struct kl_call k = { .ep = kl_endpoint(KL_EP_LISTS) };
	struct world w;
	unsigned i, n = 0;
	uint64_t *ms;

	begin(&w, script, 1, opts);
	for (i = 0; i < 8; i++)
		(void)kl_client_start(w.c, &k, NULL);
	while (kl_client_next(w.c, UINT64_MAX, -1, &w.a, &w.err) == KL_OK)
		n += w.a.effect == KL_UNSENT && w.a.err.rc == KL_ERETRY;
	ok(n == 8, "all are given up in the end");
	ms = w.server.seen->ms;
	n = atomic_load(&w.server.seen->requests);
	for (i = 17; i < n && i < RAW_LOG; i++)
		if (ms[i] - ms[i - 1] < 15)
			break;
	ok(n > 18 && i == n, "after the first few one at a time");
	ok(n <= 8 + 16, "and no more than the allowance has");
	end(&w);
}

static void
test_pace(void)
{
	const struct raw_step script[] = {
		{ .status = 200,
		    .headers = "RateLimit-Limit: 2, 2;w=1\r\n",
		    .body = JSON,
		    .end = RAW_KEEP },
	};
	struct kl_client_opts opts = { 0 };
	struct kl_call k = { .ep = kl_endpoint(KL_EP_LISTS) };
	struct world w;
	uint64_t *ms;
	unsigned i;

	begin(&w, script, 1, opts);
	waits = 0;
	for (i = 0; i < 3; i++)
		(void)kl_client_call(w.c, &k, &w.a, &w.err);
	ms = w.server.seen->ms;
	ok(ms[1] - ms[0] < 500 && ms[2] - ms[0] >= 1000,
	    "the limit the service tells is kept");
	end(&w);

	begin(&w, script, 1, opts);
	k.gap_ms = 150;
	for (i = 0; i < 2; i++)
		(void)kl_client_call(w.c, &k, &w.a, &w.err);
	ms = w.server.seen->ms;
	ok(ms[1] - ms[0] >= 120, "and the gap that was asked for");
	end(&w);
}

/* Two a day, and no more are tried. */
static void
test_day(void)
{
	const struct raw_step script[] = {
		{ .status = 201,
		    .headers = "RateLimit-Limit: 10, 10;w=1, 2;w=86400\r\n",
		    .body = JSON,
		    .end = RAW_KEEP },
	};
	struct kl_client_opts opts = { 0 };
	struct world w;
	unsigned i;

	begin(&w, script, 1, opts);
	for (i = 0; i < 2; i++)
		ok(call(&w, KL_EP_LIST_CREATE) == KL_OK, "within the day's");
	ok(call(&w, KL_EP_LIST_CREATE) == KL_ERETRY && w.a.attempts == 0 &&
		strcmp(w.err.code, "rate_limit") == 0,
	    "the limit of a day ends the call at once");
	ok(strncmp(w.err.msg,
	       "the limit of 2 a day for new list is used up until 20",
	       52) == 0,
	    w.err.msg);
	ok(atomic_load(&w.server.seen->requests) == 2, "nothing is sent");
	ok(strstr(kl_buf_str(&told),
	       "; limits: 2 of 10 in 1 s, 2 of 150 in 1 "
	       "min, 2 of 2 in 1 d\n") != NULL,
	    "the trace shows what is used");
	end(&w);
}

/* What can be done without is tried once, and not waited for. */
static void
test_once(void)
{
	const struct raw_step script[] = {
		{ .status = 503 },
		{ .status = 429, .headers = "Retry-After: 5\r\n" },
		{ .status = 200, .body = JSON },
	};
	struct kl_client_opts opts = { 0 };
	struct kl_call k = { .ep = kl_endpoint(KL_EP_LISTS), .once = true };
	struct world w;

	begin(&w, script, 3, opts);
	ok(kl_client_call(w.c, &k, &w.a, &w.err) == KL_ERETRY &&
		w.a.attempts == 1,
	    "one attempt is made");
	ok(kl_client_call(w.c, &k, &w.a, &w.err) == KL_ERETRY &&
		w.a.attempts == 1,
	    "and one more when asked again");
	ok(kl_client_call(w.c, &k, &w.a, &w.err) == KL_ERETRY &&
		w.a.attempts == 0,
	    "but none that has to wait");
	end(&w);
}

static void
test_limited_bucket(void)
{
	const struct raw_step script[] = {
		{ .status = 429,
		    .headers = "Retry-After: 1\r\n",
		    .end = RAW_KEEP },
		{ .status = 200, .body = JSON, .end = RAW_KEEP },
	};
	struct kl_client_opts opts = { .parallel = 1 };
	struct kl_call k = { .ep = kl_endpoint(KL_EP_LISTS) };
	struct world w;
	unsigned i, n = 0;

	begin(&w, script, N(script), opts);
	waits = 0;
	for (i = 0; i < 3; i++)
		(void)kl_client_start(w.c, &k, NULL);
	while (kl_client_next(w.c, UINT64_MAX, -1, &w.a, &w.err) == KL_OK)
		n += w.a.effect == KL_APPLIED;
	ok(n == 3, "all three pass");
	for (i = 1; i < 4; i++)
		ok(w.server.seen->ms[i] - w.server.seen->ms[0] >= 1000,
		    "none before Retry-After is over");
	ok(waits == 1, "the wait is told once");
	ok(kl_client_counts(w.c).limited == 1, "one 429 was enough");
	end(&w);
}

static volatile int stop;

static void
on_alarm(int sig)
{
	(void)sig;
	stop = stop + 1;
}

static void
test_stop_and_drain(void)
{
	const struct raw_step script[] = {
		{ .status = 202, .delay_ms = 1000, .end = RAW_KEEP },
	};
	struct kl_client_opts opts = { .parallel = 1,
		.stop = &stop,
		.stall_ms = 5000 };
	struct kl_call k = { .ep = kl_endpoint(KL_EP_IMPORT_CREATE),
		.body = KL_SPAN("{}") };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct world w;
	uint64_t t;

	begin(&w, script, 1, opts);
	(void)kl_client_start(w.c, &k, NULL);
	(void)kl_client_start(w.c, &k, NULL);
	ok(kl_client_next(w.c, 150, -1, &w.a, &w.err) == KL_AGAIN,
	    "on its way");
	(void)sigaction(SIGALRM, &sa, NULL);
	(void)ualarm(50000, 0);
	t = kl_now_mono();
	ok(kl_client_next(w.c, 5000, -1, &w.a, &w.err) == KL_AGAIN &&
		kl_now_mono() - t < 900,
	    "a signal is passed on at once");
	kl_client_drain(w.c);
	ok(kl_client_next(w.c, 5000, -1, &w.a, &w.err) == KL_OK &&
		w.a.effect == KL_UNSENT && w.a.attempts == 0 &&
		strcmp(w.a.err.code, "stopped") == 0,
	    "what was not sent is given back");
	ok(kl_client_next(w.c, 5000, -1, &w.a, &w.err) == KL_OK &&
		w.a.effect == KL_APPLIED,
	    "what was sent is finished");
	ok(kl_client_next(w.c, 5000, -1, &w.a, &w.err) == KL_EOF, "no more");
	end(&w);
}

int
main(void)
{
	test_request();
	test_ends();
	test_unreachable();
	test_opts();
	test_parallel();
	test_outage();
	test_pace();
	test_day();
	test_once();
	test_limited_bucket();
	test_stop_and_drain();
	kl_buf_free(&told);
	return done();
}
