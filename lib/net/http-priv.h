/* SPDX-License-Identifier: MIT */
#ifndef HTTP_PRIV_H
#define HTTP_PRIV_H

/*
 * http-priv.h - what the files of http share, which alone use libcurl: its
 * types stay with them.
 */

#include <curl/curl.h>

#include "kl/http.h"

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

/* An exchange that is free; NULL when out of memory. */
struct xfer *xfer_get(struct kl_http *h);

/* It has ended, with that code: say so, and lend it to the caller. */
void xfer_finish(struct kl_http *h, struct xfer *x, CURLcode code,
    struct kl_http_res *res);

#endif /* HTTP_PRIV_H */
