/* SPDX-License-Identifier: MIT */
#ifndef MIRROR_H
#define MIRROR_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/canon.h"
#include "kl/mirror.h"
#include "kl/numbers.h"
#include "kl/out.h"
#include "kl/profile.h"
#include "people.h"

/* mirror.h - the inside of the mirror, shared by its files. */

/* What comparing values needs; all zero is ready for use. */
struct mirror_eye {
	struct kl_canon canon;
	struct kl_buf a, b;
};

/*
 * Whether the attributes at obj of have hold all that is sent of the record:
 * sending it would change nothing.  False if memory runs out.
 */
bool mirror_same(struct mirror_eye *eye, const struct kl_json *record,
    const struct kl_json *have, uint32_t obj);

void mirror_eye_free(struct mirror_eye *eye);

#define MIRROR_KINDS 4
#define MIRROR_FIELDS 32 /* that a profile has, at most */

/* Of a fingerprint. */
#define MIRROR_SHARED 1 /* several records of the input have it */
#define MIRROR_NEEDED 2 /* and one of them is needed */

struct kl_mirror {
	const struct kl_hash_key *hash;
	struct kl_people_seed seed;
	bool match_id, values;
	struct kl_numbers want, protect; /* fingerprints */
	uint32_t *place; /* beside want: 1 + where its member is; 0: nowhere */
	uint8_t *flag;	 /* beside want */
	bool shared;	 /* some are */
	uint8_t *need;	 /* of each record */
	uint64_t needs;
	size_t needs_cap;
	uint64_t shape; /* of the record before: the same fields */
	const struct kl_member *field[MIRROR_FIELDS];
	size_t fields;
	struct kl_profile_ids ids;
	/* The values of members that are in the input. */
	int fd;
	struct kl_out *out;
	struct kl_buf text;
	struct kl_json doc;
	struct mirror_eye eye;
};

/* The identifiers of one person, hashed, in the order in which the service
 * looks for them; 0: absent. */
struct mirror_ids {
	uint64_t v[MIRROR_KINDS];
};

/* Of the object obj; id is beside it where it is that of an answer, and
 * otherwise empty. */
enum kl_rc mirror_faces(struct kl_mirror *m, const struct kl_json *doc,
    uint32_t obj, struct kl_span id, struct mirror_ids *f, struct kl_err *err);

#endif /* MIRROR_H */
