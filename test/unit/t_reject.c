/* SPDX-License-Identifier: MIT */
/* t_reject.c - records set aside with the reason, and taken back. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kl/reject.h"
#include "ok.h"

static char path[] = "/tmp/t_reject.XXXXXX";
static struct kl_err reason, err;

static void
give_reason(void)
{
	(void)kl_err_set(&reason, KL_EDATA, "no \"@\"");
	kl_err_code(&reason, "email_invalid");
	kl_err_field(&reason, "email", 5);
	kl_err_hint(&reason, "mend it");
}

/* Format, unwrap again: what comes back? */
static void
there_and_back(struct kl_rejected what, const char *line, const char *back,
    const char *name)
{
	struct kl_buf b = { 0 }, tmp = { 0 };
	struct kl_json doc = { 0 };
	struct kl_span s = { 0 };

	kl_reject_format(&b, "kl-test", "RUN", &what, &reason, NULL);
	is(kl_buf_str(&b), line, name);
	ok(kl_reject_is(b.s, b.n), "is known as a reject");
	ok(kl_json_scan(&doc, b.s, b.n, &err) == KL_OK, "is JSON");
	if (back == NULL)
		ok(kl_reject_unwrap(&doc, &tmp, &s, &err) == KL_EDATA,
		    "holds no record");
	else {
		ok(kl_reject_unwrap(&doc, &tmp, &s, &err) == KL_OK, "unwraps");
		isn(s.s, s.n, back, "to the original bytes");
	}
	kl_buf_free(&b);
	kl_buf_free(&tmp);
	kl_json_free(&doc);
}

#define HEAD                                                                   \
	"{\"_kl_reject\":{\"v\":1,\"tool\":\"kl-test\",\"run\":\"RUN\","       \
	"\"line\":7,"                                                          \
	"\"field\":\"email\",\"code\":\"email_invalid\",\"message\":\"no "     \
	"\\\"@\\\"\","                                                         \
	"\"hint\":\"mend it\",\"class\":\"permanent\"}"

static void
forms(void)
{
	struct kl_rejected w = { .line = 7,
		.s = "{\"a\":1.10}",
		.n = 10,
		.record = true };

	give_reason();
	there_and_back(w, HEAD ",\"record\":{\"a\":1.10}}", "{\"a\":1.10}",
	    "a record stays as it was");
	w = (struct kl_rejected){ .line = 7, .s = "{\"a\":", .n = 5 };
	there_and_back(w, HEAD ",\"raw\":\"{\\\"a\\\":\"}",
	    "{\"a\":", "what is no record is text");
	w = (struct kl_rejected){ .line = 7, .s = "\xff\xfe!", .n = 3 };
	there_and_back(w, HEAD ",\"raw_base64\":\"//4h\"}", "\xff\xfe!",
	    "what is no text is base64");
	w = (struct kl_rejected){ .line = 7, .n = 17000000, .offset = 5 };
	there_and_back(w, HEAD ",\"offset\":5,\"bytes\":17000000}", NULL,
	    "what was too long is a place");
	ok(!kl_reject_is("{\"email\":\"a@b.co\"}", 18),
	    "a record is no reject");
	ok(!kl_reject_is("{\"_kl", 5), "half a mark is none");
}

static void
files(void)
{
	struct kl_rejects *r = NULL;
	struct kl_rejected w = { .line = 1, .s = "{}", .n = 2, .record = true };
	struct kl_why why = { .retry = true, .http = 400, .pointer = "/data" };
	struct stat st;
	char got[900] = "";
	int fd = mkstemp(path);

	ok(kl_rejects_open(&r, path, fd, "t", "R", &err) == KL_EUSAGE,
	    "the input cannot take its own rejects");
	(void)unlink(path);
	ok(kl_rejects_open(&r, path, fd, "t", "R", &err) == KL_OK, "opened");
	ok(kl_rejects_put(r, &w, &reason, &why, &err) == KL_OK, "put");
	ok(kl_rejects_sync(r, &err) == KL_OK, "synced");
	ok(kl_rejects_count(r) == 1, "counted");
	kl_rejects_limit(r, 1, 0.5);
	ok(kl_rejects_judge(r, 2, &err) == KL_OK, "half of two is tolerated");
	ok(kl_rejects_judge(r, 1, &err) == KL_EDATA, "all of one is not");
	ok(kl_rejects_put(r, &w, &reason, NULL, &err) == KL_EDATA,
	    "one more than the limit ends the run");
	is(err.code, "email_invalid", "for the reason of that record");
	ok(kl_rejects_close(r, &err) == KL_OK, "closed");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "the file is the owner's alone");
	close(fd);
	fd = open(path, O_RDWR | O_APPEND);
	(void)!write(fd, "{\"half", 6);
	ok(kl_rejects_open(&r, path, -1, "t", "R", &err) == KL_OK, "reopened");
	ok(kl_rejects_put(r, &w, &reason, &why, &err) == KL_OK &&
		kl_rejects_close(r, &err) == KL_OK,
	    "appended to");
	ok(pread(fd, got, sizeof(got) - 1, 0) > 0 &&
		strstr(got, "{\"half\n{\"_kl") != NULL,
	    "half a line of a crash is ended, not continued");
	ok(strstr(got,
	       "\"class\":\"retry\",\"http\":400,"
	       "\"pointer\":\"/data\"},\"record\":{}}\n") != NULL,
	    "what an answer said is told");
	close(fd);
	(void)unlink(path);
	ok(kl_rejects_open(&r, "/nowhere/x", -1, "t", "R", &err) == KL_ECREATE,
	    "a file that cannot be made is said at once");
	ok(kl_rejects_open(&r, NULL, -1, "t", "R", &err) == KL_OK &&
		kl_rejects_put(r, &w, &reason, NULL, &err) == KL_EDATA,
	    "without a file the first reject ends the run");
	(void)kl_rejects_close(r, NULL);
}

static unsigned
lines_of(const char *text)
{
	unsigned n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

/* What the file holds. */
static const char *
content(void)
{
	static char got[4000];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, got, sizeof(got) - 1);

	got[n > 0 ? n : 0] = '\0';
	(void)close(fd);
	return got;
}

/* A run that goes on sets nothing aside twice. */
static void
again(void)
{
	struct kl_rejects *r = NULL;
	struct kl_rejected one = { .line = 1, .s = "{}", .n = 2 },
			   two = { .line = 2, .s = "{\"a\":1}", .n = 7 };
	struct kl_err other = { 0 };

	(void)kl_err_set(&other, KL_EDATA, "another reason");
	one.record = two.record = true;
	(void)unlink(path);
	(void)kl_rejects_open(&r, path, -1, "t", "R", &err);
	(void)kl_rejects_put(r, &one, &reason, NULL, &err);
	(void)kl_rejects_put(r, &two, &reason, NULL, &err);
	(void)kl_rejects_put(r, &two, &reason, NULL, &err);
	(void)kl_rejects_close(r, NULL);
	(void)kl_rejects_open(&r, path, -1, "t", "OTHER", &err);
	(void)kl_rejects_put(r, &one, &reason, NULL, &err);
	(void)kl_rejects_close(r, NULL);

	(void)kl_rejects_open(&r, path, -1, "t", "R", &err);
	ok(kl_rejects_again(r, 1, &err) == KL_OK, "a file is read again");
	(void)kl_rejects_put(r, &two, &other, NULL, &err);
	(void)kl_rejects_put(r, &one, &reason, NULL, &err);
	(void)kl_rejects_put(r, &two, &reason, NULL, &err);
	ok(kl_rejects_sync(r, &err) == KL_OK && lines_of(content()) == 4,
	    "what is there is not written again, whatever the reason");
	ok(kl_rejects_count(r) == 3, "but counted");
	(void)kl_rejects_put(r, &one, &reason, NULL, &err);
	(void)kl_rejects_put(r, &two, &reason, NULL, &err);
	ok(kl_rejects_sync(r, &err) == KL_OK && lines_of(content()) == 6,
	    "once more than it was there, it is");
	two.known = true;
	(void)kl_rejects_put(r, &two, &reason, NULL, &err);
	ok(kl_rejects_sync(r, &err) == KL_OK && lines_of(content()) == 6 &&
		kl_rejects_count(r) == 6,
	    "what is known is counted alone");
	(void)kl_rejects_close(r, NULL);

	(void)kl_rejects_open(&r, path, -1, "t", "R", &err);
	ok(kl_rejects_again(r, 2, &err) == KL_OK &&
		kl_rejects_put(r, &one, &reason, NULL, &err) == KL_OK &&
		kl_rejects_sync(r, &err) == KL_OK && lines_of(content()) == 7,
	    "lines before are not looked for");
	(void)kl_rejects_close(r, NULL);
	(void)unlink(path);
	ok(kl_rejects_open(&r, NULL, -1, "t", "R", &err) == KL_OK &&
		kl_rejects_again(r, 1, &err) == KL_OK &&
		kl_rejects_put(r, &two, &reason, NULL, &err) == KL_OK,
	    "without a file, what is known ends no run");
	(void)kl_rejects_close(r, NULL);
}

/* Rejects that were made elsewhere, with lines counted from there. */
static void
elsewhere(void)
{
	struct kl_rejects *r = NULL;
	struct kl_rejected w = { .line = 9, .s = "{}", .n = 2, .record = true };
	struct kl_buf b = { 0 }, want = { 0 };
	char got[4096] = "";
	ssize_t n;
	int fd;

	ok(kl_rejects_open(&r, path, -1, "t", "R", &err) == KL_OK, "opened");
	kl_rejects_limit(r, 3, 1);
	ok(kl_rejects_room(r) == 3, "three are tolerated");
	kl_rejects_format(r, &b, &w, &reason, NULL);
	w.line = 10;
	kl_rejects_format(r, &b, &w, &reason, NULL);
	ok(kl_rejects_add(r, b.s, b.n, 990, &err) == KL_OK, "two are added");
	ok(kl_rejects_room(r) == 1 && kl_rejects_count(r) == 2,
	    "leaving room for one");
	w.line = 999;
	kl_rejects_format(r, &want, &w, &reason, NULL);
	w.line = 1000;
	kl_rejects_format(r, &want, &w, &reason, NULL);
	ok(kl_rejects_close(r, &err) == KL_OK, "closed");
	fd = open(path, O_RDONLY);
	n = read(fd, got, sizeof(got));
	isn(got, n > 0 ? (size_t)n : 0, kl_buf_str(&want),
	    "as lines of the whole input");
	kl_buf_free(&b);
	kl_buf_free(&want);
	close(fd);
	(void)unlink(path);
}

int
main(void)
{
	forms();
	files();
	again();
	elsewhere();
	return done();
}
