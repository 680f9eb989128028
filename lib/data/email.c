/* SPDX-License-Identifier: MIT */

/*
 * email.c - the syntax of an e-mail address.
 *
 * The usual address is found good 16 characters at a time, any other by one
 * walk over a table of character classes.
 * Only for a bad one is it found out what exactly is wrong, so that the
 * message can be precise and the usual case stays short.
 */

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) && !defined(KL_NO_SIMD)
#include <emmintrin.h>
#endif

#include "kl/email.h"
#include "kl/idn.h"
#include "kl/limits.h"

enum {
	ATEXT = 1, /* RFC 5322 atext: what a dot-atom is made of */
	LABEL = 2, /* letters and digits of a domain */
	DIGIT = 4,
	UTF8 = 8, /* bytes outside ASCII */
	HYPHEN = 16,
};

#define L ATEXT | LABEL
#define D ATEXT | LABEL | DIGIT
#define U UTF8

/* clang-format off */
static const unsigned char class[256] = {
	['0'] = D, ['1'] = D, ['2'] = D, ['3'] = D, ['4'] = D, ['5'] = D,
	['6'] = D, ['7'] = D, ['8'] = D, ['9'] = D,
	['A'] = L, ['B'] = L, ['C'] = L, ['D'] = L, ['E'] = L, ['F'] = L,
	['G'] = L, ['H'] = L, ['I'] = L, ['J'] = L, ['K'] = L, ['L'] = L,
	['M'] = L, ['N'] = L, ['O'] = L, ['P'] = L, ['Q'] = L, ['R'] = L,
	['S'] = L, ['T'] = L, ['U'] = L, ['V'] = L, ['W'] = L, ['X'] = L,
	['Y'] = L, ['Z'] = L,
	['a'] = L, ['b'] = L, ['c'] = L, ['d'] = L, ['e'] = L, ['f'] = L,
	['g'] = L, ['h'] = L, ['i'] = L, ['j'] = L, ['k'] = L, ['l'] = L,
	['m'] = L, ['n'] = L, ['o'] = L, ['p'] = L, ['q'] = L, ['r'] = L,
	['s'] = L, ['t'] = L, ['u'] = L, ['v'] = L, ['w'] = L, ['x'] = L,
	['y'] = L, ['z'] = L,
	['!'] = ATEXT, ['#'] = ATEXT, ['$'] = ATEXT, ['%'] = ATEXT,
	['&'] = ATEXT, ['\''] = ATEXT, ['*'] = ATEXT, ['+'] = ATEXT,
	['-'] = ATEXT | HYPHEN, ['/'] = ATEXT, ['='] = ATEXT, ['?'] = ATEXT,
	['^'] = ATEXT, ['_'] = ATEXT, ['`'] = ATEXT, ['{'] = ATEXT,
	['|'] = ATEXT, ['}'] = ATEXT, ['~'] = ATEXT,
	[0x80] =
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
	U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
};
/* clang-format on */

#undef L
#undef D
#undef U

/* The class of character i of the text. */
static unsigned
class_at(struct kl_span t, size_t i)
{
	return class[(unsigned char)t.s[i]];
}

/* The length of the local part if it is a dot-atom followed by "@", else 0.
 * set is ATEXT, or that and UTF8. */
static inline size_t
local_part(struct kl_span t, unsigned set)
{
	const unsigned char *s = (const unsigned char *)t.s, *end = s + t.n;
	const unsigned char *p = s, *from;

	for (;; p++) {
		for (from = p; p < end && (class[*p] & set) != 0; p++)
			;
		if (p == from || p == end ||
		    (size_t)(p - s) > KL_EMAIL_LOCAL_MAX)
			return 0;
		if (*p == '@')
			return (size_t)(p - s);
		if (*p != '.')
			return 0;
	}
}

/* True if what begins at i is a domain of two labels or more. */
static inline bool
is_domain(struct kl_span t, size_t i)
{
	const unsigned char *s = (const unsigned char *)t.s;
	const unsigned char *p = s + i, *end = s + t.n, *from, *first = p;

	for (;; p++) {
		for (from = p; p < end && (class[*p] & (LABEL | HYPHEN)) != 0;
		     p++)
			;
		if (p == from || p - from > KL_LABEL_MAX || *from == '-' ||
		    p[-1] == '-')
			return false;
		if (p == end)
			break;
		if (*p != '.')
			return false;
	}
	for (p = from; p < end && (class[*p] & DIGIT) != 0; p++)
		;
	return from > first && p < end;
}

#if defined(__SSE2__) && !defined(KL_NO_SIMD)

/* Where in an address of up to 64 bytes its characters of each kind are. */
struct marks {
	uint64_t word; /* letters and digits */
	uint64_t digit;
	uint64_t dot;
	uint64_t at;
	uint64_t hyphen;
	uint64_t other; /* _ and +, which a name may have and a domain not */
};

static inline uint64_t
bits(__m128i v)
{
	return (uint64_t)(unsigned)_mm_movemask_epi8(v);
}

/* The bytes of v from low to high. */
static inline __m128i
within(__m128i v, char low, char high)
{
	return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(low - 1))),
	    _mm_cmpgt_epi8(_mm_set1_epi8((char)(high + 1)), v));
}

static inline __m128i
equal(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* Mark the characters of a block of 16; the first skip bytes are known, the
 * next is the one at i of the address. */
static inline void
mark(struct marks *k, const char *s, unsigned skip, unsigned i)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
	__m128i digit = within(v, '0', '9');
	__m128i letter = within(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'z');

	k->digit |= bits(digit) >> skip << i;
	k->word |= bits(_mm_or_si128(digit, letter)) >> skip << i;
	k->dot |= bits(equal(v, '.')) >> skip << i;
	k->at |= bits(equal(v, '@')) >> skip << i;
	k->hyphen |= bits(equal(v, '-')) >> skip << i;
	k->other |= bits(_mm_or_si128(equal(v, '_'), equal(v, '+'))) >> skip
		<< i;
}

/*
 * True for a good address of 16 to 64 of the usual characters, as nearly all
 * are: judged from the marks alone, with no branch on any character.  False
 * says nothing.
 */
static bool
is_usual(struct kl_span t)
{
	struct marks k = { 0 };
	uint64_t all, end, domain, sep, hyphen, last;
	unsigned n = (unsigned)t.n, i;

	for (i = 0; i + 16 <= n; i += 16)
		mark(&k, t.s + i, 0, i);
	if (i < n)
		mark(&k, t.s + n - 16, i + 16 - n, i);
	end = (uint64_t)1 << (n - 1);
	all = end | (end - 1);
	if ((k.word | k.dot | k.at | k.hyphen | k.other) != all || k.at == 0 ||
	    (k.at & (k.at - 1)) != 0)
		return false;
	/* No dot or @ first, last or beside another. */
	sep = k.dot | k.at;
	if ((sep & (sep >> 1)) != 0 || (sep & (1 | end)) != 0)
		return false;
	/* Hyphens stand inside the labels of the domain. */
	domain = all & ~(k.at | (k.at - 1));
	hyphen = k.hyphen & domain;
	if ((k.other & domain) != 0 || (k.dot & domain) == 0 ||
	    (hyphen & (sep << 1 | sep >> 1 | end)) != 0)
		return false;
	/* The last label is not all digits. */
	last = UINT64_MAX << (63 - __builtin_clzll(k.dot)) << 1;
	return (all & last & ~k.digit) != 0;
}

#define USUAL_MIN 16
#define USUAL_MAX 64

#else
#define is_usual(t) false
#define USUAL_MIN 1
#define USUAL_MAX 0
#endif

/* Say what is wrong; hint may be NULL. */
static enum kl_rc
bad(struct kl_err *err, const char *field, const char *code, const char *hint)
{
	kl_err_code(err, code);
	kl_err_field(err, field, strlen(field));
	if (hint != NULL)
		kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

/* The characters of UTF-8 text. */
static size_t
characters(struct kl_span t)
{
	size_t i, n = 0;

	for (i = 0; i < t.n; i++)
		n += ((unsigned char)t.s[i] & 0xC0) != 0x80;
	return n;
}

/* True if a character that is not seen begins at i: a blank, a control or a
 * mark of direction, outside ASCII.  They come with text that was pasted. */
static bool
is_blank(struct kl_span t, size_t i)
{
	const unsigned char *c = (const unsigned char *)t.s + i;
	unsigned u;

	if (i + 1 < t.n && c[0] == 0xC2)
		return c[1] <= 0xA0 || c[1] == 0xAD;
	if (i + 2 >= t.n || (c[0] & 0xF0) != 0xE0)
		return false;
	u = (c[0] & 0xFU) << 12 | (c[1] & 0x3FU) << 6 | (c[2] & 0x3FU);
	return (u >= 0x2000 && u <= 0x200F) || (u >= 0x2028 && u <= 0x202F) ||
	    (u >= 0x205F && u <= 0x206F) || u == 0x3000 || u == 0xFEFF;
}

static bool
has_blank(struct kl_span t)
{
	size_t i;

	for (i = 0; i < t.n; i++)
		if (is_blank(t, i))
			return true;
	return false;
}

/* A character outside ASCII at i, before the @. */
static enum kl_rc
explain_utf8(struct kl_span t, size_t i, const char *field, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "%s has a character outside ASCII (byte %zu of %zu)", field, i + 1,
	    t.n);
	return bad(err, field, "email_non_ascii",
	    "correct it; if the mailbox is really called so, "
	    "--allow-utf8 passes it");
}

/* What is wrong with the address as a whole; KL_OK if that is not it. */
static enum kl_rc
explain_whole(struct kl_span t, unsigned set, const char *field,
    struct kl_err *err)
{
	const char *at = t.n == 0 ? NULL : memchr(t.s, '@', t.n);
	size_t i, n = characters(t);

	if (t.n == 0) {
		(void)kl_err_set(err, KL_EDATA, "%s is empty", field);
		return bad(err, field, "email_empty",
		    "leave the member out, or set it to null");
	}
	for (i = 0; i < t.n; i++) {
		unsigned char c = (unsigned char)t.s[i];

		if (c >= 0x80 && (set & UTF8) == 0 && !is_blank(t, i) &&
		    (at == NULL || i < (size_t)(at - t.s)))
			return explain_utf8(t, i, field, err);
		if (c <= ' ' || c == 0x7F || is_blank(t, i)) {
			(void)kl_err_set(err, KL_EDATA,
			    "%s has %s (byte %zu of %zu)", field,
			    c < 0x80 ? "white space or a control character"
				     : "a blank or a mark that is not seen",
			    i + 1, t.n);
			return bad(err, field, "email_space",
			    "take it out; the convert function trim of kl-map "
			    "does at the ends");
		}
	}
	if (n > KL_EMAIL_MAX) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has %zu characters; the service takes %d", field, n,
		    KL_EMAIL_MAX);
		return bad(err, field, "email_too_long",
		    "use an address of at most 100 characters");
	}
	return KL_OK;
}

/* What is wrong with the n characters before the @. */
static enum kl_rc
explain_local(struct kl_span t, size_t n, unsigned set, const char *field,
    struct kl_err *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (t.s[i] != '.' && (class_at(t, i) & set) == 0)
			break;
	if (n == 0)
		(void)kl_err_set(err, KL_EDATA, "%s has nothing before the @",
		    field);
	else if (n > KL_EMAIL_LOCAL_MAX)
		(void)kl_err_set(err, KL_EDATA,
		    "%s has %zu bytes before the @; RFC 5321 allows %d", field,
		    n, KL_EMAIL_LOCAL_MAX);
	else if (i < n)
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a character before the @ that is not allowed "
		    "there (character %zu)",
		    field, i + 1);
	else
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a dot that begins or ends the part before the @, "
		    "or two in a row",
		    field);
	return bad(err, field, "email_local", "correct the address");
}

/* What is wrong with one label of the domain, characters from to end - 1;
 * last says that the domain ends with it. */
static enum kl_rc
explain_label(struct kl_span t, size_t from, size_t end, const char *field,
    struct kl_err *err)
{
	const char *hint = "correct the domain";
	size_t i;

	for (i = from; i < end; i++)
		if (t.s[i] != '-' && (class_at(t, i) & LABEL) == 0)
			break;
	if (from == end) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with an empty part (character %zu)", field,
		    from + 1);
		hint = "a domain has no dot first or last, nor two in a row";
	} else if (i < end) {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with a character that is not allowed "
		    "(character %zu)",
		    field, i + 1);
		hint = "a domain has letters, digits, hyphens and dots";
	} else if (end - from > KL_LABEL_MAX)
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with a part of %zu characters; DNS "
		    "allows %d",
		    field, end - from, KL_LABEL_MAX);
	else if (t.s[from] == '-' || t.s[end - 1] == '-')
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain with a hyphen that begins or ends a part",
		    field);
	else
		return KL_OK;
	return bad(err, field, "email_domain", hint);
}

/* True if a domain outside ASCII begins at from. */
static bool
is_foreign(struct kl_span t, size_t from)
{
	for (; from < t.n; from++)
		if ((unsigned char)t.s[from] >= 0x80)
			return true;
	return false;
}

/* A domain outside ASCII: good if its xn-- form is. */
static enum kl_rc
check_foreign(struct kl_span t, size_t from, struct kl_err *err)
{
	char ascii[KL_DOMAIN_MAX + 1];
	struct kl_span domain = { t.s + from, t.n - from };
	size_t n;
	enum kl_rc rc;

	if ((rc = kl_idn_ascii(domain, ascii, &n, err)) != KL_OK)
		return rc;
	if (is_domain((struct kl_span){ ascii, n }, 0))
		return KL_OK;
	return kl_err_set(err, KL_EDATA, "has no dot, or ends in a number");
}

/* Say what is wrong with one. */
static enum kl_rc
explain_foreign(struct kl_span t, size_t from, const char *field,
    struct kl_err *err)
{
	struct kl_err why = { 0 };

	if (check_foreign(t, from, &why) == KL_ENOMEM)
		return kl_err_nomem(err);
	(void)kl_err_set(err, KL_EDATA, "%s has a domain that %s", field,
	    why.msg);
	return bad(err, field, "email_domain",
	    "correct the domain, or write it in its xn-- form");
}

/* What is wrong with the domain that begins at from. */
static enum kl_rc
explain_domain(struct kl_span t, size_t from, const char *field,
    struct kl_err *err)
{
	size_t i, start = from;

	if (from == t.n) {
		(void)kl_err_set(err, KL_EDATA, "%s has nothing after the @",
		    field);
		return bad(err, field, "email_domain", "add the domain");
	}
	for (i = from; i <= t.n; i++)
		if (i == t.n || t.s[i] == '.') {
			if (explain_label(t, start, i, field, err) != KL_OK)
				return KL_EDATA;
			start = i + 1;
		}
	if (memchr(t.s + from, '.', t.n - from) == NULL)
		(void)kl_err_set(err, KL_EDATA, "%s has a domain without a dot",
		    field);
	else
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a domain that ends in a number", field);
	return bad(err, field, "email_domain",
	    "write the whole domain, as in name@shop.example");
}

/* What is wrong with an address that was found wrong. */
static enum kl_rc
explain(struct kl_span t, unsigned set, const char *field, struct kl_err *err)
{
	const char *at;
	size_t n;

	if (explain_whole(t, set, field, err) != KL_OK)
		return KL_EDATA;
	if (t.s[0] == '"') {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has a quoted part before the @", field);
		return bad(err, field, "email_quoted",
		    "hardly any service takes this form; use a plain address");
	}
	if ((at = memchr(t.s, '@', t.n)) == NULL) {
		(void)kl_err_set(err, KL_EDATA, "%s has no @", field);
		return bad(err, field, "email_invalid",
		    "an address looks like name@shop.example");
	}
	n = (size_t)(at - t.s);
	if (memchr(at + 1, '@', t.n - n - 1) != NULL) {
		(void)kl_err_set(err, KL_EDATA, "%s has more than one @",
		    field);
		return bad(err, field, "email_invalid",
		    "put one address into one record");
	}
	if (local_part(t, set) == 0)
		return explain_local(t, n, set, field, err);
	if (n + 1 < t.n && t.s[n + 1] == '[') {
		(void)kl_err_set(err, KL_EDATA,
		    "%s has an address literal for a domain", field);
		return bad(err, field, "email_literal",
		    "write the name of the domain");
	}
	if (is_foreign(t, n + 1))
		return explain_foreign(t, n + 1, field, err);
	return explain_domain(t, n + 1, field, err);
}

/* The rarer good addresses: characters outside ASCII in the domain, or, where
 * they are admitted, before it. */
static bool
is_rare(struct kl_span t, unsigned set)
{
	size_t local;

	if (characters(t) > KL_EMAIL_MAX || has_blank(t) ||
	    (local = local_part(t, set)) == 0)
		return false;
	return is_foreign(t, local + 1)
	    ? check_foreign(t, local + 1, NULL) == KL_OK
	    : is_domain(t, local + 1);
}

enum kl_rc
kl_email_check(struct kl_span text, bool utf8, const char *field,
    struct kl_err *err)
{
	unsigned set = utf8 ? ATEXT | UTF8 : ATEXT;
	size_t local;

	if (text.n >= USUAL_MIN && text.n <= USUAL_MAX && is_usual(text))
		return KL_OK;
	if (text.n <= KL_EMAIL_MAX && (local = local_part(text, ATEXT)) > 0 &&
	    is_domain(text, local + 1))
		return KL_OK;
	if (is_foreign(text, 0) && is_rare(text, set))
		return KL_OK;
	return explain(text, set, field, err);
}

/* The top bit of each of eight bytes that is an ASCII capital. */
static inline uint64_t
capitals(uint64_t w)
{
	const uint64_t each = UINT64_MAX / 0xff, low = w & each * 0x7f;

	return (low + each * (0x80 - 'A')) & ~(low + each * (0x7f - 'Z')) & ~w &
	    each * 0x80;
}

bool
kl_email_folded(const char *s, size_t n)
{
	uint64_t w, any = 0;
	size_t i;

	for (i = 0; n - i >= 8; i += 8) {
		memcpy(&w, s + i, 8);
		any |= capitals(w);
	}
	for (; i < n; i++)
		any |= s[i] >= 'A' && s[i] <= 'Z';
	return any == 0;
}

void
kl_email_fold(char *to, const char *s, size_t n)
{
	uint64_t w;
	size_t i;

	for (i = 0; n - i >= 8; i += 8) {
		memcpy(&w, s + i, 8);
		w |= capitals(w) >> 2;
		memcpy(to + i, &w, 8);
	}
	for (; i < n; i++)
		to[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
}
