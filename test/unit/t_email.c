/* SPDX-License-Identifier: MIT */

#include <stdlib.h>

#include "kl/domain.h"
#include "kl/email.h"
#include "kl/limits.h"

#include "in_quotes.h"
#include "ok.h"

static unsigned long differ, known; /* see is_good() */

/* NULL: good. */
static const struct {
	const char *text;
	const char *code;
} cases[] = {
	{ "a@b.co", NULL },
	{ "mira.novak@shop.example", NULL },
	{ "MIRA@SHOP.EXAMPLE", NULL },
	{ "mira+news@shop.example", NULL },
	{ "o'neil@shop.example", NULL },
	{ "!#$%&'*+-/=?^_`{|}~@shop.example", NULL },
	{ "_@shop.example", NULL },
	{ "-@shop.example", NULL },
	{ "1@2.co", NULL },
	{ "a.b.c.d@e.f.g.h.co", NULL },
	{ "a@xn--bcher-kva.example", NULL },
	{ "a@b-c.co", NULL },
	{ "a@b--c.co", NULL },
	{ "a@1.2.3.co", NULL },
	{ "a@b.c0", NULL },
	{ "a@b.c-0", NULL },
	{ "a@b.0-0", NULL },

	{ "", "email_empty" },

	{ " a@b.co", "email_space" },
	{ "a@b.co ", "email_space" },
	{ "a b@c.co", "email_space" },
	{ "a@b .co", "email_space" },
	{ "a@b.co\n", "email_space" },
	{ "\ta@b.co", "email_space" },
	{ "a@b.co\r", "email_space" },
	{ "a\x01@b.co", "email_space" },
	{ "a\x7f@b.co", "email_space" },

	{ "m\xc3\xbcller@shop.example", "email_non_ascii" },
	{ "a@b\xc3\xbc"
	  "cher.example",
	    NULL },
	{ "a@B\xc3\x9c"
	  "CHER.example",
	    NULL },
	{ "a@\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83"
	  "\x88",
	    NULL },
	{ "a@b\xc3\xbc", "email_domain" },
	{ "a@b\xc3\xbc.1", "email_domain" },
	{ "a@b\xc3\xbc..co", "email_domain" },
	{ "a@-b\xc3\xbc.co", "email_domain" },
	{ "a@b_b\xc3\xbc.co", "email_domain" },
	{ "a@\xe2\x98\x83.co", "email_domain" }, /* a snowman */
	{ "a@b\xc2\xad.co", "email_space" },
	{ "a@b\xe3\x80\x82\xc3\xbc.co", "email_domain" }, /* wide dot */
	{ "a@b.co\xc2\xa0", "email_space" },
	{ "\xe2\x80\x8b"
	  "a@b.co",
	    "email_space" },

	{ "\"a b\"@c.co", "email_space" },
	{ "\"ab\"@c.co", "email_quoted" },
	{ "\"a@b\"@c.co", "email_quoted" },
	{ "\"\"@c.co", "email_quoted" },

	{ "a", "email_invalid" },
	{ "a.b.co", "email_invalid" },
	{ "a@b@c.co", "email_invalid" },
	{ "a@@b.co", "email_invalid" },
	{ "@@", "email_invalid" },
	{ "a@b.co,c@d.co", "email_invalid" },
	{ "a@b.co;c@d.co", "email_invalid" },

	{ "@b.co", "email_local" },
	{ "@", "email_local" },
	{ ".a@b.co", "email_local" },
	{ "a.@b.co", "email_local" },
	{ "a..b@c.co", "email_local" },
	{ ".@b.co", "email_local" },
	{ "a(b@c.co", "email_local" },
	{ "a)b@c.co", "email_local" },
	{ "a<b@c.co", "email_local" },
	{ "<a@b.co>", "email_local" },
	{ "a,b@c.co", "email_local" },
	{ "a:b@c.co", "email_local" },
	{ "a;b@c.co", "email_local" },
	{ "a\\b@c.co", "email_local" },
	{ "a[b@c.co", "email_local" },
	{ "a]b@c.co", "email_local" },
	{ "a\"b@c.co", "email_local" },

	{ "a@", "email_domain" },
	{ "a@b", "email_domain" },
	{ "a@localhost", "email_domain" },
	{ "a@.", "email_domain" },
	{ "a@.co", "email_domain" },
	{ "a@b.", "email_domain" },
	{ "a@b.co.", "email_domain" },
	{ "a@b..co", "email_domain" },
	{ "a@-b.co", "email_domain" },
	{ "a@b-.co", "email_domain" },
	{ "a@b.-co", "email_domain" },
	{ "a@b.co-", "email_domain" },
	{ "a@-.co", "email_domain" },
	{ "a@b_c.co", "email_domain" },
	{ "a@b!c.co", "email_domain" },
	{ "a@b.co>", "email_domain" },
	{ "a@b.co,", "email_domain" },
	{ "a@b/c.co", "email_domain" },
	{ "a@b.1", "email_domain" },
	{ "a@192.0.2.1", "email_domain" },

	{ "a@[192.0.2.1]", "email_literal" },
	{ "a@[IPv6:2001:db8::1]", "email_literal" },
	{ "a@[", "email_literal" },
};

static void
table(void)
{
	struct kl_err err;
	size_t i;
	enum kl_rc rc;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		err = (struct kl_err){ 0 };
		rc = kl_email_check(KL_SPAN(cases[i].text), false, "email",
		    &err);
		if (cases[i].code == NULL)
			ok(rc == KL_OK && err.msg[0] == '\0', cases[i].text);
		else {
			ok(rc == KL_EDATA && strcmp(err.field, "email") == 0 &&
				strncmp(err.msg, "email ", 6) == 0 &&
				err.hint[0] != '\0',
			    "a bad address is described in full");
			is(err.code, cases[i].code, cases[i].text);
		}
	}
}

/* A local part of n characters at a short domain. */
static const char *
with_local(size_t n)
{
	static char s[256];

	memset(s, 'x', n);
	memcpy(s + n, "@b.co", 6);
	return s;
}

/* A label of n characters. */
static const char *
with_label(size_t n)
{
	static char s[256];

	memcpy(s, "a@", 2);
	memset(s + 2, 'x', n);
	memcpy(s + 2 + n, ".co", 4);
	return s;
}

/* n characters in all, no other limit near. */
static const char *
with_total(size_t n)
{
	static char s[256];
	size_t i;

	memcpy(s, "abcdefghij@", 11);
	for (i = 11; i < n; i++)
		s[i] = i % 10 == 0 && i + 1 < n ? '.' : 'x';
	s[n] = '\0';
	return s;
}

/* The code the check gives, "" for a good one. */
static const char *
code(const char *text)
{
	static struct kl_err err;

	err = (struct kl_err){ 0 };
	(void)kl_email_check(KL_SPAN(text), false, "email", &err);
	return err.code;
}

static const char *
message(const char *text)
{
	static struct kl_err err;

	err = (struct kl_err){ 0 };
	(void)kl_email_check(KL_SPAN(text), false, "email", &err);
	return err.msg;
}

static void
limits(void)
{
	is(code(with_local(63)), "", "63 characters before the @");
	is(code(with_local(64)), "", "64 characters before the @");
	is(code(with_local(65)), "email_local", "65 characters before the @");
	is(message(with_local(65)),
	    "email has 65 bytes before the @; RFC 5321 allows 64",
	    "the message says how many, and the limit");
	is(code(with_label(62)), "", "a label of 62 characters");
	is(code(with_label(63)), "", "a label of 63 characters");
	is(code(with_label(64)), "email_domain", "a label of 64 characters");
	is(code(with_total(99)), "", "99 characters in all");
	is(code(with_total(100)), "", "100 characters in all");
	is(code(with_total(101)), "email_too_long", "101 characters in all");
	is(message(with_total(101)),
	    "email has 101 characters; the service takes 100",
	    "the message says how many, and the limit");
	is(code(with_total(255)), "email_too_long", "255 characters in all");
}

/* True if the address is good; in a stream, among those that came before, it
 * has to be so as well, and what is said of its domain must be that. */
static bool
is_good(struct kl_span t)
{
	static struct kl_domains domains;
	const struct kl_domain *quick = in_quotes(&domains, t);
	const struct kl_domain *domain = NULL;
	bool alone = kl_email_check(t, false, "email", NULL) == KL_OK;
	bool next = kl_email_check_next(&domains, t, false, "email", &domain,
			NULL) == KL_OK;
	size_t n = kl_email_domain(t).n;

	if (alone != next || (alone && (domain == NULL || domain->n != n)) ||
	    (quick != NULL && (!alone || quick->n != n)))
		differ++;
	known += quick != NULL;
	return alone;
}

/* Every single byte in the place of one of a good address. */
static void
bytes(void)
{
	static const char atext[] = "!#$%&'*+-/=?^_`{|}~0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz";
	char s[] = "aXb@cXd.co";
	struct kl_span t = { s, sizeof(s) - 1 };
	int c, wrong = 0;
	bool in_local, in_domain;

	for (c = 0; c < 256; c++) {
		in_local = c == '.' || (c != 0 && strchr(atext, c) != NULL);
		in_domain = c == '.' || c == '-' || (c >= '0' && c <= '9') ||
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		s[1] = (char)c;
		s[5] = 'x';
		wrong += is_good(t) != in_local;
		s[1] = 'x';
		s[5] = (char)c;
		wrong += is_good(t) != in_domain;
	}
	ok(wrong == 0, "each of 256 bytes is allowed where the RFC allows it");
}

/* No text of up to six of these characters is refused without a reason, and
 * the verdict is that of a slow, plain reading of the grammar. */
static bool
plain(const char *s, size_t n)
{
	const char *at = memchr(s, '@', n);
	size_t i, local, dots = 0;

	if (at == NULL || at == s)
		return false;
	local = (size_t)(at - s);
	for (i = 0; i < n; i++) {
		if (s[i] == '.' &&
		    (i == 0 || i + 1 == n || s[i - 1] == '.' ||
			s[i - 1] == '@' || s[i + 1] == '@'))
			return false;
		if (i > local && s[i] == '@')
			return false;
		if (i > local && s[i] == '.')
			dots++;
		if (i > local && s[i] == '-' &&
		    (i == local + 1 || i + 1 == n || s[i - 1] == '.' ||
			s[i + 1] == '.'))
			return false;
	}
	for (i = n; i > 0 && s[i - 1] == '7'; i--)
		;
	return dots > 0 && s[i - 1] != '.';
}

static void
all_short(void)
{
	static const char set[] = "a7.-@";
	struct kl_err err;
	char s[8];
	unsigned long v, k, wrong = 0, silent = 0, many = 1;
	size_t n, i;

	for (n = 1; n <= 8; n++) {
		many *= 5;
		for (v = 0; v < many; v++) {
			for (k = v, i = 0; i < n; i++, k /= 5)
				s[i] = set[k % 5];
			err.msg[0] = '\0';
			if ((kl_email_check((struct kl_span){ s, n }, false,
				 "email", &err) == KL_OK) != plain(s, n))
				wrong++;
			(void)is_good((struct kl_span){ s, n });
			if (!plain(s, n) && err.msg[0] == '\0')
				silent++;
		}
	}
	ok(wrong == 0, "every text of up to 8 of a 7 . - @ is judged right");
	ok(silent == 0, "and none is refused without a reason");
}

/* Every text of four of these characters at every place of addresses of 16 to
 * 66, which are looked at 16 bytes at a time. */
static void
all_long(void)
{
	static const char set[] = "a7.-@";
	char frame[80], s[80];
	size_t n, at, i, k, v;
	unsigned long wrong = 0;

	for (n = 15; n <= 66; n++) {
		memset(frame, 'a', n);
		frame[n / 3] = '@';
		frame[n / 3 + 5] = '.';
		for (at = 0; at + 4 <= n; at++)
			for (v = 0; v < 625; v++) {
				memcpy(s, frame, n);
				for (k = v, i = 0; i < 4; i++, k /= 5)
					s[at + i] = set[k % 5];
				wrong += is_good((struct kl_span){ s, n }) !=
				    plain(s, n);
			}
	}
	ok(wrong == 0, "every four of a 7 . - @ in long addresses, too");
}

/* Each byte at each place of a long address is taken where the table has it:
 * compared with an address that is too short for the other way. */
static void
bytes_long(void)
{
	char s[] = "abcdefgh.ijklmnop@qrstuvw.xyz.example",
	     small[] = "aXb@cXd.co";
	struct kl_span t = { s, sizeof(s) - 1 }, u = { small, 10 };
	size_t i;
	int c, wrong = 0;
	bool in_local, in_domain;

	for (c = 0; c < 256; c++) {
		if (c == '@' || c == '.' || c == '-')
			continue;
		small[1] = (char)c;
		small[5] = 'x';
		in_local = is_good(u);
		small[1] = 'x';
		small[5] = (char)c;
		in_domain = is_good(u);
		for (i = 0; i < t.n; i++) {
			char was = s[i];

			if (was == '@' || was == '.')
				continue;
			wrong += !is_good(t); /* its domain is remembered */
			s[i] = (char)c;
			wrong += is_good(t) != (i < 17 ? in_local : in_domain);
			s[i] = was;
		}
	}
	ok(wrong == 0, "each of 256 bytes at each place of a long address");
}

/* With characters outside ASCII before the @. */
static const struct {
	const char *text;
	const char *code;
} wide[] = {
	{ "a@b.co", NULL },
	{ "stanis\xc5\x82"
	  "aw.w\xc3\xb3jcik@b.co",
	    NULL },
	{ "\xe7\x94\xa8\xe6\x88\xb7@b.co", NULL },
	{ "\xf0\x9f\x98\x80@b.co", NULL },
	{ "\xe2\x82\xac.\xe2\x82\xac@b.co", NULL },
	{ "\xc3\xbc", "email_invalid" },
	{ "\xc3\xbc..a@b.co", "email_local" },
	{ "\xc3\xbc(a@b.co", "email_local" },
	{ "a@b\xc3\xbc"
	  "cher.example",
	    NULL },
	{ "\xc3\xbc@b\xc3\xbc"
	  "cher.example",
	    NULL },
	{ "\xc3\xbc@b", "email_domain" },
	{ "a\xc2\x80@b.co", "email_space" }, /* C1 control */
	{ "a\xc2\xa0@b.co", "email_space" }, /* no-break space */
	{ "a\xc2\xad@b.co", "email_space" }, /* soft hyphen */
	{ "a\xc2\xa1@b.co", NULL },
	{ "\xe2\x80\x8b"
	  "a@b.co",
	    "email_space" }, /* zero width space */
	{ "\xe2\x80\xae"
	  "a@b.co",
	    "email_space" }, /* right to left */
	{ "\xe2\x81\xa0"
	  "a@b.co",
	    "email_space" }, /* word joiner */
	{ "\xe3\x80\x80"
	  "a@b.co",
	    "email_space" }, /* wide space */
	{ "\xef\xbb\xbf"
	  "a@b.co",
	    "email_space" }, /* byte order mark */
	{ "\xe2\x80\x90"
	  "a@b.co",
	    NULL }, /* a hyphen, seen */
	{ "\xe1\xbf\xbe@b.co", NULL },
};

static void
utf8(void)
{
	struct kl_err err;
	char s[256];
	size_t i, n;

	for (i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		err = (struct kl_err){ 0 };
		(void)kl_email_check(KL_SPAN(wide[i].text), true, "email",
		    &err);
		is(err.code, wide[i].code == NULL ? "" : wide[i].code,
		    wide[i].text);
	}
	/* 32 letters of two bytes are 64 bytes; 100 characters in all. */
	for (n = 0; n < 64; n += 2)
		memcpy(s + n, "\xc3\xbc", 2);
	memcpy(s + 64, "@b.co", 6);
	ok(kl_email_check(KL_SPAN(s), true, "email", NULL) == KL_OK,
	    "64 bytes before the @");
	memmove(s + 1, s, 70);
	s[0] = 'a';
	ok(kl_email_check(KL_SPAN(s), true, "email", NULL) == KL_EDATA,
	    "65 bytes before the @");
	for (n = 99; n <= 101; n++) {
		memcpy(s, "\xc3\xbc@", 3);
		for (i = 3; i <= n; i++)
			s[i] = i % 10 == 0 && i < n ? '.' : 'x';
		s[n + 1] = '\0';
		ok((kl_email_check(KL_SPAN(s), true, "email", NULL) == KL_OK) ==
			(n <= 100),
		    "99, 100 and 101 characters");
	}
}

static void
folding(void)
{
	char s[] = "AZ.az@[`{SHOP}\xc3\x89", to[11];
	bool good = true;
	int c, want;
	size_t at;

	kl_email_fold(s, s, strlen(s));
	is(s, "az.az@[`{shop}\xc3\x89", "only A to Z are folded");
	for (c = 0; c < 256; c++)
		for (at = 0; at < 11; at++) {
			memset(s, '.', 11);
			s[at] = (char)c;
			kl_email_fold(to, s, 11);
			want = c >= 'A' && c <= 'Z' ? c + 32 : c;
			good = good && (unsigned char)to[at] == want &&
			    kl_email_folded(s, 11) == (want == c) &&
			    kl_email_folded(to, 11);
			to[at] = '.';
			good = good && memcmp(to, "...........", 11) == 0;
		}
	ok(good, "... wherever they stand, and it is known if there are none");
}

int
main(void)
{
	table();
	limits();
	bytes();
	all_short();
	all_long();
	bytes_long();
	ok(differ == 0, "in a stream of addresses the answer is the same");
	ok(known > 1000, "and many are known there by their domain");
	utf8();
	folding();
	is(message("a b@c.co"),
	    "email has white space or a control character (byte 2 of 8)",
	    "the place of a blank is named");
	is(message("a\xe2\x80\x8b@c.co"),
	    "email has a blank or a mark that is not seen (byte 2 of 9)",
	    "a mark that is not seen is no letter outside ASCII");
	is(message("j\xc3\xbcrg@b.co"),
	    "email has a character outside ASCII (byte 2 of 10)",
	    "the place of a character outside ASCII is named");
	is(message("a,b@c.co"),
	    "email has a character before the @ that is not allowed there "
	    "(character 2)",
	    "the place of a wrong character is named");
	is(message("a@b_c.co"),
	    "email has a domain with a character that is not allowed "
	    "(character 4)",
	    "the place of a wrong character in the domain is named");
	is(message("a@b.co."),
	    "email has a domain with an empty part (character 8)",
	    "the place of an empty label is named");
	return done();
}
