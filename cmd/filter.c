/* SPDX-License-Identifier: MIT */
/* filter.c - what a program that reads records has open, and its counts. */

#include <string.h>
#include <unistd.h>

#include "filter-priv.h"

struct filter_opt filter_opt = { .progress = "auto",
	.max_rejects = UINT64_MAX,
	.max_ratio = 1 };

const struct kl_opt cmd_stream_opts[] = {
	{ 'r', "rejects", "FILE", "append records set aside, with reasons",
	    KL_OPT_STR, KL_ENV_COMMON, &filter_opt.rejects, 0, 0, NULL },
	{ 0, "max-rejects", "N", "end with 65 after more than N rejects",
	    KL_OPT_UINT, KL_ENV_COMMON, &filter_opt.max_rejects, 0, 0, NULL },
	{ 0, "max-reject-ratio", "P", "end with 65 if more than P (1%) of all",
	    KL_OPT_RATIO, KL_ENV_COMMON, &filter_opt.max_ratio, 0, 0, NULL },
	{ 0, "summary", "FILE", "write the counts as JSON", KL_OPT_STR,
	    KL_ENV_COMMON, &filter_opt.summary, 0, 0, NULL },
	{ 0, "progress", "WHEN", "auto, always or never", KL_OPT_ENUM,
	    KL_ENV_COMMON, &filter_opt.progress, 0, 0, "auto always never" },
	{ 'u', "unbuffered", NULL, "write each record at once", KL_OPT_FLAG,
	    KL_ENV_COMMON, &filter_opt.unbuffered, 0, 0, NULL },
	{ 0 },
};

const struct kl_opt cmd_record_opts[] = {
	{ 0, "no-unwrap", NULL, "take reject lines as they are", KL_OPT_FLAG,
	    KL_ENV_COMMON, &filter_opt.no_unwrap, 0, 0, NULL },
	{ 0 },
};

bool
cmd_filter_keeps(void)
{
	return filter_opt.rejects != NULL;
}

bool
cmd_filter_unwraps(void)
{
	return !filter_opt.no_unwrap;
}

static void
clear_bar(void *ctx)
{
	kl_progress_clear(ctx);
}

void
cmd_filter_open(struct cmd_filter *f, const char *program, int fd)
{
	struct kl_err err = { 0 };

	filter_opt.program = program;
	f->fd = fd;
	f->started = kl_now_mono();
	kl_run_id(f->run);
	if (filter_opt.rejects == NULL &&
	    (filter_opt.max_rejects != UINT64_MAX || filter_opt.max_ratio < 1))
		cmd_usage("--max-rejects and --max-reject-ratio need "
			  "--rejects FILE");
	if (kl_rejects_open(&f->rejects, filter_opt.rejects, fd, program,
		f->run, &err) != KL_OK)
		cmd_die(&err);
	if (filter_opt.rejects != NULL)
		kl_rejects_limit(f->rejects, filter_opt.max_rejects,
		    filter_opt.max_ratio);
	f->in = kl_lines_new(fd, 0);
	f->out = kl_out_new(STDOUT_FILENO, "standard output");
	if (f->in == NULL || f->out == NULL) {
		(void)kl_err_nomem(&err);
		cmd_die(&err);
	}
	f->unbuffered = filter_opt.unbuffered;
	kl_out_unbuffered(f->out, filter_opt.unbuffered);
	kl_lines_idle(f->in, kl_out_idle, f->out);
	if (cmd_wants_progress(filter_opt.progress)) {
		f->bar = kl_progress_new(STDERR_FILENO, program,
		    kl_lines_size(f->in));
		cmd_before_speaking(clear_bar, f->bar);
	}
	if (isatty(fd))
		cmd_note("reading from the terminal; end with Ctrl-D");
}

/* Count a kind of reject that was first met on the line. */
static void
count_code(struct cmd_filter *f, const char *code, uint64_t n, uint64_t line)
{
	struct cmd_code *c;

	for (c = f->codes; c < f->codes + CMD_CODES; c++) {
		if (c->n == 0) {
			(void)memcpy(c->code, code, sizeof(c->code));
			c->line = line;
		}
		if (strcmp(c->code, code) == 0) {
			c->n += n;
			c->line = line < c->line ? line : c->line;
			return;
		}
	}
}

/* The kinds that a thread met, in the order of their first lines: it may have
 * counted one later than it came. */
static void
count_codes(struct cmd_filter *f, const struct cmd_filter *more)
{
	const struct cmd_code *c, *first;
	uint64_t after = 0;

	do {
		first = NULL;
		for (c = more->codes; c < more->codes + CMD_CODES && c->n != 0;
		     c++)
			if (c->line > after &&
			    (first == NULL || c->line < first->line))
				first = c;
		if (first != NULL) {
			count_code(f, first->code, first->n, first->line);
			after = first->line;
		}
	} while (first != NULL);
}

void
cmd_filter_count(struct cmd_filter *f, const struct cmd_filter *more)
{
	size_t i;

	f->tally.read += more->tally.read;
	f->tally.written += more->tally.written;
	for (i = 0; i < KL_OUTCOMES; i++)
		f->tally.count[i] += more->tally.count[i];
	count_codes(f, more);
}

void
cmd_filter_uncount(struct cmd_filter *f)
{
	size_t i;

	f->tally = (struct kl_tally){ 0 };
	for (i = 0; i < CMD_CODES && f->codes[i].n != 0; i++)
		f->codes[i].n = 0;
}

/* Set a record aside in a thread, if it cannot end the run. */
static enum kl_rc
reject_aside(struct cmd_filter *f, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	if (f->strict)
		return KL_EDATA;
	kl_rejects_format(f->rejects, f->aside, what, reason, why);
	return kl_buf_check(f->aside, err);
}

enum kl_rc
cmd_filter_reject(struct cmd_filter *f, const struct kl_rejected *what,
    const struct kl_err *reason, const struct kl_why *why, struct kl_err *err)
{
	enum kl_rc rc;

	f->tally.count[KL_REJECTED]++;
	count_code(f, reason->code, 1, what->line);
	if (f->aside != NULL)
		return reject_aside(f, what, reason, why, err);
	rc = kl_rejects_put(f->rejects, what, reason, why, err);
	if (rc == KL_EDATA)
		f->stopped_at = what->line;
	return rc;
}

void
cmd_filter_broke_off(struct cmd_filter *f)
{
	f->tally.count[KL_FAILED]++;
	f->excused++;
}
