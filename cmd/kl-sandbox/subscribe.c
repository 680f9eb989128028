/* SPDX-License-Identifier: MIT */
/* subscribe.c - consent given and taken back, in bulk. */

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "subscribe.h"

#define ROWS_AT "/data/attributes/profiles/data"

/* --- the request -----------------------------------------------------------
 */

static void carry_out(struct box *box, struct work *w);

/* Who asks for consent at a list that asks again by mail is asked in vain;
 * older notes have it that a history is refused there. */
static bool
history_fits(const struct box *box, const struct consent_request *r,
    struct problem *p)
{
	if (!r->historical || r->list == NULL || r->list->opt_in != 0 ||
	    !box->readings.consented_400)
		return true;
	return problem_set(p, BAD_INPUT, "/data/attributes/historical_import",
	    "'consented_at' cannot be set for a double opt-in list.");
}

static bool
rows_check(struct req *q, const struct consent_request *r, unsigned max)
{
	const struct kl_json *doc = &q->box->doc;
	uint32_t found[ROW_NODES], n = doc->node[r->rows].count, i = 0;
	struct problem p;
	char prefix[60];

	if (n == 0 || n > max) {
		reply_bad(q, BAD_INPUT, ROWS_AT,
		    "Invalid input for 'data': expected a list of 1 to %u "
		    "profiles.",
		    max);
		return false;
	}
	kl_json_each (e, doc, r->rows) {
		if (!consent_row_read(q->box, r, e, q->now, found, &p)) {
			(void)snprintf(prefix, sizeof(prefix), ROWS_AT "/%u",
			    i);
			reply_problem(q, &p, prefix);
		}
		i++;
	}
	return q->errors == 0;
}

static void
take_request(struct req *q, bool subscribe)
{
	struct consent_request r;
	struct problem p;
	uint32_t data;

	if (!reply_body(q, &data))
		return;
	if (!consent_request_read(q->box, subscribe, data, &r, &p) ||
	    !history_fits(q->box, &r, &p)) {
		reply_problem(q, &p, "");
		return;
	}
	if (!rows_check(q, &r, subscribe ? MAX_SUBSCRIBE : MAX_UNSUBSCRIBE))
		return;
	if (work_add(q, LANE_VISIBLE, carry_out, 0))
		reply_empty(q, 202);
	else
		reply_bad(q, BROKEN, "/data", "out of memory");
}

void
subscribe(struct req *q)
{
	take_request(q, true);
}

void
unsubscribe(struct req *q)
{
	take_request(q, false);
}

/* --- the work ---------------------------------------------------------------
 */

/* One row at work. */
struct act {
	struct box *box;
	const struct consent_request *r;
	const uint32_t *found;
	struct kl_span ident[KEY_IDENTIFIERS]; /* JSON */
	struct effect e;
	uint32_t now; /* seconds */
};

/* True if the channel is one of those that are bound to the number. */
static bool
by_phone(int channel)
{
	return channel >= SMS_MARKETING && channel <= WHATSAPP_CONVERSATIONAL;
}

/* The channels of the row that are bound to the number, or the others. */
static unsigned
wanted(const struct act *a, bool phone)
{
	unsigned mask = 0;
	int i;

	for (i = 0; i < CHANNELS; i++)
		if (by_phone(i) == phone && a->found[ROW_CONSENT + i] != 0)
			mask |= 1U << i;
	return mask;
}

/* The person of the row's address, or of its number; NONE if unknown. */
static uint32_t
person(const struct act *a, bool phone)
{
	const struct store *st = &a->box->store;
	enum key first = phone ? KEY_PHONE : KEY_EMAIL;
	enum key then = phone ? KEY_EMAIL : KEY_PHONE;
	uint32_t at = NONE;

	if (a->found[ROW_ID] != 0)
		at = store_by_id(st, body_id(&a->box->doc, a->found[ROW_ID]));
	if (at == NONE && a->ident[first].s != NULL)
		at = store_find(st, first, a->ident[first]);
	if (at == NONE && a->ident[then].s != NULL)
		at = store_find(st, then, a->ident[then]);
	return at;
}

/* Give the person those identifiers of the row that nobody has. */
static bool
identify(struct act *a, uint32_t *at)
{
	struct store *st = &a->box->store;
	struct entry e[2];
	bool fresh = *at == NONE, changed;
	size_t n = 0;
	int k;

	for (k = KEY_EMAIL; k <= KEY_PHONE; k++)
		if (a->ident[k].s != NULL &&
		    store_find(st, (enum key)k, a->ident[k]) == NONE &&
		    (fresh || store_get(st, *at, (uint32_t)k).s == NULL))
			e[n++] = (struct entry){ (uint32_t)k, a->ident[k] };
	if (n == 0)
		return true;
	if (fresh &&
	    (*at = store_add(st, a->box->ledger_time,
		 (struct kl_span){ NULL, 0 })) == NONE)
		return false;
	if (!store_change(st, *at, e, n, a->box->ledger_time, &changed))
		return false;
	a->e.profile = *at;
	a->e.list = NULL;
	a->e.name = fresh ? "profile.create" : "profile.update";
	ledger_put(a->box, &a->e);
	return true;
}

static uint32_t
consented(const struct act *a, int channel)
{
	struct kl_buf tmp = { 0 };
	uint32_t node = a->found[ROW_CONSENTED_AT + channel];
	int64_t t = 0;
	bool good =
	    node != 0 && check_time(kl_json_text(&a->box->doc, node, &tmp), &t);

	kl_buf_free(&tmp);
	return good ? (uint32_t)(t / 1000000) : a->now;
}

static bool
keep_source(const struct act *a, struct consent *c)
{
	struct kl_span s;
	char *copy;

	if (a->r->source == 0)
		return true;
	s = kl_json_raw(&a->box->doc, a->r->source);
	if ((copy = malloc(s.n + 1)) == NULL)
		return false;
	memcpy(copy, s.s, s.n);
	copy[s.n] = '\0';
	free(c->source);
	c->source = copy;
	return true;
}

/* A subscription takes away what held mail back by the person's own will. */
static void
release(struct act *a, struct consent *c)
{
	static const enum reason own[] = { UNSUBSCRIBE, SPAM_COMPLAINT,
		USER_SUPPRESSED };
	uint32_t list = EVERYWHERE;
	bool found = false;
	size_t i;

	if (a->r->list != NULL)
		list = (uint32_t)(a->r->list - a->box->store.list);
	for (i = 0; i < 3; i++) {
		if (consent_release(c, EVERYWHERE, own[i]))
			found = true;
		if (list != EVERYWHERE && consent_release(c, list, own[i]))
			found = true;
	}
	if (!found)
		return;
	a->e.name = "unsuppress";
	a->e.list = NULL;
	ledger_put(a->box, &a->e);
}

static bool
touch(struct act *a, uint32_t at)
{
	return store_touch(&a->box->store, at, a->box->ledger_time);
}

static bool
give(struct act *a, uint32_t at, unsigned mask)
{
	struct profile *p = store_own(&a->box->store, at);
	struct consent *c = p == NULL ? NULL : consent_of(&p->consent);
	int i;

	if (c == NULL || !keep_source(a, c) || !touch(a, at))
		return false;
	for (i = 0; i < CHANNELS; i++)
		if (mask & 1U << i)
			c->grant[i] = (struct grant){ consented(a, i), a->now,
				SUBSCRIBED };
	a->e.profile = at;
	a->e.name = "consent.subscribe";
	a->e.list = a->r->list != NULL ? a->r->list->id : NULL;
	ledger_put(a->box, &a->e);
	if (mask & 1U << EMAIL_MARKETING)
		release(a, c);
	return a->r->list == NULL ||
	    list_join(a->box, a->r->list, at, &a->e, a->box->ledger_time);
}

/* Without a history, and where people confirm by mail, nothing comes of it
 * until they do, which nobody here does. */
static bool
pending(const struct act *a)
{
	int opt_in = a->r->list != NULL ? a->r->list->opt_in : a->box->opt_in;

	return !a->r->historical && opt_in == 0;
}

static bool
subscribe_one(struct act *a, uint32_t at, unsigned mask)
{
	if (pending(a) ||
	    (at == NONE && a->r->list == NULL && !a->r->historical &&
		!a->box->readings.subscribe_new)) {
		a->e.name = "consent.pending";
		a->e.profile = at;
		a->e.list = a->r->list != NULL ? a->r->list->id : NULL;
		ledger_put(a->box, &a->e);
		return true;
	}
	return identify(a, &at) && give(a, at, mask);
}

/* Mail for one list, whose member the person is; or all of it. */
static bool
unsubscribe_one(struct act *a, uint32_t at, unsigned mask)
{
	struct consent **c;
	struct list *l = a->r->list;
	struct profile *p;
	bool fresh, only;
	int i;

	if (at == NONE)
		return true;
	if ((p = store_own(&a->box->store, at)) == NULL)
		return false;
	c = &p->consent;
	only = l != NULL && order_has(&l->members, at) &&
	    (mask & 1U << EMAIL_MARKETING);
	if (consent_of(c) == NULL || !touch(a, at))
		return false;
	a->e.profile = at;
	a->e.name = "consent.unsubscribe";
	a->e.list = only ? l->id : NULL;
	ledger_put(a->box, &a->e);
	if (only && a->box->readings.leave_list) {
		list_stir(a->box, l, a->box->ledger_time);
		if (!order_del(&l->members, at))
			return false;
		a->e.name = "list.remove";
		ledger_put(a->box, &a->e);
	}
	for (i = 0; i < CHANNELS; i++)
		if ((mask & 1U << i) && (i != EMAIL_MARKETING || !only))
			(*c)->grant[i] =
			    (struct grant){ a->now, a->now, UNSUBSCRIBED };
	if (!(mask & 1U << EMAIL_MARKETING))
		return true;
	return consent_hold(c,
	    only ? (uint32_t)(l - a->box->store.list) : EVERYWHERE, UNSUBSCRIBE,
	    a->now, &fresh);
}

/* One person or two: the address and the number of a row may be known under
 * different profiles, and each then gets what is its own. */
static bool
act(struct act *a)
{
	bool (*one)(struct act * a, uint32_t at, unsigned mask) =
	    a->r->subscribe ? subscribe_one : unsubscribe_one;
	unsigned mail = wanted(a, false), phone = wanted(a, true);
	uint32_t by_mail = person(a, false), by_number = person(a, true);

	a->e.attributes = kl_json_raw(&a->box->doc, a->found[ROW_ATTRIBUTES]);
	a->e.ident = a->ident;
	if (by_mail == by_number || phone == 0)
		return one(a, by_mail, mail | phone);
	return (mail == 0 || one(a, by_mail, mail)) && one(a, by_number, phone);
}

static void
carry_out(struct box *box, struct work *w)
{
	struct consent_request r;
	uint32_t found[ROW_NODES], data;
	struct kl_buf *canon = &box->draft.canon[KEY_EMAIL];
	struct problem p;

	if (kl_json_scan(&box->doc, w->body.s, w->body.n, NULL) != KL_OK ||
	    !body_room(&box->doc, canon))
		return;
	data = kl_json_get(&box->doc, 0, "data");
	/* A list that is gone by now takes its requests with it. */
	if (!consent_request_read(box, w->op->run == subscribe, data, &r, &p))
		return;
	kl_json_each (e, &box->doc, r.rows) {
		struct act a = { .box = box, .r = &r, .found = found };

		if (!consent_row_read(box, &r, e, box->ledger_time, found, &p))
			continue;
		kl_buf_reset(canon);
		a.ident[KEY_EMAIL] =
		    body_json(&box->doc, found[ROW_EMAIL], canon);
		a.ident[KEY_PHONE] =
		    body_json(&box->doc, found[ROW_PHONE], canon);
		a.e = (struct effect){ .request = w->request, .op = w->op->id };
		a.now = (uint32_t)(box->ledger_time / 1000000);
		if (!act(&a))
			return;
	}
}
