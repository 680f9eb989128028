/* SPDX-License-Identifier: MIT */
/*
 * convert-text.c - the functions that change text.
 *
 * Numbers, true and false have no white space and no letters to change:
 * these functions let them pass as they are.
 */

#include <string.h>

#include "letters.h"
#include "step.h"

enum kl_rc
step_need_text(struct step *s, struct kl_converter *c, struct kl_err *err)
{
	(void)c;
	if (s->arg[0].n > 0)
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "convert function %s: an empty argument", s->f->is.name);
	kl_err_hint(err, "it is written %s:%s", s->f->is.name, s->f->is.arg);
	return KL_ECONFIG;
}

enum kl_rc
step_trim(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	enum kl_rc rc = step_text(s, c, v, err);

	if (rc == KL_OK && v->type == KL_JSON_STRING)
		v->s = letters_trim(v->s);
	return rc;
}

static enum kl_rc
change_case(const struct step *s, struct kl_converter *c, struct kl_value *v,
    enum letters_case to, struct kl_err *err)
{
	enum kl_rc rc = step_text(s, c, v, err);
	struct kl_buf *b;

	if (rc != KL_OK || v->type != KL_JSON_STRING)
		return rc;
	b = step_buf(c);
	letters_put(b, v->s, to);
	return step_took(v, b, (enum kl_form)v->form, err);
}

enum kl_rc
step_lower(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	return change_case(s, c, v, LETTERS_LOWER, err);
}

enum kl_rc
step_upper(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	return change_case(s, c, v, LETTERS_UPPER, err);
}

enum kl_rc
step_title(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	return change_case(s, c, v, LETTERS_TITLE, err);
}

/* Where old begins in text from i on; text.n if nowhere. */
static size_t
find(struct kl_span text, size_t i, struct kl_span old)
{
	const char *p;

	while (old.n <= text.n - i) {
		p = memchr(text.s + i, old.s[0], text.n - i - old.n + 1);
		if (p == NULL)
			break;
		i = (size_t)(p - text.s);
		if (memcmp(p, old.s, old.n) == 0)
			return i;
		i++;
	}
	return text.n;
}

enum kl_rc
step_replace(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	enum kl_rc rc = step_text(s, c, v, err);
	struct kl_buf *b;
	size_t at, from = 0;

	if (rc != KL_OK || v->type != KL_JSON_STRING ||
	    find(v->s, 0, s->arg[0]) == v->s.n)
		return rc;
	b = step_buf(c);
	while ((at = find(v->s, from, s->arg[0])) < v->s.n) {
		kl_buf_put(b, v->s.s + from, at - from);
		kl_buf_span(b, s->arg[1]);
		from = at + s->arg[0].n;
	}
	kl_buf_put(b, v->s.s + from, v->s.n - from);
	return step_took(v, b, KL_TEXT, err);
}

enum kl_rc
step_null_if(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	enum kl_rc rc = step_text(s, c, v, err);

	if (rc == KL_OK && kl_span_eq(v->s, s->arg[0]))
		*v = (struct kl_value){ .s = KL_SPAN("null"),
			.type = KL_JSON_NULL };
	return rc;
}

enum kl_rc
step_const(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	(void)c;
	(void)err;
	*v = (struct kl_value){ .s = s->arg[0],
		.type = KL_JSON_STRING,
		.form = KL_TEXT };
	return KL_OK;
}

enum kl_rc
step_default(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	return kl_value_missing(v) ? step_const(s, c, v, err) : KL_OK;
}

enum kl_rc
step_split(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_buf *b;
	size_t at, from = 0;
	enum kl_rc rc;

	if (v->type == KL_JSON_ARRAY)
		return KL_OK;
	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	b = step_buf(c);
	kl_buf_putc(b, '[');
	for (;;) {
		at = find(v->s, from, s->arg[0]);
		kl_json_put_text(b, v->s.s + from, at - from);
		if (at == v->s.n)
			break;
		kl_buf_putc(b, ',');
		from = at + s->arg[0].n;
	}
	kl_buf_putc(b, ']');
	rc = step_took(v, b, KL_RAW, err);
	v->type = KL_JSON_ARRAY;
	return rc;
}

enum kl_rc
step_join(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	struct kl_buf *b, *piece = &c->tmp[2];
	enum kl_json_type type;
	enum kl_rc rc;

	if (v->type != KL_JSON_ARRAY)
		return step_text(s, c, v, err);
	if ((rc = kl_json_scan(&c->doc, v->s.s, v->s.n, err)) != KL_OK)
		return rc;
	b = step_buf(c);
	kl_json_each (e, &c->doc, 0) {
		type = kl_json_type(&c->doc, e);
		if (type == KL_JSON_ARRAY || type == KL_JSON_OBJECT)
			return step_refuse(s, err,
			    "array holds another array or object",
			    "only texts and numbers can be joined");
		if (e > 1)
			kl_buf_span(b, s->arg[0]);
		if (type == KL_JSON_STRING)
			kl_buf_span(b, kl_json_text(&c->doc, e, piece));
		else if (type != KL_JSON_NULL)
			kl_buf_span(b, kl_json_raw(&c->doc, e));
	}
	if ((rc = kl_buf_check(piece, err)) != KL_OK)
		return rc;
	return step_took(v, b, KL_TEXT, err);
}
