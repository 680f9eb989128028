/* SPDX-License-Identifier: MIT */
#ifndef WHERE_H
#define WHERE_H

#include "kl/convert.h"
#include "kl/json.h"
#include "slots.h"

/*
 * where.h - conditions on a record: FIELD=VALUE, FIELD!=VALUE, FIELD?
 */

enum where_what {
	WHERE_IS,
	WHERE_IS_NOT,
	WHERE_HAS
};

struct where {
	enum where_what what;
	uint32_t slot;
	struct kl_buf value;
};

/* Read a condition.  KL_OK, KL_EUSAGE, KL_ENOMEM. */
enum kl_rc where_parse(struct where *w, struct slots *slots,
    const char *condition, struct kl_err *err);

/* True if a value whose text is at hand (not KL_RAW, unless it is no string)
 * satisfies it. */
bool where_holds(const struct where *w, struct kl_value v);

/* True if the record, its slots found, satisfies it. */
bool where_true(const struct where *w, struct slots *slots,
    const struct kl_json *doc);

#endif /* WHERE_H */
