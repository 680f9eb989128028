/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "box.h"

/*
 * page.h - one page of a long order, and the cursors to the next and the
 * previous one.
 *
 * The order is that of some rows of places, see course.h, each sorted.
 */
struct pager {
	struct req *q;
	struct row_of row[ROWS];
	size_t rows;
	bool down;
	/* If unit is not 0 the order is one of time, in units of so many
	 * microseconds: conditions on the field called when narrow it. */
	uint64_t unit;
	int when;
	/* True if it belongs to the answer.  Append it. */
	bool (*match)(struct req *q, const struct spot *s);
	void (*put)(struct req *q, const struct spot *s, void *ctx);
	void *ctx;
};

/* Write the array, and leave the tokens in box->page and box->back. */
void page_put(const struct pager *p);

/* Start the answer, write the array, end the answer. */
void page_answer(const struct pager *p);

#endif /* SANDBOX_PAGE_H */
