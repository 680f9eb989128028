/* SPDX-License-Identifier: MIT */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

/*
 * scan.h - what the files of the scanner share; not part of the library's
 * face.
 *
 * The grammar is written once (grammar.h) and compiled once for each way of
 * looking at 64 bytes: plain C always, SSE2 and AVX2 where the compiler has
 * them and KL_NO_SIMD is not defined.  A further one is a file of its own and
 * a line in kl_json_scan().
 */

#include "kl/cpu.h"
#include "kl/json.h"

#if defined(__SSE2__) && !defined(KL_NO_SIMD)
#define JSON_SSE2 1
#else
#define JSON_SSE2 0
#endif
#define JSON_AVX2 (JSON_SSE2 && KL_CPU_WIDE)

/* What was wrong; the order is that of the table in fault.c. */
enum json_fault_kind {
	FAULT_NONE,
	FAULT_VALUE,	 /* no value where one should be */
	FAULT_NAME,	 /* no member name where one should be */
	FAULT_COLON,	 /* no colon after a name */
	FAULT_OBJECT,	 /* neither comma nor brace after a member */
	FAULT_ARRAY,	 /* neither comma nor bracket after an element */
	FAULT_AFTER,	 /* something after the outermost value */
	FAULT_DIGIT,	 /* a number without a digit where it needs one */
	FAULT_ZERO,	 /* a number with a leading zero */
	FAULT_WORD,	 /* neither true, false nor null */
	FAULT_CONTROL,	 /* a control character in a string */
	FAULT_ESCAPE,	 /* a backslash before the wrong character */
	FAULT_HEX,	 /* \u without four hexadecimal digits */
	FAULT_SURROGATE, /* half a surrogate pair */
	FAULT_OPEN,	 /* a string without its end */
	FAULT_UTF8,	 /* not UTF-8 */
	FAULT_TWICE,	 /* a member named twice */
	FAULT_DEPTH,	 /* limits */
	FAULT_NODES,
	FAULT_BYTES,
	FAULT_MEMORY,
};

/* What went wrong, and at which offset. */
struct json_fault {
	enum json_fault_kind kind;
	size_t at;
};

/*
 * The scanners: n is without white space at the end.  False, and *f set, if
 * the text is refused.  All of them give the same answers.
 */
bool kl_json_scan_plain(struct kl_json *doc, const char *s, size_t n,
    struct json_fault *f);
#if JSON_SSE2
bool kl_json_scan_sse2(struct kl_json *doc, const char *s, size_t n,
    struct json_fault *f);
#endif
#if JSON_AVX2
/* Only where kl_cpu_wide(). */
bool kl_json_scan_avx2(struct kl_json *doc, const char *s, size_t n,
    struct json_fault *f);
#endif

/* kl_json_scan() with a scanner of the caller's choice. */
typedef bool json_scanner(struct kl_json *doc, const char *s, size_t n,
    struct json_fault *f);
enum kl_rc kl_json_scan_with(json_scanner *scan, struct kl_json *doc,
    const char *s, size_t n, struct kl_err *err);

/* Put the fault into words. */
enum kl_rc kl_json_explain(const struct kl_json *doc,
    const struct json_fault *f, struct kl_err *err);

/* Make room for n nodes (1 or 2) after those used.  False, and f->kind set,
 * if that cannot be. */
bool kl_json_grow(struct kl_json *doc, uint32_t used, uint32_t n,
    struct json_fault *f);

/*
 * The first name in object obj that an earlier member of it has already; 0 if
 * all differ; UINT32_MAX if memory ran out.
 */
uint32_t kl_json_twice(struct kl_json *doc, uint32_t obj);

/*
 * The hash of a name, which its node keeps in count: of its length n, quotes
 * included, its first
 * three bytes and its last three, with quotes where it is shorter.  That is
 * all there without a look at how long the name is, from two bytes on: first
 * and last point to four bytes, the opening quote with what follows and the
 * closing quote with what comes before.
 */
#define JSON_HASH_BITS 27

static inline uint32_t
json_hash_of(uint32_t first, uint32_t last, size_t n)
{
	uint64_t h = (((uint64_t)first << 32 | last) + n) * 0x9e3779b97f4a7c15U;

	return (uint32_t)(h >> (64 - JSON_HASH_BITS));
}

/* Four bytes, the first in the lowest place whatever the machine. */
static inline uint32_t
json_quad(char a, char b, char c, char d)
{
	return (uint32_t)(unsigned char)a | (uint32_t)(unsigned char)b << 8 |
	    (uint32_t)(unsigned char)c << 16 | (uint32_t)(unsigned char)d << 24;
}

static inline uint32_t
json_hash(const char *first, const char *last, size_t n)
{
	return json_hash_of(json_quad(first[0], first[1], first[2], first[3]),
	    json_quad(last[0], last[1], last[2], last[3]), n);
}

/* The same for any name between its quotes. */
uint32_t kl_json_hash(const char *s, const char *end, bool esc);

/* A hash of all its bytes, for objects of many names. */
uint32_t kl_json_hash_all(const char *s, const char *end, bool esc);

/*
 * The escape at s[i] (a backslash): the offset behind it, or 0 and f set.
 */
size_t kl_json_escape(const char *s, size_t n, size_t i, struct json_fault *f);

/* What the character after a backslash stands for; 0 if it is wrong, or u. */
extern const char kl_json_short[256];

/* The value of a hexadecimal digit, and 16; 0 if it is none. */
extern const unsigned char kl_json_digit[256];

/* One character of a string that was found valid, undoing escapes: reads at
 * *s, moves it on, writes UTF-8 to out and returns its bytes, 1 to 4. */
unsigned kl_json_char(const char **s, char out[4]);

/* True if the bytes a..ae of a string, escapes undone, are the n bytes b. */
bool kl_json_same(const char *a, const char *ae, const char *b, size_t n);

/* Eight bytes at once, whatever their order. */
#define JSON_EACH(byte) (0x0101010101010101U * (uint64_t)(byte))
#define JSON_TOPS JSON_EACH(0x80)

/*
 * The top bit of each byte of w that is a quote, a backslash, below a space or
 * not ASCII.  With the top bits masked off no sum reaches the next byte: x +
 * 0x60 has its top bit set from a space on, and (x ^ c) + 0x7f unless x is c.
 */
static inline uint64_t
json_marks(uint64_t w)
{
	uint64_t x = w & ~JSON_TOPS;
	uint64_t plain = (x + JSON_EACH(0x60)) &
	    ((x ^ JSON_EACH('"')) + JSON_EACH(0x7f)) &
	    ((x ^ JSON_EACH('\\')) + JSON_EACH(0x7f));

	return (~plain | w) & JSON_TOPS;
}

/* The length of the UTF-8 sequence at s (left bytes, at least 1, the first
 * of them not ASCII); 0 if it is none. */
static inline unsigned
json_utf8(const unsigned char *s, size_t left)
{
	unsigned c = s[0];

	if (c < 0xe0)
		return c >= 0xc2 && left >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if (c < 0xf0) {
		if (left < 3 || (s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
			return 0;
		/* No overlong forms, no surrogates. */
		return (c != 0xe0 || s[1] >= 0xa0) && (c != 0xed || s[1] < 0xa0)
		    ? 3
		    : 0;
	}
	if (c > 0xf4 || left < 4 || (s[1] & 0xc0) != 0x80 ||
	    (s[2] & 0xc0) != 0x80 || (s[3] & 0xc0) != 0x80)
		return 0;
	return (c != 0xf0 || s[1] >= 0x90) && (c != 0xf4 || s[1] < 0x90) ? 4
									 : 0;
}

#endif /* JSON_SCAN_H */
