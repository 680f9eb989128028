/* SPDX-License-Identifier: MIT */
/* t_plan.c - a plan is read as it was written, or not at all. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "kl/plan.h"
#include "ok.h"

#define HOUR ((uint64_t)3600 * 1000)

static const struct kl_hash_key hash = { .set = true };
static const struct kl_hash_key other = { .byte = { 1 }, .set = true };
static char dir[] = "/tmp/t_plan.XXXXXX";
static char file[64];

static const char record[] =
    "{\"email\":\"ann@shop.example\",\"title\":\"\xC3\xB8\"}";

/* What a reader was told, as text. */
static struct kl_buf told;

static enum kl_rc
tell_remove(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	(void)ctx;
	(void)err;
	kl_buf_printf(&told, "-%s %s %llx\n", p->id, p->joined,
	    (unsigned long long)p->was);
	return KL_OK;
}

static enum kl_rc
tell_add(void *ctx, const struct kl_plan_person *p, struct kl_err *err)
{
	(void)ctx;
	(void)err;
	kl_buf_printf(&told, "+%s\n", p->id);
	return KL_OK;
}

static enum kl_rc
tell_send(void *ctx, uint64_t line, bool fresh, struct kl_span s,
    struct kl_err *err)
{
	(void)ctx;
	(void)err;
	kl_buf_printf(&told, "%llu %s %.*s\n", (unsigned long long)line,
	    fresh ? "new" : "known", (int)s.n, s.s);
	return KL_OK;
}

static const struct kl_plan_sink sink = { NULL, tell_remove, tell_add,
	tell_send };

static enum kl_rc
load(struct kl_plan *plan, const struct kl_hash_key *key, struct kl_err *err)
{
	int fd = open(file, O_RDONLY);
	enum kl_rc rc;

	kl_buf_reset(&told);
	rc = kl_plan_read(plan, fd, file, key, &sink, err);
	(void)close(fd);
	return rc;
}

static enum kl_rc
save(struct kl_plan *plan)
{
	const struct kl_plan_person ann = { .id = "01ANN",
		.joined = "2026-01-02T03:04:05+00:00",
		.was = UINT64_C(0xFEDCBA9876543210) };
	const struct kl_plan_person bo = { .id = "01BO" };
	struct kl_span s = { record, sizeof(record) - 1 };
	struct kl_plan_writer *w = NULL;
	enum kl_rc rc;

	plan->add = 2;
	plan->change = plan->remove = 1;
	if ((rc = kl_plan_new(&w, file, &hash, plan, NULL)) == KL_OK &&
	    (rc = kl_plan_remove(w, &ann, NULL)) == KL_OK &&
	    (rc = kl_plan_add(w, &bo, NULL)) == KL_OK &&
	    (rc = kl_plan_send(w, 7, true, s, NULL)) == KL_OK &&
	    (rc = kl_plan_send(w, 9, false, s, NULL)) == KL_OK)
		rc = kl_plan_end(w, plan, NULL);
	kl_plan_free(w);
	return rc;
}

/* The file in memory. */
static size_t
slurp(char *to, size_t size)
{
	FILE *f = fopen(file, "rb");
	size_t n = fread(to, 1, size, f);

	(void)fclose(f);
	return n;
}

static void
spit(const char *s, size_t n)
{
	FILE *f = fopen(file, "wb");

	(void)fwrite(s, 1, n, f);
	(void)fclose(f);
}

static void
test_round(void)
{
	struct kl_plan plan = { .account = "ACCNT1",
		.list = "KKbLLU",
		.made = 1795430006841,
		.match_id = true,
		.records = 20,
		.members = 21,
		.protect = 3,
		.identifiers = "abc",
		.newest = "2026-01-02T03:04:05+00:00" };
	struct kl_plan got;
	struct stat st;
	char text[4096];
	size_t n;

	ok(save(&plan) == KL_OK, "a plan is written");
	ok(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "it is for its owner alone");
	ok(load(&got, &hash, NULL) == KL_OK, "it is read");
	ok(strcmp(kl_buf_str(&told),
	       "-01ANN 2026-01-02T03:04:05+00:00 fedcba9876543210\n"
	       "+01BO\n"
	       "7 new {\"email\":\"ann@shop.example\",\"title\":\"\xC3\xB8\"}\n"
	       "9 known "
	       "{\"email\":\"ann@shop.example\",\"title\":\"\xC3\xB8\"}\n") ==
		0,
	    "people and records are what they were");
	ok(got.kind == KL_PLAN_MIRROR && strcmp(got.account, "ACCNT1") == 0 &&
		strcmp(got.list, "KKbLLU") == 0 && got.made == plan.made &&
		got.match_id && !got.drop_unknown && got.of[0] == '\0',
	    "so is what it says of itself");
	ok(got.records == 20 && got.members == 21 && got.add == 2 &&
		got.change == 1 && got.remove == 1 && got.protect == 3 &&
		strcmp(got.identifiers, "abc") == 0 &&
		strcmp(got.newest, plan.newest) == 0 &&
		strcmp(got.seal, plan.seal) == 0,
	    "so are its counts and its seal");
	n = slurp(text, sizeof(text) - 1);
	text[n] = '\0';
	ok(strstr(text, "ann") == NULL && strstr(text, "YW5u") == NULL,
	    "no address stands in it");
	ok(load(&got, &other, NULL) == KL_EDATA,
	    "with another secret it is refused");
}

/* Every byte, one after the other, becomes another. */
static void
test_altered(void)
{
	struct kl_plan plan = { .account = "A", .list = "L" }, got;
	char text[4096];
	size_t n, i, passed = 0;
	struct kl_err err = { 0 };

	(void)save(&plan);
	n = slurp(text, sizeof(text));
	for (i = 0; i < n; i++) {
		text[i] ^= 1;
		spit(text, n);
		passed += load(&got, &hash, &err) == KL_OK;
		text[i] ^= 1;
	}
	ok(passed == 0, "a plan with one bit changed is refused, whichever");
	for (i = 0; i < n; i++) {
		spit(text, i);
		passed += load(&got, &hash, &err) == KL_OK;
	}
	ok(passed == 0, "so is one that was cut short, wherever");
	spit(text, n - 1);
	ok(load(&got, &hash, &err) == KL_EDATA &&
		strcmp(err.code, "plan_altered") == 0,
	    "even if that is the last newline");
	memcpy(text + n, "{}\n", 3);
	spit(text, n + 3);
	ok(load(&got, &hash, &err) == KL_EDATA, "nothing follows the seal");
	spit("{\"email\":\"x\"}\n", 14);
	ok(load(&got, &hash, &err) == KL_EDATA &&
		strcmp(err.code, "plan_unknown") == 0,
	    "a file of something else is no plan");
	spit("", 0);
	ok(load(&got, &hash, &err) == KL_EDATA &&
		strcmp(err.code, "plan_unknown") == 0,
	    "nor is an empty one");
}

/* What was not ended leaves nothing behind, and not what was there. */
static void
test_dropped(void)
{
	struct kl_plan plan = { .account = "A", .list = "L" }, got;
	struct kl_plan_writer *w = NULL;

	(void)save(&plan);
	ok(kl_plan_new(&w, file, &hash, &plan, NULL) == KL_OK,
	    "a plan is begun where one is");
	ok(load(&got, &hash, NULL) == KL_OK, "... which is as it was");
	kl_plan_free(w);
	ok(files_in(dir) == 1, "given up, it is gone");
	ok(load(&got, &hash, NULL) == KL_OK, "and the other is there");
	ok(kl_plan_new(&w, "/nonexistent/plan", &hash, &plan, NULL) ==
		    KL_ECREATE &&
		w == NULL,
	    "a plan in no folder is not begun");
}

static void
test_check(void)
{
	const uint64_t made = 1795430006841;
	struct kl_plan plan = { .account = "A", .list = "L", .made = made };
	struct kl_err err = { 0 };

	ok(kl_plan_check(&plan, "A", "L", made + HOUR, &err) == KL_OK,
	    "a plan is good for its account and list");
	ok(kl_plan_check(&plan, "A", NULL, made, &err) == KL_OK,
	    "whichever list that is");
	ok(kl_plan_check(&plan, "B", "L", made, &err) == KL_EDATA &&
		strcmp(err.code, "plan_account") == 0,
	    "and for no other account");
	ok(kl_plan_check(&plan, "A", "M", made, &err) == KL_EDATA &&
		strcmp(err.code, "plan_list") == 0,
	    "nor list");
	ok(kl_plan_check(&plan, "A", "L", made + 24 * HOUR, &err) == KL_OK,
	    "for a day");
	ok(kl_plan_check(&plan, "A", "L", made + 24 * HOUR + 1, &err) ==
		    KL_EDATA &&
		strcmp(err.code, "plan_old") == 0,
	    "and no longer");
	ok(kl_plan_check(&plan, "A", "L", made - 2 * HOUR, &err) == KL_EDATA &&
		strcmp(err.code, "plan_old") == 0,
	    "one of the future may be any age");
	plan.kind = KL_PLAN_UNDO;
	ok(kl_plan_check(&plan, "A", "L", made + 24 * 30 * HOUR, &err) == KL_OK,
	    "an undo is good for thirty days");
	ok(kl_plan_check(&plan, "A", "L", made + 24 * 30 * HOUR + 1, &err) ==
		KL_EDATA,
	    "and no longer");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(file, sizeof(file), "%s/plan", dir);
	test_round();
	test_altered();
	test_dropped();
	test_check();
	(void)unlink(file);
	(void)rmdir(dir);
	kl_buf_free(&told);
	return done();
}
