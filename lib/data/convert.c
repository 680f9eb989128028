/* SPDX-License-Identifier: MIT */
/* convert.c - conversions: functions, one after the other. */

#include <stdlib.h>
#include <string.h>

#include "convert-priv.h"
#include "kl/phone.h"

void
kl_convert_free(struct kl_convert *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->n; i++) {
		free(v->step[i].format);
		kl_zone_free(v->step[i].zone);
		kl_jq_free(v->step[i].jq);
	}
	free(v->args);
	free(v);
}

void
kl_converter_free(struct kl_converter *c)
{
	size_t i;

	kl_phone_close(c->phone);
	c->phone = NULL;
	for (i = 0; i < sizeof(c->tmp) / sizeof(*c->tmp); i++)
		kl_buf_free(&c->tmp[i]);
	kl_json_free(&c->doc);
}

const char *
kl_convert_invert(struct kl_convert *v)
{
	struct step was[CONVERT_STEPS];
	size_t i, n = v->n;

	for (i = 0; i < n; i++)
		if (v->step[i].f->is.inverse == KL_INVERSE_NONE)
			return v->step[i].f->is.name;
	memcpy(was, v->step, sizeof(was));
	v->n = 0;
	for (i = n; i-- > 0;)
		if (was[i].f->is.inverse == KL_INVERSE_BACK) {
			v->step[v->n] = was[i];
			v->step[v->n++].back = true;
		}
	return NULL;
}

bool
kl_convert_lowers(const struct kl_convert *v, bool *trims)
{
	bool lowers = false;
	size_t i;

	*trims = false;
	for (i = 0; v != NULL && i < v->n; i++) {
		if (v->step[i].back ||
		    (v->step[i].f->run != step_lower &&
			v->step[i].f->run != step_trim))
			return false;
		lowers |= v->step[i].f->run == step_lower;
		*trims |= v->step[i].f->run == step_trim;
	}
	return lowers;
}

bool
kl_convert_assumes_utc(const struct kl_convert *v)
{
	size_t i;

	for (i = 0; v != NULL && i < v->n; i++)
		if (v->step[i].utc)
			return true;
	return false;
}

enum kl_rc
kl_convert_run(const struct kl_convert *conv, struct kl_converter *c,
    struct kl_value *v, struct kl_err *err)
{
	const struct step *s;
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; conv != NULL && i < conv->n && rc == KL_OK; i++) {
		s = &conv->step[i];
		if (s->f->fills || !kl_value_missing(v))
			rc = (s->back ? s->f->back : s->f->run)(s, c, v, err);
	}
	return rc;
}
