/* SPDX-License-Identifier: MIT */
#ifndef EMAIL_KNOWN_H
#define EMAIL_KNOWN_H

/*
 * email-known.h - addresses whose domain others had before.
 *
 * Then only what is before the @ is looked at, all of it at once.
 */

#include <stdint.h>
#if defined(__SSE2__) && !defined(KL_NO_SIMD)
#include <emmintrin.h>
#endif

#include "kl/email.h"
#include "kl/limits.h"

#include "domain-seen.h"
#include "email-priv.h"

/* A local part and a domain as long as those that are remembered are less than
 * the service takes. */
_Static_assert(KL_EMAIL_LOCAL_MAX + 1 + DOMAIN_MAX <= KL_EMAIL_MAX,
    "what is good in both parts is so as a whole");

#if defined(__SSE2__) && !defined(KL_NO_SIMD)

/* Which characters of an address are what: a bit each. */
struct email_marks {
	uint32_t usual; /* good before the @, wherever they stand; dots */
	uint32_t dot;
	uint32_t at;
};

static inline uint32_t
email_bits(__m128i v)
{
	return (uint32_t)_mm_movemask_epi8(v);
}

static inline __m128i
email_equal(__m128i v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* The bytes of v from low to high: moved up, they are the largest. */
static inline __m128i
email_within(__m128i v, char low, char high)
{
	return _mm_cmpgt_epi8(
	    _mm_add_epi8(v, _mm_set1_epi8((char)(127 - high))),
	    _mm_set1_epi8((char)(127 - high + low - 1)));
}

/* The marks of 16 characters: of atext all that is not rare. */
static inline struct email_marks
email_marks_of(const char *s)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
	__m128i letter =
	    email_within(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'z');
	__m128i low =
	    _mm_andnot_si128(email_equal(v, ','), email_within(v, '*', '9'));
	__m128i usual =
	    _mm_or_si128(_mm_or_si128(letter, low), email_equal(v, '_'));

	return (struct email_marks){ email_bits(usual),
		email_bits(email_equal(v, '.')),
		email_bits(email_equal(v, '@')) };
}

/* The length of the local part, if it is one of up to 31 usual characters;
 * else 0, which says nothing.  The quote behind the text is not usual, so an @
 * behind that is not taken for one of the address. */
static inline __attribute__((always_inline)) size_t
email_usual_local(const char *s)
{
	struct email_marks k = email_marks_of(s);
	const struct email_marks more = email_marks_of(s + KL_EMAIL_AHEAD / 2);
	uint32_t below;

	k.usual |= more.usual << KL_EMAIL_AHEAD / 2;
	k.dot |= more.dot << KL_EMAIL_AHEAD / 2;
	k.at |= more.at << KL_EMAIL_AHEAD / 2;
	k.at &= -k.at;
	if (k.at == 0)
		return 0;
	/* No dot first, last or behind another. */
	below = k.at - 1;
	if (((k.dot & (k.dot << 1 | k.at >> 1 | 1)) | (~k.usual & below)) &
	    below)
		return 0;
	return (size_t)__builtin_ctz(k.at);
}

#else

/* As above, byte by byte. */
static inline size_t
email_usual_local(const char *s)
{
	return kl_email_local((struct kl_span){ s, KL_EMAIL_AHEAD }, ATEXT);
}

#endif

/* kl_email_known(), in line: it is done for every record. */
static inline __attribute__((always_inline)) const struct kl_domain *
email_known(const struct kl_domains *domains, struct kl_span text)
{
	size_t local = email_usual_local(text.s);

	if (local == 0)
		return NULL;
	return domain_seen(domains,
	    (struct kl_span){ text.s + local + 1, text.n - local - 1 });
}

#endif /* EMAIL_KNOWN_H */
