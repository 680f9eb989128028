/* SPDX-License-Identifier: MIT */
/*
 * mapping-row.c - run a mapping on a row of a text table.
 *
 * The record that kl_table_put() would make of the row is never made: a slot is
 * a column, whose value is taken where it stands, and columns that no field
 * asks for cost nothing.
 */

#include <stdlib.h>

#include "mapping-copy.h"

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
	struct op *op;
	uint32_t i;

	free(m->column);
	if ((m->column = calloc(s->n + 1U, sizeof(*m->column))) == NULL)
		return kl_err_nomem(err);
	for (i = 0; i < s->n; i++) {
		m->column[i] = column_of(&s->slot[i], t);
		s->slot[i].seen |= m->column[i] != NO_SLOT;
	}
	for (op = m->op; op < m->op_end; op++)
		op->column = op->slot == NO_SLOT
		    ? 0
		    : m->column[op->slot] + 1; /* NO_SLOT + 1 is 0 */
	m->converter.field = member;
	return learn_names(s, t, err);
}

/* What begins before can be read KEY_SHORT bytes far; from there on values are
 * copied byte by byte. */
static const char *
safe_end(const struct kl_csv_row *row)
{
	size_t n = row->raw.n;

	return n < KEY_SHORT ? row->raw.s : row->raw.s + n - KEY_SHORT + 1;
}

/*
 * From op on, what only takes copying, of a row whose values can stand in JSON
 * as they are.  Returns what takes more than that, or the end.
 */
static const struct op *
put_copies(const struct kl_mapping *m, struct writing *w,
    const struct kl_csv_row *row, const struct op *op)
{
	const char *safe = safe_end(row);
	struct copying c = copying_of(w);
	struct kl_span v;

	for (; op < m->op_end; op++) {
		if (op->how >= HOW_ENTER) {
			if (!copying_ready(w, &c, op, 0))
				return m->op_end;
			copying_move(w, &c, op);
			continue;
		}
		if (!op->copies)
			break;
		v = op->column == 0 ? (struct kl_span){ NULL, 0 }
				    : row->field[op->column - 1];
		if (v.n == 0 && (op->column == 0 || !op->keeps)) {
			if (!op->drops)
				break;
			continue;
		}
		if (!copying_ready(w, &c, op, v.n + 2))
			return m->op_end;
		copying_key(&c, op, SIZE_MAX);
		*c.to++ = '"';
		if (LIKELY(v.s < safe))
			c.to = copy_bytes(c.to, v.s, v.n);
		else
			c.to = (char *)memcpy(c.to, v.s, v.n) + v.n;
		*c.to++ = '"';
	}
	copying_settle(w, &c);
	return op;
}

/* Enter or leave an object, by itself. */
static void
move(struct writing *w, const struct op *op)
{
	struct copying c = copying_of(w);

	if (!copying_ready(w, &c, op, 0))
		return;
	copying_move(w, &c, op);
	copying_settle(w, &c);
}

/* Any row: each value is seen to by itself. */
static enum kl_rc
put_fields(struct kl_mapping *m, struct writing *w,
    const struct kl_csv_row *row, struct kl_err *err)
{
	const struct op *op;
	enum kl_rc rc;

	for (op = m->op; op < m->op_end; op++) {
		if (row->plain && (op = put_copies(m, w, row, op)) == m->op_end)
			break;
		if (op->how >= HOW_ENTER) {
			move(w, op);
			continue;
		}
		rc = mapping_put_value(m, w, op, value_of(m, row, op->slot),
		    err);
		if (rc != KL_OK)
			return rc;
	}
	return KL_OK;
}

enum kl_rc
kl_mapping_row(struct kl_mapping *m, const struct kl_csv_row *row,
    struct kl_buf *b, struct kl_err *err)
{
	struct writing w = { .b = b };
	struct reading r = { .m = m, .row = row };
	enum kl_rc rc;
	uint32_t i;

	for (i = 0; i < m->wheres; i++)
		if (!where_holds(&m->where[i],
			value_of(m, row, m->where[i].slot)))
			return KL_AGAIN;
	m->converter.ctx = &r;
	if (!mapping_begin(&w))
		return kl_buf_check(b, err);
	rc = put_fields(m, &w, row, err);
	m->converter.ctx = NULL;
	if (rc != KL_OK)
		return rc;
	if (b->rc == KL_OK)
		mapping_end(&w);
	return kl_buf_check(b, err);
}
