/* SPDX-License-Identifier: MIT */
/*
 * mapping-program.c - what a mapping is to write of a kind of records, put
 * together once for all of them.
 *
 * Of records of one layout it is known which members they can have, and by what
 * number the scanner tells of each; whether it is there is seen in each record,
 * without a branch.  Of records of one shape it is known as well which members
 * they have, and so where objects begin and end: what stands between two values
 * is then one text.  Of any others it is known where their slots are kept.
 */

#include <assert.h>

#include "mapping-copy.h"

struct building {
	struct kl_mapping *m;
	struct program *to;
	bool shaped;	      /* it is for records of one shape */
	struct kl_buf text;   /* what is to be written before the next value */
	bool opened;	      /* that ends in the brace of an object */
	bool sure[PARTS + 1]; /* of the objects entered: is something in it */
};

/* The number of the slot. */
static uint32_t
number_of(const struct building *b, uint32_t slot)
{
	const struct slots *s = &b->m->slots;

	return s->known[s->at].number[slot];
}

/* True if none of the records has the slot. */
static bool
is_absent(const struct building *b, uint32_t slot)
{
	if (b->shaped)
		return slots_node(&b->m->slots, slot) == 0;
	return b->m->slots.at != NO_LAYOUT && number_of(b, slot) == 0;
}

/* Where its value is found. */
static uint32_t
value_at(const struct building *b, enum stage_how how, uint32_t slot)
{
	if (how == STAGE_KEEPS || how == STAGE_DROPS)
		return slots_node(&b->m->slots, slot) *
		    (uint32_t)sizeof(struct kl_json_node);
	return number_of(b, slot) * (uint32_t)sizeof(uint32_t);
}

static void
put_stage(struct building *b, enum stage_how how, const struct op *op,
    struct kl_span text)
{
	struct program *p = b->to;
	struct stage st = { .how = (uint8_t)how,
		.trims = op != NULL && op->trims,
		.op = op,
		.n = (uint32_t)text.n };

	if (text.n > 0)
		memcpy(st.text, text.s, text.n);
	if (op != NULL && op->slot != NO_SLOT)
		st.value = value_at(b, how, op->slot);
	else if (op != NULL)
		st.value = op->depth;
	p->fixed += text.n + (op == NULL ? 0 : op->key_n) + 2;
	p->values += how <= STAGE_LONG;
	kl_buf_put(&p->stages, &st, sizeof(st));
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

/* A stage without a text of its own, the text so far before it. */
static void
put_bare(struct building *b, enum stage_how how, const struct op *op)
{
	(void)put_text(b, 1);
	put_stage(b, how, op, (struct kl_span){ NULL, 0 });
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
is_sure(const struct building *b, const struct op *op)
{
	for (; b->shaped && op < b->m->op_end; op++) {
		if (op->how == HOW_KEEPS && !is_absent(b, op->slot))
			return true;
		if (op->how != HOW_KEEPS && op->how != HOW_ENTER)
			return false;
	}
	return false;
}

/* Objects have names of our own, which are short. */
static void
build_move(struct building *b, const struct op *op, enum stage_how how)
{
	struct kl_span key = { op->key, op->key_n };

	assert(key.n <= KEY_SHORT);
	(void)put_text(b, 1);
	put_stage(b, how, op, key);
}

static void
build_enter(struct building *b, const struct op *op)
{
	bool sure = is_sure(b, op);

	b->sure[op->depth] = sure;
	if (!sure) {
		build_move(b, op, STAGE_ENTER);
		return;
	}
	add_key(b, op);
	kl_buf_putc(&b->text, '{');
	b->opened = true;
}

static void
build_leave(struct building *b, const struct op *op)
{
	if (b->sure[op->depth])
		kl_buf_putc(&b->text, '}');
	else
		build_move(b, op, STAGE_LEAVE);
}

/* A field whose text stands only with its value; LONG is for one that does not
 * fit into a stage. */
static void
build_either(struct building *b, const struct op *op, enum stage_how how,
    enum stage_how longer)
{
	struct kl_span key = { op->key, op->key_n };

	if (key.n > KEY_SHORT) {
		put_bare(b, longer, op);
		return;
	}
	(void)put_text(b, 1);
	put_stage(b, how, op, key);
}

/* A field that is copied, if there is anything to copy. */
static void
build_copy(struct building *b, const struct op *op)
{
	bool keeps = op->how == HOW_KEEPS;

	if (is_absent(b, op->slot))
		return;
	if (!b->shaped) {
		build_either(b, op, keeps ? STAGE_MAY_KEEP : STAGE_MAY_DROP,
		    STAGE_LONG);
	} else if (keeps) {
		add_key(b, op);
		put_stage(b, STAGE_KEEPS, op, put_text(b, KEY_SHORT + 1));
	} else {
		build_either(b, op, STAGE_DROPS, STAGE_LONG);
	}
}

static void
build(struct building *b)
{
	const struct op *op;

	for (op = b->m->op; op < b->m->op_end; op++) {
		if (op->how == HOW_ENTER)
			build_enter(b, op);
		else if (op->how == HOW_LEAVE)
			build_leave(b, op);
		else if (op->how <= HOW_DROPS)
			build_copy(b, op);
		else if (op->how == HOW_LOWER)
			build_either(b, op, STAGE_LOWER, STAGE_MORE);
		else
			put_bare(b, STAGE_MORE, op);
	}
	put_bare(b, STAGE_END, NULL);
}

bool
mapping_program_make(struct kl_mapping *m, struct program *p, uint64_t id,
    bool shaped)
{
	struct building b = { .m = m, .to = p, .shaped = shaped };

	kl_buf_reset(&p->stages);
	p->fixed = STAGE_OVER;
	p->values = 0;
	p->id = id;
	p->at = m->slots.at;
	build(&b);
	if (b.text.rc != KL_OK || p->stages.rc != KL_OK) {
		kl_buf_reset(&p->stages);
		p->id = 0;
	}
	kl_buf_free(&b.text);
	return p->stages.n > 0;
}
