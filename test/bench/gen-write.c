/* SPDX-License-Identifier: MIT */
/*
 * gen-write.c - records as JSON and as CSV, plainly and oddly.
 */

#include <stdio.h>
#include <string.h>

#include "gen.h"

/* How a record is written. */
struct ways {
	bool escapes; /* no character outside ASCII as itself */
	bool blanks;  /* after each comma and colon */
	bool extra;   /* a member that no other record has */
};

/* A buffer of our own: stdio costs more than all the rest. */
static char out[1 << 16];
static size_t used;
static bool failed;

static void
spill(void)
{
	failed = fwrite(out, 1, used, stdout) != used || failed;
	used = 0;
}

int
write_end(void)
{
	spill();
	return fflush(stdout) != 0 || failed ? -1 : 0;
}

static void
put(const char *s, size_t n)
{
	if (n > sizeof(out) - used)
		spill();
	memcpy(out + used, s, n); /* no text is as long as the buffer */
	used += n;
}

static void
put_char(char c)
{
	put(&c, 1);
}

static void
text(const char *s)
{
	put(s, strlen(s));
}

/* The character that begins at *s, which moves on. */
static uint32_t
next_char(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	size_t i, more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC0 ? 1 : 0;
	uint32_t c = more == 0 ? *p : *p & (0x3FU >> more);

	for (i = 1; i <= more; i++)
		c = c << 6 | (p[i] & 0x3F);
	*s += more + 1;
	return c;
}

static void
put_escape(uint32_t c)
{
	char s[16];

	if (c > 0xFFFF)
		(void)snprintf(s, sizeof(s), "\\u%04x\\u%04x",
		    0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
	else
		(void)snprintf(s, sizeof(s), "\\u%04X", c);
	text(s);
}

/* Write the character or, without escapes, the run of them at *s. */
static void
put_some(const char **s, bool escapes)
{
	const char *p = *s;
	size_t n = escapes ? 0 : strcspn(p, "\"\\\n\t");
	uint32_t c;

	if (n > 0) {
		*s += n;
		put(p, n);
		return;
	}
	c = next_char(s);
	if (c == '\n' || c == '\t')
		text(c == '\n' ? "\\n" : "\\t");
	else if (c > 0x7F)
		put_escape(c);
	else {
		if (c == '"' || c == '\\' || c == '/')
			put_char('\\');
		put_char((char)c);
	}
}

static void
put_string(const char *s, bool escapes)
{
	put_char('"');
	while (*s != '\0')
		put_some(&s, escapes);
	put_char('"');
}

/* An object, its strings without escapes, with a blank after each comma and
 * colon. */
static void
put_spaced(const char *s)
{
	bool within = false;

	for (; *s != '\0'; s++) {
		put_char(*s);
		within ^= *s == '"';
		if (!within && (*s == ',' || *s == ':'))
			put_char(' ');
	}
}

static void
put_member(const struct cell *c, const struct ways *w)
{
	put_string(c->name, false);
	text(w->blanks ? ": " : ":");
	if (c->kind == TEXT || c->kind == PLAIN)
		put_string(c->text, w->escapes && c->kind == TEXT);
	else if (c->kind == OBJECT && w->blanks)
		put_spaced(c->text);
	else
		text(c->text);
}

/* The member, or all of its object if it is the first one of that. */
static void
put_cell(const struct record *r, const unsigned char *order, size_t at,
    const struct ways *w)
{
	const struct cell *c = &r->cell[order[at]];
	bool first = true;
	size_t i;

	if (c->within == NULL) {
		put_member(c, w);
		return;
	}
	put_string(c->within, false);
	text(w->blanks ? ": {" : ":{");
	for (i = at; i < r->n; i++) {
		if (r->cell[order[i]].within != c->within)
			continue;
		if (!first)
			text(w->blanks ? ", " : ",");
		first = false;
		put_member(&r->cell[order[i]], w);
	}
	put_char('}');
}

/* Whether a cell before this one, in this order, began the same object. */
static bool
begun(const struct record *r, const unsigned char *order, size_t at)
{
	const char *within = r->cell[order[at]].within;
	size_t i;

	for (i = 0; within != NULL && i < at; i++)
		if (r->cell[order[i]].within == within)
			return true;
	return false;
}

static void
shuffle(unsigned char *order, size_t n)
{
	unsigned char t;
	size_t i, j;

	for (i = n; i > 1; i--) {
		j = pick((uint32_t)i);
		t = order[i - 1];
		order[i - 1] = order[j];
		order[j] = t;
	}
}

/* One cell in eight is lost, and one in 24 made strange. */
static void
disturb(struct record *r)
{
	struct cell *c, *to = r->cell;
	uint32_t how;

	for (c = r->cell; c < r->cell + r->n; c++) {
		how = c->keep ? 99 : pick(24);
		if (how < 3)
			continue;
		if (how == 3 && c->kind == TEXT)
			c->text = "C:\\Ünïcode\t\"🎉\"\nsecond line";
		else if (how == 4 && c->kind == NUMBER &&
		    strchr(c->text, '.') != NULL)
			c->text = "-1.250e+2";
		*to++ = *c;
	}
	r->n = (size_t)(to - r->cell);
}

/* The order of another table's columns: not this one, but one. */
static size_t
column(size_t i, size_t n)
{
	return (i * (n % 7 != 0 ? 7 : 11) + 3) % n;
}

/* Put the cells in another order, those of one object together. */
static void
reorder(struct record *r)
{
	struct cell old[COUNT(r->cell)], *to = r->cell;
	size_t i, k;

	memcpy(old, r->cell, r->n * sizeof(*old));
	for (i = 0; i < r->n; i++) {
		struct cell *c = &old[column(i, r->n)];

		if (c->name == NULL)
			continue;
		*to++ = *c;
		for (k = i + 1; c->within != NULL && k < r->n; k++) {
			struct cell *more = &old[column(k, r->n)];

			if (more->name == NULL || more->within != c->within)
				continue;
			*to++ = *more;
			more->name = NULL;
		}
	}
}

void
write_json(struct record *r, enum style style)
{
	struct ways w = { 0 };
	unsigned char order[COUNT(r->cell)];
	bool first = true;
	size_t i;

	if (style == OTHER) {
		reorder(r);
		disturb(r);
		w = (struct ways){ .escapes = true, .blanks = true };
	} else if (style == ODD) {
		disturb(r);
		w.escapes = pick(2) == 0;
		w.blanks = pick(3) == 0;
		w.extra = pick(5) == 0;
	}
	for (i = 0; i < r->n; i++)
		order[i] = (unsigned char)i;
	if (style == ODD)
		shuffle(order, r->n);
	put_char('{');
	for (i = 0; i < r->n; i++) {
		if (begun(r, order, i))
			continue;
		if (!first)
			text(w.blanks ? ", " : ",");
		first = false;
		put_cell(r, order, i, &w);
	}
	if (w.extra)
		text(",\"meta\":{\"patch_properties\":{\"append\":{\"Seen\":"
		     "[1,-2.5e3,null,[],{}]}}}");
	text("}\n");
}

/* --- CSV -------------------------------------------------------------------
 */

static void
put_quoted(const char *s)
{
	put_char('"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			put_char('"');
		put_char(*s);
	}
	put_char('"');
}

static void
put_value(const char *s, bool quoted)
{
	if (quoted || strpbrk(s, ",\"\r\n") != NULL)
		put_quoted(s);
	else
		text(s);
}

static void
put_header(const struct record *r, bool odd)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		text(i > 0 ? "," : "");
		put_value(r->cell[odd ? column(i, r->n) : i].name, false);
	}
	text(odd ? "\r\n" : "\n");
}

void
write_csv(const struct record *r, enum style style, bool header)
{
	bool odd = style != PLAINLY;
	uint32_t way, how;
	const struct cell *c;
	const char *s;
	size_t i;

	if (header)
		put_header(r, odd);
	way = odd ? pick(3) : 0; /* as needed, all, any */
	for (i = 0; i < r->n; i++) {
		c = &r->cell[odd ? column(i, r->n) : i];
		how = odd && !c->keep ? pick(24) : 99;
		s = how < 3 ? ""
		    : how == 3 && c->kind == TEXT
		    ? "C:\\Ünïcode\t\"🎉\"\nsecond, \"line\""
		    : c->text;
		text(i > 0 ? "," : "");
		put_value(s, way == 1 || (way == 2 && pick(2) == 0));
	}
	text(odd ? "\r\n" : "\n");
}
