/* SPDX-License-Identifier: MIT */
/* step.c - what a convert function does with the value it is given. */

#include "step.h"

enum kl_rc
step_refuse(const struct step *s, struct kl_err *err, const char *what,
    const char *hint)
{
	(void)kl_err_set(err, KL_EDATA, "%s", what);
	kl_err_code(err, s->f->is.code != NULL ? s->f->is.code : "type_wrong");
	kl_err_hint(err, "%s", hint);
	return KL_EDATA;
}

enum kl_rc
step_text_of(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_json_node node = { .type = KL_JSON_STRING, .esc = 1 };
	struct kl_json doc = { .node = &node, .nodes = 1 };
	struct kl_buf *b;

	if (v->type == KL_JSON_ARRAY || v->type == KL_JSON_OBJECT) {
		(void)kl_err_set(err, KL_EDATA,
		    "convert function %s: %s is no text", s->f->is.name,
		    v->type == KL_JSON_ARRAY ? "an array" : "an object");
		kl_err_code(err, "type_wrong");
		kl_err_hint(err,
		    "name a member of it, as in address.city, or "
		    "convert with join first");
		return KL_EDATA;
	}
	if (v->type != KL_JSON_STRING)
		return KL_OK;
	b = step_buf(c);
	doc.s = v->s.s;
	doc.n = v->s.n;
	node.n = (uint32_t)v->s.n;
	(void)kl_json_text(&doc, 0, b);
	return step_took(v, b, KL_TEXT, err);
}

struct kl_buf *
step_buf(struct kl_converter *c)
{
	struct kl_buf *b = &c->tmp[c->turn ^= 1];

	kl_buf_reset(b);
	return b;
}

enum kl_rc
step_took(struct kl_value *v, const struct kl_buf *b, enum kl_form form,
    struct kl_err *err)
{
	v->s = (struct kl_span){ b->s, b->n };
	v->type = KL_JSON_STRING;
	v->form = (uint8_t)form;
	v->esc = false;
	return kl_buf_check(b, err);
}
