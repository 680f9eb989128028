/* SPDX-License-Identifier: MIT */

/*
 * email-next.c - the addresses of a stream.
 *
 * Most of them have a domain that others had before.  Then only what is before
 * the @ is looked at, all of it at once.
 */

#include <string.h>
#if defined(__SSE2__) && !defined(KL_NO_SIMD)
#include <emmintrin.h>
#endif

#include "kl/email.h"
#include "kl/limits.h"

#include "domain-seen.h"
#include "email-priv.h"

#if defined(__SSE2__) && !defined(KL_NO_SIMD)

#define BLOCK 16

/* Which characters of an address are what: a bit each. */
struct marks {
	uint32_t usual; /* good before the @, wherever they stand; dots */
	uint32_t dot;
	uint32_t at;
};

static inline uint32_t
bits(__m128i v)
{
	return (uint32_t)_mm_movemask_epi8(v);
}

static inline __m128i
equal(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* The bytes of v from low to high, which are ASCII. */
static inline __m128i
within(__m128i v, char low, char high)
{
	return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(low - 1))),
	    _mm_cmpgt_epi8(_mm_set1_epi8((char)(high + 1)), v));
}

/* The marks of a block: all of atext but for ! # $ % & ' = and ?, which are
 * rare. */
static inline struct marks
marks_of(const char *s)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
	__m128i low = _mm_andnot_si128(equal(v, ','), within(v, '*', '9'));
	__m128i high = _mm_or_si128(within(v, 'A', 'Z'), within(v, '^', '~'));

	return (struct marks){ bits(_mm_or_si128(low, high)),
		bits(equal(v, '.')), bits(equal(v, '@')) };
}

/* The length of the local part, if it is one of up to 31 usual characters;
 * else 0, which says nothing. */
static inline size_t
usual_local(struct kl_span t)
{
	struct marks k, more;
	uint32_t below;

	if (t.n < BLOCK)
		return 0;
	k = marks_of(t.s);
	if (k.at == 0 && t.n >= 2 * BLOCK) {
		more = marks_of(t.s + BLOCK);
		k.usual |= more.usual << BLOCK;
		k.dot |= more.dot << BLOCK;
		k.at = more.at << BLOCK;
	}
	k.at &= -k.at;
	if (k.at == 0)
		return 0;
	/* No dot first, last or behind another. */
	below = k.at - 1;
	if ((k.dot & (k.dot << 1 | k.at >> 1 | 1) & below) != 0 ||
	    (k.usual & below) != below)
		return 0;
	return (size_t)__builtin_ctz(k.at);
}

#else

/* As above, byte by byte. */
static inline size_t
usual_local(struct kl_span t)
{
	return kl_email_local(t, ATEXT);
}

#endif

/* A local part and a domain as long as those that are remembered are less than
 * the service takes. */
_Static_assert(KL_EMAIL_LOCAL_MAX + 1 + DOMAIN_MAX <= KL_EMAIL_MAX,
    "what is good in both parts is so as a whole");

const struct kl_domain *
kl_email_known(const struct kl_domains *domains, struct kl_span text)
{
	size_t local = usual_local(text);

	if (local == 0)
		return NULL;
	return domain_seen(domains,
	    (struct kl_span){ text.s + local + 1, text.n - local - 1 });
}

enum kl_rc
kl_email_check_next(struct kl_domains *domains, struct kl_span text, bool utf8,
    const char *field, const struct kl_domain **domain, struct kl_err *err)
{
	enum kl_rc rc;

	if ((*domain = kl_email_known(domains, text)) != NULL)
		return KL_OK;
	rc = kl_email_check(text, utf8, field, err);
	if (rc == KL_OK)
		*domain = kl_domain_see(domains, kl_email_domain(text));
	return rc;
}
