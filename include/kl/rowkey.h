/* SPDX-License-Identifier: MIT */
#ifndef KL_ROWKEY_H
#define KL_ROWKEY_H

#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/canon.h"
#include "kl/digest.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/rowkey.h - the keyed digests by which a record is known again.
 *
 * A key is the text of a field, a string that is not empty or a number, under
 * the name of that field; of an e-mail address (a path whose last part is
 * "email") letters are folded to lower case.  The content is what kl/canon.h
 * makes of the record, so that the order of members, white space and escapes
 * make no difference.
 *
 * Fields are named as everywhere: the exact member wins, then the dotted path.
 */

#define KL_ROW_DIGEST 16 /* bytes; the first of an HMAC-SHA-256 */
#define KL_ROW_FIELDS 64 /* keys, and fields left out or looked at */

/* All zero but for hash is ready for use; the lists are borrowed. */
struct kl_rows {
	struct kl_hmac hash;
	const char *const *key; /* names of key fields, in order */
	size_t keys;
	const char *const *ignore; /* fields that are left out of the content */
	size_t ignores;
	const char *const *only; /* if any, the content is these alone */
	size_t onlys;
	struct kl_canon canon; /* owned, like what follows */
	struct kl_buf text, tmp;
};

/*
 * The digest of the nth key field.  KL_OK; KL_EOF if the record does not have
 * it (absent, null, "", or no text or number); KL_ENOMEM.
 */
enum kl_rc kl_row_key(struct kl_rows *r, const struct kl_json *doc, size_t nth,
    unsigned char digest[KL_ROW_DIGEST], struct kl_err *err);

/* The digest of the content.  KL_OK, KL_ENOMEM, KL_ETOOBIG. */
enum kl_rc kl_row_value(struct kl_rows *r, const struct kl_json *doc,
    unsigned char digest[KL_ROW_DIGEST], struct kl_err *err);

/* The digest of the record's bytes, as a receipt has it, and that of any
 * bytes; of a receipt's text, -1 if it is none. */
void kl_row_record(const struct kl_rows *r, struct kl_span s,
    unsigned char digest[KL_ROW_DIGEST]);
int kl_row_from_text(struct kl_span text, unsigned char digest[KL_ROW_DIGEST]);

void kl_rows_free(struct kl_rows *r);

#ifdef __cplusplus
}
#endif

#endif /* KL_ROWKEY_H */
