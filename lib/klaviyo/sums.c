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

/*
 * Its memory serves others.  Where bodies hold the records, they are most of
 * what a batch weighs, and it stays charged with it: with more batches in
 * flight instead, the memory would go round among all of them again.
 */
static void
give_back(struct kl_send *s, struct kl_batch *b)
{
	if (kl_batch_stout(b)) {
		kl_batch_strip(b, &s->maker);
		return;
	}
	kl_buf_free(&b->body);
	s->in_use -= b->charged;
	b->charged = kl_batch_weight(b);
	s->in_use += b->charged;
}

void
sum_spent(struct kl_send *s, struct kl_batch *b)
{
	if (s->unsummed == b)
		b->spent = true;
	else
		give_back(s, b);
}

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
	if (a->spent)
		give_back(s, a);
}

void
sum_now(struct kl_send *s, struct kl_batch *b)
{
	if (s->unsummed != b)
		return;
	s->unsummed = NULL;
	kl_sha256_hex(b->body.s, b->body.n, b->sha256);
}
