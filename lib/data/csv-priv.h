/* SPDX-License-Identifier: MIT */
#ifndef CSV_PRIV_H
#define CSV_PRIV_H

#include "kl/csv.h"

/*
 * csv-priv.h - what the files of the table reader share.
 *
 *	csv-split.c	rows that keep the rules: csv-block.h, which is
 *	csv-split-avx2.c	compiled twice, with the bits of csv-marks.h
 *	csv-undouble.c	values with doubled quotes
 *	csv-utf8.c	whether they are UTF-8
 *	csv.c		libcsv, for every other row
 *	csv-sync.c	where a row ends
 *	csv-rows.c	lines into rows
 *	csv-cut.c	where rows end, for threads
 *	csv-put.c	writing
 */

/* A form made definite: quote is 0, which no row may hold, if there is none. */
struct csv_form {
	char delimiter, quote;
};

/* Of a value that was copied, so many bytes from its first can be read. */
#define KL_CSV_AHEAD ((size_t)32)

/* kl_utf8_valid() for text that is mostly ASCII. */
bool kl_csv_utf8(const char *s, size_t n);

struct csv_judge; /* opaque: libcsv's parser */

struct csv_judge *kl_csv_judge_new(const struct csv_form *form);
void kl_csv_judge_free(struct csv_judge *j);

/*
 * Have libcsv parse one row.  *field is then borrowed from j until the next
 * call.  KL_OK; KL_EOF if there is nothing but line ends; KL_EDATA (csv_quote,
 * csv_cr) or KL_ETOOBIG (csv_columns), *nfield then being the number of the
 * value concerned; KL_ENOMEM.
 */
enum kl_rc kl_csv_judge(struct csv_judge *j, const char *s, size_t n,
    const struct kl_span **field, size_t *nfield, struct kl_err *err);

/* The three readings of a row whose end is sought; see kl/csv.h.  All zero is
 * the start of a row. */
#define CSV_READINGS 3
struct csv_sync {
	unsigned char state[CSV_READINGS];
	bool opened; /* a quote opened a value since this was last cleared */
};

/* Bytes of the row go by, without newlines; a newline that did not end it. */
void kl_csv_sync_feed(struct csv_sync *y, const struct csv_form *form,
    const char *s, size_t n);
void kl_csv_sync_newline(struct csv_sync *y);

/* True if a newline here ends the row. */
bool kl_csv_sync_ended(const struct csv_sync *y);

#endif /* CSV_PRIV_H */
