/* SPDX-License-Identifier: MIT */
/*
 * mirror-undo.c - the file that takes a mirror back.
 *
 * It is a plan: those who are removed are to be added by their ids, and those
 * who are new to be removed.  It is on disk before anybody is removed.  An
 * application that was ended and is begun again finds fewer to be removed
 * than the first time; those of the first time stay in the file.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kl/numbers.h"
#include "kl/siphash.h"
#include "kl/time.h"
#include "mirror.h"

/* --- the one that is there already ------------------------------------------
 */

static enum kl_rc
take_older(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	struct mirror *x = ctx;

	return mirror_people_add(&x->older, p, err);
}

static enum kl_rc
pass_person(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	(void)ctx;
	(void)p;
	(void)err;
	return KL_OK;
}

static enum kl_rc
pass_record(void *ctx, uint64_t line, bool fresh, struct kl_span record,
    struct kl_err *err)
{
	(void)ctx;
	(void)line;
	(void)fresh;
	(void)record;
	(void)err;
	return KL_OK;
}

/* Whether one can be made, before anything is sent. */
static enum kl_rc
try_place(const struct mirror *x, struct kl_err *err)
{
	struct kl_plan_writer *w = NULL;
	enum kl_rc rc;

	rc = kl_plan_new(&w, x->undo, &x->p->journal.hash, &x->plan, err);
	kl_plan_free(w);
	return rc;
}

/* The file is open on fd. */
static enum kl_rc
read_older(struct mirror *x, int fd, struct kl_err *err)
{
	const struct kl_plan_sink sink = { x, pass_person, take_older,
		pass_record };
	struct kl_plan there = { 0 };
	struct kl_err why = { 0 };
	enum kl_rc rc;

	if ((rc = mirror_people_open(&x->older, err)) != KL_OK)
		return rc;
	rc =
	    kl_plan_read(&there, fd, x->undo, &x->p->journal.hash, &sink, &why);
	if (rc == KL_OK && there.kind == KL_PLAN_UNDO && there.of[0] != '\0' &&
	    strcmp(there.of, x->plan.seal) == 0)
		return KL_OK;
	if (rc == KL_ENOMEM || rc == KL_EIO) {
		*err = why;
		return rc;
	}
	(void)kl_err_set(err, KL_ECREATE,
	    "%s is there already, and takes something else back", x->undo);
	kl_err_hint(err, "move it away, or name another with --undo");
	return KL_ECREATE;
}

enum kl_rc
mirror_undo_ready(struct mirror *x, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	int fd;

	if (x->undo == NULL)
		return KL_OK;
	if ((fd = open(x->undo, O_RDONLY | O_CLOEXEC)) >= 0) {
		rc = read_older(x, fd, err);
		(void)close(fd);
	} else if (errno != ENOENT)
		rc = kl_err_sys(err, KL_ECREATE, "%s", x->undo);
	return rc == KL_OK ? try_place(x, err) : rc;
}

/* --- making it -------------------------------------------------------------
 */

struct undo {
	struct mirror *x;
	struct kl_plan_writer *w;
	struct kl_plan plan;
	struct kl_numbers ids; /* of those of the older one */
};

/* An id as a number, to tell quickly whether it is there. */
static uint64_t
number_of(const struct kl_plan_person *p)
{
	static const uint64_t key[2] = { 1, 2 };

	return kl_siphash(key, p->id, strlen(p->id));
}

static enum kl_rc
put_older(struct undo *u, struct kl_err *err)
{
	struct mirror_people *q = &u->x->older;
	struct kl_plan_person p;
	enum kl_rc rc = KL_OK;
	size_t got;

	while (rc == KL_OK && u->ids.n < q->n) {
		rc = mirror_people_get(q, u->ids.n, &p, 1, &got, err);
		if (rc == KL_OK)
			rc = kl_plan_add(u->w, &p, err);
		if (rc == KL_OK && !kl_numbers_add(&u->ids, number_of(&p)))
			rc = kl_err_nomem(err);
		u->plan.add++;
	}
	kl_numbers_sort(&u->ids);
	return rc;
}

static bool
is_older(const struct undo *u, const struct kl_plan_person *p)
{
	return kl_numbers_find(&u->ids, number_of(p)) != KL_NUMBERS_NONE;
}

static enum kl_rc
put_gone(struct undo *u, struct mirror_people *gone, struct kl_err *err)
{
	struct kl_plan_person p;
	enum kl_rc rc = KL_OK;
	uint64_t i;
	size_t got;

	for (i = 0; rc == KL_OK && i < gone->n; i++) {
		rc = mirror_people_get(gone, i, &p, 1, &got, err);
		if (rc != KL_OK || is_older(u, &p))
			continue;
		u->plan.add++;
		rc = kl_plan_add(u->w, &p, err);
	}
	return rc;
}

static enum kl_rc
put_fresh(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	struct undo *u = ctx;

	u->plan.remove++;
	return kl_plan_remove(u->w, p, err);
}

/* Those who are members now and were not: of the records that were sent as
 * new, whoever has joined since.  They were the last to join. */
static enum kl_rc
find_fresh(struct undo *u, struct kl_err *err)
{
	struct mirror *x = u->x;
	uint64_t aside = x->p->in.f.tally.count[KL_REJECTED] - x->aside;
	enum kl_rc rc;

	if (x->fresh == NULL || x->plan.add <= aside)
		return KL_OK;
	if ((rc = kl_mirror_settle(x->fresh, err)) != KL_OK)
		return rc;
	return kl_joined_since(x->p->client, x->fresh, x->p->list.id,
	    x->plan.newest, x->plan.add - aside, put_fresh, u, err);
}

enum kl_rc
mirror_undo(struct mirror *x, struct mirror_people *gone, struct kl_err *err)
{
	struct undo u = { .x = x, .plan = { .kind = KL_PLAN_UNDO } };
	enum kl_rc rc;

	if (x->undo == NULL || x->plan.add + gone->n + x->older.n == 0)
		return KL_OK;
	memcpy(u.plan.account, x->plan.account, sizeof(u.plan.account));
	memcpy(u.plan.list, x->plan.list, sizeof(u.plan.list));
	memcpy(u.plan.of, x->plan.seal, sizeof(u.plan.of));
	u.plan.made = kl_now_wall();
	rc = kl_plan_new(&u.w, x->undo, &x->p->journal.hash, &u.plan, err);
	if (rc == KL_OK && (rc = put_older(&u, err)) == KL_OK &&
	    (rc = put_gone(&u, gone, err)) == KL_OK &&
	    (rc = find_fresh(&u, err)) == KL_OK)
		rc = kl_plan_end(u.w, &u.plan, err);
	kl_plan_free(u.w);
	kl_numbers_free(&u.ids);
	return rc;
}
