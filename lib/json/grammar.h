/* SPDX-License-Identifier: MIT */
#ifndef JSON_GRAMMAR_H
#define JSON_GRAMMAR_H

/*
 * grammar.h - the JSON grammar, compiled once for each way of looking at 64
 * bytes.  The including file defines before:
 *
 *	static inline uint64_t block64(const char *s)
 *		bit i set if s[i] is a quote, a backslash, below a space or not
 *		ASCII: all that matters inside a string
 *	SCANNER		the name of the function to define
 *
 * Speed comes from three things.  The marks of a block do not depend on where
 * the tokens are, so the processor finds them ahead; the end of a string is
 * then the next mark, whatever its length.  A text that ends in a bracket, as
 * all records do, stops every loop by itself, so only closing brackets and
 * strings look at the end (any other text takes the guarded copy of the same
 * code).  And a text is refused in one place only, out of the way.
 */

#include <string.h>

#include "scan.h"

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define BLOCK ((size_t)64)
#define NOWHERE SIZE_MAX

/*
 * Where a scan stands.  Nothing that is not inlined may see it, so that its
 * parts live in registers.
 *
 * The marks are the bits of block64(): those of the block at base, without
 * what is passed.  There is always one left, but at the end of the text; and
 * where a string begins at p, the lowest is its quote.
 */
struct scan {
	const char *s;
	size_t n;
	size_t p; /* the next byte to look at */
	size_t base;
	uint64_t marks;
	struct kl_json_node *node; /* the first node, */
	struct kl_json_node *to;   /* the next to write, */
	struct kl_json_node *end;  /* and where the room for them ends */
	uint32_t k;		   /* nodes so far */
	uint32_t in;	/* the open container; its next is the one around */
	uint32_t count; /* what that holds so far */
	uint32_t depth;
	char closer; /* its closing bracket */
};

/* The marks of the last block, which is not whole. */
static NOINLINE uint64_t
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

/* On to the next block with marks in it, this one having none; 0 if there is
 * none up to the end. */
INLINE uint64_t
more_marks(const char *s, size_t n, size_t *base)
{
	uint64_t marks;

	do {
		*base += BLOCK;
		if (UNLIKELY(*base >= n))
			return 0;
	} while (UNLIKELY((marks = block_at(s, n, *base)) == 0));
	return marks;
}

/* To the marks from i on. */
INLINE void
seek(const char *s, size_t n, size_t i, size_t *base, uint64_t *marks)
{
	*base = i - i % BLOCK;
	*marks = block_at(s, n, *base) & UINT64_MAX << i % BLOCK;
	if (*marks == 0)
		*marks = more_marks(s, n, base);
}

/* The lowest mark, which there must be; it is passed. */
INLINE size_t
next_mark(const char *s, size_t n, size_t *base, uint64_t *marks)
{
	size_t i = *base + (unsigned)__builtin_ctzll(*marks);

	*marks &= *marks - 1;
	if (UNLIKELY(*marks == 0))
		*marks = more_marks(s, n, base);
	return i;
}

/*
 * The closing quote of a string with more in it than plain ASCII, the first
 * such byte being at i and its mark passed; NOWHERE, and *f set, if it is not
 * a string.  All marks up to the closing quote are passed.
 */
static NOINLINE size_t
string_rest(const char *s, size_t n, size_t i, size_t *base, uint64_t *marks,
    bool *esc, struct json_fault *f)
{
	unsigned len;

	while (s[i] != '"') {
		if (s[i] == '\\') {
			*esc = true;
			i = kl_json_escape(s, n, i, f);
			if (i == 0)
				return NOWHERE;
		} else if ((unsigned char)s[i] < ' ') {
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
		/* Pass the marks of what is checked. */
		if (i - *base < BLOCK)
			*marks &= UINT64_MAX << (i - *base);
		if (*marks == 0 || (i > *base && i - *base >= BLOCK))
			seek(s, n, i, base, marks);
		if (*marks == 0) {
			*f = (struct json_fault){ FAULT_OPEN, n };
			return NOWHERE;
		}
		i = next_mark(s, n, base, marks);
	}
	return i;
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

/* The first byte from p on that is not white space; n if there is none. */
static NOINLINE size_t
space_end(const char *s, size_t n, size_t p)
{
	while (p < n &&
	    (s[p] == ' ' || s[p] == '\n' || s[p] == '\t' || s[p] == '\r'))
		p++;
	return p;
}

/* Over white space to the byte want; false if something else is there.  The
 * two ways programs write, none and one space, come first. */
INLINE bool
at_byte(struct scan *c, char want, const bool guarded)
{
	char ch = peek(c, c->p, guarded);

	if (LIKELY(ch == want))
		return true;
	if (LIKELY((unsigned char)ch > ' '))
		return false;
	if (LIKELY(ch == ' ' && peek(c, c->p + 1, guarded) > ' ')) {
		c->p++;
	} else {
		/* Line breaks and tabs are marks. */
		c->p = space_end(c->s, c->n, c->p);
		seek(c->s, c->n, c->p, &c->base, &c->marks);
	}
	return peek(c, c->p, guarded) == want;
}

/* Two neighbours of a node, as they lie in memory. */
INLINE uint64_t
pair(uint32_t a, uint32_t b)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return a | (uint64_t)b << 32;
#else
	return b | (uint64_t)a << 32;
#endif
}

/* The word of a node that is made of bit fields. */
INLINE uint32_t
fields(struct kl_json_node node)
{
	uint32_t word;

	memcpy(&word, (const char *)&node + sizeof(node) - sizeof(word),
	    sizeof(word));
	return word;
}

/* A node of no container, from p to end.  It is put together as two words,
 * because bit fields are written one by one. */
INLINE void
put_node(struct scan *c, size_t end, enum kl_json_type type, bool esc,
    uint32_t hash)
{
	uint32_t kind = fields((struct kl_json_node){ .type = type & 15 });
	uint32_t one = fields((struct kl_json_node){ .count = 1 });
	uint64_t half[2];

	if (esc)
		kind += fields((struct kl_json_node){ .esc = true });
	half[0] = pair((uint32_t)c->p, (uint32_t)(end - c->p));
	half[1] = pair(++c->k, kind + hash * one);
	memcpy(c->to++, half, sizeof(half));
	c->p = end;
}

/* A string that is not plain from q on, its opening quote being at p. */
INLINE bool
string_odd(struct scan *c, size_t q, const bool is_name, struct json_fault *f)
{
	uint64_t marks = c->marks;
	size_t base = c->base;
	uint32_t hash = 0;
	bool esc = false;

	q = string_rest(c->s, c->n, q, &base, &marks, &esc, f);
	if (q == NOWHERE)
		return false;
	c->base = base;
	c->marks = marks;
	if (is_name)
		hash = kl_json_hash(c->s + c->p + 1, c->s + q, esc);
	put_node(c, q + 1, KL_JSON_STRING, esc, hash);
	return true;
}

/* The string whose opening quote is at p. */
INLINE bool
string(struct scan *c, const bool is_name, struct json_fault *f)
{
	uint32_t hash = 0;
	size_t q;

	c->marks &= c->marks - 1;
	if (UNLIKELY(c->marks == 0) &&
	    (c->marks = more_marks(c->s, c->n, &c->base)) == 0)
		return refuse(f, FAULT_OPEN, c->n);
	q = next_mark(c->s, c->n, &c->base, &c->marks);
	if (UNLIKELY(c->s[q] != '"'))
		return string_odd(c, q, is_name, f);
	if (is_name)
		hash = UNLIKELY(q < c->p + 3)
		    ? kl_json_hash(c->s + c->p + 1, c->s + q, false)
		    : json_hash(c->s + c->p, c->s + q - 3, q + 1 - c->p);
	put_node(c, q + 1, KL_JSON_STRING, false, hash);
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
	put_node(c, p, KL_JSON_NUMBER, false, 0);
	return true;
}

INLINE bool
word(struct scan *c, struct json_fault *f, const char *w, size_t n,
    enum kl_json_type type)
{
	if (UNLIKELY(c->n - c->p < n || memcmp(c->s + c->p, w, n) != 0))
		return refuse(f, FAULT_WORD, c->p);
	put_node(c, c->p + n, type, false, 0);
	return true;
}

/* Room for a name and a value, or for an element. */
INLINE bool
room(struct scan *c, struct kl_json *doc, unsigned n, struct json_fault *f)
{
	if (LIKELY((size_t)(c->end - c->to) >= n))
		return true;
	if (!kl_json_grow(doc, c->k, n, f)) {
		f->at = c->p;
		return false;
	}
	c->node = doc->node;
	c->to = c->node + c->k;
	c->end = c->node + doc->cap;
	return true;
}

/* Go into the container whose bracket is at p.  The nodes are the stack. */
INLINE bool
enter(struct scan *c, const struct kl_json *doc, char ch, struct json_fault *f)
{
	if (UNLIKELY(++c->depth > doc->max_depth))
		return refuse(f, FAULT_DEPTH, c->p);
	c->node[c->in].count = c->count & 0x7ffffff;
	*c->to++ = (struct kl_json_node){
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
		twice = kl_json_twice(doc, c->in);
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

/* A member's name and its colon, with room for its value. */
INLINE bool
name(struct scan *c, struct kl_json *doc, struct json_fault *f,
    const bool guarded)
{
	if (UNLIKELY(!room(c, doc, 2, f)))
		return false;
	if (UNLIKELY(!at_byte(c, '"', guarded)))
		return refuse(f, FAULT_NAME, c->p);
	if (UNLIKELY(!string(c, true, f)))
		return false;
	if (UNLIKELY(!at_byte(c, ':', guarded)))
		return refuse(f, FAULT_COLON, c->p);
	c->p++;
	return true;
}

/* A value, up to the closing bracket if it is an empty container; *open is
 * set if it is one with something in it. */
INLINE bool
value(struct scan *c, struct kl_json *doc, bool *open, struct json_fault *f,
    const bool guarded)
{
	char ch;

	*open = false;
	if (LIKELY(at_byte(c, '"', guarded)))
		return string(c, false, f);
	switch (ch = peek(c, c->p, guarded)) {
	case '{':
	case '[':
		if (UNLIKELY(!enter(c, doc, ch, f)))
			return false;
		*open = !at_byte(c, c->closer, guarded);
		return true;
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

/* Where no comma follows a value: out of the containers that end here, then
 * over a comma, or to depth 0 at the end of the text. */
INLINE bool
after(struct scan *c, struct kl_json *doc, struct json_fault *f,
    const bool guarded)
{
	do {
		if (UNLIKELY(peek(c, c->p, guarded) != c->closer))
			break;
		if (UNLIKELY(!leave(c, doc, f)))
			return false;
		if (c->depth == 0)
			return true;
		/* Only a closing bracket can be the last byte. */
		if (UNLIKELY(c->p >= c->n))
			break;
	} while (!at_byte(c, ',', guarded));
	if (UNLIKELY(peek(c, c->p, true) != ','))
		return refuse(f, c->closer == '}' ? FAULT_OBJECT : FAULT_ARRAY,
		    c->p);
	c->p++;
	return true;
}

/* Members and elements, in the outermost container, until it ends. */
INLINE bool
inside(struct kl_json *doc, struct scan *c, struct json_fault *f,
    const bool guarded)
{
	bool open;

	for (;;) {
		c->count++;
		if (UNLIKELY(!(c->closer == '}' ? name(c, doc, f, guarded)
						: room(c, doc, 1, f))))
			return false;
		if (UNLIKELY(!value(c, doc, &open, f, guarded)))
			return false;
		if (open)
			continue;
		if (LIKELY(at_byte(c, ',', guarded))) {
			c->p++;
			continue;
		}
		if (UNLIKELY(!after(c, doc, f, guarded)))
			return false;
		if (c->depth == 0)
			return true;
	}
}

INLINE bool
grammar(struct kl_json *doc, struct scan *c, struct json_fault *f,
    const bool guarded)
{
	bool open;

	if (!room(c, doc, 1, f) || !value(c, doc, &open, f, guarded))
		return false;
	if (!open && c->depth > 0 && !leave(c, doc, f))
		return false;
	if (open && !inside(doc, c, f, guarded))
		return false;
	c->p = space_end(c->s, c->n, c->p);
	if (UNLIKELY(c->p < c->n))
		return refuse(f, FAULT_AFTER, c->p);
	doc->nodes = c->k;
	return true;
}

bool
SCANNER(struct kl_json *doc, const char *s, size_t n, struct json_fault *f)
{
	struct scan c = { .s = s, .n = n, .node = doc->node };

	c.to = c.node;
	c.end =
	    c.node + (doc->cap < doc->max_nodes ? doc->cap : doc->max_nodes);
	c.p = space_end(s, c.n, 0);
	seek(s, c.n, c.p, &c.base, &c.marks);
	if (c.p < c.n && (s[c.p] == '{' || s[c.p] == '[') &&
	    (s[n - 1] == '}' || s[n - 1] == ']'))
		return grammar(doc, &c, f, false);
	return grammar(doc, &c, f, true);
}

#endif /* JSON_GRAMMAR_H */
