/* SPDX-License-Identifier: MIT */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <stdbool.h>

#include "kl/alike.h"
#include "kl/client.h"
#include "kl/http.h"

/*
 * attempt.h - what one exchange means; shared by client.c and attempt.c.
 */

/* One answered, or failed, request, read but not yet judged. */
struct attempt {
	const struct kl_endpoint *ep;
	const struct kl_http_res *res;
	enum kl_failure failure;
	int64_t retry_after; /* ms; -1: unsaid */
	bool html;	     /* the body is a page for people */
	bool bad_json;	     /* the body is no JSON, or cut short */
};

/* What the words about a failure need beside the attempt. */
struct situation {
	const char *host;
	const struct kl_patience *patience;
	unsigned attempts;
	bool day;      /* the limit of a day is used up */
	uint64_t wait; /* ms the next attempt would have waited */
	enum kl_effect effect;
};

/* Read what came back.  A success's body is scanned into doc; that of
 * anything else is left for attempt_err(). */
void attempt_read(struct attempt *a, const struct kl_endpoint *ep,
    const struct kl_http_res *res, struct kl_alike *alike, struct kl_json *doc);

/* Describe the failure in clear words; scans the body into doc. */
void attempt_err(const struct attempt *a, const struct situation *s,
    struct kl_json *doc, struct kl_err *err);

#endif /* ATTEMPT_H */
