/* SPDX-License-Identifier: MIT */
/* push-mirror.c - kl-push mirror: the members of a list equal the input. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kl/count.h"
#include "mirror.h"

/* --- words -----------------------------------------------------------------
 */

/* What is to be done, as JSON. */
static uint64_t
in_groups(uint64_t n, uint64_t of)
{
	return n / of + (n % of != 0);
}

/* Requests it takes, but for those that follow jobs. */
static uint64_t
requests(const struct mirror *x)
{
	uint64_t most =
	    push_opt.chunk_size != 0 ? push_opt.chunk_size : KL_SEND_RECORDS;

	return in_groups(x->plan.add + x->plan.change, most) +
	    2 * in_groups(x->plan.remove, KL_RECHECK_MAX) +
	    in_groups(x->plan.remove, KL_CHANGE_MAX);
}

/* Of a plan, and of a dry run. */
static enum kl_rc
say_plan(struct mirror *x, struct kl_err *err)
{
	struct cmd_filter *f = &x->p->in.f;
	struct kl_buf *b = kl_out_begin(f->out);
	enum kl_rc rc;

	kl_buf_puts(b, cmd_sending.dry_run ? "{\"dry_run\":1" : "{\"plan\":1");
	kl_json_put_str(b, "action", "mirror");
	kl_json_put_str(b, "list", x->plan.list);
	kl_plan_counts(&x->plan, b);
	kl_json_put_int(b, "requests", (int64_t)requests(x));
	kl_buf_putc(b, '}');
	if ((rc = kl_buf_check(b, err)) != KL_OK ||
	    (rc = kl_out_commit(f->out, err)) != KL_OK)
		return rc;
	f->tally.written++;
	cmd_note("of %s %s to be removed; of %s %s new, and %s a member",
	    KL_COUNT(x->plan.members, "member", "members"),
	    KL_COUNT(x->plan.remove, "is", "are"),
	    KL_COUNT(x->plan.records, "record", "records"),
	    KL_COUNT(x->plan.add, "is", "are"),
	    KL_COUNT(x->plan.change, "changes", "change"));
	if (mirror_opt.plan != NULL)
		cmd_note("nothing is done yet: kl-push mirror --apply %s, "
			 "within %d hours",
		    mirror_opt.plan, KL_PLAN_HOURS);
	return KL_OK;
}

/* What became of those who are not as the plan has them. */
static void
say_changes(const struct mirror *x)
{
	static const struct {
		const char *one, *many;
	} what[KL_SINCES] = {
		[KL_SINCE_LEFT] = { "had left already", "had left already" },
		[KL_SINCE_REJOINED] = { "joined again since: not removed",
		    "joined again since: not removed" },
		[KL_SINCE_EDITED] = { "has other identifiers since: not "
				      "removed",
		    "have other identifiers since: not removed" },
		[KL_SINCE_GONE] = { "has no profile any more",
		    "have no profile any more" },
	};
	size_t i;

	for (i = 0; i < KL_SINCES; i++)
		if (what[i].one != NULL && x->since[i] > 0)
			cmd_note("%s",
			    KL_COUNT(x->since[i], what[i].one, what[i].many));
	if (x->plan.protect > 0 && mirror_opt.apply == NULL)
		cmd_note("%s not in the input and protected",
		    KL_COUNT(x->plan.protect, "member is", "members are"));
	if (x->put_back > 0)
		cmd_note("%s put back", KL_COUNT(x->put_back, "was", "were"));
	if (x->refused > 0)
		cmd_note("the service refused %s",
		    KL_COUNT(x->refused, "by its id", "by their ids"));
}

static struct mirror run;

static void
extra(const struct push *p, struct kl_buf *b)
{
	(void)p;
	kl_json_put_name(b, "mirror");
	kl_buf_putc(b, '{');
	kl_plan_counts(&run.plan, b);
	kl_json_put_int(b, "removed", (int64_t)run.removed);
	kl_json_put_int(b, "put_back", (int64_t)run.put_back);
	kl_json_put_int(b, "left", (int64_t)run.since[KL_SINCE_LEFT]);
	kl_json_put_int(b, "rejoined", (int64_t)run.since[KL_SINCE_REJOINED]);
	kl_json_put_int(b, "edited", (int64_t)run.since[KL_SINCE_EDITED]);
	kl_json_put_int(b, "gone", (int64_t)run.since[KL_SINCE_GONE]);
	kl_json_put_int(b, "refused", (int64_t)run.refused);
	kl_json_put_int(b, "idle", (int64_t)run.idle);
	kl_buf_putc(b, '}');
	if (p->client != NULL)
		kl_json_put_int(b, "service_requests",
		    (int64_t)kl_client_counts(p->client).requests);
}

/* --- the order of things ---------------------------------------------------
 */

static enum kl_rc
connect_and_ask(struct mirror *x, struct kl_err *err)
{
	struct push *p = x->p;
	bool binds = mirror_opt.plan != NULL || mirror_opt.apply != NULL ||
	    x->undo != NULL;
	unsigned parallel = (unsigned)cmd_sending.in_flight + 2;
	enum kl_rc rc;

	if (parallel < mirror_parallel())
		parallel = mirror_parallel();
	p->client = cmd_connect(&p->config, parallel);
	if ((rc = push_ask(p, err)) != KL_OK)
		return rc;
	if (p->account[0] == '\0' && binds) {
		(void)kl_err_set(err, KL_EACCESS,
		    "a plan is for one account, and this key may not know "
		    "whose it is");
		kl_err_hint(err, "use a key with the scope accounts:read");
		return KL_EACCESS;
	}
	return KL_OK;
}

/* Out of a plan: what it says of itself stands in for options. */
static enum kl_rc
begin_apply(struct mirror *x, struct kl_err *err)
{
	struct kl_buf name = { 0 };
	enum kl_rc rc;

	if ((rc = mirror_load(x, err)) != KL_OK)
		return rc;
	if (push_opt.list == NULL && push_opt.list_name == NULL)
		push_opt.list = x->plan.list;
	cmd_sending.match = x->plan.match_id ? "id" : NULL;
	push_opt.drop_unknown = x->plan.drop_unknown;
	if (x->plan.kind == KL_PLAN_UNDO && x->undo != NULL)
		cmd_usage("--undo: %s takes back already", mirror_opt.apply);
	if (x->plan.kind == KL_PLAN_MIRROR && x->undo == NULL) {
		kl_buf_printf(&name, "%s.undo", mirror_opt.apply);
		if (kl_buf_check(&name, err) != KL_OK)
			return err->rc;
		x->undo = kl_buf_str(&name);
	}
	return KL_OK;
}

static enum kl_rc
do_apply(struct mirror *x, struct kl_err *err)
{
	struct push *p = x->p;
	enum kl_rc rc;

	if (cmd_sending.dry_run)
		return say_plan(x, err);
	if ((rc = connect_and_ask(x, err)) != KL_OK ||
	    (rc = kl_plan_check(&x->plan, p->account, p->list.id, kl_now_wall(),
		 err)) != KL_OK)
		return rc;
	return mirror_apply(x, err);
}

static enum kl_rc
do_mirror(struct mirror *x, struct kl_err *err)
{
	struct push *p = x->p;
	enum kl_rc rc;

	if ((rc = mirror_undo_ready(x, err)) != KL_OK ||
	    (rc = connect_and_ask(x, err)) != KL_OK)
		return rc;
	x->plan.match_id = p->profile.match_id;
	x->plan.drop_unknown = push_opt.drop_unknown;
	(void)snprintf(x->plan.account, sizeof(x->plan.account), "%s",
	    p->account);
	(void)snprintf(x->plan.list, sizeof(x->plan.list), "%s", p->list.id);
	if (x->undo != NULL &&
	    (rc = kl_mirror_new(&x->fresh, &p->journal.hash, false, false, NULL,
		 err)) != KL_OK)
		return rc;
	if ((rc = mirror_lines_open(&x->send, err)) != KL_OK ||
	    (rc = mirror_people_open(&x->in, err)) != KL_OK ||
	    (rc = mirror_plan(x, err)) != KL_OK)
		return rc;
	if (mirror_opt.plan != NULL || cmd_sending.dry_run)
		return say_plan(x, err);
	return mirror_apply(x, err);
}

/* Records that were read and judged by nobody, since the run has ended.  None
 * of them was refused or sent in vain, which failed stands for otherwise. */
static void
account_for_rest(struct mirror *x)
{
	static char text[120];
	struct push *p = x->p;
	struct kl_tally *t = &p->in.f.tally;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < KL_OUTCOMES; i++)
		sum += t->count[i];
	if (sum >= t->read)
		return;
	x->idle = t->read - sum;
	t->count[KL_FAILED] += x->idle;
	p->in.f.excused += x->idle;
	(void)snprintf(text, sizeof(text),
	    "%s read and not looked at any further, which counts as failed",
	    KL_COUNT(x->idle, "record was", "records were"));
	p->in.f.advice = text;
}

static void
free_all(struct mirror *x)
{
	kl_mirror_free(x->m);
	kl_mirror_free(x->fresh);
	mirror_lines_close(&x->input);
	mirror_lines_close(&x->send);
	mirror_people_close(&x->out);
	mirror_people_close(&x->in);
	mirror_people_close(&x->older);
}

static void
open_streams(struct push *p)
{
	cmd_catch_signals();
	cmd_filter_open(&p->in.f, push_about.name, STDIN_FILENO);
	kl_lines_stop(p->in.f.in, &cmd_stop);
	cmd_connect_bar(p->in.f.bar);
}

static int
run_mirror(struct push *p, int operands, char *argv[])
{
	struct mirror *x = &run;
	struct kl_err err = { 0 };
	bool apply = mirror_opt.apply != NULL;
	enum kl_rc rc;
	int status;

	(void)argv;
	if (operands > 1)
		cmd_usage("one thing at a time; records come on standard "
			  "input");
	x->p = p;
	x->undo = mirror_opt.undo;
	p->send.verb = kl_verb_find("add");
	if (apply && cmd_sending.dry_run)
		cmd_config(&p->config);
	else
		cmd_config_with_key(&p->config);
	mirror_check_options(p);
	rc = cmd_journal_open(&p->journal, true, &err);
	if (rc == KL_OK && apply)
		rc = begin_apply(x, &err);
	if (rc != KL_OK)
		cmd_die(&err);
	push_settle(p);
	if (apply && dup2(x->send.fd, STDIN_FILENO) < 0)
		rc = kl_err_sys(&err, KL_EIO, "cannot read the records");
	open_streams(p);
	if (rc == KL_OK)
		rc = apply ? do_apply(x, &err) : do_mirror(x, &err);
	account_for_rest(x);
	if (rc == KL_OK)
		say_changes(x);
	status = push_finish(p, rc, &err);
	free_all(x);
	return status;
}

const struct push_verb push_mirror = { .name = "mirror",
	.opts = push_mirror_opts,
	.extra = extra,
	.run = run_mirror };
