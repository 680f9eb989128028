/* SPDX-License-Identifier: MIT */

/*
 * profile.c - the members of a profile record, and the object that is sent.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kl/email.h"
#include "kl/near.h"
#include "kl/profile.h"

#include "member.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ROW(name, role, form, identifies)                                      \
	{                                                                      \
		name, sizeof(name) - 1, KL_MEMBER_##role, KL_FORM_##form,      \
		    identifies                                                 \
	}

/*
 * By length, for find() and member_of.  What is sent is what the API takes in a
 * bulk import; what is read is what it answers (anonymous_id and whatsapp_bsuid
 * are in no description, but in its answers).
 */
static const struct kl_member members[] = {
	ROW("id", ID, NAME, false),
	ROW("_kx", SENT, NAME, true),
	ROW("meta", META, META, false),
	ROW("email", SENT, EMAIL, true),
	ROW("image", SENT, TEXT, false),
	ROW("title", SENT, TEXT, false),
	ROW("locale", SENT, LOCALE, false),
	ROW("consent", CONSENT, CONSENT, false),
	ROW("created", READ, TEXT, false),
	ROW("updated", READ, TEXT, false),
	ROW("location", SENT, LOCATION, false),
	ROW("last_name", SENT, TEXT, false),
	ROW("first_name", SENT, TEXT, false),
	ROW("properties", SENT, OBJECT, false),
	ROW("external_id", SENT, NAME, true),
	ROW("anonymous_id", READ, TEXT, false),
	ROW("organization", SENT, TEXT, false),
	ROW("phone_number", SENT, PHONE, true),
	ROW("subscriptions", READ, OBJECT, false),
	ROW("whatsapp_bsuid", READ, TEXT, false),
	ROW("joined_group_at", READ, TEXT, false),
	ROW("last_event_date", READ, TEXT, false),
	ROW("predictive_analytics", READ, OBJECT, false),
};

static const struct kl_member places[] = {
	ROW("ip", SENT, TEXT, false),
	ROW("zip", SENT, TEXT, false),
	ROW("city", SENT, TEXT, false),
	ROW("region", SENT, TEXT, false),
	ROW("country", SENT, TEXT, false),
	ROW("address1", SENT, TEXT, false),
	ROW("address2", SENT, TEXT, false),
	ROW("latitude", SENT, LATITUDE, false),
	ROW("timezone", SENT, TEXT, false),
	ROW("longitude", SENT, LONGITUDE, false),
};

static const char *const names[] = { "email", "phone_number", "external_id",
	"first_name", "last_name", "organization", "title", "image", "locale",
	"location.address1", "location.address2", "location.city",
	"location.region", "location.country", "location.zip",
	"location.timezone", "location.ip", "location.latitude",
	"location.longitude", "properties", "consent", "meta", "id", "_kx",
	NULL };

/* Where the names of a length begin: the first row that is not shorter. */
static const uint8_t member_of[] = { 0, 0, 0, 1, 2, 3, 6, 7, 10, 11, 12, 14, 15,
	18, 19, 20, 22, 22, 22, 22, 22 };
static const uint8_t place_of[] = { 0, 0, 0, 1, 2, 3, 3, 4, 5, 9 };

/* The row with that name, from the first of its length on. */
static inline const struct kl_member *
find(const struct kl_member *row, const struct kl_member *end,
    struct kl_span name)
{
	for (; row < end && row->n == name.n; row++)
		if (kl_member_same(row->name, name.s, name.n))
			return row;
	return NULL;
}

const struct kl_member *
kl_profile_member(struct kl_span name)
{
	if (name.n == 0 || name.n >= COUNT(member_of))
		return NULL;
	return find(members + member_of[name.n], members + COUNT(members),
	    name);
}

const struct kl_member *
kl_location_member(struct kl_span name)
{
	if (name.n == 0 || name.n >= COUNT(place_of))
		return NULL;
	return find(places + place_of[name.n], places + COUNT(places), name);
}

_Static_assert(COUNT(members) + COUNT(places) == KL_PROFILE_MEMBERS,
    "a plan has room for all");

const struct kl_member *
kl_member_rows(bool of_location, uint32_t *n)
{
	*n = of_location ? COUNT(places) : COUNT(members);
	return of_location ? places : members;
}

const char *const *
kl_profile_names(void)
{
	return names;
}

void
kl_member_path(struct kl_err *err, const struct kl_json *doc, uint32_t m,
    const char *in)
{
	struct kl_span name = kl_json_raw(doc, m);
	char path[sizeof(err->field)];
	int n;

	n = snprintf(path, sizeof(path), "%s%s%.*s", in == NULL ? "" : in,
	    in == NULL ? "" : ".", (int)(name.n < 200 ? name.n - 2 : 200),
	    name.s + 1);
	if (n > 0)
		kl_err_field(err, path, strlen(path));
}

enum kl_rc
kl_member_unknown(struct kl_profile *p, const struct kl_json *doc, uint32_t m,
    const char *in, struct kl_err *err)
{
	struct kl_err where = { 0 };
	const char *near, *path = where.field;

	kl_member_path(&where, doc, m, in);
	if (in != NULL && strncmp(in, KL_WITHIN_EVENT, KL_WITHIN_N) == 0)
		path += KL_WITHIN_N + 1;
	near = kl_near(names, path, strlen(path));
	(void)kl_err_set(err, KL_EDATA, "%s is not a member of a profile",
	    where.field);
	kl_err_code(err, "member_unknown");
	kl_err_field(err, where.field, strlen(where.field));
	kl_err_hint(err, "%s%s%scustom properties belong inside properties%s%s",
	    near != NULL ? "is it " : "", near != NULL ? near : "",
	    near != NULL ? "? otherwise, " : "",
	    p->unknown_option != NULL ? "; or use " : "",
	    p->unknown_option != NULL ? p->unknown_option : "");
	return KL_EDATA;
}

enum kl_rc
kl_member_object(const struct kl_json *doc, struct kl_err *err)
{
	if (kl_member_is_object(doc))
		return KL_OK;
	(void)kl_err_set(err, KL_EDATA, "the record is not a JSON object");
	kl_err_code(err, "not_object");
	kl_err_hint(err, "a record is one object a line, {\"email\":...}");
	return KL_EDATA;
}

/* The path of the object called name (NULL: of the profile itself). */
static const char *
path_of(const struct kl_member_making *k, const char *name)
{
	if (!k->event)
		return name;
	return name == NULL ? KL_WITHIN_EVENT : KL_WITHIN_EVENT ".location";
}

/* Append the member at m: in one piece if nothing but the colon stands
 * between name and value, as most writers have it. */
static void
put_member(struct kl_member_making *k, uint32_t m)
{
	const struct kl_json_node *name = k->doc->node + m, *value = name + 1;

	if (k->comma)
		kl_buf_putc(k->b, ',');
	k->comma = true;
	if (value->at == name->at + name->n + 1) {
		kl_buf_put(k->b, k->doc->s + name->at, name->n + 1 + value->n);
		return;
	}
	kl_buf_span(k->b, kl_json_raw(k->doc, m));
	kl_buf_putc(k->b, ':');
	kl_buf_span(k->b, kl_json_raw(k->doc, m + 1));
}

/* Append a member that no profile has, or do not, or fail. */
static enum kl_rc
put_unknown(struct kl_member_making *k, uint32_t m, const char *in,
    struct kl_err *err)
{
	switch (k->p->unknown) {
	case KL_UNKNOWN_KEEP:
		put_member(k, m);
		return KL_OK;
	case KL_UNKNOWN_DROP:
		k->p->dropped++;
		return KL_OK;
	case KL_UNKNOWN_REFUSE:
		break;
	}
	return kl_member_unknown(k->p, k->doc, m, in, err);
}

/* A member of location or properties is null. */
static enum kl_rc
null_within(struct kl_member_making *k, uint32_t m, const struct kl_member *row,
    struct kl_err *err)
{
	const struct kl_member *place = NULL;

	if (row->form == KL_FORM_LOCATION)
		place =
		    kl_location_member(kl_member_text(k->doc, m, &k->p->name));
	return kl_member_null(k, m, place, row->name, err);
}

/*
 * Append location or properties without the members that are null; nothing
 * if none is left.  A null that lies deeper is the user's own value.
 */
static enum kl_rc
put_object(struct kl_member_making *k, uint32_t m, const struct kl_member *row,
    struct kl_err *err)
{
	size_t start = k->b->n, empty;
	bool comma = k->comma;

	if (comma)
		kl_buf_putc(k->b, ',');
	kl_buf_span(k->b, kl_json_raw(k->doc, m));
	kl_buf_put(k->b, ":{", 2);
	empty = k->b->n;
	k->comma = false;
	kl_json_each_member (i, k->doc, m + 1) {
		if (row->form == KL_FORM_LOCATION &&
		    kl_location_member(
			kl_member_text(k->doc, i, &k->p->name)) == NULL) {
			if (put_unknown(k, i, path_of(k, row->name), err) !=
			    KL_OK)
				return KL_EDATA;
		} else if (kl_json_type(k->doc, i + 1) != KL_JSON_NULL)
			put_member(k, i);
		else if (null_within(k, i, row, err) != KL_OK)
			return KL_EDATA;
	}
	if (row->form == KL_FORM_LOCATION)
		kl_member_missing(k, m + 1, true);
	if (k->b->n == empty)
		k->b->n = start;
	else
		kl_buf_putc(k->b, '}');
	k->comma = comma || k->b->n != start;
	return KL_OK;
}

/* True if object obj has a member that is null. */
static bool
has_null(const struct kl_json *doc, uint32_t obj)
{
	kl_json_each_member (m, doc, obj)
		if (kl_json_type(doc, m + 1) == KL_JSON_NULL)
			return true;
	return false;
}

/* True if the member is sent.  An event may name who has no identifier yet;
 * elsewhere that name is the service's own. */
static bool
is_sent(const struct kl_member_making *k, const struct kl_member *row)
{
	return row->role == KL_MEMBER_SENT || row->role == KL_MEMBER_META ||
	    (k->event && strcmp(row->name, "anonymous_id") == 0);
}

/* Append what the member at m contributes to the attributes. */
static enum kl_rc
put_attribute(struct kl_member_making *k, uint32_t m, struct kl_err *err)
{
	const struct kl_member *row =
	    kl_profile_member(kl_member_text(k->doc, m, &k->p->name));
	enum kl_json_type type = kl_json_type(k->doc, m + 1);

	if (row == NULL)
		return put_unknown(k, m, path_of(k, NULL), err);
	if (!is_sent(k, row))
		return KL_OK;
	if (row->form == KL_FORM_LOCATION)
		k->location =
		    type != KL_JSON_NULL || k->p->nulls == KL_NULLS_CLEAR;
	if (type == KL_JSON_NULL)
		return kl_member_null(k, m, row, NULL, err);
	if (row->role == KL_MEMBER_META && !k->inside)
		k->meta = m + 1;
	else if (type == KL_JSON_OBJECT &&
	    (row->form == KL_FORM_LOCATION || has_null(k->doc, m + 1)))
		return put_object(k, m, row, err);
	else
		put_member(k, m);
	return KL_OK;
}

/* Append "id":"..." if profiles are matched by it. */
static void
put_id(struct kl_member_making *k, uint32_t obj)
{
	uint32_t id = k->p->match_id ? kl_json_get(k->doc, obj, "id") : 0;

	if (id == 0 || kl_json_type(k->doc, id) == KL_JSON_NULL)
		return;
	kl_buf_puts(k->b, "\"id\":");
	kl_buf_span(k->b, kl_json_raw(k->doc, id));
	kl_buf_putc(k->b, ',');
}

enum kl_rc
kl_member_body(struct kl_profile *p, struct kl_buf *b,
    const struct kl_json *doc, uint32_t obj, bool inside, struct kl_err *err)
{
	struct kl_member_making k = { .p = p,
		.b = b,
		.doc = doc,
		.event = obj != 0,
		.inside = inside };
	uint64_t nulls = p->nulls_ignored, dropped = p->dropped;
	uint64_t cleared = p->cleared;
	size_t start = b->n;
	enum kl_rc rc = KL_OK;

	kl_buf_puts(b, "{\"type\":\"profile\",");
	p->sends_null = p->unsets = p->appends = p->as_read = false;
	kl_buf_reset(&p->unset);
	if (obj == 0 && !inside && !p->match_id && p->clears == 0 &&
	    kl_member_whole(p, doc)) {
		p->as_read = true;
		kl_buf_puts(b, "\"attributes\":");
		kl_buf_span(b, kl_json_raw(doc, 0));
		kl_buf_putc(b, '}');
		return kl_buf_check(b, err);
	}
	put_id(&k, obj);
	kl_buf_puts(b, "\"attributes\":{");
	kl_json_each_member (m, doc, obj)
		if (rc == KL_OK)
			rc = put_attribute(&k, m, err);
	if (rc == KL_OK && obj == 0 && p->clears > 0)
		kl_member_missing(&k, obj, false);
	kl_buf_putc(b, '}');
	if (rc == KL_OK && (k.meta != 0 || p->unset.n > 0))
		rc = kl_member_meta(&k, err);
	if (rc != KL_OK) {
		b->n = start;
		p->nulls_ignored = nulls;
		p->dropped = dropped;
		p->cleared = cleared;
		return rc;
	}
	kl_buf_putc(b, '}');
	return kl_buf_check(b, err);
}

enum kl_rc
kl_profile_body(struct kl_profile *p, struct kl_buf *b,
    const struct kl_json *doc, struct kl_err *err)
{
	if (kl_member_object(doc, err) != KL_OK)
		return KL_EDATA;
	return kl_member_body(p, b, doc, 0, false, err);
}

void
kl_profile_free(struct kl_profile *p)
{
	uint32_t i;

	for (i = 0; i < p->clears; i++)
		free(p->clear[i].name);
	free(p->clear);
	p->clear = NULL;
	p->clears = 0;
	kl_buf_free(&p->unset);
	kl_buf_free(&p->name);
	kl_buf_free(&p->text);
	kl_buf_free(&p->body);
}

/* Which of the identifiers a member is, as at[] and mem[] have them; ID_COUNT
 * if it is none. */
#define ID_COUNT 5
static unsigned
id_of(const struct kl_member *row)
{
	static const char *const name[ID_COUNT] = { "email", "phone_number",
		"external_id", "id", "_kx" };
	unsigned i;

	if (row == NULL || (!row->identifies && row->role != KL_MEMBER_ID))
		return ID_COUNT;
	for (i = 0; i < ID_COUNT && strcmp(name[i], row->name) != 0; i++)
		;
	return i;
}

/* Fold the address in place, in memory of its own; most need not be. */
static void
fold(struct kl_span *email, struct kl_buf *mem)
{
	if (kl_email_folded(email->s, email->n))
		return;
	if (email->s != mem->s) {
		kl_buf_reset(mem);
		kl_buf_span(mem, *email);
	}
	if (mem->rc != KL_OK || mem->n == 0)
		return;
	kl_email_fold(mem->s, mem->s, mem->n);
	email->s = mem->s;
}

/* Where the identifiers of a record are: known, if one of its shape was read
 * before. */
static void
find_ids(struct kl_profile_ids *ids, const struct kl_json *doc, uint32_t obj)
{
	const struct kl_member *row;
	unsigned id;

	if (obj == 0 && doc->shape != 0 && doc->shape == ids->shape)
		return;
	memset(ids->at, 0, sizeof(ids->at));
	ids->meta = ids->other = 0;
	ids->shape = obj == 0 ? doc->shape : 0;
	kl_json_each_member (m, doc, obj) {
		row = kl_profile_member(
		    kl_member_text(doc, m, &ids->mem[ID_COUNT]));
		id = id_of(row);
		if (id < ID_COUNT)
			ids->at[id] = m + 1;
		else if (row != NULL && row->role == KL_MEMBER_META)
			ids->meta = m + 1;
		else if (ids->other == 0 &&
		    (row == NULL || row->role == KL_MEMBER_SENT))
			ids->other = m + 1;
	}
}

enum kl_rc
kl_profile_ids(struct kl_profile_ids *ids, const struct kl_json *doc,
    uint32_t obj, struct kl_err *err)
{
	struct kl_span *const to[ID_COUNT] = { &ids->email, &ids->phone,
		&ids->external_id, &ids->id, &ids->kx };
	unsigned i;

	for (i = 0; i < ID_COUNT; i++)
		*to[i] = (struct kl_span){ 0 };
	if (obj >= doc->nodes || kl_json_type(doc, obj) != KL_JSON_OBJECT)
		return KL_OK;
	find_ids(ids, doc, obj);
	for (i = 0; i < ID_COUNT; i++) {
		if (ids->at[i] == 0)
			continue;
		*to[i] = kl_member_text(doc, ids->at[i], &ids->mem[i]);
		if (i == 0)
			fold(to[i], &ids->mem[i]);
		if (ids->mem[i].rc != KL_OK)
			return kl_buf_check(&ids->mem[i], err);
	}
	return KL_OK;
}

void
kl_profile_ids_free(struct kl_profile_ids *ids)
{
	size_t i;

	for (i = 0; i < COUNT(ids->mem); i++)
		kl_buf_free(&ids->mem[i]);
	*ids = (struct kl_profile_ids){ 0 };
}
