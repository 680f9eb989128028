/* SPDX-License-Identifier: MIT */
/* generate.c - people and events made up: enough of them to see how a program
 * copes. */

#include <stdio.h>

#include "seed.h"

/* Telephone numbers have nine digits. */
#define PEOPLE_MAX 1000000000U

/* When things are made to have happened: over so many days before now, and so
 * many of a hundred within the last hour. */
struct when {
	uint64_t days, late;
};

static struct pace
pace(struct box *box, const struct when *w, uint64_t n)
{
	return pace_of(box_now(box), w->days, w->late, n);
}

static enum kl_rc
too_often(struct kl_err *err, const char *what)
{
	return kl_err_set(err, KL_EUSAGE,
	    "--generate makes %s up to %d times at once", what, CROWDS);
}

/* The list that members are made for; NULL: there is none. */
static struct list *
first_list(const struct store *st)
{
	uint32_t i;

	for (i = 0; i < st->lists; i++)
		if (!st->list[i].segment)
			return &st->list[i];
	return NULL;
}

/* A crowd of n; NULL: there are too many. */
static struct crowd *
crowd(struct box *box, const struct when *w, uint64_t n, struct kl_err *err)
{
	struct store *st = &box->store;
	struct crowds *m = &st->made;
	struct crowd *c = &m->crowd[m->crowds];

	if (m->crowds == CROWDS) {
		(void)too_often(err, "people");
		return NULL;
	}
	if (st->n + n > PEOPLE_MAX) {
		(void)kl_err_set(err, KL_EUSAGE,
		    "--generate makes up to %u people", PEOPLE_MAX);
		return NULL;
	}
	*c = (struct crowd){ .from = st->n,
		.n = (uint32_t)n,
		.salt = random_next(&box->random),
		.pace = pace(box, w, n),
		.plan = store_key(st, KL_SPAN("Plan")),
		.orders = store_key(st, KL_SPAN("Orders")) };
	if (c->plan == NONE || c->orders == NONE) {
		(void)kl_err_nomem(err);
		return NULL;
	}
	if (m->crowds++ == 0)
		m->from = st->n;
	st->n += c->n;
	m->to = st->n;
	return c;
}

/* Every so many of a crowd; the order counts in units of so many
 * microseconds. */
static struct run
run_of(const struct crowd *c, uint32_t from, uint32_t stride, uint32_t unit)
{
	uint32_t end = c->from + c->n;

	return (struct run){ .pace = &c->pace,
		.first = from - c->from,
		.from = from,
		.n = from < end ? (end - from - 1) / stride + 1 : 0,
		.stride = stride,
		.unit = unit };
}

static enum kl_rc
people(struct box *box, const struct when *w, uint64_t n, struct list *l,
    struct kl_err *err)
{
	const struct crowd *c;

	if (n == 0)
		return KL_OK;
	if ((c = crowd(box, w, n, err)) == NULL)
		return err->rc;
	order_add_run(&box->store.by_update, run_of(c, c->from, 1, 1));
	if (l != NULL)
		order_add_run(&l->members, run_of(c, c->from, 1, 1000000));
	return KL_OK;
}

static enum kl_rc
profiles(struct box *box, const struct when *w, uint64_t n, struct kl_err *err)
{
	return people(box, w, n, NULL, err);
}

static enum kl_rc
members(struct box *box, const struct when *w, uint64_t n, struct kl_err *err)
{
	struct list *l = first_list(&box->store);

	if (l == NULL)
		return kl_err_set(err, KL_EUSAGE,
		    "--generate members needs a list");
	return people(box, w, n, l, err);
}

/* Every so many of all people are in a segment. */
static bool
divide(struct store *st, struct list *l, uint32_t every)
{
	const struct crowd *c;
	uint32_t i, at;

	for (i = 0; i < st->stored; i++) {
		at = st->profile[i].at;
		if (at % every == 0 && !st->profile[i].gone &&
		    !order_add(&l->members, at, st->profile[i].created / 1000))
			return false;
	}
	for (c = st->made.crowd; c < st->made.crowd + st->made.crowds; c++) {
		at = (c->from + every - 1) / every * every;
		if (at < c->from + c->n)
			order_add_run(&l->members,
			    run_of(c, at, every, 1000000));
	}
	return true;
}

/* Lists without members, or segments: every second, third, ... of all. */
static enum kl_rc
groups(struct box *box, uint64_t n, bool segments, struct kl_err *err)
{
	char spec[64], id[7];
	struct list *l;
	uint64_t i;
	enum kl_rc rc;

	for (i = 1; i <= n; i++) {
		do {
			random_id(box, id, 6);
		} while (store_group(&box->store, KL_SPAN(id)) != NULL);
		(void)snprintf(spec, sizeof(spec), "%s=%s %llu", id,
		    segments ? "Segment" : "List", (unsigned long long)i);
		if ((rc = seed_list(box, spec, err)) != KL_OK)
			return rc;
		l = store_list(&box->store, KL_SPAN(id));
		l->segment = segments;
		if (segments && !divide(&box->store, l, (uint32_t)i + 1))
			return kl_err_nomem(err);
	}
	return KL_OK;
}

static enum kl_rc
some_lists(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	(void)w;
	return groups(box, n, false, err);
}

static enum kl_rc
some_segments(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	(void)w;
	return groups(box, n, true, err);
}

/* --- events ------------------------------------------------------------------
 */

static const char *const metrics[] = { "\"Placed Order\"", "\"Viewed Product\"",
	"\"Started Checkout\"", "\"Active on Site\"" };

static enum kl_rc
some_events(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	const struct kl_span api = { NULL, 0 };
	struct store *st = &box->store;
	struct deeds d;
	int k;

	if (st->n == 0)
		return kl_err_set(err, KL_EUSAGE,
		    "--generate events needs people");
	if (st->made.deeds_n == CROWDS)
		return too_often(err, "events");
	if (n == 0)
		return KL_OK;
	d = deeds_of(box->events.n, (uint32_t)n, st->n, pace(box, w, n),
	    random_next(&box->random));
	for (k = 0; k < METRICS_MADE; k++)
		if ((d.metric[k] =
			    metric_take(&box->events, KL_SPAN(metrics[k]), api,
				NULL, box_now(box), &box->random)) == NONE)
			return kl_err_nomem(err);
	return events_make(&box->events, st, &d) ? KL_OK : kl_err_nomem(err);
}

/* --- consent ---------------------------------------------------------------
 */

/* Those stored have it at once, those made up when they are looked at. */
static enum kl_rc
agree(struct box *box, const struct accord *a, struct kl_err *err)
{
	struct store *st = &box->store;
	uint32_t i;

	if (a->from == a->to)
		return KL_OK;
	if (st->made.accords == CROWDS)
		return too_often(err, "consent");
	for (i = 0; i < st->stored; i++)
		if (!accord_apply(a, st->profile[i].at,
			&st->profile[i].consent))
			return kl_err_nomem(err);
	st->made.accord[st->made.accords++] = *a;
	return KL_OK;
}

static enum kl_rc
subscribed(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	uint32_t some = n < box->store.n ? (uint32_t)n : box->store.n;
	struct accord a = { 0, some, pace(box, w, some), false };

	return agree(box, &a, err);
}

/* The last of the people, for all the reasons in turn. */
static enum kl_rc
suppressed(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	uint32_t all = box->store.n, some = n < all ? (uint32_t)n : all;
	struct accord a = { all - some, all, pace(box, w, some), true };

	return agree(box, &a, err);
}

/* --- the specification -----------------------------------------------------
 */

static const struct {
	const char *name;
	uint64_t max;
	enum kl_rc (*make)(struct box *box, const struct when *w, uint64_t n,
	    struct kl_err *err);
} kinds[] = {
	{ "members", 100000000, members },
	{ "profiles", 100000000, profiles },
	{ "events", 100000000, some_events },
	{ "lists", 10000, some_lists },
	{ "segments", 100, some_segments },
	{ "subscribed", 100000000, subscribed },
	{ "suppressed", 100000000, suppressed },
};

static enum kl_rc
one(struct box *box, struct kl_span s, struct when *w, struct kl_err *err)
{
	const char *eq = memchr(s.s, '=', s.n);
	struct kl_span kind = { s.s, eq == NULL ? s.n : (size_t)(eq - s.s) };
	uint64_t n = 0;
	size_t i;

	if (eq == NULL || !kl_parse_u64(eq + 1, s.n - kind.n - 1, &n))
		return kl_err_set(err, KL_EUSAGE, "--generate takes KIND=N");
	if (kl_span_is(kind, "days") && n <= 7300) {
		w->days = n;
		return KL_OK;
	}
	if (kl_span_is(kind, "late") && n <= 100) {
		w->late = n;
		return KL_OK;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kl_span_is(kind, kinds[i].name) && n <= kinds[i].max)
			return kinds[i].make(box, w, n, err);
	return kl_err_set(err, KL_EUSAGE,
	    "--generate makes no %.*s=%llu; kl-sandbox(1) lists what it makes",
	    kind.n > 40 ? 40 : (int)kind.n, kind.s, (unsigned long long)n);
}

enum kl_rc
seed_generate(struct box *box, const char *spec, struct kl_err *err)
{
	struct when w = { 0, 0 };
	enum kl_rc rc = KL_OK;
	const char *end;

	for (; rc == KL_OK; spec = end + 1) {
		end = strchr(spec, ',');
		if (end == NULL)
			end = spec + strlen(spec);
		rc = one(box, (struct kl_span){ spec, (size_t)(end - spec) },
		    &w, err);
		if (*end == '\0')
			break;
	}
	return rc;
}
