/* SPDX-License-Identifier: MIT */
/* generate.c - people and events made up: enough of them to see how a program
 * copes. */

#include <stdarg.h>
#include <stdio.h>

#include "seed.h"

static const char *const first[] = { "Ada", "Björn", "Chloé", "Dimitri", "Elif",
	"Fatima", "Gráinne", "Hugo", "Ines", "Jonas", "Kaja", "Léo", "Mei",
	"Noor", "Olu", "Paloma" };
static const char *const last[] = { "Abt", "Brandt", "Costa", "Dahl", "Eriksen",
	"Fischer", "García", "Haddad", "Ito", "Jansen", "Kovač", "Lund",
	"Müller", "Novak", "O'Shea", "Popescu" };
static const char *const cities[][2] = { { "Vienna", "Austria" },
	{ "Lyon", "France" }, { "Porto", "Portugal" }, { "Oslo", "Norway" },
	{ "Graz", "Austria" }, { "Tampere", "Finland" }, { "Cork", "Ireland" },
	{ "Gdańsk", "Poland" } };
static const char *const plans[] = { "free", "basic", "plus", "pro" };

#define PICK(list, r) (list)[(r) % (sizeof(list) / sizeof((list)[0]))]

/* When things are made to have happened: over so many days before now, and so
 * many of a hundred within the last hour. */
struct when {
	uint64_t days, late;
};

struct maker {
	struct box *box;
	struct kl_buf text;
	struct entry e[12];
	size_t at[12]; /* where each value begins in text */
	size_t n;
	uint32_t plan, orders;
};

/* One attribute; the value is JSON of less than 80 bytes. */
static void put(struct maker *m, uint32_t key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
put(struct maker *m, uint32_t key, const char *fmt, ...)
{
	char text[80];
	va_list ap;
	int n;

	m->e[m->n].key = key;
	m->at[m->n++] = m->text.n;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kl_buf_put(&m->text, text, n < 0 ? 0 : (size_t)n);
}

/* The time of the i-th of n, in microseconds since 1970. */
static uint64_t
moment(struct box *box, const struct when *w, uint64_t i, uint64_t n)
{
	uint64_t now = box_now(box), hour = UINT64_C(3600000000);
	uint64_t span = w->days * 24 * hour, early = n - n * w->late / 100;

	if (span == 0)
		return now;
	if (w->late == 0)
		return now - span + span / n * i;
	if (i < early)
		return now - span + (span - hour) / early * i;
	return now - hour + hour / (n - early) * (i - early);
}

static bool
person(struct maker *m, uint64_t i, uint64_t now, uint32_t *made)
{
	struct box *box = m->box;
	uint64_t r = random_next(&box->random);
	const char *const *city = PICK(cities, r >> 8);
	unsigned long long no = i + 1;
	bool changed;
	size_t k;

	kl_buf_reset(&m->text);
	m->n = 0;
	put(m, KEY_EMAIL, "\"person%llu@mail.example\"", no);
	put(m, KEY_EXTERNAL, "\"gen-%llu\"", no);
	put(m, KEY_FIRST_NAME, "\"%s\"", PICK(first, r));
	put(m, KEY_LAST_NAME, "\"%s\"", PICK(last, r >> 4));
	put(m, KEY_CITY, "\"%s\"", city[0]);
	put(m, KEY_COUNTRY, "\"%s\"", city[1]);
	put(m, m->plan, "\"%s\"", PICK(plans, r >> 16));
	put(m, m->orders, "%u", (unsigned)(r >> 32 & 63));
	if (r >> 20 & 1) /* every other one has a telephone */
		put(m, KEY_PHONE, "\"+43660%09llu\"", no % 1000000000);
	if (m->text.rc != KL_OK)
		return false;
	for (k = 0; k < m->n; k++) {
		m->e[k].value.s = m->text.s + m->at[k];
		m->e[k].value.n =
		    (k + 1 < m->n ? m->at[k + 1] : m->text.n) - m->at[k];
	}
	*made = store_add(&box->store, now, (struct kl_span){ NULL, 0 });
	return *made != NONE &&
	    store_change(&box->store, *made, m->e, m->n, now, &changed);
}

static enum kl_rc
people(struct box *box, const struct when *w, uint64_t n, bool members,
    struct kl_err *err)
{
	struct maker m = { .box = box };
	struct list *l = NULL;
	uint64_t i, from = box->store.n, now;
	bool good = true;
	uint32_t at;

	for (i = 0; l == NULL && i < box->store.lists; i++)
		if (!box->store.list[i].segment)
			l = &box->store.list[i];
	if (members && l == NULL)
		return kl_err_set(err, KL_EUSAGE,
		    "--generate members needs a list");
	m.plan = store_key(&box->store, KL_SPAN("Plan"));
	m.orders = store_key(&box->store, KL_SPAN("Orders"));
	for (i = 0; good && i < n; i++) {
		now = moment(box, w, i, n);
		good = person(&m, from + i, now, &at) &&
		    (!members || order_add(&l->members, at, now / 1000000));
	}
	kl_buf_free(&m.text);
	box->unsettled |= box->store.backdated;
	return good ? KL_OK : kl_err_nomem(err);
}

static enum kl_rc
profiles(struct box *box, const struct when *w, uint64_t n, struct kl_err *err)
{
	return people(box, w, n, false, err);
}

static enum kl_rc
members(struct box *box, const struct when *w, uint64_t n, struct kl_err *err)
{
	return people(box, w, n, true, err);
}

/* Lists without members, or segments: every second, third, ... of all. */
static enum kl_rc
groups(struct box *box, uint64_t n, bool segments, struct kl_err *err)
{
	char spec[64], id[7];
	struct list *l;
	uint64_t i;
	uint32_t at;
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
		for (at = 0; segments && at < box->store.n; at++)
			if (at % (i + 1) == 0 && !box->store.profile[at].gone &&
			    !order_add(&l->members, at,
				box->store.profile[at].created / 1000))
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

struct doings {
	struct box *box;
	const struct when *w;
	uint64_t n;
	uint32_t metric[4];
};

static void
doing(void *ctx, uint32_t i, struct event *e)
{
	struct doings *d = ctx;
	uint64_t r = random_next(&d->box->random);

	e->profile = (uint32_t)(r % d->box->store.n);
	e->metric = d->metric[r >> 40 & 3];
	e->time = (uint32_t)(moment(d->box, d->w, i, d->n) / 1000000);
}

static enum kl_rc
some_events(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	struct doings d = { .box = box, .w = w, .n = n };
	const struct kl_span api = { NULL, 0 };
	int k;

	if (box->store.n == 0)
		return kl_err_set(err, KL_EUSAGE,
		    "--generate events needs people");
	for (k = 0; k < 4; k++)
		if ((d.metric[k] =
			    metric_take(&box->events, KL_SPAN(metrics[k]), api,
				NULL, box_now(box), &box->random)) == NONE)
			return kl_err_nomem(err);
	if (!events_make(&box->events, &box->store, (uint32_t)n, doing, &d))
		return kl_err_nomem(err);
	return KL_OK;
}

/* --- consent ---------------------------------------------------------------
 */

static enum kl_rc
subscribed(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	struct consent *c;
	uint32_t at, now;

	for (at = 0; at < n && at < box->store.n; at++) {
		now = (uint32_t)(moment(box, w, at, n) / 1000000);
		if ((c = consent_of(&box->store.profile[at].consent)) == NULL)
			return kl_err_nomem(err);
		c->grant[EMAIL_MARKETING] =
		    (struct grant){ now, now, SUBSCRIBED };
	}
	return KL_OK;
}

/* The last of the people, for all the reasons in turn. */
static enum kl_rc
suppressed(struct box *box, const struct when *w, uint64_t n,
    struct kl_err *err)
{
	struct profile *p;
	uint32_t i, now;
	bool fresh;

	for (i = 0; i < n && i < box->store.n; i++) {
		p = &box->store.profile[box->store.n - 1 - i];
		now = (uint32_t)(moment(box, w, n - 1 - i, n) / 1000000);
		if (!consent_hold(&p->consent, EVERYWHERE,
			(enum reason)(i % REASONS), now, &fresh))
			return kl_err_nomem(err);
		if (i % REASONS == UNSUBSCRIBE)
			p->consent->grant[EMAIL_MARKETING] =
			    (struct grant){ now, now, UNSUBSCRIBED };
	}
	return KL_OK;
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
