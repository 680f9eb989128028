/* SPDX-License-Identifier: MIT */
/* filter-end.c - how a program that reads records ends: what it says, what it
 * writes down, and its status. */

#include <string.h>

#include "filter-priv.h"
#include "kl/version.h"

static void (*extra_members)(void *, struct kl_buf *);
static void *extra_ctx;

void
cmd_filter_extra(void (*extra)(void *, struct kl_buf *), void *ctx)
{
	extra_members = extra;
	extra_ctx = ctx;
}

/* "3 records set aside in bad.ndjson: 2 phone_invalid, 1 json_syntax". */
static void
say_rejects(const struct cmd_filter *f)
{
	struct kl_buf b = { 0 };
	size_t i;

	if (filter_opt.rejects == NULL || kl_rejects_count(f->rejects) == 0)
		return;
	for (i = 0; i < CMD_CODES && f->codes[i].n != 0; i++)
		kl_buf_printf(&b, "%s %llu %s", i > 0 ? "," : "",
		    (unsigned long long)f->codes[i].n,
		    f->codes[i].code[0] != '\0' ? f->codes[i].code : "other");
	cmd_note("%llu set aside in %s:%s",
	    (unsigned long long)kl_rejects_count(f->rejects),
	    filter_opt.rejects, kl_buf_str(&b));
	kl_buf_free(&b);
}

/* The counts as JSON, for programs. */
static int
write_summary(const struct cmd_filter *f, int status)
{
	struct kl_err err = { 0 };
	struct kl_buf b = { 0 };
	size_t i;
	enum kl_rc rc;

	kl_buf_putc(&b, '{');
	kl_json_put_str(&b, "tool", filter_opt.program);
	kl_json_put_str(&b, "version", KL_VERSION);
	kl_json_put_str(&b, "run", f->run);
	kl_tally_json(&f->tally, &b);
	kl_json_put_name(&b, "rejects");
	kl_buf_putc(&b, '{');
	for (i = 0; i < CMD_CODES && f->codes[i].n != 0; i++)
		kl_json_put_int(&b,
		    f->codes[i].code[0] != '\0' ? f->codes[i].code : "other",
		    (int64_t)f->codes[i].n);
	kl_buf_putc(&b, '}');
	if (extra_members != NULL)
		extra_members(extra_ctx, &b);
	kl_json_put_int(&b, "ms", (int64_t)(kl_now_mono() - f->started));
	kl_json_put_int(&b, "exit", status);
	kl_buf_puts(&b, "}\n");
	if ((rc = kl_buf_check(&b, &err)) == KL_OK)
		rc = cmd_write_file(filter_opt.summary, b.s, b.n, &err);
	kl_buf_free(&b);
	return rc == KL_OK ? 0 : cmd_fail(0, &err);
}

/* Say the failure that ended the run; what came on a line names it. */
static int
say_end(const struct cmd_filter *f, enum kl_rc rc, const struct kl_err *err)
{
	if (rc == KL_OK)
		return 0;
	if (f->stopped_at == 0 || filter_opt.rejects != NULL)
		return cmd_fail(f->stopped_at, err);
	(void)cmd_fail(f->stopped_at, err);
	cmd_note("stopped at the first bad record; --rejects FILE sets such "
		 "records aside and goes on");
	return 65;
}

/* Write what is left; a failure that ended the run was said. */
static int
flush_out(struct cmd_filter *f, const struct kl_err *said)
{
	struct kl_err err = { 0 };

	if (kl_out_flush(f->out, &err) == KL_OK)
		return 0;
	if (said->rc == KL_EIO && strcmp(err.msg, said->msg) == 0)
		return kl_err_exit(said->rc);
	return cmd_fail(0, &err);
}

/* Close what was open; the first failure counts. */
static int
close_streams(struct cmd_filter *f, const struct kl_err *said)
{
	struct kl_err err = { 0 };
	int status = flush_out(f, said);

	if (kl_rejects_judge(f->rejects, f->tally.read, &err) != KL_OK)
		status = kl_err_worse(status, cmd_fail(0, &err));
	say_rejects(f);
	if (kl_rejects_close(f->rejects, &err) != KL_OK)
		status = kl_err_worse(status, cmd_fail(0, &err));
	return status;
}

/* The status the counts call for. */
static int
count_status(const struct cmd_filter *f)
{
	struct kl_tally t = f->tally;

	if (t.count[KL_FAILED] + t.count[KL_UNKNOWN] <= f->excused)
		t.count[KL_FAILED] = t.count[KL_UNKNOWN] = 0;
	return kl_tally_exit(&t);
}

int
cmd_filter_finish(struct cmd_filter *f, enum kl_rc rc, const struct kl_err *err)
{
	struct kl_err bug = { 0 };
	struct kl_buf text = { 0 };
	int status, streams;

	status = say_end(f, rc, err);
	if (f->advice != NULL)
		cmd_note("%s", f->advice);
	streams = close_streams(f, err);
	if (streams != 74 || rc != KL_EIO)
		status = kl_err_worse(status, streams);
	status = kl_err_worse(status, count_status(f));
	if (kl_tally_check(&f->tally, &bug) != KL_OK)
		status = kl_err_worse(status, cmd_fail(0, &bug));
	if (filter_opt.summary != NULL)
		status = kl_err_worse(status, write_summary(f, status));
	kl_tally_text(&f->tally, &text);
	cmd_note("%s", kl_buf_str(&text));
	kl_buf_free(&text);
	cmd_before_speaking(NULL, NULL);
	kl_progress_free(f->bar);
	kl_out_free(f->out);
	kl_lines_free(f->in);
	kl_json_free(&f->doc);
	kl_buf_free(&f->raw);
	return status;
}
