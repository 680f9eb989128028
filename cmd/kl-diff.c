/* SPDX-License-Identifier: MIT */

/*
 * kl-diff - pass on the records that are new or changed since they last
 * arrived.
 *
 * What is passed counts as arrived only when its receipt has come back, so a
 * record that was lost on the way is offered again.  A record leaves after
 * the note of it is on disk, never before.
 */

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "gone.h"
#include "kl/rowkey.h"
#include "kl/store.h"
#include "kl/timestamp.h"

#define HELD_BYTES ((size_t)1 << 20) /* records between two transactions */
#define HELD_ROWS 16384

static struct {
	const char *state, *hash_key;
	struct kl_strs key, ignore, only;
	bool commit;
} opt;

static const struct kl_opt own[] = {
	{ 0, "state", "FILE", "what is known to have arrived; made if need be",
	    KL_OPT_STR, KL_ENV_NONE, &opt.state, 0, 0, NULL },
	{ 0, "commit", NULL, "read receipts: what arrived is known now",
	    KL_OPT_FLAG, KL_ENV_NONE, &opt.commit, 0, 0, NULL },
	{ 0, "key", "FIELD", "what a record is known by; repeat: else by that",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.key, 0, 0, NULL },
	{ 0, "ignore", "FIELD", "a change of this field is no change; repeat",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.ignore, 0, 0, NULL },
	{ 0, "only", "FIELD", "only a change of this field is one; repeat",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.only, 0, 0, NULL },
	{ 0, "hash-key", "FILE", "the secret of the digests", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.hash_key, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_gone_opts, cmd_stream_opts,
	cmd_record_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-diff",
	.synopsis = "--state FILE [options] < records > new-or-changed\n"
		    "       kl-diff --state FILE --commit < receipts",
	.purpose = "Pass on the records that are new or changed since they "
		   "last arrived.  Receipts,\ncommitted afterwards, say what "
		   "arrived; what did not is offered again.",
	.examples = "  kl-diff --state s.db < people.ndjson |\n"
		    "      kl-push add --receipt-records --list KKbLLU > "
		    "receipts.ndjson\n"
		    "  kl-diff --state s.db --commit < receipts.ndjson\n"
		    "  kl-diff --state s.db --gone gone.ndjson --previous "
		    "old.ndjson < new.ndjson\n",
	.own = own,
	.groups = groups,
};

struct diff {
	struct cmd_filter f;
	struct kl_hash_key hash;
	struct kl_rows rows;
	struct kl_store *store;
	struct cmd_gone gone;
	struct kl_buf held;  /* passed, to be written once that is on disk */
	uint64_t held_rows;  /* in it */
	struct kl_buf names; /* text of the key fields, for people */
	/* --commit: */
	struct kl_receipts *receipts;
	struct kl_store_counts counts;
	struct kl_buf text;
};

/* --- records ---------------------------------------------------------------
 */

/* Put on disk what was passed, then let it go. */
static enum kl_rc
let_go(struct diff *d, struct kl_err *err)
{
	uint64_t *count = d->f.tally.count;
	uint64_t n = d->held_rows;
	enum kl_rc rc;

	d->held_rows = 0;
	rc = kl_store_sync(d->store, err);
	if (rc == KL_OK && d->held.n > 0)
		rc = kl_out_put(d->f.out, d->held.s, d->held.n, err);
	count[rc == KL_OK ? KL_ACCEPTED : KL_FAILED] += n;
	d->f.tally.written += rc == KL_OK ? n : 0;
	kl_buf_reset(&d->held);
	return rc;
}

/* The input makes us wait: nothing is to wait with it. */
static enum kl_rc
idle(void *ctx, struct kl_err *err)
{
	struct diff *d = ctx;
	enum kl_rc rc = KL_OK;

	if (d->held_rows > 0)
		rc = let_go(d, err);
	return rc == KL_OK ? kl_out_flush(d->f.out, err) : rc;
}

/* The key of the record: the first of its key fields.  All are seen. */
static enum kl_rc
find_key(struct diff *d, unsigned char key[KL_ROW_DIGEST], struct kl_err *err)
{
	unsigned char other[KL_ROW_DIGEST] = { 0 };
	bool found = false;
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; i < d->rows.keys; i++) {
		rc = kl_row_key(&d->rows, &d->f.doc, i, found ? other : key,
		    err);
		if (rc == KL_EOF)
			continue;
		if (rc == KL_OK && d->gone.keys != NULL)
			rc = kl_gone_seen(d->gone.keys, found ? other : key,
			    err);
		if (rc != KL_OK)
			return rc;
		found = true;
		if (d->gone.keys == NULL)
			break;
	}
	if (found)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA, "there is no %s to know it by",
	    kl_buf_str(&d->names));
	kl_err_code(err, "key_missing");
	kl_err_field(err, d->rows.key[0], strlen(d->rows.key[0]));
	kl_err_hint(err, "name the field with --key");
	return KL_EDATA;
}

/* The row is new or changed. */
static enum kl_rc
pass(struct diff *d, struct kl_span s, const unsigned char *key,
    const unsigned char *value, struct kl_err *err)
{
	unsigned char record[KL_ROW_DIGEST];
	enum kl_rc rc;

	kl_row_record(&d->rows, s, record);
	kl_buf_span(&d->held, s);
	kl_buf_putc(&d->held, '\n');
	d->held_rows++;
	if ((rc = kl_buf_check(&d->held, err)) != KL_OK ||
	    (rc = kl_store_pass(d->store, key, record, value, err)) != KL_OK)
		return rc;
	if (d->held.n >= HELD_BYTES || d->held_rows >= HELD_ROWS ||
	    d->f.unbuffered)
		return let_go(d, err);
	return KL_OK;
}

static enum kl_rc
look_at(struct diff *d, struct kl_span s, struct kl_err *err)
{
	unsigned char key[KL_ROW_DIGEST], value[KL_ROW_DIGEST];
	bool same = false;
	enum kl_rc rc;

	rc = find_key(d, key, err);
	if (rc == KL_EDATA)
		return rc; /* a reject */
	if (rc == KL_OK)
		rc = kl_row_value(&d->rows, &d->f.doc, value, err);
	if (rc == KL_OK)
		rc = kl_store_same(d->store, key, value, &same, err);
	if (rc == KL_OK && !same)
		return pass(d, s, key, value, err);
	d->f.tally.count[rc == KL_OK ? KL_UNCHANGED : KL_FAILED]++;
	return rc;
}

static enum kl_rc
reject(struct diff *d, const struct cmd_record *rec, const struct kl_err *why,
    struct kl_err *err)
{
	struct kl_rejected what = { .line = rec->line.no,
		.s = rec->s.s,
		.n = rec->s.n,
		.record = true };

	return cmd_filter_reject(&d->f, &what, why, NULL, err);
}

static enum kl_rc
each_record(struct diff *d, struct kl_err *err)
{
	struct cmd_record rec;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	while ((rc = cmd_filter_next(&d->f, &rec, err)) == KL_OK) {
		why.code[0] = '\0';
		rc = look_at(d, rec.s, &why);
		if (strcmp(why.code, "key_missing") == 0)
			rc = reject(d, &rec, &why, err);
		else if (rc != KL_OK)
			*err = why;
		if (rc != KL_OK)
			return rc;
	}
	return rc == KL_EOF ? KL_OK : rc;
}

/* What the content is made of, as the state keeps it. */
static void
put_fields(struct kl_buf *b, const char *what, const struct kl_strs *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		kl_buf_printf(b, "%s%s %s", b->n > 0 ? "\n" : "", what,
		    l->s[i]);
}

static enum kl_rc
begin(struct diff *d, struct kl_err *err)
{
	struct kl_buf keys = { 0 }, fields = { 0 };
	bool differs = false;
	enum kl_rc rc;

	put_fields(&keys, "key", &opt.key);
	put_fields(&fields, "ignore", &opt.ignore);
	put_fields(&fields, "only", &opt.only);
	if ((rc = kl_buf_check(&keys, err)) == KL_OK &&
	    (rc = kl_buf_check(&fields, err)) == KL_OK)
		rc = kl_store_begin(d->store, kl_buf_str(&keys),
		    kl_buf_str(&fields), &differs, err);
	if (rc == KL_OK && differs)
		cmd_note("--ignore and --only are not those of the run before: "
			 "more records than usual may count as changed");
	kl_buf_free(&keys);
	kl_buf_free(&fields);
	return rc;
}

static enum kl_rc
run(struct diff *d, struct kl_err *err)
{
	struct kl_err late = { 0 };
	enum kl_rc rc, rc2;

	if ((rc = begin(d, err)) != KL_OK)
		return rc;
	kl_lines_idle(d->f.in, idle, d);
	rc = each_record(d, err);
	rc2 = let_go(d, &late);
	if (rc2 == KL_OK)
		rc2 = kl_out_flush(d->f.out, &late);
	if (rc == KL_OK && rc2 == KL_OK && d->gone.keys != NULL) {
		d->gone.store = d->store;
		d->gone.rows = &d->rows;
		rc2 = cmd_gone_list(&d->gone, &d->f.tally, &late);
	}
	if (rc != KL_OK || rc2 == KL_OK)
		return rc;
	*err = late;
	return rc2;
}

/* --- receipts --------------------------------------------------------------
 */

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
take_triple(struct diff *d, uint32_t e, uint64_t *line,
    unsigned char digest[KL_ROW_DIGEST], enum kl_fate *fate)
{
	const struct kl_json *doc = &d->f.doc;
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
	if (kl_row_from_text(kl_json_text(doc, second, &d->text), digest) != 0)
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
take_started(struct diff *d, uint64_t *ms)
{
	uint32_t i = kl_json_get(&d->f.doc, 0, "started");
	struct kl_span s;
	struct kl_stamp t;

	*ms = 0;
	if (i == 0 || kl_json_type(&d->f.doc, i) == KL_JSON_NULL)
		return true;
	s = kl_json_text(&d->f.doc, i, &d->text);
	if (kl_stamp_parse(s.s, s.n, &t, NULL) != KL_OK || t.sec < 0)
		return false;
	*ms = (uint64_t)t.sec * 1000 + t.ns / 1000000;
	return true;
}

/* What tells the receipt from all others: its run, its number, its records.
 * One that was written again with other outcomes is another. */
static enum kl_rc
identify(struct diff *d, uint32_t records, unsigned char id[KL_ROW_DIGEST],
    struct kl_err *err)
{
	static const char *const part[] = { "run", "seq" };
	struct kl_buf b = { 0 };
	uint32_t node;
	enum kl_rc rc;
	size_t i;

	for (i = 0; i < 2; i++)
		if ((node = kl_json_get(&d->f.doc, 0, part[i])) != 0) {
			kl_buf_span(&b, kl_json_raw(&d->f.doc, node));
			kl_buf_putc(&b, ' ');
		}
	kl_buf_span(&b, kl_json_raw(&d->f.doc, records));
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		kl_row_record(&d->rows, (struct kl_span){ b.s, b.n }, id);
	kl_buf_free(&b);
	return rc;
}

/* Whether it is a receipt that we can use; records is their node. */
static enum kl_rc
check_receipt(struct diff *d, uint32_t *records, struct kl_err *why)
{
	const struct kl_json *doc = &d->f.doc;
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
			if (!take_triple(d, e, &line, digest, &fate)) {
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
take_receipt(struct diff *d, struct kl_err *why)
{
	const struct kl_json *doc = &d->f.doc;
	unsigned char digest[KL_ROW_DIGEST];
	struct kl_store_receipt r = { 0 };
	uint32_t records = 0, action = kl_json_get(doc, 0, "action");
	enum kl_fate fate;
	uint64_t line;
	enum kl_rc rc;
	size_t i;

	if ((rc = check_receipt(d, &records, why)) != KL_OK)
		return rc;
	if (!take_started(d, &r.started))
		return wrong(why, "receipt_started",
		    "started is no time in the receipt", "");
	for (i = 0; i < sizeof(removing) / sizeof(*removing); i++)
		r.removes |=
		    action != 0 && kl_json_is(doc, action, removing[i]);
	if ((rc = identify(d, records, r.id, why)) != KL_OK ||
	    (rc = kl_receipts_add(d->receipts, &r, why)) != KL_OK)
		return rc;
	kl_json_each (e, doc, records)
		if (take_triple(d, e, &line, digest, &fate) &&
		    (rc = kl_receipts_record(d->receipts, line, digest, fate,
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
say_commit(const struct diff *d)
{
	const struct kl_store_counts *c = &d->counts;

	cmd_note("%" PRIu64 " records: %" PRIu64 " arrived and are known now, "
		 "%" PRIu64 " did not, %" PRIu64 " were superseded, %" PRIu64
		 " committed before, %" PRIu64 " match nothing that is pending",
	    c->read, c->arrived, c->refused, c->stale, c->repeated,
	    c->unmatched);
	if (c->arrived == 0 && c->repeated == 0 && c->unmatched > 0)
		cmd_note("none of these receipts is of records this state "
			 "passed: is it the right one, and did kl-push use the "
			 "same --hash-key?");
}

/* Receipts are read to their end before the state is opened: so the kl-diff
 * at the other end of the same pipeline has let go of it. */
static enum kl_rc
commit(struct diff *d, struct kl_err *err)
{
	struct kl_err late = { 0 };
	enum kl_rc rc, rc2;

	if ((rc = kl_receipts_new(&d->receipts, err)) != KL_OK)
		return rc;
	rc = cmd_filter_run(&d->f, each_receipt, d, err);
	rc2 = kl_store_open(&d->store, opt.state, false, &d->hash, &late);
	if (rc2 == KL_OK)
		rc2 = kl_store_commit(d->store, d->receipts, &d->counts, &late);
	if (rc2 == KL_OK)
		say_commit(d);
	if (rc != KL_OK || rc2 == KL_OK)
		return rc;
	*err = late;
	return rc2;
}

/* --- all of it -------------------------------------------------------------
 */

static void
put_extra(void *ctx, struct kl_buf *b)
{
	const struct diff *d = ctx;

	if (opt.commit) {
		kl_json_put_int(b, "records", (int64_t)d->counts.read);
		kl_json_put_int(b, "arrived", (int64_t)d->counts.arrived);
		kl_json_put_int(b, "refused", (int64_t)d->counts.refused);
		kl_json_put_int(b, "superseded", (int64_t)d->counts.stale);
		kl_json_put_int(b, "repeated", (int64_t)d->counts.repeated);
		kl_json_put_int(b, "unmatched", (int64_t)d->counts.unmatched);
	} else if (d->gone.keys != NULL)
		cmd_gone_json(&d->gone, b);
}

/* What a record is known by, if nothing is said. */
static void
settle_options(struct diff *d)
{
	static const char *const usual[] = { "email", "phone_number",
		"external_id", "id" };
	size_t i;

	if (opt.state == NULL)
		cmd_usage("--state FILE is needed");
	if (opt.commit && opt.key.n + opt.ignore.n + opt.only.n > 0)
		cmd_usage("--key, --ignore and --only say how records are "
			  "read; --commit reads receipts");
	if (opt.key.n > KL_ROW_FIELDS || opt.ignore.n > KL_ROW_FIELDS ||
	    opt.only.n > KL_ROW_FIELDS)
		cmd_usage("at most %d fields can be named", KL_ROW_FIELDS);
	for (i = 0; opt.key.n == i && i < sizeof(usual) / sizeof(*usual); i++)
		if (!kl_strs_add(&opt.key, usual[i])) {
			struct kl_err err = { 0 };

			(void)kl_err_nomem(&err);
			cmd_die(&err);
		}
	for (i = 0; i < opt.key.n; i++)
		kl_buf_printf(&d->names, "%s%s",
		    i == 0		    ? ""
			: i + 1 < opt.key.n ? ", "
					    : " or ",
		    opt.key.s[i]);
	d->rows.key = opt.key.s;
	d->rows.keys = opt.key.n;
	d->rows.ignore = opt.ignore.s;
	d->rows.ignores = opt.ignore.n;
	d->rows.only = opt.only.s;
	d->rows.onlys = opt.only.n;
}

static enum kl_rc
start(struct diff *d, bool gone, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_hash_key_load(&d->hash, opt.hash_key, err)) != KL_OK)
		return rc;
	kl_hmac_set(&d->rows.hash, d->hash.byte, sizeof(d->hash.byte));
	if (opt.commit)
		return commit(d, err);
	if ((rc = kl_store_open(&d->store, opt.state, true, &d->hash, err)) !=
		KL_OK ||
	    (gone && (rc = kl_gone_new(&d->gone.keys, err)) != KL_OK))
		return rc;
	return run(d, err);
}

int
main(int argc, char *argv[])
{
	struct diff d = { 0 };
	struct kl_config config = { 0 };
	struct kl_err err = { 0 }, late = { 0 };
	enum kl_rc rc;
	bool gone;

	if (cmd_start(&about, argc, argv) > 0)
		cmd_usage("takes no operands; records come on standard input");
	settle_options(&d);
	gone = cmd_gone_wanted(STDIN_FILENO);
	if (gone && opt.commit)
		cmd_usage("--gone and --commit are two different runs");
	cmd_config(&config);
	cmd_filter_open(&d.f, about.name, STDIN_FILENO);
	rc = start(&d, gone, &err);
	if (rc == KL_OK && gone)
		cmd_gone_say(&d.gone);
	if (kl_store_close(d.store, &late) != KL_OK && rc == KL_OK) {
		err = late;
		rc = late.rc;
	}
	cmd_filter_extra(put_extra, &d);
	kl_gone_free(d.gone.keys);
	kl_receipts_free(d.receipts);
	kl_rows_free(&d.rows);
	kl_buf_free(&d.held);
	kl_buf_free(&d.names);
	kl_buf_free(&d.text);
	kl_config_free(&config);
	return cmd_filter_finish(&d.f, rc, &err);
}
