/* SPDX-License-Identifier: MIT */
/* state-lines.c - what a state says that a seed does not. */

#include <stdlib.h>

#include "body.h"
#include "state.h"

static bool
number(const struct kl_json *doc, const char *name, uint64_t *v)
{
	uint32_t i = kl_json_get(doc, 0, name);
	int64_t n;

	if (i == 0 || !kl_json_int(doc, i, &n) || n < 0)
		return false;
	*v = (uint64_t)n;
	return true;
}

static enum kl_rc
not_ours(struct kl_err *err)
{
	return kl_err_set(err, KL_EDATA, "is not a line of a state");
}

/* The list, or profile, that the member names; NULL, or NONE. */
static struct list *
named_list(const struct box *box)
{
	uint32_t i = kl_json_get(&box->doc, 0, "list");

	return i == 0 ? NULL : store_group(&box->store, body_id(&box->doc, i));
}

static uint32_t
named_profile(const struct box *box)
{
	struct kl_buf tmp = { 0 };
	uint32_t i = kl_json_get(&box->doc, 0, "id");
	uint32_t at = i == 0
	    ? NONE
	    : store_by_id(&box->store, kl_json_text(&box->doc, i, &tmp));

	kl_buf_free(&tmp);
	return at;
}

/* {"type":"list-times",...}: right after its list. */
enum kl_rc
state_list_times(struct box *box, struct kl_err *err)
{
	struct list *l = named_list(box);
	uint64_t opt_in;

	if (l == NULL || !number(&box->doc, "created", &l->created) ||
	    !number(&box->doc, "updated", &l->updated) ||
	    !number(&box->doc, "opt_in", &opt_in))
		return not_ours(err);
	l->opt_in = (int)opt_in - 1;
	return KL_OK;
}

/* {"type":"times",...}: after its profile. */
enum kl_rc
state_times(struct box *box, struct kl_err *err)
{
	uint32_t at = named_profile(box);
	uint64_t created, updated;
	struct profile *p;

	if (at == NONE || !number(&box->doc, "created", &created) ||
	    !number(&box->doc, "updated", &updated))
		return not_ours(err);
	if ((p = store_own(&box->store, at)) == NULL)
		return kl_err_nomem(err);
	p->created = created;
	p->updated = updated;
	if (at > 0 && store_created(&box->store, at - 1) > created)
		box->store.backdated = true;
	box->unsettled = true;
	return KL_OK;
}

/* Somebody, and when they last changed. */
struct change {
	uint64_t t;
	uint32_t at;
};

static int
by_time(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->t != y->t ? (x->t > y->t) - (x->t < y->t)
			    : (x->at > y->at) - (x->at < y->at);
}

enum kl_rc
state_settle(struct box *box, struct kl_err *err)
{
	struct store *st = &box->store;
	struct change *c;
	uint32_t n = 0, i;
	bool good = true;

	if (!box->unsettled)
		return KL_OK;
	box->unsettled = false;
	if ((c = malloc((st->n + 1) * sizeof(*c))) == NULL)
		return kl_err_nomem(err);
	for (i = 0; i < st->n; i++)
		if (!store_gone(st, i))
			c[n++] =
			    (struct change){ store_view(st, i).updated, i };
	qsort(c, n, sizeof(*c), by_time);
	order_free(&st->by_update);
	for (i = 0; good && i < n; i++)
		good = order_add(&st->by_update, c[i].at, c[i].t);
	free(c);
	return good ? KL_OK : kl_err_nomem(err);
}

/* {"type":"member",...}: in the order in which they joined. */
enum kl_rc
state_member(struct box *box, struct kl_err *err)
{
	struct list *l = named_list(box);
	uint32_t at = named_profile(box);
	uint64_t joined;

	if (l == NULL || at == NONE || order_has(&l->members, at) ||
	    !number(&box->doc, "joined", &joined))
		return not_ours(err);
	return order_add(&l->members, at, joined) ? KL_OK : kl_err_nomem(err);
}
