/* SPDX-License-Identifier: MIT */
#ifndef KL_JQ_H
#define KL_JQ_H

#include <stddef.h>

#include "kl/buf.h"
#include "kl/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/jq.h - jq expressions, run on JSON that our own scanner accepted.
 *
 * libjq is loaded with a plug-in when the first expression is made: compiling
 * one takes some 28 ms, more than most programs run.
 *
 * What an expression may do is to compute.  It sees no environment, no file
 * and no further input: env, $ENV, input, inputs, input_filename,
 * input_line_number, debug, stderr, halt, halt_error, modulemeta,
 * get_search_list, get_jq_origin and get_prog_origin, import and include are
 * refused when it is made, and ~/.jq is not read.
 *
 * libjq holds numbers as doubles.  Rather than altering one in silence, input
 * with a number of more digits than a double keeps is refused.  Members that
 * are copied keep their values but not their spelling: 1.10 becomes 1.1, and
 * nan, which JSON has not, null.
 *
 * An expression that never ends, or needs more memory than there is, ends
 * with the process: libjq can be interrupted in neither.
 */

#define KL_JQ_RESULTS 10000	       /* of one input; our limit */
#define KL_JQ_BYTES ((size_t)16 << 20) /* of all of them together */

struct kl_jq; /* opaque: one expression */

/*
 * Make an expression, to be freed with kl_jq_free().  plugin is the path of
 * kl-jq.so, NULL for ../lib/kl/kl-jq.so seen from the program.  HOME is
 * replaced in the environment meanwhile: other threads must leave that alone.
 *
 * KL_OK; KL_ECONFIG with code jq_syntax (with what libjq says), jq_forbidden
 * or jq_plugin; KL_ENOMEM.
 */
enum kl_rc kl_jq_new(struct kl_jq **to, const char *plugin, struct kl_span expr,
    struct kl_err *err);
void kl_jq_free(struct kl_jq *q);

/*
 * Begin with an input, which forgets the one before: one JSON value.  KL_OK;
 * KL_EDATA with code jq_number, the field being the member that holds a number
 * jq would alter, or what kl_json_scan() says; KL_ENOMEM, KL_ETOOBIG.
 */
enum kl_rc kl_jq_start(struct kl_jq *q, struct kl_span json,
    struct kl_err *err);

/*
 * Append its next result to b, on one line.  KL_OK; KL_EOF after the last;
 * KL_EDATA with code jq_failed, the message being jq's without any value of
 * the input, or jq_limit (see above); KL_ENOMEM, KL_ETOOBIG of b.  After
 * anything but KL_OK it must be started again.
 */
enum kl_rc kl_jq_next(struct kl_jq *q, struct kl_buf *b, struct kl_err *err);

#ifdef __cplusplus
}
#endif

#endif /* KL_JQ_H */
