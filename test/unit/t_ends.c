/* SPDX-License-Identifier: MIT */
/* t_ends.c - where lines end: by every way to find out, the same. */

#include <stdbool.h>
#include <string.h>

#include "../../lib/stream/ends.h"
#include "ok.h"

static uint16_t at[ENDS_STRETCH + 1];
static char text[ENDS_STRETCH + ENDS_SPARE];

/* True if what was found is what a look at each byte finds. */
static bool
right(ends_find *find, size_t from, size_t n)
{
	uint32_t k = 0, found;
	size_t i;

	memset(at, 0xff, sizeof(at));
	found = find(at, text + from, n);
	for (i = 0; i < n; i++)
		if (text[from + i] == '\n' && (k == found || at[k++] != i))
			return false;
	return k == found;
}

/* A newline here and there: every so many bytes, about. */
static void
fill(unsigned every)
{
	static uint32_t seed = 7;
	size_t i;

	for (i = 0; i < sizeof(text); i++) {
		seed = seed * 1103515245U + 12345U;
		text[i] = (seed >> 16) % every == 0 ? '\n' : (char)(seed >> 24);
	}
}

/* Texts of every length up to some, from every offset in a block. */
static bool
all_lengths(ends_find *find)
{
	size_t from, n;

	for (from = 0; from < 64; from++)
		for (n = 0; n < 400; n++)
			if (!right(find, from, n))
				return false;
	return true;
}

static void
finds(ends_find *find)
{
	static const unsigned every[] = { 1, 2, 5, 40, 300, 100000 };
	bool all = true, whole = true;
	size_t i;

	for (i = 0; i < sizeof(every) / sizeof(*every); i++) {
		fill(every[i]);
		all = all && all_lengths(find);
		whole = whole && right(find, 0, ENDS_STRETCH);
	}
	ok(all, "short texts, with newlines behind them or not");
	ok(whole, "texts as long as can be");
}

int
main(void)
{
	finds(ends_find_plain);
	finds(ends_find_best());
	return done();
}
