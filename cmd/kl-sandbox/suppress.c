/* SPDX-License-Identifier: MIT */
/* suppress.c - suppression jobs: made, and carried out. */

#include <stdio.h>
#include <stdlib.h>

#include "body.h"
#include "check.h"
#include "kl/room.h"
#include "suppress.h"

#define ROWS_AT "/data/attributes/profiles/data"

/* --- the jobs ---------------------------------------------------------------
 */

void
suppressions_free(struct box *box)
{
	if (box->suppressions == NULL)
		return;
	free(box->suppressions->of[0].job);
	free(box->suppressions->of[1].job);
	free(box->suppressions);
	box->suppressions = NULL;
}

/* --- the work ---------------------------------------------------------------
 */

struct act {
	struct box *box;
	struct suppression_job *job;
	struct effect e;
	bool remove;
	uint32_t now; /* seconds */
};

/* One person who is known. */
static bool
act(struct act *a, uint32_t at)
{
	struct profile *p = store_own(&a->box->store, at);
	struct consent **c = p == NULL ? NULL : &p->consent;
	bool done;

	if (c == NULL)
		return false;
	if (a->remove)
		done = consent_release(*c, EVERYWHERE, USER_SUPPRESSED);
	else if (!consent_hold(c, EVERYWHERE, USER_SUPPRESSED, a->now, &done))
		return false;
	a->job->done += done;
	a->job->skipped += !done;
	if (!done)
		return true;
	a->e.name = a->remove ? "unsuppress" : "suppress";
	a->e.profile = at;
	ledger_put(a->box, &a->e);
	return store_touch(&a->box->store, at, a->box->ledger_time);
}

/* One address, of somebody or nobody; who is to be suppressed is made. */
static bool
address(struct act *a, struct kl_span email)
{
	struct store *st = &a->box->store;
	struct entry e = { KEY_EMAIL, email };
	uint32_t at = store_find(st, KEY_EMAIL, email);
	bool changed;

	if (at != NONE)
		return act(a, at);
	if (a->remove || a->box->readings.suppress_skips) {
		a->job->skipped++;
		return true;
	}
	at = store_add(st, a->box->ledger_time, (struct kl_span){ NULL, 0 });
	if (at == NONE ||
	    !store_change(st, at, &e, 1, a->box->ledger_time, &changed))
		return false;
	a->e.name = "profile.create";
	a->e.profile = at;
	ledger_put(a->box, &a->e);
	return act(a, at);
}

static bool
addresses(struct act *a, const struct work *w)
{
	struct kl_json *doc = &a->box->doc;
	struct kl_buf *canon = &a->box->draft.canon[KEY_EMAIL];
	uint32_t rows, email;

	if (kl_json_scan(doc, w->body.s, w->body.n, NULL) != KL_OK ||
	    !body_room(doc, canon))
		return false;
	rows = kl_json_path(doc, 0, KL_SPAN("data.attributes.profiles.data"));
	kl_json_each (e, doc, rows) {
		email = kl_json_path(doc, e, KL_SPAN("attributes.email"));
		kl_buf_reset(canon);
		if (!address(a, body_json(doc, email, canon)))
			return false;
	}
	return true;
}

static void
carry_out(struct box *box, struct work *w)
{
	bool gone = suppression_removing(w->op);
	struct act a = { .box = box,
		.job = &box->suppressions->of[gone].job[w->job],
		.remove = gone,
		.now = (uint32_t)(box->ledger_time / 1000000) };
	const struct order *o;
	size_t i;

	a.e = (struct effect){ .request = w->request,
		.op = w->op->id,
		.job = a.job->id };
	if (a.job->group == NONE)
		(void)addresses(&a, w);
	else {
		o = &box->store.list[a.job->group].members;
		a.job->total = (uint32_t)o->live;
		for (i = 0; i < o->n; i++)
			if (o->spot[i].at != NONE && !act(&a, o->spot[i].at))
				break;
	}
	a.job->state = JOB_COMPLETE;
	a.job->completed = box->ledger_time;
}

/* --- the request -----------------------------------------------------------
 */

enum {
	AROUND_ROWS = BODY_OWN,
	AROUND_NODES
};
enum {
	ROW_EMAIL,
	ROW_NODES
};

static const struct member row_attributes[] = {
	{ "email", IS(STRING), true, NULL, ROW_EMAIL, NULL },
	{ 0 },
};
static const struct member row[] = {
	{ "type", IS(STRING), true, NULL, -1, "profile" },
	{ "attributes", IS(OBJECT), true, row_attributes, -1, NULL },
	{ 0 },
};
static const struct member around_rows[] = {
	{ "data", IS(ARRAY), true, NULL, AROUND_ROWS, NULL },
	{ 0 },
};
static const struct member attributes[] = {
	{ "profiles", OBJECT, false, around_rows, -1, NULL },
	{ 0 },
};
static const struct member relations[] = {
	{ "list", IS(OBJECT), false, body_to_list, -1, NULL },
	{ "segment", IS(OBJECT), false, body_to_segment, -1, NULL },
	{ 0 },
};
static const struct member data_of[2][4] = {
	{ { "type", IS(STRING), true, NULL, -1, SUPPRESSION },
	    { "attributes", IS(OBJECT), true, attributes, -1, NULL },
	    { "relationships", IS(OBJECT), false, relations, -1, NULL },
	    { 0 } },
	{ { "type", IS(STRING), true, NULL, -1, UNSUPPRESSION },
	    { "attributes", IS(OBJECT), true, attributes, -1, NULL },
	    { "relationships", IS(OBJECT), false, relations, -1, NULL },
	    { 0 } },
};

/* Addresses, or a list, or a segment: one of them. */
static bool
whom(struct box *box, const uint32_t *found, uint32_t *group, struct problem *p)
{
	bool segment = found[BODY_SEGMENT] != 0;
	struct list *l;
	struct kl_span id;

	*group = NONE;
	if ((found[AROUND_ROWS] != 0) + (found[BODY_LIST] != 0) + segment != 1)
		return problem_set(p, BAD_INPUT, "/data",
		    "Exactly one of profiles, list and segment is required.");
	if (found[AROUND_ROWS] != 0)
		return true;
	id = body_id(&box->doc, found[segment ? BODY_SEGMENT : BODY_LIST]);
	l = segment ? store_segment(&box->store, id)
		    : store_list(&box->store, id);
	if (l != NULL) {
		*group = (uint32_t)(l - box->store.list);
		return true;
	}
	(void)list_missing(p, segment, id);
	p->kind = BAD_INPUT;
	(void)snprintf(p->where, sizeof(p->where),
	    "/data/relationships/%s/data/id", segment ? "segment" : "list");
	return false;
}

static bool
row_check(const struct kl_json *doc, uint32_t e, struct problem *p)
{
	uint32_t found[ROW_NODES] = { 0 };
	struct kl_buf tmp = { 0 };
	bool good;

	if (!body_read(doc, e, row, "profile", "", found, p))
		return false;
	good = check_email(kl_json_text(doc, found[ROW_EMAIL], &tmp));
	kl_buf_free(&tmp);
	return good ||
	    problem_set(p, BAD_INPUT, "/attributes/email",
		"Invalid email address");
}

static bool
rows_check(struct req *q, uint32_t rows)
{
	const struct kl_json *doc = &q->box->doc;
	struct problem p;
	char prefix[60];
	uint32_t i = 0;

	if (doc->node[rows].count == 0 ||
	    doc->node[rows].count > MAX_SUPPRESS) {
		reply_bad(q, BAD_INPUT, ROWS_AT,
		    "Invalid input for 'data': expected a list of 1 to %u "
		    "profiles.",
		    MAX_SUPPRESS);
		return false;
	}
	kl_json_each (e, doc, rows) {
		if (!row_check(doc, e, &p)) {
			(void)snprintf(prefix, sizeof(prefix), ROWS_AT "/%u",
			    i);
			reply_problem(q, &p, prefix);
		}
		i++;
	}
	return q->errors == 0;
}

static struct suppression_job *
job_make(struct req *q, bool gone, uint32_t group, uint32_t total)
{
	struct box *box = q->box;
	struct suppression_job *j;
	uint32_t n;

	if (box->suppressions == NULL &&
	    (box->suppressions = calloc(1, sizeof(*box->suppressions))) == NULL)
		return NULL;
	n = box->suppressions->of[gone].n;
	if (!KL_ROOM(box->suppressions->of[gone].job, n,
		box->suppressions->of[gone].cap, 16))
		return NULL;
	if (!work_add(q, LANE_SUPPRESS, carry_out, n))
		return NULL;
	j = &box->suppressions->of[gone].job[n];
	*j = (struct suppression_job){ .state = JOB_PROCESSING,
		.created = q->now,
		.total = total,
		.group = group };
	ulid_make(q->now / 1000, random_next(&box->random),
	    random_next(&box->random), j->id);
	box->suppressions->of[gone].n++;
	return j;
}

/* Both suppressing and taking it back. */
void
suppress(struct req *q)
{
	uint32_t found[AROUND_NODES] = { 0 }, data, group;
	bool gone = suppression_removing(q->op);
	struct suppression_job *j;
	struct problem p;

	if (!reply_body(q, &data))
		return;
	if (!body_read(&q->box->doc, data, data_of[gone],
		gone ? UNSUPPRESSION : SUPPRESSION, "/data", found, &p) ||
	    !whom(q->box, found, &group, &p)) {
		reply_problem(q, &p, "");
		return;
	}
	if (found[AROUND_ROWS] != 0 && !rows_check(q, found[AROUND_ROWS]))
		return;
	j = job_make(q, gone, group,
	    found[AROUND_ROWS] != 0 ? q->box->doc.node[found[AROUND_ROWS]].count
				    : 0);
	if (j == NULL)
		reply_bad(q, BROKEN, "/data", "out of memory");
	else
		suppression_answer(q, 202, j);
}
