/* SPDX-License-Identifier: MIT */
/*
 * mapping-run.c - run a mapping on a record, by the program for its like.
 *
 * Room for all of the record is asked for once, so that no stage has to.
 */

#include "mapping-copy.h"

/* Records of one shape before a program for them is worth the while. */
#define FAMILIAR 4U

struct kl_value
mapping_member(void *ctx, uint32_t slot)
{
	const struct kl_mapping *m = ctx;

	return kl_value_of(m->writing.doc, slots_node(&m->slots, slot));
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

/* The program for records of the shape of this one. */
static __attribute__((noinline)) const struct program *
program_of_shape(struct kl_mapping *m)
{
	struct program *p = &m->shaped;

	if (LIKELY(p->id == m->shape && p->at == m->slots.at) ||
	    mapping_program_make(m, p, m->shape, true))
		return p;
	return NULL;
}

/* The program for the record, whose slots are known; NULL when out of memory.
 */
static const struct program *
program_of(struct kl_mapping *m, const struct kl_json *doc)
{
	struct program *p = &m->program[m->slots.at];
	uint64_t layout = m->slots.known[m->slots.at].layout;

	if (doc->shape != m->shape || doc->shape == 0) {
		m->shape = doc->shape;
		m->alike = 0;
	} else if (m->alike == FAMILIAR) {
		return program_of_shape(m);
	} else {
		m->alike++;
	}
	if ((p->id == layout && p->stages.n > 0) ||
	    mapping_program_make(m, p, layout, false))
		return p;
	return NULL;
}

/* The text of a record has some bytes behind it: its own, or a copy. */
static bool
take_text(struct kl_mapping *m, struct writing *w)
{
	const struct kl_json *doc = w->doc;
	struct kl_buf *b = &m->text;

	w->s = doc->s;
	if (LIKELY(doc->spare >= STAGE_AHEAD))
		return true;
	kl_buf_reset(b);
	b->max = (size_t)KL_JSON_BYTES + STAGE_AHEAD;
	if (!kl_buf_room(b, doc->n + STAGE_AHEAD))
		return false;
	memcpy(b->s, doc->s, doc->n);
	memset(b->s + doc->n, 0, STAGE_AHEAD);
	w->s = b->s;
	return true;
}

/* The node of the value of a stage that copies one. */
static const struct kl_json_node *
node_of(const struct writing *w, const struct stage *st)
{
	const char *base = (const char *)w->doc->node;
	uint32_t place;

	if (st->how == STAGE_KEEPS || st->how == STAGE_DROPS)
		return (const void *)(base + st->value);
	place = w->place[st->value / sizeof(*w->place)];
	return place == 0 ? NULL : &w->doc->node[place];
}

/* Bytes that the record will take, not counting what makes room for itself. */
static size_t
needed(const struct program *p, const struct writing *w)
{
	const struct stage *st = (const void *)p->stages.s;
	const struct kl_json_node *node;
	uint64_t n = p->fixed;

	for (; st->how != STAGE_END; st++)
		if (st->how <= STAGE_LONG && (node = node_of(w, st)) != NULL)
			n += node->n;
	return n <= SIZE_MAX ? (size_t)n : SIZE_MAX;
}

/* Make room for the record. */
static bool
make_room(const struct program *p, struct writing *w)
{
	uint64_t most = p->fixed + (uint64_t)p->values * w->doc->n;
	struct kl_buf *b = w->b;

	if (UNLIKELY(b->rc != KL_OK || most > b->cap - b->n)) {
		most = needed(p, w);
		if (!kl_buf_room(b, (size_t)most))
			return false;
	}
	w->most = b->n + (size_t)most;
	return true;
}

static enum kl_rc
put_more(struct kl_mapping *m, struct writing *w, const struct stage *st,
    struct kl_err *err)
{
	uint32_t slot = st->op->slot;
	size_t before = w->b->n;
	struct kl_value v = { 0 };
	enum kl_rc rc;

	if (slot != NO_SLOT)
		v = kl_value_of(w->doc, slots_node(&m->slots, slot));
	rc = mapping_put_value(m, w, st->op, v, err);
	w->most += w->b->n - before;
	if (rc == KL_OK && UNLIKELY(!kl_buf_room(w->b, w->most - w->b->n)))
		return kl_buf_check(w->b, err);
	return rc;
}

/* Write the members of the record. */
static inline enum kl_rc
put_members(struct kl_mapping *m, const struct program *p, struct writing *w,
    struct kl_err *err)
{
	const struct stage *st = (const void *)p->stages.s;
	enum kl_rc rc;

	if (!make_room(p, w))
		return kl_buf_check(w->b, err);
	for (; (st = m->put(w, st))->how != STAGE_END; st++)
		if ((rc = put_more(m, w, st, err)) != KL_OK)
			return rc;
	return KL_OK;
}

/* As mapping_end(): STAGE_OVER bytes are left of the room that was made. */
static inline void
put_end(struct writing *w)
{
	struct kl_buf *b = w->b;
	size_t n = b->n + (b->n == w->first[0]);

	b->s[w->first[0]] = '{';
	b->s[n] = '}';
	b->n = n + 1;
}

/* KL_OK if all conditions are met, KL_AGAIN if not; KL_ENOMEM. */
static enum kl_rc
check_where(struct kl_mapping *m, const struct kl_json *doc, struct kl_err *err)
{
	uint32_t i;

	for (i = 0; i < m->wheres; i++)
		if (!where_true(&m->where[i], &m->slots, doc))
			return m->slots.tmp.rc == KL_OK ? KL_AGAIN
							: kl_err_nomem(err);
	return KL_OK;
}

enum kl_rc
kl_mapping_run(struct kl_mapping *m, const struct kl_json *doc,
    struct kl_buf *b, struct kl_err *err)
{
	struct writing *w = &m->writing;
	const struct program *p;
	enum kl_rc rc;

	w->b = b;
	w->doc = doc;
	if (UNLIKELY(!slots_ready(&m->slots, doc)) ||
	    UNLIKELY((p = program_of(m, doc)) == NULL) ||
	    UNLIKELY(!take_text(m, w)))
		return kl_err_nomem(err);
	w->place = m->slots.place;
	if (UNLIKELY(m->wheres > 0) && (rc = check_where(m, doc, err)) != KL_OK)
		return rc;
	w->first[0] = b->n;
	if ((rc = put_members(m, p, w, err)) == KL_OK)
		put_end(w);
	return rc;
}
