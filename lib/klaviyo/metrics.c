/* SPDX-License-Identifier: MIT */
/* metrics.c - find a metric by its name, and a person by their address. */

#include <stdio.h>
#include <string.h>

#include "kl/json.h"
#include "kl/metrics.h"
#include "kl/query.h"
#include "kl/source.h"

/* Metrics of one name; and what there is, for the message. */
struct search {
	const char *what;
	char id[KL_METRIC_ID];
	unsigned n;
	bool by_id;
	struct kl_buf ids, names, tmp;
};

/* The id of a resource as text; an id that is too long is none. */
static bool
copy_id(struct kl_buf *tmp, const struct kl_json *doc, uint32_t node,
    char to[KL_METRIC_ID])
{
	uint32_t at = kl_json_get(doc, node, "id");
	struct kl_span id;

	if (at == 0 || kl_json_type(doc, at) != KL_JSON_STRING)
		return false;
	id = kl_json_text(doc, at, tmp);
	if (id.n == 0 || id.n >= KL_METRIC_ID)
		return false;
	memcpy(to, id.s, id.n);
	to[id.n] = '\0';
	return true;
}

/* Compare with one metric, as id and as name. */
static void
look_at(struct search *f, const struct kl_json *doc, uint32_t node)
{
	char id[KL_METRIC_ID];
	struct kl_span text;
	uint32_t name;

	if (!copy_id(&f->tmp, doc, node, id) ||
	    (name = kl_json_path(doc, node, KL_SPAN("attributes.name"))) == 0)
		return;
	if (strcmp(id, f->what) == 0) {
		f->by_id = true;
		memcpy(f->id, id, sizeof(id));
	}
	if (kl_json_is(doc, name, f->what)) {
		if (f->n++ == 0 && !f->by_id)
			memcpy(f->id, id, sizeof(id));
		kl_buf_printf(&f->ids, "%s%s", f->ids.n > 0 ? ", " : "", id);
	}
	text = kl_json_text(doc, name, &f->tmp);
	if (f->names.n + text.n + 2 < 200)
		kl_buf_printf(&f->names, "%s%.*s", f->names.n > 0 ? ", " : "",
		    (int)text.n, text.s);
}

static enum kl_rc
judge(struct search *f, struct kl_err *err)
{
	if (f->by_id || f->n == 1)
		return KL_OK;
	if (f->n > 1) {
		(void)kl_err_set(err, KL_EUSAGE, "%u metrics have this name",
		    f->n);
		kl_err_code(err, "metric_ambiguous");
		kl_err_hint(err, "use --metric with one of %s",
		    kl_buf_str(&f->ids));
		return KL_EUSAGE;
	}
	(void)kl_err_set(err, KL_EREFUSED,
	    "the account of the key has no metric with this name or id");
	kl_err_code(err, "metric_unknown");
	if (f->names.n > 0)
		kl_err_hint(err, "it has %s", kl_buf_str(&f->names));
	return KL_EREFUSED;
}

enum kl_rc
kl_metric_find(struct kl_client *c, const char *what, char id[KL_METRIC_ID],
    struct kl_err *err)
{
	struct kl_want want = { .fields = "name" };
	struct search f = { .what = what };
	struct kl_source walk = { 0 };
	struct kl_query query = { 0 };
	struct kl_page page;
	enum kl_rc rc;

	rc = kl_query_make(&query, KL_RES_METRICS, NULL, &want, err);
	if (rc == KL_OK)
		rc = kl_source_walk(&walk, c, &query, NULL, err);
	while (rc == KL_OK && (rc = kl_source_next(&walk, &page, err)) == KL_OK)
		kl_json_each (e, page.doc, page.data)
			look_at(&f, page.doc, e);
	if (rc == KL_EOF)
		rc = judge(&f, err);
	if (rc == KL_OK)
		memcpy(id, f.id, sizeof(f.id));
	kl_source_free(&walk);
	kl_query_free(&query);
	kl_buf_free(&f.ids);
	kl_buf_free(&f.names);
	kl_buf_free(&f.tmp);
	return rc;
}

enum kl_rc
kl_person_find(struct kl_client *c, const char *email, char id[KL_METRIC_ID],
    struct kl_err *err)
{
	struct kl_want want = { .fields = "id", .email = email, .page = 1 };
	struct kl_source walk = { 0 };
	struct kl_buf tmp = { 0 };
	struct kl_query query = { 0 };
	struct kl_page page;
	bool found = false;
	enum kl_rc rc;

	rc = kl_query_make(&query, KL_RES_PROFILES, NULL, &want, err);
	if (rc == KL_OK)
		rc = kl_source_walk(&walk, c, &query, NULL, err);
	while (rc == KL_OK && !found &&
	    (rc = kl_source_next(&walk, &page, err)) == KL_OK)
		kl_json_each (e, page.doc, page.data)
			found = copy_id(&tmp, page.doc, e, id);
	if (rc == KL_EOF) {
		rc = kl_err_set(err, KL_EREFUSED,
		    "klaviyo knows nobody with this address");
		kl_err_code(err, "profile_unknown");
	}
	kl_source_free(&walk);
	kl_query_free(&query);
	kl_buf_free(&tmp);
	return rc;
}
