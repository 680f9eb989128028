/* SPDX-License-Identifier: MIT */
/* mapper.c - records, or the rows of a table, through a mapping. */

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

static enum kl_rc
map_record(void *ctx, struct cmd_filter *f, const struct cmd_record *rec,
    struct kl_err *why)
{
	struct cmd_mapper *m = ctx;

	(void)rec;
	return settle(f,
	    kl_mapping_run(m->mapping, &f->doc, kl_out_begin(f->out), why),
	    why);
}

enum kl_rc
cmd_map_records(struct cmd_mapper *m, struct cmd_filter *f, struct kl_err *err)
{
	return cmd_filter_run(f, map_record, m, err);
}

/* A row whose record was made, because its values are not all text. */
static enum kl_rc
map_made(struct cmd_mapper *m, struct cmd_filter *f, struct kl_err *why)
{
	enum kl_rc rc;

	rc = kl_json_scan(&f->doc, m->record.s, m->record.n, why);
	return rc == KL_OK ? map_record(m, f, NULL, why) : rc;
}

/* A row as it stands. */
static enum kl_rc
map_row(struct cmd_mapper *m, struct cmd_filter *f,
    const struct kl_csv_row *row, struct kl_err *why)
{
	return settle(f,
	    kl_mapping_row(m->mapping, row, kl_out_begin(f->out), why), why);
}

/* Rows through the mapping; made: their records are needed. */
static enum kl_rc
each_row(struct cmd_mapper *m, struct cmd_filter *f, struct cmd_table *t,
    bool made, struct kl_err *err)
{
	struct kl_csv_row row;
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
			*err = why;
			return rc;
		}
	}
}

enum kl_rc
cmd_map_rows(struct cmd_mapper *m, struct cmd_filter *f, struct cmd_table *t,
    struct kl_err *err)
{
	enum kl_rc rc = cmd_table_open(t, f, err);
	bool made;

	if (rc == KL_OK) {
		made = !kl_table_is_plain(t->columns);
		if (!made)
			rc = kl_mapping_bind(m->mapping, t->columns, err);
		if (rc == KL_OK)
			rc = each_row(m, f, t, made, err);
	}
	return rc == KL_EOF ? KL_OK : rc;
}

void
cmd_mapper_free(struct cmd_mapper *m)
{
	kl_buf_free(&m->record);
}
