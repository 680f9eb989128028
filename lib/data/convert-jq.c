/* SPDX-License-Identifier: MIT */
/*
 * convert-jq.c - the function that is an expression.
 *
 * The value is written as JSON, and so is what comes of it: the expression has
 * no other way to the record.
 */

#include "step.h"

enum kl_rc
step_jq_setup(struct step *s, struct kl_converter *c, struct kl_err *err)
{
	return kl_jq_new(&s->jq, c->jq_plugin, s->arg[0], err);
}

/* There must be no further result. */
static enum kl_rc
only_one(struct kl_jq *jq, struct kl_buf *b, struct kl_err *err)
{
	enum kl_rc rc = kl_jq_next(jq, b, err);

	if (rc != KL_OK)
		return rc == KL_EOF ? KL_OK : rc;
	(void)kl_err_set(err, KL_EDATA,
	    "jq: more than one result for one value");
	kl_err_code(err, "jq_many");
	kl_err_hint(err, "gather them, as in [.[]], or take the first(...)");
	return KL_EDATA;
}

/* Make *v the value that stands in the buffer. */
static enum kl_rc
take_result(struct kl_converter *c, struct kl_value *v, const struct kl_buf *b,
    struct kl_err *err)
{
	enum kl_rc rc = kl_json_scan(&c->doc, b->s, b->n, err);

	if (rc != KL_OK)
		return rc;
	*v = (struct kl_value){ .s = kl_json_raw(&c->doc, 0),
		.type = (uint8_t)kl_json_type(&c->doc, 0),
		.form = KL_RAW,
		.esc = c->doc.node[0].esc };
	return KL_OK;
}

enum kl_rc
step_jq(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_buf *in = step_buf(c), *out;
	enum kl_rc rc;

	kl_value_put(in, v);
	if ((rc = kl_buf_check(in, err)) != KL_OK ||
	    (rc = kl_jq_start(s->jq, (struct kl_span){ in->s, in->n }, err)) !=
		KL_OK)
		return rc;
	out = step_buf(c);
	if ((rc = kl_jq_next(s->jq, out, err)) == KL_EOF) {
		*v = (struct kl_value){ 0 };
		return KL_OK;
	}
	if (rc == KL_OK)
		rc = only_one(s->jq, in, err);
	return rc == KL_OK ? take_result(c, v, out, err) : rc;
}
