/* SPDX-License-Identifier: MIT */
/* mirror-plan.c - the input and the list are read and compared. */

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "kl/count.h"
#include "kl/query.h"
#include "kl/ranges.h"
#include "kl/source.h"
#include "kl/time.h"
#include "mirror.h"

#define SO "nobody is added or removed"

/* --- the input -------------------------------------------------------------
 */

/* Whom the record is about stays, even though it goes no further. */
static enum kl_rc
set_aside(struct mirror *x, const struct cmd_record *rec,
    const struct kl_err *why, struct kl_err *err)
{
	struct cmd_filter *f = &x->p->in.f;
	struct kl_rejected what = { .line = rec->line.no,
		.s = rec->s.s,
		.n = rec->s.n,
		.record = true };
	enum kl_rc rc = kl_mirror_protect(x->m, &f->doc, err);

	if (rc == KL_EDATA)
		x->nameless++;
	else if (rc != KL_OK)
		return rc;
	return cmd_filter_reject(f, &what, why, NULL, err);
}

static enum kl_rc
take(struct mirror *x, const struct cmd_record *rec, struct kl_err *err)
{
	struct cmd_filter *f = &x->p->in.f;
	struct kl_err why = { 0 };
	enum kl_rc rc;

	if (kl_chunk_is(rec->s.s, rec->s.n)) {
		(void)kl_err_set(err, KL_EDATA,
		    "line %" PRIu64 ": this is a chunk: what goes into a "
		    "request is decided when the difference is known",
		    rec->line.no);
		kl_err_hint(err, "leave kl-chunk out");
		cmd_filter_broke_off(f);
		return KL_EDATA;
	}
	rc = kl_profile_check(&x->p->profile, &f->doc, &why);
	if (rc == KL_OK)
		rc = kl_mirror_want(x->m, &f->doc, &why);
	if (rc == KL_EDATA || rc == KL_ETOOBIG)
		return set_aside(x, rec, &why, err);
	if (rc != KL_OK) {
		*err = why;
		return rc;
	}
	return mirror_lines_add(&x->input, rec->line.no, rec->s, err);
}

static enum kl_rc
read_input(struct mirror *x, struct kl_err *err)
{
	struct cmd_filter *f = &x->p->in.f;
	struct cmd_record rec;
	uint64_t known;
	enum kl_rc rc;

	do {
		known = f->tally.count[KL_REJECTED];
		rc = cmd_filter_next(f, &rec, err);
		/* What is no record names nobody. */
		x->nameless += f->tally.count[KL_REJECTED] - known;
		if (rc == KL_OK)
			rc = take(x, &rec, err);
		kl_progress_tick(f->bar, f->tally.read, kl_lines_done(f->in));
	} while (rc == KL_OK);
	if (rc == KL_EOF && cmd_stop != 0)
		return kl_err_set(err, KL_ERETRY,
		    "stopped before all of the input was read: " SO);
	return rc == KL_EOF ? KL_OK : rc;
}

static enum kl_rc
protect(void *ctx, const struct kl_json *doc, struct kl_span s,
    struct kl_err *err)
{
	struct mirror *x = ctx;
	enum kl_rc rc = kl_mirror_protect(x->m, doc, err);

	(void)s;
	if (rc == KL_EDATA)
		kl_err_hint(err,
		    "nobody can tell whom it protects: map it first, or take "
		    "it out of the file");
	return rc;
}

static enum kl_rc
check_input(const struct mirror *x, struct kl_err *err)
{
	const struct kl_tally *t = &x->p->in.f.tally;

	if (x->nameless > 0) {
		(void)kl_err_set(err, KL_EDATA, "%s of members: " SO,
		    KL_COUNT(x->nameless,
			"of the records that were set aside names nobody, and "
			"may be that",
			"of the records that were set aside name nobody, and "
			"may be those"));
		kl_err_hint(err, "mend them, or leave them out of the input");
		return KL_EDATA;
	}
	return cmd_guards_input(&mirror_opt.guards, t->read, SO, err);
}

/* --- the list --------------------------------------------------------------
 */

static enum kl_rc
take_page(struct mirror *x, const struct kl_page *page, struct kl_err *err)
{
	struct kl_plan_person who;
	enum kl_fate_of_member fate;
	enum kl_rc rc;

	kl_page_each (node, page) {
		rc = kl_mirror_member(x->m, page->doc, node, &fate, &who, err);
		if (rc == KL_OK && fate == KL_MEMBER_EXTRA)
			rc = mirror_people_add(&x->out, &who, err);
		if (rc != KL_OK)
			return rc;
		x->plan.members++;
		x->plan.protect += fate == KL_MEMBER_PROTECTED;
		if (kl_joined_after(who.joined, x->plan.newest))
			memcpy(x->plan.newest, who.joined, sizeof(who.joined));
	}
	return KL_OK;
}

/* All members, several pages at once. */
static enum kl_rc
read_pages(struct mirror *x, struct kl_source *source, struct kl_err *err)
{
	struct kl_page page;
	enum kl_rc rc;

	while ((rc = kl_source_next(source, &page, err)) == KL_OK) {
		if ((rc = take_page(x, &page, err)) != KL_OK)
			return rc;
		kl_progress_tick(x->p->in.f.bar, x->plan.members, 0);
	}
	return rc == KL_EOF ? KL_OK : rc;
}

static enum kl_rc
read_list(struct mirror *x, struct kl_err *err)
{
	const struct kl_range_by *by = &kl_resource(KL_RES_MEMBERS)->range;
	struct kl_want want = { .need = by->field };
	struct kl_query q = { 0 };
	struct kl_source source = { 0 };
	struct kl_buf fields = { 0 };
	enum kl_rc rc;

	kl_mirror_fields(x->m, &fields);
	want.fields = kl_buf_str(&fields);
	if ((rc = kl_buf_check(&fields, err)) == KL_OK &&
	    (rc = kl_query_make(&q, KL_RES_MEMBERS, x->p->list.id, &want,
		 err)) == KL_OK &&
	    (rc = kl_source_ranges(&source, x->p->client, &q, by,
		 mirror_parallel(), err)) == KL_OK)
		rc = read_pages(x, &source, err);
	kl_source_free(&source);
	kl_query_free(&q);
	kl_buf_free(&fields);
	if (rc != KL_OK)
		return rc;
	x->plan.remove = x->out.n;
	return cmd_guards_number(&mirror_opt.guards, x->out.n, x->plan.members,
	    "members are not in the input", "--max-remove", SO, err);
}

/* --- the difference --------------------------------------------------------
 */

/* Look at every record of the input again, in order. */
static enum kl_rc
each_record(struct mirror *x,
    enum kl_rc (*each)(struct mirror *x, const struct kl_json *doc,
	const struct kl_line *line, uint64_t i, void *ctx, struct kl_err *err),
    void *ctx, struct kl_err *err)
{
	struct kl_json doc = { 0 };
	struct kl_lines *in;
	struct kl_line line;
	uint64_t i = 0;
	enum kl_rc rc;

	if ((rc = mirror_lines_rewind(&x->input, err)) != KL_OK)
		return rc;
	if ((in = kl_lines_new(x->input.fd, 0)) == NULL)
		return kl_err_nomem(err);
	while (rc == KL_OK && (rc = kl_lines_next(in, &line, err)) == KL_OK) {
		if (line.n == 0)
			continue;
		rc = kl_json_scan_next(&doc, line.s, line.n, line.spare, err);
		if (rc == KL_OK)
			rc = each(x, &doc, &line, i++, ctx, err);
	}
	kl_lines_free(in);
	kl_json_free(&doc);
	return rc == KL_EOF ? KL_OK : rc;
}

static enum kl_rc
ask_need(struct mirror *x, const struct kl_json *doc,
    const struct kl_line *line, uint64_t i, void *ctx, struct kl_err *err)
{
	enum kl_need need;

	(void)line;
	(void)i;
	(void)ctx;
	return kl_mirror_need(x->m, doc, &need, err);
}

static enum kl_rc
join(struct mirror *x, const struct kl_json *doc, const struct kl_line *line,
    uint64_t i, void *ctx, struct kl_err *err)
{
	(void)line;
	return kl_mirror_join(x->m, doc, i, ctx, err);
}

/* Put a record where it goes, if it is needed. */
static enum kl_rc
emit(struct mirror *x, const struct kl_json *doc, const struct kl_line *line,
    uint64_t i, void *ctx, struct kl_err *err)
{
	enum kl_need need = kl_mirror_need_of(x->m, i);
	struct kl_plan_writer *w = ctx;
	struct kl_span s = { line->s, line->n };
	enum kl_rc rc = KL_OK;

	if (need == KL_NEED_NOTHING)
		return KL_OK;
	x->plan.add += need == KL_NEED_ADD;
	x->plan.change += need == KL_NEED_CHANGE;
	if (w != NULL)
		return kl_plan_send(w, line->no, need == KL_NEED_ADD, s, err);
	if (cmd_sending.dry_run)
		return KL_OK;
	if (need == KL_NEED_ADD && x->fresh != NULL)
		rc = kl_mirror_want(x->fresh, doc, err);
	return rc == KL_OK ? mirror_lines_add(&x->send, line->no, s, err) : rc;
}

static enum kl_rc
compare(struct mirror *x, struct kl_plan_writer *w, struct kl_err *err)
{
	bool news = true;
	enum kl_rc rc = each_record(x, ask_need, NULL, err);

	while (rc == KL_OK && news && kl_mirror_joins(x->m)) {
		news = false;
		rc = each_record(x, join, &news, err);
	}
	return rc == KL_OK ? each_record(x, emit, w, err) : rc;
}

/* --- the plan --------------------------------------------------------------
 */

static enum kl_rc
put_people(struct mirror *x, struct kl_plan_writer *w, struct kl_err *err)
{
	struct kl_plan_person p;
	enum kl_rc rc = KL_OK;
	uint64_t i;
	size_t got;

	for (i = 0; rc == KL_OK && i < x->out.n; i++)
		if ((rc = mirror_people_get(&x->out, i, &p, 1, &got, err)) ==
		    KL_OK)
			rc = kl_plan_remove(w, &p, err);
	return rc;
}

static enum kl_rc
write_plan(struct mirror *x, struct kl_err *err)
{
	struct kl_plan_writer *w = NULL;
	enum kl_rc rc;

	rc = kl_plan_new(&w, mirror_opt.plan, &x->p->journal.hash, &x->plan,
	    err);
	if (rc == KL_OK && (rc = put_people(x, w, err)) == KL_OK &&
	    (rc = compare(x, w, err)) == KL_OK)
		rc = kl_plan_end(w, &x->plan, err);
	kl_plan_free(w);
	return rc;
}

/* Those that are not needed are done with; the others are, too, if all that
 * is made of them is a plan, and are counted by who sends them otherwise. */
static void
count(struct mirror *x)
{
	struct kl_tally *t = &x->p->in.f.tally;
	uint64_t needed = x->plan.add + x->plan.change;

	t->count[KL_UNCHANGED] += x->input.n - needed;
	if (mirror_opt.plan != NULL || cmd_sending.dry_run)
		t->count[KL_ACCEPTED] += needed;
	else
		t->read -= needed;
}

enum kl_rc
mirror_plan(struct mirror *x, struct kl_err *err)
{
	enum kl_rc rc;

	if ((rc = mirror_lines_open(&x->input, err)) != KL_OK ||
	    (rc = mirror_people_open(&x->out, err)) != KL_OK ||
	    (rc = kl_mirror_new(&x->m, &x->p->journal.hash,
		 x->p->profile.match_id, !mirror_opt.membership_only,
		 mirror_near(), err)) != KL_OK ||
	    (rc = read_input(x, err)) != KL_OK ||
	    (rc = check_input(x, err)) != KL_OK ||
	    (rc = cmd_files_each(&mirror_opt.guards.protect, protect, x,
		 err)) != KL_OK ||
	    (rc = kl_mirror_settle(x->m, err)) != KL_OK)
		return rc;
	x->plan.records = x->input.n;
	kl_mirror_digest(x->m, x->plan.identifiers);
	x->plan.made = kl_now_wall(); /* before the list is read */
	if ((rc = read_list(x, err)) != KL_OK)
		return rc;
	rc = mirror_opt.plan != NULL ? write_plan(x, err)
				     : compare(x, NULL, err);
	if (rc != KL_OK)
		return rc;
	x->planned = true;
	count(x);
	return KL_OK;
}
