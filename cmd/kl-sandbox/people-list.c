/* SPDX-License-Identifier: MIT */
/* people-list.c - the collection of all profiles, in orders that are kept. */

#include <stdlib.h>

#include "page.h"
#include "people-list.h"

static void
put(struct req *q, const struct spot *s, void *ctx)
{
	(void)ctx;
	put_profile(q, &q->box->shape, s->at, 0);
}

static int
by_place(const void *a, const void *b)
{
	return spot_compare(a, b);
}

/* Those that a condition names one by one, in the order of all; NULL: memory.
 */
static struct spot *
candidates(struct req *q, const struct condition *c, size_t *n)
{
	struct spot *found = malloc((c->n + 1) * sizeof(*found));
	uint32_t at;
	size_t i;

	*n = 0;
	for (i = c->from; found != NULL && i < c->from + c->n; i++)
		if ((at = people_named(q, c, i)) != NONE)
			found[(*n)++] = age_spot(&q->box->store, at);
	if (found == NULL)
		return NULL;
	qsort(found, *n, sizeof(*found), by_place);
	/* The same person twice in a list of values is one of them. */
	for (i = 1; i < *n; i++)
		if (found[i].seq == found[i - 1].seq)
			found[i - 1].at = NONE;
	return found;
}

/* Into the pager what is to be walked; *found is to be freed.  False: memory.
 */
static bool
rows_of(struct req *q, struct pager *p, struct spot **found)
{
	const struct condition *c = people_naming(&q->query.filter);
	struct store *st = &q->box->store;
	size_t n;

	*found = NULL;
	if (q->query.sort == SORT_UPDATED) {
		p->unit = 1;
		p->when = BY_UPDATED;
		p->rows = order_rows(&st->by_update, p->row);
		return true;
	}
	p->unit = 1000;
	p->when = BY_CREATED;
	if (c == NULL)
		return age_rows(st, p->row, &p->rows);
	if ((*found = candidates(q, c, &n)) == NULL)
		return false;
	p->row[p->rows++] = row_spots(*found, n);
	return true;
}

static void
by_order(struct req *q)
{
	struct pager p = { .q = q,
		.down = q->query.down,
		.match = people_match,
		.put = put };
	struct spot *found;

	if (!rows_of(q, &p, &found)) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	reply_begin(q, 200);
	page_put(&p);
	if (q->query.include)
		kl_buf_puts(&q->out, ",\"included\":[]");
	reply_end_page(q);
	free(found);
}

void
get_profiles(struct req *q)
{
	const struct store *st = &q->box->store;
	int sort = q->query.sort;
	struct problem p;

	if (!people_filters(&q->query.filter, &p)) {
		reply_problem(q, &p, "");
		return;
	}
	if (!profile_shape(q))
		return;
	if (sort == SORT_EMAIL || sort >= SORT_SUPPRESSED ||
	    (sort == SORT_ID && st->renumbered))
		people_by_text(q);
	else
		by_order(q);
}
