/* SPDX-License-Identifier: MIT */
/* imports.c - bulk imports: checked whole when sent, applied row by row. */

#include <stdio.h>
#include <stdlib.h>

#include "box.h"
#include "kl/map.h"
#include "kl/room.h"

#define ROWS_AT "/data/attributes/profiles/data"

static bool
contains(struct kl_span s, const char *text)
{
	size_t n = strlen(text), i;

	for (i = 0; i + n <= s.n; i++)
		if (memcmp(s.s + i, text, n) == 0)
			return true;
	return false;
}

/* The row's address holds one of the texts. */
static bool
poisoned(const struct kl_strs *texts, const struct draft *d)
{
	size_t i;

	for (i = 0; i < texts->n; i++)
		if (contains(d->ident[KEY_EMAIL], texts->s[i]))
			return true;
	return false;
}

/* True if an identifier of the row was in an earlier row; it is noted. */
static bool
repeated(struct kl_map *seen, const struct draft *d)
{
	struct kl_buf b = { 0 };
	bool again = false, fresh;
	size_t i;
	int k;

	for (k = 0; k < KEY_IDENTIFIERS; k++) {
		struct kl_span v = d->ident[k];

		if (v.s == NULL)
			continue;
		kl_buf_reset(&b);
		kl_buf_putc(&b, (char)('0' + k));
		for (i = 0; i < v.n; i++)
			kl_buf_putc(&b,
			    (char)(k == KEY_EMAIL && v.s[i] >= 'A' &&
					v.s[i] <= 'Z'
				    ? v.s[i] | 0x20
				    : v.s[i]));
		if (kl_map_put(seen, b.s, b.n, &fresh) != NULL && !fresh)
			again = true;
	}
	kl_buf_free(&b);
	return again;
}

static bool
duplicate_row(struct problem *p)
{
	return problem_set(p, BAD_INPUT, "/attributes",
	    "Duplicate profile found in this request.");
}

/* --- the request -----------------------------------------------------------
 */

/* A member of an object that may hold only one, by name; 0 and a problem if
 * it is not there or not alone. */
static uint32_t
only(const struct kl_json *doc, uint32_t obj, const char *name,
    const char *where, enum kl_json_type type, struct problem *p)
{
	struct kl_buf tmp = { 0 };
	uint32_t v = 0;
	char at[80];

	(void)snprintf(at, sizeof(at), "%s/%s", where, name);
	kl_json_each_member (m, doc, obj) {
		if (kl_json_is(doc, m, name)) {
			v = m + 1;
			continue;
		}
		(void)problem_field(p, where, kl_json_text(doc, m, &tmp),
		    "profile-bulk-import-job");
		kl_buf_free(&tmp);
		return 0;
	}
	if (v == 0)
		(void)problem_set(p, BAD_INPUT, at, "'%s' is a required field.",
		    name);
	else if (kl_json_type(doc, v) != type) {
		(void)problem_set(p, BAD_INPUT, at,
		    "Invalid input for '%s': expected %s.", name,
		    type == KL_JSON_OBJECT ? "an object" : "a list");
		v = 0;
	}
	return v;
}

/* The rows and the lists of the request; nodes. */
struct import {
	uint32_t rows, lists;
};

static bool
import_shape(const struct kl_json *doc, uint32_t data, struct import *im,
    struct problem *p)
{
	struct kl_buf tmp = { 0 };
	uint32_t v, type = kl_json_get(doc, data, "type");

	*im = (struct import){ 0, 0 };
	if (type == 0 || !kl_json_is(doc, type, "profile-bulk-import-job"))
		return problem_set(p, BAD_INPUT, "/data/type",
		    "Invalid input for 'type': expected "
		    "'profile-bulk-import-job'.");
	kl_json_each_member (m, doc, data) {
		if (kl_json_is(doc, m, "type"))
			continue;
		if (kl_json_is(doc, m, "attributes") &&
		    kl_json_type(doc, m + 1) == KL_JSON_OBJECT) {
			v = only(doc, m + 1, "profiles", "/data/attributes",
			    KL_JSON_OBJECT, p);
			if (v != 0)
				v = im->rows = only(doc, v, "data",
				    "/data/attributes/profiles", KL_JSON_ARRAY,
				    p);
		} else if (kl_json_is(doc, m, "relationships") &&
		    kl_json_type(doc, m + 1) == KL_JSON_OBJECT) {
			v = only(doc, m + 1, "lists", "/data/relationships",
			    KL_JSON_OBJECT, p);
			if (v != 0)
				v = im->lists = only(doc, v, "data",
				    "/data/relationships/lists", KL_JSON_ARRAY,
				    p);
		} else {
			(void)problem_field(p, "/data",
			    kl_json_text(doc, m, &tmp),
			    "profile-bulk-import-job");
			kl_buf_free(&tmp);
			return false;
		}
		if (v == 0)
			return false;
	}
	if (im->rows == 0)
		return problem_set(p, BAD_INPUT, "/data/attributes",
		    "'attributes' is a required field.");
	return true;
}

/* The lists the request names, into the job. */
static bool
import_lists(struct box *box, uint32_t lists, struct job *j, struct problem *p)
{
	const struct kl_json *doc = &box->doc;
	struct list *l;
	struct kl_span id;
	char where[60];

	if (lists == 0)
		return true;
	kl_json_each (e, doc, lists) {
		uint32_t v = kl_json_get(doc, e, "id");
		uint32_t t = kl_json_get(doc, e, "type");

		(void)snprintf(where, sizeof(where),
		    "/data/relationships/lists/data/%zu/id", j->lists);
		if (v == 0 || t == 0 || !kl_json_is(doc, t, "list") ||
		    doc->node[e].count != 2 ||
		    kl_json_type(doc, v) != KL_JSON_STRING)
			return problem_set(p, BAD_INPUT, where,
			    "Invalid input: expected a list's type and id.");
		if (j->lists == JOB_LISTS)
			return problem_set(p, BAD_INPUT, where,
			    "At most %d lists can be named.", JOB_LISTS);
		id = kl_json_raw(doc, v);
		id.s++;
		id.n -= 2;
		if ((l = store_list(&box->store, id)) == NULL) {
			(void)list_missing(p, false, id);
			p->kind = BAD_INPUT;
			(void)snprintf(p->where, sizeof(p->where), "%s", where);
			return false;
		}
		memcpy(j->list[j->lists++], l->id, sizeof(l->id));
	}
	return true;
}

/* One row.  False: *p, relative to the row. */
static bool
row_check(struct box *box, uint32_t row, struct kl_map *seen, struct problem *p)
{
	if (box->doc.node[row].n > MAX_PROFILE)
		return problem_set(p, BAD_INPUT, "",
		    "The payload of a profile is limited to 100 KB.");
	if (!profile_read(&box->store, &box->doc, row, ROAD_BULK, &box->draft,
		p))
		return false;
	if (box->readings.import_duplicate == IMPORT_REFUSE &&
	    repeated(seen, &box->draft))
		return duplicate_row(p);
	return true;
}

/* Every row; an error for each that is wrong.  True if all are sound. */
static bool
rows_check(struct req *q, uint32_t rows)
{
	struct box *box = q->box;
	struct kl_map seen = { 0 };
	struct problem p;
	bool poison = false;
	char prefix[60];
	uint32_t i = 0;

	kl_json_each (e, &box->doc, rows) {
		if (!row_check(box, e, &seen, &p)) {
			(void)snprintf(prefix, sizeof(prefix), ROWS_AT "/%u",
			    i);
			reply_problem(q, &p, prefix);
		} else if (poisoned(&box->poison, &box->draft))
			poison = true;
		i++;
	}
	kl_map_free(&seen);
	if (q->errors == 0 && poison)
		reply_bad(q, BAD_INPUT, "/data", "Invalid input.");
	return q->errors == 0;
}

static bool
import_check(struct req *q, struct job *draft)
{
	const struct kl_json *doc = &q->box->doc;
	struct import im;
	struct problem p;
	uint32_t data;

	if (!reply_body(q, &data))
		return false;
	if (!import_shape(doc, data, &im, &p) ||
	    !import_lists(q->box, im.lists, draft, &p)) {
		reply_problem(q, &p, "");
		return false;
	}
	draft->total = doc->node[im.rows].count;
	if (draft->total == 0 || draft->total > MAX_IMPORT) {
		reply_bad(q, BAD_INPUT, ROWS_AT,
		    "Invalid input for 'data': expected a list of 1 to %u "
		    "profiles.",
		    MAX_IMPORT);
		return false;
	}
	return rows_check(q, im.rows);
}

void
import_profiles(struct req *q)
{
	struct job draft = { .lists = 0 }, *j;

	if (!import_check(q, &draft))
		return;
	if ((j = job_add(q->box, q->now)) == NULL) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	j->total = draft.total;
	j->lists = draft.lists;
	memcpy(j->list, draft.list, sizeof(j->list));
	j->request = q->number;
	j->body = q->body; /* the job's now */
	q->body = (struct kl_buf){ .max = q->body.max };
	q->box->jobs.pending += j->body.cap;
	answer_job(q, 202, j);
}

/* --- the work ------------------------------------------------------------ */

static void
row_failed(struct box *box, struct job *j, uint32_t row,
    const struct problem *p)
{
	struct job_error *e;
	struct kl_span raw = kl_json_raw(&box->doc, row);

	j->failed++;
	if (!KL_ROOM(j->error, j->errors, j->error_cap, 16))
		return;
	e = &j->error[j->errors++];
	uuid_text(&error_ids, e->id);
	(void)snprintf(e->code, sizeof(e->code), "%s", problem_code(p->kind));
	(void)snprintf(e->title, sizeof(e->title), "%s",
	    problem_title(p->kind));
	(void)snprintf(e->detail, sizeof(e->detail), "%.190s", p->detail);
	(void)snprintf(e->where, sizeof(e->where), "%.90s", p->where);
	e->payload = malloc(raw.n);
	e->payload_n = e->payload != NULL ? raw.n : 0;
	if (e->payload != NULL)
		memcpy(e->payload, raw.s, raw.n);
}

/* Import one row.  False: *p says why not. */
static bool
row_import(struct box *box, struct job *j, uint32_t row, struct kl_map *seen,
    uint64_t now, struct problem *p)
{
	struct store *st = &box->store;
	struct draft *d = &box->draft;
	struct effect e = { .job = j->id,
		.request = j->request,
		.op = "bulk_import_profiles" };
	struct list *l;
	uint32_t at;
	bool fresh, changed;
	size_t i;

	if (!profile_read(st, &box->doc, row, ROAD_BULK, d, p))
		return false;
	if (poisoned(&box->poison_row, d))
		return problem_set(p, BAD_INPUT, "/data/attributes/email",
		    "Invalid email address");
	if (box->readings.import_duplicate == IMPORT_ERROR && repeated(seen, d))
		return duplicate_row(p);
	if (!profile_match(st, d, &at, p))
		return false;
	if (box->readings.identity_conflict == CONFLICT_MERGE &&
	    !people_join(box, d, at, e))
		return problem_set(p, BROKEN, "/data", "out of memory");
	if (!profile_claim(st, d, at, box->readings.identity_conflict, now, p))
		return false;
	ledger_taken(box, d, at, e);
	fresh = at == NONE;
	if (fresh)
		at = store_add(st, now, (struct kl_span){ NULL, 0 });
	if (at == NONE || !profile_apply(st, d, at, now, &changed))
		return problem_set(p, BROKEN, "/data", "out of memory");
	j->row[j->rows++] = at;
	e.name = fresh ? "profile.create" : "profile.update";
	e.profile = at;
	e.attributes = kl_json_raw(&box->doc, d->attributes);
	ledger_put(box, &e);
	for (i = 0; i < j->lists; i++) {
		l = store_list(st, KL_SPAN(j->list[i]));
		if (l != NULL && !list_join(box, l, at, &e, now))
			return problem_set(p, BROKEN, "/data", "out of memory");
	}
	j->done++;
	return true;
}

void
job_apply(struct box *box, struct job *j)
{
	struct kl_map seen = { 0 };
	uint64_t now = box_now(box);
	uint32_t rows, v;
	struct problem p;

	j->row = malloc(j->total * sizeof(*j->row));
	if (j->row == NULL ||
	    kl_json_scan(&box->doc, j->body.s, j->body.n, NULL) != KL_OK) {
		j->failed = j->total;
		return;
	}
	v = kl_json_get(&box->doc, 0, "data");
	v = kl_json_get(&box->doc, v, "attributes");
	v = kl_json_get(&box->doc, v, "profiles");
	rows = kl_json_get(&box->doc, v, "data");
	kl_json_each (e, &box->doc, rows)
		if (!row_import(box, j, e, &seen, now, &p))
			row_failed(box, j, e, &p);
	kl_map_free(&seen);
}
