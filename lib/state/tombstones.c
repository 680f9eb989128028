/* SPDX-License-Identifier: MIT */
/* tombstones.c - read who was forgotten. */

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kl/json.h"
#include "kl/lines.h"
#include "kl/numbers.h"
#include "tombstones.h"

#define LINE_MAX 1024 /* bytes; ours have less than 100 */

struct kl_tombstones {
	struct kl_numbers digest; /* their first 8 bytes, sorted */
};

void
kl_tombstones_hash(const struct kl_hash_key *hash,
    unsigned char digest[KL_TOMBSTONE])
{
	static const char mark[] = "tombstones of kl";
	unsigned char md[KL_SHA256];

	kl_hmac_sha256(hash->byte, sizeof(hash->byte), mark, sizeof(mark), md);
	memcpy(digest, md, KL_TOMBSTONE);
}

enum kl_rc
kl_tombstones_other(const char *name, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ECONFIG, "%s was made with another hash key",
	    name);
	kl_err_hint(err, "give the key of that time with --hash-key");
	return KL_ECONFIG;
}

void
kl_tombstones_free(struct kl_tombstones *t)
{
	if (t != NULL)
		kl_numbers_free(&t->digest);
	free(t);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The digest that a member holds; false if it is none. */
static bool
take_digest(const struct kl_json *doc, const char *name,
    unsigned char digest[KL_TOMBSTONE])
{
	uint32_t i = kl_json_get(doc, 0, name);
	struct kl_span s;
	size_t k;
	int a, b;

	if (i == 0 || kl_json_type(doc, i) != KL_JSON_STRING)
		return false;
	s = kl_json_raw(doc, i); /* with its quotes */
	if (s.n != 2 * KL_TOMBSTONE + 2)
		return false;
	for (k = 0; k < KL_TOMBSTONE; k++) {
		a = hex(s.s[1 + 2 * k]);
		b = hex(s.s[2 + 2 * k]);
		if (a < 0 || b < 0)
			return false;
		digest[k] = (unsigned char)(a << 4 | b);
	}
	return true;
}

static uint64_t
bits(const unsigned char digest[KL_TOMBSTONE])
{
	uint64_t v;

	memcpy(&v, digest, sizeof(v));
	return v;
}

static enum kl_rc
add(struct kl_tombstones *t, const unsigned char digest[KL_TOMBSTONE],
    struct kl_err *err)
{
	if (t->digest.n == KL_TOMBSTONES_MAX)
		return kl_err_set(err, KL_ETOOBIG,
		    "more than %zu are forgotten", KL_TOMBSTONES_MAX);
	return kl_numbers_add(&t->digest, bits(digest)) ? KL_OK
							: kl_err_nomem(err);
}

/* The first line. */
static enum kl_rc
check_head(const struct kl_json *doc, const char *name,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	unsigned char want[KL_TOMBSTONE], got[KL_TOMBSTONE];
	uint32_t i = kl_json_get(doc, 0, "tombstones");
	int64_t version = 0;

	if (i == 0 || !kl_json_int(doc, i, &version))
		return kl_err_set(err, KL_EDATA, "no file of tombstones");
	if (version != 1)
		return kl_err_set(err, KL_ECONFIG,
		    "%s was made by a newer version", name);
	if (!take_digest(doc, "hash", got))
		return kl_err_set(err, KL_EDATA, "no file of tombstones");
	kl_tombstones_hash(hash, want);
	if (memcmp(got, want, sizeof(want)) != 0)
		return kl_tombstones_other(name, err);
	return KL_OK;
}

static enum kl_rc
take_line(struct kl_tombstones *t, struct kl_json *doc,
    const struct kl_line *line, const char *name,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	unsigned char digest[KL_TOMBSTONE];

	if (kl_json_scan(doc, line->s, line->n, NULL) != KL_OK ||
	    kl_json_type(doc, 0) != KL_JSON_OBJECT)
		return kl_err_set(err, KL_EDATA, "no tombstone");
	if (line->no == 1)
		return check_head(doc, name, hash, err);
	if (!take_digest(doc, "forgotten", digest))
		return kl_err_set(err, KL_EDATA, "no tombstone");
	return add(t, digest, err);
}

static enum kl_rc
take_all(struct kl_tombstones *t, struct kl_lines *in, const char *name,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	struct kl_json doc = { 0 };
	struct kl_line line = { 0 };
	struct kl_err why = { 0 };
	enum kl_rc rc;

	while ((rc = kl_lines_next(in, &line, &why)) == KL_OK) {
		rc = take_line(t, &doc, &line, name, hash, &why);
		if (rc == KL_EDATA && !line.eol)
			rc = KL_OK; /* cut off before it counted */
		if (rc != KL_OK)
			break;
	}
	kl_json_free(&doc);
	if (rc == KL_EOF)
		return KL_OK;
	if (rc != KL_EDATA && rc != KL_ETOOBIG) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	(void)kl_err_set(err, rc, "%s: line %" PRIu64 ": %s", name, line.no,
	    why.msg);
	if (rc == KL_EDATA)
		kl_err_hint(err, "restore it from a copy");
	return rc;
}

enum kl_rc
kl_tombstones_read(struct kl_tombstones **to, int fd, const char *name,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	struct kl_tombstones *t = calloc(1, sizeof(*t));
	struct kl_lines *in = kl_lines_new(fd, LINE_MAX);
	enum kl_rc rc;

	*to = NULL;
	if (t == NULL || in == NULL)
		rc = kl_err_nomem(err);
	else
		rc = take_all(t, in, name, hash, err);
	kl_lines_free(in);
	if (t == NULL || rc != KL_OK) {
		kl_tombstones_free(t);
		return rc;
	}
	kl_numbers_sort(&t->digest);
	*to = t;
	return KL_OK;
}

bool
kl_tombstones_has(const struct kl_tombstones *t,
    const unsigned char digest[KL_TOMBSTONE])
{
	return kl_numbers_find(&t->digest, bits(digest)) != KL_NUMBERS_NONE;
}
