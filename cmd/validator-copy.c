/* SPDX-License-Identifier: MIT */
/*
 * validator-copy.c - a thread's share of the records, and what becomes of it.
 *
 * A record can be right by itself and yet one too many, for its key came
 * before.  Only who sees all records in order knows: what a thread made is
 * then put right before it goes out.
 */

#include <stdlib.h>
#include <string.h>

#include "validator.h"

static void
free_copy(void *copy)
{
	validator_free(copy);
	free(copy);
}

static void *
copy(void *ctx, struct cmd_filter *f)
{
	const struct validator *v = ctx;
	struct validator *to = calloc(1, sizeof(*to));

	(void)f;
	if (to == NULL)
		return NULL;
	to->copy = true;
	to->events = v->events;
	to->need_consent = v->need_consent;
	to->fix = v->fix;
	to->test_domains = v->test_domains;
	to->event.now = v->event.now;
	to->event.test_domains = v->event.test_domains;
	to->event.profile.unknown = v->event.profile.unknown;
	to->event.profile.unknown_option = v->event.profile.unknown_option;
	to->event.profile.match_id = v->event.profile.match_id;
	to->event.profile.utf8_email = v->event.profile.utf8_email;
	if (v->unique == NULL ||
	    (to->unique = kl_unique_copy(v->unique)) != NULL)
		return to;
	free_copy(to);
	return NULL;
}

/* Leaving duplicates out of what a thread made. */
struct without {
	struct validator *v; /* the thread's */
	struct cmd_filter *f;
	const struct kl_block *b;
	size_t out, from;  /* bytes kept, and looked at, of the records */
	size_t aside;	   /* looked at of the rejects */
	struct kl_buf *to; /* the rejects that there will be */
	size_t kept;	   /* notes */
};

/* The rejects that came before a record. */
static void
keep_aside(struct without *w, size_t to)
{
	kl_buf_put(w->to, w->f->aside->s + w->aside, to - w->aside);
	w->aside = to;
}

/* Where the record ends that begins at from. */
static size_t
end_of(const struct cmd_filter *f, size_t from)
{
	struct kl_span s = kl_out_gathered(f->out);
	const char *nl = memchr(s.s + from, '\n', s.n - from);

	return nl != NULL ? (size_t)(nl + 1 - s.s) : s.n;
}

/* The record is one too many: it goes to the rejects, and counts for no more
 * than that. */
static bool
set_aside(struct without *w, const struct validator_note *note,
    const struct kl_err *why)
{
	struct kl_rejected what = { .line = note->line,
		.s = note->s.s,
		.n = note->s.n,
		.record = true };
	struct kl_buf *aside = w->f->aside;
	struct kl_err err;
	enum kl_rc rc;
	unsigned i;

	/* Decoded out of a reject, its bytes are gone. */
	if (note->s.s < w->b->s || note->s.s >= w->b->s + w->b->n)
		return false;
	kl_out_move(w->f->out, w->out, w->from, note->from);
	w->out += note->from - w->from;
	w->from = end_of(w->f, note->from);
	keep_aside(w, note->aside);
	w->f->aside = w->to;
	rc = cmd_filter_reject(w->f, &what, why, NULL, &err);
	w->f->aside = aside;
	w->f->tally.count[KL_ACCEPTED]--;
	w->f->tally.written--;
	w->v->records_fixed -= note->done != 0;
	for (i = 0; i < KL_FIXES; i++)
		w->v->fixes[i] -= note->done >> i & 1;
	return rc == KL_OK;
}

/* Put what is left in the place of what was there. */
static void
finish(struct without *w)
{
	size_t end = kl_out_gathered(w->f->out).n;
	struct kl_buf old = *w->f->aside;

	w->v->notes = w->kept;
	if (w->from == 0)
		return; /* nothing was left out */
	kl_out_move(w->f->out, w->out, w->from, end);
	kl_out_trim(w->f->out, w->out + end - w->from);
	keep_aside(w, old.n);
	*w->f->aside = *w->to;
	*w->to = old;
}

static bool
settle(void *ctx, void *from, struct cmd_filter *f, const struct kl_block *b,
    uint64_t lines)
{
	struct validator *v = ctx, *copied = from;
	struct without w = { copied, f, b, .to = &copied->aside };
	struct validator_note *note = copied->note;
	struct kl_err why;
	enum kl_rc rc = KL_OK;

	kl_buf_reset(&copied->aside);
	if (v->unique == NULL)
		return true;
	for (size_t i = 0; i < copied->notes; i++) {
		if (note[i].keyed)
			rc = kl_unique_put(v->unique, &note[i].key,
			    lines + note[i].line, &why);
		if (rc == KL_OK)
			note[w.kept++] = note[i];
		else if (rc != KL_EDATA || !set_aside(&w, &note[i], &why))
			return false;
		rc = KL_OK;
	}
	finish(&w);
	return f->aside->rc == KL_OK;
}

static void
add(void *ctx, void *from, uint64_t lines)
{
	struct validator *v = ctx, *copied = from;
	const struct validator_note *note = copied->note;
	size_t i;

	for (i = 0; i < copied->notes; i++)
		if (note[i].doubt != KL_DOUBT_NONE)
			validator_doubt(v, (enum kl_doubt)note[i].doubt,
			    lines + note[i].line, note[i].meant);
	v->records_fixed += copied->records_fixed;
	for (i = 0; i < KL_FIXES; i++)
		v->fixes[i] += copied->fixes[i];
	copied->notes = 0;
	copied->records_fixed = 0;
	memset(copied->fixes, 0, sizeof(copied->fixes));
}

const struct cmd_work validator_work = {
	.run = validator_run,
	.copy = copy,
	.free = free_copy,
	.settle = settle,
	.add = add,
};
