/* SPDX-License-Identifier: MIT */
/* filter.c - the loop of a program that reads records. */

#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "kl/version.h"

static struct {
	const char *rejects, *summary, *progress;
	uint64_t max_rejects;
	double max_ratio;
	bool no_unwrap, unbuffered;
} opt = { .progress = "auto", .max_rejects = UINT64_MAX, .max_ratio = 1 };

static void (*extra_members)(void *, struct kl_buf *);
static void *extra_ctx;
static const char *program_name;

const struct kl_opt cmd_stream_opts[] = {
	{ 'r', "rejects", "FILE", "append records set aside, with reasons",
	    KL_OPT_STR, KL_ENV_COMMON, &opt.rejects, 0, 0, NULL },
	{ 0, "max-rejects", "N", "end with 65 after more than N rejects",
	    KL_OPT_UINT, KL_ENV_COMMON, &opt.max_rejects, 0, 0, NULL },
	{ 0, "max-reject-ratio", "P", "end with 65 if more than P (1%) of all",
	    KL_OPT_RATIO, KL_ENV_COMMON, &opt.max_ratio, 0, 0, NULL },
	{ 0, "summary", "FILE", "write the counts as JSON", KL_OPT_STR,
	    KL_ENV_COMMON, &opt.summary, 0, 0, NULL },
	{ 0, "progress", "WHEN", "auto, always or never", KL_OPT_ENUM,
	    KL_ENV_COMMON, &opt.progress, 0, 0, "auto always never" },
	{ 'u', "unbuffered", NULL, "write each record at once", KL_OPT_FLAG,
	    KL_ENV_COMMON, &opt.unbuffered, 0, 0, NULL },
	{ 0 },
};

const struct kl_opt cmd_record_opts[] = {
	{ 0, "no-unwrap", NULL, "take reject lines as they are", KL_OPT_FLAG,
	    KL_ENV_COMMON, &opt.no_unwrap, 0, 0, NULL },
	{ 0 },
};

void
cmd_filter_extra(void (*extra)(void *, struct kl_buf *), void *ctx)
{
	extra_members = extra;
	extra_ctx = ctx;
}

bool
cmd_filter_keeps(void)
{
	return opt.rejects != NULL;
}

bool
cmd_filter_unwraps(void)
{
	return !opt.no_unwrap;
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

	program_name = program;
	f->fd = fd;
	f->started = kl_now_mono();
	kl_run_id(f->run);
	if (opt.rejects == NULL &&
	    (opt.max_rejects != UINT64_MAX || opt.max_ratio < 1))
		cmd_usage("--max-rejects and --max-reject-ratio need "
			  "--rejects FILE");
	if (kl_rejects_open(&f->rejects, opt.rejects, fd, program, f->run,
		&err) != KL_OK)
		cmd_die(&err);
	if (opt.rejects != NULL)
		kl_rejects_limit(f->rejects, opt.max_rejects, opt.max_ratio);
	f->in = kl_lines_new(fd, 0);
	f->out = kl_out_new(STDOUT_FILENO, "standard output");
	if (f->in == NULL || f->out == NULL) {
		(void)kl_err_nomem(&err);
		cmd_die(&err);
	}
	f->unbuffered = opt.unbuffered;
	kl_out_unbuffered(f->out, opt.unbuffered);
	kl_lines_idle(f->in, kl_out_idle, f->out);
	if (cmd_wants_progress(opt.progress)) {
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

/* A line that is no record. */
static enum kl_rc
reject_line(struct cmd_filter *f, const struct kl_line *line, struct kl_span s,
    struct kl_err *reason, struct kl_err *err)
{
	struct kl_rejected what = { .line = line->no,
		.s = s.s,
		.n = s.n,
		.offset = line->offset,
		.known = f->known };

	if (!line->eol && line->s != NULL && reason->hint[0] == '\0')
		kl_err_hint(reason,
		    "the last line has no newline: the input "
		    "may have been cut short");
	return cmd_filter_reject(f, &what, reason, NULL, err);
}

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static inline struct kl_span
trim(struct kl_span s)
{
	while (s.n > 0 && is_blank(s.s[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_blank(*s.s)) {
		s.s++;
		s.n--;
	}
	return s;
}

/* The value of a member of the object that a reject line begins with, as it
 * is written; empty if there is none. */
static struct kl_span
told(const struct kl_json *doc, const char *name)
{
	uint32_t v = kl_json_get(doc, 0, "_kl_reject");

	if (v != 0)
		v = kl_json_get(doc, v, name);
	return v != 0 ? kl_json_raw(doc, v) : (struct kl_span){ 0 };
}

static bool
begins(struct kl_span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.s, with, n) == 0;
}

/* A record out of the reject line that it stands in. */
static enum kl_rc
unwrap(struct cmd_filter *f, struct cmd_record *rec, struct kl_err *why)
{
	struct kl_span code = told(&f->doc, "code");
	enum kl_rc rc;

	rec->tool = told(&f->doc, "tool");
	rc = kl_reject_unwrap(&f->doc, &f->raw, &rec->s, why);
	if (rc == KL_OK)
		rc = kl_json_scan(&f->doc, rec->s.s, rec->s.n, why);
	if (rc == KL_EDATA &&
	    (begins(code, "\"csv_") || begins(code, "\"row_")))
		kl_err_hint(why,
		    "it is a row of a table: jq -r '.raw // empty' makes a "
		    "table of such rows");
	return rc;
}

static enum kl_rc
not_object(struct kl_err *why)
{
	(void)kl_err_set(why, KL_EDATA, "not a JSON object");
	kl_err_code(why, "not_object");
	kl_err_hint(why, "a record is one JSON object a line");
	return KL_EDATA;
}

/* As cmd_filter_parse(), the line being where the record keeps it. */
static inline enum kl_rc
parse(struct cmd_filter *f, struct cmd_record *rec, struct kl_err *why)
{
	enum kl_rc rc;

	rec->s = trim((struct kl_span){ rec->line.s, rec->line.n });
	rec->tool.n = 0;
	if (rec->s.n == 0)
		return KL_AGAIN;
	rc = kl_json_scan_next(&f->doc, rec->s.s, rec->s.n, rec->line.spare,
	    why);
	if (rc == KL_OK && !opt.no_unwrap && kl_reject_is(rec->s.s, rec->s.n))
		rc = unwrap(f, rec, why);
	if (rc == KL_OK && kl_json_type(&f->doc, 0) != KL_JSON_OBJECT)
		rc = not_object(why);
	return rc;
}

enum kl_rc
cmd_filter_parse(struct cmd_filter *f, const struct kl_line *line,
    struct cmd_record *rec, struct kl_err *why)
{
	rec->line = *line;
	return parse(f, rec, why);
}

/* What was read is no record: set it aside, or end the run. */
static enum kl_rc
no_record(struct cmd_filter *f, const struct cmd_record *rec, enum kl_rc rc,
    struct kl_err *why, struct kl_err *err)
{
	if (rc == KL_EDATA || rc == KL_ETOOBIG) {
		rc = reject_line(f, &rec->line, rec->s, why, err);
		kl_err_clear(why); /* for the next line */
		return rc == KL_OK ? KL_AGAIN : rc;
	}
	cmd_filter_broke_off(f);
	*err = *why;
	return rc;
}

/* As cmd_filter_scan(), of the line that the record keeps. */
static inline enum kl_rc
scan(struct cmd_filter *f, struct cmd_record *rec, struct kl_err *why,
    struct kl_err *err)
{
	enum kl_rc rc = parse(f, rec, why);

	if (rc == KL_AGAIN)
		return rc;
	f->tally.read++;
	return rc == KL_OK ? rc : no_record(f, rec, rc, why, err);
}

enum kl_rc
cmd_filter_scan(struct cmd_filter *f, const struct kl_line *line,
    struct cmd_record *rec, struct kl_err *err)
{
	struct kl_err why;

	kl_err_clear(&why);
	rec->line = *line;
	return scan(f, rec, &why, err);
}

enum kl_rc
cmd_filter_next(struct cmd_filter *f, struct cmd_record *rec,
    struct kl_err *err)
{
	struct kl_line *line = &rec->line;
	struct kl_err why;
	enum kl_rc rc;

	if (cmd_filter_pauses(f))
		return KL_EOF;
	kl_err_clear(&why);
	do {
		rc = kl_lines_next(f->in, line, &why);
		if (rc == KL_OK)
			rc = scan(f, rec, &why, err);
		else if (rc == KL_ETOOBIG) {
			f->tally.read++;
			rc = reject_line(f, line,
			    (struct kl_span){ NULL, line->n }, &why, err);
			if (rc == KL_OK)
				rc = KL_AGAIN;
		} else if (rc != KL_EOF)
			*err = why;
	} while (rc == KL_AGAIN);
	kl_progress_tick(f->bar, f->tally.read, kl_lines_done(f->in));
	return rc;
}

void
cmd_filter_broke_off(struct cmd_filter *f)
{
	f->tally.count[KL_FAILED]++;
	f->excused++;
}

enum kl_rc
cmd_filter_run(struct cmd_filter *f, cmd_each *each, void *ctx,
    struct kl_err *err)
{
	struct cmd_record rec;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	while ((rc = cmd_filter_next(f, &rec, err)) == KL_OK) {
		rc = each(ctx, f, &rec, &why);
		if (rc == KL_OK)
			f->tally.count[KL_ACCEPTED]++;
		else if (rc == KL_AGAIN)
			f->tally.count[KL_FILTERED]++;
		else if (rc == KL_EDATA || rc == KL_ETOOBIG) {
			struct kl_rejected what = { .line = rec.line.no,
				.s = rec.s.s,
				.n = rec.s.n,
				.record = true };

			rc = cmd_filter_reject(f, &what, &why, NULL, err);
			if (rc != KL_OK)
				return rc;
		} else {
			cmd_filter_broke_off(f);
			*err = why;
			return rc;
		}
	}
	return rc == KL_EOF ? KL_OK : rc;
}

/* "3 records set aside in bad.ndjson: 2 phone_invalid, 1 json_syntax". */
static void
say_rejects(const struct cmd_filter *f)
{
	struct kl_buf b = { 0 };
	size_t i;

	if (opt.rejects == NULL || kl_rejects_count(f->rejects) == 0)
		return;
	for (i = 0; i < CMD_CODES && f->codes[i].n != 0; i++)
		kl_buf_printf(&b, "%s %llu %s", i > 0 ? "," : "",
		    (unsigned long long)f->codes[i].n,
		    f->codes[i].code[0] != '\0' ? f->codes[i].code : "other");
	cmd_note("%llu set aside in %s:%s",
	    (unsigned long long)kl_rejects_count(f->rejects), opt.rejects,
	    kl_buf_str(&b));
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
	kl_json_put_str(&b, "tool", program_name);
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
		rc = cmd_write_file(opt.summary, b.s, b.n, &err);
	kl_buf_free(&b);
	return rc == KL_OK ? 0 : cmd_fail(0, &err);
}

/* Say the failure that ended the run; what came on a line names it. */
static int
say_end(const struct cmd_filter *f, enum kl_rc rc, const struct kl_err *err)
{
	if (rc == KL_OK)
		return 0;
	if (f->stopped_at == 0 || opt.rejects != NULL)
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
	if (opt.summary != NULL)
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
