/* SPDX-License-Identifier: MIT */
/* mirror-prints.c - the identifiers of people as fingerprints. */

#include "mirror.h"

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
