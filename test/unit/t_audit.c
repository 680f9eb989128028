/* SPDX-License-Identifier: MIT */
/* t_audit.c - a trail tells of whatever is done to it, and goes on after a
 * crash without losing or repeating an entry. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kl/audit.h"
#include "ok.h"

static const struct kl_hash_key hash = { .set = true };
static const struct kl_hash_key other = { .byte = { 1 }, .set = true };
static char dir[] = "/tmp/t_audit.XXXXXX";
static char noted[500];

static void
on_note(void *ctx, const char *text)
{
	(void)ctx;
	(void)snprintf(noted, sizeof(noted), "%s", text);
}

static struct kl_audit *
open_at(const char *path, const char *after, const struct kl_hash_key *key,
    struct kl_err *err)
{
	const struct kl_audit_opts o = { .path = path,
		.after = after,
		.hash = key,
		.note = on_note };
	struct kl_audit *a = NULL;

	noted[0] = '\0';
	(void)kl_audit_open(&a, &o, err);
	return a;
}

static enum kl_rc
put(struct kl_audit *a, int from, int to, struct kl_err *err)
{
	for (; from <= to; from++) {
		struct kl_buf *b = kl_audit_entry(a);

		kl_json_put_str(b, "run", from % 2 == 0 ? "EVEN" : "ODD");
		kl_json_put_int(b, "item", from);
		kl_audit_add(a);
	}
	return kl_audit_sync(a, err);
}

/* Open, add those, close. */
static bool
add(const char *path, int from, int to)
{
	struct kl_audit *a = open_at(path, NULL, &hash, NULL);
	bool good = a != NULL && put(a, from, to, NULL) == KL_OK;

	kl_audit_close(a);
	return good;
}

static enum kl_rc
verify(const char *path, struct kl_audit_report *r, struct kl_err *err)
{
	const struct kl_audit_check c = { .path = path, .hash = &hash };

	return kl_audit_verify(&c, r, err);
}

/* The whole file, and its lines. */
static char text[1 << 16];
static size_t text_n;
static char *line[100];
static int lines;

static void
load(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	(void)close(fd);
	text_n = n > 0 ? (size_t)n : 0;
	text[text_n] = '\0';
	lines = 0;
	for (char *s = text; *s != '\0' && lines < 100; lines++) {
		line[lines] = s;
		s = strchr(s, '\n') + 1;
	}
	line[lines] = text + text_n;
}

/* Write those of its lines, in that order; n of the last one's bytes. */
static void
store(const char *path, const int *order, int count)
{
	FILE *f = fopen(path, "w");

	for (int i = 0; i < count; i++)
		(void)fwrite(line[order[i]], 1,
		    (size_t)(line[order[i] + 1] - line[order[i]]), f);
	(void)fclose(f);
}

/* A trail of a begin and six entries. */
static void
fresh(const char *path)
{
	(void)unlink(path);
	(void)unlink("trail.head");
	(void)add(path, 1, 6);
	load(path);
}

static void
written(void)
{
	struct kl_audit *a = open_at("trail", NULL, &hash, NULL);
	struct kl_audit_report r;
	struct kl_audit_end end;
	struct stat st;

	ok(a != NULL && stat("trail", &st) == 0 && (st.st_mode & 0777) == 0600,
	    "a file is made, for its owner");
	ok(stat("trail.head", &st) == 0 && (st.st_mode & 0777) == 0600,
	    "and a head");
	ok(put(a, 1, 3, NULL) == KL_OK && put(a, 4, 4, NULL) == KL_OK,
	    "entries are added");
	end = kl_audit_end(a);
	ok(end.n == 5, "with the first of the file they are five");
	ok(kl_audit_sync(a, NULL) == KL_OK && kl_audit_end(a).n == 5,
	    "nothing to do is no failure");
	kl_audit_close(a);
	ok(add("trail", 5, 6) && noted[0] == '\0', "it is gone on with");
	ok(verify("trail", &r, NULL) == KL_OK && r.first == 1 && r.end.n == 7 &&
		r.headed && r.behind == 0,
	    "it is whole");
	load("trail");
	ok(lines == 7, "an entry is a line");
	line[1][strlen("{\"audit\":2,\"run\":\"ODD\",\"item\":1")] = '\0';
	is(line[1], "{\"audit\":2,\"run\":\"ODD\",\"item\":1",
	    "that has its number and its members");
	ok(strstr(line[0], "{\"audit\":1,\"event\":\"begin\",\"key\":\"") ==
		line[0],
	    "the first tells which key it is");
}

/* What is wrong with those lines. */
static void
bad(const int *order, int count, const char *msg, const char *code,
    const char *what)
{
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	enum kl_rc rc;

	store("trail", order, count);
	rc = verify("trail", &r, &err);
	ok(rc == KL_EDATA, what);
	is(err.msg, msg, "said by its line");
	is(err.code, code, "with its code");
}

static void
tampered(void)
{
	static const int all[] = { 0, 1, 2, 3, 4, 5, 6 };
	static const int without3[] = { 0, 1, 2, 4, 5, 6 };
	static const int without34[] = { 0, 1, 2, 5, 6 };
	static const int swapped[] = { 0, 1, 3, 2, 4, 5, 6 };
	static const int doubled[] = { 0, 1, 2, 2, 3, 4, 5, 6 };
	static const int nohead[] = { 1, 2, 3, 4, 5, 6 };
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	size_t i, unseen = 0;

	fresh("trail");
	bad(without3, 6, "trail: before line 4 entry 4 is missing",
	    "audit_missing", "an entry that is left out is found");
	bad(without34, 5, "trail: before line 4 entries 4 to 5 are missing",
	    "audit_missing", "and two");
	bad(swapped, 7,
	    "trail: line 3 is entry 4 where 3 belongs, which was moved to line "
	    "4",
	    "audit_moved", "one that stands elsewhere is");
	bad(doubled, 8, "trail: line 4 is entry 3 once more, where 4 belongs",
	    "audit_moved", "one that stands there twice is");
	bad(nohead, 6,
	    "trail begins with entry 2: what stood before it is "
	    "missing",
	    "audit_missing", "the first is missed");
	bad(all, 5,
	    "trail: after entry 5 the end is missing: trail.head tells "
	    "of 7",
	    "audit_truncated", "the end is missed");
	bad(all, 0,
	    "trail: after entry 0 the end is missing: trail.head tells "
	    "of 7",
	    "audit_truncated", "and everything");
	/* Any byte of any line, newlines too, changed or taken out. */
	for (i = 0; i < text_n; i++) {
		char c = text[i];

		text[i] ^= 1;
		store("trail", all, 7);
		text[i] = c;
		unseen += verify("trail", &r, NULL) == KL_OK;
	}
	ok(unseen == 0, "no byte can be changed unseen");
	for (i = 0, unseen = 0; i < text_n; i++) {
		FILE *f = fopen("trail", "w");

		(void)fwrite(text, 1, i, f);
		(void)fwrite(text + i + 1, 1, text_n - i - 1, f);
		(void)fclose(f);
		unseen += verify("trail", &r, NULL) == KL_OK;
	}
	ok(unseen == 0, "nor taken out");
	for (i = 0, unseen = 0; i < text_n; i++) {
		FILE *f = fopen("trail", "w");

		(void)fwrite(text, 1, i, f);
		(void)fclose(f);
		unseen += verify("trail", &r, NULL) == KL_OK;
	}
	ok(unseen == 0, "nor the file cut anywhere");
	store("trail", all, 7);
	ok(verify("trail", &r, &err) == KL_OK, "as it was, it is whole");
}

/* Entries of another trail with the same key. */
static void
grafted(void)
{
	static const int most[] = { 0, 1, 2, 3, 4, 5 };
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	FILE *f;
	char foreign[1000];
	size_t n;

	fresh("trail");
	n = (size_t)(line[7] - line[6]);
	memcpy(foreign, line[6], n);
	(void)unlink("trail");
	(void)unlink("trail.head");
	(void)add("trail", 11, 16);
	load("trail");
	store("trail", most, 6);
	f = fopen("trail", "a");
	(void)fwrite(foreign, 1, n, f);
	(void)fclose(f);
	ok(verify("trail", &r, &err) == KL_EDATA, "of another trail");
	is(err.msg, "trail: line 7 does not follow the entry before it",
	    "an entry is found out");
}

static void
keys(void)
{
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	const struct kl_audit_check c = { .path = "trail", .hash = &other };

	fresh("trail");
	ok(kl_audit_verify(&c, &r, &err) == KL_ECONFIG,
	    "another hash key is told from damage");
	is(err.msg, "trail was made with another hash key", "in words");
	(void)unlink("trail.head");
	ok(kl_audit_verify(&c, &r, &err) == KL_ECONFIG, "without a head, too");
	ok(open_at("trail", NULL, &other, &err) == NULL && err.rc == KL_ECONFIG,
	    "nothing is added with it");
}

static void
anchored(void)
{
	static const int all[] = { 0, 1, 2, 3, 4, 5, 6 };
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	struct kl_audit_check c = { .path = "trail", .hash = &hash };
	struct kl_audit *a;
	struct kl_audit_end end;
	char head[200] = "";
	int fd;

	(void)unlink("trail");
	(void)unlink("trail.head");
	(void)add("trail", 1, 3);
	fd = open("trail.head", O_RDONLY);
	ok(fd >= 0 && read(fd, head, sizeof(head)) == 160, "a head is read");
	(void)close(fd);
	load("trail");
	a = open_at("trail", NULL, &hash, NULL);
	(void)put(a, 4, 6, NULL);
	end = kl_audit_end(a);
	kl_audit_close(a);
	/* An old copy of both files put back. */
	store("trail", all, 4);
	fd = open("trail.head", O_WRONLY);
	ok(write(fd, head, 160) == 160 && verify("trail", &r, &err) == KL_OK &&
		!r.met,
	    "an old copy of file and head looks whole");
	(void)close(fd);
	c.expect = end.digest;
	ok(kl_audit_verify(&c, &r, &err) == KL_OK && !r.met,
	    "a mac that was kept elsewhere is not met");
	ok(add("trail", 4, 4), "the trail goes on");
	fresh("trail");
	a = open_at("trail", NULL, &hash, NULL);
	end = kl_audit_end(a);
	(void)put(a, 7, 9, NULL);
	kl_audit_close(a);
	c.expect = end.digest;
	ok(kl_audit_verify(&c, &r, &err) == KL_OK && r.met,
	    "it is met where entries were added since");
}

/* The head lags, or is lost, or lies. */
static void
heads(void)
{
	static const int most[] = { 0, 1, 2, 3, 4, 5 };
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	char head[160];
	int fd;

	(void)unlink("trail");
	(void)unlink("trail.head");
	(void)add("trail", 1, 3);
	fd = open("trail.head", O_RDONLY);
	(void)!read(fd, head, sizeof(head));
	(void)close(fd);
	(void)add("trail", 4, 6);
	fd = open("trail.head", O_WRONLY);
	(void)!write(fd, head, sizeof(head));
	(void)close(fd);
	ok(verify("trail", &r, NULL) == KL_OK && r.headed && r.behind == 3,
	    "a head that was not written before a crash lags");
	ok(add("trail", 7, 7) && noted[0] == '\0' &&
		verify("trail", &r, NULL) == KL_OK && r.end.n == 8 &&
		r.behind == 0,
	    "and catches up");

	(void)unlink("trail.head");
	ok(verify("trail", &r, NULL) == KL_OK && !r.headed,
	    "without a head the end is not known");
	ok(add("trail", 8, 8), "one is made anew");
	is(noted,
	    "trail: its head was gone; it was made anew from the 8 entries "
	    "that are there",
	    "which is said");
	load("trail");
	ok(strstr(text, "{\"audit\":9,\"event\":\"head_made\"") != NULL &&
		verify("trail", &r, NULL) == KL_OK && r.end.n == 10 && r.headed,
	    "and written down");

	fresh("trail");
	store("trail", most, 6);
	ok(open_at("trail", NULL, &hash, &err) == NULL && err.rc == KL_EDATA,
	    "nothing is added to a trail that was cut");
	is(err.msg,
	    "trail ends before entry 7, the last that trail.head tells of",
	    "which is said");
	(void)unlink("trail");
	ok(open_at("trail", NULL, &hash, &err) == NULL && err.rc == KL_EDATA &&
		access("trail", F_OK) != 0,
	    "one that is gone is not begun anew");
	is(err.msg, "trail is gone or empty, and trail.head tells of 7 entries",
	    "which is said");

	fresh("trail");
	fd = open("trail.head", O_WRONLY);
	(void)!pwrite(fd, "9", 1, 14);
	(void)close(fd);
	ok(verify("trail", &r, &err) == KL_EDATA, "a head cannot be changed");
	is(err.msg, "trail.head was changed, or made with another hash key",
	    "unseen");
}

/* A run that was killed while it wrote. */
static void
torn(void)
{
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	FILE *f;

	fresh("trail");
	f = fopen("trail", "a");
	(void)fputs("{\"audit\":8,\"run\":\"O", f);
	(void)fclose(f);
	ok(verify("trail", &r, &err) == KL_EDATA, "half a line is found");
	is(err.msg,
	    "trail: line 8 was not written to its end, as in a crash: it does "
	    "not count",
	    "and told from tampering");
	is(err.code, "audit_torn", "by its code");
	ok(add("trail", 7, 7), "the next run goes on");
	is(noted,
	    "trail: the last 19 bytes were half written when a run was "
	    "killed: not counted, and taken away",
	    "and says so");
	load("trail");
	ok(strncmp(line[7], "{\"audit\":8,\"event\":\"repaired\",\"bytes\":19,",
	       40) == 0 &&
		verify("trail", &r, NULL) == KL_OK && r.end.n == 9,
	    "it is written down");

	/* Pages come to a disk in any order. */
	f = fopen("trail", "a");
	for (int i = 0; i < 3000; i++)
		(void)fputc(i % 700 == 699 ? '\n' : '\0', f);
	(void)fclose(f);
	ok(verify("trail", &r, &err) == KL_EDATA &&
		strcmp(err.code, "audit_torn") == 0,
	    "whatever stands behind the head does not count");
	ok(add("trail", 8, 8) && strstr(noted, "the last 3000 bytes") != NULL &&
		verify("trail", &r, NULL) == KL_OK && r.end.n == 11,
	    "what never counted is taken away whatever it is");

	/* But where there is no head, only what cannot be an entry. */
	fresh("trail");
	(void)unlink("trail.head");
	text[line[3] - text + 20] ^= 1;
	f = fopen("trail", "w");
	(void)fwrite(text, 1, text_n, f);
	(void)fclose(f);
	ok(open_at("trail", NULL, &hash, &err) == NULL && err.rc == KL_EDATA,
	    "what is followed by entries is no crash");
	is(err.msg,
	    "trail: line 4 was changed, or does not follow the one before it",
	    "and said by its line");

	/* A crash in the very first line. */
	(void)unlink("trail");
	(void)unlink("trail.head");
	f = fopen("trail", "w");
	(void)fputs("{\"audit\":1,\"eve", f);
	(void)fclose(f);
	ok(add("trail", 1, 1) && verify("trail", &r, NULL) == KL_OK &&
		r.end.n == 2,
	    "a first line that was cut off is begun anew");
}

static void
rotated(void)
{
	struct kl_audit_report r, r2;
	struct kl_err err = { 0 };
	struct kl_audit_check c = { .path = "trail", .hash = &hash };
	struct kl_audit *a;

	fresh("trail");
	ok(rename("trail", "old") == 0, "the file is put elsewhere");
	a = open_at("trail", "old", &hash, &err);
	ok(a != NULL && put(a, 7, 8, NULL) == KL_OK, "another goes on from it");
	kl_audit_close(a);
	ok(verify("trail", &r, NULL) == KL_OK && r.first == 8 && r.end.n == 10,
	    "its numbers go on");
	ok(verify("old", &r2, NULL) == KL_OK && r2.end.n == 7 && !r2.headed,
	    "the old one is whole");
	c.follows = &r2.end;
	ok(kl_audit_verify(&c, &r, NULL) == KL_OK, "one follows the other");
	r2.end.n--;
	ok(kl_audit_verify(&c, &r, &err) == KL_EDATA, "not if an entry lacks");
	is(err.msg, "trail: before line 1 entry 7 is missing", "which is said");
	a = open_at("trail", "old", &hash, &err);
	ok(a != NULL && put(a, 9, 9, NULL) == KL_OK &&
		verify("trail", &r, NULL) == KL_OK && r.end.n == 11,
	    "the name of the old one may stay in the command");
	kl_audit_close(a);
	(void)unlink("trail.head");
	ok(add("trail", 10, 10) && verify("trail", &r, NULL) == KL_OK &&
		r.first == 8 && r.end.n == 13,
	    "a head is made anew for one that goes on, too");

	/* A file that is not what was there. */
	fresh("trail");
	(void)add("trail", 7, 7);
	ok(rename("trail", "newer") == 0 &&
		open_at("trail", "old", &hash, &err) == NULL &&
		err.rc == KL_EDATA,
	    "another file than the one that was there is refused");
	is(err.msg,
	    "trail.head tells of 8 entries, old ends with number 7: it is not "
	    "what was in trail",
	    "which is said");
	(void)unlink("old");
	(void)unlink("newer");
	(void)unlink("trail.head");
	ok(open_at("trail", "old", &hash, &err) == NULL &&
		err.rc == KL_ENOINPUT,
	    "one that is not there, too");
}

static unsigned seen;

static enum kl_rc
on_entry(void *ctx, const struct kl_json *doc, struct kl_err *err)
{
	int64_t item = 0;

	(void)ctx;
	(void)err;
	(void)kl_json_int(doc, kl_json_get(doc, 0, "item"), &item);
	seen = seen * 10 + (unsigned)item;
	return KL_OK;
}

static void
of_run(void)
{
	struct kl_audit *a;

	fresh("trail");
	a = open_at("trail", NULL, &hash, NULL);
	ok(kl_audit_of_run(a, "EVEN", on_entry, NULL, NULL) == KL_OK &&
		seen == 246,
	    "the entries of a run are found");
	ok(put(a, 7, 7, NULL) == KL_OK, "and then more can be added");
	kl_audit_close(a);
}

/* Processes that add at the same time do not get into each other's way. */
static void
together(void)
{
	struct kl_audit_report r;
	bool good = true;
	int status = 0;

	(void)unlink("trail");
	(void)unlink("trail.head");
	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			struct kl_audit *a =
			    open_at("trail", NULL, &hash, NULL);

			for (int k = 1; k <= 5; k++)
				good = a != NULL &&
				    put(a, k, k + 2, NULL) == KL_OK && good;
			kl_audit_close(a);
			_exit(good && noted[0] == '\0' ? 0 : 1);
		}
	for (int i = 0; i < 4; i++) {
		(void)wait(&status);
		good = good && status == 0;
	}
	ok(good && verify("trail", &r, NULL) == KL_OK && r.end.n == 61,
	    "four processes add fifteen each");
}

static void
refused(void)
{
	struct kl_audit_report r;
	struct kl_err err = { 0 };
	struct kl_audit *a;
	struct kl_buf *b;
	FILE *f;

	(void)unlink("trail");
	(void)unlink("trail.head");
	f = fopen("trail", "w");
	(void)fputs("{\"email\":\"ada@shop.example\"}\n", f);
	(void)fclose(f);
	ok(open_at("trail", NULL, &hash, &err) == NULL && err.rc == KL_EDATA,
	    "another file is refused");
	is(err.msg, "trail is no audit trail", "in words");
	ok(verify("trail", &r, &err) == KL_EDATA, "when it is verified, too");
	ok(verify("nowhere", &r, &err) == KL_ENOINPUT,
	    "as is one that is not there");
	ok(open_at("/dev/null", NULL, &hash, &err) == NULL, "or a device");
	fresh("trail");
	a = open_at("trail", NULL, &hash, NULL);
	b = kl_audit_entry(a);
	kl_json_put_name(b, "long");
	kl_buf_putc(b, '"');
	for (size_t i = 0; i < KL_AUDIT_LINE; i++)
		kl_buf_putc(b, 'x');
	kl_buf_putc(b, '"');
	kl_audit_add(a);
	ok(kl_audit_sync(a, &err) == KL_ETOOBIG, "an entry has its limit");
	ok(put(a, 7, 7, &err) == KL_EIO,
	    "and after a failure nothing is added");
	ok(verify("trail", &r, NULL) == KL_OK && r.end.n == 7,
	    "the file is as it was");
	kl_audit_close(a);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return 1;
	written();
	tampered();
	grafted();
	keys();
	anchored();
	heads();
	torn();
	rotated();
	of_run();
	together();
	refused();
	(void)unlink("trail");
	(void)unlink("trail.head");
	if (chdir("/") == 0)
		(void)rmdir(dir);
	return done();
}
