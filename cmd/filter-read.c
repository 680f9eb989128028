/* SPDX-License-Identifier: MIT */
/* filter-read.c - records out of lines: scanned, unwrapped, or set aside; and
 * the loop over them. */

#include <string.h>

#include "filter.h"

/* Whether it looks like the first line of a table. */
static bool
is_header(const struct kl_line *line, struct kl_span s,
    const struct kl_err *reason)
{
	return line->no == 1 && s.n > 0 && *s.s != '{' && *s.s != '[' &&
	    strcmp(reason->code, "json_syntax") == 0 &&
	    (memchr(s.s, ',', s.n) != NULL || memchr(s.s, ';', s.n) != NULL ||
		memchr(s.s, '\t', s.n) != NULL);
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

	if (s.s != NULL && is_header(line, s, reason))
		kl_err_hint(reason,
		    "if this is a table, kl-from-csv makes records of it");
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

/* All of it in line for each who reads: it is done for every record. */
#define INLINE static inline __attribute__((always_inline))

/* As cmd_filter_parse(), the line being where the record keeps it. */
INLINE enum kl_rc
parse(struct cmd_filter *f, struct cmd_record *rec, struct kl_err *why)
{
	enum kl_rc rc;

	rec->s = trim((struct kl_span){ rec->line.s, rec->line.n });
	rec->tool.n = 0;
	if (rec->s.n == 0)
		return KL_AGAIN;
	rc = kl_json_scan_next(&f->doc, rec->s.s, rec->s.n, rec->line.spare,
	    why);
	if (rc == KL_OK && kl_reject_is(rec->s.s, rec->s.n) &&
	    cmd_filter_unwraps())
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

/* As cmd_filter_scan(), of the line that the record keeps; why is clear, and
 * left so. */
INLINE enum kl_rc
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

/* No line was read. */
static enum kl_rc
no_line(struct cmd_filter *f, const struct kl_line *line, enum kl_rc rc,
    struct kl_err *why, struct kl_err *err)
{
	if (rc == KL_ETOOBIG) {
		f->tally.read++;
		rc = reject_line(f, line, (struct kl_span){ NULL, line->n },
		    why, err);
		kl_err_clear(why); /* for the next line */
		return rc == KL_OK ? KL_AGAIN : rc;
	}
	if (rc != KL_EOF)
		*err = *why;
	return rc;
}

/* As cmd_filter_next(), where there is no pause; why is clear, and left so. */
INLINE enum kl_rc
next(struct cmd_filter *f, struct cmd_record *rec, struct kl_err *why,
    struct kl_err *err)
{
	enum kl_rc rc;

	do {
		rc = kl_lines_next(f->in, &rec->line, why);
		rc = rc == KL_OK ? scan(f, rec, why, err)
				 : no_line(f, &rec->line, rc, why, err);
	} while (rc == KL_AGAIN);
	if (f->bar != NULL)
		kl_progress_tick(f->bar, f->tally.read, kl_lines_done(f->in));
	return rc;
}

enum kl_rc
cmd_filter_next(struct cmd_filter *f, struct cmd_record *rec,
    struct kl_err *err)
{
	struct kl_err why;

	if (cmd_filter_pauses(f))
		return KL_EOF;
	kl_err_clear(&why);
	return next(f, rec, &why, err);
}

/* What each() said of a record that it did not take.  KL_OK: go on. */
static enum kl_rc
not_taken(struct cmd_filter *f, const struct cmd_record *rec, enum kl_rc rc,
    const struct kl_err *why, struct kl_err *err)
{
	struct kl_rejected what = { .line = rec->line.no,
		.s = rec->s.s,
		.n = rec->s.n,
		.record = true };

	if (rc == KL_EDATA || rc == KL_ETOOBIG)
		return cmd_filter_reject(f, &what, why, NULL, err);
	cmd_filter_broke_off(f);
	*err = *why;
	return rc;
}

enum kl_rc
cmd_filter_run(struct cmd_filter *f, cmd_each *each, void *ctx,
    struct kl_err *err)
{
	struct cmd_record rec;
	struct kl_err bad = { 0 }, why = { 0 };
	enum kl_rc rc;

	while (!cmd_filter_pauses(f)) {
		if ((rc = next(f, &rec, &bad, err)) != KL_OK)
			return rc == KL_EOF ? KL_OK : rc;
		rc = each(ctx, f, &rec, &why);
		if (rc == KL_OK)
			f->tally.count[KL_ACCEPTED]++;
		else if (rc == KL_AGAIN)
			f->tally.count[KL_FILTERED]++;
		else if ((rc = not_taken(f, &rec, rc, &why, err)) != KL_OK)
			return rc;
	}
	return KL_OK;
}
