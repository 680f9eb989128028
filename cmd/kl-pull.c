/* SPDX-License-Identifier: MIT */

/*
 * kl-pull - read people, events and what else there is out of Klaviyo.
 *
 * A page at a time, written before the next is asked for: memory does not
 * grow with what is read, and status 0 means that all of it was written.
 */

#include <stdio.h>

#include "connect.h"
#include "kl/count.h"
#include "kl/json.h"
#include "kl/time.h"
#include "kl/version.h"
#include "pull.h"

static const struct kl_opt *const groups[] = { pull_opts, cmd_client_opts,
	NULL };

static const struct cmd_about about = {
	.name = "kl-pull",
	.synopsis = "WHAT [options] > records\n"
		    "       kl-pull --state FILE --commit",
	.purpose = "Read members, profiles, events, lists, segments, metrics, "
		   "suppressions, jobs\nor the account, as records: one JSON "
		   "object a line.  Status 0 means that\nall of it was "
		   "written.",
	.examples = "  kl-pull members --list KKbLLU > members.ndjson\n"
		    "  kl-pull profiles --since 2026-11-01 "
		    "--fields email,updated\n"
		    "  kl-pull events --metric 'Placed Order'\n"
		    "  kl-pull account --check --list KKbLLU\n",
	.own = pull_group_opts,
	.groups = groups,
};

static enum kl_rc
write_summary(const struct pull *p, int status, struct kl_err *err)
{
	struct kl_client_count n = kl_client_counts(p->client);
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	kl_buf_putc(&b, '{');
	kl_json_put_str(&b, "tool", "kl-pull");
	kl_json_put_str(&b, "version", KL_VERSION);
	kl_json_put_int(&b, "written", (int64_t)p->rows);
	if (p->state != NULL)
		kl_json_put_int(&b, "read", (int64_t)p->read);
	kl_json_put_int(&b, "pages", (int64_t)p->pages);
	if (p->has_count)
		kl_json_put_int(&b, "counted", (int64_t)p->counted);
	kl_json_put_int(&b, "requests", (int64_t)n.requests);
	kl_json_put_int(&b, "retries", (int64_t)n.retries);
	kl_json_put_int(&b, "limited", (int64_t)n.limited);
	kl_json_put_int(&b, "ms", (int64_t)(kl_now_mono() - p->started));
	kl_json_put_int(&b, "exit", status);
	kl_buf_puts(&b, "}\n");
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		rc = cmd_write_file(pull_opt.summary, b.s, b.n, err);
	kl_buf_free(&b);
	return rc;
}

/* What follows from it. */
static const char *
what_now(const struct pull *p, bool all)
{
	if (pull_opt.state != NULL && p->run.how == KL_PULLED_NONE)
		return "";
	if (pull_opt.state != NULL && !all)
		return p->run.file ? "; the same command goes on from there"
				   : "; the same command offers it again";
	if (pull_opt.state != NULL && pull_opt.output == NULL)
		return "; pending until --commit";
	return !all && pull_opt.output != NULL ? "; no file was made" : "";
}

/* The last line: what was written, and whether that is all. */
static void
say_counts(const struct pull *p, bool all)
{
	char pages[KL_COUNTED] = "";

	if (p->pages > 0)
		(void)kl_counted(p->pages, "page", "pages", pages);
	cmd_note("wrote %llu%s%s%s%s", (unsigned long long)p->rows,
	    p->pages > 0 ? " from " : "", pages,
	    all ? "" : ", which is not all", what_now(p, all));
}

/* End the run: say what failed and what was written, free everything. */
static int
finish(struct pull *p, enum kl_rc rc, struct kl_err *err)
{
	int status = 0;

	if (rc != KL_OK)
		status = cmd_fail(0, err);
	if (pull_close_output(p, rc == KL_OK, err) != KL_OK)
		status = kl_err_worse(status, cmd_fail(0, err));
	status = kl_err_worse(status, p->checks);
	if (cmd_stop_status() != 0)
		status = cmd_stop_status();
	if (pull_opt.summary != NULL && write_summary(p, status, err) != KL_OK)
		status = kl_err_worse(status, cmd_fail(0, err));
	if (rc != KL_EUSAGE)
		say_counts(p, rc == KL_OK);
	cmd_connect_bar(NULL);
	cmd_before_speaking(NULL, NULL);
	kl_progress_free(p->bar);
	kl_client_free(p->client);
	return status;
}

/* What changed: the question depends on the state, and the output on how far
 * the run before came. */
static enum kl_rc
run_with_state(struct pull *p, const struct pull_verb *v, struct kl_err *err)
{
	bool done = false;
	enum kl_rc rc;

	if ((rc = pull_ask(p, v, err)) == KL_OK &&
	    (rc = pull_state_open(p, v, err)) == KL_OK &&
	    (rc = pull_state_output(p, &done, err)) == KL_OK && !done &&
	    (rc = pull_rows(p, err)) == KL_OK &&
	    (rc = pull_count(p, err)) == KL_OK)
		rc = pull_state_whole(p, err);
	if (rc != KL_OK)
		pull_explain(p, err);
	return rc;
}

/* All of it, whatever it is. */
static enum kl_rc
run(struct pull *p, const struct pull_verb *v, struct kl_err *err)
{
	enum kl_rc rc;

	if (pull_opt.state != NULL)
		return run_with_state(p, v, err);
	if ((rc = pull_open_output(p, err)) != KL_OK)
		return rc;
	if (v->res == KL_RESOURCES)
		return pull_account(p, err);
	if ((rc = pull_ask(p, v, err)) == KL_OK)
		rc = pull_rows(p, err);
	if (rc == KL_OK)
		rc = pull_count(p, err);
	if (rc != KL_OK)
		pull_explain(p, err);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct pull p = { .started = kl_now_mono() };
	struct kl_config config = { 0 };
	struct kl_err err = { 0 };
	const struct pull_verb *v;
	enum kl_rc rc;
	int status, operands;

	cmd_alternatives(&about, pull_group_opts, argc, argv);
	operands = cmd_start(&about, argc, argv);
	if (pull_opt.commit) {
		if (operands > 0)
			cmd_usage("--commit reads nothing: without %s",
			    argv[1]);
		cmd_drop_key();
		return pull_state_commit();
	}
	v = pull_verb_of(operands, argv);
	cmd_config_with_key(&config);
	pull_check_opts(v, &config);
	cmd_catch_signals();
	p.in_flight = pull_in_flight(v);
	p.client = cmd_connect(&config, p.in_flight);
	/* What asks by itself need not. */
	if (v->res != KL_RESOURCES && pull_opt.state == NULL)
		cmd_learn_account(p.client);
	rc = run(&p, v, &err);
	status = finish(&p, rc, &err);
	kl_query_free(&p.query);
	kl_pulled_close(p.state);
	kl_config_free(&config);
	return status;
}
