/* SPDX-License-Identifier: MIT */
#ifndef GEN_H
#define GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * gen.h - what the made-up records are made of.
 *
 * A record is a list of cells, each with a name, within one object or none.
 * gen-crm.c and gen-profile.c fill it; gen-write.c writes it as JSON or CSV, in
 * one of several styles.
 */

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* A number below n: the same row gives the same ones on every machine. */
uint32_t pick(uint32_t n);

enum kind {
	TEXT,
	PLAIN,	/* a text that is written as it is in every record */
	NUMBER, /* or true or false: no quotes */
	OBJECT, /* written as it is */
};

struct cell {
	const char *name;
	const char *within; /* an object of the record, by pointer; or NULL */
	const char *text;
	enum kind kind;
	bool keep; /* no record lacks it */
};

struct record {
	struct cell cell[64];
	size_t n;
	char store[4096]; /* texts that were made for this record */
	size_t used;
};

/* Append a cell.  All texts are borrowed: until the record is written. */
struct cell *cell(struct record *r, const char *within, const char *name,
    enum kind kind, const char *text);

/* A text to go with it, of the record's own. */
const char *made(struct record *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A date, and one with its time, at random. */
const char *some_date(struct record *r, unsigned from, unsigned years);
const char *some_time(struct record *r, unsigned from, unsigned years);

/* People and places are made up; domains and numbers are reserved. */
extern const char *const first_name[26], *const first_ascii[26];
extern const char *const last_name[20], *const street[10];
extern const char *const domain[4], *const plan[5];
struct place {
	const char *city, *region, *country, *language;
	const char *phone; /* two digits follow */
	const char *e164;  /* here too */
	const char *zone;
	int latitude, longitude; /* in degrees */
};
extern const struct place place[6];

/* A row of a customer table: 20 cells. */
void make_row(struct record *r, uint64_t i);

/* A profile as kl-map makes it (people), one to be sent (buyers), and one as
 * the service gives it. */
void make_person(struct record *r, uint64_t i);
void make_buyer(struct record *r, uint64_t i);
void make_profile(struct record *r, uint64_t i);

/*
 * How records are written.  Another source is a program of its own style: all
 * its records have one other order of members, some of which they lack, spell
 * with escapes what is not ASCII, and have a blank after each comma and colon.
 * Odd records have a style each: an order at random, members that the others do
 * not have, escapes or none, blanks or none.
 *
 * An odd table has its columns in another order, is quoted more than it need
 * be and ends its rows with CR LF.
 */
enum style {
	PLAINLY,
	OTHER,
	ODD
};

/* Write a record as one line. */
void write_json(struct record *r, enum style style);
void write_csv(const struct record *r, enum style style, bool header);

/* Write what is still held back; 0, or -1 if any of it could not be. */
int write_end(void);

#endif /* GEN_H */
