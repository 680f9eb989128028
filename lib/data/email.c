/* SPDX-License-Identifier: MIT */

/*
 * email.c - the syntax of an e-mail address.
 *
 * The usual address is found good 16 characters at a time, any other by one
 * walk over a table of character classes.
 * What exactly is wrong with a bad one is found out elsewhere
 * (email-explain.c), so that the usual case stays short.
 */

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) && !defined(KL_NO_SIMD)
#include <emmintrin.h>
#endif

#include "kl/email.h"
#include "kl/idn.h"
#include "kl/limits.h"

#include "email-priv.h"
#include "words.h"

#define L ATEXT | LABEL
#define D ATEXT | LABEL | DIGIT
#define U UTF8

/* clang-format off */
const unsigned char kl_email_class[256] = {
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

size_t
kl_email_local(struct kl_span t, unsigned set)
{
	const unsigned char *s = (const unsigned char *)t.s, *end = s + t.n;
	const unsigned char *p = s, *from;

	for (;; p++) {
		for (from = p; p < end && (kl_email_class[*p] & set) != 0; p++)
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
		for (from = p;
		     p < end && (kl_email_class[*p] & (LABEL | HYPHEN)) != 0;
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
	for (p = from; p < end && (kl_email_class[*p] & DIGIT) != 0; p++)
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

size_t
kl_email_characters(struct kl_span t)
{
	size_t i, n = 0;

	for (i = 0; i < t.n; i++)
		n += ((unsigned char)t.s[i] & 0xC0) != 0x80;
	return n;
}

bool
kl_email_blank(struct kl_span t, size_t i)
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
		if (kl_email_blank(t, i))
			return true;
	return false;
}

bool
kl_email_foreign(struct kl_span t, size_t from)
{
	unsigned char any = 0;
	uint64_t words = 0;

	for (; t.n - from >= sizeof(words); from += sizeof(words))
		words |= load8(t.s + from);
	for (; from < t.n; from++)
		any |= (unsigned char)t.s[from];
	return (words & 0x8080808080808080U) != 0 || any >= 0x80;
}

enum kl_rc
kl_email_foreign_check(struct kl_span t, size_t from, struct kl_err *err)
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

/* The rarer good addresses: characters outside ASCII in the domain, or, where
 * they are admitted, before it. */
static bool
is_rare(struct kl_span t, unsigned set)
{
	size_t local;

	if (kl_email_characters(t) > KL_EMAIL_MAX || has_blank(t) ||
	    (local = kl_email_local(t, set)) == 0)
		return false;
	return kl_email_foreign(t, local + 1)
	    ? kl_email_foreign_check(t, local + 1, NULL) == KL_OK
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
	if (text.n <= KL_EMAIL_MAX &&
	    (local = kl_email_local(text, ATEXT)) > 0 &&
	    is_domain(text, local + 1))
		return KL_OK;
	if (kl_email_foreign(text, 0) && is_rare(text, set))
		return KL_OK;
	/* Memory may be short where a domain is made ASCII. */
	if (err == NULL && !kl_email_foreign(text, 0))
		return KL_EDATA;
	return kl_email_explain(text, set, field, err);
}
