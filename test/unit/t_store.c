/* SPDX-License-Identifier: MIT */
/* t_store.c - a state against a model of it: whatever order rows, receipts
 * and crashes come in, a row counts as unchanged only if the content that
 * arrived last is that of the row. */

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kl/store.h"
#include "kl/time.h"
#include "ok.h"

static const struct kl_hash_key hash = { .set = true };
static char path[] = "/dev/shm/t_store.XXXXXX"; /* no disk to wait for */
static char file[64];

static struct kl_store *
open_state(void)
{
	struct kl_store *s = NULL;
	struct kl_err err = { 0 };

	if (kl_store_open(&s, file, true, &hash, &err) != KL_OK)
		printf("# %s\n", err.msg);
	return s;
}

static struct kl_store *
begin(void)
{
	struct kl_store *s = open_state();
	bool differs;

	if (s != NULL && kl_store_begin(s, "k", "", &differs, NULL) != KL_OK) {
		(void)kl_store_close(s, NULL);
		s = NULL;
	}
	return s;
}

static void
remove_state(void)
{
	char wal[80];

	(void)unlink(file);
	(void)snprintf(wal, sizeof(wal), "%s-wal", file);
	(void)unlink(wal);
}

/* The digests of key k with content v; a record is both. */
static void
digests(unsigned k, unsigned v, unsigned char key[KL_STORE_DIGEST],
    unsigned char value[KL_STORE_DIGEST], unsigned char record[KL_STORE_DIGEST])
{
	memset(key, (int)(k * 7 + 1), KL_STORE_DIGEST);
	memset(value, (int)(v * 11 + 3), KL_STORE_DIGEST);
	memset(record, (int)(v * 13 + 5), KL_STORE_DIGEST);
	record[0] = (unsigned char)k;
}

/* Pass the row unless it is unchanged; whether it was. */
static bool
offer(struct kl_store *s, unsigned k, unsigned v)
{
	unsigned char key[KL_STORE_DIGEST], value[KL_STORE_DIGEST],
	    record[KL_STORE_DIGEST];
	bool same = false;

	digests(k, v, key, value, record);
	if (kl_store_same(s, key, value, &same, NULL) != KL_OK)
		return false;
	if (!same)
		(void)kl_store_pass(s, key, record, value, NULL);
	return same;
}

static unsigned next_receipt;

static void
settle(unsigned k, unsigned v, uint64_t line, uint64_t started,
    enum kl_fate fate, struct kl_store_counts *counts)
{
	unsigned char key[KL_STORE_DIGEST], value[KL_STORE_DIGEST],
	    record[KL_STORE_DIGEST];
	struct kl_store_receipt receipt = { .started = started };
	struct kl_receipts *r = NULL;
	struct kl_store *s = open_state();

	digests(k, v, key, value, record);
	next_receipt++;
	memcpy(receipt.id, &next_receipt, sizeof(next_receipt));
	if (s == NULL || kl_receipts_new(&r, NULL) != KL_OK ||
	    kl_receipts_add(r, &receipt, NULL) != KL_OK ||
	    kl_receipts_record(r, line, record, fate, NULL) != KL_OK ||
	    kl_store_commit(s, r, counts, NULL) != KL_OK)
		ok(false, "a receipt is committed");
	kl_receipts_free(r);
	(void)kl_store_close(s, NULL);
}

static void
basics(void)
{
	struct kl_store_counts c = { 0 };
	struct kl_store *s = begin(), *t = NULL;
	struct kl_hash_key other = { .byte = { 1 }, .set = true };
	struct kl_err err = { 0 };
	uint64_t pending = 9;
	struct stat st;
	bool differs;
	pid_t pid;
	int status = 0;

	ok(s != NULL && stat(file, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "a state is made, for its owner");
	ok(!offer(s, 1, 1) && !offer(s, 2, 1), "nothing is known");
	ok(kl_store_sync(s, NULL) == KL_OK, "rows are logged");
	if ((pid = fork()) == 0)
		_exit(kl_store_open(&t, file, true, &hash, NULL) == KL_ERETRY);
	(void)waitpid(pid, &status, 0);
	ok(WEXITSTATUS(status) == 1, "another process has to wait");
	ok(kl_store_close(s, NULL) == KL_OK, "it is closed");
	settle(1, 1, 1, kl_now_wall() + 9, KL_FATE_ARRIVED, &c);
	ok(c.read == 1 && c.arrived == 1 && c.unmatched == 0, "one arrived");
	s = begin();
	ok(kl_store_pending(s, &pending, NULL) == KL_OK && pending == 1,
	    "the other is pending");
	ok(offer(s, 1, 1) && !offer(s, 1, 2) && !offer(s, 1, 1) &&
		!offer(s, 2, 1),
	    "known is unchanged until something else is passed");
	(void)kl_store_close(s, NULL);
	ok(kl_store_open(&s, file, true, &other, &err) == KL_ECONFIG,
	    "another hash key is refused");
	s = open_state();
	ok(kl_store_begin(s, "other", "", &differs, NULL) == KL_ECONFIG,
	    "other keys are refused");
	(void)kl_store_close(s, NULL);
	s = open_state();
	ok(kl_store_begin(s, "k", "x", &differs, NULL) == KL_OK && differs,
	    "other fields are told");
	(void)kl_store_close(s, NULL);
	remove_state();
	ok(kl_store_open(&s, file, false, &hash, &err) == KL_ENOINPUT,
	    "what is not there is not made where that is not asked for");
}

/* A process that ends without closing leaves what it had synced. */
static void
killed(void)
{
	struct kl_store *s;
	struct kl_store_counts c = { 0 };
	uint64_t pending = 0;
	pid_t pid;

	if ((pid = fork()) == 0) {
		s = begin();
		(void)offer(s, 1, 1);
		(void)kl_store_sync(s, NULL);
		(void)offer(s, 2, 1);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	s = open_state();
	ok(s != NULL && kl_store_pending(s, &pending, NULL) == KL_OK &&
		pending == 1,
	    "a killed process leaves what was on disk");
	(void)kl_store_close(s, NULL);
	settle(2, 1, 2, kl_now_wall() + 9, KL_FATE_ARRIVED, &c);
	ok(c.unmatched == 1, "and nothing else");
	remove_state();
}

/* Of three rows of one key the second arrives, the third is refused, and the
 * receipt of the first comes last: it is not the newest. */
static void
superseded(void)
{
	uint64_t then = kl_now_wall() + 1000;
	struct kl_store_counts c = { 0 };
	struct kl_store *s = begin();

	ok(!offer(s, 1, 1) && !offer(s, 1, 2) && !offer(s, 1, 3),
	    "three rows of one key are passed");
	(void)kl_store_close(s, NULL);
	settle(1, 2, 2, then, KL_FATE_ARRIVED, &c);
	ok(c.stale == 1 && c.arrived == 0, "the second is superseded");
	settle(1, 3, 3, then, KL_FATE_REFUSED, &c);
	ok(c.refused == 1, "the third is refused");
	settle(1, 1, 1, then, KL_FATE_ARRIVED, &c);
	ok(c.stale == 1, "the first is superseded as ever");
	s = begin();
	ok(!offer(s, 1, 1), "and not known");
	(void)kl_store_close(s, NULL);
	remove_state();
}

/* --- the model --------------------------------------------------------------
 */

#define KEYS 3
#define SENT 64

/* A row that was passed and sent, and has no receipt yet. */
struct sent {
	unsigned k, v;
	uint64_t line, started;
	enum kl_fate fate;
};

struct model {
	unsigned service[KEYS]; /* content at the service; 0: none */
	struct sent sent[SENT]; /* in the order they were sent */
	size_t n, late;		/* the first late ones are of earlier runs */
	unsigned seed;
};

static unsigned
pick(struct model *m, unsigned n)
{
	m->seed = m->seed * 1103515245 + 12345;
	return (m->seed >> 16) % n;
}

/* Rows are offered. */
static bool
run(struct model *m)
{
	struct kl_store *s = begin();
	unsigned n = pick(m, 6), k, v;
	uint64_t line = 0;
	bool good = s != NULL;

	for (unsigned i = 0; good && i < n && m->n < SENT; i++) {
		k = pick(m, KEYS);
		v = 1 + pick(m, 3);
		if (offer(s, k, v))
			good = m->service[k] == v;
		else
			m->sent[m->n++] =
			    (struct sent){ .k = k, .v = v, .line = ++line };
	}
	return kl_store_close(s, NULL) == KL_OK && good;
}

/* What was passed is sent, and applied in this order. */
static void
deliver(struct model *m)
{
	uint64_t started;

	kl_sleep_ms(2);
	started = kl_now_wall();
	for (size_t i = m->late; i < m->n; i++) {
		struct sent *t = &m->sent[i];

		t->started = started;
		t->fate = (enum kl_fate)pick(m, 3);
		if (t->fate == KL_FATE_ARRIVED ||
		    (t->fate == KL_FATE_UNKNOWN && pick(m, 2)))
			m->service[t->k] = t->v;
	}
	kl_sleep_ms(2);
}

/* Receipts come in any order: now, after later runs, or never. */
static void
receive(struct model *m)
{
	struct kl_store_counts c;
	size_t late = 0;

	for (size_t i = m->n; i > 1; i--) {
		size_t j = pick(m, 2) ? i - 1 : pick(m, (unsigned)i);
		struct sent t = m->sent[i - 1];

		m->sent[i - 1] = m->sent[j];
		m->sent[j] = t;
	}
	for (size_t i = 0; i < m->n; i++) {
		struct sent *t = &m->sent[i];

		switch (pick(m, 6)) {
		case 0:
			break;
		case 1:
			m->sent[late++] = *t;
			break;
		default:
			settle(t->k, t->v, t->line, t->started, t->fate, &c);
		}
	}
	m->n = m->late = late;
}

static void
modelled(unsigned seeds)
{
	bool good = true;

	for (unsigned seed = 1; good && seed <= seeds; seed++) {
		struct model m = { .seed = seed };

		for (int i = 0; good && i < 8; i++) {
			good = run(&m);
			if (good) {
				deliver(&m);
				m.late = m.n;
				if (pick(&m, 4) != 0)
					receive(&m);
			}
		}
		if (!good)
			printf("# seed %u\n", seed);
		remove_state();
	}
	ok(good, "what is unchanged is what the service has");
}

int
main(int argc, char *argv[])
{
	if (mkdtemp(path) == NULL) {
		(void)snprintf(path, sizeof(path), "/tmp/t_store.XXXXXX");
		if (mkdtemp(path) == NULL)
			return 1;
	}
	(void)snprintf(file, sizeof(file), "%s/s.db", path);
	basics();
	killed();
	superseded();
	modelled(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 40);
	(void)rmdir(path);
	return done();
}
