/* SPDX-License-Identifier: MIT */
#ifndef KL_JSON_H
#define KL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/json.h - a strict JSON scanner that copies nothing, and a writer.
 *
 * kl_json_scan() checks a whole text against RFC 8259 and UTF-8 (no overlong
 * forms, no surrogates, no lone \u surrogates, no NUL bytes), refuses an
 * object that names one member twice (names compared after unescaping), and
 * lays out every value as a node that points into the text.  Numbers, escapes
 * and member order stay as they were written, because a value is handed on
 * as its bytes.
 *
 * The nodes are in document order.  Node 0 is the outermost value.  An object
 * holds name, value, name, value, ...; an array its elements.  node[i].next is
 * the first node after everything node i holds, so a value is skipped in one
 * step:
 *
 *	kl_json_each_member (m, &doc, obj)	name is m, value is m + 1
 *	kl_json_each (e, &doc, array)		element is e
 */

enum kl_json_type {
	KL_JSON_NULL = 1,
	KL_JSON_FALSE,
	KL_JSON_TRUE,
	KL_JSON_NUMBER,
	KL_JSON_STRING,
	KL_JSON_ARRAY,
	KL_JSON_OBJECT,
};

/* One value, or the name of a member (then a string). */
struct kl_json_node {
	uint32_t at;	     /* offset of its first byte in the text */
	uint32_t n;	     /* its bytes, quotes and brackets included */
	uint32_t next;	     /* see above */
	unsigned type : 4;   /* enum kl_json_type */
	unsigned esc : 1;    /* a string with a backslash in it */
	unsigned count : 27; /* members or elements, in this level; of a
			      * name, a hash of it */
};

/* Limits; each 0 in a struct kl_json means the default. */
#define KL_JSON_DEPTH 128	 /* nested arrays and objects */
#define KL_JSON_NODES (1U << 22) /* values and names in one text; < 2^27 */
#define KL_JSON_BYTES (1U << 30) /* bytes of one text */

/* A scanner and what it last scanned.  All zero is ready for use. */
struct kl_json {
	const char *s; /* the text: borrowed, as given to kl_json_scan() */
	size_t n;
	size_t spare;		   /* bytes behind the text that can be read */
	struct kl_json_node *node; /* owned; valid until the next scan */
	uint32_t nodes;
	uint32_t cap;
	uint32_t max_nodes;
	uint32_t max_depth;
	uint32_t *names; /* owned: scratch of the duplicate check */
	uint32_t names_cap;
	uint64_t shape;	   /* see kl_json_scan_next() */
	uint64_t laid_out; /* the shape that node was last filled for */
	uint64_t layout;   /* see kl_json_member() */
	const uint32_t *place;
	struct kl_json_layouts
	    *layouts; /* owned: what those before were like */
};

/*
 * Scan s, n bytes: one value, white space around it allowed.
 *
 * Returns KL_OK; KL_EDATA for a text that is not strict JSON, the message
 * naming what was found and the byte (from 1), err->code one of json_syntax,
 * json_utf8, json_duplicate; KL_ETOOBIG (code json_depth, json_nodes or
 * json_bytes); KL_ENOMEM.  After a failure the document is empty (nodes 0).
 */
enum kl_rc kl_json_scan(struct kl_json *doc, const char *s, size_t n,
    struct kl_err *err);

/*
 * As kl_json_scan(), for the texts of a stream, which mostly look alike: what
 * it learns of one makes the next faster.  The answers are the same.  It needs
 * to look at bytes behind the text: spare says how many can be read there,
 * whatever they are; it learns nothing if they are fewer than KL_JSON_SPARE.
 *
 * doc->shape then tells whether two texts are alike: where it is the same and
 * not 0, node i is in both the same name or a value in the same place, and
 * they have as many nodes.  (The value itself may be another, and of another
 * type, though not one that holds nodes in one text and none in the other.)
 * No two scanners give out the same number.
 */
#define KL_JSON_SPARE ((size_t)80)
enum kl_rc kl_json_scan_next(struct kl_json *doc, const char *s, size_t n,
    size_t spare, struct kl_err *err);

/*
 * Most texts of a stream have names that were in others before them, though not
 * all of those, nor in one order.  Where doc->layout is not 0, the scanner
 * knows all names in the text and has numbered them, and doc->place[number] is
 * the node of the value, or 0 if this text has no such member.  As long as
 * doc->layout is the same, so are the numbers.
 *
 * This is the number of the member called name in the object that is the value
 * of member parent (0: the record itself).  0 if there is none: place[0] is 0.
 * What is within an array has numbers, too, but so has each of its elements:
 * only where the value of the parent is an object does place tell of it.
 */
uint32_t kl_json_member(const struct kl_json *doc, uint32_t parent,
    struct kl_span name);

/* How many members have numbers in what is the value of member parent: no text
 * of the layout has another one there. */
uint32_t kl_json_members(const struct kl_json *doc, uint32_t parent);

/* Free what the scanner owns; it is then all zero but for its limits. */
void kl_json_free(struct kl_json *doc);

/* The value of the member called name in object obj; 0 if it has none, or
 * if obj is no object.  Node 0 is never a member's value. */
uint32_t kl_json_get(const struct kl_json *doc, uint32_t obj, const char *name);
uint32_t kl_json_getn(const struct kl_json *doc, uint32_t obj,
    struct kl_span name);

/* The hash that the node of a name has for its count: of its text. */
uint32_t kl_json_hash_name(struct kl_span name);

/*
 * As kl_json_getn(), then, where no member has that exact name, by a dotted
 * path: "location.city", "items.0.sku" (array elements from 0).  At each step
 * the rest of the path may be a name as a whole: "properties.a.b" finds a
 * property called "a.b".
 */
uint32_t kl_json_path(const struct kl_json *doc, uint32_t obj,
    struct kl_span path);

/*
 * The readings of a path in texts of the layout of doc, in the order in which
 * kl_json_path() tries them: of "a.b.c" the member "a.b.c", then "b.c" in "a",
 * then "c" in "b" in "a".  A text that has several of them has the value of the
 * first.  All zero but for the path is before the first.
 *
 * kl_json_next_reading() goes to the next one; false if there is no more, for
 * the texts have no member that leads further.  What is within an array may
 * be an element, of which numbers tell nothing (kl_json_member()).
 */
struct kl_json_reading {
	struct kl_span path; /* borrowed; what of it may be a name there */
	uint32_t within;     /* the member in whose object; 0: the record */
	uint32_t number;     /* the member of that name; 0: there is none */
	bool begun;
};
bool kl_json_next_reading(const struct kl_json *doc, struct kl_json_reading *r);

#define kl_json_each_member(m, doc, obj)                                       \
	for (uint32_t m = (obj) + 1; m < (doc)->node[obj].next;                \
	     m = (doc)->node[m + 1].next)
#define kl_json_each(e, doc, array)                                            \
	for (uint32_t e = (array) + 1; e < (doc)->node[array].next;            \
	     e = (doc)->node[e].next)

/* The type of node i. */
static inline enum kl_json_type
kl_json_type(const struct kl_json *doc, uint32_t i)
{
	return (enum kl_json_type)doc->node[i].type;
}

/* True if node i is null or "". */
static inline bool
kl_json_is_empty(const struct kl_json *doc, uint32_t i)
{
	const struct kl_json_node *node = &doc->node[i];

	return node->type == KL_JSON_NULL ||
	    (node->type == KL_JSON_STRING && node->n == 2);
}

/* The bytes of node i as written, quotes included. */
static inline struct kl_span
kl_json_raw(const struct kl_json *doc, uint32_t i)
{
	struct kl_span raw = { doc->s + doc->node[i].at, doc->node[i].n };

	return raw;
}

/*
 * The text of string node i without quotes and escapes.  Borrowed from the
 * scanned text where it has no escapes; otherwise unescaped into tmp (reset
 * first) and borrowed from it.  Not a string, or a tmp that failed (tmp->rc
 * tells): the empty span.
 */
struct kl_span kl_json_unescape(const struct kl_json *doc, uint32_t i,
    struct kl_buf *tmp);
/*
 * The same for a string node, into memory of the caller's: to has room for as
 * many bytes as the node has and 16 more, all of which may be written.  Returns
 * the bytes of the text.  Wants a doc->spare of 16 at the least.
 */
size_t kl_json_unescape_to(const struct kl_json *doc, uint32_t i, char *to);

static inline struct kl_span
kl_json_text(const struct kl_json *doc, uint32_t i, struct kl_buf *tmp)
{
	const struct kl_json_node *node = &doc->node[i];
	struct kl_span plain = { doc->s + node->at + 1, node->n - 2 };

	if (node->type == KL_JSON_STRING && !node->esc)
		return plain;
	return kl_json_unescape(doc, i, tmp);
}

/* True if node i is a string and its text, unescaped, is str. */
bool kl_json_is(const struct kl_json *doc, uint32_t i, const char *str);

/* True, and *v set, if node i is a number written as an integer (no point,
 * no exponent) that fits. */
bool kl_json_int(const struct kl_json *doc, uint32_t i, int64_t *v);

/* True if s is valid UTF-8 (NUL bytes are). */
bool kl_utf8_valid(const char *s, size_t n);

/* Writing: onto a kl_buf, whose errors stick. */

/* A string with quotes and escapes.  s must be valid UTF-8. */
void kl_json_put_text(struct kl_buf *b, const char *s, size_t n);

/* A comma if the buffer ends with a value: not after { [ : , or at its
 * start. */
void kl_json_put_comma(struct kl_buf *b);

/* A member: comma as needed, name (a literal that needs no escapes), colon. */
void kl_json_put_name(struct kl_buf *b, const char *name);

/* A whole member, comma included. */
void kl_json_put_str(struct kl_buf *b, const char *name, const char *str);
void kl_json_put_span(struct kl_buf *b, const char *name, struct kl_span s);
void kl_json_put_int(struct kl_buf *b, const char *name, int64_t v);
void kl_json_put_bool(struct kl_buf *b, const char *name, bool v);
void kl_json_put_null(struct kl_buf *b, const char *name);
void kl_json_put_raw(struct kl_buf *b, const char *name, struct kl_span json);

#ifdef __cplusplus
}
#endif

#endif /* KL_JSON_H */
