/* SPDX-License-Identifier: MIT */
/* receipt.c - what is said on stdout of a batch that is settled. */

#include <string.h>

#include "kl/json.h"
#include "kl/time.h"
#include "receipt.h"

/* True if all records have the outcome *o, as the people have. */
static bool
is_alike(const struct kl_batch *b, enum kl_outcome *o)
{
	int i;

	if (b->people == 0 || b->known > 0 || b->n != b->people + b->merged)
		return false;
	for (i = 0; i < KL_OUTCOMES; i++)
		if (b->came[i] == b->people) {
			*o = (enum kl_outcome)i;
			return true;
		}
	return false;
}

void
kl_receipt_count(const struct kl_batch *b, uint64_t count[KL_OUTCOMES])
{
	enum kl_outcome o;
	uint32_t i;

	if (b->counted) {
		memcpy(count, b->count, sizeof(b->count));
		return;
	}
	memset(count, 0, KL_OUTCOMES * sizeof(*count));
	if (is_alike(b, &o)) {
		count[o] = b->n;
		return;
	}
	for (i = 0; i < b->n; i++) {
		o = kl_batch_outcome(b, &b->rec[i]);
		count[o < KL_OUTCOMES ? o : KL_UNKNOWN]++;
	}
}

/*
 * What the batch came to.  A batch of which anything was accepted is complete
 * (or accepted, where the service says no more); one whose outcome is not
 * known at all for some is unknown; and otherwise nothing came of it.
 */
static const char *
status(const struct kl_receipt *r, const uint64_t count[KL_OUTCOMES])
{
	if (count[KL_UNKNOWN] > 0)
		return "unknown";
	if (count[KL_ACCEPTED] + count[KL_UNCHANGED] > 0)
		return r->complete ? "complete" : "accepted";
	return "rejected";
}

static void
put_or_null(struct kl_buf *out, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		kl_json_put_str(out, name, value);
	else
		kl_json_put_null(out, name);
}

static void
put_counts(struct kl_buf *out, const uint64_t count[KL_OUTCOMES])
{
	static const enum kl_outcome order[] = { KL_ACCEPTED, KL_UNCHANGED,
		KL_REJECTED, KL_FAILED, KL_UNKNOWN };
	size_t i;

	kl_json_put_name(out, "counts");
	kl_buf_putc(out, '{');
	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		kl_json_put_int(out, kl_outcome_name(order[i]),
		    (int64_t)count[order[i]]);
	kl_buf_putc(out, '}');
}

/* The last job, and all of them if there is more than one. */
static void
put_jobs(struct kl_buf *out, const struct kl_batch *b)
{
	const char *s = b->jobs.s, *end = s + b->jobs.n, *last = NULL;
	unsigned n = 0;

	for (; s != NULL && s < end; s += strlen(s) + 1) {
		last = s;
		n++;
	}
	put_or_null(out, "job", last);
	if (n < 2)
		return;
	kl_json_put_name(out, "jobs");
	kl_buf_putc(out, '[');
	for (s = b->jobs.s; s < end; s += strlen(s) + 1) {
		kl_json_put_comma(out);
		kl_json_put_text(out, s, strlen(s));
	}
	kl_buf_putc(out, ']');
}

/* [line, digest, outcome] */
static void
put_record(struct kl_buf *out, const struct kl_receipt *r,
    const struct kl_batch *b, const struct kl_rec *rec)
{
	struct kl_span s = kl_batch_bytes(b, rec);
	enum kl_outcome o = kl_batch_outcome(b, rec);
	char digest[KL_RECORD_DIGEST];

	kl_json_put_comma(out);
	if (rec->line != 0)
		kl_buf_printf(out, "[%llu,", (unsigned long long)rec->line);
	else
		kl_buf_puts(out, "[null,");
	if (rec->digested)
		kl_json_put_text(out, s.s, s.n);
	else {
		kl_record_digest(r->hash, s.s, s.n, digest);
		kl_json_put_text(out, digest, strlen(digest));
	}
	kl_buf_printf(out, ",\"%s\"]",
	    kl_outcome_name(o < KL_OUTCOMES ? o : KL_UNKNOWN));
}

static void
put_records(struct kl_buf *out, const struct kl_receipt *r,
    const struct kl_batch *b)
{
	uint32_t i;

	kl_json_put_name(out, "records");
	kl_buf_putc(out, '[');
	for (i = 0; i < b->n; i++)
		put_record(out, r, b, &b->rec[i]);
	kl_buf_putc(out, ']');
}

void
kl_receipt_put(struct kl_buf *out, const struct kl_receipt *r,
    const struct kl_batch *b)
{
	uint64_t count[KL_OUTCOMES];
	char text[KL_TIME_TEXT];

	kl_receipt_count(b, count);
	kl_buf_puts(out, "{\"receipt\":1");
	kl_json_put_str(out, "run", r->run);
	kl_json_put_int(out, "seq", (int64_t)b->seq);
	kl_json_put_str(out, "action", r->action);
	put_or_null(out, "account", r->account);
	put_or_null(out, "list", r->list);
	kl_json_put_int(out, "from", (int64_t)b->from);
	kl_json_put_int(out, "to", (int64_t)b->to);
	put_counts(out, count);
	kl_json_put_str(out, "status", status(r, count));
	if (b->http != 0)
		kl_json_put_int(out, "http", b->http);
	else
		kl_json_put_null(out, "http");
	put_jobs(out, b);
	kl_json_put_int(out, "attempts", (int64_t)b->attempts);
	put_or_null(out, "started",
	    b->started != 0 ? kl_time_text_ms(b->started, text) : NULL);
	kl_json_put_int(out, "ms", (int64_t)b->ms);
	put_or_null(out, "body_sha256", b->started != 0 ? b->sha256 : NULL);
	kl_json_put_bool(out, "resumed", r->resumed);
	if (r->hash != NULL)
		put_records(out, r, b);
	kl_buf_putc(out, '}');
}
