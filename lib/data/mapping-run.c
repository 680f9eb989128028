/* SPDX-License-Identifier: MIT */
/*
 * mapping-run.c - run a mapping on a record.
 */

#include <string.h>

#include "mapping-priv.h"

/* The record at hand is told to conversions through this. */
struct reading {
	struct kl_mapping *m;
	const struct kl_json *doc;
};

struct kl_value
mapping_member(void *ctx, uint32_t slot)
{
	const struct reading *r = ctx;

	return kl_value_of(r->doc, r->m->slots.now[slot].node);
}

static bool
is_within(const struct kl_mapping *m, uint32_t group, uint32_t outer)
{
	while (group != outer && group != 0)
		group = m->group[group].parent;
	return group == outer;
}

void
mapping_go_to(const struct kl_mapping *m, struct writing *w, uint32_t group)
{
	uint32_t chain[PARTS] = { 0 }, g;
	size_t n = 0;
	const struct kl_buf *open;

	while (!is_within(m, group, w->group)) {
		kl_buf_putc(w->b, '}');
		w->group = m->group[w->group].parent;
		w->first = false;
	}
	for (g = group; g != w->group; g = m->group[g].parent)
		chain[n++] = g;
	while (n > 0) {
		open = &m->group[chain[--n]].open;
		kl_buf_put(w->b, open->s + w->first, open->n - w->first);
		w->first = true;
	}
	w->group = group;
}

static enum kl_rc
refuse_missing(const struct field *f, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "required, but absent, null or empty");
	kl_err_code(err, "required_missing");
	kl_err_hint(err, "fill it in, or take \"required\" out of the mapping");
	kl_err_field(err, f->origin.s, f->origin.n);
	return KL_EDATA;
}

/* A value that cannot be converted: refuse the record, or leave it out. */
static enum kl_rc
not_converted(struct kl_mapping *m, struct field *f, struct kl_err *err)
{
	kl_err_field(err, f->origin.s, f->origin.n);
	if (!m->opt.omit)
		return KL_EDATA;
	if (f->omitted++ == 0)
		memcpy(f->code, err->code, sizeof(f->code));
	return f->required ? refuse_missing(f, err) : KL_OK;
}

enum kl_rc
mapping_put_value(struct kl_mapping *m, struct writing *w, uint32_t i,
    struct kl_value v, struct kl_err *err)
{
	struct field *f = m->field[i];
	enum kl_rc rc;

	if ((rc = kl_convert_run(f->convert, &m->converter, &v, err)) !=
		KL_OK ||
	    (rc = kl_convert_run(f->finish, &m->converter, &v, err)) != KL_OK)
		return rc == KL_EDATA ? not_converted(m, f, err) : rc;
	if (kl_value_missing(&v)) {
		if (f->required)
			return refuse_missing(f, err);
		if (m->opt.reverse && v.type == 0) {
			v.s = KL_SPAN("null");
			v.type = KL_JSON_NULL;
		} else if (v.type == 0 ||
		    (!m->opt.keep_empty && !m->opt.reverse)) {
			return KL_OK;
		}
	}
	mapping_put_key(m, w, &m->op[i]);
	kl_value_put(w->b, &v);
	return KL_OK;
}

static enum kl_rc
put_field(struct kl_mapping *m, struct writing *w, uint32_t i,
    struct kl_err *err)
{
	uint32_t slot = m->field[i]->slot;
	struct kl_value v = { 0 };

	if (slot != NO_SLOT)
		v = kl_value_of(w->doc, m->slots.now[slot].node);
	return mapping_put_value(m, w, i, v, err);
}

/*
 * A field that is only copied, as most are.  False if it takes more than
 * that.
 */
static inline bool
put_copy(const struct kl_mapping *m, struct writing *w, const struct op *op)
{
	const struct kl_json_node *node;
	struct kl_buf *b = w->b;
	size_t key_n, n;
	uint32_t i;

	if (!op->copies || (i = m->slots.now[op->slot].node) == 0)
		return false;
	node = &w->doc->node[i];
	n = node->n;
	if (node->type == KL_JSON_NULL ||
	    (node->type == KL_JSON_STRING && n == 2))
		return false;
	if (op->group != w->group)
		mapping_go_to(m, w, op->group);
	key_n = op->key_n - w->first;
	if (b->cap - b->n < key_n + n + KEY_SHORT &&
	    !kl_buf_room(b, key_n + n + KEY_SHORT))
		return true; /* which sticks */
	mapping_copy_short(b->s + b->n, op->key + w->first, key_n, true);
	b->n += key_n;
	mapping_copy_short(b->s + b->n, w->doc->s + node->at, n,
	    w->doc->n - node->at >= KEY_SHORT);
	b->n += n;
	w->first = false;
	return true;
}

enum kl_rc
kl_mapping_run(struct kl_mapping *m, const struct kl_json *doc,
    struct kl_buf *b, struct kl_err *err)
{
	struct writing w = { .b = b, .doc = doc, .first = true };
	struct reading r = { .m = m, .doc = doc };
	enum kl_rc rc;
	uint32_t i;

	if (!slots_find(&m->slots, doc))
		return kl_err_nomem(err);
	for (i = 0; i < m->wheres; i++)
		if (!where_true(&m->where[i], &m->slots, doc))
			return m->slots.tmp.rc == KL_OK ? KL_AGAIN
							: kl_err_nomem(err);
	m->converter.ctx = &r;
	kl_buf_putc(b, '{');
	for (i = 0; i < m->fields; i++)
		if (!put_copy(m, &w, &m->op[i]) &&
		    (rc = put_field(m, &w, i, err)) != KL_OK)
			return rc;
	mapping_go_to(m, &w, 0);
	kl_buf_putc(b, '}');
	return kl_buf_check(b, err);
}
