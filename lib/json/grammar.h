/* SPDX-License-Identifier: MIT */
/*
 * grammar.h - the JSON grammar, compiled once for each way of looking at 64
 * bytes.  The including file defines before:
 *
 *	static inline uint64_t block64(const char *s)
 *		bit i set if s[i] is a quote, a backslash, below a space or not
 *		ASCII: all that matters inside a string
 *	SCANNER		the name of the function to define
 *
 * Speed comes from three things.  The bits of a block do not depend on where
 * the tokens are, so the processor computes them ahead; the end of a string
 * is then a shift and a count of zeros.  A text that ends in a bracket, as
 * all records do, stops every loop by itself, so only closing brackets and
 * strings look at the end (any other text takes the guarded copy of the same
 * code).  And a text is refused in one place only, out of the way.
 */

#include <string.h>

#include "scan.h"

#define INLINE static inline __attribute__((always_inline))
#define COLD __attribute__((noinline, cold))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define BLOCK ((size_t)64)
#define NOWHERE SIZE_MAX

/* Where a scan stands.  Never has its address taken by a function that is
 * not inlined, so that it lives in registers. */
struct scan {
	const char *s;
	size_t n;
	size_t p;    /* the next byte to look at */
	size_t base; /* the block that bits is of */
	uint64_t bits;
	struct kl_json_node *node;
	uint32_t k;	/* nodes so far */
	uint32_t cap;	/* room for nodes */
	uint32_t in;	/* the open container; its next is the one around */
	uint32_t count; /* what that holds so far */
	uint32_t depth;
	char closer; /* its closing bracket */
};

/* The bits of the last block, which is not whole. */
static COLD uint64_t
block_last(const char *s, size_t n, size_t base)
{
	char pad[BLOCK];

	if (base >= n)
		return 0;
	if (n >= BLOCK)
		return block64(s + n - BLOCK) >> (BLOCK - (n - base));
	memset(pad, ' ', sizeof(pad));
	memcpy(pad, s, n);
	return block64(pad) >> base;
}

INLINE uint64_t
block_at(const char *s, size_t n, size_t base)
{
	if (LIKELY(base + BLOCK <= n))
		return block64(s + base);
	return block_last(s, n, base);
}

/* The first byte from i on that a string must look at; n if there is none. */
INLINE size_t
next_mark(const char *s, size_t n, size_t i, size_t *base, uint64_t *bits)
{
	uint64_t b;

	if (UNLIKELY(i - *base >= BLOCK)) {
		*base += BLOCK;
		if (UNLIKELY(i - *base >= BLOCK))
			*base = i - i % BLOCK;
		*bits = block_at(s, n, *base);
	}
	b = *bits & (UINT64_MAX << (i - *base));
	while (UNLIKELY(b == 0)) {
		*base += BLOCK;
		if (*base >= n)
			return n;
		b = *bits = block_at(s, n, *base);
	}
	return *base + (size_t)__builtin_ctzll(b);
}

/*
 * The closing quote of a string with more in it than plain ASCII, from its
 * first such byte i on; NOWHERE, and *f set, if it is not a string.
 */
static __attribute__((noinline)) size_t
string_rest(const char *s, size_t n, size_t i, bool *esc, struct json_fault *f)
{
	size_t base = i - i % BLOCK;
	uint64_t bits = block_at(s, n, base);
	unsigned len;

	for (; i < n; i = next_mark(s, n, i, &base, &bits)) {
		if (s[i] == '"')
			return i;
		if (s[i] == '\\') {
			*esc = true;
			if ((i = kl_json_escape(s, n, i, f)) == 0)
				return NOWHERE;
			continue;
		}
		if ((unsigned char)s[i] < ' ') {
			*f = (struct json_fault){ FAULT_CONTROL, i };
			return NOWHERE;
		}
		while (i < n && (unsigned char)s[i] >= 0x80) {
			len = json_utf8((const unsigned char *)s + i, n - i);
			if (len == 0) {
				*f = (struct json_fault){ FAULT_UTF8, i };
				return NOWHERE;
			}
			i += len;
		}
	}
	*f = (struct json_fault){ FAULT_OPEN, n };
	return NOWHERE;
}

INLINE bool
refuse(struct json_fault *f, enum json_fault_kind kind, size_t at)
{
	*f = (struct json_fault){ kind, at };
	return false;
}

/* The byte at p; NUL, which is never right outside a string, at the end. */
INLINE char
peek(const struct scan *c, size_t p, const bool guarded)
{
	return !guarded || p < c->n ? c->s[p] : '\0';
}

INLINE char
skip_space(struct scan *c, const bool guarded)
{
	char ch = peek(c, c->p, guarded);

	if (LIKELY((unsigned char)ch > ' '))
		return ch;
	while (ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r')
		ch = peek(c, ++c->p, guarded);
	return ch;
}

INLINE void
put_node(struct scan *c, size_t end, unsigned type, bool esc)
{
	c->node[c->k] = (struct kl_json_node){
		.at = (uint32_t)c->p,
		.n = (uint32_t)(end - c->p),
		.next = c->k + 1,
		.type = type & 15,
		.esc = esc,
	};
	c->k++;
	c->p = end;
}

/* The string whose opening quote is at p. */
INLINE bool
string(struct scan *c, struct json_fault *f)
{
	bool esc = false;
	size_t q = next_mark(c->s, c->n, c->p + 1, &c->base, &c->bits);

	if (UNLIKELY(q >= c->n))
		return refuse(f, FAULT_OPEN, c->n);
	if (UNLIKELY(c->s[q] != '"')) {
		bool e = false;

		if ((q = string_rest(c->s, c->n, q, &e, f)) == NOWHERE)
			return false;
		esc = e;
	}
	put_node(c, q + 1, KL_JSON_STRING, esc);
	return true;
}

INLINE bool
is_digit(char ch)
{
	return (unsigned char)(ch - '0') < 10;
}

/* One digit or more from *p on. */
INLINE bool
digits(const struct scan *c, size_t *p, struct json_fault *f,
    const bool guarded)
{
	if (UNLIKELY(!is_digit(peek(c, *p, guarded))))
		return refuse(f, FAULT_DIGIT, *p);
	do
		++*p;
	while (is_digit(peek(c, *p, guarded)));
	return true;
}

INLINE bool
number(struct scan *c, struct json_fault *f, const bool guarded)
{
	size_t p = c->p + (c->s[c->p] == '-');
	char ch = peek(c, p, guarded);

	if (ch == '0') {
		ch = peek(c, ++p, guarded);
		if (UNLIKELY(is_digit(ch)))
			return refuse(f, FAULT_ZERO, p - 1);
	} else {
		if (UNLIKELY(!digits(c, &p, f, guarded)))
			return false;
		ch = peek(c, p, guarded);
	}
	if (ch == '.') {
		p++;
		if (UNLIKELY(!digits(c, &p, f, guarded)))
			return false;
		ch = peek(c, p, guarded);
	}
	if ((ch | 32) == 'e') {
		ch = peek(c, ++p, guarded);
		p += ch == '+' || ch == '-';
		if (UNLIKELY(!digits(c, &p, f, guarded)))
			return false;
	}
	put_node(c, p, KL_JSON_NUMBER, false);
	return true;
}

INLINE bool
word(struct scan *c, struct json_fault *f, const char *w, size_t n,
    enum kl_json_type type)
{
	if (UNLIKELY(c->n - c->p < n || memcmp(c->s + c->p, w, n) != 0))
		return refuse(f, FAULT_WORD, c->p);
	put_node(c, c->p + n, type, false);
	return true;
}

/* The value at p, which is no container. */
INLINE bool
scalar(struct scan *c, char ch, struct json_fault *f, const bool guarded)
{
	switch (ch) {
	case '"':
		return string(c, f);
	case 't':
		return word(c, f, "true", 4, KL_JSON_TRUE);
	case 'f':
		return word(c, f, "false", 5, KL_JSON_FALSE);
	case 'n':
		return word(c, f, "null", 4, KL_JSON_NULL);
	default:
		if (UNLIKELY(!is_digit(ch) && ch != '-'))
			return refuse(f, FAULT_VALUE, c->p);
		return number(c, f, guarded);
	}
}

INLINE bool
room(struct scan *c, struct kl_json *doc, struct json_fault *f)
{
	if (LIKELY(c->k < c->cap))
		return true;
	if (!kl_json_grow(doc, f)) {
		f->at = c->p;
		return false;
	}
	c->node = doc->node;
	c->cap = doc->cap;
	return true;
}

/* Go into the container whose bracket is at p.  The nodes are the stack. */
INLINE bool
enter(struct scan *c, const struct kl_json *doc, char ch, struct json_fault *f)
{
	if (UNLIKELY(++c->depth > doc->max_depth))
		return refuse(f, FAULT_DEPTH, c->p);
	c->node[c->in].count = c->count & 0x7ffffff;
	c->node[c->k] = (struct kl_json_node){
		.at = (uint32_t)c->p,
		.next = c->in,
		.type = ch == '{' ? KL_JSON_OBJECT : KL_JSON_ARRAY,
	};
	c->in = c->k++;
	c->count = 0;
	c->closer = ch == '{' ? '}' : ']';
	c->p++;
	return true;
}

/* Leave it, its closing bracket being at p. */
INLINE bool
leave(struct scan *c, struct kl_json *doc, struct json_fault *f)
{
	struct kl_json_node *node = &c->node[c->in];
	uint32_t around = node->next, twice;

	node->n = (uint32_t)(++c->p - node->at);
	node->next = c->k;
	node->count = c->count & 0x7ffffff;
	if (c->closer == '}' && c->count > 1) {
		twice = kl_json_twice(doc, c->in, c->k, c->count);
		if (UNLIKELY(twice == UINT32_MAX))
			return refuse(f, FAULT_MEMORY, c->p);
		if (UNLIKELY(twice != 0))
			return refuse(f, FAULT_TWICE, c->node[twice].at);
	}
	c->in = around;
	c->depth--;
	c->count = c->node[around].count;
	c->closer = c->node[around].type == KL_JSON_OBJECT ? '}' : ']';
	return true;
}

/* A member's name and its colon. */
INLINE bool
name(struct scan *c, struct kl_json *doc, struct json_fault *f,
    const bool guarded)
{
	if (UNLIKELY(skip_space(c, guarded) != '"'))
		return refuse(f, FAULT_NAME, c->p);
	if (UNLIKELY(!room(c, doc, f) || !string(c, f)))
		return false;
	if (UNLIKELY(skip_space(c, guarded) != ':'))
		return refuse(f, FAULT_COLON, c->p);
	c->p++;
	return true;
}

/*
 * After a value: out of the containers that end here, to the comma and over
 * it.  *more is false at the end of the text.
 */
INLINE bool
after(struct scan *c, struct kl_json *doc, bool *more, struct json_fault *f,
    const bool guarded)
{
	char ch;

	while (c->depth > 0) {
		ch = c->p < c->n ? skip_space(c, guarded) : '\0';
		if (LIKELY(ch == ',')) {
			c->p++;
			return true;
		}
		if (UNLIKELY(ch != c->closer))
			return refuse(f,
			    c->closer == '}' ? FAULT_OBJECT : FAULT_ARRAY,
			    c->p);
		if (UNLIKELY(!leave(c, doc, f)))
			return false;
	}
	*more = false;
	if (c->p < c->n)
		(void)skip_space(c, true);
	return c->p == c->n || refuse(f, FAULT_AFTER, c->p);
}

INLINE bool
grammar(struct kl_json *doc, struct scan *c, struct json_fault *f,
    const bool guarded)
{
	bool more = true;
	char ch;

	while (more) {
		if (c->depth > 0) {
			c->count++;
			if (c->closer == '}' &&
			    UNLIKELY(!name(c, doc, f, guarded)))
				return false;
		}
		ch = skip_space(c, guarded);
		if (UNLIKELY(!room(c, doc, f)))
			return false;
		if (ch == '{' || ch == '[') {
			if (UNLIKELY(!enter(c, doc, ch, f)))
				return false;
			if (skip_space(c, guarded) != c->closer)
				continue;
		} else if (UNLIKELY(!scalar(c, ch, f, guarded))) {
			return false;
		}
		if (UNLIKELY(!after(c, doc, &more, f, guarded)))
			return false;
	}
	doc->nodes = c->k;
	return true;
}

bool
SCANNER(struct kl_json *doc, const char *s, size_t n, struct json_fault *f)
{
	struct scan c = { .s = s, .n = n };

	if (doc->cap == 0 && !kl_json_grow(doc, f))
		return false;
	c.node = doc->node;
	c.cap = doc->cap < doc->max_nodes ? doc->cap : doc->max_nodes;
	c.bits = block_at(s, n, 0);
	if (n > 0 && (s[n - 1] == '}' || s[n - 1] == ']'))
		return grammar(doc, &c, f, false);
	return grammar(doc, &c, f, true);
}
