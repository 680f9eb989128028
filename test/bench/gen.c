/* SPDX-License-Identifier: MIT */
/*
 * gen - rows of a customer table, the same ones on every machine.
 *
 *	gen ROWS [csv|ndjson]
 *
 * 20 columns, about 370 bytes a record as NDJSON: accents, quoted commas and
 * quotes, numbers with two decimals, national and international telephone
 * numbers, empty cells, addresses with stray blanks and capitals.  People and
 * places are made up; the domains are reserved (RFC 2606), and so are the
 * numbers (555-0100 to 555-0199).
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const char *const first[] = { "Anna", "Björn", "Chloé", "Dieter",
	"Élodie", "Fatima", "Grace", "Håkon", "Inés", "José", "Katarzyna",
	"Luís", "María", "Nils", "Oluwaseun", "Pärt", "Quentin", "Renée",
	"Søren", "Tomáš", "Ursula", "Violet", "Wanda", "Xavier", "Yusuf",
	"Zoë" };
static const char *const last[] = { "O'Brien", "Müller", "García", "Smith",
	"Novák", "Johansson", "van den Berg", "Łukasik", "Dupont", "Ferreira",
	"Yılmaz", "Ó Súilleabháin", "Jensen", "Nguyễn", "Kowalska", "Rossi",
	"Fernández-Vega", "Lee", "Kovács", "Sørensen" };
static const char *const ascii[] = { "anna", "bjoern", "chloe", "dieter",
	"elodie", "fatima", "grace", "hakon", "ines", "jose", "katarzyna",
	"luis", "maria", "nils", "oluwaseun", "paert", "quentin", "renee",
	"soren", "tomas", "ursula", "violet", "wanda", "xavier", "yusuf",
	"zoe" };
static const char *const street[] = { "Main St", "Elm Avenue, Suite 4",
	"Hauptstraße", "rue de l'Église", "Calle Mayor, 3º B", "Storgatan",
	"Via Roma", "\"The Mill\", River Rd", "Kungsgatan", "Rua do Século" };
static const char *const domain[] = { "example.com", "example.org",
	"mail.example.net", "example.edu" };
static const char *const plan[] = { "free", "basic", "plus", "pro",
	"enterprise" };
static const struct {
	const char *city, *region, *country, *language;
	const char *phone; /* %02u is the end of the number */
} place[] = {
	{ "Portland", "OR", "United States", "en-US", "(503) 555-01%02u" },
	{ "New York", "NY", "USA", "en-US", "+1 212 555 01%02u" },
	{ "Toronto", "ON", "Canada", "en-CA", "416-555-01%02u" },
	{ "Austin", "TX", "US", "es-US", "512.555.01%02u" },
	{ "San José", "CA", "United States", "en-US", "1 (408) 555-01%02u" },
	{ "Montréal", "QC", "Canada", "fr-CA", "+1 (514) 555-01%02u" },
};

static uint64_t state;

/* splitmix64: the same numbers everywhere. */
static uint32_t
pick(uint32_t n)
{
	uint64_t z = state += 0x9E3779B97F4A7C15U;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
	z = (z ^ z >> 27) * 0x94D049BB133111EBU;
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

enum kind {
	TEXT,
	NUMBER,
	TRUTH
};

static bool csv;
static bool started; /* a cell of this row was written */

static void
cell(const char *name, enum kind kind, const char *text)
{
	const char *p;

	if (started)
		putchar(',');
	started = true;
	if (!csv) {
		printf("\"%s\":%s", name, kind == TEXT ? "\"" : "");
		for (p = text; *p != '\0'; p++) {
			if (*p == '"')
				putchar('\\');
			putchar(*p);
		}
		if (kind == TEXT)
			putchar('"');
		return;
	}
	if (strpbrk(text, ",\"\n") == NULL) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (p = text; *p != '\0'; p++) {
		if (*p == '"')
			putchar('"');
		putchar(*p);
	}
	putchar('"');
}

static void __attribute__((format(printf, 3, 4)))
cellf(const char *name, enum kind kind, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cell(name, kind, text);
}

static void
row(uint64_t i)
{
	uint32_t who = pick(COUNT(first)), where = pick(COUNT(place));
	uint32_t blanks = pick(20), orders = pick(40);

	started = false;
	if (!csv)
		putchar('{');
	cellf("CustomerId", TEXT, "C%08" PRIu64, i);
	cellf("Email", TEXT, "%s%s%s.%" PRIu64 "@%s%s", blanks == 1 ? " " : "",
	    blanks < 8 ? "Mail." : "", ascii[who], i,
	    domain[pick(COUNT(domain))], blanks == 2 ? " " : "");
	cell("FirstName", TEXT, first[who]);
	cell("LastName", TEXT, last[pick(COUNT(last))]);
	if (pick(10) == 0)
		cell("Phone", TEXT, "");
	else
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		cellf("Phone", TEXT, place[where].phone, pick(100));
#pragma GCC diagnostic pop
	cell("Company", TEXT, pick(3) == 0 ? "Example Holdings, Inc." : "");
	cellf("Street", TEXT, "%u %s", 1 + pick(9999),
	    street[pick(COUNT(street))]);
	cell("City", TEXT, place[where].city);
	cell("State", TEXT, place[where].region);
	cell("Country", TEXT, place[where].country);
	cellf("Zip", TEXT, "%05u", pick(100000));
	cell("Language", TEXT, place[where].language);
	cell("Plan", TEXT, plan[pick(COUNT(plan))]);
	cellf("SignedUp", TEXT, "%04u-%02u-%02u", 2015 + pick(11), 1 + pick(12),
	    1 + pick(28));
	cellf("LastOrder", TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    2024 + pick(3), 1 + pick(12), 1 + pick(28), pick(24), pick(60),
	    pick(60));
	cellf("Orders", NUMBER, "%u", orders);
	cellf("Revenue", NUMBER, "%u.%02u", orders * pick(90), pick(100));
	cell("OptIn", TRUTH, pick(2) == 0 ? "true" : "false");
	cellf("Store", NUMBER, "%u", 100 + pick(900));
	cell("Source", TEXT, pick(2) == 0 ? "Web shop" : "Point of sale");
	fputs(csv ? "\n" : "}\n", stdout);
}

int
main(int argc, char *argv[])
{
	uint64_t i, rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

	csv = argc > 2 && strcmp(argv[2], "csv") == 0;
	if (argc < 2 || argc > 3 ||
	    (argc == 3 && !csv && strcmp(argv[2], "ndjson") != 0)) {
		fputs("usage: gen ROWS [csv|ndjson]\n", stderr);
		return 64;
	}
	if (csv)
		puts("CustomerId,Email,FirstName,LastName,Phone,Company,"
		     "Street,City,State,Country,Zip,Language,Plan,SignedUp,"
		     "LastOrder,Orders,Revenue,OptIn,Store,Source");
	for (i = 0; i < rows; i++) {
		state = i * 0xD1342543DE82EF95U; /* each row by itself */
		row(i);
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 74;
}
