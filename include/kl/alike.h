/* SPDX-License-Identifier: MIT */
#ifndef KL_ALIKE_H
#define KL_ALIKE_H

#include <stddef.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/alike.h - pages of rows that look alike, scanned faster.
 *
 * A page is one text, {"data":[{...},{...}, ...], ...}, too long and too much
 * of its own kind to be compared with another.  Its rows are not: each is
 * scanned as kl_json_scan_next() scans a record, and their nodes are put
 * together.  The answer is in every case that of kl_json_scan().
 */

/* What was learnt of the rows.  All zero has learnt nothing. */
struct kl_alike {
	struct kl_json row;  /* the last */
	struct kl_json rest; /* what stands around them */
	struct kl_buf text;  /* of that */
	unsigned as_is;	     /* pages to be scanned as they are */
};

/* Pages shorter than that are scanned as they are. */
#define KL_ALIKE_BYTES ((size_t)4 << 10)

/*
 * As kl_json_scan(), for one page after the other.  spare says how many bytes
 * behind the text can be read; it wants KL_JSON_SPARE.
 */
enum kl_rc kl_alike_scan(struct kl_alike *r, struct kl_json *doc, const char *s,
    size_t n, size_t spare, struct kl_err *err);

void kl_alike_free(struct kl_alike *r);

#ifdef __cplusplus
}
#endif

#endif /* KL_ALIKE_H */
