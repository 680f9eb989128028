/* SPDX-License-Identifier: MIT */
/* http.c - many exchanges at once: their loop. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http-priv.h"
#include "kl/time.h"
#include "kl/version.h"

#define CONNECT_MS 10000
#define STALL_MS 30000
#define TOTAL_MS 300000
#define MAX_BODY ((size_t)64 << 20)
#define MAX_HEADERS ((size_t)256 << 10)
#define CONNECTIONS 8

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

struct xfer *
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

/* --- the loop ------------------------------------------------------------- */

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
		xfer_finish(h, x, m->data.result, res);
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
	xfer_finish(h, x, CURLE_OPERATION_TIMEDOUT, res);
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
