/* SPDX-License-Identifier: MIT */
/* mapper.c - records, or the rows of a table, through an expression and a
 * mapping. */

#include <stdlib.h>

#include "mapper.h"

/* The end of a record that was written, or not. */
static enum kl_rc
settle(struct cmd_filter *f, enum kl_rc rc, struct kl_err *why)
{
	if (rc != KL_OK) {
		kl_out_abandon(f->out);
		return rc;
	}
	rc = kl_out_commit(f->out, why);
	if (rc == KL_OK)
		f->tally.written++;
	return rc;
}

/* One result of an expression, behind what is in b.  KL_AGAIN: it made
 * nothing. */
static enum kl_rc
put_result(struct cmd_mapper *m, struct kl_buf *b, struct kl_err *why)
{
	struct kl_err bad = { 0 };
	size_t start = b->n;
	enum kl_rc rc;

	rc = kl_json_scan(&m->doc, m->result.s, m->result.n, &bad);
	if (rc != KL_OK) {
		(void)kl_err_set(why, rc, "jq: a result is no record: %s",
		    bad.msg);
		kl_err_code(why, bad.code);
		return rc;
	}
	if (kl_json_type(&m->doc, 0) != KL_JSON_OBJECT) {
		(void)kl_err_set(why, KL_EDATA, "jq: a result is no object");
		kl_err_code(why, "not_object");
		kl_err_hint(why,
		    "a record is one: {email: .Mail}; use select(...) to leave "
		    "records out");
		return KL_EDATA;
	}
	if (m->mapping != NULL)
		rc = kl_mapping_run(m->mapping, &m->doc, b, why);
	else
		kl_buf_put(b, m->result.s, m->result.n);
	if (rc == KL_OK && b->n - start > KL_LINE_MAX) {
		(void)kl_err_set(why, KL_ETOOBIG,
		    "jq: a result is a record of over %zu bytes", KL_LINE_MAX);
		kl_err_code(why, "record_too_big");
		return KL_ETOOBIG;
	}
	return rc == KL_OK ? kl_buf_check(b, why) : rc;
}

/* All results of a record into b, a line each but for the end of the last;
 * *n counts them. */
static enum kl_rc
put_results(struct cmd_mapper *m, struct kl_span record, struct kl_buf *b,
    uint64_t *n, struct kl_err *why)
{
	size_t start = b->n;
	enum kl_rc rc = kl_jq_start(m->jq, record, why);

	while (rc == KL_OK) {
		kl_buf_reset(&m->result);
		if ((rc = kl_jq_next(m->jq, &m->result, why)) != KL_OK)
			break;
		rc = put_result(m, b, why);
		if (rc == KL_OK) {
			++*n;
			kl_buf_putc(b, '\n');
		} else if (rc == KL_AGAIN) {
			rc = KL_OK;
		}
	}
	if (rc != KL_EOF)
		return rc;
	if (*n == 0)
		return KL_AGAIN;
	if (b->rc == KL_OK && b->n > start)
		b->n--; /* the writer ends the last line */
	return kl_buf_check(b, why);
}

static enum kl_rc
map_by_jq(struct cmd_mapper *m, struct cmd_filter *f, struct kl_span record,
    struct kl_err *why)
{
	uint64_t n = 0;
	enum kl_rc rc;

	rc = put_results(m, record, kl_out_begin(f->out), &n, why);
	rc = settle(f, rc, why);
	if (rc == KL_OK)
		f->tally.written += n - 1; /* settle() counted one */
	return rc;
}

/* Whether who set a record aside (a name in quotes) stands behind kl-map. */
static bool
is_behind(const struct cmd_mapper *m, struct kl_span tool)
{
	static const char *const behind[] = { "\"kl-to-csv\"", "\"kl-push\"",
		"\"kl-validate\"", "\"kl-diff\"", "\"kl-chunk\"",
		"\"kl-track\"" };
	size_t i, n = m->reverse ? 1 : sizeof(behind) / sizeof(*behind);

	for (i = 0; i < n; i++)
		if (kl_span_is(tool, behind[i]))
			return true;
	return false;
}

/* A record that was mapped before, or that goes through an expression.  Apart,
 * so that all others do not pay for it. */
static __attribute__((noinline)) enum kl_rc
map_rarely(struct cmd_mapper *m, struct cmd_filter *f,
    const struct cmd_record *rec, struct kl_err *why)
{
	if (rec->tool.n > 0 && is_behind(m, rec->tool)) {
		kl_buf_put(kl_out_begin(f->out), rec->s.s, rec->s.n);
		m->later++;
		return settle(f, KL_OK, why);
	}
	if (m->jq != NULL)
		return map_by_jq(m, f, rec->s, why);
	return settle(f,
	    kl_mapping_run(m->mapping, &f->doc, kl_out_begin(f->out), why),
	    why);
}

static enum kl_rc
map_record(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct cmd_mapper *m = ctx;

	if (rec->tool.n > 0 || m->jq != NULL)
		return map_rarely(m, f, rec, why);
	return settle(f,
	    kl_mapping_run(m->mapping, &f->doc, kl_out_begin(f->out), why),
	    why);
}

/* A row whose record was made. */
static enum kl_rc
map_made(struct cmd_mapper *m, struct cmd_filter *f, struct kl_err *why)
{
	struct cmd_record rec = { .s = { m->record.s, m->record.n } };
	enum kl_rc rc;

	rc = kl_json_scan(&f->doc, rec.s.s, rec.s.n, why);
	return rc == KL_OK ? map_record(m, f, &rec, why) : rc;
}

/* A row as it stands. */
static enum kl_rc
map_row(struct cmd_mapper *m, struct cmd_filter *f,
    const struct kl_csv_row *row, struct kl_err *why)
{
	return settle(f,
	    kl_mapping_row(m->mapping, row, kl_out_begin(f->out), why), why);
}

/* Rows through the mapping. */
static enum kl_rc
each_row(struct cmd_mapper *m, struct cmd_filter *f, struct kl_err *err)
{
	struct cmd_table *t = m->table;
	struct kl_csv_row row;
	bool made = m->made;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	for (;;) {
		kl_buf_reset(&m->record);
		rc = cmd_table_next(t, f, made ? &m->record : NULL, &row, err);
		if (rc != KL_OK)
			return rc;
		rc = made ? map_made(m, f, &why) : map_row(m, f, &row, &why);
		if (rc == KL_OK)
			f->tally.count[KL_ACCEPTED]++;
		else if (rc == KL_AGAIN)
			f->tally.count[KL_FILTERED]++;
		else if (rc == KL_EDATA || rc == KL_ETOOBIG) {
			rc = cmd_table_reject(t, f, &row, &why, err);
			if (rc != KL_OK)
				return rc;
		} else {
			cmd_filter_broke_off(f);
			*err = why;
			return rc;
		}
	}
}

/* --- threads -------------------------------------------------------------- */

static enum kl_rc
run(void *ctx, struct cmd_filter *f, struct kl_err *err)
{
	struct cmd_mapper *m = ctx;

	return m->table != NULL ? each_row(m, f, err)
				: cmd_filter_run(f, map_record, m, err);
}

static void
free_copy(void *copy)
{
	struct cmd_mapper *m = copy;

	if (m->table != NULL)
		cmd_table_free_copy(m->table);
	kl_mapping_free(m->mapping);
	kl_jq_free(m->jq);
	cmd_mapper_free(m);
	free(m);
}

/* The rows of a thread; false if memory ran out. */
static bool
copy_table(struct cmd_mapper *to, const struct cmd_mapper *m,
    struct cmd_filter *f)
{
	if (m->table == NULL)
		return true;
	to->made = m->made;
	if ((to->table = cmd_table_copy(m->table, f)) == NULL)
		return false;
	return m->made ||
	    kl_mapping_bind(to->mapping, to->table->columns, NULL) == KL_OK;
}

static void *
copy(void *ctx, struct cmd_filter *f)
{
	const struct cmd_mapper *m = ctx;
	struct cmd_mapper *to = calloc(1, sizeof(*to));

	if (to == NULL)
		return NULL;
	to->reverse = m->reverse;
	if (m->again(to, m->ctx) && copy_table(to, m, f))
		return to;
	free_copy(to);
	return NULL;
}

static void
add(void *ctx, void *from, uint64_t lines)
{
	struct cmd_mapper *m = ctx, *copied = from;

	(void)lines;
	m->later += copied->later;
	copied->later = 0;
	if (m->mapping != NULL)
		kl_mapping_join(m->mapping, copied->mapping);
}

static enum kl_rc
run_all(struct cmd_mapper *m, struct cmd_filter *f, struct kl_err *err)
{
	struct cmd_work work = { .run = run,
		.copy = copy,
		.free = free_copy,
		.add = add };

	if (m->table != NULL) {
		work.cut = kl_csv_cut;
		work.cut_ctx = &m->table->form;
	}
	return cmd_threads_run(f, &work, m, err);
}

enum kl_rc
cmd_map_records(struct cmd_mapper *m, struct cmd_filter *f, struct kl_err *err)
{
	return run_all(m, f, err);
}

enum kl_rc
cmd_map_rows(struct cmd_mapper *m, struct cmd_filter *f, struct cmd_table *t,
    struct kl_err *err)
{
	enum kl_rc rc = cmd_table_open(t, f, err);

	m->table = t;
	if (rc == KL_OK) {
		m->made = m->jq != NULL || !kl_table_is_plain(t->columns);
		if (!m->made)
			rc = kl_mapping_bind(m->mapping, t->columns, err);
		if (rc == KL_OK)
			rc = run_all(m, f, err);
	}
	return rc == KL_EOF ? KL_OK : rc;
}

void
cmd_mapper_free(struct cmd_mapper *m)
{
	kl_buf_free(&m->record);
	kl_buf_free(&m->result);
	kl_json_free(&m->doc);
}
