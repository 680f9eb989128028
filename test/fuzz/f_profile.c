/* SPDX-License-Identifier: MIT */

/*
 * f_profile.c - any JSON text as a profile record.  What is sent of it is
 * JSON again, never much larger than the record, and keeps its identifiers;
 * a record that passes the check is within the limits of the service.  What
 * the check finds does not depend on the records before.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kl/limits.h"
#include "kl/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The object made of doc, scanned into again. */
static void
remade(struct kl_profile *p, const struct kl_json *doc, struct kl_buf *b,
    struct kl_json *again)
{
	struct kl_err err = { 0 };
	struct kl_profile_ids one = { 0 }, two = { 0 };

	kl_buf_reset(b);
	if (kl_profile_body(p, b, doc, &err) != KL_OK) {
		assert(b->n == 0 && err.code[0] != '\0');
		return;
	}
	assert(b->n <= doc->n + 40);
	assert(kl_json_scan(again, b->s, b->n, &err) == KL_OK);
	assert(kl_profile_ids(&one, doc, 0, NULL) == KL_OK);
	assert(kl_profile_ids(&two, again, kl_json_get(again, 0, "attributes"),
		   NULL) == KL_OK);
	assert(kl_span_eq(one.email, two.email));
	assert(kl_span_eq(one.phone, two.phone));
	assert(kl_span_eq(one.external_id, two.external_id));
	assert(kl_span_eq(one.kx, two.kx));
	kl_profile_ids_free(&one);
	kl_profile_ids_free(&two);
}

/* The same of it as one of many that look alike. */
static void
alike(const struct kl_profile *as, const struct kl_json *alone)
{
	struct kl_profile p = { .unknown = as->unknown,
		.match_id = as->match_id },
			  q = p;
	struct kl_json doc = { 0 };
	struct kl_buf one = { 0 }, many = { 0 };
	char *s = calloc(1, alone->n + KL_JSON_SPARE);
	enum kl_rc rc = kl_profile_body(&p, &one, alone, NULL);
	int i;

	assert(s != NULL);
	memcpy(s, alone->s, alone->n);
	for (i = 0; i < 5; i++) {
		assert(kl_json_scan_next(&doc, s, alone->n, KL_JSON_SPARE,
			   NULL) == KL_OK);
		kl_buf_reset(&many);
		assert(kl_profile_body(&q, &many, &doc, NULL) == rc);
		assert(one.n == many.n &&
		    (one.n == 0 || memcmp(one.s, many.s, one.n) == 0));
		assert(q.nulls_ignored == p.nulls_ignored * ((unsigned)i + 1) &&
		    q.dropped == p.dropped * ((unsigned)i + 1));
	}
	kl_buf_free(&one);
	kl_buf_free(&many);
	kl_json_free(&doc);
	kl_profile_free(&p);
	kl_profile_free(&q);
	free(s);
}

/* The same where nulls clear, and what is missing: what is sent is JSON with
 * everything that is to be cleared in it. */
static void
cleared(const struct kl_profile *as, const struct kl_json *doc)
{
	struct kl_profile p = { .unknown = as->unknown,
		.match_id = as->match_id,
		.nulls = KL_NULLS_CLEAR };
	struct kl_json again = { 0 };
	struct kl_buf b = { 0 };
	uint32_t at;

	assert(kl_profile_clear(&p, "title", NULL) == KL_OK &&
	    kl_profile_clear(&p, "location.city", NULL) == KL_OK &&
	    kl_profile_clear(&p, "properties.a", NULL) == KL_OK);
	if (kl_profile_body(&p, &b, doc, NULL) == KL_OK) {
		assert(b.n <= doc->n * 2 + 400);
		assert(kl_json_scan(&again, b.s, b.n, NULL) == KL_OK);
		at = kl_json_get(&again, 0, "attributes");
		assert(at != 0 && kl_json_get(&again, at, "title") != 0);
		assert(!p.unsets || kl_json_get(&again, 0, "meta") != 0);
	} else
		assert(b.n == 0);
	kl_json_free(&again);
	kl_buf_free(&b);
	kl_profile_free(&p);
}

/* True if two checks have found the same. */
static bool
same(const struct kl_err *a, const struct kl_err *b)
{
	return a->rc == b->rc && strcmp(a->msg, b->msg) == 0 &&
	    strcmp(a->code, b->code) == 0 && strcmp(a->field, b->field) == 0 &&
	    strcmp(a->hint, b->hint) == 0;
}

/* The same is found of it among records that have much in common with it. */
static void
among(const struct kl_profile *as, const struct kl_json *alone)
{
	static const char *const others[] = {
		"{\"email\":\"a@b.co\",\"phone_number\":\"+4915112345678\","
		"\"external_id\":\"7\",\"id\":\"1\",\"title\":\"x\","
		"\"locale\":\"en-US\",\"location\":{\"city\":\"x\","
		"\"zip\":\"7\",\"latitude\":\"1\"},\"properties\":{\"a\":1},"
		"\"meta\":{\"patch_properties\":{\"unset\":\"a\"}}}",
		"{\"external_id\":\"7\",\"location\":{\"zip\":\"7\"}}", NULL
	};
	struct kl_profile fresh = { .unknown = as->unknown,
		.match_id = as->match_id },
			  p = fresh;
	struct kl_json doc = { 0 };
	size_t room = (alone->n < 512 ? 512 : alone->n) + KL_JSON_SPARE, n;
	char *s = calloc(1, room);
	struct kl_err one = { 0 }, two;
	const char *text;
	enum kl_rc rc = kl_profile_check(&fresh, alone, &one);
	unsigned i;

	assert(s != NULL);
	for (i = 0; i < 12; i++) {
		text = others[i % 3];
		n = text == NULL ? alone->n : strlen(text);
		memcpy(s, text == NULL ? alone->s : text, n);
		assert(kl_json_scan_next(&doc, s, n, KL_JSON_SPARE, NULL) ==
		    KL_OK);
		two = (struct kl_err){ 0 };
		if (kl_profile_check(&p, &doc, &two) != rc)
			assert(text != NULL);
		assert(text != NULL ||
		    (same(&one, &two) && p.email == fresh.email));
	}
	kl_json_free(&doc);
	kl_profile_free(&p);
	kl_profile_free(&fresh);
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kl_profile p = { 0 };
	struct kl_json doc = { 0 }, again = { 0 };
	struct kl_buf b = { 0 };
	struct kl_err err = { 0 };
	enum kl_rc rc;

	if (size == 0)
		return 0;
	p.unknown = (enum kl_unknown)(data[0] % 3);
	p.match_id = (data[0] & 4) != 0;
	if (kl_json_scan(&doc, (const char *)data + 1, size - 1, NULL) !=
	    KL_OK) {
		kl_json_free(&doc);
		return 0;
	}
	rc = kl_profile_check(&p, &doc, &err);
	assert(rc == KL_OK || rc == KL_EDATA || rc == KL_ETOOBIG);
	assert(rc == KL_OK || (err.code[0] != '\0' && err.hint[0] != '\0'));
	assert(p.nulls_ignored == 0 && p.dropped == 0);
	remade(&p, &doc, &b, &again);
	alike(&p, &doc);
	among(&p, &doc);
	cleared(&p, &doc);
	if (rc == KL_OK)
		assert(b.n > 0 && b.n <= KL_PROFILE_MAX);
	kl_buf_free(&b);
	kl_json_free(&again);
	kl_json_free(&doc);
	kl_profile_free(&p);
	return 0;
}
