/* SPDX-License-Identifier: MIT */
#ifndef OK_H
#define OK_H

/*
 * ok.h - the Test Anything Protocol in a few lines, for unit programs:
 *
 *	ok(cond, "sentence");	is(got, want, "sentence");	return done();
 */

#include <stdio.h>
#include <string.h>

static int ok_count, ok_failed;

static inline int
ok_at(int pass, const char *what, const char *file, int line)
{
	printf("%sok %d - %s\n", pass ? "" : "not ", ++ok_count, what);
	if (!pass) {
		ok_failed++;
		printf("# at %s:%d\n", file, line);
	}
	return pass;
}

static inline int
is_at(const char *got, size_t n, const char *want, const char *what,
    const char *file, int line)
{
	int pass = n == strlen(want) && memcmp(got, want, n) == 0;

	(void)ok_at(pass, what, file, line);
	if (!pass)
		printf("#  got: %.*s\n# want: %s\n", (int)n, got, want);
	return pass;
}

/* A function, so that got is evaluated once. */
static inline int
is_text(const char *got, const char *want, const char *what, const char *file,
    int line)
{
	return is_at(got, strlen(got), want, what, file, line);
}

#define ok(cond, what) ok_at((cond) != 0, what, __FILE__, __LINE__)
#define is(got, want, what) is_text(got, want, what, __FILE__, __LINE__)
#define isn(got, n, want, what) is_at(got, n, want, what, __FILE__, __LINE__)

static inline int
done(void)
{
	printf("1..%d\n", ok_count);
	return ok_failed != 0;
}

#endif /* OK_H */
