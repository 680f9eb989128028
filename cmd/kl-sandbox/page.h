/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "box.h"

/*
 * page.h - one page of a long order, and the cursor to the next.
 *
 * spot NULL stands for the order of the numbers 0 to n - 1, whose seq is the
 * number plus one.
 */
struct pager {
	struct req *q;
	const struct spot *spot;
	size_t n;
	bool down;
	/* True if it belongs to the answer.  Append it. */
	bool (*match)(struct req *q, const struct spot *s);
	void (*put)(struct req *q, const struct spot *s, void *ctx);
	void *ctx;
};

/* Write the array, and leave the token of the next page in box->page. */
void page_put(const struct pager *p);

/* Start the answer, write the array, end the answer. */
void page_answer(const struct pager *p);

#endif /* SANDBOX_PAGE_H */
