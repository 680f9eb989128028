/* SPDX-License-Identifier: MIT */
/* mirror-apply.c - records are sent, people are removed. */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "kl/time.h"
#include "mirror.h"

/* --- out of a plan ---------------------------------------------------------
 */

struct load {
	struct mirror *x;
	struct kl_json doc;
};

static enum kl_rc
load_remove(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	return mirror_people_add(&((struct load *)ctx)->x->out, p, err);
}

static enum kl_rc
load_add(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	return mirror_people_add(&((struct load *)ctx)->x->in, p, err);
}

static enum kl_rc
load_send(void *ctx, uint64_t line, bool fresh, struct kl_span record,
    struct kl_err *err)
{
	struct load *l = ctx;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	if (fresh) {
		/* What cannot be read makes the plan one that was altered. */
		if (kl_json_scan(&l->doc, record.s, record.n, &why) != KL_OK)
			return KL_OK;
		rc = kl_mirror_want(l->x->fresh, &l->doc, err);
		if (rc != KL_OK && rc != KL_EDATA)
			return rc;
	}
	/* A line number that no input has would make a file of blanks. */
	if (line <= l->x->send.line || line - l->x->send.line > UINT32_MAX)
		return KL_OK;
	return mirror_lines_add(&l->x->send, line, record, err);
}

enum kl_rc
mirror_load(struct mirror *x, struct kl_err *err)
{
	struct load l = { .x = x };
	const struct kl_plan_sink sink = { &l, load_remove, load_add,
		load_send };
	const struct kl_hash_key *hash = &x->p->journal.hash;
	enum kl_rc rc;
	int fd;

	if ((rc = mirror_lines_open(&x->send, err)) != KL_OK ||
	    (rc = mirror_people_open(&x->out, err)) != KL_OK ||
	    (rc = mirror_people_open(&x->in, err)) != KL_OK ||
	    (rc = kl_mirror_new(&x->m, hash, false, false, NULL, err)) !=
		KL_OK ||
	    (rc = kl_mirror_new(&x->fresh, hash, false, false, NULL, err)) !=
		KL_OK)
		return rc;
	if ((fd = open(mirror_opt.apply, O_RDONLY | O_CLOEXEC)) < 0)
		return kl_err_sys(err, KL_ENOINPUT, "%s", mirror_opt.apply);
	rc = kl_plan_read(&x->plan, fd, mirror_opt.apply, hash, &sink, err);
	(void)close(fd);
	kl_json_free(&l.doc);
	x->planned = rc == KL_OK;
	return rc;
}

/* --- records ---------------------------------------------------------------
 */

/* The records that are needed take the place of the input. */
static enum kl_rc
turn_to_records(struct mirror *x, struct kl_err *err)
{
	struct cmd_filter *f = &x->p->in.f;
	enum kl_rc rc = mirror_lines_rewind(&x->send, err);

	if (rc != KL_OK)
		return rc;
	if (dup2(x->send.fd, STDIN_FILENO) < 0)
		return kl_err_sys(err, KL_EIO, "cannot read the records");
	kl_lines_free(f->in);
	if ((f->in = kl_lines_new(STDIN_FILENO, 0)) == NULL)
		return kl_err_nomem(err);
	kl_lines_idle(f->in, kl_out_idle, f->out);
	kl_lines_stop(f->in, &cmd_stop);
	return KL_OK;
}

static enum kl_rc
send_records(struct mirror *x, struct kl_err *err)
{
	enum kl_rc rc;

	if (x->send.n == 0)
		return KL_OK;
	if ((rc = turn_to_records(x, err)) != KL_OK ||
	    (rc = push_engine(x->p, err)) != KL_OK)
		return rc;
	return cmd_feed_run(&x->p->in, err);
}

/* --- people ----------------------------------------------------------------
 */

static enum kl_rc
stopped(struct kl_err *err)
{
	(void)kl_err_set(err, KL_ERETRY, "stopped");
	kl_err_hint(err, "the same command does the rest");
	return KL_ERETRY;
}

/* Look at all of them again; those who are as they were go to fit. */
static enum kl_rc
recheck(struct mirror *x, bool leave, struct mirror_people *q,
    struct mirror_people *fit, struct kl_err *err)
{
	enum kl_since since[KL_RECHECK_MAX];
	struct kl_plan_person p[KL_RECHECK_MAX];
	struct kl_client *c = x->p->client;
	enum kl_rc rc = KL_OK;
	uint64_t at;
	size_t n, i;

	for (at = 0; rc == KL_OK && at < q->n; at += n) {
		if (cmd_stop != 0)
			return stopped(err);
		rc = mirror_people_get(q, at, p, KL_RECHECK_MAX, &n, err);
		if (rc == KL_OK && leave)
			rc = kl_recheck_members(c, x->m, x->p->list.id, p, n,
			    since, err);
		else if (rc == KL_OK)
			rc = kl_recheck_profiles(c, x->m, p, n, since, err);
		for (i = 0; rc == KL_OK && i < n; i++) {
			x->since[since[i]] +=
			    leave || since[i] == KL_SINCE_GONE;
			if (since[i] == (leave ? KL_SINCE_SAME : KL_SINCE_LEFT))
				rc = mirror_people_add(fit, &p[i], err);
		}
	}
	return rc;
}

/* Say on stdout what became of one request. */
static enum kl_rc
put_receipt(struct mirror *x, enum kl_ep ep, size_t n, uint64_t seq,
    const struct kl_answer *a, uint64_t started, struct kl_err *err)
{
	struct cmd_filter *f = &x->p->in.f;
	struct kl_buf *b = kl_out_begin(f->out);
	char when[KL_TIME_TEXT];
	enum kl_rc rc;

	kl_buf_puts(b, "{\"receipt\":1");
	kl_json_put_str(b, "run", f->run);
	kl_json_put_int(b, "seq", (int64_t)seq);
	kl_json_put_str(b, "action",
	    ep == KL_EP_LIST_REMOVE ? "remove" : "add");
	kl_json_put_str(b, "account", x->p->account);
	kl_json_put_str(b, "list", x->p->list.id);
	kl_buf_puts(b,
	    ",\"from\":0,\"to\":0,\"counts\":{\"accepted\":0,\"unchanged\":0,"
	    "\"rejected\":0,\"failed\":0,\"unknown\":0}");
	kl_json_put_int(b, "members", (int64_t)n);
	kl_json_put_str(b, "status", "complete");
	kl_json_put_int(b, "http", a->status);
	kl_json_put_null(b, "job");
	kl_json_put_int(b, "attempts", a->attempts);
	kl_json_put_str(b, "started", kl_time_text_ms(started, when));
	kl_json_put_int(b, "ms", (int64_t)a->ms);
	kl_buf_puts(b, ",\"body_sha256\":null,\"resumed\":false");
	if (cmd_sending.receipt_records)
		kl_buf_puts(b, ",\"records\":[]");
	kl_buf_putc(b, '}');
	if ((rc = kl_buf_check(b, err)) == KL_OK &&
	    (rc = kl_out_commit(f->out, err)) == KL_OK &&
	    (rc = kl_out_flush(f->out, err)) == KL_OK)
		f->tally.written++;
	return rc;
}

/* Refused for what is in the request, not for good. */
static bool
names_somebody(const struct kl_answer *a, const struct kl_err *err)
{
	return a->effect == KL_REFUSED &&
	    (a->status == 400 || a->status == 404 || a->status == 409) &&
	    strcmp(err->code, "list_unknown") != 0;
}

/* The number of the request that comes next, after those of the engine. */
static uint64_t
next_seq(const struct mirror *x)
{
	struct kl_send_stats st = { 0 };

	if (x->p->in.send != NULL)
		st = kl_send_stats(x->p->in.send);
	return st.batches + x->requests + 1;
}

/* Have them leave or join.  A refused request is halved, until whom the
 * service will not take is alone. */
static enum kl_rc
change(struct mirror *x, enum kl_ep ep, const struct kl_plan_person *p,
    size_t n, struct kl_err *err)
{
	uint64_t started = kl_now_wall(), seq = next_seq(x);
	struct kl_answer a = { 0 };
	enum kl_rc rc;

	if ((rc = mirror_audit_sending(x, seq, ep, n, err)) != KL_OK)
		return rc;
	rc = kl_list_change(x->p->client, ep, x->p->list.id, p, n, &a, err);
	if (rc == KL_OK) {
		x->requests++;
		*(ep == KL_EP_LIST_REMOVE ? &x->removed : &x->put_back) += n;
		rc = mirror_audit_done(x, seq, ep, p, n, err);
		return rc == KL_OK
		    ? put_receipt(x, ep, n, seq, &a, started, err)
		    : rc;
	}
	if (!names_somebody(&a, err))
		return rc;
	if ((rc = mirror_audit_done(x, seq, ep, p, 0, err)) != KL_OK)
		return rc;
	if (n == 1) {
		x->refused++;
		return KL_OK;
	}
	rc = change(x, ep, p, n / 2, err);
	return rc == KL_OK ? change(x, ep, p + n / 2, n - n / 2, err) : rc;
}

static enum kl_rc
change_all(struct mirror *x, enum kl_ep ep, struct mirror_people *q,
    struct kl_err *err)
{
	static struct kl_plan_person p[KL_CHANGE_MAX];
	enum kl_rc rc = KL_OK;
	uint64_t at;
	size_t n;

	for (at = 0; rc == KL_OK && at < q->n; at += n) {
		if (cmd_stop != 0)
			return stopped(err);
		rc = mirror_people_get(q, at, p, KL_CHANGE_MAX, &n, err);
		if (rc == KL_OK)
			rc = change(x, ep, p, n, err);
		kl_progress_tick(x->p->in.f.bar, at, 0);
	}
	return rc;
}

/* True, and said, if not all records have arrived: the list is not what it is
 * to be, and nobody is removed from it yet. */
static bool
held_back(struct mirror *x)
{
	const uint64_t *count = x->p->in.f.tally.count;

	if (count[KL_FAILED] + count[KL_UNKNOWN] == 0 && cmd_stop == 0)
		return false;
	if (x->out.n + x->in.n > 0)
		cmd_note("nobody was removed, because not all records have "
			 "arrived");
	return true;
}

enum kl_rc
mirror_apply(struct mirror *x, struct kl_err *err)
{
	struct mirror_people gone = { 0 }, back = { 0 };
	enum kl_rc rc;

	x->aside = x->p->in.f.tally.count[KL_REJECTED];
	if ((rc = mirror_undo_ready(x, err)) != KL_OK ||
	    (rc = send_records(x, err)) != KL_OK || held_back(x))
		return rc;
	if ((rc = mirror_people_open(&gone, err)) == KL_OK &&
	    (rc = mirror_people_open(&back, err)) == KL_OK &&
	    (rc = recheck(x, true, &x->out, &gone, err)) == KL_OK &&
	    (rc = recheck(x, false, &x->in, &back, err)) == KL_OK &&
	    (rc = mirror_undo(x, &gone, err)) == KL_OK &&
	    (rc = mirror_audit_open(x, err)) == KL_OK &&
	    (rc = change_all(x, KL_EP_LIST_REMOVE, &gone, err)) == KL_OK)
		rc = change_all(x, KL_EP_LIST_ADD, &back, err);
	x->p->in.f.tally.removed = x->removed;
	mirror_people_close(&gone);
	mirror_people_close(&back);
	return rc;
}
