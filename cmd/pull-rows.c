/* SPDX-License-Identifier: MIT */
/* pull-rows.c - pages taken and rows written, whoever asks for the pages. */

#include <unistd.h>

#include "connect.h"
#include "kl/lists.h"
#include "kl/ranges.h"
#include "pull.h"

/* One row stands in b from the byte at: out with it, if it is wanted. */
static enum kl_rc
write_row(struct pull *p, uint32_t node, const struct kl_buf *b, size_t at,
    struct kl_err *err)
{
	bool fresh = true;
	enum kl_rc rc;

	p->read++;
	if (p->state != NULL &&
	    ((rc = kl_buf_check(b, err)) != KL_OK ||
		(rc = pull_state_row(p, node, b, at, &fresh, err)) != KL_OK))
		return rc;
	if (!fresh) {
		kl_out_abandon(p->out);
		return KL_OK;
	}
	p->rows++;
	return kl_out_commit(p->out, err);
}

/* The rows of one resource. */
static enum kl_rc
write_rows(struct pull *p, uint32_t node, struct kl_err *err)
{
	struct kl_buf *b;
	uint32_t i;
	size_t at;
	enum kl_rc rc;

	for (i = 0;; i++) {
		b = kl_out_begin(p->out);
		at = b->n;
		rc = kl_shape_put(&p->shaper, b, node, i, err);
		if (rc != KL_OK) {
			kl_out_abandon(p->out);
			return rc == KL_EOF ? KL_OK : rc;
		}
		if ((rc = write_row(p, node, b, at, err)) != KL_OK)
			return rc;
		kl_progress_tick(p->bar, p->read, p->read);
	}
}

/* Every resource of one page, then out with them. */
static enum kl_rc
write_page(struct pull *p, const struct kl_page *page, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_shape_page(&p->shaper, page, err)) != KL_OK)
		return rc;
	kl_page_each (e, page)
		if ((rc = write_rows(p, e, err)) != KL_OK)
			return rc;
	return kl_out_flush(p->out, err);
}

static void
clear_bar(void *ctx)
{
	kl_progress_clear(ctx);
}

/* Progress needs the total, which costs a request: only where it is seen. */
static void
open_bar(struct pull *p)
{
	uint64_t total = 0;

	if (!cmd_wants_progress(pull_opt.progress))
		return;
	if (pull_counts(p))
		(void)kl_members_count(p->client,
		    p->query.r->res == KL_RES_SEGMENT_MEMBERS,
		    kl_buf_str(&p->query.id), true, &total, NULL);
	p->bar = kl_progress_new(STDERR_FILENO, "kl-pull", total);
	cmd_before_speaking(clear_bar, p->bar);
	cmd_connect_bar(p->bar);
}

/* Several pages at once, where there is a time by which they can be had. */
static enum kl_rc
open_source(struct pull *p, struct kl_source *to, struct kl_err *err)
{
	const struct kl_resource *r = p->query.r;
	const struct kl_range_by *by = &r->range;
	const char *sort = NULL;
	struct kl_span place;
	enum kl_rc rc;

	/* What changes meanwhile moves behind the newest that was seen, and has
	 * to be met there: any other order could lose it. */
	if (p->state != NULL && p->plan == KL_PULLED_SINCE) {
		by = &r->changed;
		sort = by->field;
	}
	if (by->field == NULL || (p->in_flight == 1 && !pull_opt.ordered))
		rc = kl_source_walk(to, p->client, &p->query, sort, err);
	else
		rc = kl_source_ranges(to, p->client, &p->query, by,
		    p->in_flight, err);
	if (rc != KL_OK || p->state == NULL)
		return rc;
	place = kl_pulled_place(p->state);
	return place.n > 0 ? to->resume(to->ctx, place, err) : KL_OK;
}

/* All pages of a source. */
static enum kl_rc
read_pages(struct pull *p, struct kl_source *source, struct kl_err *err)
{
	uint64_t before = p->pages;
	struct kl_page page;
	enum kl_rc rc;

	while ((rc = kl_source_next(source, &page, err)) == KL_OK) {
		p->pages = before + source->pages;
		if ((rc = write_page(p, &page, err)) != KL_OK)
			return rc;
		if (p->state != NULL &&
		    (rc = pull_state_step(p, source, false, err)) != KL_OK)
			return rc;
	}
	/* What came before a failure need not be asked for again. */
	if (rc != KL_EOF && p->state != NULL && source->pages > 0)
		(void)pull_state_step(p, source, true, NULL);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
pull_rows(struct pull *p, struct kl_err *err)
{
	struct kl_source source = { 0 };
	bool resumed = p->state != NULL && kl_pulled_place(p->state).n > 0;
	enum kl_rc rc;

	open_bar(p);
	p->shaper.shape = p->query.r->shape;
	p->shaper.hidden = p->query.hidden;
	if ((rc = open_source(p, &source, err)) == KL_OK)
		rc = read_pages(p, &source, err);
	/* Nobody promises that a cursor is good for ever. */
	if (resumed && source.pages == 0 &&
	    (rc == KL_EREFUSED || rc == KL_EDATA)) {
		kl_source_free(&source);
		if ((rc = pull_state_restart(p, err)) == KL_OK &&
		    (rc = open_source(p, &source, err)) == KL_OK)
			rc = read_pages(p, &source, err);
	}
	kl_source_free(&source);
	kl_shape_free(&p->shaper);
	if (rc == KL_OK && p->state != NULL)
		rc = pull_state_left(p, err);
	return rc;
}
