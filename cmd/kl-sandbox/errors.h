/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_ERRORS_H
#define SANDBOX_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"

/*
 * errors.h - the service's error documents.
 *
 * A problem is one element of "errors".  Where recorded answers show the
 * exact words they are used; the others are in the same style.
 */

enum trouble {
	BAD_INPUT,	   /* 400 */
	BAD_JSON,	   /* 400 */
	NOT_AUTHENTICATED, /* 401, nothing usable was sent */
	BAD_KEY,	   /* 401 */
	NO_PERMISSION,	   /* 403 */
	NOT_FOUND,	   /* 404 */
	BAD_METHOD,	   /* 405 */
	DUPLICATE,	   /* 409 */
	RETIRED,	   /* 410 */
	TOO_LARGE,	   /* 413 */
	BAD_TYPE,	   /* 415 */
	THROTTLED,	   /* 429 */
	BROKEN,		   /* 500 and any other */
};

struct problem {
	enum trouble kind;
	char detail[320];
	bool parameter;	 /* where names a query parameter, not a pointer */
	char where[240]; /* may be empty */
	char owner[28];	 /* of a duplicate identifier; may be empty */
};

/* Describe a problem; always returns false, for "return problem_set(...)".
 * Texts that are too long are cut between characters. */
bool problem_set(struct problem *p, enum trouble kind, const char *where,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool problem_parameter(struct problem *p, const char *name, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* 'x' is not a valid field for the resource 'y'. */
bool problem_field(struct problem *p, const char *where, struct kl_span field,
    const char *resource);

int problem_status(enum trouble kind);
const char *problem_code(enum trouble kind);
const char *problem_title(enum trouble kind);

/* Append the problem as a JSON object; prefix goes before a pointer, status
 * replaces the usual one unless 0. */
void problem_put(struct kl_buf *b, const struct problem *p, const char *prefix,
    int status);

/* A random UUID; the state of the generator is the caller's. */
#define UUID_TEXT 37
void uuid_text(uint64_t *state, char out[UUID_TEXT]);
uint64_t random_next(uint64_t *state);

/* Who draws the ids of errors. */
extern uint64_t error_ids;

#endif /* SANDBOX_ERRORS_H */
