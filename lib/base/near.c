/* SPDX-License-Identifier: MIT */
/* near.c - the edit distance within a band, and the nearest name. */

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "kl/near.h"

#define NEAR 2			    /* edits a misspelt name may have */
#define BAND (2 * KL_EDITS_MAX + 1) /* diagonals that are looked at */

static char
fold(char c, bool icase)
{
	return icase && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Optimal string alignment: row i holds the distances of a's first i bytes
 * from b's first j, only for j within max of i; beyond it the distance is
 * over max anyway.  Column k of a row is j = i + k - max.
 */
static unsigned
edits(const char *a, size_t an, const char *b, size_t bn, unsigned max,
    bool icase)
{
	unsigned row[3][BAND + 2], *two, *one, *cur, k, d, over = max + 1;
	size_t i, j;

	if ((an > bn ? an - bn : bn - an) > max)
		return over;
	for (i = 0; i < 3; i++)
		for (k = 0; k < BAND + 2; k++)
			row[i][k] = over;
	for (i = 0; i <= an; i++) {
		/* One column of over stands on each side of the band. */
		cur = row[i % 3] + 1;
		one = row[(i + 2) % 3] + 1;
		two = row[(i + 1) % 3] + 1;
		for (k = 0; k <= 2 * max; k++) {
			cur[k] = over;
			if (i + k < max || (j = i + k - max) > bn)
				continue;
			if (i == 0 || j == 0) {
				cur[k] = least((unsigned)(i + j), over);
				continue;
			}
			d = fold(a[i - 1], icase) != fold(b[j - 1], icase);
			d = least(one[k] + d,
			    least(one[k + 1], k > 0 ? cur[k - 1] : over) + 1);
			if (i > 1 && j > 1 &&
			    fold(a[i - 1], icase) == fold(b[j - 2], icase) &&
			    fold(a[i - 2], icase) == fold(b[j - 1], icase))
				d = least(d, two[k] + 1);
			cur[k] = least(d, over);
		}
	}
	return row[an % 3][1 + bn + max - an];
}

unsigned
kl_edits(const char *a, size_t an, const char *b, size_t bn, unsigned max)
{
	assert(max <= KL_EDITS_MAX);
	return edits(a, an, b, bn, max, false);
}

const char *
kl_near(const char *const *names, const char *s, size_t n)
{
	const char *best = NULL;
	unsigned d, least_d = NEAR + 1;
	size_t len;

	for (; *names != NULL; names++) {
		len = strlen(*names);
		d = edits(*names, len, s, n, NEAR, true);
		if (d < least_d && d < n && d < len) {
			least_d = d;
			best = *names;
		}
	}
	return best;
}
