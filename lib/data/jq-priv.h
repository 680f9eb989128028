/* SPDX-License-Identifier: MIT */
#ifndef JQ_PRIV_H
#define JQ_PRIV_H

/* jq-priv.h - what the files around expressions share. */

#include "jq-plugin.h"
#include "kl/jq.h"
#include "kl/json.h"

struct kl_jq {
	const struct jq_plugin *jq;
	void *program;
	struct kl_buf expr; /* as it was given */
	struct kl_buf said; /* scratch: a result, or what jq says of it */
	struct kl_json doc; /* the input */
	size_t results, bytes;
	enum kl_rc rc; /* KL_OK: there may be a result */
};

/* True if a double keeps the number: jq writes the same one. */
bool jq_keeps(struct kl_span number);

/*
 * Append what can be said of a failure: jq's message without what comes from
 * the input.  Only its fixed words and the names of types are taken over, and
 * texts that stand in the expression.  True if that is all of it.
 */
bool jq_explain(struct kl_buf *b, struct kl_span message, struct kl_span expr);

#endif /* JQ_PRIV_H */
