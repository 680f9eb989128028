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
	mapping_put_key(m, w, &m->op[i]);
	kl_value_put(w->b, &v);
	return KL_OK;
}

static enum kl_rc
put_field(struct kl_mapping *m, struct writing *w, uint32_t i,
    struct kl_err *err)
{
	struct kl_value v = kl_value_of(w->doc, m->op[i].node);

	return mapping_put_value(m, w, i, v, err);
}

/* What can be read of the text, less KEY_SHORT: from there on values are
 * copied byte by byte. */
static const char *
safe_end(const struct kl_json *doc)
{
	size_t n = doc->n + doc->spare;

	return n < KEY_SHORT ? doc->s : doc->s + n - KEY_SHORT;
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
	const struct kl_json_node *node = &w->doc->node[op->node];
	const char *s = w->doc->s + node->at;
	char low[LOWER_MAX];
	size_t n = node->n;

	if (node->type != KL_JSON_STRING || node->esc || n < 3 ||
	    n > LOWER_MAX || !is_ink(s[1]) || !is_ink(s[n - 2]) ||
	    !letters_lower_ascii(low, s, n))
		return false;
	if (copying_join(m, w, c, op, n))
		c->to = copy_bytes(c->to, low, n);
	return true;
}

/*
 * The fields from i on that are only copied, as most are, and those that are
 * left out.  Returns the first that takes more than that.
 */
static uint32_t
put_copies(const struct kl_mapping *m, struct writing *w, uint32_t i)
{
	const struct kl_json *doc = w->doc;
	const struct kl_json_node *nodes = doc->node, *node;
	const struct op *op = m->op + i, *stop = m->op + m->fields;
	const char *s = doc->s, *safe = safe_end(doc), *from;
	struct copying c = copying_of(m, w);

	for (; op < stop && op->now != NOW_MORE; op++) {
		node = &nodes[op->node];
		if (!LIKELY(op->now == NOW_COPIED)) {
			if (op->now == NOW_ABSENT)
				continue;
			if (op->now == NOW_LOWER) {
				if (!put_lower(m, w, &c, op))
					break;
				continue;
			}
			if (kl_json_is_empty(doc, op->node)) {
				if (!op->drops)
					break;
				continue;
			}
		}
		if (!copying_join(m, w, &c, op, node->n))
			return m->fields;
		from = s + node->at;
		if (LIKELY(from <= safe))
			c.to = copy_bytes(c.to, from, node->n);
		else
			c.to = (char *)memcpy(c.to, from, node->n) + node->n;
	}
	copying_settle(m, w, &c);
	return (uint32_t)(op - m->op);
}

/* What is to be done with the value that a field is made from. */
static enum now
what_now(const struct op *op)
{
	if (op->lowers && op->node != 0)
		return NOW_LOWER;
	if (!op->copies || (op->node == 0 && !op->drops))
		return NOW_MORE;
	if (op->node == 0)
		return NOW_ABSENT;
	return op->keeps ? NOW_COPIED : NOW_TESTED;
}

/* Find what the fields are made from. */
static bool
find_values(struct kl_mapping *m, const struct kl_json *doc)
{
	struct op *op;

	if (slots_still(&m->slots, doc))
		return true;
	if (!slots_find(&m->slots, doc))
		return false;
	for (op = m->op; op < m->op + m->fields; op++) {
		op->node =
		    op->slot == NO_SLOT ? 0 : m->slots.now[op->slot].node;
		op->now = (uint8_t)what_now(op);
	}
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

	if (!find_values(m, doc))
		return kl_err_nomem(err);
	for (i = 0; i < m->wheres; i++)
		if (!where_true(&m->where[i], &m->slots, doc))
			return m->slots.tmp.rc == KL_OK ? KL_AGAIN
							: kl_err_nomem(err);
	m->converter.ctx = &r;
	kl_buf_putc(b, '{');
	for (i = 0; (i = put_copies(m, &w, i)) < m->fields; i++)
		if ((rc = put_field(m, &w, i, err)) != KL_OK)
			return rc;
	mapping_close(m, &w);
	return kl_buf_check(b, err);
}
