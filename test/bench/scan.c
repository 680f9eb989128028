/* SPDX-License-Identifier: MIT */
/*
 * scan.c - how fast texts of a stream are scanned: each line of FILE, ROUNDS
 * times.
 *
 *	scan FILE [ROUNDS]
 *
 * Prints the best round, and a sum over the nodes so that nothing is left
 * out.  With ROUNDS 0 each line is scanned once and nothing is timed: for
 * counting instructions.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kl/json.h"

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *
slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *s = NULL;
	long size;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0)
		goto out;
	rewind(f);
	if ((s = malloc((size_t)size + KL_JSON_SPARE)) != NULL)
		*n = fread(s, 1, (size_t)size, f);
out:
	if (f != NULL)
		(void)fclose(f);
	return s;
}

/* Scan every line; the number of nodes, or 0 if one is refused. */
static size_t
scan_all(struct kl_json *doc, const char *s, size_t n, size_t *lines)
{
	const char *end = s + n, *nl;
	size_t nodes = 0;
	struct kl_err err;

	for (*lines = 0; s < end; s = nl + 1, ++*lines) {
		if ((nl = memchr(s, '\n', (size_t)(end - s))) == NULL)
			nl = end;
		if (kl_json_scan_next(doc, s, (size_t)(nl - s),
			(size_t)(end - nl) + KL_JSON_SPARE, &err) != KL_OK) {
			fprintf(stderr, "line %zu: %s\n", *lines + 1, err.msg);
			return 0;
		}
		nodes += doc->nodes;
	}
	return nodes;
}

int
main(int argc, char *argv[])
{
	struct kl_json doc = { 0 };
	size_t n = 0, nodes, lines;
	double best = 1e9, t;
	char *s = argc > 1 ? slurp(argv[1], &n) : NULL;
	long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 20;

	if (s == NULL || n == 0) {
		fprintf(stderr, "usage: scan FILE [ROUNDS]\n");
		return 64;
	}
	nodes = scan_all(&doc, s, n, &lines);
	for (long i = 0; nodes != 0 && i < rounds; i++) {
		t = now();
		nodes = scan_all(&doc, s, n, &lines);
		t = now() - t;
		best = t < best ? t : best;
	}
	printf("%zu bytes, %zu lines, %zu nodes", n, lines, nodes);
	if (rounds > 0)
		printf(", %.2f GB/s, %.0f ns a line", (double)n / best / 1e9,
		    best * 1e9 / (double)lines);
	printf("\n");
	kl_json_free(&doc);
	free(s);
	return nodes == 0;
}
