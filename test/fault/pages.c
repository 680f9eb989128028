/* SPDX-License-Identifier: MIT */
/*
 * pages.c - to be preloaded: tell at the end whether the process gives back
 * what it frees.
 *
 *	cc -shared -fPIC -o pages.so pages.c
 *	LD_PRELOAD=$PWD/pages.so kl-push ...
 *
 * The last line on stderr is "pages: kept" or "pages: given back".
 */

#define _GNU_SOURCE

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECES 16
#define PIECE ((size_t)900 << 10) /* libcurl's largest buffers have 512 KiB */

static void __attribute__((destructor)) tell(void)
{
	char *before = sbrk(0), *grown;
	void *piece[PIECES];
	int i;

	for (i = 0; i < PIECES; i++)
		if ((piece[i] = malloc(PIECE)) != NULL)
			memset(piece[i], 1, PIECE);
	grown = sbrk(0);
	for (i = 0; i < PIECES; i++)
		free(piece[i]);
	/* Pieces with pages of their own do not make the heap grow. */
	(void)dprintf(STDERR_FILENO, "pages: %s\n",
	    grown - before > (ptrdiff_t)(PIECES / 2 * PIECE) &&
		    (char *)sbrk(0) == grown
		? "kept"
		: "given back");
}
