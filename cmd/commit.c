/* SPDX-License-Identifier: MIT */
/* commit.c - kl-diff --commit: receipts read, checked, and committed. */

#include <inttypes.h>
#include <string.h>

#include "commit.h"
#include "kl/count.h"
#include "kl/timestamp.h"

/* Outcomes, and what they come to here. */
static const struct {
	const char *name;
	enum kl_fate fate;
} outcomes[] = {
	{ "accepted", KL_FATE_ARRIVED },
	{ "unchanged", KL_FATE_ARRIVED },
	{ "filtered", KL_FATE_REFUSED },
	{ "rejected", KL_FATE_REFUSED },
	{ "failed", KL_FATE_REFUSED },
	{ "unknown", KL_FATE_UNKNOWN },
};

static const char *const removing[] = { "remove", "mirror", "unsubscribe",
	"suppress", "forget" };

static enum kl_rc
wrong(struct kl_err *why, const char *code, const char *msg, const char *hint)
{
	(void)kl_err_set(why, KL_EDATA, "%s", msg);
	kl_err_code(why, code);
	kl_err_hint(why, "%s", hint);
	return KL_EDATA;
}

/* [line, digest, outcome] */
static bool
take_triple(struct cmd_commit *c, uint32_t e, uint64_t *line,
    unsigned char digest[KL_ROW_DIGEST], enum kl_fate *fate)
{
	const struct kl_json *doc = &c->f->doc;
	uint32_t second, third;
	int64_t v = 0;
	size_t i;

	if (kl_json_type(doc, e) != KL_JSON_ARRAY || doc->node[e].count != 3)
		return false;
	second = doc->node[e + 1].next;
	third = doc->node[second].next;
	if (kl_json_type(doc, e + 1) != KL_JSON_NULL &&
	    (!kl_json_int(doc, e + 1, &v) || v < 1))
		return false;
	*line = (uint64_t)v;
	if (kl_row_from_text(kl_json_text(doc, second, &c->text), digest) != 0)
		return false;
	for (i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
		if (kl_json_is(doc, third, outcomes[i].name)) {
			*fate = outcomes[i].fate;
			return true;
		}
	return false;
}

/* When the batch was sent, in milliseconds; false if that is no time. */
static bool
take_started(struct cmd_commit *c, uint64_t *ms)
{
	uint32_t i = kl_json_get(&c->f->doc, 0, "started");
	struct kl_span s;
	struct kl_stamp t;

	*ms = 0;
	if (i == 0 || kl_json_type(&c->f->doc, i) == KL_JSON_NULL)
		return true;
	s = kl_json_text(&c->f->doc, i, &c->text);
	if (kl_stamp_parse(s.s, s.n, &t, NULL) != KL_OK || t.sec < 0)
		return false;
	*ms = (uint64_t)t.sec * 1000 + t.ns / 1000000;
	return true;
}

/* What tells the receipt from all others: its run, its number, its records.
 * One that was written again with other outcomes is another. */
static enum kl_rc
identify(struct cmd_commit *c, uint32_t records,
    unsigned char id[KL_ROW_DIGEST], struct kl_err *err)
{
	static const char *const part[] = { "run", "seq" };
	struct kl_buf b = { 0 };
	uint32_t node;
	enum kl_rc rc;
	size_t i;

	for (i = 0; i < 2; i++)
		if ((node = kl_json_get(&c->f->doc, 0, part[i])) != 0) {
			kl_buf_span(&b, kl_json_raw(&c->f->doc, node));
			kl_buf_putc(&b, ' ');
		}
	kl_buf_span(&b, kl_json_raw(&c->f->doc, records));
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		kl_row_record(c->rows, (struct kl_span){ b.s, b.n }, id);
	kl_buf_free(&b);
	return rc;
}

/* Whether it is a receipt that we can use; records is their node. */
static enum kl_rc
check_receipt(struct cmd_commit *c, uint32_t *records, struct kl_err *why)
{
	const struct kl_json *doc = &c->f->doc;
	unsigned char digest[KL_ROW_DIGEST];
	uint32_t i = kl_json_get(doc, 0, "receipt");
	enum kl_fate fate;
	uint64_t line;
	int64_t v = 0;

	if (i == 0 || !kl_json_int(doc, i, &v))
		return wrong(why, "not_receipt", "this is no receipt",
		    "--commit reads the standard output of kl-push or "
		    "kl-track");
	if (v != 1)
		return wrong(why, "receipt_version",
		    "the receipt is of a version this program does not know",
		    "use the kl-diff that belongs to it");
	*records = kl_json_get(doc, 0, "records");
	if (*records == 0)
		return wrong(why, "receipt_without_records",
		    "the receipt does not list its records",
		    "have it made with --receipt-records");
	if (kl_json_type(doc, *records) == KL_JSON_ARRAY) {
		kl_json_each (e, doc, *records)
			if (!take_triple(c, e, &line, digest, &fate)) {
				*records = 0;
				break;
			}
	} else
		*records = 0;
	if (*records == 0)
		return wrong(why, "receipt_records",
		    "the records of the receipt are not [line, digest, "
		    "outcome]",
		    "");
	return KL_OK;
}

static enum kl_rc
take_receipt(struct cmd_commit *c, struct kl_err *why)
{
	const struct kl_json *doc = &c->f->doc;
	unsigned char digest[KL_ROW_DIGEST];
	struct kl_store_receipt r = { 0 };
	uint32_t records = 0, action = kl_json_get(doc, 0, "action");
	enum kl_fate fate;
	uint64_t line;
	enum kl_rc rc;
	size_t i;

	if ((rc = check_receipt(c, &records, why)) != KL_OK)
		return rc;
	if (!take_started(c, &r.started))
		return wrong(why, "receipt_started",
		    "started is no time in the receipt", "");
	for (i = 0; i < sizeof(removing) / sizeof(*removing); i++)
		r.removes |=
		    action != 0 && kl_json_is(doc, action, removing[i]);
	if ((rc = identify(c, records, r.id, why)) != KL_OK ||
	    (rc = kl_receipts_add(c->receipts, &r, why)) != KL_OK)
		return rc;
	kl_json_each (e, doc, records)
		if (take_triple(c, e, &line, digest, &fate) &&
		    (rc = kl_receipts_record(c->receipts, line, digest, fate,
			 why)) != KL_OK)
			return rc;
	return KL_OK;
}

static enum kl_rc
each_receipt(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	(void)f;
	(void)rec;
	return take_receipt(ctx, why);
}

static void
say(const struct kl_store_counts *n)
{
	cmd_note("%s: %s known now, %" PRIu64 " did not, %s superseded, "
		 "%" PRIu64 " committed before, %s nothing that is pending",
	    KL_COUNT(n->read, "record", "records"),
	    KL_COUNT(n->arrived, "arrived and is", "arrived and are"),
	    n->refused, KL_COUNT(n->stale, "was", "were"), n->repeated,
	    KL_COUNT(n->unmatched, "matches", "match"));
	if (n->arrived == 0 && n->repeated == 0 && n->unmatched > 0)
		cmd_note("none of these receipts is of records this state "
			 "passed: is it the right one, and did kl-push use the "
			 "same --hash-key?");
}

static enum kl_rc
settle(struct cmd_commit *c, const char *state, const struct kl_hash_key *hash,
    struct kl_err *err)
{
	struct kl_store *store;
	struct kl_err late = { 0 };
	enum kl_rc rc;

	if ((rc = kl_store_open(&store, state, false, hash, err)) != KL_OK)
		return rc;
	rc = kl_store_commit(store, c->receipts, &c->counts, err);
	if (rc == KL_OK)
		say(&c->counts);
	if (kl_store_close(store, &late) != KL_OK && rc == KL_OK) {
		*err = late;
		rc = late.rc;
	}
	return rc;
}

enum kl_rc
cmd_commit(struct cmd_commit *c, const char *state,
    const struct kl_hash_key *hash, struct kl_err *err)
{
	struct kl_err late = { 0 };
	enum kl_rc rc, rc2;

	if ((rc = kl_receipts_new(&c->receipts, err)) != KL_OK)
		return rc;
	rc = cmd_filter_run(c->f, each_receipt, c, err);
	rc2 = settle(c, state, hash, &late);
	kl_receipts_free(c->receipts);
	kl_buf_free(&c->text);
	if (rc != KL_OK || rc2 == KL_OK)
		return rc;
	*err = late;
	return rc2;
}

void
cmd_commit_json(const struct kl_store_counts *n, struct kl_buf *b)
{
	kl_json_put_int(b, "records", (int64_t)n->read);
	kl_json_put_int(b, "arrived", (int64_t)n->arrived);
	kl_json_put_int(b, "refused", (int64_t)n->refused);
	kl_json_put_int(b, "superseded", (int64_t)n->stale);
	kl_json_put_int(b, "repeated", (int64_t)n->repeated);
	kl_json_put_int(b, "unmatched", (int64_t)n->unmatched);
}
