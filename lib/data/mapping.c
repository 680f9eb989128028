/* SPDX-License-Identifier: MIT */
/*
 * mapping.c - make a mapping.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/room.h"
#include "mapping-priv.h"

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
	m->put = mapping_put_best();
	m->converter.phone_plugin = opt->phone_plugin;
	m->converter.jq_plugin = opt->jq_plugin;
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
	kl_convert_free(f->finish);
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
	free(m->column);
	for (i = 0; i <= LAYOUTS; i++)
		kl_buf_free(&m->program[i].stages);
	kl_buf_free(&m->shaped.stages);
	kl_buf_free(&m->text);
	slots_free(&m->slots);
	kl_converter_free(&m->converter);
	free(m);
}

static enum kl_rc
config_error(struct kl_err *err, const char *what, const char *hint)
{
	(void)kl_err_set(err, KL_ECONFIG, "%s", what);
	kl_err_hint(err, "%s", hint);
	return KL_ECONFIG;
}

/* Point out a custom property that looks like something else. */
static void
doubt_property(struct kl_mapping *m, struct field *f)
{
	static const char profile[] = "profile.";
	struct kl_span text = span_of(&f->text);
	const char *meant, *within = "";

	if (m->opt.shape == KL_MAPPING_EVENT && f->to.n == 2) {
		if ((meant = destination_meant_of_event(text)) != NULL)
			mapping_note(m,
			    "destination_field \"%s\" makes a property of the "
			    "event; did you mean \"%s\"?",
			    kl_buf_str(&f->text), meant);
		return;
	}
	if (m->opt.shape == KL_MAPPING_EVENT) {
		within = profile;
		text.s += sizeof(profile) - 1;
		text.n -= sizeof(profile) - 1;
	}
	if ((meant = destination_meant(text)) != NULL)
		mapping_note(m,
		    "destination_field \"%s\" makes a custom "
		    "property; the profile's own field is \"%s%s\"",
		    kl_buf_str(&f->text), within, meant);
}

/* The destination; in rows it is one plain name. */
static enum kl_rc
set_destination(struct kl_mapping *m, struct field *f, struct kl_err *err)
{
	enum kl_rc rc;

	if (m->opt.shape == KL_MAPPING_ROWS) {
		if (f->text.n == 0)
			return config_error(err, "destination_field is empty",
			    "every field needs a name to go to");
		f->to.part[0] = span_of(&f->text);
		f->to.n = 1;
		return KL_OK;
	}
	rc = (m->opt.shape == KL_MAPPING_EVENT
		? destination_of_event
		: destination_of)(span_of(&f->text), &f->to, err);
	if (rc == KL_OK && f->to.custom && !m->opt.reverse)
		doubt_property(m, f);
	return rc;
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

/* The conversions: as they were asked for, and what the destination asks. */
static enum kl_rc
set_convert(struct kl_mapping *m, struct field *f, struct kl_span convert,
    struct kl_err *err)
{
	enum kl_rc rc;

	rc = kl_convert_new(&f->convert, &m->converter, convert, err);
	if (rc != KL_OK || f->to.finish == NULL || m->opt.reverse)
		return rc;
	return kl_convert_new(&f->finish, &m->converter, KL_SPAN(f->to.finish),
	    err);
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
	    (rc = set_convert(m, f, convert, err)) != KL_OK)
		return rc;
	if (kl_convert_assumes_utc(f->convert))
		mapping_note(m,
		    "%s: dates without a zone are taken as UTC; "
		    "date:FORMAT@Europe/Berlin names another",
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
		mapping_note(m, "%s is left out: %s cannot be undone",
		    f->origin.n > 0 ? kl_buf_str(&f->origin)
				    : kl_buf_str(&f->text),
		    lost);
		return false;
	}
	for (i = 0; i < m->fields; i++)
		if (kl_span_eq(span_of(&m->field[i]->origin),
			span_of(&f->origin))) {
			mapping_note(m,
			    "%s is taken from \"%s\", not from \"%s\"",
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
	return m->fields < m->cap ||
	    kl_room_grow(&m->field, sizeof(struct field *), &m->cap,
		sizeof(m->cap), 16);
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

static bool
has_identifier(const struct kl_mapping *m)
{
	uint32_t i;

	for (i = 0; i < m->fields; i++)
		if (m->field[i]->to.identifies)
			return true;
	return false;
}

static bool
has_metric(const struct kl_mapping *m)
{
	uint32_t i;

	for (i = 0; i < m->fields; i++)
		if (kl_span_is(m->field[i]->to.part[0], "metric"))
			return true;
	return false;
}

/* What a record of that shape cannot be without. */
static enum kl_rc
has_all(const struct kl_mapping *m, struct kl_err *err)
{
	if (m->opt.shape == KL_MAPPING_ROWS || m->opt.reverse)
		return KL_OK;
	if (m->opt.shape == KL_MAPPING_EVENT && !has_metric(m))
		return config_error(err, "no field has the destination metric",
		    "name what happened with --metric or the key metric, or "
		    "map a field to it");
	if (has_identifier(m))
		return KL_OK;
	if (m->opt.shape == KL_MAPPING_EVENT)
		return config_error(err,
		    "no field has the destination profile.email, "
		    "profile.phone_number or profile.external_id",
		    "an event needs one of them");
	return config_error(err,
	    "no field has the destination email, phone_number or external_id",
	    "a profile needs one of them; --as rows maps to any names");
}

enum kl_rc
kl_mapping_ready(struct kl_mapping *m, struct kl_err *err)
{
	enum kl_rc rc;

	m->converter.field = mapping_member;
	if (m->fields == 0)
		return config_error(err, "the mapping has no fields",
		    "mapped_fields in the file of -c, or --map ORIGIN=DEST");
	rc = has_all(m, err);
	return rc == KL_OK ? mapping_lay_out(m, err) : rc;
}
