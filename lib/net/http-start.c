/* SPDX-License-Identifier: MIT */
/* http-start.c - an exchange starts, and libcurl calls back. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "http-priv.h"
#include "kl/time.h"
#include "kl/url.h"

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
