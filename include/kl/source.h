/* SPDX-License-Identifier: MIT */
#ifndef KL_SOURCE_H
#define KL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/client.h"
#include "kl/err.h"
#include "kl/query.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/source.h - the pages of a question, whoever asks for them.
 *
 * Who takes pages does not see whether one chain of cursors was followed or
 * several at once: it takes the next page, writes its rows, and may ask for
 * the place, which is where to go on after the pages taken so far.
 */

/* A page of rows; lent until the next call.  Not all that came need be of it:
 * those from the node first up to the node end are. */
struct kl_page {
	const struct kl_json *doc;
	uint32_t data; /* the array of resources */
	uint32_t first, end;
};

#define kl_page_each(e, page)                                                  \
	for (uint32_t e = (page)->first; e < (page)->end;                      \
	     e = (page)->doc->node[e].next)

/* A source is a row of functions with what they work on. */
struct kl_source {
	void *ctx;
	/* The next page.  KL_OK; KL_EOF when all have been given; or the
	 * failure. */
	enum kl_rc (*next)(void *ctx, struct kl_page *page, struct kl_err *err);
	/* Append the place after the pages given so far: text without control
	 * characters, of this source only. */
	void (*place)(void *ctx, struct kl_buf *to);
	/* Before the first page: go on from a place of the same question.
	 * KL_OK; KL_EDATA if it is none. */
	enum kl_rc (
	    *resume)(void *ctx, struct kl_span place, struct kl_err *err);
	void (*free)(void *ctx);
	uint64_t pages; /* given so far */
};

/* Take a page, and count it. */
enum kl_rc kl_source_next(struct kl_source *s, struct kl_page *page,
    struct kl_err *err);
void kl_source_free(struct kl_source *s);

/*
 * One page after the other, in the order of sort (NULL: the service's).  c
 * is borrowed until it is freed; other calls may be made with it after a page
 * is done with.  KL_OK, KL_ENOMEM.
 */
enum kl_rc kl_source_walk(struct kl_source *to, struct kl_client *c,
    const struct kl_query *a, const char *sort, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_SOURCE_H */
