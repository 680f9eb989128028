/* SPDX-License-Identifier: MIT */
/*
 * libcsv - a table through libcsv, and nothing else.
 *
 *	libcsv < table		the numbers of rows and fields
 *	libcsv -p < table	each field in one spelling, for comparing
 *
 * With -p a field that is a number is written as the number it is, and True as
 * true: some programs make 134.0 of 134.00, some do not.
 */

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned long rows, fields;
static int first = 1;

static void
count_field(void *s, size_t n, void *arg)
{
	(void)s;
	(void)n;
	(void)arg;
	fields++;
}

static void
count_row(int c, void *arg)
{
	(void)c;
	(void)arg;
	rows++;
}

/* libcsv puts a NUL behind the field. */
static void
put_field(void *s, size_t n, void *arg)
{
	char *end;
	double d = strtod(s, &end);

	(void)arg;
	if (!first)
		putchar(',');
	first = 0;
	if (n > 0 && *end == '\0' && strspn(s, "-+.0123456789eE") == n)
		printf("%.15g", d);
	else if (strcmp(s, "True") == 0 || strcmp(s, "False") == 0)
		fputs(*(const char *)s == 'T' ? "\"true\"" : "\"false\"",
		    stdout);
	else
		(void)csv_fwrite(stdout, s, n);
}

static void
put_row(int c, void *arg)
{
	(void)c;
	(void)arg;
	putchar('\n');
	first = 1;
}

/* Blanks around a field are part of it. */
static int
no_space(unsigned char c)
{
	(void)c;
	return 0;
}

int
main(int argc, char *argv[])
{
	static char block[1 << 18];
	struct csv_parser p;
	int print = argc == 2 && strcmp(argv[1], "-p") == 0;
	void (*field)(void *, size_t, void *) = print ? put_field : count_field;
	void (*row)(int, void *) = print ? put_row : count_row;
	ssize_t n;

	if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
		return 71;
	csv_set_space_func(&p, no_space);
	while ((n = read(STDIN_FILENO, block, sizeof(block))) > 0)
		if (csv_parse(&p, block, (size_t)n, field, row, NULL) !=
		    (size_t)n)
			break;
	if (n != 0 || csv_fini(&p, field, row, NULL) != 0) {
		fprintf(stderr, "libcsv: %s\n", csv_strerror(csv_error(&p)));
		return 65;
	}
	csv_free(&p);
	if (!print)
		printf("%lu rows, %lu fields\n", rows, fields);
	return fflush(stdout) == 0 ? 0 : 74;
}
