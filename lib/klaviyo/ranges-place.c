/* SPDX-License-Identifier: MIT */
/* ranges-place.c - a plan as text, to go on from. */

#include "kl/json.h"
#include "ranges.h"

/* Of a range, as bits. */
#define ALONE 1
#define LAST 2
/* Of a plan. */
#define PROBED 1
#define TOPPED 2

/* Densities are kept in rows in so many seconds. */
#define DENSITY 1e6

/* --- out ------------------------------------------------------------------ */

static void
put_ids(struct kl_buf *b, const char *name, const struct kl_numbers *l)
{
	size_t i;

	kl_json_put_name(b, name);
	kl_buf_putc(b, '[');
	for (i = 0; i < l->n; i++)
		kl_buf_printf(b, "%s%lld", i > 0 ? "," : "",
		    (long long)(int64_t)l->v[i]);
	kl_buf_putc(b, ']');
}

static void
put_chain(struct kl_buf *b, const char *name, const struct chain *c, bool both)
{
	if (!c->on)
		return;
	kl_json_put_name(b, name);
	kl_buf_putc(b, '{');
	kl_json_put_int(b, "bound", c->bound);
	if (c->any)
		kl_json_put_int(b, "pos", c->pos);
	if (c->cursor.value.n > 0)
		kl_json_put_span(b, "cursor",
		    (struct kl_span){ c->cursor.value.s, c->cursor.value.n });
	if (both && c->any) {
		put_ids(b, "recent", &c->recent);
		put_ids(b, "head", &c->head);
	}
	kl_buf_putc(b, '}');
}

static void
put_range(struct kl_buf *b, const struct range *r)
{
	double d = r->density * DENSITY;

	kl_json_put_comma(b);
	kl_buf_putc(b, '{');
	kl_json_put_int(b, "lo", r->lo);
	kl_json_put_int(b, "hi", r->hi);
	kl_json_put_int(b, "is", (r->alone ? ALONE : 0) | (r->last ? LAST : 0));
	kl_json_put_int(b, "density", d < 1e15 ? (int64_t)d : (int64_t)1e15);
	put_chain(b, "up", &r->up, r->down.on);
	put_chain(b, "down", &r->down, r->up.on);
	kl_buf_putc(b, '}');
}

void
plan_put(const struct plan *p, struct kl_buf *b)
{
	const struct range *r;

	kl_buf_putc(b, '{');
	kl_json_put_int(b, "newest", p->newest);
	kl_json_put_int(b, "is",
	    (p->probed ? PROBED : 0) | (p->topped ? TOPPED : 0));
	kl_json_put_name(b, "ranges");
	kl_buf_putc(b, '[');
	for (r = p->first; r != NULL; r = r->next)
		if (!r->done)
			put_range(b, r);
	kl_buf_puts(b, "]}");
}

/* --- in ------------------------------------------------------------------- */

static bool
get_int(const struct kl_json *doc, uint32_t obj, const char *name, int64_t *to)
{
	uint32_t at = kl_json_get(doc, obj, name);

	return at != 0 && kl_json_int(doc, at, to);
}

static bool
get_ids(const struct kl_json *doc, uint32_t obj, const char *name,
    struct kl_numbers *to)
{
	uint32_t at = kl_json_get(doc, obj, name);
	int64_t v;

	if (at == 0)
		return true;
	kl_json_each (e, doc, at)
		if (!kl_json_int(doc, e, &v) ||
		    !kl_numbers_add(to, (uint64_t)v))
			return false;
	return true;
}

static bool
get_chain(const struct kl_json *doc, uint32_t obj, const char *name,
    struct chain *c)
{
	uint32_t at = kl_json_get(doc, obj, name), cursor;
	struct kl_buf tmp = { 0 };

	if (at == 0)
		return true;
	c->on = true;
	c->any = get_int(doc, at, "pos", &c->pos);
	if ((cursor = kl_json_get(doc, at, "cursor")) != 0) {
		kl_buf_span(&c->cursor.value, kl_json_text(doc, cursor, &tmp));
		kl_buf_free(&tmp);
	}
	return get_int(doc, at, "bound", &c->bound) &&
	    c->cursor.value.rc == KL_OK &&
	    get_ids(doc, at, "recent", &c->recent) &&
	    get_ids(doc, at, "head", &c->head);
}

static bool
get_range(struct plan *p, const struct kl_json *doc, uint32_t obj)
{
	int64_t lo, hi, is, density;
	struct range *r;

	if (!get_int(doc, obj, "lo", &lo) || !get_int(doc, obj, "hi", &hi) ||
	    !get_int(doc, obj, "is", &is) ||
	    !get_int(doc, obj, "density", &density) || lo >= hi ||
	    (r = plan_add(p, lo, hi)) == NULL)
		return false;
	r->alone = is & ALONE;
	r->last = is & LAST;
	r->density = (double)density / DENSITY;
	return get_chain(doc, obj, "up", &r->up) &&
	    get_chain(doc, obj, "down", &r->down) && (r->up.on || r->down.on);
}

enum kl_rc
plan_get(struct plan *p, struct kl_span text, struct kl_err *err)
{
	struct kl_json doc = { 0 };
	uint32_t ranges;
	int64_t is = 0;
	bool good = false;

	if (kl_json_scan(&doc, text.s, text.n, NULL) == KL_OK &&
	    get_int(&doc, 0, "newest", &p->newest) &&
	    get_int(&doc, 0, "is", &is) &&
	    (ranges = kl_json_get(&doc, 0, "ranges")) != 0) {
		good = kl_json_type(&doc, ranges) == KL_JSON_ARRAY;
		kl_json_each (e, &doc, ranges)
			good = good && get_range(p, &doc, e);
		p->probed = is & PROBED;
		p->topped = is & TOPPED;
	}
	kl_json_free(&doc);
	if (good)
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA, "the place to go on from is damaged");
	kl_err_code(err, "place");
	return KL_EDATA;
}
