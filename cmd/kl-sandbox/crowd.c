/* SPDX-License-Identifier: MIT */
/* crowd.c - people that are made up, each a function of their number. */

#include <string.h>

#include "crowd.h"
#include "kl/opt.h"

static const char *const first[16] = { "\"Ada\"", "\"Björn\"", "\"Chloé\"",
	"\"Dimitri\"", "\"Elif\"", "\"Fatima\"", "\"Gráinne\"", "\"Hugo\"",
	"\"Ines\"", "\"Jonas\"", "\"Kaja\"", "\"Léo\"", "\"Mei\"", "\"Noor\"",
	"\"Olu\"", "\"Paloma\"" };
static const char *const last[16] = { "\"Abt\"", "\"Brandt\"", "\"Costa\"",
	"\"Dahl\"", "\"Eriksen\"", "\"Fischer\"", "\"García\"", "\"Haddad\"",
	"\"Ito\"", "\"Jansen\"", "\"Kovač\"", "\"Lund\"", "\"Müller\"",
	"\"Novak\"", "\"O'Shea\"", "\"Popescu\"" };
static const char *const cities[8][2] = { { "\"Vienna\"", "\"Austria\"" },
	{ "\"Lyon\"", "\"France\"" }, { "\"Porto\"", "\"Portugal\"" },
	{ "\"Oslo\"", "\"Norway\"" }, { "\"Graz\"", "\"Austria\"" },
	{ "\"Tampere\"", "\"Finland\"" }, { "\"Cork\"", "\"Ireland\"" },
	{ "\"Gdańsk\"", "\"Poland\"" } };
static const char *const plans[4] = { "\"free\"", "\"basic\"", "\"plus\"",
	"\"pro\"" };

/* How identifiers look: what is before the number, and behind it. */
static const struct form {
	const char *before, *behind;
	unsigned digits; /* that there are at least */
} forms[] = {
	[KEY_EMAIL] = { "\"person", "@mail.example\"", 1 },
	[KEY_PHONE] = { "\"+43660", "\"", 9 },
	[KEY_EXTERNAL] = { "\"gen-", "\"", 1 },
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static const struct crowd *
crowd_of(const struct crowds *m, uint32_t at)
{
	const struct crowd *c = m->crowd;

	while (at - c->from >= c->n)
		c++;
	return c;
}

uint64_t
crowd_came(const struct crowds *m, uint32_t at)
{
	const struct crowd *c = crowd_of(m, at);

	return pace_at(&c->pace, at - c->from);
}

/* --- attributes ------------------------------------------------------------
 */

static uint64_t
dice(uint64_t salt, uint32_t at)
{
	uint64_t x = salt + at * UINT64_C(0x9E3779B97F4A7C15);

	x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 31;
}

static unsigned char *
put_varint(unsigned char *p, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (unsigned char)(v | 0x80);
	*p++ = (unsigned char)v;
	return p;
}

static unsigned char *
put(unsigned char *p, uint32_t key, const char *s, size_t n)
{
	p = put_varint(p, key);
	p = put_varint(p, (uint32_t)n);
	memcpy(p, s, n);
	return p + n;
}

static unsigned char *
put_word(unsigned char *p, uint32_t key, const char *s)
{
	return put(p, key, s, strlen(s));
}

/* The digits of v, at least so many, from the end of a field of 20. */
static size_t
digits_of(uint64_t v, unsigned least, char field[20])
{
	size_t i = 20;

	for (; v > 0 || 20 - i < least; v /= 10)
		field[--i] = (char)('0' + v % 10);
	return i;
}

static unsigned char *
put_form(unsigned char *p, enum key k, uint64_t no)
{
	const struct form *f = &forms[k];
	size_t before = strlen(f->before), behind = strlen(f->behind), i;
	char field[20], text[64];

	i = digits_of(no, f->digits, field);
	memcpy(text, f->before, before);
	memcpy(text + before, field + i, 20 - i);
	memcpy(text + before + 20 - i, f->behind, behind);
	return put(p, k, text, before + 20 - i + behind);
}

size_t
crowd_blob(const struct crowds *m, uint32_t at, unsigned char out[CROWD_BLOB])
{
	const struct crowd *c = crowd_of(m, at);
	uint64_t r = dice(c->salt, at), no = (uint64_t)at + 1;
	const char *const *city = cities[r >> 8 & 7];
	unsigned char *p = out;
	char field[20];
	size_t i;

	p = put_form(p, KEY_EMAIL, no);
	if (r >> 20 & 1) /* every other one has a telephone */
		p = put_form(p, KEY_PHONE, no % 1000000000);
	p = put_form(p, KEY_EXTERNAL, no);
	p = put_word(p, KEY_FIRST_NAME, first[r & 15]);
	p = put_word(p, KEY_LAST_NAME, last[r >> 4 & 15]);
	p = put_word(p, KEY_CITY, city[0]);
	p = put_word(p, KEY_COUNTRY, city[1]);
	p = put_word(p, c->plan, plans[r >> 16 & 3]);
	i = digits_of(r >> 32 & 63, 1, field);
	p = put(p, c->orders, field + i, 20 - i);
	return (size_t)(p - out);
}

/* --- who has it ------------------------------------------------------------
 */

/* Letters of the fixed parts, in either case for an address. */
static bool
same_letters(const char *a, const char *b, size_t n, bool fold)
{
	size_t i;
	char c;

	for (i = 0; i < n; i++) {
		c = a[i];
		if (fold && c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		if (c != b[i])
			return false;
	}
	return true;
}

uint32_t
crowd_find(const struct crowds *m, enum key k, struct kl_span json)
{
	const struct form *f;
	size_t before, behind, n;
	uint64_t no;

	if (m->crowds == 0 || (size_t)k >= FORMS)
		return NONE;
	f = &forms[k];
	before = strlen(f->before);
	behind = strlen(f->behind);
	if (json.n < before + f->digits + behind)
		return NONE;
	n = json.n - before - behind;
	if (!same_letters(json.s, f->before, before, k == KEY_EMAIL) ||
	    !same_letters(json.s + json.n - behind, f->behind, behind,
		k == KEY_EMAIL) ||
	    (n > f->digits && json.s[before] == '0') ||
	    !kl_parse_u64(json.s + before, n, &no))
		return NONE;
	if (no == 0 && k == KEY_PHONE)
		no = 1000000000; /* the digits are those of the last nine */
	if (no == 0 || no > m->to || no <= m->from)
		return NONE;
	return (uint32_t)no - 1;
}

/* --- consent ---------------------------------------------------------------
 */

/* What an accord says of somebody. */
static uint32_t
accord_when(const struct accord *a, uint32_t at)
{
	return (uint32_t)(pace_at(&a->pace, at - a->from) / 1000000);
}

static enum reason
accord_reason(const struct accord *a, uint32_t at)
{
	return (enum reason)((a->to - 1 - at) % REASONS);
}

static bool
accord_covers(const struct accord *a, uint32_t at)
{
	return at >= a->from && at < a->to;
}

/* The state of mail that comes of it. */
static void
accord_grant(const struct accord *a, uint32_t at, struct consent *c)
{
	uint32_t now = accord_when(a, at);

	if (!a->suppressed)
		c->grant[EMAIL_MARKETING] =
		    (struct grant){ now, now, SUBSCRIBED };
	else if (accord_reason(a, at) == UNSUBSCRIBE)
		c->grant[EMAIL_MARKETING] =
		    (struct grant){ now, now, UNSUBSCRIBED };
}

bool
crowd_consent(const struct crowds *m, uint32_t at, struct consent *c,
    struct suppression room[CROWDS])
{
	const struct accord *a;
	bool any = false;

	*c = (struct consent){ .s = room };
	for (a = m->accord; a < m->accord + m->accords; a++) {
		if (!accord_covers(a, at))
			continue;
		any = true;
		accord_grant(a, at, c);
		if (a->suppressed &&
		    consent_held(c, EVERYWHERE, accord_reason(a, at)) == NULL)
			c->s[c->n++] = (struct suppression){ EVERYWHERE,
				accord_when(a, at), accord_reason(a, at) };
	}
	return any;
}

bool
accord_apply(const struct accord *a, uint32_t at, struct consent **c)
{
	bool fresh;

	if (!accord_covers(a, at))
		return true;
	if (consent_of(c) == NULL)
		return false;
	accord_grant(a, at, *c);
	return !a->suppressed ||
	    consent_hold(c, EVERYWHERE, accord_reason(a, at),
		accord_when(a, at), &fresh);
}
