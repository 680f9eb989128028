/* SPDX-License-Identifier: MIT */
/* state.c - the people and lists of one run, kept for the next. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "people.h"
#include "seed.h"
#include "state.h"

/* --- reading: what a seed does not say, on lines of its own -----------------
 */

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
	struct kl_buf tmp = { 0 };
	uint32_t i = kl_json_get(&box->doc, 0, "list");
	struct list *l = i == 0
	    ? NULL
	    : store_list(&box->store, kl_json_text(&box->doc, i, &tmp));

	kl_buf_free(&tmp);
	return l;
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

/*
 * {"type":"times",...}: right after its profile, whose last change is then the
 * newest of all; the state has the profiles in that order.
 */
enum kl_rc
state_times(struct box *box, struct kl_err *err)
{
	struct order *o = &box->store.by_update;
	uint32_t at = named_profile(box);
	uint64_t created, updated;

	if (at == NONE || o->n == 0 || o->spot[o->n - 1].at != at ||
	    !number(&box->doc, "created", &created) ||
	    !number(&box->doc, "updated", &updated) ||
	    (o->n > 1 && o->spot[o->n - 2].t > updated))
		return not_ours(err);
	box->store.profile[at].created = created;
	box->store.profile[at].updated = updated;
	o->spot[o->n - 1].t = updated;
	return KL_OK;
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

enum kl_rc
state_load(struct box *box, const char *path, struct kl_err *err)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return KL_OK;
	return seed_file(box, path, err);
}

/* --- writing ----------------------------------------------------------------
 */

static enum kl_rc
save_list(struct kl_out *out, const struct list *l, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(out);

	kl_buf_printf(b,
	    "{\"type\":\"list\",\"id\":\"%s\",\"attributes\":{\"name\":%s}}\n",
	    l->id, l->name);
	kl_buf_printf(b,
	    "{\"type\":\"list-times\",\"list\":\"%s\",\"created\":%llu,"
	    "\"updated\":%llu,\"opt_in\":%d}",
	    l->id, (unsigned long long)l->created,
	    (unsigned long long)l->updated, l->opt_in + 1);
	return kl_out_commit(out, err);
}

/* The attributes with a value: those of the location in an object of their
 * own, which names have as a prefix. */
static void
put_fixed(struct kl_buf *b, const struct store *st, uint32_t at, bool location)
{
	const struct field *f;
	struct kl_span v;
	const char *name;

	for (f = profile_fields; f->path != NULL; f++) {
		bool within = strncmp(f->path, "location.", 9) == 0;

		if (f->source < 0 || f->source >= (int)KEY_PROPERTY ||
		    within != location)
			continue;
		v = store_get(st, at, (uint32_t)f->source);
		name = within ? f->path + 9 : f->path;
		if (v.n > 0)
			kl_json_put_raw(b, name, v);
	}
}

static void
put_properties(struct kl_buf *b, const struct store *st, uint32_t at)
{
	struct walk w = store_walk(st, at);
	struct entry e;

	while (walk_next(&w, &e))
		if (e.key >= KEY_PROPERTY) {
			kl_json_put_comma(b);
			kl_buf_span(b, store_name(st, e.key));
			kl_buf_putc(b, ':');
			kl_buf_span(b, e.value);
		}
}

static enum kl_rc
save_profile(struct kl_out *out, const struct store *st, uint32_t at,
    struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(out);
	struct kl_span kx = store_get(st, at, KEY_KX);
	char id[ID_LEN + 1];

	store_id(st, at, id);
	kl_buf_printf(b, "{\"type\":\"profile\",\"id\":\"%s\",\"attributes\":{",
	    id);
	put_fixed(b, st, at, false);
	if (kx.n > 0)
		kl_json_put_raw(b, "_kx", kx);
	kl_json_put_name(b, "location");
	kl_buf_putc(b, '{');
	put_fixed(b, st, at, true);
	kl_buf_putc(b, '}');
	kl_json_put_name(b, "properties");
	kl_buf_putc(b, '{');
	put_properties(b, st, at);
	kl_buf_printf(b,
	    "}}}\n{\"type\":\"times\",\"id\":\"%s\",\"created\":%llu,"
	    "\"updated\":%llu}",
	    id, (unsigned long long)st->profile[at].created,
	    (unsigned long long)st->profile[at].updated);
	return kl_out_commit(out, err);
}

static enum kl_rc
save_members(struct kl_out *out, const struct store *st, const struct list *l,
    struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	char id[ID_LEN + 1];
	size_t i;

	for (i = 0; rc == KL_OK && i < l->members.n; i++) {
		const struct spot *s = &l->members.spot[i];

		if (s->at == NONE)
			continue;
		store_id(st, s->at, id);
		kl_buf_printf(kl_out_begin(out),
		    "{\"type\":\"member\",\"list\":\"%s\",\"id\":\"%s\","
		    "\"joined\":%llu}",
		    l->id, id, (unsigned long long)s->t);
		rc = kl_out_commit(out, err);
	}
	return rc;
}

static enum kl_rc
save_all(struct kl_out *out, const struct store *st, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; rc == KL_OK && i < st->lists; i++)
		if (!st->list[i].gone)
			rc = save_list(out, &st->list[i], err);
	for (i = 0; rc == KL_OK && i < st->by_update.n; i++)
		if (st->by_update.spot[i].at != NONE)
			rc = save_profile(out, st, st->by_update.spot[i].at,
			    err);
	for (i = 0; rc == KL_OK && i < st->lists; i++)
		if (!st->list[i].gone)
			rc = save_members(out, st, &st->list[i], err);
	return rc == KL_OK ? kl_out_sync(out, err) : rc;
}

/* The temporary file, whole. */
static enum kl_rc
save_to(const struct box *box, const char *path, struct kl_err *err)
{
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct kl_out *out;
	enum kl_rc rc;

	if (fd < 0)
		return kl_err_sys(err, KL_ECREATE, "cannot create %s", path);
	if ((out = kl_out_new(fd, path)) == NULL)
		rc = kl_err_nomem(err);
	else
		rc = save_all(out, &box->store, err);
	kl_out_free(out);
	if (close(fd) != 0 && rc == KL_OK)
		rc = kl_err_sys(err, KL_EIO, "cannot write %s", path);
	return rc;
}

enum kl_rc
state_save(struct box *box, const char *path, struct kl_err *err)
{
	struct kl_buf tmp = { 0 };
	enum kl_rc rc;

	box->job_delay = 0; /* what was accepted is done, then kept */
	(void)jobs_run(box);
	kl_buf_printf(&tmp, "%s.tmp", path);
	rc = save_to(box, kl_buf_str(&tmp), err);
	if (rc == KL_OK && rename(kl_buf_str(&tmp), path) != 0)
		rc = kl_err_sys(err, KL_ECREATE, "cannot create %s", path);
	if (rc != KL_OK)
		(void)unlink(kl_buf_str(&tmp));
	kl_buf_free(&tmp);
	return rc;
}
