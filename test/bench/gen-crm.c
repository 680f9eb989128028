/* SPDX-License-Identifier: MIT */
/*
 * gen-crm.c - the people, and a row of their table.
 *
 * The domains are reserved (RFC 2606), and so are the telephone numbers
 * (555-0100 to 555-0199).
 */

#include <inttypes.h>

#include "gen.h"

const char *const first_name[26] = { "Anna", "Björn", "Chloé", "Dieter",
	"Élodie", "Fatima", "Grace", "Håkon", "Inés", "José", "Katarzyna",
	"Luís", "María", "Nils", "Oluwaseun", "Pärt", "Quentin", "Renée",
	"Søren", "Tomáš", "Ursula", "Violet", "Wanda", "Xavier", "Yusuf",
	"Zoë" };
const char *const first_ascii[26] = { "anna", "bjoern", "chloe", "dieter",
	"elodie", "fatima", "grace", "hakon", "ines", "jose", "katarzyna",
	"luis", "maria", "nils", "oluwaseun", "paert", "quentin", "renee",
	"soren", "tomas", "ursula", "violet", "wanda", "xavier", "yusuf",
	"zoe" };
const char *const last_name[20] = { "O'Brien", "Müller", "García", "Smith",
	"Novák", "Johansson", "van den Berg", "Łukasik", "Dupont", "Ferreira",
	"Yılmaz", "Ó Súilleabháin", "Jensen", "Nguyễn", "Kowalska", "Rossi",
	"Fernández-Vega", "Lee", "Kovács", "Sørensen" };
const char *const street[10] = { "Main St", "Elm Avenue, Suite 4",
	"Hauptstraße", "rue de l'Église", "Calle Mayor, 3º B", "Storgatan",
	"Via Roma", "\"The Mill\", River Rd", "Kungsgatan", "Rua do Século" };
const char *const domain[4] = { "example.com", "example.org",
	"mail.example.net", "example.edu" };
const char *const plan[5] = { "free", "basic", "plus", "pro", "enterprise" };
const struct place place[6] = {
	{ "Portland", "OR", "United States", "en-US", "(503) 555-01",
	    "+150355501", "America/Los_Angeles", 45, -122 },
	{ "New York", "NY", "USA", "en-US", "+1 212 555 01", "+121255501",
	    "America/New_York", 40, -74 },
	{ "Toronto", "ON", "Canada", "en-CA", "416-555-01", "+141655501",
	    "America/Toronto", 43, -79 },
	{ "Austin", "TX", "US", "es-US", "512.555.01", "+151255501",
	    "America/Chicago", 30, -97 },
	{ "San José", "CA", "United States", "en-US", "1 (408) 555-01",
	    "+140855501", "America/Los_Angeles", 37, -121 },
	{ "Montréal", "QC", "Canada", "fr-CA", "+1 (514) 555-01", "+151455501",
	    "America/Toronto", 45, -73 },
};

/* The address is written with blanks around it in one row of ten. */
static void
address(struct record *r, uint64_t i, uint32_t who)
{
	uint32_t blanks = pick(20), at = pick(COUNT(domain));

	cell(r, NULL, "Email", PLAIN,
	    made(r, "%s%s%s.%" PRIu64 "@%s%s", blanks == 1 ? " " : "",
		blanks < 8 ? "Mail." : "", first_ascii[who], i, domain[at],
		blanks == 2 ? " " : ""))
	    ->keep = true;
}

/* Numbers with two decimals, some of them 0 at the end. */
static void
business(struct record *r)
{
	uint32_t orders = pick(40), each = pick(90), cents = pick(100);

	cell(r, NULL, "SignedUp", PLAIN, some_date(r, 2015, 11));
	cell(r, NULL, "LastOrder", PLAIN, some_time(r, 2024, 3));
	cell(r, NULL, "Orders", NUMBER, made(r, "%u", orders));
	cell(r, NULL, "Revenue", NUMBER,
	    made(r, "%u.%02u", orders * each, cents));
	cell(r, NULL, "OptIn", NUMBER, pick(2) == 0 ? "true" : "false");
	cell(r, NULL, "Store", NUMBER, made(r, "%u", 100 + pick(900)));
	cell(r, NULL, "Source", TEXT,
	    pick(2) == 0 ? "Web shop" : "Point of sale");
}

void
make_row(struct record *r, uint64_t i)
{
	uint32_t who = pick(COUNT(first_name));
	const struct place *p = &place[pick(COUNT(place))];
	uint32_t house, phone = pick(100);

	cell(r, NULL, "CustomerId", PLAIN, made(r, "C%08" PRIu64, i))->keep =
	    true;
	address(r, i, who);
	cell(r, NULL, "FirstName", TEXT, first_name[who]);
	cell(r, NULL, "LastName", TEXT, last_name[pick(COUNT(last_name))]);
	if (pick(10) == 0)
		cell(r, NULL, "Phone", PLAIN, "");
	else
		cell(r, NULL, "Phone", PLAIN,
		    made(r, "%s%02u", p->phone, phone));
	cell(r, NULL, "Company", TEXT,
	    pick(3) == 0 ? "Example Holdings, Inc." : "");
	house = 1 + pick(9999);
	cell(r, NULL, "Street", TEXT,
	    made(r, "%u %s", house, street[pick(COUNT(street))]));
	cell(r, NULL, "City", TEXT, p->city);
	cell(r, NULL, "State", TEXT, p->region);
	cell(r, NULL, "Country", TEXT, p->country);
	cell(r, NULL, "Zip", PLAIN, made(r, "%05u", pick(100000)));
	cell(r, NULL, "Language", PLAIN, p->language);
	cell(r, NULL, "Plan", TEXT, plan[pick(COUNT(plan))]);
	business(r);
}
