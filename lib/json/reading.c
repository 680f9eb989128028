/* SPDX-License-Identifier: MIT */
/* reading.c - the members that a path can mean, by their numbers. */

#include <string.h>

#include "kl/json.h"

bool
kl_json_next_reading(const struct kl_json *doc, struct kl_json_reading *r)
{
	struct kl_span head;
	const char *dot;

	if (r->begun) {
		dot = r->path.n == 0 ? NULL : memchr(r->path.s, '.', r->path.n);
		if (dot == NULL)
			return false;
		head = (struct kl_span){ r->path.s, (size_t)(dot - r->path.s) };
		if ((r->within = kl_json_member(doc, r->within, head)) == 0)
			return false;
		r->path.n -= head.n + 1;
		r->path.s = dot + 1;
	}
	r->begun = true;
	r->number = kl_json_member(doc, r->within, r->path);
	return true;
}
