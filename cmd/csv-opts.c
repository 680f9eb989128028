/* SPDX-License-Identifier: MIT */
/* csv-opts.c - how a text table is written, as options say it. */

#include <string.h>

#include "csv-opts.h"

static struct {
	const char *delimiter, *quote;
	bool tsv;
} opt;

const struct kl_opt cmd_csv_opts[] = {
	{ 0, "delimiter", "CHAR", "what stands between values (,); tab too",
	    KL_OPT_STR, KL_ENV_OWN, &opt.delimiter, 0, 0, NULL },
	{ 0, "tsv", NULL, "the same as --delimiter tab", KL_OPT_FLAG,
	    KL_ENV_OWN, &opt.tsv, 0, 0, NULL },
	{ 0, "quote", "CHAR", "what values with a delimiter stand in (\")",
	    KL_OPT_STR, KL_ENV_OWN, &opt.quote, 0, 0, NULL },
	{ 0 },
};

void
cmd_csv_form(struct kl_csv_form *form)
{
	form->delimiter = opt.tsv ? '\t' : ',';
	form->quote = '"';
	if (opt.delimiter != NULL && opt.tsv)
		cmd_usage("--delimiter and --tsv exclude each other");
	if (opt.delimiter != NULL &&
	    !kl_csv_delimiter(opt.delimiter, &form->delimiter))
		cmd_usage("--delimiter: takes one ASCII character that is no "
			  "quote or newline, or tab");
	if (opt.quote != NULL && form->no_quotes)
		cmd_usage("--quote and --no-quotes exclude each other");
	if (opt.quote != NULL && !kl_csv_quote(opt.quote, &form->quote))
		cmd_usage("--quote: takes one visible ASCII character");
	if (form->quote == form->delimiter)
		cmd_usage("--quote and --delimiter are the same");
}

struct kl_csv *
cmd_csv_names(const char *names, struct kl_csv_row *row)
{
	struct kl_csv *csv = kl_csv_new(NULL, &(struct kl_csv_form){ 0 });
	struct kl_err err = { 0 };
	enum kl_rc rc;

	if (csv == NULL) {
		(void)kl_err_nomem(&err);
		cmd_die(&err);
	}
	rc = kl_csv_row(csv, names, strlen(names), row, &err);
	if (rc == KL_EOF)
		cmd_usage("--columns names none");
	if (rc != KL_OK)
		cmd_usage("--columns: %s", err.msg);
	return csv;
}
