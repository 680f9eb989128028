/* SPDX-License-Identifier: MIT */
/* t_pulled.c - what was pulled before: two plans, two steps. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kl/pulled.h"
#include "ok.h"

#define S INT64_C(1000000)
#define NOON (INT64_C(1764849600) * S)

static struct kl_err err;
static const struct kl_hash_key hash = { .byte = { 1 } };
static char path[] = "/dev/shm/t_pulled.XXXXXX"; /* no disk to wait for */
static char file[80];
static struct kl_pulled *s;

static enum kl_rc
open_as(const char *question)
{
	kl_pulled_close(s);
	s = NULL;
	return kl_pulled_open(&s, file, true, question, &hash, &err);
}

/* Begin a run, at noon. */
static void
begin(enum kl_pulled_plan plan)
{
	struct kl_pulled_run run = { .how = KL_PULLED_BEGUN, .started = NOON };

	ok(kl_pulled_begin(s, plan, S, false, &err) == KL_OK &&
		kl_pulled_checkpoint(s, &run, KL_SPAN("here"), &err) == KL_OK,
	    "a run is begun");
}

static void
end(void)
{
	struct kl_pulled_run run = kl_pulled_run(s);

	run.how = KL_PULLED_WHOLE;
	ok(kl_pulled_checkpoint(s, &run, KL_SPAN(""), &err) == KL_OK,
	    "it comes to its end");
}

static void
commit(void)
{
	bool had = false;

	end();
	ok(kl_pulled_commit(s, &had, &err) == KL_OK && had, "it is committed");
}

static bool
fresh(const char *key, const char *row, int64_t at)
{
	bool yes = false;

	if (kl_pulled_row(s, KL_SPAN(key), KL_SPAN(row), at, &yes, &err) !=
	    KL_OK)
		printf("# %s\n", err.msg);
	return yes;
}

/* The keys that did not come, with commas. */
static void
left(const char *want, const char *what)
{
	struct kl_buf b = { 0 };
	struct kl_span key;
	enum kl_rc rc;

	while ((rc = kl_pulled_left(s, &key, &err)) == KL_OK) {
		kl_buf_span(&b, key);
		kl_buf_putc(&b, ',');
	}
	ok(rc == KL_EOF, "to the last of them");
	is(kl_buf_str(&b), want, what);
	kl_buf_free(&b);
}

static void
test_since(void)
{
	ok(open_as("profiles") == KL_OK, "a new file");
	ok(kl_pulled_since(s) == KL_PULLED_NEVER, "nothing is known");
	begin(KL_PULLED_SINCE);
	ok(fresh("a", "", NOON - 9 * S), "the first row is new");
	ok(fresh("b", "", NOON - 5 * S), "so is the second");
	ok(fresh("n", "", KL_PULLED_NEVER), "and one that has no time");
	commit();
	ok(kl_pulled_since(s) == NOON - 5 * S, "the newest is the boundary");

	begin(KL_PULLED_SINCE);
	ok(!fresh("b", "", NOON - 5 * S), "a row of the boundary is known");
	ok(fresh("c", "", NOON - 5 * S), "another of the same time is new");
	ok(fresh("b", "", NOON - 5 * S + 1),
	    "and so is the row, if it changed");
	end();
	ok(open_as("profiles") == KL_OK &&
		kl_pulled_run(s).how == KL_PULLED_WHOLE,
	    "it is pending");
	ok(kl_pulled_since(s) == NOON - 5 * S, "and the boundary as it was");
	begin(KL_PULLED_SINCE);
	ok(fresh("c", "", NOON - 5 * S), "what is not committed is new again");
	ok(fresh("d", "", NOON - 4 * S), "what came later too");
	commit();

	ok(open_as("profiles") == KL_OK, "the file once more");
	begin(KL_PULLED_SINCE);
	ok(!fresh("b", "", NOON - 5 * S) && !fresh("c", "", NOON - 5 * S) &&
		!fresh("d", "", NOON - 4 * S),
	    "what is within a second of the boundary is remembered");
	ok(fresh("z", "", NOON + 99 * S), "a time to come");
	commit();
	ok(kl_pulled_since(s) == NOON, "is no boundary");
	begin(KL_PULLED_SINCE);
	ok(!fresh("z", "", NOON + 99 * S), "but it is remembered");
	ok(fresh("y", "", NOON), "what comes before it is not hidden");
	commit();
	begin(KL_PULLED_SINCE);
	commit();
	ok(kl_pulled_since(s) == NOON, "a run of nothing moves nothing");
	left("", "nobody leaves by this plan");
}

static void
test_all(void)
{
	struct kl_pulled_run run = { .how = KL_PULLED_BEGUN };

	ok(open_as("members") == KL_ECONFIG &&
		strcmp(err.code, "other_question") == 0,
	    "a file is about one question");
	is(err.hint, "it is about profiles; name another file",
	    "and says about which");
	(void)unlink(file);
	ok(open_as("members") == KL_OK, "another file");
	begin(KL_PULLED_ALL);
	ok(fresh("a", "a1", 0) && fresh("b", "b1", 0) && fresh("c", "c1", 0),
	    "all is new");
	ok(!fresh("a", "a1", 0), "but not twice in a run");
	ok(fresh("a", "a2", 0), "unless it changed meanwhile");
	left("", "nobody left");
	commit();

	begin(KL_PULLED_ALL);
	ok(!fresh("a", "a2", 0), "what is as it was is known");
	ok(fresh("b", "b2", 0), "what changed is new");
	left("c,", "who did not come has left");
	/* Killed here, and begun again. */
	ok(open_as("members") == KL_OK, "the file after a crash");
	isn(kl_pulled_place(s).s, kl_pulled_place(s).n, "here",
	    "has the place of the last checkpoint");
	begin(KL_PULLED_ALL);
	ok(fresh("b", "b2", 0), "what was pending is new again");
	left("a,c,", "and what did not come");
	commit();
	begin(KL_PULLED_ALL);
	ok(!fresh("b", "b2", 0) && fresh("c", "c1", 0),
	    "who left and comes back is new");
	left("", "nobody left");
	run.pages = 7;
	ok(kl_pulled_checkpoint(s, &run, KL_SPAN("there"), &err) == KL_OK,
	    "a checkpoint");
	ok(open_as("members") == KL_OK &&
		kl_pulled_begin(s, KL_PULLED_ALL, S, true, &err) == KL_OK,
	    "a run goes on");
	ok(kl_pulled_run(s).pages == 7, "where it was");
	ok(!fresh("c", "c1", 0), "and knows what it offered");
}

static void
test_steps(void)
{
	struct kl_pulled *other = NULL;
	struct kl_hash_key wrong = { .byte = { 2 } };
	bool had = true;

	ok(kl_pulled_commit(s, &had, &err) == KL_ERETRY && !had &&
		strcmp(err.code, "pull_unfinished") == 0,
	    "a run without an end is not committed");
	ok(kl_pulled_open(&other, file, true, NULL, &hash, &err) == KL_ERETRY,
	    "a file is one process's at a time");
	commit();
	ok(kl_pulled_commit(s, &had, &err) == KL_OK && !had,
	    "to commit again is nothing");
	kl_pulled_close(s);
	s = NULL;
	ok(kl_pulled_open(&other, file, true, NULL, &wrong, &err) == KL_ECONFIG,
	    "another hash key");
	ok(kl_pulled_open(&other, file, true, NULL, &hash, &err) == KL_OK,
	    "any question");
	kl_pulled_close(other);
	(void)unlink(file);
	ok(kl_pulled_open(&other, file, false, NULL, &hash, &err) ==
		KL_ENOINPUT,
	    "no file");
}

int
main(void)
{
	if (mkdtemp(path) == NULL)
		return 1;
	(void)snprintf(file, sizeof(file), "%s/s", path);
	test_since();
	test_all();
	test_steps();
	kl_pulled_close(NULL);
	(void)rmdir(path);
	return done();
}
