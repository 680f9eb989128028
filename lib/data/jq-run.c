/* SPDX-License-Identifier: MIT */
/*
 * jq-run.c - run an expression: what goes in, what comes out, and how much.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jq-priv.h"

#define KEPT 15	     /* digits that a double always keeps (DBL_DIG) */
#define WRITTEN 17   /* digits that jq writes at the most */
#define NUMBER 64    /* bytes of a number that can be kept */
#define EXPONENT 300 /* well within what a double holds */

/* The digits of a number of JSON without zeros at either end, at most size;
 * how many there are. */
static size_t
significant(struct kl_span s, char *digits, size_t size)
{
	size_t i, n = 0, used = 0;

	for (i = 0; i < s.n && (s.s[i] | 0x20) != 'e'; i++) {
		if (s.s[i] < '0' || s.s[i] > '9' || (n == 0 && s.s[i] == '0'))
			continue;
		if (n < size)
			digits[n] = s.s[i];
		n++;
		if (s.s[i] != '0')
			used = n;
	}
	return used;
}

bool
jq_keeps(struct kl_span number)
{
	char text[NUMBER], ours[WRITTEN], theirs[WRITTEN];
	size_t n = significant(number, ours, sizeof(ours));
	double v;

	if (n == 0)
		return true; /* zero */
	if (n > WRITTEN || number.n >= sizeof(text))
		return false;
	memcpy(text, number.s, number.n);
	text[number.n] = '\0';
	v = strtod(text, NULL);
	if (v == 0 || !isfinite(v))
		return false;
	(void)snprintf(text, sizeof(text), "%.*e", WRITTEN - 1, v);
	if (abs((int)strtol(strchr(text, 'e') + 1, NULL, 10)) > EXPONENT)
		return false;
	if (n <= KEPT)
		return true;
	(void)snprintf(text, sizeof(text), "%.*e", (int)n - 1, v);
	return significant(KL_SPAN(text), theirs, sizeof(theirs)) == n &&
	    memcmp(ours, theirs, n) == 0;
}

/* The same, most numbers being short and without an exponent. */
static bool
keeps(struct kl_span number)
{
	size_t i;

	for (i = 0; number.n <= KEPT && i < number.n; i++)
		if ((number.s[i] | 0x20) == 'e')
			break;
	return i == number.n || jq_keeps(number);
}

/* Refuse the number that is node i. */
static enum kl_rc
refuse_number(const struct kl_json *doc, uint32_t i, struct kl_err *err)
{
	struct kl_span name;

	(void)kl_err_set(err, KL_EDATA, "a number that jq would change");
	kl_err_code(err, "jq_number");
	kl_err_hint(err,
	    "it has over 15 to 17 digits, or is too large; make it text where "
	    "it "
	    "comes from, or map fields without jq");
	if (kl_json_type(doc, 0) == KL_JSON_OBJECT)
		kl_json_each_member (m, doc, 0)
			if (m < i && i < doc->node[m + 1].next) {
				name = kl_json_raw(doc, m);
				kl_err_field(err, name.s + 1, name.n - 2);
			}
	return KL_EDATA;
}

enum kl_rc
kl_jq_start(struct kl_jq *q, struct kl_span json, struct kl_err *err)
{
	const struct kl_json *doc = &q->doc;
	enum kl_rc rc;
	uint32_t i;

	q->rc = KL_EOF;
	q->results = q->bytes = 0;
	if ((rc = kl_json_scan(&q->doc, json.s, json.n, err)) != KL_OK)
		return rc;
	for (i = 0; i < doc->nodes; i++)
		if (doc->node[i].type == KL_JSON_NUMBER &&
		    !keeps(kl_json_raw(doc, i)))
			return refuse_number(doc, i, err);
	if (!q->jq->start(q->program, json.s, json.n))
		return kl_err_set(err, KL_EBUG,
		    "jq does not read what the scanner accepted");
	q->rc = KL_OK;
	return KL_OK;
}

static void
hear(void *ctx, const char *s, size_t n)
{
	kl_buf_put(ctx, s, n);
}

static enum kl_rc
failed(struct kl_jq *q, struct kl_err *err)
{
	struct kl_buf why = { 0 };
	enum kl_rc rc;
	bool whole;

	whole = jq_explain(&why, (struct kl_span){ q->said.s, q->said.n },
	    (struct kl_span){ q->expr.s, q->expr.n });
	if ((rc = kl_buf_check(&why, err)) == KL_OK) {
		rc = kl_err_set(err, KL_EDATA, "jq: %s", kl_buf_str(&why));
		kl_err_code(err, "jq_failed");
		kl_err_hint(err, "%s",
		    whole ? ""
			  : "jq's own message holds values and is left out; "
			    "run jq on the record to read it");
	}
	kl_buf_free(&why);
	return rc;
}

static enum kl_rc
too_much(struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "jq: over %d results, or %zu bytes of them", KL_JQ_RESULTS,
	    KL_JQ_BYTES);
	kl_err_code(err, "jq_limit");
	kl_err_hint(err, "limit them in the expression: limit(100; ...)");
	return KL_EDATA;
}

enum kl_rc
kl_jq_next(struct kl_jq *q, struct kl_buf *b, struct kl_err *err)
{
	struct jq_text text = { hear, &q->said };
	enum jq_verdict verdict;

	if (q->rc != KL_OK)
		return KL_EOF;
	q->rc = KL_EOF;
	kl_buf_reset(&q->said);
	verdict = q->jq->next(q->program, &text);
	if (q->said.rc != KL_OK)
		return kl_buf_check(&q->said, err);
	if (verdict == JQ_END)
		return KL_EOF;
	if (verdict == JQ_FAILED)
		return failed(q, err);
	q->bytes += q->said.n;
	if (++q->results > KL_JQ_RESULTS || q->bytes > KL_JQ_BYTES)
		return too_much(err);
	kl_buf_put(b, q->said.s, q->said.n);
	q->rc = KL_OK;
	return kl_buf_check(b, err);
}
