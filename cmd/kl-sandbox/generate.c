/* SPDX-License-Identifier: MIT */
/* generate.c - people made up: enough of them to see how a program copes. */

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

static bool
person(struct maker *m, uint64_t i, uint32_t *made)
{
	struct box *box = m->box;
	uint64_t r = random_next(&box->random);
	uint64_t now = box_now(box);
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
people(struct box *box, uint64_t n, bool members, struct kl_err *err)
{
	struct maker m = { .box = box };
	struct list *l = box->store.lists > 0 ? &box->store.list[0] : NULL;
	uint64_t i, from = box->store.n;
	bool good = true;
	uint32_t at;

	if (members && l == NULL)
		return kl_err_set(err, KL_EUSAGE,
		    "--generate members needs a list");
	m.plan = store_key(&box->store, KL_SPAN("Plan"));
	m.orders = store_key(&box->store, KL_SPAN("Orders"));
	for (i = from; good && i < from + n; i++)
		good = person(&m, i, &at) &&
		    (!members ||
			order_add(&l->members, at, box_now(box) / 1000000));
	kl_buf_free(&m.text);
	return good ? KL_OK : kl_err_nomem(err);
}

static enum kl_rc
some_lists(struct box *box, uint64_t n, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	char spec[64], id[7];
	uint64_t i;

	for (i = 1; rc == KL_OK && i <= n; i++) {
		do {
			random_id(box, id, 6);
		} while (store_list(&box->store, KL_SPAN(id)) != NULL);
		(void)snprintf(spec, sizeof(spec), "%s=List %llu", id,
		    (unsigned long long)i);
		rc = seed_list(box, spec, err);
	}
	return rc;
}

static enum kl_rc
one(struct box *box, struct kl_span s, struct kl_err *err)
{
	const char *eq = memchr(s.s, '=', s.n);
	struct kl_span kind = { s.s, eq == NULL ? s.n : (size_t)(eq - s.s) };
	uint64_t n = 0;

	if (eq == NULL || !kl_parse_u64(eq + 1, s.n - kind.n - 1, &n) ||
	    n > 100000000)
		return kl_err_set(err, KL_EUSAGE,
		    "--generate takes KIND=N, N up to 100000000");
	if (kl_span_is(kind, "members") || kl_span_is(kind, "profiles"))
		return people(box, n, kind.s[0] == 'm', err);
	if (kl_span_is(kind, "lists") && n <= 10000)
		return some_lists(box, n, err);
	return kl_err_set(err, KL_EUSAGE,
	    "--generate makes members, profiles, and up to 10000 lists");
}

enum kl_rc
seed_generate(struct box *box, const char *spec, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	const char *end;

	for (; rc == KL_OK; spec = end + 1) {
		end = strchr(spec, ',');
		if (end == NULL)
			end = spec + strlen(spec);
		rc = one(box, (struct kl_span){ spec, (size_t)(end - spec) },
		    err);
		if (*end == '\0')
			break;
	}
	return rc;
}
