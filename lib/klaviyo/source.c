/* SPDX-License-Identifier: MIT */
/* source.c - the pages of a question, one after the other. */

#include <stdlib.h>
#include <string.h>

#include "kl/page.h"
#include "kl/source.h"

enum kl_rc
kl_source_next(struct kl_source *s, struct kl_page *page, struct kl_err *err)
{
	enum kl_rc rc = s->next(s->ctx, page, err);

	s->pages += rc == KL_OK;
	return rc;
}

void
kl_source_free(struct kl_source *s)
{
	if (s->free != NULL)
		s->free(s->ctx);
	*s = (struct kl_source){ 0 };
}

/* A walk along one chain of cursors. */
struct walk {
	struct kl_pages pages;
	struct kl_buf id;
};

static enum kl_rc
walk_next(void *ctx, struct kl_page *page, struct kl_err *err)
{
	struct walk *w = ctx;
	uint32_t data;
	enum kl_rc rc;

	if ((rc = kl_pages_next(&w->pages, &data, err)) == KL_OK)
		*page = (struct kl_page){ w->pages.answer.doc, data, data + 1,
			w->pages.answer.doc->node[data].next };
	return rc;
}

/* The cursor; "." is the place behind the last page, and nothing that before
 * the first. */
static void
walk_place(void *ctx, struct kl_buf *to)
{
	struct walk *w = ctx;

	if (w->pages.end)
		kl_buf_putc(to, '.');
	else if (w->pages.cursor.value.n > 0) {
		kl_buf_putc(to, '=');
		kl_buf_put(to, w->pages.cursor.value.s,
		    w->pages.cursor.value.n);
	}
}

static enum kl_rc
walk_resume(void *ctx, struct kl_span place, struct kl_err *err)
{
	struct walk *w = ctx;

	if (place.n == 0)
		return KL_OK;
	if (place.n == 1 && place.s[0] == '.') {
		w->pages.end = true;
		return KL_OK;
	}
	if (place.n < 2 || place.s[0] != '=')
		return kl_err_set(err, KL_EDATA, "no place of a walk");
	kl_buf_reset(&w->pages.cursor.value);
	kl_buf_put(&w->pages.cursor.value, place.s + 1, place.n - 1);
	return kl_buf_check(&w->pages.cursor.value, err);
}

static void
walk_free(void *ctx)
{
	struct walk *w = ctx;

	kl_pages_free(&w->pages);
	kl_buf_free(&w->id);
	free(w);
}

enum kl_rc
kl_source_walk(struct kl_source *to, struct kl_client *c,
    const struct kl_query *a, const char *sort, struct kl_err *err)
{
	struct walk *w = calloc(1, sizeof(*w));
	enum kl_rc rc;

	if (w == NULL)
		return kl_err_nomem(err);
	kl_buf_put(&w->id, a->id.s, a->id.n);
	kl_query_put(a, &w->pages.query, sort, (struct kl_span){ NULL, 0 },
	    (struct kl_span){ NULL, 0 });
	if ((rc = kl_buf_check(&w->id, err)) != KL_OK ||
	    (rc = kl_buf_check(&w->pages.query, err)) != KL_OK) {
		walk_free(w);
		return rc;
	}
	w->pages.client = c;
	w->pages.ep = a->ep;
	if (w->id.n > 0)
		w->pages.id = kl_buf_str(&w->id);
	*to = (struct kl_source){ w, walk_next, walk_place, walk_resume,
		walk_free, 0 };
	return KL_OK;
}
