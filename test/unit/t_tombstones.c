/* SPDX-License-Identifier: MIT */
/* t_tombstones.c - who was forgotten is read as it was written, after a crash
 * too, and nothing else is taken for it. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kl/tombstones.h"
#include "ok.h"

static const struct kl_hash_key hash = { .set = true };
static const struct kl_hash_key other = { .byte = { 1 }, .set = true };
static char file[] = "/tmp/t_tombstones.XXXXXX";

static enum kl_rc
load(struct kl_tombstones **t, const struct kl_hash_key *key,
    struct kl_err *err)
{
	int fd = open(file, O_RDONLY);
	enum kl_rc rc = kl_tombstones_read(t, fd, "file", key, err);

	(void)close(fd);
	return rc;
}

static void
put(const char *s)
{
	FILE *f = fopen(file, "a");

	(void)fputs(s, f);
	(void)fclose(f);
}

/* A digest of its own for each number. */
static void
digest(unsigned i, unsigned char d[KL_TOMBSTONE])
{
	memset(d, 0xA5, KL_TOMBSTONE);
	memcpy(d, &i, sizeof(i));
}

static enum kl_rc
append(unsigned i, const struct kl_hash_key *key, struct kl_err *err)
{
	unsigned char d[KL_TOMBSTONE];

	digest(i, d);
	return kl_tombstones_append(file, key, d, 1, err);
}

/* Whether just those from 1 to n are in it. */
static bool
holds(unsigned n)
{
	struct kl_tombstones *t = NULL;
	unsigned char d[KL_TOMBSTONE];
	bool good = load(&t, &hash, NULL) == KL_OK;

	for (unsigned i = 0; good && i <= n + 1; i++) {
		digest(i, d);
		good = kl_tombstones_has(t, d) == (i >= 1 && i <= n);
	}
	kl_tombstones_free(t);
	return good;
}

static void
written(void)
{
	struct kl_err err = { 0 };
	struct kl_tombstones *t;
	struct stat st;

	(void)unlink(file);
	ok(append(1, &hash, NULL) == KL_OK && holds(1) &&
		stat(file, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "a file is made, for its owner");
	ok(append(2, &hash, NULL) == KL_OK && holds(2), "it is added to");
	ok(append(3, &other, &err) == KL_ECONFIG && holds(2),
	    "not with another hash key");
	ok(load(&t, &other, &err) == KL_ECONFIG, "nor is it read with one");
	is(err.hint, "give the key of that time with --hash-key",
	    "and that is said");
}

static void
cut_off(void)
{
	struct stat st = { 0 };

	put("{\"forgotten\":\"00");
	ok(holds(2), "a line that was cut off does not count");
	ok(append(3, &hash, NULL) == KL_OK && holds(3),
	    "and is taken away by the next");
	(void)stat(file, &st);
	ok(truncate(file, st.st_size - 1) == 0 && holds(3) &&
		append(4, &hash, NULL) == KL_OK && holds(4),
	    "one that lacks its newline only is kept");
	ok(truncate(file, 20) == 0 && holds(0),
	    "nobody is in a file that was cut off at its head");
	ok(append(1, &hash, NULL) == KL_OK && holds(1), "it is begun anew");
	ok(truncate(file, 0) == 0 && holds(0), "nobody is in an empty file");
	ok(append(1, &hash, NULL) == KL_OK && holds(1), "it can be added to");
}

static void
wrong(void)
{
	struct kl_err err = { 0 };
	struct kl_tombstones *t;

	put("{\"forgotten\":\"0\"}\n");
	ok(load(&t, &hash, &err) == KL_EDATA && t == NULL, "damage is told");
	is(err.msg, "file: line 3: no tombstone", "by its line");
	(void)unlink(file);
	put("{\"email\":\"ada@shop.example\"}\n");
	ok(load(&t, &hash, &err) == KL_EDATA, "another file is refused");
	ok(append(1, &hash, &err) == KL_EDATA, "and not added to");
	(void)unlink(file);
	put("{\"tombstones\":2}\n");
	ok(load(&t, &hash, &err) == KL_ECONFIG, "a newer version is refused");
}

/* Processes that add at the same time do not get into each other's way. */
static void
together(void)
{
	bool good = true;
	int status = 0;

	(void)unlink(file);
	for (unsigned i = 0; i < 4; i++)
		if (fork() == 0) {
			for (unsigned k = 1; k <= 10; k++)
				good =
				    append(i * 10 + k, &hash, NULL) == KL_OK &&
				    good;
			_exit(good ? 0 : 1);
		}
	for (unsigned i = 0; i < 4; i++) {
		(void)wait(&status);
		good = good && status == 0;
	}
	ok(good && holds(40), "four processes add ten each");
}

/* As many as a reader takes, and one more. */
static void
limit(void)
{
	struct kl_err err = { 0 };
	unsigned char *d = malloc(KL_TOMBSTONES_MAX * KL_TOMBSTONE);
	struct kl_tombstones *t = NULL;
	bool good = d != NULL;

	(void)unlink(file);
	for (unsigned i = 0; good && i < KL_TOMBSTONES_MAX; i++)
		digest(i + 1, d + i * KL_TOMBSTONE);
	ok(good &&
		kl_tombstones_append(file, &hash, d, KL_TOMBSTONES_MAX, NULL) ==
		    KL_OK &&
		holds(KL_TOMBSTONES_MAX),
	    "a reader takes 524,288");
	ok(append(1, &hash, NULL) == KL_OK &&
		load(&t, &hash, &err) == KL_ETOOBIG,
	    "and no more");
	is(err.msg, "file: line 524290: more than 524288 are forgotten",
	    "and says so");
	free(d);
}

int
main(void)
{
	int fd = mkstemp(file);

	if (fd < 0)
		return 1;
	(void)close(fd);
	written();
	cut_off();
	wrong();
	together();
	limit();
	(void)unlink(file);
	return done();
}
