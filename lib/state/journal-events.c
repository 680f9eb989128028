/* SPDX-License-Identifier: MIT */
/*
 * journal-events.c - which events the service has taken.
 *
 * A row a batch, with the marks of those that were taken side by side: a row
 * an event would cost a page of the log each, since marks come in no order.
 * All are loaded when the file is opened.  Rows go from the oldest on.
 */

#include <sqlite3.h>
#include <string.h>

#include "journal.h"
#include "kl/time.h"

#define MARK sizeof(struct kl_journal_mark)

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS taken("
    "n INTEGER PRIMARY KEY, at INTEGER NOT NULL, events INTEGER NOT NULL,"
    " marks BLOB);"
    "CREATE TABLE IF NOT EXISTS recall("
    "id INTEGER PRIMARY KEY CHECK(id=1), first INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS start("
    "digest BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS forgotten("
    "id INTEGER PRIMARY KEY CHECK(id=1), events INTEGER NOT NULL);"
    "PRAGMA user_version=2";

enum kl_rc
kl_journal_events_open(struct kl_journal *j, struct kl_err *err)
{
	const struct {
		struct sqlite3_stmt **st;
		const char *sql;
	} all[] = {
		{ &j->intend_events,
		    "INSERT INTO taken(n, at, events) VALUES(?,?,?)" },
		{ &j->settle_events,
		    "UPDATE taken SET events=?2, marks=?3 WHERE n=?1" },
		{ &j->eldest,
		    "SELECT n, at, events, marks IS NULL FROM taken"
		    " ORDER BY n LIMIT 1" },
		{ &j->forget, "DELETE FROM taken WHERE n=?" },
		{ &j->forgotten,
		    "INSERT INTO forgotten VALUES(1,?1)"
		    " ON CONFLICT DO UPDATE SET events=events+?1" },
	};
	int64_t first = 0;
	size_t i;
	enum kl_rc rc = kl_sql_exec(&j->q, tables, err);

	for (i = 0; rc == KL_OK && i < sizeof(all) / sizeof(*all); i++)
		rc = kl_sql_prepare(&j->q, all[i].sql, all[i].st, err);
	if (rc == KL_OK)
		rc = kl_sql_int(&j->q, "SELECT first FROM recall", &first, err);
	if (rc == KL_OK && first < 0)
		return kl_sql_damaged(&j->q, err);
	j->first = first > 0 ? (uint64_t)first : 1;
	return rc;
}

void
kl_journal_events_close(struct kl_journal *j)
{
	(void)sqlite3_finalize(j->intend_events);
	(void)sqlite3_finalize(j->settle_events);
	(void)sqlite3_finalize(j->eldest);
	(void)sqlite3_finalize(j->forget);
	(void)sqlite3_finalize(j->forgotten);
	marks_free(&j->marks);
}

struct kl_journal_events
kl_journal_events(const struct kl_journal *j)
{
	return j->events;
}

bool
kl_journal_has_events(struct kl_journal *j)
{
	int64_t n = 0;

	return kl_sql_int(&j->q, "SELECT count(*) FROM recall", &n, NULL) ==
	    KL_OK &&
	    n > 0;
}

/* --- forgetting ----------------------------------------------------------- */

static bool
take_uint(struct sqlite3_stmt *st, int i, uint64_t *v)
{
	sqlite3_int64 n = sqlite3_column_int64(st, i);

	*v = (uint64_t)n;
	return n >= 0;
}

/* True if the oldest row has to go: it is too old, or too much is held. */
static bool
is_due(const struct kl_journal *j, uint64_t now)
{
	return j->held > KL_JOURNAL_EVENTS ||
	    (now > j->oldest && now - j->oldest > j->keep);
}

/* The oldest row: its number, and how many marks it has. */
static enum kl_rc
find_oldest(struct kl_journal *j, uint64_t *n, uint64_t *marks, bool *open,
    struct kl_err *err)
{
	struct sqlite3_stmt *st = j->eldest;
	enum kl_rc rc = kl_sql_step(&j->q, st, err);

	if (rc == KL_EOF)
		j->oldest = UINT64_MAX;
	if (rc != KL_OK)
		return rc;
	if (!take_uint(st, 0, n) || !take_uint(st, 1, &j->oldest) ||
	    !take_uint(st, 2, marks))
		rc = kl_sql_damaged(&j->q, err);
	*open = sqlite3_column_int(st, 3) != 0;
	if (*open)
		*marks = 0;
	(void)sqlite3_reset(st);
	return rc;
}

/* Forget the oldest row, if it has to go.  KL_EOF if it has not. */
static enum kl_rc
forget_oldest(struct kl_journal *j, uint64_t now, struct kl_err *err)
{
	uint64_t n = 0, marks = 0;
	bool open = false;
	enum kl_rc rc;

	if (!is_due(j, now))
		return KL_EOF;
	if ((rc = find_oldest(j, &n, &marks, &open, err)) != KL_OK)
		return rc;
	/* One that is about to be sent stays. */
	if (!is_due(j, now) || (open && n >= j->first + j->events.batches))
		return KL_EOF;
	if ((rc = kl_journal_change(j, err)) != KL_OK)
		return rc;
	(void)sqlite3_bind_int64(j->forget, 1, (sqlite3_int64)n);
	if ((rc = kl_journal_run_st(j, j->forget, err)) != KL_OK)
		return rc;
	/* What the run at hand has sent, and will not know when it goes on. */
	if (n >= j->first && marks > 0) {
		(void)sqlite3_bind_int64(j->forgotten, 1, (sqlite3_int64)marks);
		rc = kl_journal_run_st(j, j->forgotten, err);
		if (rc != KL_OK)
			return rc;
	}
	j->held -= marks < j->held ? marks : j->held;
	j->oldest = 0;
	return KL_OK;
}

static enum kl_rc
forget(struct kl_journal *j, uint64_t now, struct kl_err *err)
{
	enum kl_rc rc;

	while ((rc = forget_oldest(j, now, err)) == KL_OK)
		;
	return rc == KL_EOF ? KL_OK : rc;
}

/* --- loading -------------------------------------------------------------- */

/* The marks of a row. */
static enum kl_rc
load_row(struct kl_journal *j, struct sqlite3_stmt *st, struct kl_err *err)
{
	struct kl_journal_mark mark;
	uint64_t n, events;
	const char *s;
	size_t i, bytes;

	if (!take_uint(st, 0, &n) || !take_uint(st, 1, &events))
		return kl_sql_damaged(&j->q, err);
	s = sqlite3_column_blob(st, 2);
	bytes = (size_t)sqlite3_column_bytes(st, 2);
	if (sqlite3_column_type(st, 2) == SQLITE_NULL) {
		if (n >= j->first)
			j->events.doubt += events;
		return KL_OK;
	}
	if (bytes / MARK != events || bytes % MARK != 0)
		return kl_sql_damaged(&j->q, err);
	for (i = 0; i < events; i++) {
		memcpy(mark.byte, s + i * MARK, MARK);
		marks_add(&j->marks, &mark, n >= j->first);
	}
	j->events.taken += events;
	if (n >= j->first)
		j->events.ours += events;
	return KL_OK;
}

static enum kl_rc
load(struct kl_journal *j, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc = kl_sql_prepare(&j->q,
	    "SELECT n, events, marks FROM taken ORDER BY n", &st, err);

	while (rc == KL_OK && (rc = kl_sql_step(&j->q, st, err)) == KL_OK)
		rc = load_row(j, st, err);
	(void)sqlite3_finalize(st);
	return rc == KL_EOF ? KL_OK : rc;
}

enum kl_rc
kl_journal_recall(struct kl_journal *j, uint64_t oldest, struct kl_err *err)
{
	uint64_t now = kl_now_wall();
	int64_t held = 0, last = 0, forgotten = 0;
	enum kl_rc rc;

	j->keep = now > oldest ? now - oldest : 0;
	rc = kl_sql_int(&j->q,
	    "SELECT sum(events) FROM taken WHERE marks IS NOT NULL", &held,
	    err);
	if (rc == KL_OK)
		rc = kl_sql_int(&j->q, "SELECT max(n) FROM taken", &last, err);
	if (rc == KL_OK && (held < 0 || last < 0))
		return kl_sql_damaged(&j->q, err);
	j->held = (uint64_t)held;
	if (rc == KL_OK)
		rc = forget(j, now, err);
	if (rc == KL_OK &&
	    (rc = marks_room(&j->marks, (size_t)j->held, err)) == KL_OK)
		rc = load(j, err);
	if (rc == KL_OK)
		rc = kl_sql_int(&j->q, "SELECT events FROM forgotten",
		    &forgotten, err);
	j->events.forgotten = forgotten > 0 ? (uint64_t)forgotten : 0;
	if ((uint64_t)last >= j->first)
		j->events.batches = (uint64_t)last - j->first + 1;
	return rc == KL_OK ? kl_journal_sync(j, err) : rc;
}

/* --- a run ---------------------------------------------------------------- */

/* What came before is older, or forgotten. */
static enum kl_rc
step_over(struct kl_journal *j, bool all, struct kl_err *err)
{
	int64_t last = 0;
	enum kl_rc rc;

	if (all) {
		marks_free(&j->marks);
		j->held = 0;
		j->first = 1;
		return kl_sql_exec(&j->q,
		    "DELETE FROM taken; DELETE FROM start;"
		    "DELETE FROM recall",
		    err);
	}
	marks_age(&j->marks);
	rc = kl_sql_int(&j->q, "SELECT max(n) FROM taken", &last, err);
	if (rc == KL_OK)
		j->first = (uint64_t)last + 1;
	return rc;
}

enum kl_rc
kl_journal_events_begin(struct kl_journal *j, bool all, struct kl_err *err)
{
	struct sqlite3_stmt *st = NULL;
	enum kl_rc rc = step_over(j, all, err);

	if (rc == KL_OK)
		rc = kl_sql_exec(&j->q, "DELETE FROM forgotten", err);
	j->events = (struct kl_journal_events){ .taken = j->marks.n };
	if (rc != KL_OK || j->keep == 0)
		return rc; /* of batches */
	rc = kl_sql_prepare(&j->q, "INSERT OR REPLACE INTO recall VALUES(1,?)",
	    &st, err);
	if (rc == KL_OK) {
		(void)sqlite3_bind_int64(st, 1, (sqlite3_int64)j->first);
		rc = kl_journal_run_st(j, st, err);
	}
	(void)sqlite3_finalize(st);
	return rc;
}

enum kl_rc
kl_journal_starts(struct kl_journal *j, const void *line, size_t n,
    struct kl_err *err)
{
	unsigned char md[KL_SHA256];
	struct sqlite3_stmt *st = NULL;
	int64_t known = 0;
	enum kl_rc rc = kl_journal_change(j, err);

	kl_hmac(&j->hmac, line, n, md);
	/* A beginning of which nothing is known any more is of no use: one
	 * that the next follows before the oldest row. */
	if (rc == KL_OK)
		rc = kl_sql_exec(&j->q,
		    "DELETE FROM start WHERE n < (SELECT max(n) FROM start"
		    " WHERE n <= (SELECT min(n) FROM taken))",
		    err);
	if (rc == KL_OK)
		rc = kl_sql_prepare(&j->q,
		    "INSERT INTO start VALUES(?1,?2)"
		    " ON CONFLICT DO UPDATE SET n=?2",
		    &st, err);
	if (rc == KL_OK) {
		kl_sql_bind(st, 1, md);
		(void)sqlite3_bind_int64(st, 2,
		    (sqlite3_int64)(j->first + j->events.batches));
		rc = kl_journal_run_st(j, st, err);
	}
	(void)sqlite3_finalize(st);
	if (rc == KL_OK)
		rc = kl_sql_int(&j->q, "SELECT count(*) FROM start", &known,
		    err);
	j->elsewhere = j->marks.n > 0 && known > 1;
	return rc;
}

bool
kl_journal_elsewhere(const struct kl_journal *j)
{
	return j->elsewhere;
}

/* --- events --------------------------------------------------------------- */

void
kl_journal_mark(const struct kl_journal *j, const void *s, size_t n,
    struct kl_journal_mark *mark)
{
	unsigned char md[KL_SHA256];

	kl_hmac(&j->hmac, s, n, md);
	memcpy(mark->byte, md, sizeof(mark->byte));
}

enum kl_taken
kl_journal_taken(const struct kl_journal *j, const struct kl_journal_mark *mark)
{
	return marks_find(&j->marks, mark);
}

enum kl_rc
kl_journal_intend_events(struct kl_journal *j, uint64_t seq, uint64_t n,
    uint64_t now, struct kl_err *err)
{
	struct sqlite3_stmt *st = j->intend_events;
	enum kl_rc rc = kl_journal_change(j, err);

	if (rc != KL_OK)
		return rc;
	(void)sqlite3_bind_int64(st, 1, (sqlite3_int64)(j->first + seq - 1));
	(void)sqlite3_bind_int64(st, 2, (sqlite3_int64)now);
	(void)sqlite3_bind_int64(st, 3, (sqlite3_int64)n);
	return kl_journal_run_st(j, st, err);
}

enum kl_rc
kl_journal_settle_events(struct kl_journal *j, uint64_t seq,
    const struct kl_journal_mark *mark, size_t n, struct kl_err *err)
{
	struct sqlite3_stmt *st = j->settle_events;
	enum kl_rc rc = kl_journal_change(j, err);

	if (rc != KL_OK)
		return rc;
	(void)sqlite3_bind_int64(st, 1, (sqlite3_int64)(j->first + seq - 1));
	(void)sqlite3_bind_int64(st, 2, (sqlite3_int64)n);
	(void)sqlite3_bind_blob64(st, 3, n > 0 ? (const void *)mark : "",
	    n * MARK, SQLITE_STATIC);
	if ((rc = kl_journal_run_st(j, st, err)) != KL_OK)
		return rc;
	j->held += n;
	return forget(j, kl_now_wall(), err);
}
