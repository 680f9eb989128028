/* SPDX-License-Identifier: MIT */
/*
 * gen - rows of a customer table, and profiles, the same ones on every
 * machine.
 *
 *	gen ROWS [KIND]
 *
 * The kinds: csv and ndjson (the default), 20 columns, about 420 bytes a
 * record as NDJSON: accents, quoted commas and quotes, numbers with two
 * decimals, national and international telephone numbers, empty cells,
 * addresses with stray blanks and capitals; people, the profiles one makes of
 * them, some with an address that is none; buyers, the same with good addresses
 * and no telephone, so that no two are one; profiles, those the service gives,
 * nested, 1.3 KB each.  Each has an odd twin, odd-csv and so on, and all but
 *csv another, other-ndjson and so on: see gen.h.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

static uint64_t state;

/* splitmix64. */
uint32_t
pick(uint32_t n)
{
	uint64_t z = state += 0x9E3779B97F4A7C15U;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
	z = (z ^ z >> 27) * 0x94D049BB133111EBU;
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

struct cell *
cell(struct record *r, const char *within, const char *name, enum kind kind,
    const char *text)
{
	struct cell *c = &r->cell[r->n++];

	*c = (struct cell){ name, within, text, kind, false };
	return c;
}

const char *
made(struct record *r, const char *fmt, ...)
{
	char *s = r->store + r->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s, sizeof(r->store) - r->used, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(r->store) - r->used)
		abort();
	r->used += (size_t)n + 1;
	return s;
}

const char *
some_date(struct record *r, unsigned from, unsigned years)
{
	unsigned y = from + pick(years), m = 1 + pick(12), d = 1 + pick(28);

	return made(r, "%04u-%02u-%02u", y, m, d);
}

const char *
some_time(struct record *r, unsigned from, unsigned years)
{
	unsigned h = pick(24), min = pick(60), s = pick(60);
	unsigned y = from + pick(years), m = 1 + pick(12), d = 1 + pick(28);

	return made(r, "%04u-%02u-%02uT%02u:%02u:%02uZ", y, m, d, h, min, s);
}

static const struct {
	const char *name;
	void (*make)(struct record *r, uint64_t i);
	bool csv;
} kinds[] = {
	{ "ndjson", make_row, false },
	{ "csv", make_row, true },
	{ "people", make_person, false },
	{ "buyers", make_buyer, false },
	{ "profiles", make_profile, false },
};

static int
usage(void)
{
	fputs("usage: gen ROWS [[odd-|other-]ndjson|people|buyers|profiles]\n"
	      "       gen ROWS [odd-]csv\n",
	    stderr);
	return 64;
}

/* What the name begins with, which it is moved past. */
static enum style
style_of(const char **name)
{
	static const char
	    *const prefix[] = { [OTHER] = "other-", [ODD] = "odd-" };
	size_t n;
	int i;

	for (i = OTHER; i <= ODD; i++) {
		n = strlen(prefix[i]);
		if (strncmp(*name, prefix[i], n) == 0) {
			*name += n;
			return (enum style)i;
		}
	}
	return PLAINLY;
}

int
main(int argc, char *argv[])
{
	static struct record r;
	const char *name = argc > 2 ? argv[2] : "ndjson";
	enum style style = style_of(&name);
	uint64_t i, rows;
	char *end;
	size_t k;

	for (k = 0; k < COUNT(kinds) && strcmp(name, kinds[k].name) != 0; k++)
		continue;
	if (argc < 2 || argc > 3 || k == COUNT(kinds) ||
	    (kinds[k].csv && style == OTHER))
		return usage();
	rows = strtoull(argv[1], &end, 10);
	if (end == argv[1] || *end != '\0')
		return usage();
	for (i = 0; i < rows; i++) {
		state = i * 0xD1342543DE82EF95U; /* each row by itself */
		r.n = r.used = 0;
		kinds[k].make(&r, i);
		if (kinds[k].csv)
			write_csv(&r, style, i == 0);
		else
			write_json(&r, style);
	}
	return write_end() == 0 ? 0 : 74;
}
