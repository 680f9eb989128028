/* SPDX-License-Identifier: MIT */
#ifndef CSV_SPLIT_H
#define CSV_SPLIT_H

#include "csv-marks.h"
#include "csv-priv.h"
#include "kl/cpu.h"
#include "words.h"

/*
 * csv-split.h - rows that keep the rules, one after the other.
 */

enum csv_split_rc {
	SPLIT_OK,
	SPLIT_MORE, /* no row ends before n */
	SPLIT_ODD,  /* something is wrong with it, or there is no memory */
};

/* What is left of a block: bits of bytes that are outside quotes, unless said
 * otherwise. */
struct csv_marks {
	uint64_t ends;	/* delimiters and newlines */
	uint64_t lf;	/* newlines */
	uint64_t rough; /* of values: what JSON escapes, doubled quotes */
	uint64_t bad;	/* what the rules do not foresee */
	uint64_t quote; /* all quotes */
	uint64_t lines; /* newlines within quotes */
	uint64_t twice; /* the second of doubled quotes */
	bool high;	/* it may not be UTF-8 */
};

struct csv_split;
struct csv_row;

/* The same for different processors. */
struct csv_splitter {
	void (*begin)(struct csv_split *p);
	enum csv_split_rc (*next)(struct csv_split *p, struct csv_row *r);
};

/* Where the splitting of s[0..n) stands. */
struct csv_split {
	const struct csv_splitter *with;
	struct csv_form form;
	const char *s;
	size_t n;
	size_t from; /* where the next row begins */
	size_t base; /* of the block that is left */
	struct csv_marks left;
	bool whole;	 /* it is one row without its end */
	uint64_t quotes; /* all bits; none if no byte is a quote */
	/* What the bytes after the block need to know of it: */
	uint64_t in;	 /* all bits: it ends within quotes */
	uint64_t starts; /* 1: a value begins after it */
	uint64_t closed; /* 1: its last byte is a closing quote */
	uint64_t cr;	 /* 1: its last byte is a CR */
	uint64_t utf8;	 /* the first bits: it ends within a character */
};

/* A row. */
struct csv_row {
	struct kl_span *field; /* owned, as are rough and text: see
				* kl_csv_row_init() */
	uint16_t *rough; /* which values JSON may have to escape, ascending */
	struct kl_buf *text; /* copies of values */
	size_t n, roughs;
	struct kl_span raw; /* without its end */
	size_t end;	    /* where its newline is */
	size_t lines;	    /* newlines in it */
	bool high;	    /* it may not be UTF-8 */
};

/* Room for values: those of a block come at once. */
#define CSV_FIELDS (KL_CSV_COLUMNS + BLOCK + 1)

/* Begin at the start of a row.  KL_LINE_SPARE bytes can be read behind s[n),
 * unless it is whole. */
void kl_csv_split_begin(struct csv_split *p, const struct csv_form *form,
    const char *s, size_t n, bool whole);

/* With a splitter of the caller's choice. */
void kl_csv_split_with(const struct csv_splitter *with, struct csv_split *p,
    const struct csv_form *form, const char *s, size_t n, bool whole);

/*
 * The next row.  Its values are spans of s, or of text where a quote was
 * written twice.  The byte before a value that was quoted, and of no other, is
 * a quote.  After anything but SPLIT_OK begin anew.
 */
enum csv_split_rc kl_csv_split(struct csv_split *p, struct csv_row *r);

/* Copy the rough values that have doubled quotes; false if there is no memory.
 * far: KL_CSV_AHEAD bytes can be read behind the row. */
bool kl_csv_undouble(struct csv_row *r, char quote, bool far);

extern const struct csv_splitter kl_csv_splitter_plain;
#if KL_CPU_WIDE
extern const struct csv_splitter kl_csv_splitter_avx2; /* kl_cpu_wide() */
#endif

#endif /* CSV_SPLIT_H */
