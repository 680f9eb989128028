/* SPDX-License-Identifier: MIT */
/*
 * mapping.c - make a mapping, and run it.
 *
 * Making lays the fields out in the order in which they are written: members
 * of one object stand together, so that running is one pass over the fields
 * and every object is opened and closed once, and only if something is in it.
 */

#include <stdlib.h>
#include <string.h>

#include "destination.h"
#include "kl/convert.h"
#include "kl/mapping.h"
#include "kl/near.h"
#include "slots.h"
#include "where.h"

#define MAX_FIELDS 10000
#define MAX_WHERE 64

struct field {
	struct kl_buf origin;	    /* its name, for messages */
	struct kl_buf text;	    /* the destination as it was given */
	struct destination to;	    /* parts borrowed from text */
	struct kl_buf key;	    /* ,"email": */
	struct kl_convert *convert; /* NULL: copy */
	uint32_t slot;		    /* NO_SLOT: no origin (const) */
	uint32_t group;		    /* the object it is written in */
	bool required;
	uint64_t omitted;
	char code[32]; /* why, the first time */
};

/* What running needs of a field, packed. */
struct op {
	const char *key; /* KEY_SHORT bytes of it can be read */
	uint32_t key_n;
	uint32_t slot;
	uint32_t group;
	bool copies; /* there is no conversion */
};

#define KEY_SHORT 32

/* An object of the result.  Group 0 is the result itself. */
struct group {
	struct kl_buf open;  /* ,"location":{ */
	struct kl_span name; /* borrowed from a field */
	uint32_t parent;
};

struct note {
	struct note *next;
	char text[400];
};

struct kl_mapping {
	struct kl_mapping_options opt;
	struct kl_converter converter;
	struct slots slots;
	struct field **field; /* as added; in order of writing once ready */
	uint32_t fields, cap;
	struct op *op; /* one for each field */
	struct group *group;
	uint32_t groups;
	struct where where[MAX_WHERE];
	uint32_t wheres;
	struct note *note, **note_end;
};

static struct kl_span
span_of(const struct kl_buf *b)
{
	return (struct kl_span){ b->s, b->n };
}

/* --- making ----------------------------------------------------------------
 */

/* What a conversion needs to reach another member of the record. */
static uint32_t
slot_for(void *ctx, struct kl_span name)
{
	struct kl_mapping *m = ctx;

	return slots_add(&m->slots, NO_SLOT, name);
}

struct kl_mapping *
kl_mapping_new(const struct kl_mapping_options *opt)
{
	struct kl_mapping *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->opt = *opt;
	m->note_end = &m->note;
	m->converter.phone_plugin = opt->phone_plugin;
	m->converter.slot = slot_for;
	m->converter.ctx = m;
	return m;
}

static void
free_field(struct field *f)
{
	if (f == NULL)
		return;
	kl_buf_free(&f->origin);
	kl_buf_free(&f->text);
	kl_buf_free(&f->key);
	kl_convert_free(f->convert);
	free(f);
}

void
kl_mapping_free(struct kl_mapping *m)
{
	struct note *note;
	uint32_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->fields; i++)
		free_field(m->field[i]);
	for (i = 0; i < m->groups; i++)
		kl_buf_free(&m->group[i].open);
	for (i = 0; i < m->wheres; i++)
		kl_buf_free(&m->where[i].value);
	while ((note = m->note) != NULL) {
		m->note = note->next;
		free(note);
	}
	free(m->field);
	free(m->op);
	free(m->group);
	slots_free(&m->slots);
	kl_converter_free(&m->converter);
	free(m);
}

/* Keep something for the user to know.  What is too much for memory is left
 * unsaid. */
static void __attribute__((format(printf, 2, 3)))
add_note(struct kl_mapping *m, const char *fmt, ...)
{
	struct note *note = calloc(1, sizeof(*note));
	struct kl_err err;
	va_list ap;

	if (note == NULL)
		return;
	va_start(ap, fmt);
	(void)kl_err_vset(&err, KL_OK, fmt, ap);
	va_end(ap);
	memcpy(note->text, err.msg, sizeof(note->text) - 1);
	*m->note_end = note;
	m->note_end = &note->next;
}

static enum kl_rc
config_error(struct kl_err *err, const char *what, const char *hint)
{
	(void)kl_err_set(err, KL_ECONFIG, "%s", what);
	kl_err_hint(err, "%s", hint);
	return KL_ECONFIG;
}

/* The destination; in rows it is one plain name. */
static enum kl_rc
set_destination(struct kl_mapping *m, struct field *f, struct kl_err *err)
{
	const char *meant;
	enum kl_rc rc;

	if (m->opt.shape == KL_MAPPING_ROWS) {
		if (f->text.n == 0)
			return config_error(err, "destination_field is empty",
			    "every field needs a name to go to");
		f->to.part[0] = span_of(&f->text);
		f->to.n = 1;
		return KL_OK;
	}
	if ((rc = destination_of(span_of(&f->text), &f->to, err)) != KL_OK)
		return rc;
	if (!f->to.custom || m->opt.reverse)
		return KL_OK;
	if ((meant = destination_meant(span_of(&f->text))) != NULL)
		add_note(m,
		    "destination_field \"%s\" makes a custom "
		    "property; the profile's own field is \"%s\"",
		    kl_buf_str(&f->text), meant);
	return KL_OK;
}

static enum kl_rc
no_clash(const struct kl_mapping *m, struct field *f, struct kl_err *err)
{
	uint32_t i;

	for (i = 0; i < m->fields; i++) {
		if (!destination_clash(&f->to, &m->field[i]->to))
			continue;
		(void)kl_err_set(err, KL_ECONFIG,
		    "destination_field \"%.80s\" is written by another field",
		    kl_buf_str(&f->text));
		kl_err_code(err, "destination_twice");
		kl_err_hint(err,
		    "one origin for each destination; "
		    "default:TEXT fills gaps");
		return KL_ECONFIG;
	}
	return KL_OK;
}

/* In reverse the value comes from where it went. */
static enum kl_rc
set_reverse_slot(struct kl_mapping *m, struct field *f, struct kl_err *err)
{
	size_t i;

	f->slot = NO_SLOT;
	for (i = 0; i < f->to.n; i++) {
		f->slot = slots_add(&m->slots, f->slot, f->to.part[i]);
		if (f->slot == NO_SLOT)
			return kl_err_nomem(err);
	}
	return KL_OK;
}

static enum kl_rc
set_slot(struct kl_mapping *m, struct field *f, struct kl_err *err)
{
	f->slot = NO_SLOT;
	if (f->origin.n == 0)
		return KL_OK;
	f->slot = slots_add(&m->slots, NO_SLOT, span_of(&f->origin));
	return f->slot == NO_SLOT ? kl_err_nomem(err) : KL_OK;
}

static bool
is_const(struct kl_span convert)
{
	while (convert.n > 0 && *convert.s == ' ') {
		convert.s++;
		convert.n--;
	}
	return convert.n > 6 && memcmp(convert.s, "const:", 6) == 0;
}

/* Everything of a field but its place among the others. */
static enum kl_rc
make_field(struct kl_mapping *m, struct field *f, struct kl_span convert,
    struct kl_err *err)
{
	enum kl_rc rc;

	if (f->origin.n == 0 && !is_const(convert))
		return config_error(err, "origin_field is empty",
		    "only const:TEXT needs no origin");
	if ((rc = set_destination(m, f, err)) != KL_OK ||
	    (rc = no_clash(m, f, err)) != KL_OK ||
	    (rc = kl_convert_new(&f->convert, &m->converter, convert, err)) !=
		KL_OK)
		return rc;
	if (kl_convert_assumes_utc(f->convert))
		add_note(m,
		    "%s: dates without a zone are taken as UTC; "
		    "date:FORMAT@+01:00 names another",
		    kl_buf_str(&f->origin));
	if (m->opt.reverse)
		return set_reverse_slot(m, f, err);
	f->slot = NO_SLOT; /* what a constant is made from does not matter */
	return is_const(convert) ? KL_OK : set_slot(m, f, err);
}

/* In reverse: true if the field has a way back. */
static bool
goes_back(struct kl_mapping *m, struct field *f)
{
	const char *lost = NULL;
	uint32_t i;

	if (f->convert != NULL &&
	    (lost = kl_convert_invert(f->convert)) != NULL) {
		add_note(m, "%s is left out: %s cannot be undone",
		    f->origin.n > 0 ? kl_buf_str(&f->origin)
				    : kl_buf_str(&f->text),
		    lost);
		return false;
	}
	for (i = 0; i < m->fields; i++)
		if (kl_span_eq(span_of(&m->field[i]->origin),
			span_of(&f->origin))) {
			add_note(m, "%s is taken from \"%s\", not from \"%s\"",
			    kl_buf_str(&f->origin),
			    kl_buf_str(&m->field[i]->text),
			    kl_buf_str(&f->text));
			return false;
		}
	return true;
}

static bool
room_for_field(struct kl_mapping *m)
{
	uint32_t cap = m->cap == 0 ? 16 : m->cap * 2;
	struct field **p;

	if (m->fields < m->cap)
		return true;
	if ((p = realloc(m->field, cap * sizeof(struct field *))) == NULL)
		return false;
	m->field = p;
	m->cap = cap;
	return true;
}

enum kl_rc
kl_mapping_add(struct kl_mapping *m, struct kl_span origin,
    struct kl_span destination, struct kl_span convert, bool required,
    struct kl_err *err)
{
	struct field *f;
	enum kl_rc rc;

	if (m->fields == MAX_FIELDS)
		return kl_err_set(err, KL_ECONFIG, "over %d fields",
		    MAX_FIELDS);
	if (!room_for_field(m) || (f = calloc(1, sizeof(*f))) == NULL)
		return kl_err_nomem(err);
	f->required = required && !m->opt.reverse;
	kl_buf_span(&f->origin, origin);
	kl_buf_span(&f->text, destination);
	if ((rc = kl_buf_check(&f->origin, err)) == KL_OK &&
	    (rc = kl_buf_check(&f->text, err)) == KL_OK)
		rc = make_field(m, f, convert, err);
	if (rc != KL_OK || (m->opt.reverse && !goes_back(m, f))) {
		free_field(f);
		return rc;
	}
	m->field[m->fields++] = f;
	return KL_OK;
}

/* The text of a member of the configuration; empty if it is not there. */
static struct kl_span
config_text(const struct kl_json *doc, uint32_t obj, const char *name,
    struct kl_buf *tmp)
{
	uint32_t v = kl_json_get(doc, obj, name);

	return v == 0 ? (struct kl_span){ "", 0 } : kl_json_text(doc, v, tmp);
}

enum kl_rc
kl_mapping_add_config(struct kl_mapping *m, const struct kl_json *doc,
    uint32_t node, struct kl_err *err)
{
	struct kl_buf tmp[3] = { 0 }, name = { 0 };
	enum kl_rc rc = KL_OK;
	uint32_t i = 0, required;

	kl_json_each (e, doc, node) {
		required = kl_json_get(doc, e, "required");
		rc = kl_mapping_add(m,
		    config_text(doc, e, "origin_field", &tmp[0]),
		    config_text(doc, e, "destination_field", &tmp[1]),
		    config_text(doc, e, "convert_function", &tmp[2]),
		    required != 0 &&
			kl_json_type(doc, required) == KL_JSON_TRUE,
		    err);
		if (rc != KL_OK)
			break;
		i++;
	}
	if (rc == KL_ECONFIG) {
		kl_buf_printf(&name, "mapped_fields[%u]", (unsigned)i);
		kl_err_field(err, kl_buf_str(&name), name.n);
	}
	for (i = 0; i < 3; i++)
		kl_buf_free(&tmp[i]);
	kl_buf_free(&name);
	return rc;
}

enum kl_rc
kl_mapping_where(struct kl_mapping *m, const char *condition,
    struct kl_err *err)
{
	enum kl_rc rc;

	if (m->wheres == MAX_WHERE)
		return kl_err_set(err, KL_EUSAGE, "over %d conditions",
		    MAX_WHERE);
	rc = where_parse(&m->where[m->wheres], &m->slots, condition, err);
	if (rc == KL_OK)
		m->wheres++;
	return rc;
}

/* --- laying out ------------------------------------------------------------
 */

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

/* Keys are made as long as is read of them. */
static enum kl_rc
make_ops(struct kl_mapping *m, struct kl_err *err)
{
	struct field *f;
	enum kl_rc rc;
	uint32_t i;

	if ((m->op = calloc(m->fields, sizeof(*m->op))) == NULL)
		return kl_err_nomem(err);
	for (i = 0; i < m->fields; i++) {
		f = m->field[i];
		(void)kl_buf_room(&f->key, KEY_SHORT);
		if ((rc = kl_buf_check(&f->key, err)) != KL_OK)
			return rc;
		memset(f->key.s + f->key.n, 0, KEY_SHORT);
		m->op[i] = (struct op){ .key = f->key.s,
			.key_n = (uint32_t)f->key.n,
			.slot = f->slot,
			.group = f->group,
			.copies = f->convert == NULL && f->slot != NO_SLOT };
	}
	for (i = 0; i < m->groups; i++)
		if ((rc = kl_buf_check(&m->group[i].open, err)) != KL_OK)
			return rc;
	return KL_OK;
}

/* Groups are made in the order of their ranks. */
static enum kl_rc
lay_out(struct kl_mapping *m, struct kl_err *err)
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

static bool
has_identifier(const struct kl_mapping *m)
{
	uint32_t i;

	for (i = 0; i < m->fields; i++)
		if (m->field[i]->to.identifies)
			return true;
	return false;
}

static struct kl_value member(void *ctx, uint32_t slot);

enum kl_rc
kl_mapping_ready(struct kl_mapping *m, struct kl_err *err)
{
	m->converter.field = member;
	if (m->fields == 0)
		return config_error(err, "the mapping has no fields",
		    "mapped_fields in the file of -c, or --map ORIGIN=DEST");
	if (m->opt.shape == KL_MAPPING_PROFILE && !m->opt.reverse &&
	    !has_identifier(m))
		return config_error(err,
		    "no field has the destination email, phone_number or "
		    "external_id",
		    "a profile needs one of them; --as rows maps to any names");
	return lay_out(m, err);
}

/* --- running ---------------------------------------------------------------
 */

/* Where the writing stands. */
struct writing {
	struct kl_buf *b;
	const struct kl_json *doc;
	uint32_t group; /* the innermost that is open */
	bool first;	/* nothing is in it yet */
};

/* The record at hand is told to conversions through this. */
struct reading {
	struct kl_mapping *m;
	const struct kl_json *doc;
};

static struct kl_value
member(void *ctx, uint32_t slot)
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

/* Close and open objects so that group is the innermost. */
static void
go_to(const struct kl_mapping *m, struct writing *w, uint32_t group)
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

static inline void
put_key(const struct kl_mapping *m, struct writing *w, const struct op *op)
{
	if (op->group != w->group)
		go_to(m, w, op->group);
	kl_buf_put(w->b, op->key + w->first, op->key_n - w->first);
	w->first = false;
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

static enum kl_rc
put_field(struct kl_mapping *m, struct writing *w, uint32_t i,
    struct kl_err *err)
{
	struct field *f = m->field[i];
	struct kl_value v = { 0 };
	enum kl_rc rc;

	if (f->slot != NO_SLOT)
		v = kl_value_of(w->doc, m->slots.now[f->slot].node);
	if (f->convert != NULL &&
	    (rc = kl_convert_run(f->convert, &m->converter, &v, err)) != KL_OK)
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
	put_key(m, w, &m->op[i]);
	kl_value_put(w->b, &v);
	return KL_OK;
}

/*
 * Copy n bytes, of which most are few: at once, and more than they are, where
 * as much can be read (ahead) and written.
 */
static inline void
copy_short(char *to, const char *from, size_t n, bool ahead)
{
	if (n <= KEY_SHORT && ahead)
		memcpy(to, from, KEY_SHORT);
	else
		memcpy(to, from, n);
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
		go_to(m, w, op->group);
	key_n = op->key_n - w->first;
	if (b->cap - b->n < key_n + n + KEY_SHORT &&
	    !kl_buf_room(b, key_n + n + KEY_SHORT))
		return true; /* which sticks */
	copy_short(b->s + b->n, op->key + w->first, key_n, true);
	b->n += key_n;
	copy_short(b->s + b->n, w->doc->s + node->at, n,
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
	go_to(m, &w, 0);
	kl_buf_putc(b, '}');
	return kl_buf_check(b, err);
}

/* --- what there is to say --------------------------------------------------
 */

const char *
kl_mapping_note(const struct kl_mapping *m, size_t i)
{
	const struct note *note = m->note;

	while (note != NULL && i-- > 0)
		note = note->next;
	return note == NULL ? NULL : note->text;
}

const char *
kl_mapping_omitted(const struct kl_mapping *m, size_t i, uint64_t *n,
    const char **code)
{
	if (i >= m->fields)
		return NULL;
	*n = m->field[i]->omitted;
	*code = m->field[i]->code;
	return kl_buf_str(&m->field[i]->origin);
}

/* A name of the last record that is near. */
static const char *
near_name(struct kl_mapping *m, const char *name)
{
	const char *names[PLACES + 1];
	struct place *p;
	size_t k, n = 0;

	for (k = 0; k < PLACES && m->slots.place[k].n > 0; k++) {
		p = &m->slots.place[k];
		p->raw[p->n - 1] = '\0'; /* the quote; the run is over */
		names[n++] = p->raw + 1;
	}
	names[n] = NULL;
	return kl_near(names, name, strlen(name));
}

const char *
kl_mapping_unseen(struct kl_mapping *m, size_t *i, const char **near)
{
	struct slot *slot;
	uint32_t k;

	while (*i < (size_t)m->fields + m->wheres) {
		k = *i < m->fields ? m->field[*i]->slot
				   : m->where[*i - m->fields].slot;
		++*i;
		if (k == NO_SLOT || m->slots.slot[k].seen)
			continue;
		slot = &m->slots.slot[k];
		*near = near_name(m, kl_buf_str(&slot->name));
		return kl_buf_str(&slot->name);
	}
	return NULL;
}
