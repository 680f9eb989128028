/* SPDX-License-Identifier: MIT */
/* t_near.c - edit distances against the whole matrix. */

#include "kl/near.h"
#include "ok.h"

#define MAX_LEN 7

/* Optimal string alignment as the textbook has it. */
static unsigned
plain(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned d[MAX_LEN + 1][MAX_LEN + 1], best;
	size_t i, j;

	for (i = 0; i <= an; i++)
		for (j = 0; j <= bn; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[an][bn];
}

/* Pairs of words over three letters, with every bound. */
static void
against_matrix(void)
{
	unsigned state = 1, max, want, got;
	char a[MAX_LEN], b[MAX_LEN];
	size_t an, bn, i;
	int good = 1, round;

	for (round = 0; round < 30000; round++) {
		state = state * 1664525 + 1013904223;
		an = state >> 24 & 7;
		bn = state >> 20 & 7;
		for (i = 0; i < MAX_LEN; i++) {
			state = state * 1664525 + 1013904223;
			a[i] = (char)('a' + (state >> 16) % 3);
			b[i] = (char)('a' + (state >> 24) % 3);
		}
		want = plain(a, an, b, bn);
		for (max = 0; max <= MAX_LEN + 1; max++) {
			got = kl_edits(a, an, b, bn, max);
			good &= got == (want <= max ? want : max + 1);
		}
	}
	ok(good, "distances are those of the whole matrix, up to the bound");
}

static void
edits(void)
{
	char a[300], b[300];

	ok(kl_edits("", 0, "", 0, 2) == 0, "nothing is nothing");
	ok(kl_edits("email", 5, "email", 5, 0) == 0, "equal is 0");
	ok(kl_edits("email", 5, "emial", 5, 2) == 1, "a swap is one edit");
	ok(kl_edits("email", 5, "Email", 5, 2) == 1, "case counts");
	ok(kl_edits("ca", 2, "abc", 3, 9) == 3,
	    "a swapped pair is not edited again");
	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	b[150] = 'y';
	ok(kl_edits(a, 300, b, 300, 15) == 1, "length is no limit");
	ok(kl_edits(a, 300, b, 285, 15) == 16, "one edit over the bound");
	ok(kl_edits(a, 300, b, 286, 15) == 15, "just within it");
}

static const char *const names[] = { "rejects", "max-rejects", "summary",
	"progress", "columns", "no", "to", NULL };

static void
near(const char *s, const char *want, const char *what)
{
	const char *got = kl_near(names, s, strlen(s));

	is(got != NULL ? got : "(none)", want, what);
}

int
main(void)
{
	against_matrix();
	edits();
	near("reject", "rejects", "a letter missing");
	near("max-rejcets", "max-rejects", "letters swapped");
	near("COLUMS", "columns", "case is ignored");
	near("clumn", "columns", "two edits are near");
	near("clum", "(none)", "three are not");
	near("tw", "to", "one edit of a short name");
	near("xy", "(none)", "no name of which all would change");
	near("n", "(none)", "nor one that is as short as the edit");
	near("", "(none)", "nothing is near nothing");
	return done();
}
