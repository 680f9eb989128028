/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_SHAPE_H
#define SANDBOX_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"

/*
 * shape.h - which attributes of a resource an answer shows.
 *
 * Each resource has a table of its attributes, nested ones as dotted paths.
 * A request's fields[] and additional-fields[] choose rows; the rows chosen
 * become a program of literal text and places for values, made once per
 * request and run once per object.
 */

/* Where a value comes from: a literal, or a number the resource knows. */
#define FIXED (-1)

/* When a row is shown without being named; bits. */
#define ALWAYS 0U
#define ON_REQUEST 1U /* only if additional-fields names its first part */
#define MEMBERS 2U    /* of somebody as a member; of one, not of many */

struct field {
	const char *path;
	int source;
	const char *fixed; /* JSON, for FIXED */
	unsigned group;
};

/* A comma list of names, from the query string. */
#define PICKS 128
struct picks {
	bool given;
	size_t n;
	struct kl_span name[PICKS];
};

#define SHAPE_FIELDS 128
struct shape {
	struct {
		uint32_t at, n; /* literal before the value */
		int source;
	} step[SHAPE_FIELDS];
	size_t n;
	uint32_t tail; /* where the literal behind the last value begins */
	struct kl_buf text;
};

/* True if the name is an attribute, or an object of attributes, or "id";
 * groups are those of its rows that the resource has. */
bool field_known(const struct field *table, unsigned groups,
    struct kl_span name);

/*
 * Make the program.  fields: what to show, if given; more: additional-fields;
 * groups: of the rows that the resource has.  False: memory.
 */
bool shape_make(struct shape *s, const struct field *table,
    const struct picks *fields, const struct picks *more, unsigned groups);

/* Append the object; put appends the value of a source. */
void shape_put(const struct shape *s, struct kl_buf *b,
    void (*put)(struct kl_buf *b, int source, void *ctx), void *ctx);

#endif /* SANDBOX_SHAPE_H */
