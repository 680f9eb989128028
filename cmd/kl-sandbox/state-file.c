/* SPDX-License-Identifier: MIT */
/* state-file.c - what a run leaves for the next: taken up, and written. */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "kl/file.h"
#include "people.h"
#include "seed.h"
#include "state.h"

static enum kl_rc
save_list(struct kl_out *out, const struct list *l, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(out);

	kl_buf_printf(b,
	    "{\"type\":\"%s\",\"id\":\"%s\",\"attributes\":{\"name\":%s",
	    l->segment ? "segment" : "list", l->id, l->name);
	if (l->definition != NULL)
		kl_buf_printf(b, ",\"definition\":{\"condition_groups\":%s}",
		    l->definition);
	if (l->inactive)
		kl_json_put_bool(b, "is_active", false);
	if (l->starred)
		kl_json_put_bool(b, "is_starred", true);
	kl_buf_puts(b, "}}\n");
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
	struct kl_span anonymous = store_get(st, at, KEY_ANONYMOUS);
	struct profile p = store_view(st, at);
	char id[ID_LEN + 1];

	store_id(st, at, id);
	kl_buf_printf(b, "{\"type\":\"profile\",\"id\":\"%s\",\"attributes\":{",
	    id);
	put_fixed(b, st, at, false);
	if (kx.n > 0)
		kl_json_put_raw(b, "_kx", kx);
	if (anonymous.n > 0)
		kl_json_put_raw(b, "anonymous_id", anonymous);
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
	    id, (unsigned long long)p.created, (unsigned long long)p.updated);
	return kl_out_commit(out, err);
}

static enum kl_rc
save_members(struct kl_out *out, const struct store *st, const struct list *l,
    struct kl_err *err)
{
	struct course w = { .up = true };
	enum kl_rc rc = KL_OK;
	struct row_of row[ROWS];
	char id[ID_LEN + 1];
	struct spot s;
	size_t n, i;

	n = order_rows(&l->members, row);
	for (i = 0; i < n; i++)
		course_add(&w, &row[i], 0, row[i].n);
	while (rc == KL_OK && course_next(&w, &s)) {
		if (s.at == NONE)
			continue;
		store_id(st, s.at, id);
		kl_buf_printf(kl_out_begin(out),
		    "{\"type\":\"member\",\"list\":\"%s\",\"id\":\"%s\","
		    "\"joined\":%llu}",
		    l->id, id, (unsigned long long)s.t);
		rc = kl_out_commit(out, err);
	}
	return rc;
}

static enum kl_rc
save_consent(struct kl_out *out, const struct store *st, uint32_t at,
    struct kl_err *err)
{
	const struct consent *c = store_consent(st, at);
	struct kl_buf *b = kl_out_begin(out);
	char id[ID_LEN + 1];
	size_t i;

	store_id(st, at, id);
	kl_buf_printf(b, "{\"type\":\"consent\",\"profile\":\"%s\"", id);
	if (c->source != NULL)
		kl_json_put_raw(b, "source", KL_SPAN(c->source));
	kl_buf_puts(b, ",\"channels\":{");
	for (i = 0; i < CHANNELS; i++) {
		const struct grant *g = &c->grant[i];

		if (g->state == NEVER_SUBSCRIBED)
			continue;
		kl_json_put_name(b, channel_names[i]);
		kl_buf_printf(b,
		    "{\"state\":\"%s\",\"when\":%u,\"changed\":%u}",
		    consent_names[g->state], g->when, g->changed);
	}
	kl_buf_puts(b, "},\"suppressions\":[");
	for (i = 0; i < c->n; i++) {
		const struct suppression *s = &c->s[i];

		if (s->list != EVERYWHERE && st->list[s->list].gone)
			continue;
		kl_json_put_comma(b);
		kl_buf_printf(b, "{\"reason\":\"%s\",\"when\":%u",
		    reason_names[s->reason], s->when);
		if (s->list != EVERYWHERE)
			kl_json_put_str(b, "list", st->list[s->list].id);
		kl_buf_putc(b, '}');
	}
	kl_buf_puts(b, "]}");
	return kl_out_commit(out, err);
}

static enum kl_rc
save_metric(struct kl_out *out, const struct metric *m, struct kl_err *err)
{
	struct kl_buf *b = kl_out_begin(out);

	kl_buf_printf(b, "{\"type\":\"metric\",\"id\":\"%s\"", m->id);
	kl_json_put_bool(b, "valued", m->valued);
	kl_json_put_int(b, "created", (int64_t)(m->created / 1000000));
	kl_buf_puts(b, ",\"attributes\":{");
	kl_json_put_raw(b, "name", m->name);
	if (m->service.n > 0)
		kl_json_put_raw(b, "service", m->service);
	kl_buf_puts(b, "}}");
	return kl_out_commit(out, err);
}

static enum kl_rc
save_event(struct kl_out *out, const struct box *box, const struct event *e,
    struct kl_err *err)
{
	const struct metric *m = &box->events.metric[e->metric];
	struct kl_buf *b = kl_out_begin(out);
	struct event_text room;
	char id[ID_LEN + 1];

	store_id(&box->store, e->profile, id);
	kl_buf_printf(b, "{\"type\":\"event\",\"number\":\"%llu\"",
	    (unsigned long long)e->id);
	kl_json_put_str(b, "profile", id);
	kl_json_put_raw(b, "metric", m->name);
	if (m->service.n > 0)
		kl_json_put_raw(b, "service", m->service);
	kl_buf_puts(b, ",\"attributes\":{\"time\":");
	put_time(b, (uint64_t)e->time * 1000000, false);
	kl_json_put_raw(b, "unique_id", event_unique(e, &room));
	kl_json_put_raw(b, "properties", event_properties(e, &room));
	kl_buf_puts(b, "}}");
	return kl_out_commit(out, err);
}

/* People, in the order in which they came to be. */
static enum kl_rc
save_people(struct kl_out *out, const struct store *st, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	uint32_t i;

	for (i = 0; rc == KL_OK && i < st->n; i++) {
		if (store_gone(st, i))
			continue;
		rc = save_profile(out, st, i, err);
		if (rc == KL_OK && store_consent(st, i) != NULL)
			rc = save_consent(out, st, i, err);
	}
	return rc;
}

static enum kl_rc
save_all(struct kl_out *out, const struct box *box, struct kl_err *err)
{
	const struct store *st = &box->store;
	const struct events *ev = &box->events;
	enum kl_rc rc = KL_OK;
	struct event e;
	size_t i;

	for (i = 0; rc == KL_OK && i < st->lists; i++)
		if (!st->list[i].gone)
			rc = save_list(out, &st->list[i], err);
	if (rc == KL_OK)
		rc = save_people(out, st, err);
	for (i = 0; rc == KL_OK && i < st->lists; i++)
		if (!st->list[i].gone)
			rc = save_members(out, st, &st->list[i], err);
	for (i = 0; rc == KL_OK && i < ev->metrics; i++)
		rc = save_metric(out, &ev->metric[i], err);
	for (i = 0; rc == KL_OK && i < ev->n; i++) {
		e = event_view(ev, (uint32_t)i);
		if (e.text != NULL)
			rc = save_event(out, box, &e, err);
	}
	return rc == KL_OK ? kl_out_flush(out, err) : rc;
}

enum kl_rc
state_save(struct box *box, const char *path, struct kl_err *err)
{
	struct kl_replace *file;
	struct kl_out *out;
	enum kl_rc rc;

	if ((rc = kl_replace_new(&file, path, err)) != KL_OK)
		return rc;
	if ((out = kl_out_new(kl_replace_fd(file), path)) == NULL)
		rc = kl_err_nomem(err);
	else
		rc = save_all(out, box, err);
	kl_out_free(out);
	if (rc == KL_OK)
		return kl_replace_commit(file, err);
	kl_replace_drop(file);
	return rc;
}

enum kl_rc
state_load(struct box *box, const char *path, struct kl_err *err)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return KL_OK;
	return seed_file(box, path, err);
}
