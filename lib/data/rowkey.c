/* SPDX-License-Identifier: MIT */
/* rowkey.c - the keyed digests by which a record is known again. */

#include <string.h>

#include "kl/email.h"
#include "kl/rowkey.h"

static void
digest16(const struct kl_hmac *hash, const void *s, size_t n,
    unsigned char digest[KL_ROW_DIGEST])
{
	unsigned char md[KL_SHA256];

	kl_hmac(hash, s, n, md);
	memcpy(digest, md, KL_ROW_DIGEST);
}

/* Whether the last part of the path is "email". */
static bool
is_email(const char *path)
{
	size_t n = strlen(path);

	return n >= 5 && strcmp(path + n - 5, "email") == 0 &&
	    (n == 5 || path[n - 6] == '.');
}

/* The text of a key, or the empty span. */
static struct kl_span
key_text(struct kl_rows *r, const struct kl_json *doc, const char *path)
{
	uint32_t i = kl_json_path(doc, 0, KL_SPAN(path));

	if (i == 0)
		return (struct kl_span){ "", 0 };
	if (kl_json_type(doc, i) == KL_JSON_NUMBER)
		return kl_json_raw(doc, i);
	return kl_json_text(doc, i, &r->tmp);
}

enum kl_rc
kl_row_key(struct kl_rows *r, const struct kl_json *doc, size_t nth,
    unsigned char digest[KL_ROW_DIGEST], struct kl_err *err)
{
	const char *path = r->key[nth];
	struct kl_span s;
	size_t at;
	enum kl_rc rc;

	s = key_text(r, doc, path);
	if ((rc = kl_buf_check(&r->tmp, err)) != KL_OK)
		return rc;
	if (s.n == 0)
		return KL_EOF;
	kl_buf_reset(&r->text);
	kl_buf_put(&r->text, path, strlen(path) + 1);
	at = r->text.n;
	kl_buf_span(&r->text, s);
	if ((rc = kl_buf_check(&r->text, err)) != KL_OK)
		return rc;
	if (is_email(path))
		kl_email_fold(r->text.s + at, r->text.s + at, s.n);
	digest16(&r->hash, r->text.s, r->text.n, digest);
	return KL_OK;
}

/* The fields of --only as an object, in the order they were named in. */
static void
put_only(struct kl_rows *r, const struct kl_json *doc)
{
	uint32_t node;
	size_t i;

	kl_buf_putc(&r->text, '{');
	for (i = 0; i < r->onlys; i++) {
		node = kl_json_path(doc, 0, KL_SPAN(r->only[i]));
		if (node == 0)
			continue;
		kl_json_put_comma(&r->text);
		kl_json_put_text(&r->text, r->only[i], strlen(r->only[i]));
		kl_buf_putc(&r->text, ':');
		kl_canon_put(&r->canon, &r->text, doc, node);
	}
	kl_buf_putc(&r->text, '}');
}

enum kl_rc
kl_row_value(struct kl_rows *r, const struct kl_json *doc,
    unsigned char digest[KL_ROW_DIGEST], struct kl_err *err)
{
	uint32_t skip[KL_ROW_FIELDS], node;
	size_t i;
	enum kl_rc rc;

	r->canon.skip = skip;
	r->canon.skips = 0;
	for (i = 0; i < r->ignores && i < KL_ROW_FIELDS; i++) {
		node = kl_json_path(doc, 0, KL_SPAN(r->ignore[i]));
		if (node != 0)
			skip[r->canon.skips++] = node;
	}
	kl_buf_reset(&r->text);
	if (r->onlys > 0)
		put_only(r, doc);
	else
		kl_canon_put(&r->canon, &r->text, doc, 0);
	r->canon.skip = NULL;
	r->canon.skips = 0;
	if ((rc = kl_buf_check(&r->text, err)) == KL_OK)
		digest16(&r->hash, r->text.s, r->text.n, digest);
	return rc;
}

void
kl_row_record(const struct kl_rows *r, struct kl_span s,
    unsigned char digest[KL_ROW_DIGEST])
{
	digest16(&r->hash, s.s, s.n, digest);
}

/* The six bits a character of base64url stands for, or -1. */
static int
six_bits(char c)
{
	static const char set[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *p = c != '\0' ? strchr(set, c) : NULL;

	return p != NULL ? (int)(p - set) : -1;
}

int
kl_row_from_text(struct kl_span text, unsigned char digest[KL_ROW_DIGEST])
{
	unsigned v = 0, bits = 0;
	size_t i, k = 0;
	int six;

	if (text.n != KL_RECORD_DIGEST - 1)
		return -1;
	for (i = 0; i < text.n; i++) {
		if ((six = six_bits(text.s[i])) < 0)
			return -1;
		v = (v << 6 | (unsigned)six) & 0xFFFF;
		if ((bits += 6) >= 8) {
			bits -= 8;
			digest[k++] = (unsigned char)(v >> bits & 0xFF);
		}
	}
	return k == KL_ROW_DIGEST ? 0 : -1;
}

void
kl_rows_free(struct kl_rows *r)
{
	kl_canon_free(&r->canon);
	kl_buf_free(&r->text);
	kl_buf_free(&r->tmp);
}
