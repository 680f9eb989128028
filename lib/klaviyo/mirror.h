/* SPDX-License-Identifier: MIT */
#ifndef MIRROR_H
#define MIRROR_H

#include <stdbool.h>
#include <stddef.h>

#include "kl/buf.h"
#include "kl/canon.h"
#include "kl/json.h"

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

#endif /* MIRROR_H */
