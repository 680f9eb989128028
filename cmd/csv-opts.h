/* SPDX-License-Identifier: MIT */
#ifndef CMD_CSV_OPTS_H
#define CMD_CSV_OPTS_H

#include "common.h"
#include "kl/csv.h"

/*
 * cmd/csv-opts.h - how a text table is written, as options say it.
 */

/* Option rows: --delimiter, --tsv, --quote. */
extern const struct kl_opt cmd_csv_opts[];

/*
 * What they say; no_quotes is kept as it is.  delimiter and quote are then
 * definite.  Ends the process with 64 on a mistake.
 */
void cmd_csv_form(struct kl_csv_form *form);

/*
 * The names of --columns, which are a row of CSV with commas.  The row is
 * borrowed from the reader that is returned, the caller's to free.  Ends the
 * process with 64 if they are no row.
 */
struct kl_csv *cmd_csv_names(const char *names, struct kl_csv_row *row);

#endif /* CMD_CSV_OPTS_H */
