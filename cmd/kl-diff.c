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

#include "commit.h"
#include "filter.h"
#include "forgotten.h"
#include "gone.h"
#include "kl/rowkey.h"
#include "kl/store.h"

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
	{ 0, "key", "FIELD",
	    "what a record is known by; repeatable, first wins", KL_OPT_LIST,
	    KL_ENV_NONE, &opt.key, 0, 0, NULL },
	{ 0, "ignore", "FIELD", "a change of this field is no change; repeat",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.ignore, 0, 0, NULL },
	{ 0, "only", "FIELD", "only a change of this field is one; repeat",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.only, 0, 0, NULL },
	{ 0, "hash-key", "FILE", "the secret of the digests", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.hash_key, 0, 0, NULL },
	{ 0 },
};

static const struct kl_opt *const groups[] = { cmd_gone_opts,
	cmd_forgotten_opts, cmd_stream_opts, cmd_record_opts, NULL };

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
	struct cmd_forgotten forgotten;
	struct kl_buf held;  /* passed, to be written once that is on disk */
	uint64_t held_rows;  /* in it */
	struct kl_buf names; /* text of the key fields, for people */
	struct cmd_commit commit;
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
	if (rc == KL_OK)
		rc = cmd_forgotten_check(&d->forgotten, &d->f.doc, err);
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
		if (rc == KL_EDATA && why.code[0] != '\0')
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
		d->gone.forgotten =
		    d->f.tally.count[KL_REJECTED] > 0 ? d->forgotten.met : 0;
		rc2 = cmd_gone_list(&d->gone, &d->f.tally, &late);
	}
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

	if (opt.commit)
		cmd_commit_json(&d->commit.counts, b);
	else if (d->gone.keys != NULL)
		cmd_gone_json(&d->gone, b);
	if (d->forgotten.stones != NULL)
		kl_json_put_int(b, "forgotten", (int64_t)d->forgotten.met);
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
	if (cmd_forgotten_wanted() && opt.commit)
		cmd_usage("--tombstones is about records; --commit reads "
			  "receipts");
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

/* Open the state, made if it is not there: one whose name was mistyped looks
 * like that, too.  If receipts are never committed all is offered every time,
 * and nothing else would tell. */
static enum kl_rc
open_state(struct diff *d, struct kl_err *err)
{
	bool there = access(opt.state, F_OK) == 0;
	uint64_t pending = 0;
	enum kl_rc rc;

	rc = kl_store_open(&d->store, opt.state, true, &d->hash, err);
	if (rc == KL_OK && there)
		rc = kl_store_pending(d->store, &pending, err);
	if (rc == KL_OK && !there)
		cmd_note("%s is a new state: every record counts as new",
		    opt.state);
	else if (rc == KL_OK && pending > 0)
		cmd_note("passed by earlier runs, and without a receipt yet: "
			 "%" PRIu64 "; that does not count as arrived, see "
			 "--commit",
		    pending);
	return rc;
}

static enum kl_rc
start(struct diff *d, bool gone, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_hash_key_load(&d->hash, opt.hash_key, err)) != KL_OK)
		return rc;
	kl_hmac_set(&d->rows.hash, d->hash.byte, sizeof(d->hash.byte));
	if (opt.commit) {
		d->commit.f = &d->f;
		d->commit.rows = &d->rows;
		return cmd_commit(&d->commit, opt.state, &d->hash, err);
	}
	if ((rc = cmd_forgotten_open(&d->forgotten, &d->hash, err)) != KL_OK)
		return rc;
	if ((rc = open_state(d, err)) != KL_OK ||
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
	cmd_forgotten_say(&d.forgotten);
	if (kl_store_close(d.store, &late) != KL_OK && rc == KL_OK) {
		err = late;
		rc = late.rc;
	}
	cmd_filter_extra(put_extra, &d);
	kl_gone_free(d.gone.keys);
	cmd_forgotten_free(&d.forgotten);
	kl_rows_free(&d.rows);
	kl_buf_free(&d.held);
	kl_buf_free(&d.names);
	kl_config_free(&config);
	return cmd_filter_finish(&d.f, rc, &err);
}
