/* SPDX-License-Identifier: MIT */
/* http.c - many exchanges at once; the only user of libcurl. */

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kl/http.h"
#include "kl/time.h"
#include "kl/url.h"
#include "kl/version.h"

#define CONNECT_MS 10000
#define STALL_MS 30000
#define TOTAL_MS 300000
#define MAX_BODY ((size_t)64 << 20)
#define MAX_HEADERS ((size_t)256 << 10)
#define CONNECTIONS 8
/* A buffer larger than this is not kept for the next answer. */
#define KEEP_BYTES ((size_t)1 << 20)
/*
 * Blocks libcurl reads and sends, made for each exchange.  A page comes in few
 * calls.  A request of a usual size leaves in one: for each block all exchanges
 * are looked at, and who serves is woken, which costs more than the fresh pages
 * that so large a block is made of.
 */
#define READ_BLOCK (96L << 10)
#define SEND_BLOCK (512L << 10)

/* One exchange.  Free ones wait in a list with their easy handle. */
struct xfer {
	struct xfer *next;
	CURL *easy;
	struct curl_slist *headers;
	struct kl_buf head, body;
	size_t max_headers, max_body;
	void *tag;
	uint64_t started;
	uint64_t bytes, moved; /* in and out so far; when they last grew */
	unsigned begun;	       /* times a request was about to be written */
	bool toobig, nomem, flying;
	char address[48];
	char why[CURL_ERROR_SIZE];
};

struct kl_http {
	CURLM *multi;
	struct kl_http_opts opts;
	char *agent, *cacert;
	struct xfer *all, *answered; /* answered: lent to the caller */
	unsigned busy;
};

static void
defaults(struct kl_http_opts *o)
{
	o->connect_ms = o->connect_ms != 0 ? o->connect_ms : CONNECT_MS;
	o->stall_ms = o->stall_ms != 0 ? o->stall_ms : STALL_MS;
	o->total_ms = o->total_ms != 0 ? o->total_ms : TOTAL_MS;
	o->max_body = o->max_body != 0 ? o->max_body : MAX_BODY;
	o->max_headers = o->max_headers != 0 ? o->max_headers : MAX_HEADERS;
	o->connections = o->connections != 0 ? o->connections : CONNECTIONS;
}

enum kl_rc
kl_http_new(struct kl_http **to, const struct kl_http_opts *opts,
    struct kl_err *err)
{
	struct kl_http *h;

	if (opts->cacert != NULL && access(opts->cacert, R_OK) != 0)
		return kl_err_sys(err, KL_ECONFIG,
		    "cannot read the certificates in %s", opts->cacert);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return kl_err_nomem(err);
	if ((h = calloc(1, sizeof(*h))) == NULL) {
		curl_global_cleanup();
		return kl_err_nomem(err);
	}
	h->opts = *opts;
	defaults(&h->opts);
	h->multi = curl_multi_init();
	h->agent = strdup(opts->agent != NULL ? opts->agent : "kl/" KL_VERSION);
	if (opts->cacert != NULL)
		h->cacert = strdup(opts->cacert);
	if (h->multi == NULL || h->agent == NULL ||
	    (opts->cacert != NULL && h->cacert == NULL)) {
		kl_http_free(h);
		return kl_err_nomem(err);
	}
	(void)curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    (long)h->opts.connections);
	(void)curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
	    CURLPIPE_MULTIPLEX);
	*to = h;
	return KL_OK;
}

static void
xfer_free(struct kl_http *h, struct xfer *x)
{
	if (x->easy != NULL) {
		if (x->flying)
			(void)curl_multi_remove_handle(h->multi, x->easy);
		curl_easy_cleanup(x->easy);
	}
	curl_slist_free_all(x->headers);
	kl_buf_free(&x->head);
	kl_buf_free(&x->body);
	free(x);
}

void
kl_http_free(struct kl_http *h)
{
	struct xfer *x;

	if (h == NULL)
		return;
	while ((x = h->all) != NULL) {
		h->all = x->next;
		xfer_free(h, x);
	}
	if (h->multi != NULL)
		(void)curl_multi_cleanup(h->multi);
	free(h->agent);
	free(h->cacert);
	free(h);
	curl_global_cleanup();
}

unsigned
kl_http_busy(const struct kl_http *h)
{
	return h->busy;
}

/* --- what libcurl calls --------------------------------------------------- */

static size_t
take_body(char *s, size_t size, size_t n, void *ctx)
{
	struct xfer *x = ctx;

	(void)size; /* always 1 */
	if (n > x->max_body - x->body.n) {
		x->toobig = true;
		return 0;
	}
	kl_buf_put(&x->body, s, n);
	x->nomem = x->body.rc != KL_OK;
	return x->nomem ? 0 : n;
}

static size_t
take_header(char *s, size_t size, size_t n, void *ctx)
{
	struct xfer *x = ctx;

	(void)size;
	/* A status line begins a new answer: after 100, after CONNECT. */
	if (n > 5 && memcmp(s, "HTTP/", 5) == 0)
		kl_buf_reset(&x->head);
	if (n > x->max_headers - x->head.n) {
		x->toobig = true;
		return 0;
	}
	kl_buf_put(&x->head, s, n);
	x->nomem = x->head.rc != KL_OK;
	return x->nomem ? 0 : n;
}

/*
 * Called when a request is about to be written.  libcurl quietly writes it
 * again when a connection that was used before turns out to be closed; but
 * the service may have acted on the first, so that is ours to decide.
 */
static int
about_to_write(void *ctx, char *ip, char *local, int port, int local_port)
{
	struct xfer *x = ctx;

	(void)local;
	(void)port;
	(void)local_port;
	if (ip != NULL)
		(void)snprintf(x->address, sizeof(x->address), "%s", ip);
	return x->begun++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* Open a socket, and remember the address: it says why a connection failed. */
static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct xfer *x = ctx;
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;

	(void)purpose;
	if (a->family == AF_INET && a->addrlen >= sizeof(in4)) {
		memcpy(&in4, &a->addr, sizeof(in4));
		(void)inet_ntop(AF_INET, &in4.sin_addr, x->address,
		    sizeof(x->address));
	} else if (a->family == AF_INET6 && a->addrlen >= sizeof(in6)) {
		memcpy(&in6, (const void *)&a->addr, sizeof(in6));
		(void)inet_ntop(AF_INET6, &in6.sin6_addr, x->address,
		    sizeof(x->address));
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* --- starting ------------------------------------------------------------- */

static struct xfer *
xfer_get(struct kl_http *h)
{
	struct xfer *x;

	for (x = h->all; x != NULL; x = x->next)
		if (!x->flying && x != h->answered)
			return x;
	if ((x = calloc(1, sizeof(*x))) == NULL)
		return NULL;
	if ((x->easy = curl_easy_init()) == NULL) {
		free(x);
		return NULL;
	}
	x->next = h->all;
	h->all = x;
	return x;
}

static bool
add_header(struct xfer *x, const char *line)
{
	struct curl_slist *l = curl_slist_append(x->headers, line);

	if (l != NULL)
		x->headers = l;
	return l != NULL;
}

/* Empty it for another exchange. */
static bool
xfer_reset(struct kl_http *h, struct xfer *x, const struct kl_http_req *req)
{
	size_t i;

	curl_slist_free_all(x->headers);
	x->headers = NULL;
	if (x->body.cap > KEEP_BYTES)
		kl_buf_free(&x->body);
	kl_buf_reset(&x->body);
	kl_buf_reset(&x->head);
	x->body.max = x->max_body = h->opts.max_body;
	x->head.max = x->max_headers = h->opts.max_headers;
	x->tag = req->tag;
	x->begun = 0;
	x->toobig = x->nomem = false;
	x->address[0] = x->why[0] = '\0';
	/* A service that reads bodies at once needs no 100-continue. */
	if (!add_header(x, "Expect:"))
		return false;
	for (i = 0; req->headers != NULL && req->headers[i] != NULL; i++)
		if (!add_header(x, req->headers[i]))
			return false;
	return true;
}

static void
set_method(CURL *e, const struct kl_http_req *req)
{
	if (req->body.s == NULL && strcmp(req->method, "GET") == 0) {
		(void)curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
		return;
	}
	(void)curl_easy_setopt(e, CURLOPT_POST, 1L);
	(void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)req->body.n);
	(void)curl_easy_setopt(e, CURLOPT_POSTFIELDS,
	    req->body.s != NULL ? req->body.s : "");
	if (strcmp(req->method, "POST") != 0)
		(void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
}

static void
set_limits(CURL *e, const struct kl_http_opts *o)
{
	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)o->connect_ms);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)o->total_ms);
	(void)curl_easy_setopt(e, CURLOPT_BUFFERSIZE, READ_BLOCK);
	(void)curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BLOCK);
}

static void
set_security(const struct kl_http *h, CURL *e, const struct kl_url *u)
{
	bool tls = u->scheme.n == 5;

	(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR,
	    tls ? "https" : "http");
	(void)curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "");
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	(void)curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	(void)curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	(void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(e, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	if (h->cacert != NULL)
		(void)curl_easy_setopt(e, CURLOPT_CAINFO, h->cacert);
	/* What is on this machine is reached without a proxy. */
	if (kl_url_loopback(u))
		(void)curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_2TLS);
	/* Rather share a connection that is being made than make another. */
	(void)curl_easy_setopt(e, CURLOPT_PIPEWAIT, tls ? 1L : 0L);
}

static void
set_callbacks(CURL *e, struct xfer *x)
{
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_PRIVATE, x);
	(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->why);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	(void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	(void)curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, about_to_write);
	(void)curl_easy_setopt(e, CURLOPT_PREREQDATA, x);
	(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x);
}

enum kl_rc
kl_http_start(struct kl_http *h, const struct kl_http_req *req,
    struct kl_err *err)
{
	struct xfer *x = xfer_get(h);
	struct kl_url u;
	CURL *e;

	if (x == NULL || !xfer_reset(h, x, req))
		return kl_err_nomem(err);
	if (!kl_url_split(&u, req->url, strlen(req->url)))
		return kl_err_set(err, KL_EBUG, "the URL is not plain");
	e = x->easy;
	curl_easy_reset(e);
	set_callbacks(e, x);
	set_limits(e, &h->opts);
	set_security(h, e, &u);
	set_method(e, req);
	(void)curl_easy_setopt(e, CURLOPT_USERAGENT, h->agent);
	(void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->headers);
	(void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	/* The one option copied here: memory may run out. */
	if (curl_easy_setopt(e, CURLOPT_URL, req->url) != CURLE_OK ||
	    curl_multi_add_handle(h->multi, e) != CURLM_OK)
		return kl_err_nomem(err);
	x->flying = true;
	x->bytes = 0;
	x->started = x->moved = kl_now_mono();
	h->busy++;
	return KL_OK;
}

/* --- ending --------------------------------------------------------------- */

static const struct {
	CURLcode code;
	enum kl_http_end end;
} ends[] = {
	{ CURLE_OK, KL_HTTP_ANSWERED },
	{ CURLE_COULDNT_RESOLVE_HOST, KL_HTTP_LOOKUP },
	{ CURLE_COULDNT_RESOLVE_PROXY, KL_HTTP_LOOKUP },
	{ CURLE_COULDNT_CONNECT, KL_HTTP_CONNECT },
	{ CURLE_SSL_CONNECT_ERROR, KL_HTTP_CONNECT },
	{ CURLE_PEER_FAILED_VERIFICATION, KL_HTTP_TLS },
	{ CURLE_SSL_CACERT_BADFILE, KL_HTTP_TLS },
	{ CURLE_SSL_ISSUER_ERROR, KL_HTTP_TLS },
	{ CURLE_SSL_CIPHER, KL_HTTP_TLS },
	{ CURLE_SSL_INVALIDCERTSTATUS, KL_HTTP_TLS },
	{ CURLE_OPERATION_TIMEDOUT, KL_HTTP_STALL },
	{ CURLE_WEIRD_SERVER_REPLY, KL_HTTP_GARBAGE },
	{ CURLE_UNSUPPORTED_PROTOCOL, KL_HTTP_GARBAGE },
	{ CURLE_BAD_CONTENT_ENCODING, KL_HTTP_GARBAGE },
};

static enum kl_http_end
end_of(const struct xfer *x, CURLcode code)
{
	size_t i;

	if (x->toobig)
		return KL_HTTP_TOOBIG;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].code == code)
			break;
	if (i == sizeof(ends) / sizeof(ends[0]))
		return x->begun > 0 ? KL_HTTP_CUT : KL_HTTP_CONNECT;
	if (ends[i].end == KL_HTTP_STALL && x->begun == 0)
		return KL_HTTP_CONNECT;
	return ends[i].end;
}

/* libcurl's words, or its general ones; what is not plain ASCII is left
 * out. */
static void
explain(struct kl_http_res *res, const struct xfer *x, CURLcode code)
{
	const char *s = x->why[0] != '\0' ? x->why : curl_easy_strerror(code);
	size_t n = 0;

	if (x->begun > 1)
		s = "the connection was closed";
	if (x->toobig)
		s = "the answer is over the limit";
	for (; *s != '\0' && n + 1 < sizeof(res->why); s++)
		if (*s >= ' ' && *s <= '~')
			res->why[n++] = *s;
	res->why[n] = '\0';
}

static void
finish(struct kl_http *h, struct xfer *x, CURLcode code,
    struct kl_http_res *res)
{
	curl_off_t sent = 0;
	long status = 0;

	*res = (struct kl_http_res){ .tag = x->tag };
	(void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	res->end = end_of(x, code);
	res->status = (int)status;
	res->sent = sent > 0 ? (uint64_t)sent : 0;
	res->body = (struct kl_span){ x->body.s, x->body.n };
	res->head = (struct kl_span){ x->head.s, x->head.n };
	res->ms = kl_now_mono() - x->started;
	(void)snprintf(res->address, sizeof(res->address), "%s", x->address);
	if (code != CURLE_OK)
		explain(res, x, code);
	(void)curl_multi_remove_handle(h->multi, x->easy);
	x->flying = false;
	h->busy--;
	h->answered = x;
}

/* An exchange that has ended, if there is one. */
static enum kl_rc
ended(struct kl_http *h, struct kl_http_res *res, struct kl_err *err)
{
	struct xfer *x;
	CURLMsg *m;
	void *ctx;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &ctx);
		x = ctx;
		finish(h, x, m->data.result, res);
		if (x->nomem || m->data.result == CURLE_OUT_OF_MEMORY)
			return kl_err_nomem(err);
		return KL_OK;
	}
	return KL_AGAIN;
}

/* Bytes of an exchange so far, in both directions. */
static uint64_t
bytes_of(const struct xfer *x)
{
	curl_off_t up = 0, down = 0;
	long head = 0;

	(void)curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	(void)curl_easy_getinfo(x->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	(void)curl_easy_getinfo(x->easy, CURLINFO_HEADER_SIZE, &head);
	return (uint64_t)(up + down + head) + x->begun;
}

/*
 * An exchange in which no byte has moved for too long; NULL if there is none,
 * and then *wait is cut to when there may be one.  (libcurl's own limit is an
 * average over some seconds: late, and by whole seconds.)
 */
static struct xfer *
stalled(struct kl_http *h, uint64_t now, uint64_t *wait)
{
	struct xfer *x;
	uint64_t n, quiet;

	for (x = h->all; x != NULL; x = x->next) {
		if (!x->flying)
			continue;
		if ((n = bytes_of(x)) != x->bytes) {
			x->bytes = n;
			x->moved = now;
		}
		quiet = now - x->moved;
		if (quiet >= h->opts.stall_ms)
			return x;
		if (h->opts.stall_ms - quiet < *wait)
			*wait = h->opts.stall_ms - quiet;
	}
	return NULL;
}

static void
finish_stalled(struct kl_http *h, struct xfer *x, struct kl_http_res *res)
{
	(void)snprintf(x->why, sizeof(x->why), "no byte came for %llu ms",
	    (unsigned long long)h->opts.stall_ms);
	finish(h, x, CURLE_OPERATION_TIMEDOUT, res);
}

enum kl_rc
kl_http_next(struct kl_http *h, uint64_t ms, int fd, struct kl_http_res *res,
    struct kl_err *err)
{
	struct curl_waitfd extra = { .fd = fd, .events = CURL_WAIT_POLLIN };
	uint64_t now = kl_now_mono(), end;
	CURLMcode code;
	struct xfer *x;
	enum kl_rc rc;
	int running;

	h->answered = NULL;
	end = ms > UINT64_MAX - now ? UINT64_MAX : now + ms;
	for (;;) {
		code = curl_multi_perform(h->multi, &running);
		if (code == CURLM_OUT_OF_MEMORY)
			return kl_err_nomem(err);
		if (code != CURLM_OK)
			return kl_err_set(err, KL_EIO, "network: %s",
			    curl_multi_strerror(code));
		if ((rc = ended(h, res, err)) != KL_AGAIN)
			return rc;
		now = kl_now_mono();
		ms = now >= end ? 0 : end - now;
		if (ms > 60000)
			ms = 60000;
		if ((x = stalled(h, now, &ms)) != NULL) {
			finish_stalled(h, x, res);
			return KL_OK;
		}
		if (now >= end)
			return KL_AGAIN;
		errno = 0;
		code = curl_multi_poll(h->multi, &extra, fd >= 0 ? 1 : 0,
		    (int)ms, NULL);
		/* A signal ends the wait; the caller looks at its flag. */
		if (errno == EINTR || (fd >= 0 && extra.revents != 0))
			return KL_AGAIN;
		if (code != CURLM_OK)
			return kl_err_set(err, KL_EIO, "network: %s",
			    curl_multi_strerror(code));
	}
}

bool
kl_http_header(const struct kl_http_res *res, const char *name, char *to,
    size_t size)
{
	const char *p = res->head.s, *end = p + res->head.n, *eol;
	size_t n = strlen(name), i;

	to[0] = '\0';
	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		eol = eol != NULL ? eol : end - 1;
		if ((size_t)(eol - p) <= n || p[n] != ':')
			continue;
		for (i = 0; i < n; i++)
			if ((p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 32 : p[i]) !=
			    name[i])
				break;
		if (i < n)
			continue;
		for (p += n + 1; p < eol && (*p == ' ' || *p == '\t');)
			p++;
		for (i = (size_t)(eol - p); i > 0 &&
		     (p[i - 1] == '\r' || p[i - 1] == ' ' || p[i - 1] == '\t');)
			i--;
		if (i >= size || memchr(p, '\0', i) != NULL)
			return false;
		memcpy(to, p, i);
		to[i] = '\0';
		return true;
	}
	return false;
}
