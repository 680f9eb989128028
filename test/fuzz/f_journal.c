/* SPDX-License-Identifier: MIT */
/* f_journal.c - whatever a journal has become: it is refused, or what it
 * says of a batch can be. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kl/journal.h"

static const struct kl_hash_key hash = { .set = true };
static char file[64], wal[80];
static char *good; /* a journal as it should be */
static long good_n;

static void
remove_all(void)
{
	(void)unlink(file);
	(void)unlink(wal);
}

/* Make the one that is bent. */
static void
set_up(void)
{
	struct kl_journal_job job = { .id = "job.a", .http = 202 };
	struct kl_journal_batch b = { .records = 3, .at = 5 };
	struct kl_journal *j = NULL;
	FILE *f;

	(void)snprintf(file, sizeof(file), "/dev/shm/f_journal.%d",
	    (int)getpid());
	(void)snprintf(wal, sizeof(wal), "%s-wal", file);
	(void)atexit(remove_all);
	if (kl_journal_open(&j, file, &hash, NULL) != KL_OK)
		abort();
	(void)kl_journal_begin(j, "RUN", "add", 1, NULL);
	for (b.seq = 1; b.seq < 6; b.seq++) {
		b.from = b.seq * 3 - 2;
		b.to = b.line = b.seq * 3;
		(void)kl_journal_intend(j, &b, NULL);
		(void)kl_journal_job(j, b.seq, &job, NULL);
		if (b.seq < 4)
			(void)kl_journal_settle(j, &b,
			    (const unsigned char *)"\0\3\0", 3, NULL);
	}
	(void)kl_journal_sync(j, NULL);
	kl_journal_close(j);
	if ((f = fopen(file, "rb")) == NULL || fseek(f, 0, SEEK_END) != 0 ||
	    (good_n = ftell(f)) <= 0 || (good = malloc((size_t)good_n)) == NULL)
		abort();
	rewind(f);
	if (fread(good, 1, (size_t)good_n, f) != (size_t)good_n)
		abort();
	(void)fclose(f);
}

/* Triples of place and byte bend it. */
static void
write_bent(const unsigned char *s, size_t n)
{
	char *bent = malloc((size_t)good_n);
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t i;

	if (bent == NULL || fd < 0)
		abort();
	memcpy(bent, good, (size_t)good_n);
	for (i = 0; i + 3 <= n; i += 3)
		bent[(s[i] << 8 | s[i + 1]) % good_n] = (char)s[i + 2];
	(void)!write(fd, bent, (size_t)good_n);
	(void)close(fd);
	free(bent);
}

static void
look_at(struct kl_journal *j, uint64_t seq)
{
	struct kl_journal_job job = { 0 };
	struct kl_journal_batch b;
	struct kl_buf o = { 0 };
	unsigned n;

	if (kl_journal_get(j, seq, &b, NULL) == KL_OK) {
		if (b.records == 0 || b.http < 0 || b.http > 999)
			abort();
		if (b.settled &&
		    kl_journal_outcomes(j, &b, &o, NULL) == KL_OK && o.n != 1 &&
		    o.n != b.records)
			abort();
	}
	for (n = 0; n < 9 && kl_journal_job_get(j, seq, n, &job, NULL) == KL_OK;
	     n++)
		if (job.id[0] == '\0')
			abort();
	kl_buf_free(&o);
	kl_buf_free(&job.people);
}

int
LLVMFuzzerTestOneInput(const unsigned char *s, size_t n)
{
	struct kl_journal *j = NULL;
	uint64_t seq;

	if (good == NULL)
		set_up();
	remove_all();
	write_bent(s, n);
	if (kl_journal_open(&j, file, &hash, NULL) == KL_OK) {
		for (seq = 0; seq < 9; seq++)
			look_at(j, seq);
		(void)kl_journal_begin(j, "RUN2", "add", 1, NULL);
	}
	kl_journal_close(j);
	return 0;
}
