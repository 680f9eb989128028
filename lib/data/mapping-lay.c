/* SPDX-License-Identifier: MIT */
/*
 * mapping-lay.c - lay the fields of a mapping out, to be run.
 *
 * They are put in the order in which they are written: members of one object
 * stand together, so that running is one pass over the fields and every object
 * is opened and closed once, and only if something is in it.
 */

#include <stdlib.h>
#include <string.h>

#include "mapping-priv.h"

/* The group of that name within parent, made if it is new. */
static uint32_t
group_of(struct kl_mapping *m, uint32_t parent, struct kl_span name)
{
	struct group *g;
	uint32_t i;

	for (i = 1; i < m->groups; i++)
		if (m->group[i].parent == parent &&
		    kl_span_eq(m->group[i].name, name))
			return i;
	g = &m->group[m->groups];
	g->parent = parent;
	g->name = name;
	kl_buf_putc(&g->open, ',');
	kl_json_put_text(&g->open, name.s, name.n);
	kl_buf_puts(&g->open, ":{");
	return m->groups++;
}

/* The name a field is written under. */
static struct kl_span
name_of(const struct kl_mapping *m, const struct field *f)
{
	return m->opt.reverse ? span_of(&f->origin) : f->to.part[f->to.n - 1];
}

static void
set_key(struct kl_mapping *m, struct field *f)
{
	struct kl_span name = name_of(m, f);
	size_t i;

	f->group = 0;
	for (i = 0; !m->opt.reverse && i + 1 < f->to.n; i++)
		f->group = group_of(m, f->group, f->to.part[i]);
	kl_buf_putc(&f->key, ',');
	kl_json_put_text(&f->key, name.s, name.n);
	kl_buf_putc(&f->key, ':');
}

/* Append the fields of a group to order, then those of the groups in it. */
static void
put_in_order(const struct kl_mapping *m, uint32_t group, struct field **order,
    uint32_t *n)
{
	uint32_t i;

	for (i = 0; i < m->fields; i++)
		if (m->field[i]->group == group)
			order[(*n)++] = m->field[i];
	for (i = group + 1; i < m->groups; i++)
		if (m->group[i].parent == group)
			put_in_order(m, i, order, n);
}

/* Make the buffer as long as is read of it. */
static enum kl_rc
lengthen(struct kl_buf *b, struct kl_err *err)
{
	enum kl_rc rc;

	(void)kl_buf_room(b, KEY_SHORT);
	if ((rc = kl_buf_check(b, err)) == KL_OK)
		memset(b->s + b->n, 0, KEY_SHORT);
	return rc;
}

/* What the field writes before its value if the one before was written. */
static enum kl_rc
make_join(struct kl_mapping *m, uint32_t i, struct kl_err *err)
{
	struct op *op = &m->op[i];
	struct kl_buf *join = &m->field[i]->join;
	struct writing w = { .b = join,
		.group = i == 0 ? 0 : op[-1].group,
		.first = i == 0,
		.next = i };

	mapping_put_key(m, &w, op);
	if (lengthen(join, err) != KL_OK)
		return err->rc;
	op->join = join->s;
	op->join_n = (uint32_t)join->n;
	return KL_OK;
}

static enum kl_rc
make_op(struct kl_mapping *m, uint32_t i, struct kl_err *err)
{
	struct field *f = m->field[i];
	bool all = m->opt.keep_empty || m->opt.reverse;

	if (lengthen(&f->key, err) != KL_OK)
		return err->rc;
	m->op[i] = (struct op){ .key = f->key.s,
		.key_n = (uint32_t)f->key.n,
		.slot = f->slot,
		.group = f->group,
		.copies = f->convert == NULL && f->finish == NULL &&
		    f->slot != NO_SLOT,
		.lowers = f->finish == NULL && kl_convert_lowers(f->convert),
		.keeps = all && !f->required,
		.drops = !all && !f->required };
	return make_join(m, i, err);
}

static enum kl_rc
make_ops(struct kl_mapping *m, struct kl_err *err)
{
	enum kl_rc rc;
	uint32_t i;

	if ((m->op = calloc(m->fields, sizeof(*m->op))) == NULL)
		return kl_err_nomem(err);
	for (i = 0; i < m->groups; i++)
		if ((rc = kl_buf_check(&m->group[i].open, err)) != KL_OK)
			return rc;
	for (i = 0; i < m->fields; i++)
		if ((rc = make_op(m, i, err)) != KL_OK)
			return rc;
	return KL_OK;
}

/* Groups are made in the order of their ranks. */
enum kl_rc
mapping_lay_out(struct kl_mapping *m, struct kl_err *err)
{
	struct field **order;
	uint32_t i, n = 0;
	int rank;

	m->group = calloc((size_t)m->fields * PARTS + 1, sizeof(*m->group));
	order = calloc(m->cap, sizeof(struct field *));
	if (m->group == NULL || order == NULL) {
		free(order);
		return kl_err_nomem(err);
	}
	m->groups = 1;
	for (rank = RANK_TOP; rank <= RANK_CONSENT; rank++)
		for (i = 0; i < m->fields; i++)
			if ((int)m->field[i]->to.rank == rank)
				set_key(m, m->field[i]);
	put_in_order(m, 0, order, &n);
	free(m->field);
	m->field = order;
	return make_ops(m, err);
}
