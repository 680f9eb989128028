/* SPDX-License-Identifier: MIT */
/* profile.c - reading a profile out of a request, strictly. */

#include <stdio.h>
#include <stdlib.h>

#include "body.h"
#include "check.h"
#include "kl/room.h"
#include "profile.h"

struct attribute {
	const char *name;
	unsigned len;
	unsigned types;
	uint32_t key;
};
#define A(name, types, key)                                                    \
	{                                                                      \
		name, sizeof(name) - 1, types, key                             \
	}

#define KEY_LOCATION 1000U
#define KEY_PROPERTIES 1001U
#define KEY_META 1002U

static const struct attribute attributes[] = {
	A("email", TEXT, KEY_EMAIL),
	A("phone_number", TEXT, KEY_PHONE),
	A("external_id", TEXT, KEY_EXTERNAL),
	A("first_name", TEXT, KEY_FIRST_NAME),
	A("last_name", TEXT, KEY_LAST_NAME),
	A("organization", TEXT, KEY_ORGANIZATION),
	A("locale", TEXT, KEY_LOCALE),
	A("title", TEXT, KEY_TITLE),
	A("image", TEXT, KEY_IMAGE),
	A("location", OBJECT, KEY_LOCATION),
	A("properties", OBJECT, KEY_PROPERTIES),
	A("_kx", TEXT, KEY_KX),
	A("anonymous_id", TEXT, KEY_ANONYMOUS),
	A("meta", OBJECT, KEY_META),
	{ NULL, 0, 0, 0 },
};

static const struct attribute location[] = {
	A("address1", TEXT, KEY_ADDRESS1),
	A("address2", TEXT, KEY_ADDRESS2),
	A("city", TEXT, KEY_CITY),
	A("country", TEXT, KEY_COUNTRY),
	A("latitude", TEXT_OR_NUMBER, KEY_LATITUDE),
	A("longitude", TEXT_OR_NUMBER, KEY_LONGITUDE),
	A("region", TEXT, KEY_REGION),
	A("zip", TEXT, KEY_ZIP),
	A("timezone", TEXT, KEY_TIMEZONE),
	A("ip", TEXT, KEY_IP),
	{ NULL, 0, 0, 0 },
};

/* What a road allows, and what null means on it. */
static const struct {
	bool id, need_id, kx, meta, lists, need_identifier;
	bool null_clears;
	bool anonymous, inner_meta; /* among the attributes */
} roads[] = {
	[ROAD_CREATE] = { .need_identifier = true },
	[ROAD_PATCH] = { .id = true,
	    .need_id = true,
	    .meta = true,
	    .null_clears = true },
	[ROAD_IMPORT] = { .id = true,
	    .kx = true,
	    .meta = true,
	    .need_identifier = true,
	    .null_clears = true },
	[ROAD_BULK] = { .id = true,
	    .kx = true,
	    .meta = true,
	    .need_identifier = true },
	[ROAD_EVENT] = { .id = true,
	    .kx = true,
	    .anonymous = true,
	    .inner_meta = true,
	    .need_identifier = true },
	[ROAD_EVENTS] = { .id = true,
	    .kx = true,
	    .anonymous = true,
	    .meta = true,
	    .need_identifier = true },
	[ROAD_SEED] = { .id = true,
	    .kx = true,
	    .anonymous = true,
	    .lists = true,
	    .need_identifier = true },
};

static bool
push(struct draft *d, uint32_t key, struct kl_span value)
{
	if (!KL_ROOM(d->e, d->n, d->cap, 64))
		return false;
	d->e[d->n++] = (struct entry){ key, value };
	return true;
}

static const struct attribute *
find(const struct attribute *table, struct kl_span name)
{
	for (; table->name != NULL; table++)
		if (table->len == name.n && table->name[0] == name.s[0] &&
		    memcmp(table->name, name.s, name.n) == 0)
			return table;
	return NULL;
}

static bool
no_memory(struct problem *p)
{
	return problem_set(p, BROKEN, "/data", "out of memory");
}

static bool
bad_type(struct problem *p, const char *at, const struct attribute *a)
{
	char where[200];

	(void)snprintf(where, sizeof(where), "%s/%s", at, a->name);
	return problem_set(p, BAD_INPUT, where,
	    "Invalid input for '%s': expected %s.", a->name,
	    a->types == TEXT	     ? "a string"
		: a->types == OBJECT ? "an object"
				     : "a string or a number");
}

static bool
type_fits(const struct kl_json *doc, uint32_t v, unsigned types)
{
	return (types & 1U << kl_json_type(doc, v)) != 0;
}

/* An identifier: well-formed, and in one spelling whatever its escapes. */
static bool
identifier(struct draft *d, enum key k, uint32_t v, struct problem *p)
{
	struct kl_span text = kl_json_text(d->doc, v, &d->tmp);
	struct kl_buf *canon = &d->canon[k];

	if (k == KEY_EMAIL && !check_email(text))
		return problem_set(p, BAD_INPUT, "/attributes/email",
		    "Invalid email address");
	if (k == KEY_PHONE && !check_phone(text))
		return problem_set(p, BAD_INPUT, "/attributes/phone_number",
		    "Invalid phone number format (Example of a valid format: "
		    "+12345678901)");
	if (text.n == 0)
		return problem_set(p, BAD_INPUT,
		    k == KEY_KX		     ? "/attributes/_kx"
			: k == KEY_ANONYMOUS ? "/attributes/anonymous_id"
					     : "/attributes/external_id",
		    "This field may not be blank.");
	d->ident[k] = kl_json_raw(d->doc, v);
	if (d->doc->node[v].esc) {
		kl_buf_reset(canon);
		kl_json_put_text(canon, text.s, text.n);
		if (canon->rc != KL_OK)
			return no_memory(p);
		d->ident[k] = (struct kl_span){ canon->s, canon->n };
	}
	return true;
}

/* A value for a plain attribute; null as the road has it. */
static bool
plain(struct draft *d, const struct attribute *a, uint32_t v, struct problem *p)
{
	struct kl_span value = kl_json_raw(d->doc, v);

	if (kl_json_type(d->doc, v) == KL_JSON_NULL) {
		if (!roads[d->road].null_clears)
			return true;
		value = (struct kl_span){ NULL, 0 };
	} else if (a->key < KEY_IDENTIFIERS) {
		if (!identifier(d, (enum key)a->key, v, p))
			return false;
		value = d->ident[a->key];
	}
	return push(d, a->key, value) || no_memory(p);
}

static bool
read_location(struct draft *d, uint32_t obj, struct problem *p)
{
	const struct attribute *a;
	struct kl_span name;

	if (kl_json_type(d->doc, obj) == KL_JSON_NULL) {
		if (roads[d->road].null_clears)
			for (a = location; a->name != NULL; a++)
				if (!push(d, a->key, (struct kl_span){ 0 }))
					return no_memory(p);
		return true;
	}
	kl_json_each_member (m, d->doc, obj) {
		name = kl_json_text(d->doc, m, &d->tmp);
		if ((a = find(location, name)) == NULL)
			return problem_field(p, "/attributes/location", name,
			    "profile");
		if (!type_fits(d->doc, m + 1, a->types))
			return bad_type(p, "/attributes/location", a);
		if (!plain(d, a, m + 1, p))
			return false;
	}
	return true;
}

/* Custom properties: any JSON under any name. */
static bool
read_properties(struct store *st, struct draft *d, uint32_t obj,
    struct problem *p)
{
	struct kl_span value;
	uint32_t key;

	if (kl_json_type(d->doc, obj) == KL_JSON_NULL)
		return true;
	kl_json_each_member (m, d->doc, obj) {
		if (kl_json_type(d->doc, m + 1) == KL_JSON_NULL &&
		    !roads[d->road].null_clears)
			continue;
		key = store_key(st, kl_json_text(d->doc, m, &d->tmp));
		value = kl_json_raw(d->doc, m + 1);
		if (d->null_unsets &&
		    kl_json_type(d->doc, m + 1) == KL_JSON_NULL)
			value = (struct kl_span){ NULL, 0 };
		if (key == NONE || !push(d, key, value))
			return no_memory(p);
	}
	return true;
}

/* "key" or ["key", ...]. */
static bool
names(const struct kl_json *doc, uint32_t v)
{
	if (kl_json_type(doc, v) == KL_JSON_STRING)
		return true;
	if (kl_json_type(doc, v) != KL_JSON_ARRAY)
		return false;
	kl_json_each (e, doc, v)
		if (kl_json_type(doc, e) != KL_JSON_STRING)
			return false;
	return true;
}

static bool
read_patch(struct draft *d, uint32_t obj, struct problem *p)
{
	static const char *const at = "/meta/patch_properties";
	struct kl_span name;

	kl_json_each_member (m, d->doc, obj) {
		name = kl_json_text(d->doc, m, &d->tmp);
		if (kl_span_is(name, "unset")) {
			if (!names(d->doc, m + 1))
				return problem_set(p, BAD_INPUT,
				    "/meta/patch_properties/unset",
				    "Invalid input for 'unset': expected a "
				    "string or a list of strings.");
			d->unset = m + 1;
			continue;
		}
		if (!kl_span_is(name, "append") &&
		    !kl_span_is(name, "unappend"))
			return problem_field(p, at, name, "profile");
		if (!type_fits(d->doc, m + 1, OBJECT))
			return problem_set(p, BAD_INPUT, at,
			    "Invalid input for '%.*s': expected an object.",
			    (int)name.n, name.s);
		if (kl_json_type(d->doc, m + 1) == KL_JSON_NULL)
			continue;
		*(name.s[0] == 'a' ? &d->append : &d->unappend) = m + 1;
	}
	return true;
}

static bool
read_meta(struct draft *d, uint32_t obj, struct problem *p)
{
	struct kl_span name;

	kl_json_each_member (m, d->doc, obj) {
		name = kl_json_text(d->doc, m, &d->tmp);
		if (kl_span_is(name, "patch_identifiers"))
			/* Only accounts with several addresses per profile
			 * have it; this account is none. */
			return problem_set(p, BAD_INPUT,
			    "/meta/patch_identifiers",
			    "Multiple emails are not enabled for this "
			    "account.");
		if (!kl_span_is(name, "patch_properties"))
			return problem_field(p, "/meta", name, "profile");
		if (kl_json_type(d->doc, m + 1) != KL_JSON_OBJECT)
			return problem_set(p, BAD_INPUT,
			    "/meta/patch_properties",
			    "Invalid input for 'patch_properties': expected "
			    "an object.");
		if (!read_patch(d, m + 1, p))
			return false;
	}
	return true;
}

static bool
read_inner_meta(struct draft *d, uint32_t obj, struct problem *p)
{
	return kl_json_type(d->doc, obj) == KL_JSON_NULL ||
	    read_meta(d, obj, p);
}

static bool
allowed(enum road road, uint32_t key)
{
	return (key != KEY_KX || roads[road].kx) &&
	    (key != KEY_ANONYMOUS || roads[road].anonymous) &&
	    (key != KEY_META || roads[road].inner_meta);
}

static bool
read_attributes(struct store *st, struct draft *d, uint32_t obj,
    struct problem *p)
{
	const struct attribute *a;
	struct kl_span name;
	bool good;

	d->attributes = obj;
	kl_json_each_member (m, d->doc, obj) {
		name = kl_json_text(d->doc, m, &d->tmp);
		a = find(attributes, name);
		if (a == NULL || !allowed(d->road, a->key))
			return problem_field(p, "/attributes", name, "profile");
		if (!type_fits(d->doc, m + 1, a->types))
			return bad_type(p, "/attributes", a);
		if (a->key == KEY_LOCATION)
			good = read_location(d, m + 1, p);
		else if (a->key == KEY_PROPERTIES)
			good = read_properties(st, d, m + 1, p);
		else if (a->key == KEY_META)
			good = read_inner_meta(d, m + 1, p);
		else
			good = plain(d, a, m + 1, p);
		if (!good)
			return false;
	}
	return true;
}

/* One member beside attributes. */
static bool
read_member(struct draft *d, uint32_t m, struct problem *p)
{
	const struct kl_json *doc = d->doc;
	enum kl_json_type t = kl_json_type(doc, m + 1);
	struct kl_span name = kl_json_text(doc, m, &d->tmp);

	if (kl_span_is(name, "type"))
		return kl_json_is(doc, m + 1, "profile") ||
		    problem_set(p, BAD_INPUT, "/type",
			"Invalid input for 'type': expected 'profile'.");
	if (kl_span_is(name, "id") && roads[d->road].id) {
		if (t != KL_JSON_STRING && t != KL_JSON_NULL)
			return problem_set(p, BAD_INPUT, "/id",
			    "Invalid input for 'id': expected a string.");
		if (t == KL_JSON_STRING) {
			d->id = kl_json_raw(doc, m + 1);
			d->id.s++;
			d->id.n -= 2;
		}
		return true;
	}
	if (kl_span_is(name, "meta") && roads[d->road].meta) {
		if (t != KL_JSON_OBJECT)
			return problem_set(p, BAD_INPUT, "/meta",
			    "Invalid input for 'meta': expected an object.");
		return read_meta(d, m + 1, p);
	}
	if ((kl_span_is(name, "lists") || kl_span_is(name, "segments")) &&
	    roads[d->road].lists)
		return t == KL_JSON_ARRAY ||
		    problem_set(p, BAD_INPUT, "",
			"Invalid input for '%s': expected a list.",
			name.s[0] == 'l' ? "lists" : "segments");
	return problem_field(p, "", name, "profile");
}

static bool
required(struct problem *p, const char *name)
{
	char where[40];

	(void)snprintf(where, sizeof(where), "/%s", name);
	return problem_set(p, BAD_INPUT, where, "'%s' is a required field.",
	    name);
}

static void
draft_reset(struct draft *d, const struct kl_json *doc, enum road road)
{
	int k;

	d->road = road;
	d->doc = doc;
	d->id = (struct kl_span){ NULL, 0 };
	for (k = 0; k < KEY_IDENTIFIERS; k++)
		d->ident[k] = (struct kl_span){ NULL, 0 };
	d->append = d->unappend = d->unset = 0;
	d->n = 0;
}

bool
profile_read(struct store *st, const struct kl_json *doc, uint32_t node,
    enum road road, struct draft *d, struct problem *p)
{
	uint32_t attrs = 0;
	bool typed = false, named;
	int k;

	draft_reset(d, doc, road);
	if (kl_json_type(doc, node) != KL_JSON_OBJECT)
		return problem_set(p, BAD_INPUT, "",
		    "Invalid input: expected an object.");
	kl_json_each_member (m, doc, node) {
		if (kl_json_is(doc, m, "attributes")) {
			attrs = m + 1;
			continue;
		}
		typed = typed || kl_json_is(doc, m, "type");
		if (!read_member(d, m, p))
			return false;
	}
	if (!typed)
		return required(p, "type");
	if (roads[road].need_id && d->id.s == NULL)
		return required(p, "id");
	if (attrs == 0)
		return required(p, "attributes");
	if (kl_json_type(doc, attrs) != KL_JSON_OBJECT)
		return problem_set(p, BAD_INPUT, "/attributes",
		    "Invalid input for 'attributes': expected an object.");
	if (!read_attributes(st, d, attrs, p))
		return false;
	named = d->id.s != NULL;
	for (k = 0; k < KEY_IDENTIFIERS; k++)
		named = named || d->ident[k].s != NULL;
	if (roads[road].need_identifier && !named)
		return problem_set(p, BAD_INPUT, "/attributes",
		    "At least one identifier is required: email, "
		    "phone_number, external_id%s.",
		    roads[road].kx ? ", id or _kx" : "");
	return true;
}

void
draft_disown(struct draft *d, enum key k)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		if (d->e[i].key != (uint32_t)k)
			d->e[n++] = d->e[i];
	d->n = n;
	d->ident[k] = (struct kl_span){ NULL, 0 };
	d->owner[k] = NONE;
}

void
draft_free(struct draft *d)
{
	int k;

	for (k = 0; k < KEY_IDENTIFIERS; k++)
		kl_buf_free(&d->canon[k]);
	kl_buf_free(&d->tmp);
	kl_buf_free(&d->patched);
	kl_json_free(&d->old);
	free(d->e);
	*d = (struct draft){ 0 };
}
