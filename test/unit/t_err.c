/* SPDX-License-Identifier: MIT */
/* t_err.c - kl/err.h: exit statuses, messages, what is cut. */

#include <errno.h>
#include <limits.h>
#include <stdint.h>

#include "kl/err.h"
#include "ok.h"

static const struct {
	enum kl_rc rc;
	int status;
} exits[] = {
	{ KL_OK, 0 },
	{ KL_EOF, 0 },
	{ KL_AGAIN, 0 },
	{ KL_EUSAGE, 64 },
	{ KL_EDATA, 65 },
	{ KL_ETOOBIG, 65 },
	{ KL_ENOINPUT, 66 },
	{ KL_EREFUSED, 69 },
	{ KL_EBUG, 70 },
	{ KL_ENOMEM, 71 },
	{ KL_ECREATE, 73 },
	{ KL_EIO, 74 },
	{ KL_ERETRY, 75 },
	{ KL_EPROTO, 76 },
	{ KL_EACCESS, 77 },
	{ KL_ECONFIG, 78 },
};

static void
statuses(void)
{
	char what[64];
	size_t i;
	int rc;

	for (i = 0; i < sizeof(exits) / sizeof(*exits); i++) {
		(void)snprintf(what, sizeof(what), "rc %d exits %d",
		    exits[i].rc, exits[i].status);
		ok(kl_err_exit(exits[i].rc) == exits[i].status, what);
	}
	for (rc = KL_ECONFIG; rc < KL_OK; rc++)
		for (i = 0; exits[i].rc != (enum kl_rc)rc; i++)
			if (i + 1 == sizeof(exits) / sizeof(*exits)) {
				ok(0, "every failure is in the table");
				return;
			}
	ok(kl_err_exit((enum kl_rc) - 99) == 70, "an unknown failure is a bug");
}

static void
worse(void)
{
	static const int order[] = { 130, 70, 71, 77, 78, 76, 74, 73, 66, 69,
		75, 65, 64, 1, 0 };
	size_t i, j, n = sizeof(order) / sizeof(*order);
	int good = 1;

	for (i = 0; i < n; i++)
		for (j = i; j < n; j++) {
			good &= kl_err_worse(order[i], order[j]) == order[i];
			good &= kl_err_worse(order[j], order[i]) == order[i];
		}
	ok(good, "the more important status wins, in either order");
}

static void
messages(void)
{
	struct kl_err err = { 0 };
	char big[1000];

	ok(kl_err_set(&err, KL_EDATA, "depth over %d", 3) == KL_EDATA,
	    "set returns the rc");
	is(err.msg, "depth over 3", "and formats the message");
	kl_err_code(&err, "json_depth");
	kl_err_field(&err, "properties.x", 10);
	kl_err_hint(&err, "at most %d", 3);
	is(err.code, "json_depth", "code");
	is(err.field, "properties", "field");
	is(err.hint, "at most 3", "hint");
	(void)kl_err_set(&err, KL_EIO, "other");
	ok(err.code[0] == 0 && err.field[0] == 0 && err.hint[0] == 0,
	    "a new failure clears code, field and hint");
	errno = ENOENT;
	(void)kl_err_sys(&err, KL_ENOINPUT, "%s", "a.csv");
	is(err.msg, "a.csv: No such file or directory", "the system's reason");
	ok(kl_err_nomem(&err) == KL_ENOMEM, "out of memory is KL_ENOMEM");
	ok(kl_err_set(NULL, KL_EDATA, "x") == KL_EDATA, "nobody need listen");
	kl_err_code(NULL, "x");
	kl_err_field(NULL, "x", 1);
	kl_err_hint(NULL, "x");

	memset(big, 'a', sizeof(big));
	memcpy(big + sizeof(err.msg) - 2, "\xc3\xa9", 3);
	(void)kl_err_set(&err, KL_EDATA, "%s", big);
	ok(strlen(err.msg) == sizeof(err.msg) - 2 &&
		err.msg[sizeof(err.msg) - 3] == 'a',
	    "a message is cut where a character ends");
	memcpy(big + sizeof(err.msg) - 3, "\xc3\xa9", 3);
	(void)kl_err_set(&err, KL_EDATA, "%s!", big);
	ok(strlen(err.msg) == sizeof(err.msg) - 1,
	    "a character that just fits is kept");
}

/* Messages by vsnprintf() itself, for any that may be. */
static void
same(const char *what, const char *fmt, ...)
{
	struct kl_err err;
	char want[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	(void)kl_err_vset(&err, KL_EDATA, fmt, ap);
	va_end(ap);
	is(err.msg, want, what);
}

static void
as_printf(void)
{
	char fits[400];

	same("no argument", "email has no @");
	same("no text", "");
	same("texts", "%s has %s", "email", "no @");
	same("an empty text", "a%sb", "");
	same("sizes", "%zu of %zu", (size_t)0, SIZE_MAX);
	same("integers", "%d, %d, %d", 0, 42, INT_MAX);
	same("one below 0", "%s: %d", "a", -7);
	same("a sign", "100%% of %s", "it");
	same("another conversion behind some", "%s, %zu, %lld and %s", "a",
	    (size_t)2, -3LL, "b");
	same("a precision", "%.3s of %s", "abcdef", "x");
	same("a width", "%s %02d", "x", 7);
	memset(fits, 'x', sizeof(fits));
	fits[399] = '\0';
	same("as much as there is room for", "%s", fits);
	same("a number that is cut", "%s%zu", fits + 2, (size_t)12345);
	same("text behind what is full", "%s and more", fits);
}

int
main(void)
{
	statuses();
	as_printf();
	worse();
	messages();
	return done();
}
