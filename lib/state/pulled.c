/* SPDX-License-Identifier: MIT */
/* pulled.c - rows that were pulled before, and those that were not. */

#include <sqlite3.h>
#include <string.h>

#include "kl/room.h"
#include "pulled.h"

int64_t
kl_pulled_since(const struct kl_pulled *s)
{
	return s->since;
}

struct kl_pulled_run
kl_pulled_run(const struct kl_pulled *s)
{
	return s->run;
}

struct kl_span
kl_pulled_place(struct kl_pulled *s)
{
	return (struct kl_span){ s->place.s, s->place.n };
}

int64_t
kl_pulled_horizon(const struct kl_pulled *s, int64_t boundary)
{
	if (boundary > s->run.started)
		boundary = s->run.started;
	if (boundary < KL_PULLED_NEVER + s->early)
		return KL_PULLED_NEVER;
	return boundary - s->early;
}

enum kl_rc
kl_pulled_begin(struct kl_pulled *s, enum kl_pulled_plan plan, int64_t early,
    bool go_on, struct kl_err *err)
{
	enum kl_rc rc;

	s->plan = plan;
	s->early = early;
	if (go_on)
		return KL_OK;
	s->run = (struct kl_pulled_run){ 0 };
	s->newest = KL_PULLED_NEVER;
	s->notes = 0;
	kl_buf_reset(&s->place);
	if ((rc = kl_sql_begin(&s->q, err)) == KL_OK)
		rc = kl_pulled_exec(s,
		    "DELETE FROM run; DELETE FROM fresh; DELETE FROM all$P",
		    err);
	return rc == KL_OK ? kl_sql_commit(&s->q, err) : rc;
}

/* --- rows ----------------------------------------------------------------- */

static enum kl_rc
note(struct kl_pulled *s, const unsigned char digest[KL_STORE_DIGEST],
    int64_t at, struct kl_err *err)
{
	struct kl_pulled_note *p;

	if (!KL_ROOM(s->note, s->notes, s->note_cap, 256))
		return kl_err_nomem(err);
	p = &s->note[s->notes++];
	memcpy(p->digest, digest, KL_STORE_DIGEST);
	p->at = at;
	return KL_OK;
}

/* Only what is near the boundary can come again: it is told by its key and its
 * time, which is another one for another version of it. */
static enum kl_rc
row_since(struct kl_pulled *s, struct kl_span key, int64_t at, bool *fresh,
    struct kl_err *err)
{
	unsigned char digest[KL_STORE_DIGEST];
	enum kl_rc rc = KL_EOF;

	*fresh = true;
	if (at == KL_PULLED_NEVER)
		return KL_OK;
	kl_buf_reset(&s->tmp);
	kl_buf_put(&s->tmp, &at, sizeof(at));
	kl_buf_span(&s->tmp, key);
	if (s->tmp.rc != KL_OK)
		return kl_buf_check(&s->tmp, err);
	if (at > s->newest)
		s->newest = at;
	if (at < kl_pulled_horizon(s, s->newest) && at > s->seen_last)
		return KL_OK;
	kl_pulled_digest(s, (struct kl_span){ s->tmp.s, s->tmp.n }, digest);
	if (at <= s->seen_last) {
		kl_sql_bind(s->seen, 1, digest);
		rc = kl_sql_step(&s->q, s->seen, err);
		(void)sqlite3_reset(s->seen);
		if (rc != KL_OK && rc != KL_EOF)
			return rc;
	}
	*fresh = rc == KL_EOF;
	return *fresh ? note(s, digest, at, err) : KL_OK;
}

static enum kl_rc
row_all(struct kl_pulled *s, struct kl_span key, struct kl_span row,
    bool *fresh, struct kl_err *err)
{
	unsigned char digest[KL_STORE_DIGEST], was[KL_STORE_DIGEST];
	enum kl_rc rc;

	*fresh = true;
	kl_pulled_digest(s, row, digest);
	if (key.n > INT32_MAX)
		return kl_err_set(err, KL_ETOOBIG, "a key of %zu bytes", key.n);
	/* What came in this run stands before what is known. */
	(void)sqlite3_bind_text(s->get, 1, key.s, (int)key.n, SQLITE_STATIC);
	if ((rc = kl_sql_step(&s->q, s->get, err)) == KL_OK &&
	    (rc = kl_sql_digest(&s->q, s->get, 0, was, err)) == KL_OK)
		*fresh = memcmp(was, digest, sizeof(was)) != 0;
	(void)sqlite3_reset(s->get);
	if (rc != KL_OK && rc != KL_EOF)
		return rc;
	if ((rc = kl_sql_begin(&s->q, err)) != KL_OK)
		return rc;
	(void)sqlite3_bind_text(s->put, 1, key.s, (int)key.n, SQLITE_STATIC);
	kl_sql_bind(s->put, 2, digest);
	return kl_sql_run(&s->q, s->put, err);
}

enum kl_rc
kl_pulled_row(struct kl_pulled *s, struct kl_span key, struct kl_span row,
    int64_t at, bool *fresh, struct kl_err *err)
{
	return s->plan == KL_PULLED_ALL ? row_all(s, key, row, fresh, err)
					: row_since(s, key, at, fresh, err);
}

enum kl_rc
kl_pulled_left(struct kl_pulled *s, struct kl_span *key, struct kl_err *err)
{
	enum kl_rc rc;

	if (s->plan != KL_PULLED_ALL)
		return KL_EOF;
	if ((rc = kl_sql_step(&s->q, s->left, err)) != KL_OK)
		return rc;
	*key = (struct kl_span){ (const char *)sqlite3_column_text(s->left, 0),
		(size_t)sqlite3_column_bytes(s->left, 0) };
	return key->s != NULL ? KL_OK : kl_sql_damaged(&s->q, err);
}

/* --- steps ---------------------------------------------------------------- */

/* Of what was noted, that which may come again. */
static enum kl_rc
put_notes(struct kl_pulled *s, struct kl_err *err)
{
	int64_t horizon = kl_pulled_horizon(s, s->newest);
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; i < s->notes && rc == KL_OK; i++) {
		if (s->note[i].at < horizon)
			continue;
		kl_sql_bind(s->see, 1, s->note[i].digest);
		(void)sqlite3_bind_int64(s->see, 2, s->note[i].at);
		rc = kl_sql_run(&s->q, s->see, err);
	}
	s->notes = 0;
	return rc;
}

static enum kl_rc
save_run(struct kl_pulled *s, struct kl_err *err)
{
	const struct kl_pulled_run *r = &s->run;
	struct sqlite3_stmt *st = s->save;
	const int64_t n[] = { r->file, (int64_t)r->dev, (int64_t)r->ino,
		(int64_t)r->base, (int64_t)r->size, (int64_t)r->read,
		(int64_t)r->rows, (int64_t)r->pages, r->started };
	size_t i;

	(void)sqlite3_bind_int(st, 1, (int)r->how);
	(void)sqlite3_bind_blob64(st, 2, s->place.n > 0 ? s->place.s : "",
	    s->place.n, SQLITE_STATIC);
	for (i = 0; i < sizeof(n) / sizeof(*n); i++)
		(void)sqlite3_bind_int64(st, (int)i + 3, n[i]);
	if (s->newest != KL_PULLED_NEVER)
		(void)sqlite3_bind_int64(st, 12, s->newest);
	else
		(void)sqlite3_bind_null(st, 12);
	(void)sqlite3_bind_int64(st, 13, s->early);
	(void)sqlite3_bind_int(st, 14, s->plan == KL_PULLED_ALL);
	return kl_sql_run(&s->q, st, err);
}

enum kl_rc
kl_pulled_checkpoint(struct kl_pulled *s, const struct kl_pulled_run *run,
    struct kl_span place, struct kl_err *err)
{
	enum kl_rc rc;

	s->run = *run;
	kl_buf_reset(&s->place);
	kl_buf_span(&s->place, place);
	if ((rc = kl_buf_check(&s->place, err)) != KL_OK ||
	    (rc = kl_sql_begin(&s->q, err)) != KL_OK ||
	    (rc = put_notes(s, err)) != KL_OK ||
	    (rc = save_run(s, err)) != KL_OK)
		return rc;
	return kl_sql_commit(&s->q, err);
}

/* What was seen and is near the new boundary, and that boundary. */
static enum kl_rc
commit_since(struct kl_pulled *s, struct kl_err *err)
{
	int64_t to = s->newest, horizon;
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc;

	if (to > s->run.started)
		to = s->run.started;
	if (to < s->since)
		to = s->since;
	if (to == KL_PULLED_NEVER)
		return KL_OK;
	horizon = kl_pulled_horizon(s, to);
	if ((rc = kl_sql_exec(&s->q,
		 "INSERT OR REPLACE INTO seen SELECT * FROM fresh", err)) !=
	    KL_OK)
		return rc;
	rc = kl_sql_prepare(&s->q, "DELETE FROM seen WHERE at<?", &st, err);
	if (rc == KL_OK) {
		(void)sqlite3_bind_int64(st, 1, horizon);
		rc = kl_sql_run(&s->q, st, err);
	}
	(void)sqlite3_finalize(st);
	st = NULL;
	if (rc == KL_OK)
		rc =
		    kl_sql_prepare(&s->q, "UPDATE about SET since=?", &st, err);
	if (rc == KL_OK) {
		(void)sqlite3_bind_int64(st, 1, to);
		rc = kl_sql_run(&s->q, st, err);
	}
	(void)sqlite3_finalize(st);
	s->since = to;
	if (s->newest > s->seen_last)
		s->seen_last = s->newest;
	return rc;
}

enum kl_rc
kl_pulled_commit(struct kl_pulled *s, bool *had, struct kl_err *err)
{
	enum kl_rc rc;

	*had = s->run.how == KL_PULLED_WHOLE;
	if (s->run.how == KL_PULLED_NONE)
		return KL_OK;
	if (s->run.how == KL_PULLED_BEGUN) {
		(void)kl_err_set(err, KL_ERETRY,
		    "the last run did not come to its end");
		kl_err_code(err, "pull_unfinished");
		kl_err_hint(err, "run the same kl-pull again, then commit");
		return KL_ERETRY;
	}
	if ((rc = kl_sql_begin(&s->q, err)) != KL_OK)
		return rc;
	if (s->plan == KL_PULLED_ALL)
		rc = kl_pulled_exec(s,
		    "DELETE FROM all$K; UPDATE about SET known=$P", err);
	else
		rc = commit_since(s, err);
	if (rc == KL_OK)
		rc = kl_sql_exec(&s->q, "DELETE FROM run; DELETE FROM fresh",
		    err);
	if (rc == KL_OK)
		rc = kl_sql_commit(&s->q, err);
	if (rc != KL_OK)
		return rc;
	s->run = (struct kl_pulled_run){ 0 };
	if (s->plan != KL_PULLED_ALL)
		return KL_OK;
	s->known = !s->known;
	return kl_pulled_prepare(s, err);
}
