/* SPDX-License-Identifier: MIT */

/*
 * profile-clear.c - what is taken out of a profile, because a record says
 * null or has no value.
 *
 * An attribute is cleared by a null, a property by the name in
 * meta.patch_properties.unset: whether a null does so for a property is not
 * documented.
 */

#include <stdlib.h>
#include <string.h>

#include "kl/near.h"
#include "member.h"

#define OF_PROPERTIES "properties."
#define OF_LOCATION "location."

/* --- which ---------------------------------------------------------------- */

/* The field is known: where does it stand? */
static bool
find_field(struct kl_clear *c, const char **name)
{
	size_t n = sizeof(OF_PROPERTIES) - 1;

	if (strncmp(*name, OF_PROPERTIES, n) == 0) {
		*name += n;
		return **name != '\0';
	}
	n = sizeof(OF_LOCATION) - 1;
	c->place = strncmp(*name, OF_LOCATION, n) == 0;
	*name += c->place ? n : 0;
	c->row = c->place ? kl_location_member(KL_SPAN(*name))
			  : kl_profile_member(KL_SPAN(*name));
	return c->row != NULL && c->row->role == KL_MEMBER_SENT &&
	    c->row->form != KL_FORM_LOCATION &&
	    c->row->form != KL_FORM_OBJECT && strcmp(*name, "_kx") != 0;
}

enum kl_rc
kl_profile_clear(struct kl_profile *p, const char *field, struct kl_err *err)
{
	struct kl_clear c = { 0 }, *grown;
	struct kl_buf text = { 0 };
	const char *name = field, *near;

	if (!find_field(&c, &name)) {
		near = kl_near(kl_profile_names(), field, strlen(field));
		(void)kl_err_set(err, KL_EUSAGE,
		    "%s is not a field that can be cleared", field);
		kl_err_hint(err, "%s%s%scustom properties are properties.NAME",
		    near != NULL ? "is it " : "", near != NULL ? near : "",
		    near != NULL ? "? " : "");
		return KL_EUSAGE;
	}
	if (p->clears == KL_CLEARS)
		return kl_err_set(err, KL_EUSAGE,
		    "no more than %d fields can be cleared", KL_CLEARS);
	kl_json_put_text(&text, name, strlen(name));
	grown = realloc(p->clear, (p->clears + 1) * sizeof(*grown));
	if (grown != NULL)
		p->clear = grown;
	if (grown == NULL || kl_buf_check(&text, NULL) != KL_OK) {
		kl_buf_free(&text);
		return kl_err_nomem(err);
	}
	c.name = text.s;
	c.n = text.n;
	p->clear[p->clears++] = c;
	return KL_OK;
}

/* True if the name, a JSON string, is to be cleared where it has no value. */
static bool
is_named(const struct kl_profile *p, const struct kl_member *row, bool place,
    struct kl_span name)
{
	const struct kl_clear *c;
	uint32_t i;

	for (i = 0; i < p->clears; i++) {
		c = &p->clear[i];
		if (row != NULL ? c->row == row && c->place == place
				: c->row == NULL && c->n == name.n &&
			    memcmp(c->name, name.s, name.n) == 0)
			return true;
	}
	return false;
}

/* --- nulls ---------------------------------------------------------------- */

static void
put_null(struct kl_member_making *k, struct kl_span name)
{
	if (k->comma)
		kl_buf_putc(k->b, ',');
	k->comma = true;
	kl_buf_span(k->b, name);
	kl_buf_puts(k->b, ":null");
	k->p->sends_null = true;
	k->p->cleared++;
}

static void
unset(struct kl_member_making *k, struct kl_span name)
{
	if (k->p->unset.n > 0)
		kl_buf_putc(&k->p->unset, ',');
	kl_buf_span(&k->p->unset, name);
	k->p->unsets = true;
	k->p->cleared++;
}

/* A whole location is null: each of its members, for that of the whole is in
 * no description. */
static void
put_no_location(struct kl_member_making *k)
{
	static const char *const members[] = { "\"address1\"", "\"address2\"",
		"\"city\"", "\"region\"", "\"country\"", "\"zip\"",
		"\"timezone\"", "\"ip\"", "\"latitude\"", "\"longitude\"" };
	bool comma = k->comma;
	size_t i;

	kl_buf_puts(k->b, comma ? ",\"location\":{" : "\"location\":{");
	k->comma = false;
	for (i = 0; i < sizeof(members) / sizeof(*members); i++)
		put_null(k, KL_SPAN(members[i]));
	kl_buf_putc(k->b, '}');
	k->comma = true;
}

static enum kl_rc
refuse(struct kl_member_making *k, uint32_t m, const char *in, const char *code,
    const char *hint, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA, "the member is null");
	kl_member_path(err, k->doc, m, in);
	kl_err_code(err, code);
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

enum kl_rc
kl_member_null(struct kl_member_making *k, uint32_t m,
    const struct kl_member *row, const char *in, struct kl_err *err)
{
	struct kl_span name = kl_json_raw(k->doc, m);
	bool meant = row == NULL || row->role == KL_MEMBER_SENT;
	bool clears = k->p->nulls == KL_NULLS_CLEAR ||
	    is_named(k->p, row, in != NULL, name);

	if (k->p->nulls == KL_NULLS_REFUSE && meant && !clears)
		return refuse(k, m, in, "null_refused",
		    "leave it out to keep what is there", err);
	if (!clears || !meant || (row != NULL && strcmp(row->name, "_kx") == 0))
		k->p->nulls_ignored++;
	else if (row == NULL)
		unset(k, name);
	else if (row->form == KL_FORM_LOCATION)
		put_no_location(k);
	else if (row->form == KL_FORM_OBJECT)
		return refuse(k, m, in, "null_properties",
		    "name the properties that are to be cleared", err);
	else
		put_null(k, name);
	return KL_OK;
}

/* --- what is missing ------------------------------------------------------ */

/* True if object obj of the record has the field, be it null. */
static bool
has(const struct kl_member_making *k, uint32_t obj, const struct kl_clear *c)
{
	struct kl_span name;

	kl_json_each_member (m, k->doc, obj) {
		name = kl_json_raw(k->doc, m);
		if (name.n == c->n && memcmp(name.s, c->name, c->n) == 0)
			return true;
	}
	return false;
}

/* The location's fields, in a location that the record has not. */
static void
put_location(struct kl_member_making *k)
{
	size_t start = k->b->n;
	bool comma = k->comma;
	size_t empty;

	kl_buf_puts(k->b, comma ? ",\"location\":{" : "\"location\":{");
	empty = k->b->n;
	k->comma = false;
	kl_member_missing(k, 0, true);
	k->comma = true;
	if (k->b->n == empty) {
		k->b->n = start;
		k->comma = comma;
	} else
		kl_buf_putc(k->b, '}');
}

void
kl_member_missing(struct kl_member_making *k, uint32_t obj, bool place)
{
	uint32_t properties = kl_json_get(k->doc, 0, "properties"), i;
	const struct kl_clear *c;

	if (properties != 0 &&
	    kl_json_type(k->doc, properties) != KL_JSON_OBJECT)
		properties = 0;
	for (i = 0; i < k->p->clears; i++) {
		c = &k->p->clear[i];
		if (c->row == NULL) {
			if (!place &&
			    (properties == 0 || !has(k, properties, c)))
				unset(k, (struct kl_span){ c->name, c->n });
		} else if (c->place == place &&
		    ((place && obj == 0) || !has(k, obj, c)))
			put_null(k, (struct kl_span){ c->name, c->n });
	}
	if (!place && !k->location)
		put_location(k);
}

/* --- meta ----------------------------------------------------------------- */

/* The elements of unset, a string or a list of them, and ours. */
static void
put_unset(struct kl_member_making *k, uint32_t old)
{
	struct kl_buf *b = k->b;
	struct kl_span list;

	kl_buf_puts(b, "\"unset\":[");
	if (old != 0 && kl_json_type(k->doc, old) == KL_JSON_STRING) {
		kl_buf_span(b, kl_json_raw(k->doc, old));
		kl_buf_putc(b, ',');
	} else if (old != 0 && kl_json_type(k->doc, old) == KL_JSON_ARRAY &&
	    k->doc->node[old].count > 0) {
		list = kl_json_raw(k->doc, old);
		kl_buf_put(b, list.s + 1, list.n - 2);
		kl_buf_putc(b, ',');
	}
	kl_buf_put(b, k->p->unset.s, k->p->unset.n);
	kl_buf_putc(b, ']');
}

/* The members of an object but the one called without, a comma after each. */
static void
put_others(struct kl_member_making *k, uint32_t obj, const char *without)
{
	if (obj == 0 || kl_json_type(k->doc, obj) != KL_JSON_OBJECT)
		return;
	kl_json_each_member (m, k->doc, obj) {
		if (kl_json_is(k->doc, m, without))
			continue;
		kl_buf_span(k->b, kl_json_raw(k->doc, m));
		kl_buf_putc(k->b, ':');
		kl_buf_span(k->b, kl_json_raw(k->doc, m + 1));
		kl_buf_putc(k->b, ',');
	}
}

/* The member of an object, if that is one and has it; 0: it is not there. */
static uint32_t
inner(const struct kl_json *doc, uint32_t obj, const char *name)
{
	if (obj == 0 || kl_json_type(doc, obj) != KL_JSON_OBJECT)
		return 0;
	return kl_json_get(doc, obj, name);
}

enum kl_rc
kl_member_meta(struct kl_member_making *k, struct kl_err *err)
{
	uint32_t patch = inner(k->doc, k->meta, "patch_properties");
	uint32_t append = inner(k->doc, patch, "append");

	k->p->appends = append != 0 &&
	    kl_json_type(k->doc, append) == KL_JSON_OBJECT &&
	    k->doc->node[append].count > 0;
	kl_buf_puts(k->b, ",\"meta\":");
	if (k->p->unset.n == 0) {
		kl_buf_span(k->b, kl_json_raw(k->doc, k->meta));
		return KL_OK;
	}
	kl_buf_putc(k->b, '{');
	put_others(k, k->meta, "patch_properties");
	kl_buf_puts(k->b, "\"patch_properties\":{");
	put_others(k, patch, "unset");
	put_unset(k, inner(k->doc, patch, "unset"));
	kl_buf_puts(k->b, "}}");
	return kl_buf_check(&k->p->unset, err);
}
