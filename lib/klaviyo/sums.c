/* SPDX-License-Identifier: MIT */
/*
 * sums.c - the digest of a batch's body.
 *
 * The journal and the receipt have it, and the request does not.  Two digests
 * at once take little longer than one, and where bodies follow each other they
 * take much of a run's time: so a body waits for the next one, unless its
 * digest is wanted before that comes, or its bytes go.
 */

#include "run.h"

void
sum_later(struct kl_send *s, struct kl_batch *b)
{
	struct kl_batch *a = s->unsummed;

	if (a == NULL) {
		s->unsummed = b;
		return;
	}
	s->unsummed = NULL;
	kl_sha256_hex_two(a->body.s, a->body.n, a->sha256, b->body.s, b->body.n,
	    b->sha256);
}

void
sum_now(struct kl_send *s, struct kl_batch *b)
{
	if (s->unsummed != b)
		return;
	s->unsummed = NULL;
	kl_sha256_hex(b->body.s, b->body.n, b->sha256);
}
