/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_CURSOR_H
#define SANDBOX_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"

/*
 * cursor.h - opaque tokens that say where a page ended.
 *
 * A cursor names a place in an order (a time and a number, and for orders by
 * text the text), not a count of things, so it stays right when things come and
 * go. It is bound to the question: path, sort and filter.
 */

#define CURSOR_TEXT 256 /* bytes of text a cursor can hold */

struct cursor {
	bool given;
	bool back; /* it names the page before its place */
	uint64_t t, at;
	size_t n;
	char text[CURSOR_TEXT];
};

struct place {
	uint64_t t, at;
};

/* Append the token. */
void cursor_put(struct kl_buf *b, uint64_t bind, struct place place,
    struct kl_span text, bool back);

/* Read a token; false if it is none of ours, or of another question. */
bool cursor_get(struct cursor *c, uint64_t bind, struct kl_span token);

/* A number for the question. */
uint64_t cursor_bind(uint64_t bind, struct kl_span part);

#endif /* SANDBOX_CURSOR_H */
