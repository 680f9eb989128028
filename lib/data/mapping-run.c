/* SPDX-License-Identifier: MIT */
/*
 * mapping-run.c - run a mapping on a record.
 */

#include "letters.h"
#include "mapping-copy.h"

#define LOWER_MAX ((size_t)64) /* and KEY_SHORT or more */

/* The record at hand is told to conversions through this. */
struct reading {
	struct kl_mapping *m;
	const struct kl_json *doc;
};

struct kl_value
mapping_member(void *ctx, uint32_t slot)
{
	const struct reading *r = ctx;

	return kl_value_of(r->doc, r->m->slots.node[slot]);
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
mapping_put_value(struct kl_mapping *m, struct writing *w, const struct op *op,
    struct kl_value v, struct kl_err *err)
{
	struct field *f = m->field[op->field];
	enum kl_rc rc;

	rc = kl_convert_run(f->convert, &m->converter, &v, err);
	if (rc == KL_OK && f->finish != NULL)
		rc = kl_convert_run(f->finish, &m->converter, &v, err);
	if (rc != KL_OK)
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
	kl_buf_put(w->b, op->key, op->key_n);
	kl_value_put(w->b, &v);
	return KL_OK;
}

/* What the field is made from; 0 if that is absent. */
static inline uint32_t
node_of(const struct kl_mapping *m, const struct op *op)
{
	return op->slot == NO_SLOT ? 0 : m->slots.node[op->slot];
}

static enum kl_rc
put_field(struct kl_mapping *m, struct writing *w, const struct op *op,
    struct kl_err *err)
{
	struct kl_value v = kl_value_of(w->doc, node_of(m, op));

	return mapping_put_value(m, w, op, v, err);
}

/* The last offset from which KEY_SHORT bytes can be read: from there on values
 * are copied byte by byte.  Negative if there is none. */
static ptrdiff_t
safe_end(const struct kl_json *doc)
{
	return (ptrdiff_t)(doc->n + doc->spare) - KEY_SHORT;
}

/* No control character, blank or character outside ASCII. */
static inline bool
is_ink(char c)
{
	return c > ' ';
}

/*
 * Write a text in small letters: an address, most often.  False if it takes
 * more than that: if it is no text, or not plain, or if there is something to
 * trim.
 */
static inline bool
put_lower(const struct kl_mapping *m, struct writing *w, struct copying *c,
    const struct op *op)
{
	const struct kl_json_node *node = &w->doc->node[node_of(m, op)];
	const char *s = w->doc->s + node->at;
	char low[LOWER_MAX];
	size_t n = node->n;

	if (node->type != KL_JSON_STRING || node->esc || n < 3 ||
	    n > LOWER_MAX || !is_ink(s[1]) || !is_ink(s[n - 2]) ||
	    !letters_lower_ascii(low, s, n))
		return false;
	if (copying_ready(w, c, op, n)) {
		copying_key(c, op, SIZE_MAX);
		c->to = copy_bytes(c->to, low, n);
	}
	return true;
}

/*
 * From op on, what only takes copying, as most fields do, or nothing at all:
 * where there is no value, no bytes of it are copied.  Returns what takes more
 * than that, or the end.
 */
static const struct op *
put_copies(const struct kl_mapping *m, struct writing *w, const struct op *op)
{
	const struct op *stop = m->op_end;
	const struct kl_json_node *all_nodes = w->doc->node, *node;
	const char *s = w->doc->s, *from;
	ptrdiff_t safe = safe_end(w->doc);
	const uint32_t *nodes = m->slots.node;
	struct copying c = copying_of(w);
	uint32_t at;
	size_t n, all; /* all bits set, or none if there is no value */

	for (; op < stop; op++) {
		if (UNLIKELY(op->how > HOW_DROPS)) {
			if (op->how == HOW_MORE ||
			    (op->how == HOW_LOWER && !put_lower(m, w, &c, op)))
				break;
			if (op->how == HOW_LOWER)
				continue;
			if (!copying_ready(w, &c, op, 0))
				return stop;
			copying_move(w, &c, op);
			continue;
		}
		at = nodes[op->slot];
		node = &all_nodes[at];
		all = 0 - (size_t)(at != 0);
		if (op->how == HOW_DROPS)
			all &= (size_t)copying_is_empty(node) - 1;
		n = node->n & all;
		if (!copying_ready(w, &c, op, n))
			return stop;
		copying_key(&c, op, all);
		from = s + node->at;
		if (LIKELY((ptrdiff_t)node->at <= safe))
			c.to = copy_bytes(c.to, from, n);
		else
			c.to = (char *)memcpy(c.to, from, n) + n;
	}
	copying_settle(w, &c);
	return op;
}

/* All steps of the record, whatever members it has. */
static enum kl_rc
put_steps(struct kl_mapping *m, struct writing *w, struct kl_err *err)
{
	const struct op *op;
	enum kl_rc rc;

	for (op = m->op; (op = put_copies(m, w, op)) < m->op_end; op++)
		if ((rc = put_field(m, w, op, err)) != KL_OK)
			return rc;
	return KL_OK;
}

/* Find the slots of a record that is not like the last. */
static bool
find_slots(struct kl_mapping *m, const struct kl_json *doc)
{
	m->alike = 0;
	return slots_find(&m->slots, doc);
}

enum kl_rc
kl_mapping_run(struct kl_mapping *m, const struct kl_json *doc,
    struct kl_buf *b, struct kl_err *err)
{
	struct writing w = { .b = b, .doc = doc };
	struct reading r = { .m = m, .doc = doc };
	enum kl_rc rc;
	bool staged = slots_still(&m->slots, doc);
	uint32_t i;

	if (staged)
		staged = mapping_stages_ready(m);
	else if (!find_slots(m, doc))
		return kl_err_nomem(err);
	for (i = 0; i < m->wheres; i++)
		if (!where_true(&m->where[i], &m->slots, doc))
			return m->slots.tmp.rc == KL_OK ? KL_AGAIN
							: kl_err_nomem(err);
	m->converter.ctx = &r;
	if (!mapping_begin(&w))
		return kl_buf_check(b, err);
	rc = staged && mapping_stages_room(m, &w)
	    ? mapping_stages_run(m, &w, err)
	    : put_steps(m, &w, err);
	if (rc != KL_OK)
		return rc;
	if (b->rc == KL_OK)
		mapping_end(&w);
	return kl_buf_check(b, err);
}
