/* SPDX-License-Identifier: MIT */
/*
 * f_json_jq.c - our scanner against libjq's, where libjq is right.
 *
 * What ours takes libjq takes, and it reads the same values.  What libjq takes
 * and ours does not differs in one of the ways listed here, in which libjq 1.6
 * is lenient; anything else is a fault of ours.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/data/jq-priv.h"
#include "kl/canon.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
const char *__asan_default_options(void);

/* libjq forgets to free what it had read when it finds a mistake. */
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* --- the ways in which libjq is lenient ----------------------------------- */

/* A mark before the text is skipped. */
static bool
has_mark(struct kl_span s)
{
	return s.n > 0 && s.s[0] == '\xEF';
}

/* Bytes that are no text within it: NUL ends it, others are taken as they
 * are. */
static bool
has_controls(struct kl_span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((unsigned char)s.s[i] < 0x20)
			return true;
	return false;
}

/* Half a pair becomes U+FFFD. */
static bool
has_half_pair(struct kl_span s)
{
	size_t i;

	for (i = 0; i + 3 < s.n; i++)
		if (s.s[i] == '\\' && s.s[i + 1] == 'u' &&
		    (s.s[i + 2] | 0x20) == 'd' &&
		    strchr("89abcdefABCDEF", s.s[i + 3]) != NULL)
			return true;
	return false;
}

static bool
is_word_byte(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' || c == '-' ||
	    c == '.';
}

/* A word outside strings that JSON does not have: nan, 01, +1, .5, 5. */
static bool
has_loose_word(struct kl_span s)
{
	struct kl_json doc = { 0 };
	bool in_string = false, loose = false;
	size_t i, from;

	for (i = 0; i < s.n && !loose; i++) {
		if (s.s[i] == '"')
			in_string = !in_string;
		if (in_string && s.s[i] == '\\')
			i++;
		if (in_string || !is_word_byte(s.s[i]))
			continue;
		for (from = i; i + 1 < s.n && is_word_byte(s.s[i + 1]);)
			i++;
		loose =
		    kl_json_scan(&doc, s.s + from, i + 1 - from, NULL) != KL_OK;
	}
	kl_json_free(&doc);
	return loose;
}

/* Codes of what libjq does not mind at all: bad UTF-8 becomes U+FFFD, of two
 * members of one name the last counts, and it goes twice as deep. */
static bool
is_lenient(const struct kl_err *why, struct kl_span s)
{
	return strcmp(why->code, "json_utf8") == 0 ||
	    strcmp(why->code, "json_duplicate") == 0 || why->rc == KL_ETOOBIG ||
	    has_mark(s) || has_controls(s) || has_half_pair(s) ||
	    has_loose_word(s);
}

/* --- the two -------------------------------------------------------------- */

static struct kl_jq *
identity(void)
{
	static struct kl_jq *jq;

	if (jq == NULL)
		assert(kl_jq_new(&jq,
			   getenv("KL_JQ_PLUGIN") != NULL
			       ? getenv("KL_JQ_PLUGIN")
			       : "build/lib/kl/kl-jq.so",
			   KL_SPAN("."), NULL) == KL_OK);
	return jq;
}

static void
hear(void *ctx, const char *s, size_t n)
{
	kl_buf_put(ctx, s, n);
}

static bool
has_numbers(const struct kl_json *doc)
{
	uint32_t i;

	for (i = 0; i < doc->nodes; i++)
		if (doc->node[i].type == KL_JSON_NUMBER)
			return true;
	return false;
}

/* Numbers are spelt anew; all else must be the same in one spelling. */
static void
same_values(const struct kl_json *ours, const struct kl_json *theirs)
{
	struct kl_canon canon = { 0 };
	struct kl_buf a = { 0 }, b = { 0 };

	assert(ours->nodes == theirs->nodes);
	if (!has_numbers(ours)) {
		kl_canon_put(&canon, &a, ours, 0);
		kl_canon_put(&canon, &b, theirs, 0);
		assert(a.n == b.n && memcmp(a.s, b.s, a.n) == 0);
	} else if (ours->nodes == 1 && jq_keeps(kl_json_raw(ours, 0))) {
		kl_buf_span(&a, kl_json_raw(ours, 0));
		kl_buf_span(&b, kl_json_raw(theirs, 0));
		assert(strtod(kl_buf_str(&a), NULL) ==
		    strtod(kl_buf_str(&b), NULL));
		assert(jq_keeps(kl_json_raw(theirs, 0)));
	}
	kl_buf_free(&a);
	kl_buf_free(&b);
	kl_canon_free(&canon);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct kl_jq *jq = identity();
	struct kl_json doc = { 0 }, result = { 0 };
	struct kl_buf said = { 0 };
	struct jq_text text = { hear, &said };
	struct kl_err why = { 0 };
	struct kl_buf in = { 0 };
	enum kl_rc rc;
	int taken;

	kl_buf_put(&in, data, size);
	(void)kl_buf_str(&in);
	rc = kl_json_scan(&doc, in.s, in.n, &why);
	taken = jq->jq->start(jq->program, in.s, in.n);
	if (rc == KL_OK) {
		assert(taken);
		assert(jq->jq->next(jq->program, &text) == JQ_RESULT);
		assert(kl_json_scan(&result, said.s, said.n, NULL) == KL_OK);
		same_values(&doc, &result);
	} else {
		assert(
		    !taken || is_lenient(&why, (struct kl_span){ in.s, in.n }));
	}
	kl_json_free(&doc);
	kl_json_free(&result);
	kl_buf_free(&said);
	kl_buf_free(&in);
	return 0;
}
