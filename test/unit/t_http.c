/* SPDX-License-Identifier: MIT */
/* t_http.c - what http.c reports of servers good and bad. */

#include "raw.h"

#include "kl/http.h"
#include "kl/time.h"
#include "ok.h"

#define JSON "{\"data\":[]}"

/* One exchange with a server that plays the script once. */
struct once {
	struct raw server;
	struct kl_http *http;
	struct kl_http_res res;
	uint64_t took;
	enum kl_rc rc;
};

static void
fetch(struct once *o, const char *method, struct kl_span body)
{
	static const char *const headers[] = { "revision: test", NULL };
	struct kl_http_req req = { .method = method,
		.headers = headers,
		.body = body,
		.tag = o };
	char url[100];
	uint64_t t = kl_now_mono();

	(void)snprintf(url, sizeof(url), "%s/api/x?a=b", o->server.url);
	req.url = url;
	if (kl_http_start(o->http, &req, NULL) != KL_OK)
		o->rc = KL_EBUG;
	else
		o->rc = kl_http_next(o->http, 5000, -1, &o->res, NULL);
	o->took = kl_now_mono() - t;
}

static void
begin(struct once *o, const struct raw_step *script, unsigned steps,
    const struct kl_http_opts *opts)
{
	*o = (struct once){ .server = raw_start(script, steps) };
	if (kl_http_new(&o->http, opts, NULL) != KL_OK)
		exit(1);
}

static void
end(struct once *o)
{
	kl_http_free(o->http);
	raw_stop(&o->server);
}

static void
test_good(void)
{
	const struct raw_step script[] = {
		{ 200, "X-Odd:  two  words \r\n", JSON, .end = RAW_KEEP },
		{ 204, .end = RAW_KEEP },
		{ 200, NULL, JSON, .end = RAW_KEEP },
	};
	struct kl_http_opts opts = { 0 };
	struct once o;
	char v[40], small[4];

	begin(&o, script, 3, &opts);
	fetch(&o, "GET", (struct kl_span){ NULL, 0 });
	ok(o.rc == KL_OK && o.res.end == KL_HTTP_ANSWERED, "GET is answered");
	ok(o.res.status == 200 && o.res.tag == &o, "with status and tag");
	isn(o.res.body.s, o.res.body.n, JSON, "with its body");
	ok(kl_http_header(&o.res, "x-odd", v, sizeof(v)), "a header is found");
	is(v, "two  words", "and trimmed");
	ok(!kl_http_header(&o.res, "x-od", v, sizeof(v)), "by its whole name");
	ok(!kl_http_header(&o.res, "x-odd", small, sizeof(small)),
	    "and not cut to fit");
	ok(strstr(o.server.seen->head[0], "\r\nrevision: test") != NULL,
	    "our headers are sent");
	ok(strstr(o.server.seen->head[0], "User-Agent: kl/") != NULL,
	    "and who we are");

	fetch(&o, "DELETE", KL_SPAN("{\"data\":1}"));
	ok(o.res.status == 204 && o.res.body.n == 0, "an empty answer is one");
	ok(strncmp(o.server.seen->head[1], "DELETE /api/x?a=b ", 18) == 0,
	    "DELETE is sent as such");
	is(o.server.seen->body[1], "{\"data\":1}", "with a body");
	ok(strstr(o.server.seen->head[1], "Expect") == NULL,
	    "without Expect: 100-continue");
	fetch(&o, "POST", (struct kl_span){ "", 0 });
	ok(strstr(o.server.seen->head[2], "Content-Length: 0") != NULL,
	    "POST without a body says so");
	ok(atomic_load(&o.server.seen->connections) == 1,
	    "one connection served all three");
	end(&o);
}

/* One step, one ending. */
static const struct bad {
	const char *what;
	struct raw_step step;
	enum kl_http_end end;
	int status;
} bads[] = {
	{ "a redirect is an answer, not followed",
	    { .status = 302, .headers = "Location: http://127.0.0.1:1/\r\n" },
	    KL_HTTP_ANSWERED, 302 },
	{ "a body cut short is noticed",
	    { 200, NULL, JSON, .cut = 4, .end = RAW_CLOSE }, KL_HTTP_CUT, 200 },
	{ "a reset within the body is noticed",
	    { 200, NULL, JSON, .cut = 4, .end = RAW_RESET }, KL_HTTP_CUT, 200 },
	{ "a reset instead of an answer is noticed", { .end = RAW_RESET },
	    KL_HTTP_CUT, 0 },
	{ "an end instead of an answer is noticed", { .end = RAW_CLOSE },
	    KL_HTTP_CUT, 0 },
	{ "bytes that are no HTTP are noticed",
	    { .raw = "hello, I am no web server\r\n\r\n", .end = RAW_CLOSE },
	    KL_HTTP_GARBAGE, 0 },
	{ "a bad chunk is noticed",
	    { .raw = "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "zz\r\n",
		.end = RAW_CLOSE },
	    KL_HTTP_CUT, 200 },
	{ "a stall before the answer ends", { .end = RAW_STALL }, KL_HTTP_STALL,
	    0 },
	{ "a stall within the body ends",
	    { 200, NULL, JSON, .cut = 4, .end = RAW_STALL }, KL_HTTP_STALL,
	    200 },
	{ "an answer over the limit is cut off",
	    { 200, NULL, "0123456789abcdef0123456789abcdef", .repeat = 40000 },
	    KL_HTTP_TOOBIG, 200 },
	{ "a compressed answer is measured unpacked",
	    { 200, "Content-Encoding: gzip\r\n",
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00"
		"\x00\x00\xc2\xa0\xac\xeb\x5f\xc2\x1a\x1e\x40\x01\x00\x00\x00"
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		"\x00\x00\xf0\x60\x31\x87\xbd\xca\x20\x4e\x00\x00",
		.n = 57 },
	    KL_HTTP_TOOBIG, 200 },
	{ "bytes that do not unpack are noticed",
	    { .status = 200,
		.headers = "Content-Encoding: gzip\r\n",
		.body = "no gzip at all" },
	    KL_HTTP_GARBAGE, 200 },
	{ "a flood of headers is cut off",
	    { .raw = "HTTP/1.1 200 x\r\n",
		.body = "X-A: 0123456789abcdef\r\n",
		.repeat = 20000 },
	    KL_HTTP_TOOBIG, 200 },
};

static void
test_bad(void)
{
	const struct kl_http_opts opts = { .stall_ms = 250, .max_body = 10000 };
	struct once o;
	size_t i;

	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		begin(&o, &bads[i].step, 1, &opts);
		fetch(&o, "GET", (struct kl_span){ NULL, 0 });
		if (!ok(o.rc == KL_OK && o.res.end == bads[i].end &&
			    o.res.status == bads[i].status && o.took < 4000 &&
			    kl_http_busy(o.http) == 0,
			bads[i].what))
			printf("# rc %d end %d status %d ms %d: %s\n",
			    (int)o.rc, (int)o.res.end, o.res.status,
			    (int)o.took, o.res.why);
		ok(o.res.end == KL_HTTP_ANSWERED || o.res.why[0] != '\0',
		    "and explained");
		end(&o);
	}
}

static void
test_unreachable(void)
{
	struct kl_http_req req = { .method = "GET" };
	struct kl_http_opts opts = { 0 };
	struct kl_http_res res;
	struct kl_http *h;
	char url[64];

	raw_nobody(url, sizeof(url), "http", "127.0.0.1");
	req.url = url;
	if (kl_http_new(&h, &opts, NULL) != KL_OK)
		exit(1);
	ok(kl_http_start(h, &req, NULL) == KL_OK &&
		kl_http_next(h, 5000, -1, &res, NULL) == KL_OK &&
		res.end == KL_HTTP_CONNECT,
	    "a closed port is no connection");
	is(res.address, "127.0.0.1", "and the address is named");
	ok(res.sent == 0 && res.status == 0, "nothing was sent");
	req.url = "http://name.invalid/";
	ok(kl_http_start(h, &req, NULL) == KL_OK &&
		kl_http_next(h, 9000, -1, &res, NULL) == KL_OK &&
		res.end == KL_HTTP_LOOKUP,
	    "a name without address is told apart");
	req.url = "http://user@127.0.0.1/";
	ok(kl_http_start(h, &req, NULL) == KL_EBUG, "odd URLs are not tried");
	kl_http_free(h);

	opts.cacert = "/nonexistent.pem";
	ok(kl_http_new(&h, &opts, NULL) == KL_ECONFIG,
	    "certificates that cannot be read are a mistake");
}

/* A connection closed while idle or just as it is used: libcurl would send
 * again by itself.  It must not. */
static void
test_no_silent_repetition(void)
{
	const struct raw_step script[] = {
		{ 200, NULL, JSON, .end = RAW_KEEP },
		{ .end = RAW_CLOSE }, /* read, done, and never answered */
		{ 200, NULL, JSON, .end = RAW_KEEP },
	};
	struct kl_http_opts opts = { 0 };
	struct once o;

	begin(&o, script, 3, &opts);
	fetch(&o, "POST", KL_SPAN("1"));
	ok(o.res.status == 200, "the first POST is answered");
	fetch(&o, "POST", KL_SPAN("2"));
	ok(o.res.end == KL_HTTP_CUT, "the second is cut off");
	ok(atomic_load(&o.server.seen->requests) == 2,
	    "and was not sent a second time behind our back");
	fetch(&o, "POST", KL_SPAN("3"));
	ok(o.res.status == 200, "the next one goes through");
	end(&o);
}

static void
test_together(void)
{
	const struct raw_step script[] = {
		{ 200, NULL, "1", .delay_ms = 600, .end = RAW_KEEP },
		{ 200, NULL, "2", .delay_ms = 600, .end = RAW_KEEP },
		{ 200, NULL, "3", .delay_ms = 600, .end = RAW_KEEP },
	};
	struct kl_http_opts opts = { 0 };
	struct kl_http_req req = { .method = "GET" };
	uint64_t t = kl_now_mono();
	unsigned i, seen = 0;
	struct once o;
	int fds[2], tags[3];

	begin(&o, script, 3, &opts);
	req.url = o.server.url;
	for (i = 0; i < 3; i++) {
		req.tag = &tags[i];
		ok(kl_http_start(o.http, &req, NULL) == KL_OK, "starts");
	}
	ok(kl_http_busy(o.http) == 3, "three are in flight");
	ok(kl_http_next(o.http, 20, -1, &o.res, NULL) == KL_AGAIN,
	    "waiting ends with its time");
	if (pipe(fds) != 0 || write(fds[1], "x", 1) != 1)
		exit(1);
	ok(kl_http_next(o.http, 5000, fds[0], &o.res, NULL) == KL_AGAIN &&
		kl_now_mono() - t < 580,
	    "a readable descriptor ends the wait");
	for (i = 0; i < 3; i++)
		if (kl_http_next(o.http, 5000, -1, &o.res, NULL) == KL_OK)
			seen |= 1U << ((int *)o.res.tag - tags);
	ok(seen == 7, "each is answered once");
	ok(kl_now_mono() - t < 1600, "at the same time");
	(void)close(fds[0]);
	(void)close(fds[1]);
	end(&o);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

static void
test_signal(void)
{
	const struct raw_step script[] = { { .end = RAW_STALL } };
	struct sigaction sa = { .sa_handler = on_alarm };
	struct kl_http_opts opts = { 0 };
	struct once o;

	begin(&o, script, 1, &opts);
	(void)sigaction(SIGALRM, &sa, NULL);
	(void)ualarm(100000, 0);
	fetch(&o, "GET", (struct kl_span){ NULL, 0 });
	ok(o.rc == KL_AGAIN && o.took < 3000, "a signal ends the wait");
	end(&o);
}

int
main(void)
{
	test_good();
	test_bad();
	test_unreachable();
	test_no_silent_repetition();
	test_together();
	test_signal();
	return done();
}
