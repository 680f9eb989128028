/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_ROWS_H
#define SANDBOX_ROWS_H

#include "box.h"

/*
 * rows.h - collections small enough to be sorted for every request.
 */

/* A thing, and the text by which it is sorted, which is its own. */
struct row {
	uint32_t at;
	size_t n;
	char key[120];
};

/* Set the key; it is cut at its end. */
void row_key(struct row *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Sort n rows by their keys and write the array of the page, leaving the
 * tokens of its neighbours in box->page and box->back. */
void rows_put(struct req *q, struct row *row, size_t n,
    void (*put)(struct req *q, uint32_t at));

#endif /* SANDBOX_ROWS_H */
