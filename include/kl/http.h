/* SPDX-License-Identifier: MIT */
#ifndef KL_HTTP_H
#define KL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/http.h - many HTTP exchanges at once, in one thread.
 *
 * It says what happened on the wire and judges nothing: kl/net.h decides what
 * to do about it, kl/client.h does it.  Redirects are not followed, nothing
 * but https is spoken (http where the URL says so: kl_url_base() decides who
 * may), certificates are checked, ~/.netrc is not read, the usual proxy
 * variables are honoured, and a proxy never sees a request's headers.
 */

struct kl_http; /* opaque: connections, and the exchanges on them */

/* Limits and settings.  Each 0 means the default. */
struct kl_http_opts {
	const char *agent;    /* User-Agent; NULL: kl/VERSION */
	const char *cacert;   /* PEM file instead of the system's, or NULL */
	uint64_t connect_ms;  /* until a connection stands: 10 s */
	uint64_t stall_ms;    /* with no byte in either direction: 30 s */
	uint64_t total_ms;    /* for one exchange: 5 min */
	size_t max_body;      /* bytes after decompression: 64 MiB */
	size_t max_headers;   /* bytes in all: 256 KiB */
	unsigned connections; /* at once: 8 */
};

/* One request.  Everything is borrowed until it is answered. */
struct kl_http_req {
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", NULL at the end */
	struct kl_span body;	    /* s NULL: none */
	void *tag;		    /* comes back with the answer */
};

/* How an exchange ended. */
enum kl_http_end {
	KL_HTTP_ANSWERED, /* a whole answer */
	KL_HTTP_LOOKUP,	  /* the name has no address */
	KL_HTTP_CONNECT,  /* no connection to the address, or to the proxy */
	KL_HTTP_TLS,	  /* no trust: certificate, name, protocol */
	KL_HTTP_CUT,	  /* reset, or closed before the answer was whole */
	KL_HTTP_STALL,	  /* no byte for stall_ms, or over total_ms */
	KL_HTTP_TOOBIG,	  /* an answer over max_body or max_headers */
	KL_HTTP_GARBAGE,  /* not HTTP */
};

/* What came back.  Borrowed until the next kl_http_next(). */
struct kl_http_res {
	void *tag;
	enum kl_http_end end;
	int status;	     /* 0: no status line arrived */
	struct kl_span body; /* decompressed; what there is of it */
	size_t spare;	     /* bytes behind it that can be read */
	struct kl_span head; /* the header lines; kl_http_header() */
	uint64_t sent;	     /* bytes of request body that left */
	uint64_t ms;	     /* from start to end */
	char address[48];    /* connected to, or tried; may be empty */
	char why[160];	     /* the failure in libcurl's words; no data */
};

/* KL_OK; KL_ENOMEM; KL_ECONFIG if cacert cannot be read. */
enum kl_rc kl_http_new(struct kl_http **to, const struct kl_http_opts *opts,
    struct kl_err *err);

/* Close everything; what is in flight is given up.  NULL is allowed. */
void kl_http_free(struct kl_http *h);

/* Start an exchange.  KL_OK or KL_ENOMEM. */
enum kl_rc kl_http_start(struct kl_http *h, const struct kl_http_req *req,
    struct kl_err *err);

/*
 * Wait up to ms for an exchange to end, for fd (-1: none) to become readable,
 * or for a signal.  KL_OK with an answer; KL_AGAIN without one; KL_EIO.
 */
enum kl_rc kl_http_next(struct kl_http *h, uint64_t ms, int fd,
    struct kl_http_res *res, struct kl_err *err);

/* Exchanges in flight. */
unsigned kl_http_busy(const struct kl_http *h);

/*
 * The value of a header (name in lower case), trimmed, copied into to;
 * false, and to empty, if there is none or it does not fit.
 */
bool kl_http_header(const struct kl_http_res *res, const char *name, char *to,
    size_t size);

#ifdef __cplusplus
}
#endif

#endif /* KL_HTTP_H */
