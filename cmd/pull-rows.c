/* SPDX-License-Identifier: MIT */
/* pull-shape.c - pages taken and rows written, whoever asks for the pages. */

#include <unistd.h>

#include "connect.h"
#include "kl/lists.h"
#include "kl/ranges.h"
#include "pull.h"

/* The rows of one resource. */
static enum kl_rc
write_rows(struct pull *p, uint32_t node, struct kl_err *err)
{
	uint32_t i;
	enum kl_rc rc;

	for (i = 0;; i++) {
		rc = kl_shape_put(&p->shaper, kl_out_begin(p->out), node, i,
		    err);
		if (rc != KL_OK) {
			kl_out_abandon(p->out);
			return rc == KL_EOF ? KL_OK : rc;
		}
		if ((rc = kl_out_commit(p->out, err)) != KL_OK)
			return rc;
		p->rows++;
		kl_progress_tick(p->bar, p->rows, p->rows);
	}
}

/* Every resource of one page, then out with them. */
static enum kl_rc
write_page(struct pull *p, const struct kl_page *page, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = kl_shape_page(&p->shaper, page, err)) != KL_OK)
		return rc;
	kl_page_each(e,
	    page) if ((rc = write_rows(p, e, err)) != KL_OK) return rc;
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
	if (p->query.r->res == KL_RES_MEMBERS)
		(void)kl_list_count(p->client, kl_buf_str(&p->query.id), &total,
		    NULL);
	p->bar = kl_progress_new(STDERR_FILENO, "kl-pull", total);
	cmd_before_speaking(clear_bar, p->bar);
	cmd_connect_bar(p->bar);
}

/* Several pages at once, where there is a time by which they can be had. */
static enum kl_rc
open_source(struct pull *p, struct kl_source *to, struct kl_err *err)
{
	const struct kl_range_by *by = &p->query.r->range;

	if (by->field == NULL || (p->in_flight == 1 && !pull_opt.ordered))
		return kl_source_walk(to, p->client, &p->query, NULL, err);
	return kl_source_ranges(to, p->client, &p->query, by, p->in_flight,
	    err);
}

enum kl_rc
pull_rows(struct pull *p, struct kl_err *err)
{
	struct kl_source source = { 0 };
	struct kl_page page;
	enum kl_rc rc;

	open_bar(p);
	p->shaper.shape = p->query.r->shape;
	p->shaper.hidden = p->query.hidden;
	rc = open_source(p, &source, err);
	while (rc == KL_OK &&
	    (rc = kl_source_next(&source, &page, err)) == KL_OK) {
		p->pages = source.pages;
		rc = write_page(p, &page, err);
	}
	kl_source_free(&source);
	kl_shape_free(&p->shaper);
	return rc == KL_EOF ? KL_OK : rc;
}
