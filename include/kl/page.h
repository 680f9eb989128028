/* SPDX-License-Identifier: MIT */
#ifndef KL_PAGE_H
#define KL_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/client.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/page.h - collections, a page at a time.
 *
 * Of a page's "next" link only page[cursor] is believed, and only if the
 * link's origin and path are those that were asked; the request stays ours.
 */

/*
 * The cursor of the following page.  All zero before the first.  Cursors are
 * opaque; one that comes back is a loop and an error.
 */
struct kl_cursor {
	struct kl_buf value; /* of page[cursor], decoded; empty: first page */
	struct kl_buf seen;  /* one remembered, to find loops (Brent) */
	uint64_t pages, power, lap;
};

/*
 * Read the next link of a page.  path is the path that was asked.  KL_OK: the
 * cursor is set; KL_EOF: this was the last page (next null, missing or
 * empty); KL_EPROTO: no JSON:API page, a foreign link, a loop; KL_ENOMEM.
 */
enum kl_rc kl_cursor_next(struct kl_cursor *cur, const struct kl_json *doc,
    const char *base_url, struct kl_span path, struct kl_err *err);
void kl_cursor_free(struct kl_cursor *cur);

/* Append the path of an endpoint, with the id (or NULL) in it, encoded. */
void kl_pages_path(struct kl_buf *b, const struct kl_endpoint *ep,
    const char *id);

/*
 * A walk that waits for its pages itself; nothing else may be in flight while
 * a page is fetched.  query is without page[cursor]; copied.
 */
struct kl_pages {
	struct kl_client *client;
	const struct kl_endpoint *ep;
	const char *id;	     /* borrowed for the walk */
	struct kl_buf query; /* encoded; give page[size] here */
	struct kl_cursor cursor;
	struct kl_answer answer;
	uint64_t count; /* pages read */
	bool end;
};

/*
 * The next page: KL_OK, p->answer.doc holds it and *data is its "data" array;
 * KL_EOF after the last; or the failure.  Set client, ep, id and query, the
 * rest zero, before the first.
 */
enum kl_rc kl_pages_next(struct kl_pages *p, uint32_t *data,
    struct kl_err *err);
void kl_pages_free(struct kl_pages *p);

#ifdef __cplusplus
}
#endif

#endif /* KL_PAGE_H */
