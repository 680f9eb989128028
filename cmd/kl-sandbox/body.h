/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_BODY_H
#define SANDBOX_BODY_H

#include "errors.h"
#include "kl/json.h"

/*
 * body.h - the members that an object of a request may have, as a table.
 *
 * The service refuses members that it does not know, values of a wrong type
 * and required members that are absent, each with the pointer to it.  A table
 * says what an object may hold; a row may lead to the table of what is below.
 */

/* What a value may be. */
#define IS(type) (1U << (KL_JSON_##type))
#define TEXT (IS(STRING) | IS(NULL))
#define TEXT_OR_NUMBER (IS(STRING) | IS(NUMBER) | IS(NULL))
#define OBJECT (IS(OBJECT) | IS(NULL))
#define FLAG (IS(TRUE) | IS(FALSE) | IS(NULL))

/* Where the nodes of these relationships go in found. */
enum {
	BODY_LIST,
	BODY_SEGMENT,
	BODY_OWN /* the first number that is free */
};

/* One member.  A table ends with name NULL. */
struct member {
	const char *name;
	unsigned types;
	bool required;
	const struct member *of; /* the table of the object, or NULL */
	int keep; /* where in found the value's node goes; -1: nowhere */
	const char *only; /* words a string may be, with spaces; or NULL */
};

/*
 * Hold an object to its table.  found[row->keep] becomes the node of each
 * member that is there; the caller set it to zeros.  where is the pointer to
 * the object, resource what errors call it.  False: *p is the first fault.
 */
bool body_read(const struct kl_json *doc, uint32_t node,
    const struct member *table, const char *resource, const char *where,
    uint32_t *found, struct problem *p);

/* The text of a string node, quotes taken off and escapes left: for ids,
 * which have none.  An empty span for node 0 and for null. */
struct kl_span body_id(const struct kl_json *doc, uint32_t node);

/* A string node as JSON in the spelling of the writer of kl/json.h, as the
 * store keeps identifiers; from the text, or from b, which is appended to and
 * must have room (body_room()) or the spans move.  Node 0: empty. */
struct kl_span body_json(const struct kl_json *doc, uint32_t node,
    struct kl_buf *b);
/* Room for every string of the text in another spelling. */
bool body_room(const struct kl_json *doc, struct kl_buf *b);

/* {"data":{"type":"list","id":...}} in a relationship called list. */
extern const struct member body_to_list[], body_to_segment[];

#endif /* SANDBOX_BODY_H */
