/* SPDX-License-Identifier: MIT */
/* t_journal.c - what a journal gives back after whatever end, and what it
 * says of files that are none. */

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kl/journal.h"
#include "kl/time.h"
#include "ok.h"

static const struct kl_hash_key hash = { .set = true };
static char dir[] = "/dev/shm/t_journal.XXXXXX"; /* no disk to wait for */
static char file[64];
static struct kl_err err;

static struct kl_journal *
open_it(void)
{
	struct kl_journal *j = NULL;

	memset(&err, 0, sizeof(err));
	if (kl_journal_open(&j, file, &hash, &err) != KL_OK)
		printf("# %s\n", err.msg);
	return j;
}

static struct kl_journal_batch
batch(uint64_t seq)
{
	struct kl_journal_batch b = { .seq = seq,
		.from = seq * 10 - 9,
		.to = seq * 10,
		.line = seq * 10,
		.records = 10,
		.at = 1000 + seq };

	memset(b.input, (int)seq, sizeof(b.input));
	memset(b.body, (int)seq + 100, sizeof(b.body));
	return b;
}

static bool
intend(struct kl_journal *j, uint64_t seq)
{
	struct kl_journal_batch b = batch(seq);

	return kl_journal_intend(j, &b, &err) == KL_OK;
}

static bool
settle(struct kl_journal *j, uint64_t seq, const char *outcomes, size_t n)
{
	struct kl_journal_batch b = batch(seq);

	b.http = 202;
	b.attempts = 3;
	b.started = 5000;
	b.ms = 70;
	return kl_journal_settle(j, &b, (const unsigned char *)outcomes, n,
		   &err) == KL_OK;
}

static bool
job(struct kl_journal *j, uint64_t seq, const char *id, const char *people)
{
	struct kl_journal_job b = { .http = 202, .attempts = 1 };
	bool good;

	(void)snprintf(b.id, sizeof(b.id), "%s", id);
	kl_buf_puts(&b.people, people);
	good = kl_journal_job(j, seq, &b, &err) == KL_OK;
	kl_buf_free(&b.people);
	return good;
}

/* Fork a process that does this and dies without a word. */
static void
die_after(void (*what)(struct kl_journal *j))
{
	pid_t pid;

	(void)fflush(stdout);
	if ((pid = fork()) == 0) {
		struct kl_journal *j = open_it();

		if (j != NULL)
			what(j);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

/* --- a run ---------------------------------------------------------------- */

static void
three_batches(struct kl_journal *j)
{
	(void)kl_journal_begin(j, "RUN1", "add to X", 77, &err);
	(void)intend(j, 1);
	(void)intend(j, 2);
	(void)intend(j, 3);
	(void)job(j, 1, "job.a", "");
	(void)job(j, 2, "job.b", "0-4");
	(void)job(j, 2, "job.c", "5-9");
	(void)settle(j, 1, "\0\0\0\3\0\0\0\0\0\0", 10);
	(void)settle(j, 3, "\0", 1);
	(void)kl_journal_sync(j, &err);
	(void)settle(j, 2, "\5", 1); /* not synced */
	(void)intend(j, 4);
}

static void
test_back(void)
{
	struct kl_journal *j;
	const struct kl_journal_run *r;
	struct kl_journal_batch b;
	struct kl_journal_job g = { 0 };
	struct kl_buf o = { 0 };
	struct stat st;

	die_after(three_batches);
	j = open_it();
	r = kl_journal_run(j);
	is(r->run, "RUN1", "after a death the run is there");
	is(r->what, "add to X", "and what it does");
	ok(r->started == 77 && r->finished == 0 && r->same_key,
	    "and when it began, with which key");
	ok(r->batches == 3 && r->settled == 2,
	    "what was synced is there, what was not is not");
	ok(kl_journal_get(j, 1, &b, &err) == KL_OK && b.from == 1 &&
		b.to == 10 && b.line == 10 && b.records == 10 && b.at == 1001 &&
		b.input[15] == 1 && b.body[0] == 101 && b.settled &&
		b.http == 202 && b.attempts == 3 && b.started == 5000 &&
		b.ms == 70,
	    "a batch has all that was told of it");
	ok(kl_journal_outcomes(j, &b, &o, &err) == KL_OK && o.n == 10 &&
		o.s[3] == 3 && o.s[4] == 0,
	    "with the outcome of each record");
	ok(kl_journal_get(j, 2, &b, &err) == KL_OK && !b.settled,
	    "an intent without outcome is not settled");
	ok(kl_journal_job_get(j, 2, 1, &g, &err) == KL_OK &&
		strcmp(g.id, "job.c") == 0 &&
		kl_span_is((struct kl_span){ g.people.s, g.people.n }, "5-9") &&
		g.http == 202 && g.attempts == 1,
	    "its jobs are in their order");
	ok(kl_journal_job_get(j, 1, 0, &g, &err) == KL_OK && g.people.n == 0,
	    "one of all people says nobody");
	ok(kl_journal_job_get(j, 2, 2, &g, &err) == KL_EOF,
	    "and there are no more than there are");
	ok(kl_journal_get(j, 3, &b, &err) == KL_OK && b.settled &&
		kl_journal_outcomes(j, &b, &o, &err) == KL_OK && o.n == 1 &&
		o.s[0] == 0,
	    "an outcome of all is one byte");
	ok(kl_journal_get(j, 4, &b, &err) == KL_EOF, "the last is the last");
	ok(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "the file is nobody else's");
	kl_buf_free(&o);
	kl_buf_free(&g.people);
	kl_journal_close(j);
}

static void
test_finish(void)
{
	unsigned char end[KL_JOURNAL_DIGEST];
	struct kl_journal *j = open_it();
	const struct kl_journal_run *r;

	memset(end, 9, sizeof(end));
	ok(settle(j, 2, "\0", 1) &&
		kl_journal_finish(j, 30, end, 99, &err) == KL_OK,
	    "a run is finished");
	kl_journal_close(j);
	j = open_it();
	r = kl_journal_run(j);
	ok(r->finished == 99 && r->lines == 30 && r->settled == 3 &&
		memcmp(r->input, end, sizeof(end)) == 0,
	    "and says so, and of what input");
	ok(kl_journal_begin(j, "RUN2", "x", 100, &err) == KL_OK, "a new run");
	kl_journal_close(j);
	j = open_it();
	r = kl_journal_run(j);
	ok(strcmp(r->run, "RUN2") == 0 && r->batches == 0 && r->finished == 0,
	    "has nothing of the old one");
	kl_journal_close(j);
}

/* --- refusals ------------------------------------------------------------- */

static void
test_locked(void)
{
	struct kl_journal *j = open_it(), *other = NULL;
	char want[120];

	ok(kl_journal_open(&other, file, &hash, &err) == KL_ERETRY,
	    "a second run cannot have it");
	(void)snprintf(want, sizeof(want), "%s: another run is using it", file);
	is(err.msg, want, "and is told why");
	kl_journal_close(j);
	j = open_it();
	ok(j != NULL, "after the first it can");
	kl_journal_close(j);
}

static void
test_other_key(void)
{
	struct kl_hash_key k = { .byte = { 1 }, .set = true };
	struct kl_journal *j = NULL;

	ok(kl_journal_open(&j, file, &k, &err) == KL_OK &&
		!kl_journal_run(j)->same_key,
	    "another hash key is noticed, and does not keep one from it");
	kl_journal_close(j);
}

static void
sql(const char *text)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(file, &db) != SQLITE_OK ||
	    sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		printf("# %s\n", sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static void
remove_it(void)
{
	char wal[80];

	(void)unlink(file);
	(void)snprintf(wal, sizeof(wal), "%s-wal", file);
	(void)unlink(wal);
}

/* What is not as it was written. */
static void
test_damage(void)
{
	static const char *const wrong[] = {
		"UPDATE run SET run=''",
		"UPDATE run SET what=zeroblob(500)",
		"UPDATE run SET mark=zeroblob(3)",
		"UPDATE run SET started=-1",
		"UPDATE run SET finished=5",
		"DELETE FROM batch WHERE seq=1",
		"DROP TABLE job",
		"PRAGMA application_id=7",
	};
	struct kl_journal *j = NULL;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		remove_it();
		die_after(three_batches);
		sql(wrong[i]);
		ok(kl_journal_open(&j, file, &hash, &err) == KL_EDATA,
		    wrong[i]);
	}
	sql("PRAGMA application_id=1802267246; PRAGMA user_version=3");
	ok(kl_journal_open(&j, file, &hash, &err) == KL_ECONFIG,
	    "a newer version is said to be one");
	remove_it();
}

static void
test_damaged_batch(void)
{
	static const char *const wrong[] = {
		"UPDATE batch SET records=0",
		"UPDATE batch SET input=zeroblob(4)",
		"UPDATE batch SET http=1000",
		"UPDATE batch SET ms=-4",
	};
	struct kl_journal_batch b;
	struct kl_journal_job g = { 0 };
	struct kl_buf o = { 0 };
	struct kl_journal *j;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		remove_it();
		die_after(three_batches);
		sql(wrong[i]);
		j = open_it();
		ok(kl_journal_get(j, 1, &b, &err) == KL_EDATA, wrong[i]);
		kl_journal_close(j);
	}
	sql("UPDATE batch SET ms=4, outcome=zeroblob(7);"
	    "UPDATE job SET id=zeroblob(300)");
	j = open_it();
	ok(kl_journal_get(j, 1, &b, &err) == KL_OK &&
		kl_journal_outcomes(j, &b, &o, &err) == KL_EDATA,
	    "too few outcomes");
	ok(kl_journal_job_get(j, 1, 0, &g, &err) == KL_EDATA, "a giant job");
	kl_journal_close(j);
	kl_buf_free(&o);
	kl_buf_free(&g.people);
	remove_it();
}

/* A change that cannot be made is the last one. */
static void
test_broken(void)
{
	struct kl_journal_batch b;
	struct kl_journal *j = open_it();

	(void)kl_journal_begin(j, "RUN1", "x", 1, &err);
	ok(intend(j, 1) && !intend(j, 1), "a number is given once");
	ok(kl_journal_sync(j, &err) != KL_OK && !intend(j, 2) &&
		kl_journal_sync(j, &err) != KL_OK,
	    "after a failure nothing is recorded");
	kl_journal_close(j);
	j = open_it();
	ok(kl_journal_get(j, 1, &b, &err) == KL_EOF,
	    "not even what came before it");
	kl_journal_close(j);
	ok(kl_journal_open(&j, "/nowhere/j", &hash, &err) == KL_ECREATE,
	    "a folder that is not there");
	ok(kl_journal_open(&j, dir, &hash, &err) == KL_ECREATE, "a folder");
}

/* --- events --------------------------------------------------------------- */

static struct kl_journal_mark
mark(const struct kl_journal *j, unsigned n)
{
	struct kl_journal_mark m;

	kl_journal_mark(j, &n, sizeof(n), &m);
	return m;
}

static struct kl_journal *
recall_since(uint64_t oldest)
{
	struct kl_journal *j = open_it();

	if (j != NULL && kl_journal_recall(j, oldest, &err) != KL_OK)
		printf("# %s\n", err.msg);
	return j;
}

/* Batch seq is sent; the events [from, to) of it are taken. */
static bool
sent(struct kl_journal *j, uint64_t seq, unsigned from, unsigned to)
{
	struct kl_journal_mark m[100];
	unsigned i;

	for (i = from; i < to; i++)
		m[i - from] = mark(j, i);
	return kl_journal_intend_events(j, seq, to - from, kl_now_wall(),
		   &err) == KL_OK &&
	    kl_journal_settle_events(j, seq, m, to - from, &err) == KL_OK;
}

static enum kl_taken
taken(const struct kl_journal *j, unsigned n)
{
	struct kl_journal_mark m = mark(j, n);

	return kl_journal_taken(j, &m);
}

/* How many of [from, to) are in that state. */
static unsigned
count_taken(const struct kl_journal *j, unsigned from, unsigned to,
    enum kl_taken state)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += taken(j, from) == state;
	return n;
}

static void
test_events(void)
{
	struct kl_journal *j;
	struct kl_journal_events e;

	remove_it();
	j = recall_since(1);
	ok(!kl_journal_has_events(j), "a fresh file is no journal of events");
	ok(kl_journal_begin(j, "r1", "w", 1, &err) == KL_OK &&
		kl_journal_has_events(j),
	    "with a run of them it is");
	ok(kl_journal_starts(j, "a", 1, &err) == KL_OK &&
		!kl_journal_elsewhere(j),
	    "the first input does not begin elsewhere");
	ok(sent(j, 1, 0, 50) && sent(j, 3, 50, 60) &&
		kl_journal_intend_events(j, 4, 7, 1, &err) == KL_OK &&
		kl_journal_sync(j, &err) == KL_OK,
	    "batches are recorded, gaps in their numbers or not");
	kl_journal_close(j);

	j = recall_since(1);
	e = kl_journal_events(j);
	ok(e.taken == 60 && e.ours == 60 && e.doubt == 7 && e.batches == 4,
	    "they are there again, and what is in doubt");
	ok(count_taken(j, 0, 60, KL_TAKEN_NOW) == 60 &&
		count_taken(j, 60, 1000, KL_TAKEN_NOT) == 940,
	    "each event is known, and no other");
	ok(kl_journal_starts(j, "a", 1, &err) == KL_OK &&
		!kl_journal_elsewhere(j),
	    "the same beginning is not elsewhere");
	ok(sent(j, 5, 60, 70) &&
		kl_journal_finish(j, 9,
		    (const unsigned char *)"0123456789abcdef", 2,
		    &err) == KL_OK,
	    "the run ends");
	kl_journal_close(j);

	j = recall_since(1);
	ok(kl_journal_run(j)->finished == 2 &&
		kl_journal_next(j, "r2", "w", 3, &err) == KL_OK &&
		kl_journal_events(j).batches == 0,
	    "another begins, with numbers of its own");
	ok(count_taken(j, 0, 70, KL_TAKEN_BEFORE) == 70,
	    "and knows what came before it as that");
	ok(kl_journal_starts(j, "b", 1, &err) == KL_OK &&
		kl_journal_elsewhere(j),
	    "its input begins elsewhere");
	ok(sent(j, 1, 70, 80) && kl_journal_sync(j, &err) == KL_OK, "it sends");
	kl_journal_close(j);

	j = recall_since(1);
	ok(count_taken(j, 0, 70, KL_TAKEN_BEFORE) == 70 &&
		count_taken(j, 70, 80, KL_TAKEN_NOW) == 10,
	    "ended, it tells its events from those before");
	ok(kl_journal_begin(j, "r3", "w", 3, &err) == KL_OK &&
		count_taken(j, 0, 80, KL_TAKEN_NOT) == 80,
	    "a run that begins anew knows nothing");
	kl_journal_close(j);
	j = recall_since(1);
	ok(kl_journal_events(j).taken == 0, "nor does the file");
	kl_journal_close(j);
}

static void
test_events_age(void)
{
	struct kl_journal *j;

	remove_it();
	j = recall_since(1);
	ok(kl_journal_begin(j, "r1", "w", 1, &err) == KL_OK &&
		sent(j, 1, 0, 10) && sent(j, 2, 10, 20) &&
		kl_journal_sync(j, &err) == KL_OK,
	    "two batches");
	kl_journal_close(j);
	sql("UPDATE taken SET at=at-86400000 WHERE n=1");
	j = recall_since(kl_now_wall() - 3600000);
	ok(count_taken(j, 0, 10, KL_TAKEN_NOT) == 10 &&
		count_taken(j, 10, 20, KL_TAKEN_NOW) == 10,
	    "the one that is too old is forgotten");
	ok(kl_journal_events(j).ours == 10 &&
		kl_journal_events(j).forgotten == 10,
	    "... and how much it had is not");
	kl_journal_close(j);
	j = recall_since(1);
	ok(kl_journal_events(j).forgotten == 10, "... whoever asks");
	ok(kl_journal_finish(j, 9, (const unsigned char *)"0123456789abcdef", 2,
	       &err) == KL_OK &&
		kl_journal_next(j, "r2", "w", 3, &err) == KL_OK,
	    "another run begins");
	kl_journal_close(j);
	sql("UPDATE taken SET at=1 WHERE n=2");
	j = recall_since(kl_now_wall() - 3600000);
	ok(count_taken(j, 0, 20, KL_TAKEN_NOT) == 20 &&
		kl_journal_events(j).forgotten == 0,
	    "what is forgotten of the one before is nothing to it");
	ok(sent(j, 1, 0, 10) && kl_journal_sync(j, &err) == KL_OK, "it sends");
	kl_journal_close(j);
	sql("UPDATE taken SET marks=x'00'");
	j = open_it();
	ok(kl_journal_recall(j, 1, &err) == KL_EDATA,
	    "marks that cannot be are damage");
	kl_journal_close(j);
}

/* In the middle of a run. */
static void
test_events_many(void)
{
	enum {
		PIECE = 500000,
		PIECES = KL_JOURNAL_EVENTS / PIECE
	};
	struct kl_journal_mark *m = calloc(PIECE, sizeof(*m));
	struct kl_journal_events e;
	struct kl_journal *j;
	bool good;
	unsigned i, k;
	uint64_t v;

	remove_it();
	j = recall_since(1);
	good = m != NULL && kl_journal_begin(j, "r1", "w", 1, &err) == KL_OK;
	for (k = 0; good && k <= PIECES; k++) {
		/* As even as digests are, and none of them twice. */
		for (i = 0; i < PIECE; i++) {
			v = (uint64_t)(k * PIECE + i + 1) *
			    UINT64_C(0x9E3779B97F4A7C15);
			memcpy(m[i].byte, (unsigned char *)&v + 4, 4);
			memcpy(m[i].byte + 4, &v, 4);
		}
		good = kl_journal_intend_events(j, k + 1, PIECE, kl_now_wall(),
			   &err) == KL_OK &&
		    kl_journal_settle_events(j, k + 1, m, PIECE, &err) == KL_OK;
	}
	ok(good && kl_journal_sync(j, &err) == KL_OK,
	    "a run sends more than is kept");
	kl_journal_close(j);
	j = recall_since(1);
	e = kl_journal_events(j);
	ok(e.ours == KL_JOURNAL_EVENTS && e.forgotten == PIECE,
	    "the newest are known, and how many more there were");
	kl_journal_close(j);
	free(m);
}

/* What an earlier version made has none of the tables. */
static void
test_events_schema(void)
{
	struct kl_journal *j;

	remove_it();
	j = open_it();
	kl_journal_close(j);
	sql("DROP TABLE taken; DROP TABLE recall; DROP TABLE start;"
	    "DROP TABLE forgotten;"
	    "PRAGMA user_version=1");
	j = recall_since(1);
	ok(kl_journal_begin(j, "r1", "w", 1, &err) == KL_OK &&
		sent(j, 1, 0, 10),
	    "a file of an earlier version takes events");
	kl_journal_close(j);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(file, sizeof(file), "%s/j", dir);
	test_back();
	test_finish();
	test_locked();
	test_other_key();
	test_damage();
	test_damaged_batch();
	test_broken();
	test_events();
	test_events_age();
	test_events_many();
	test_events_schema();
	remove_it();
	(void)rmdir(dir);
	return done();
}
