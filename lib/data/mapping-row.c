/* SPDX-License-Identifier: MIT */
/*
 * mapping-row.c - run a mapping on a row of a text table.
 *
 * The record that kl_table_put() would make of the row is never made: a slot is
 * a column, whose value is taken where it stands, and columns that no field
 * asks for cost nothing.
 */

#include <stdlib.h>

#include "mapping-priv.h"

/* The row at hand is told to conversions through this. */
struct reading {
	const struct kl_mapping *m;
	const struct kl_csv_row *row;
};

static struct kl_value
value_of(const struct kl_mapping *m, const struct kl_csv_row *row,
    uint32_t slot)
{
	struct kl_value v = { 0 };

	if (slot == NO_SLOT || m->column[slot] == NO_SLOT)
		return v;
	v.s = row->field[m->column[slot]];
	v.type = KL_JSON_STRING;
	v.form = row->plain ? KL_CLEAN : KL_TEXT;
	return v;
}

static struct kl_value
member(void *ctx, uint32_t slot)
{
	const struct reading *r = ctx;

	return value_of(r->m, r->row, slot);
}

/* The column of the slot; NO_SLOT if there is none.  Text holds no members,
 * so what is within another slot, or a path, has none. */
static uint32_t
column_of(const struct slot *slot, const struct kl_table *t)
{
	size_t i, n = kl_table_columns(t);

	for (i = 0; i < n && slot->parent == NO_SLOT; i++)
		if (kl_span_eq(kl_table_name(t, i), span_of(&slot->name)))
			return (uint32_t)i;
	return NO_SLOT;
}

/* Remember the names, to propose one of them for an origin that is none. */
static enum kl_rc
learn_names(struct slots *s, const struct kl_table *t, struct kl_err *err)
{
	size_t i, n = kl_table_columns(t);

	kl_buf_reset(&s->heard);
	for (i = 0; i < n && i < HEARD; i++)
		slots_hear(s, kl_table_name(t, i));
	return kl_buf_check(&s->heard, err);
}

enum kl_rc
kl_mapping_bind(struct kl_mapping *m, const struct kl_table *t,
    struct kl_err *err)
{
	struct slots *s = &m->slots;
	uint32_t i;

	free(m->column);
	if ((m->column = calloc(s->n + 1U, sizeof(*m->column))) == NULL)
		return kl_err_nomem(err);
	for (i = 0; i < s->n; i++) {
		m->column[i] = column_of(&s->slot[i], t);
		s->slot[i].seen |= m->column[i] != NO_SLOT;
	}
	m->converter.field = member;
	return learn_names(s, t, err);
}

/*
 * A field that is only copied, from a row whose values can stand in JSON as
 * they are.  False if it takes more than that.
 */
static inline bool
put_copy(const struct kl_mapping *m, struct writing *w, const struct op *op,
    const struct kl_csv_row *row)
{
	const char *end = row->raw.s + row->raw.n;
	struct kl_buf *b = w->b;
	struct kl_span v;
	size_t key_n;
	char *p;

	if (!op->copies || m->column[op->slot] == NO_SLOT)
		return false;
	v = row->field[m->column[op->slot]];
	if (v.n == 0)
		return false;
	if (op->group != w->group)
		mapping_go_to(m, w, op->group);
	key_n = op->key_n - w->first;
	if (b->cap - b->n < key_n + v.n + 2 + KEY_SHORT &&
	    !kl_buf_room(b, key_n + v.n + 2 + KEY_SHORT))
		return true; /* which sticks */
	p = b->s + b->n;
	mapping_copy_short(p, op->key + w->first, key_n, true);
	p += key_n;
	*p++ = '"';
	mapping_copy_short(p, v.s, v.n, (size_t)(end - v.s) >= KEY_SHORT);
	p += v.n;
	*p++ = '"';
	b->n = (size_t)(p - b->s);
	w->first = false;
	return true;
}

enum kl_rc
kl_mapping_row(struct kl_mapping *m, const struct kl_csv_row *row,
    struct kl_buf *b, struct kl_err *err)
{
	struct writing w = { .b = b, .first = true };
	struct reading r = { .m = m, .row = row };
	enum kl_rc rc;
	uint32_t i;

	for (i = 0; i < m->wheres; i++)
		if (!where_holds(&m->where[i],
			value_of(m, row, m->where[i].slot)))
			return KL_AGAIN;
	m->converter.ctx = &r;
	kl_buf_putc(b, '{');
	for (i = 0; i < m->fields; i++)
		if (!(row->plain && put_copy(m, &w, &m->op[i], row)) &&
		    (rc = mapping_put_value(m, &w, i,
			 value_of(m, row, m->op[i].slot), err)) != KL_OK)
			return rc;
	mapping_go_to(m, &w, 0);
	kl_buf_putc(b, '}');
	return kl_buf_check(b, err);
}
