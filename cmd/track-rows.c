/* SPDX-License-Identifier: MIT */
/* track-rows.c - what comes in becomes an event record. */

#include "track-rows.h"
#include "map-opt.h"

/* --- before --------------------------------------------------------------- */

static enum kl_rc
make_mapping(struct track_rows *t, const struct kl_strs *map,
    const struct kl_config *config, struct kl_err *err)
{
	struct kl_mapping_options options = { .shape = KL_MAPPING_EVENT };
	enum kl_rc rc;
	size_t i;

	if ((t->mapping = kl_mapping_new(&options)) == NULL)
		return kl_err_nomem(err);
	rc = cmd_event_map(t->mapping, &t->event, err);
	if (rc == KL_OK && config->mapped_fields != 0)
		rc = kl_mapping_add_config(t->mapping, &config->doc,
		    config->mapped_fields, err);
	for (i = 0; i < map->n && rc == KL_OK; i++)
		rc = cmd_map_option(t->mapping, map->s[i], err);
	return rc == KL_OK ? kl_mapping_ready(t->mapping, err) : rc;
}

static enum kl_rc
make_convert(struct track_rows *t, struct kl_convert **to, const char *name,
    const char *arg, struct kl_err *err)
{
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	cmd_event_function(&b, name, arg);
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		rc = kl_convert_new(to, &t->converter,
		    (struct kl_span){ b.s, b.n }, err);
	kl_buf_free(&b);
	return rc;
}

enum kl_rc
track_rows_new(struct track_rows *t, const struct kl_strs *map,
    const struct kl_config *config, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;

	if (map->n > 0 || config->mapped_fields != 0)
		rc = make_mapping(t, map, config, err);
	if (rc == KL_OK && t->event.time_format != NULL)
		rc = make_convert(t, &t->time, "date", t->event.time_format,
		    err);
	if (rc == KL_OK)
		rc = make_convert(t, &t->value, "number", NULL, err);
	return rc;
}

bool
track_rows_used(const struct track_rows *t)
{
	const struct cmd_event *e = &t->event;

	return t->mapping != NULL || e->metric != NULL ||
	    e->time_field != NULL || e->id_field != NULL ||
	    e->value_field != NULL || e->time_format != NULL;
}

/* --- records -------------------------------------------------------------- */

/* A member that may be made of another field. */
struct member {
	const char *name;
	const char *field;		 /* NULL: of none */
	const char *constant;		 /* NULL: none */
	const struct kl_convert *conv;	 /* of the field's value, or NULL */
	const struct kl_convert *always; /* ... and of the member's own */
	bool text;			 /* a number becomes a string */
};
#define MEMBERS 4

static void
list_members(const struct track_rows *t, struct member to[MEMBERS])
{
	const struct cmd_event *e = &t->event;

	to[0] = (struct member){ .name = "metric", .constant = e->metric };
	to[1] = (struct member){ .name = "time",
		.field = e->time_field,
		.conv = t->time,
		.always = t->time };
	to[2] = (struct member){ .name = "value",
		.field = e->value_field,
		.conv = t->value };
	to[3] = (struct member){ .name = "unique_id",
		.field = e->id_field,
		.text = true };
}

/* The node that the member is to be made of, and how; 0: it is left as it is.
 */
static uint32_t
origin(const struct kl_json *doc, const struct member *m,
    const struct kl_convert **conv)
{
	uint32_t own = kl_json_get(doc, 0, m->name), at;

	*conv = m->always;
	if (own != 0 && kl_json_type(doc, own) != KL_JSON_NULL)
		return m->always != NULL ? own : 0;
	*conv = m->conv;
	if (m->field == NULL)
		return 0;
	at = kl_json_path(doc, 0, KL_SPAN(m->field));
	return at != 0 && !kl_json_is_empty(doc, at) ? at : 0;
}

static enum kl_rc
put_from(struct track_rows *t, const struct kl_json *doc,
    const struct member *m, uint32_t node, const struct kl_convert *conv,
    struct kl_err *why)
{
	struct kl_value v = kl_value_of(doc, node);
	enum kl_rc rc = KL_OK;

	if (conv != NULL &&
	    (rc = kl_convert_run(conv, &t->converter, &v, why)) != KL_OK) {
		if (why->field[0] == '\0')
			kl_err_field(why, m->name, strlen(m->name));
		return rc;
	}
	kl_json_put_name(&t->text, m->name);
	if (m->text && v.type != KL_JSON_STRING) {
		kl_buf_putc(&t->text, '"');
		kl_value_put(&t->text, &v);
		kl_buf_putc(&t->text, '"');
	} else
		kl_value_put(&t->text, &v);
	return KL_OK;
}

/* True if the member at m is to be made, and so not copied. */
static bool
is_made(const struct kl_json *doc, uint32_t m, const struct member *of,
    const uint32_t node[MEMBERS])
{
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		if ((node[i] != 0 || of[i].constant != NULL) &&
		    kl_json_is(doc, m, of[i].name))
			return true;
	return false;
}

/* The event record with what it lacks, or r as it is. */
static enum kl_rc
complete(struct track_rows *t, struct kl_send_record *r, struct kl_err *why)
{
	const struct kl_convert *conv[MEMBERS];
	const struct kl_json *doc = r->doc;
	struct member of[MEMBERS];
	uint32_t node[MEMBERS], own;
	bool any = false;
	enum kl_rc rc = KL_OK;
	size_t i;

	list_members(t, of);
	for (i = 0; i < MEMBERS; i++) {
		node[i] = origin(doc, &of[i], &conv[i]);
		own = kl_json_get(doc, 0, of[i].name);
		if (own != 0 && kl_json_type(doc, own) != KL_JSON_NULL)
			of[i].constant = NULL;
		any = any || node[i] != 0 || of[i].constant != NULL;
	}
	if (!any)
		return KL_OK;
	kl_buf_putc(&t->text, '{');
	kl_json_each_member (m, doc, 0) {
		if (is_made(doc, m, of, node))
			continue;
		kl_json_put_comma(&t->text);
		kl_buf_span(&t->text, kl_json_raw(doc, m));
		kl_buf_putc(&t->text, ':');
		kl_buf_span(&t->text, kl_json_raw(doc, m + 1));
	}
	for (i = 0; i < MEMBERS && rc == KL_OK; i++)
		if (node[i] != 0)
			rc = put_from(t, doc, &of[i], node[i], conv[i], why);
		else if (of[i].constant != NULL)
			kl_json_put_str(&t->text, of[i].name, of[i].constant);
	kl_buf_putc(&t->text, '}');
	return rc;
}

enum kl_rc
track_rows_shape(void *ctx, struct kl_send_record *r, struct kl_err *why)
{
	struct track_rows *t = ctx;
	uint32_t profile = kl_json_get(r->doc, 0, "profile");
	enum kl_rc rc;

	kl_buf_reset(&t->text);
	if (t->mapping != NULL &&
	    (profile == 0 || kl_json_type(r->doc, profile) != KL_JSON_OBJECT))
		rc = kl_mapping_run(t->mapping, r->doc, &t->text, why);
	else
		rc = complete(t, r, why);
	if (rc != KL_OK || t->text.n == 0)
		return rc;
	if ((rc = kl_buf_check(&t->text, why)) != KL_OK)
		return rc;
	rc = kl_json_scan(&t->doc, t->text.s, t->text.n, why);
	r->doc = &t->doc;
	return rc;
}

void
track_rows_free(struct track_rows *t)
{
	kl_mapping_free(t->mapping);
	kl_convert_free(t->time);
	kl_convert_free(t->value);
	kl_converter_free(&t->converter);
	kl_buf_free(&t->text);
	kl_json_free(&t->doc);
}
