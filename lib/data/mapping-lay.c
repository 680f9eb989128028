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
	kl_buf_putc(&g->open, ':');
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

/* Write the text before what follows; as much of it can be read as is. */
static enum kl_rc
set_text(struct op *op, struct kl_buf *b, struct kl_err *err)
{
	enum kl_rc rc;

	(void)kl_buf_room(b, KEY_SHORT);
	if ((rc = kl_buf_check(b, err)) != KL_OK)
		return rc;
	memset(b->s + b->n, 0, KEY_SHORT);
	op->key = b->s;
	op->key_n = (uint32_t)b->n;
	return KL_OK;
}

/* What is to be done with the values of a field.  What is absent is null in
 * reverse, and a fault where it is required. */
static enum how
how_of(const struct kl_mapping *m, const struct field *f, struct op *op)
{
	if (f->finish == NULL && f->slot != NO_SLOT &&
	    kl_convert_lowers(f->convert, &op->trims))
		return HOW_LOWER;
	if (!op->copies || f->required || m->opt.reverse)
		return HOW_MORE;
	return op->keeps ? HOW_KEEPS : HOW_DROPS;
}

static enum kl_rc
make_op(struct kl_mapping *m, uint32_t i, struct kl_err *err)
{
	struct field *f = m->field[i];
	bool all = m->opt.keep_empty || m->opt.reverse;
	struct op *op = m->op_end++;

	*op = (struct op){ .field = i,
		.slot = f->slot,
		.copies = f->convert == NULL && f->finish == NULL &&
		    f->slot != NO_SLOT,
		.keeps = all && !f->required,
		.drops = !all && !f->required };
	op->how = (uint8_t)how_of(m, f, op);
	return set_text(op, &f->key, err);
}

/* Groups that the group is in, and itself, but for the result as a whole. */
static uint8_t
depth_of(const struct kl_mapping *m, uint32_t group)
{
	uint8_t depth = 0;

	for (; group != 0; group = m->group[group].parent)
		depth++;
	return depth;
}

/* Enter or leave a group. */
static enum kl_rc
make_move(struct kl_mapping *m, enum how how, uint32_t group,
    struct kl_err *err)
{
	struct op *op = m->op_end++;

	*op = (struct op){ .how = (uint8_t)how,
		.slot = NO_SLOT,
		.depth = depth_of(m, group) };
	return set_text(op, &m->group[group].open, err);
}

/* Enter a group of the one that is open, or one in it. */
static enum kl_rc
make_enter(struct kl_mapping *m, uint32_t open, uint32_t group,
    struct kl_err *err)
{
	struct group *g = &m->group[group];

	if (g->parent != open && make_enter(m, open, g->parent, err) != KL_OK)
		return err->rc;
	return make_move(m, HOW_ENTER, group, err);
}

static bool
is_within(const struct kl_mapping *m, uint32_t group, uint32_t outer)
{
	while (group != outer && group != 0)
		group = m->group[group].parent;
	return group == outer;
}

/* All that is to be done, in its order. */
static enum kl_rc
make_ops(struct kl_mapping *m, struct kl_err *err)
{
	uint32_t i, open = 0, group;

	m->op =
	    calloc((size_t)m->fields + 2 * (size_t)m->groups, sizeof(*m->op));
	if ((m->op_end = m->op) == NULL)
		return kl_err_nomem(err);
	for (i = 0; i < m->fields; i++) {
		group = m->field[i]->group;
		for (; !is_within(m, group, open); open = m->group[open].parent)
			if (make_move(m, HOW_LEAVE, open, err) != KL_OK)
				return err->rc;
		if (group != open && make_enter(m, open, group, err) != KL_OK)
			return err->rc;
		open = group;
		if (make_op(m, i, err) != KL_OK)
			return err->rc;
	}
	for (; open != 0; open = m->group[open].parent)
		if (make_move(m, HOW_LEAVE, open, err) != KL_OK)
			return err->rc;
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
