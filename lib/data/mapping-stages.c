/* SPDX-License-Identifier: MIT */
/*
 * mapping-stages.c - run a mapping on records of one shape, one after another.
 *
 * Of those it is known which members they have, and so where objects begin and
 * end and what stands between two values: it is put together once, and for each
 * record only the values are looked at.  It is the same that mapping-run.c
 * writes step by step.
 */

#include "letters.h"
#include "mapping-copy.h"

/* Records of one shape before it is worth the while. */
#define FAMILIAR 4U

/* Room for a record is asked for ahead; what may need more is left to others,
 * who ask for each value. */
#define ROOM_MAX ((size_t)64 << 10)

/* --- putting together ------------------------------------------------------
 */

struct building {
	struct kl_mapping *m;
	struct kl_buf text;   /* what is to be written before the next value */
	bool opened;	      /* that ends in the brace of an object */
	bool sure[PARTS + 1]; /* of the objects entered: is something in it */
	uint32_t depth;
};

static void
put_stage(struct building *b, enum stage_how how, const struct op *op,
    struct kl_span text)
{
	struct kl_mapping *m = b->m;
	struct stage st = { .how = (uint8_t)how,
		.op = op,
		.n = (uint32_t)text.n };

	if (text.n > 0)
		memcpy(st.text, text.s, text.n);
	if (op != NULL && op->slot != NO_SLOT)
		st.node = m->slots.node[op->slot] *
		    (uint32_t)sizeof(struct kl_json_node);
	m->stages_fixed += text.n + (op == NULL ? 0 : op->key_n) + 2;
	m->stages_values += how <= STAGE_LOWER;
	kl_buf_put(&m->stages, &st, sizeof(st));
}

/* The text so far, but for what fits into one more stage: less than that many
 * bytes. */
static struct kl_span
put_text(struct building *b, size_t less)
{
	struct kl_span text = { b->text.s, b->text.n }, part;

	while (text.n >= less) {
		part = text;
		if (part.n > KEY_SHORT)
			part.n = KEY_SHORT;
		put_stage(b, STAGE_TEXT, NULL, part);
		text.s += part.n;
		text.n -= part.n;
	}
	b->text.n = 0;
	return text;
}

/* The key of the step, before what follows for sure. */
static void
add_key(struct building *b, const struct op *op)
{
	kl_buf_put(&b->text, op->key + b->opened, op->key_n - b->opened);
	b->opened = false;
}

/* True if a value is written for sure before an object is left. */
static bool
is_sure(const struct kl_mapping *m, const struct op *op)
{
	for (; op < m->op_end; op++) {
		if (op->how == HOW_KEEPS && m->slots.node[op->slot] != 0)
			return true;
		if (op->how != HOW_KEEPS && op->how != HOW_ENTER)
			return false;
	}
	return false;
}

static void
build_enter(struct building *b, const struct op *op)
{
	bool sure = is_sure(b->m, op);

	b->sure[++b->depth] = sure;
	if (sure) {
		add_key(b, op);
		kl_buf_putc(&b->text, '{');
		b->opened = true;
		return;
	}
	(void)put_text(b, 1);
	put_stage(b, STAGE_ENTER, op, (struct kl_span){ NULL, 0 });
}

static void
build_leave(struct building *b, const struct op *op)
{
	if (b->sure[b->depth--]) {
		kl_buf_putc(&b->text, '}');
		return;
	}
	(void)put_text(b, 1);
	put_stage(b, STAGE_LEAVE, op, (struct kl_span){ NULL, 0 });
}

/* A field that is copied, if there is anything to copy. */
static void
build_copy(struct building *b, const struct op *op)
{
	struct kl_span key = { op->key, op->key_n };

	if (b->m->slots.node[op->slot] == 0)
		return;
	if (op->how == HOW_KEEPS) {
		add_key(b, op);
		put_stage(b, STAGE_KEEPS, op, put_text(b, KEY_SHORT + 1));
		return;
	}
	(void)put_text(b, 1);
	if (key.n <= KEY_SHORT)
		put_stage(b, STAGE_DROPS, op, key);
	else
		put_stage(b, STAGE_MORE, op, (struct kl_span){ NULL, 0 });
}

static void
build_other(struct building *b, const struct op *op)
{
	struct kl_span key = { op->key, op->key_n };

	(void)put_text(b, 1);
	if (op->how == HOW_LOWER && key.n <= KEY_SHORT)
		put_stage(b, STAGE_LOWER, op, key);
	else
		put_stage(b, STAGE_MORE, op, (struct kl_span){ NULL, 0 });
}

static __attribute__((noinline)) void
build(struct kl_mapping *m)
{
	struct building b = { .m = m };
	const struct op *op;

	kl_buf_reset(&m->stages);
	m->stages_fixed = m->stages_values = 0;
	for (op = m->op; op < m->op_end; op++) {
		if (op->how == HOW_ENTER)
			build_enter(&b, op);
		else if (op->how == HOW_LEAVE)
			build_leave(&b, op);
		else if (op->how <= HOW_DROPS)
			build_copy(&b, op);
		else
			build_other(&b, op);
	}
	(void)put_text(&b, 1);
	put_stage(&b, STAGE_END, NULL, (struct kl_span){ NULL, 0 });
	if (b.text.rc == KL_OK && m->stages.rc == KL_OK)
		m->stages_shape = m->slots.shape;
	kl_buf_free(&b.text);
}

bool
mapping_stages_ready(struct kl_mapping *m)
{
	if (m->alike < FAMILIAR) {
		m->alike++;
		m->stages_shape = 0;
		return false;
	}
	if (m->alike == FAMILIAR) {
		m->alike++;
		build(m);
	}
	return m->stages_shape != 0;
}

/* --- running ---------------------------------------------------------------
 */

/* Bytes that a record may take; SIZE_MAX if that is too much. */
static size_t
room_for(const struct kl_mapping *m, const struct kl_json *doc)
{
	size_t n;

	if (doc->n > ROOM_MAX || doc->spare < LETTERS_SHORT)
		return SIZE_MAX;
	n = m->stages_fixed + m->stages_values * doc->n + 4 * (size_t)KEY_SHORT;
	return n <= ROOM_MAX ? n : SIZE_MAX;
}

/* No control character, blank or character outside ASCII. */
static inline bool
is_ink(char c)
{
	return c > ' ';
}

/* A text in small letters: an address, most often.  False if it takes more than
 * that: if it is no text, or not plain, or if there is something to trim. */
static inline bool
put_small(struct copying *c, const struct stage *st, const char *s,
    const struct kl_json_node *node)
{
	size_t n = node->n;

	s += node->at;
	if (node->type != KL_JSON_STRING || node->esc || n < 3 ||
	    n > LETTERS_SHORT || !is_ink(s[1]) || !is_ink(s[n - 2]) ||
	    !letters_lower_short(c->to + st->n, s, n))
		return false;
	memcpy(c->to, st->text, st->n);
	c->to += st->n + n;
	return true;
}

/* Values that are written whatever they are, up to another stage. */
static inline const struct stage *
put_keeps(struct copying *c, const struct stage *st, const char *nodes,
    const char *s)
{
	const struct kl_json_node *node;

	for (; st->how == STAGE_KEEPS; st++) {
		node = (const void *)(nodes + st->node);
		memcpy(c->to, st->text, KEY_SHORT);
		c->to = copy_bytes(c->to + st->n, s + node->at, node->n);
	}
	return st;
}

static inline void
put_unless_empty(struct copying *c, const struct stage *st, const char *s,
    const struct kl_json_node *node)
{
	/* All bits set, or none. */
	size_t all = (size_t)copying_is_empty(node) - 1;

	memcpy(c->to, st->text, KEY_SHORT);
	c->to += st->n & all;
	c->to = copy_bytes(c->to, s + node->at, node->n & all);
}

/* From st on; returns what takes more than writing, or the end. */
static inline const struct stage *
put_stages(struct writing *w, const struct stage *st)
{
	const char *nodes = (const char *)w->doc->node, *s = w->doc->s;
	const struct kl_json_node *node;
	struct copying c = copying_of(w);

	for (;; st++) {
		st = put_keeps(&c, st, nodes, s);
		node = (const void *)(nodes + st->node);
		if (st->how == STAGE_DROPS) {
			put_unless_empty(&c, st, s, node);
		} else if (st->how == STAGE_LOWER) {
			if (!put_small(&c, st, s, node))
				break;
		} else if (st->how == STAGE_TEXT) {
			memcpy(c.to, st->text, KEY_SHORT);
			c.to += st->n;
		} else if (st->how == STAGE_ENTER) {
			copying_enter(w, &c, st->op);
		} else if (st->how == STAGE_LEAVE) {
			copying_leave(w, &c);
		} else {
			break;
		}
	}
	copying_settle(w, &c);
	return st;
}

static enum kl_rc
put_more(struct kl_mapping *m, struct writing *w, const struct stage *st,
    struct kl_err *err)
{
	uint32_t node = st->node / (uint32_t)sizeof(struct kl_json_node);

	return mapping_put_value(m, w, st->op, kl_value_of(w->doc, node), err);
}

bool
mapping_stages_room(const struct kl_mapping *m, const struct writing *w)
{
	size_t n = room_for(m, w->doc);
	size_t max = w->b->max != 0 ? w->b->max : KL_BUF_MAX;

	if (w->b->cap - w->b->n >= n)
		return true;
	return n != SIZE_MAX && w->b->n < max && max - w->b->n > 2 * n &&
	    kl_buf_room(w->b, n);
}

enum kl_rc
mapping_stages_run(struct kl_mapping *m, struct writing *w, struct kl_err *err)
{
	const struct stage *st = (const void *)m->stages.s;
	enum kl_rc rc;

	for (; (st = put_stages(w, st))->how != STAGE_END; st++) {
		if ((rc = put_more(m, w, st, err)) != KL_OK)
			return rc;
		if (UNLIKELY(!kl_buf_room(w->b, room_for(m, w->doc))))
			return kl_buf_check(w->b, err);
	}
	return KL_OK;
}
