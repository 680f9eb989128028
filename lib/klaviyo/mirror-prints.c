/* SPDX-License-Identifier: MIT */
/* mirror-prints.c - the identifiers of people as fingerprints: sorted, they are
 * looked up by halving. */

#include <stdlib.h>
#include <string.h>

#include "mirror.h"

#define FIRST 4096

bool
mirror_print_add(struct mirror_prints *p, uint64_t v)
{
	size_t cap = p->cap != 0 ? p->cap * 2 : FIRST;
	uint64_t *grown;

	if (p->n == p->cap) {
		if (cap > SIZE_MAX / 2 / sizeof(*p->v) ||
		    (grown = realloc(p->v, cap * sizeof(*p->v))) == NULL)
			return false;
		p->v = grown;
		p->cap = cap;
	}
	p->v[p->n++] = v;
	return true;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

size_t
mirror_print_find(const struct mirror_prints *p, uint64_t v)
{
	size_t lo = 0, hi = p->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (p->v[mid] == v)
			return mid;
		if (p->v[mid] < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return MIRROR_NONE;
}

void
mirror_print_sort(struct mirror_prints *p)
{
	if (p->n > 1)
		qsort(p->v, p->n, sizeof(*p->v), by_value);
}

static uint64_t
face(const struct kl_mirror *m, char kind, struct kl_span s)
{
	return s.n > 0 ? kl_people_hash(&m->seed, kind, s) : 0;
}

enum kl_rc
mirror_faces(struct kl_mirror *m, const struct kl_json *doc, uint32_t obj,
    struct kl_span id, struct mirror_ids *f, struct kl_err *err)
{
	enum kl_rc rc = kl_profile_ids(&m->ids, doc, obj, err);

	if (rc != KL_OK)
		return rc;
	if (id.n == 0)
		id = m->ids.id;
	f->v[0] = m->match_id ? face(m, 'i', id) : 0;
	f->v[1] = face(m, 'e', m->ids.email);
	f->v[2] = face(m, 'p', m->ids.phone);
	f->v[3] = face(m, 'x', m->ids.external_id);
	return KL_OK;
}
