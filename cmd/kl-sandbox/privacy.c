/* SPDX-License-Identifier: MIT */
/* privacy.c - people who are to be forgotten, and people who are one. */

#include <stdio.h>

#include "body.h"
#include "box.h"

/* --- forgetting ------------------------------------------------------------
 */

enum {
	PERSON_ID,
	PERSON_EMAIL,
	PERSON_PHONE,
	PERSON_NODES
};

static const struct member person_attributes[] = {
	{ "email", TEXT, false, NULL, PERSON_EMAIL, NULL },
	{ "phone_number", TEXT, false, NULL, PERSON_PHONE, NULL },
	{ 0 },
};
static const struct member person[] = {
	{ "type", IS(STRING), true, NULL, -1, "profile" },
	{ "id", TEXT, false, NULL, PERSON_ID, NULL },
	{ "attributes", IS(OBJECT), true, person_attributes, -1, NULL },
	{ 0 },
};
static const struct member around_person[] = {
	{ "data", IS(OBJECT), true, person, -1, NULL },
	{ 0 },
};
static const struct member deletion_attributes[] = {
	{ "profile", IS(OBJECT), true, around_person, -1, NULL },
	{ 0 },
};
static const struct member deletion[] = {
	{ "type", IS(STRING), true, NULL, -1, "data-privacy-deletion-job" },
	{ "attributes", IS(OBJECT), true, deletion_attributes, -1, NULL },
	{ 0 },
};

/* Who is meant; found is of PERSON_NODES. */
static uint32_t
whom(struct box *box, const uint32_t *found)
{
	const struct kl_json *doc = &box->doc;
	struct kl_buf *canon = &box->draft.canon[KEY_EMAIL];

	if (found[PERSON_ID] != 0)
		return store_by_id(&box->store, body_id(doc, found[PERSON_ID]));
	if (!body_room(doc, canon))
		return NONE;
	if (found[PERSON_EMAIL] != 0)
		return store_find(&box->store, KEY_EMAIL,
		    body_json(doc, found[PERSON_EMAIL], canon));
	return store_find(&box->store, KEY_PHONE,
	    body_json(doc, found[PERSON_PHONE], canon));
}

static void
forget(struct box *box, struct work *w)
{
	uint32_t found[PERSON_NODES] = { 0 }, at;
	struct effect e = { .name = "forget",
		.request = w->request,
		.op = w->op->id };
	struct problem p;

	if (kl_json_scan(&box->doc, w->body.s, w->body.n, NULL) != KL_OK ||
	    !body_read(&box->doc, kl_json_get(&box->doc, 0, "data"), deletion,
		"data-privacy-deletion-job", "/data", found, &p))
		return;
	if ((at = whom(box, found)) == NONE)
		return;
	e.profile = at;
	ledger_put(box, &e);
	if (!events_leave(&box->events, &box->store, at) ||
	    !store_leave(&box->store, at))
		(void)kl_err_nomem(&box->failed);
}

/* The words of recorded answers. */
static void
unknown(struct req *q, const uint32_t *found)
{
	static const char *const names[PERSON_NODES] = { "id", "email",
		"phone_number" };
	struct kl_span v;
	int i = 0;

	while (found[i] == 0)
		i++;
	v = body_id(&q->box->doc, found[i]);
	reply_bad(q, NOT_FOUND, "/data/",
	    "No profile with %s \"%.*s\" found.  The profile may have already "
	    "been deleted.",
	    names[i], v.n > 100 ? 100 : (int)v.n, v.s);
}

void
request_deletion(struct req *q)
{
	uint32_t found[PERSON_NODES] = { 0 }, data;
	struct problem p;
	int i, n = 0;

	if (!reply_body(q, &data))
		return;
	if (!body_read(&q->box->doc, data, deletion,
		"data-privacy-deletion-job", "/data", found, &p)) {
		reply_problem(q, &p, "");
		return;
	}
	for (i = 0; i < PERSON_NODES; i++)
		n += found[i] != 0;
	if (n != 1)
		reply_bad(q, BAD_INPUT, "/data/attributes/profile/data",
		    "Exactly one identifier is required: id, email or "
		    "phone_number.");
	else if (whom(q->box, found) == NONE)
		unknown(q, found);
	else if (work_add(q, LANE_VISIBLE, forget, 0))
		reply_empty(q, 202);
	else
		reply_bad(q, BROKEN, "/data", "out of memory");
}

/* --- merging ---------------------------------------------------------------
 */

bool
people_merge(struct box *box, uint32_t from, uint32_t to, struct effect e)
{
	struct store *st = &box->store;
	char text[ID_LEN + 20];
	char id[ID_LEN + 1];
	struct profile *p;
	uint32_t i;

	store_id(st, to, id);
	(void)snprintf(text, sizeof(text), "{\"into\":\"%s\"}", id);
	e.name = "profile.merge";
	e.profile = from;
	e.list = NULL;
	e.attributes = KL_SPAN(text);
	ledger_put(box, &e);
	for (i = 0; i < st->lists; i++) {
		struct order *o = &st->list[i].members;

		if (!st->list[i].gone && order_has(o, from) &&
		    !order_has(o, to) &&
		    !order_add(o, to, box->ledger_time / 1000000))
			return false;
	}
	if ((p = store_own(st, to)) == NULL)
		return false;
	return consent_merge(&p->consent, store_consent(st, from)) &&
	    events_move(&box->events, st, from, to) &&
	    store_merge(st, from, to, box->ledger_time);
}

bool
people_join(struct box *box, struct draft *d, uint32_t at, struct effect e)
{
	uint32_t from;
	int k, other;

	for (k = 0; k < KEY_IDENTIFIERS; k++) {
		from = d->owner[k];
		if (from == NONE || from == at)
			continue;
		if (!people_merge(box, from, at, e))
			return false;
		for (other = k; other < KEY_IDENTIFIERS; other++)
			if (d->owner[other] == from)
				d->owner[other] = at;
	}
	return true;
}

enum {
	MERGE_TO,
	MERGE_FROM,
	MERGE_NODES
};

static const struct member sources[] = {
	{ "data", IS(ARRAY), true, NULL, MERGE_FROM, NULL },
	{ 0 },
};
static const struct member merge_relations[] = {
	{ "profiles", IS(OBJECT), true, sources, -1, NULL },
	{ 0 },
};
static const struct member merge[] = {
	{ "type", IS(STRING), true, NULL, -1, "profile-merge" },
	{ "id", IS(STRING), true, NULL, MERGE_TO, NULL },
	{ "relationships", IS(OBJECT), true, merge_relations, -1, NULL },
	{ 0 },
};
static const struct member source[] = {
	{ "type", IS(STRING), true, NULL, -1, "profile" },
	{ "id", IS(STRING), true, NULL, MERGE_FROM, NULL },
	{ 0 },
};

/* Both profiles; false: *p. */
static bool
merge_read(struct box *box, uint32_t data, uint32_t *from, uint32_t *to,
    struct problem *p)
{
	static const char *const list = "/data/relationships/profiles/data";
	const struct kl_json *doc = &box->doc;
	uint32_t found[MERGE_NODES] = { 0 }, rows;
	struct kl_span id[2];
	int i;

	if (!body_read(doc, data, merge, "profile-merge", "/data", found, p))
		return false;
	rows = found[MERGE_FROM];
	if (doc->node[rows].count != 1)
		return problem_set(p, BAD_INPUT, list,
		    "Exactly one source profile is required.");
	if (!body_read(doc, rows + 1, source, "profile",
		"/data/relationships/profiles/data/0", found, p))
		return false;
	for (i = 0; i < 2; i++) {
		id[i] = body_id(doc, found[i]);
		*(i == MERGE_TO ? to : from) = store_by_id(&box->store, id[i]);
		if (*(i == MERGE_TO ? to : from) == NONE)
			return problem_set(p, NOT_FOUND, "/data/",
			    "A profile with id %.*s does not exist.",
			    id[i].n > 60 ? 60 : (int)id[i].n, id[i].s);
	}
	if (*from == *to)
		return problem_set(p, BAD_INPUT, list,
		    "A profile cannot be merged into itself.");
	return true;
}

static void
merge_now(struct box *box, struct work *w)
{
	struct effect e = { .request = w->request, .op = w->op->id };
	uint32_t from = NONE, to = NONE;
	struct problem p;

	if (kl_json_scan(&box->doc, w->body.s, w->body.n, NULL) == KL_OK &&
	    merge_read(box, kl_json_get(&box->doc, 0, "data"), &from, &to, &p))
		(void)people_merge(box, from, to, e);
}

void
merge_profiles(struct req *q)
{
	uint32_t from = NONE, to = NONE, data;
	bool published = q->box->readings.merge_201;
	char id[ID_LEN + 1];
	struct problem p;

	if (!reply_body(q, &data))
		return;
	if (!merge_read(q->box, data, &from, &to, &p)) {
		reply_problem(q, &p, "");
		return;
	}
	if (!work_add(q, LANE_VISIBLE, merge_now, 0)) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	store_id(&q->box->store, to, id);
	reply_begin(q, published ? 201 : 202);
	kl_buf_printf(&q->out, "{\"type\":\"profile\",\"id\":\"%s\"%s", id,
	    published ? "" : ",\"attributes\":{}");
	reply_links(&q->out, q, "profiles", id);
	kl_buf_putc(&q->out, '}');
	reply_end(q);
}
