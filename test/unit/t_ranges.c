/* SPDX-License-Identifier: MIT */

/*
 * t_ranges.c - collections read by several chains at once: every row, and each
 * once, however times are spread and in whatever order answers come.
 */

#include <stdlib.h>

#include "../../lib/klaviyo/ranges.h"
#include "ok.h"

#define PAGE 10
#define MOST 64
#define NEW 1000000 /* rows from this number on came later */

/* A service of rows, by time and then by number. */
struct row {
	int64_t us;
	uint64_t id;
	unsigned seen;
};

struct service {
	struct row *row;
	size_t n;
	bool strict;	/* only greater-than and less-than */
	bool same_ties; /* rows of one time come in one order both ways */
	uint64_t random;
	size_t requests, rounds;
};

/* An answer on its way: what it is about, and where its page begins. */
struct flight {
	struct chain *c;
	size_t from, n;
	struct row rows[PAGE];
	bool end;
};

static uint64_t
draw(uint64_t *random, uint64_t below)
{
	*random = *random * 6364136223846793005U + 1442695040888963407U;
	return (*random >> 33) % below;
}

static int64_t
time_of(void *ctx, size_t i)
{
	const struct flight *f = ctx;

	if (f->rows[i].us < 0)
		return NO_TIME;
	return f->rows[i].us / 1000000;
}

static uint64_t
id_of(void *ctx, size_t i)
{
	const struct flight *f = ctx;

	return f->rows[i].id;
}

/* --- the service ------------------------------------------------------------
 */

static bool ties;

static int
compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->us != y->us)
		return (x->us > y->us) - (x->us < y->us);
	return (x->id > y->id) - (x->id < y->id);
}

static int
downwards(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->us != y->us || !ties)
		return compare(b, a);
	return compare(a, b);
}

static bool
wanted(const struct service *s, const struct chain *c, const struct row *r)
{
	if (c->down)
		return c->bound == RANGE_MAX ||
		    (r->us >= 0 && r->us < c->bound * 1000000);
	if (c->bound == RANGE_MIN)
		return true;
	if (s->strict)
		return r->us > (c->bound - 1) * 1000000;
	return r->us >= c->bound * 1000000;
}

/* The page of a chain: the rows it wants behind its cursor, which is the place
 * of a row whether that is still there or not. */
static void
answer(struct service *s, struct flight *f)
{
	int (*order)(const void *a, const void *b) =
	    f->c->down ? downwards : compare;
	struct row *all = malloc((s->n + 1) * sizeof(*all)), at = { 0 };
	const char *cursor = kl_buf_str(&f->c->cursor.value);
	size_t i, n = 0;
	char *end;

	at.us = strtoll(cursor, &end, 10);
	at.id = strtoull(end, NULL, 10);
	memcpy(all, s->row, s->n * sizeof(*all));
	ties = s->same_ties;
	qsort(all, s->n, sizeof(*all), order);
	f->n = 0;
	for (i = 0; i < s->n; i++)
		if (wanted(s, f->c, &all[i]) &&
		    (*cursor == '\0' || order(&all[i], &at) > 0) && n++ < PAGE)
			f->rows[f->n++] = all[i];
	f->end = n <= PAGE;
	free(all);
	s->requests++;
}

/* --- reading it ------------------------------------------------------------
 */

static void
count(struct service *s, uint64_t id)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->row[i].id == id)
			s->row[i].seen++;
}

static enum kl_rc
take(struct service *s, struct plan *p, struct flight *f)
{
	struct seen page = { f->n, f->end, time_of, id_of, f };
	struct kl_err err = { 0 };
	size_t from, to;
	enum kl_rc rc;

	rc = plan_take(p, f->c, &page, &from, &to, &err);
	for (; rc == KL_OK && from < to; from++)
		count(s, f->rows[from].id);
	if (f->n > 0) {
		kl_buf_reset(&f->c->cursor.value);
		kl_buf_printf(&f->c->cursor.value, "%lld %llu",
		    (long long)f->rows[f->n - 1].us,
		    (unsigned long long)f->rows[f->n - 1].id);
	}
	return rc;
}

/* The same plan as before, out of its text. */
static void
again(struct plan *p)
{
	struct plan fresh = { .in_flight = p->in_flight,
		.page = p->page,
		.moves = p->moves };
	struct kl_buf b = { 0 };
	struct kl_err err;

	plan_put(p, &b);
	if (plan_get(&fresh, (struct kl_span){ b.s, b.n }, &err) != KL_OK)
		printf("# %s\n", err.msg);
	kl_buf_free(&b);
	plan_close(p);
	*p = fresh;
}

/* What happens to the rows while they are read; or NULL. */
typedef void edit(struct service *s, size_t turn);

/*
 * Read all of it.  in_order: answers come in rounds, as from a service with
 * one latency; else one at a time, anyhow.  stops: go on from a text at times.
 */
static enum kl_rc
read_all(struct service *s, struct plan *p, bool in_order, bool stops,
    edit *change)
{
	struct flight f[MOST];
	size_t n = 0, i, turn;
	struct kl_err err;
	enum kl_rc rc = plan_open(p, &err);

	for (turn = 0; rc == KL_OK; turn++) {
		if (stops && draw(&s->random, 20) == 0) {
			again(p);
			n = 0;
		}
		while ((rc = plan_next(p, &f[n].c, &err)) == KL_OK &&
		    f[n].c != NULL)
			answer(s, &f[n++]);
		if (rc != KL_OK || n == 0)
			break;
		s->rounds++;
		if (change != NULL)
			change(s, turn);
		if (in_order) {
			for (i = 0; i < n && rc == KL_OK; i++)
				rc = take(s, p, &f[i]);
			n = 0;
			continue;
		}
		i = (size_t)draw(&s->random, n);
		rc = take(s, p, &f[i]);
		f[i] = f[--n];
	}
	plan_close(p);
	return rc;
}

/* So many rows were not seen once; those that came later do not count. */
static size_t
wrong(const struct service *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if (s->row[i].seen != 1 && s->row[i].id < NEW) {
			if (n++ == 0)
				printf("# row %zu of time %lld: %u times\n", i,
				    (long long)s->row[i].us, s->row[i].seen);
		}
	return n;
}

/* --- how times can be spread -------------------------------------------------
 */

#define DAY 86400

static int64_t
evenly(size_t i, size_t n, uint64_t *random)
{
	(void)random;
	return (int64_t)((double)i / (double)n * 30 * DAY * 1e6);
}

static int64_t
anyhow(size_t i, size_t n, uint64_t *random)
{
	(void)i;
	(void)n;
	return (int64_t)draw(random, 30 * DAY) * 1000000 +
	    (int64_t)draw(random, 1000000);
}

static int64_t
late(size_t i, size_t n, uint64_t *random)
{
	if (i < n / 10)
		return anyhow(i, n, random);
	return ((int64_t)30 * DAY - (int64_t)draw(random, 3600)) * 1000000;
}

static int64_t
early(size_t i, size_t n, uint64_t *random)
{
	if (i < n / 10)
		return anyhow(i, n, random);
	return (int64_t)draw(random, 60) * 1000000;
}

static int64_t
one_second(size_t i, size_t n, uint64_t *random)
{
	(void)i;
	(void)n;
	(void)random;
	return (int64_t)1000 * 1000000;
}

static int64_t
few_seconds(size_t i, size_t n, uint64_t *random)
{
	(void)i;
	(void)n;
	return (int64_t)(1000 + draw(random, 3)) * 1000000 +
	    (int64_t)draw(random, 2) * 500000;
}

static int64_t
clusters(size_t i, size_t n, uint64_t *random)
{
	(void)n;
	(void)random;
	return (int64_t)(i % 7) * 3 * DAY * 1000000;
}

static int64_t
long_ago(size_t i, size_t n, uint64_t *random)
{
	return anyhow(i, n, random) / 1000;
}

static int64_t just_now(size_t i, size_t n, uint64_t *random);

/* Some show no time, and stand before all others. */
static int64_t
without(size_t i, size_t n, uint64_t *random)
{
	return i % 9 == 0 ? -1 : anyhow(i, n, random);
}

static const struct spread {
	const char *name;
	int64_t (*time)(size_t i, size_t n, uint64_t *random);
} spreads[] = {
	{ "evenly", evenly },
	{ "anyhow", anyhow },
	{ "nine in ten in the last hour", late },
	{ "nine in ten in the first minute", early },
	{ "all in one second", one_second },
	{ "all in three seconds", few_seconds },
	{ "in seven seconds far apart", clusters },
	{ "nothing for a long time", long_ago },
	{ "all of this second", just_now },
	{ "some without a time", without },
};

static void
fill(struct service *s, const struct spread *how, size_t n, uint64_t seed)
{
	size_t i;

	*s = (struct service){ .n = n, .random = seed };
	s->row = calloc(n + 200, sizeof(*s->row));
	for (i = 0; i < n; i++)
		s->row[i] =
		    (struct row){ how->time(i, n, &s->random), i + 1, 0 };
}

static int64_t
just_now(size_t i, size_t n, uint64_t *random)
{
	return one_second(i, n, random) + ((int64_t)30 * DAY - 1000) * 1000000;
}

static struct plan
plan_of(unsigned in_flight)
{
	return (struct plan){ .in_flight = in_flight,
		.page = PAGE,
		.newest = (int64_t)30 * DAY };
}

/* --- tests -------------------------------------------------------------------
 */

static void
test_whole(void)
{
	static const size_t sizes[] = { 0, 1, 10, 11, 35, 211 };
	size_t i, k, bad, runs, refused;
	unsigned how, flight;
	struct service s;
	struct plan p;
	enum kl_rc rc;

	for (i = 0; i < sizeof(spreads) / sizeof(spreads[0]); i++) {
		bad = runs = refused = 0;
		for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
			for (how = 0; how < 16; how++)
				for (flight = 1; flight <= 27; flight *= 3) {
					fill(&s, &spreads[i], sizes[k],
					    how + flight);
					s.strict = how & 1;
					s.same_ties = how & 2;
					p = plan_of(flight);
					rc = read_all(&s, &p, how & 4, how & 8,
					    NULL);
					/* Better no rows than wrong ones. */
					if (rc == KL_EPROTO && s.same_ties)
						refused++;
					else if (rc != KL_OK || wrong(&s) > 0) {
						bad++;
						printf("# %zu rows, way %u, "
						       "%u in flight\n",
						    sizes[k], how, flight);
					}
					runs++;
					free(s.row);
				}
		printf("# %s: %zu runs, %zu refused\n", spreads[i].name, runs,
		    refused);
		ok(bad == 0, "every row is read once");
		ok(refused == 0 || spreads[i].time == few_seconds,
		    "and all times can be read");
	}
}

/* Rounds and requests for n rows, with so many in flight. */
static void
cost(const struct spread *how, size_t n, unsigned flight, size_t *rounds,
    size_t *requests)
{
	struct plan p = plan_of(flight);
	struct service s;

	fill(&s, how, n, 1);
	(void)read_all(&s, &p, true, false, NULL);
	*rounds = s.rounds;
	*requests = s.requests;
	free(s.row);
}

static void
test_cost(void)
{
	size_t rounds, requests, i;

	cost(&spreads[0], PAGE, 8, &rounds, &requests);
	ok(requests == 1, "one page takes one request");
	cost(&spreads[0], 2 * PAGE, 8, &rounds, &requests);
	ok(requests == 2, "two pages take two");
	cost(&spreads[4], 2 * PAGE, 8, &rounds, &requests);
	ok(requests == 2, "two pages of one second take two");
	cost(&spreads[4], 4 * PAGE, 8, &rounds, &requests);
	printf("# %zu requests\n", requests);
	ok(requests <= 6, "four pages of one second take two more");
	cost(&spreads[0], 100 * PAGE, 8, &rounds, &requests);
	printf("# %zu rounds, %zu requests\n", rounds, requests);
	ok(rounds <= 14, "a hundred pages take 14 rounds with 8 in flight");
	for (i = 0; i < sizeof(spreads) / sizeof(spreads[0]); i++) {
		cost(&spreads[i], 300 * PAGE, 8, &rounds, &requests);
		printf("# %s: %zu rounds, %zu requests for 300 pages\n",
		    spreads[i].name, rounds, requests);
		ok(rounds <= 160, "in half of the time at most");
		ok(requests <= 370, "and with few requests more");
	}
}

/* A row leaves, one comes; nobody is to notice of the others. */
static void
edits(struct service *s, size_t turn)
{
	size_t i = (size_t)draw(&s->random, s->n);

	if (turn % 2 == 0)
		s->row[i] = s->row[--s->n];
	s->row[s->n] =
	    (struct row){ (int64_t)(30 * DAY + turn) * 1000000, NEW + turn, 0 };
	if (turn < 200)
		s->n++;
}

static void
test_edits(void)
{
	struct service s;
	struct plan p;
	size_t i, k, bad;

	for (i = 0; i + 1 < sizeof(spreads) / sizeof(spreads[0]); i++) {
		for (bad = 0, k = 0; k < 8; k++) {
			fill(&s, &spreads[i], 500, k);
			p = plan_of(8);
			if (read_all(&s, &p, k & 1, k & 2, edits) != KL_OK ||
			    wrong(&s) > 0)
				bad++;
			free(s.row);
		}
		printf("# %s\n", spreads[i].name);
		ok(bad == 0,
		    "rows that stay are read once, while others come "
		    "and go");
	}
}

/* A change moves a row to the newest second: it may be read twice, but not
 * missed. */
static void
touch(struct service *s, size_t turn)
{
	size_t i = (size_t)draw(&s->random, s->n);

	s->row[i].us = (int64_t)(30 * DAY + turn) * 1000000;
}

static void
test_moves(void)
{
	size_t i, k, r, missed;
	struct service s;
	struct plan p;

	for (i = 0; i + 1 < sizeof(spreads) / sizeof(spreads[0]); i++) {
		for (missed = 0, k = 0; k < 8; k++) {
			fill(&s, &spreads[i], 500, k);
			s.strict = true;
			p = plan_of(8);
			p.moves = true;
			if (read_all(&s, &p, k & 1, k & 2, touch) != KL_OK)
				missed++;
			for (r = 0; r < s.n; r++)
				missed += s.row[r].seen == 0;
			free(s.row);
		}
		printf("# %s\n", spreads[i].name);
		ok(missed == 0, "rows that move on are not missed");
	}
}

/* Pages that are not in order. */
static void
test_order(void)
{
	struct service s = { .n = 0 };
	struct plan p = plan_of(8);
	struct flight f = { .n = 2,
		.rows = { { 5000000, 1, 0 }, { 4000000, 2, 0 } } };
	struct kl_err err;

	(void)plan_open(&p, &err);
	(void)plan_next(&p, &f.c, &err);
	ok(take(&s, &p, &f) == KL_EPROTO, "a page in disorder is an error");
	plan_close(&p);
	p = plan_of(8);
	(void)plan_open(&p, &err);
	(void)plan_next(&p, &f.c, &err);
	f.rows[1].us = 6000000;
	ok(take(&s, &p, &f) == KL_OK, "one in order is none");
	(void)plan_next(&p, &f.c, &err);
	f.rows[0].us = 6100000;
	f.rows[1].us = 6900000;
	ok(take(&s, &p, &f) == KL_OK, "nor is one of the same second");
	(void)plan_next(&p, &f.c, &err);
	f.rows[0].us = 1;
	ok(take(&s, &p, &f) == KL_EPROTO, "one that goes back is");
	plan_close(&p);
}

static void
test_place(void)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"newest\":1}",
		"{\"newest\":1,\"is\":0,\"ranges\":1}",
		"{\"newest\":1,\"is\":0,\"ranges\":[{}]}",
		"{\"newest\":1,\"is\":0,\"ranges\":[{\"lo\":5,\"hi\":5,"
		"\"is\":0,\"density\":1,\"up\":{\"bound\":5}}]}",
		"{\"newest\":1,\"is\":0,\"ranges\":[{\"lo\":1,\"hi\":5,"
		"\"is\":0,\"density\":1}]}" };
	struct plan p;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p = plan_of(8);
		ok(plan_get(&p, KL_SPAN(bad[i]), NULL) == KL_EDATA, bad[i]);
		plan_close(&p);
	}
}

int
main(void)
{
	test_whole();
	test_cost();
	test_edits();
	test_moves();
	test_order();
	test_place();
	return done();
}
