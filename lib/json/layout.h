/* SPDX-License-Identifier: MIT */
#ifndef JSON_LAYOUT_H
#define JSON_LAYOUT_H

/*
 * layout.h - what one record tells about the next; not part of the library's
 * face.
 *
 * The records of a stream mostly have the same members in the same order, with
 * the same white space.  So a text that the grammar has accepted is taken
 * apart into its layout: for each member, the bytes from behind the comma (or
 * brace) before it up to its value.
 *
 *	{"id": 7, "address": {"city": "Rome"}, "tags": ["a"]}
 *	 ^^^^^^  ^^^^^^^^^^^^ ^^^^^^^^        ^^^^^^^^^
 *
 * In the next text each of these is one wide comparison, and only the values
 * are scanned (follow.h).  What is known of a name then need not be found out
 * again: where it ends, that it is a string, its hash, and that no other
 * member of the object has it.
 *
 * What must hold:
 *
 *  - A layout is taken only from a text that the grammar accepted, and only
 *    white space, a name and a colon are between comma and value.  So bytes
 *    that are equal are right.
 *  - Members may be missing from a text, but not change places: each is looked
 *    for behind the last one found.  So no name comes twice.
 *  - Following a layout either gives the very nodes that the grammar gives, or
 *    gives up.  Then the grammar has the text as if nothing had been tried; it
 *    alone finds faults and says what they are.
 *
 * Trying costs something where records have nothing in common, so a miss is
 * remembered, and after too many the layouts rest for a while.
 */

#include "scan.h"

#define GLUE 32 /* bytes that are compared at once */

/* A member: the glue before its value. */
struct json_member {
	char glue[GLUE];   /* zeros behind it */
	uint32_t mask;	   /* a bit for each byte of it, from the lowest */
	uint32_t kind;	   /* the last word of its name's node */
	uint16_t n;	   /* bytes of glue */
	uint16_t at, len;  /* its name within that, quotes included */
	uint16_t step;	   /* to the next member of the object; 0: the last */
	uint16_t child;	   /* to the first member of the object that is its
			    * value or in its array; 0: none */
	uint16_t elements; /* of an array of scalars */
	bool array;	   /* the value is one, not empty */
	const char *rest;  /* glue behind GLUE bytes */
};

struct json_layout {
	struct json_member *member; /* owned; as many as members */
	char *text;		    /* owned: glue that is long */
	uint32_t members;	    /* 0: there is no layout */
	uint32_t containers;	    /* arrays and objects that are not empty */
	uint64_t shape;
	uint64_t used; /* when, for the choice which to give up */
};

#define LAYOUTS 4

struct kl_json_layouts {
	struct json_layout layout[LAYOUTS];
	unsigned last;	/* the one that was right */
	uint64_t now;	/* counts texts */
	uint64_t shape; /* the last that was given out */
	uint32_t debt;	/* more misses than hits can make up for */
	uint32_t rest;	/* texts until layouts are tried again */
};

/* Scan by the layout; false, and nothing said, if the text is not that. */
typedef bool json_follower(struct kl_json *doc, const struct json_layout *l,
    const char *s, size_t n);
#if JSON_SSE2
json_follower kl_json_follow_sse2;
#endif
#if JSON_AVX2
json_follower kl_json_follow_avx2;
#endif

/* Scan by one of the layouts of doc; false if none fits. */
bool kl_json_follow(struct kl_json *doc, json_follower *follow, const char *s,
    size_t n);

/* Learn the layout of the text that is in doc, if it is time to. */
void kl_json_learn(struct kl_json *doc);

/* kl_json_scan_next() with a scanner and a follower (NULL: none) of the
 * caller's choice. */
enum kl_rc kl_json_next_with(json_scanner *scan, json_follower *follow,
    struct kl_json *doc, const char *s, size_t n, size_t spare,
    struct kl_err *err);

/* Free the layouts. */
void kl_json_forget(struct kl_json *doc);

#endif /* JSON_LAYOUT_H */
