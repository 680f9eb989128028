/* SPDX-License-Identifier: MIT */

/*
 * kl-from-csv - turn a text table into records, a row each.
 *
 * Every value stays the text it was: no blank is trimmed, nothing becomes a
 * number or a date.  That is for kl-map, which is told what a column means.
 */

#include "table.h"
#include "threads.h"

static const struct kl_opt *const groups[] = { cmd_csv_opts, cmd_thread_opts,
	cmd_stream_opts, NULL };

static const struct cmd_about about = {
	.name = "kl-from-csv",
	.synopsis = "[--columns NAMES] [--delimiter CHAR] [--rejects FILE] "
		    "[FILE] > records",
	.purpose = "Turn a table of text (CSV, TSV) into records, one JSON "
		   "object a row.\nEvery value stays the text it was.",
	.examples = "  kl-from-csv customers.csv | kl-map -c sync.json\n"
		    "  kl-from-csv --delimiter ';' --rejects bad.ndjson < "
		    "export.csv\n",
	.own = cmd_table_opts,
	.groups = groups,
};

static enum kl_rc
convert(void *ctx, struct cmd_filter *f, struct kl_err *err)
{
	struct cmd_table *t = ctx;
	struct kl_csv_row row;
	enum kl_rc rc;

	while ((rc = cmd_table_next(t, f, kl_out_begin(f->out), &row, err)) ==
	    KL_OK) {
		if ((rc = kl_out_commit(f->out, err)) != KL_OK) {
			cmd_filter_broke_off(f);
			return rc;
		}
		f->tally.count[KL_ACCEPTED]++;
		f->tally.written++;
	}
	return rc;
}

static void *
copy_table(void *ctx, struct cmd_filter *f)
{
	return cmd_table_copy(ctx, f);
}

static void
free_copy(void *copy)
{
	cmd_table_free_copy(copy);
}

int
main(int argc, char *argv[])
{
	struct cmd_filter f = { 0 };
	struct kl_config config = { 0 };
	struct cmd_table t = { 0 };
	struct cmd_work work = { .run = convert,
		.copy = copy_table,
		.free = free_copy,
		.cut = kl_csv_cut,
		.cut_ctx = &t.form };
	struct kl_err err = { 0 };
	enum kl_rc rc;
	int operands = cmd_start(&about, argc, argv);

	if (operands > 1)
		cmd_usage("takes one file, or standard input");
	cmd_config(&config);
	kl_config_free(&config);
	cmd_table_options(&t);
	cmd_filter_open(&f, about.name,
	    cmd_table_input(operands > 0 ? argv[1] : NULL));
	rc = cmd_table_open(&t, &f, &err);
	if (rc == KL_OK)
		rc = cmd_threads_run(&f, &work, &t, &err);
	cmd_table_free(&t);
	return cmd_filter_finish(&f, rc == KL_EOF ? KL_OK : rc, &err);
}
