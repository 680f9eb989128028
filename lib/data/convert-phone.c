/* SPDX-License-Identifier: MIT */
/*
 * convert-phone.c - telephone numbers into E.164, by a region or without.
 */

#include <string.h>

#include "kl/country.h"
#include "kl/phone.h"
#include "step.h"

static enum kl_rc
bad_region(struct kl_span region, struct kl_err *err)
{
	(void)kl_err_set(err, KL_ECONFIG,
	    "convert function phone: unknown region \"%.*s\"",
	    (int)(region.n < 40 ? region.n : 40), region.s);
	kl_err_hint(err,
	    "a code of ISO 3166 as in phone:US, or a field that "
	    "holds one as in phone:@Country");
	return KL_ECONFIG;
}

/* phone needs nothing; phone:US and phone:@Country open the plug-in. */
enum kl_rc
step_phone_setup(struct step *s, struct kl_converter *c, struct kl_err *err)
{
	struct kl_span region = s->arg[0];
	const char *code;
	enum kl_rc rc;

	if (s->args == 0)
		return KL_OK;
	if (c->phone == NULL &&
	    (rc = kl_phone_open(&c->phone, c->phone_plugin, err)) != KL_OK)
		return rc;
	if (region.n > 1 && region.s[0] == '@' && c->slot != NULL) {
		s->from_field = true;
		s->slot = c->slot(c->ctx,
		    (struct kl_span){ region.s + 1, region.n - 1 });
		return s->slot == UINT32_MAX ? kl_err_nomem(err) : KL_OK;
	}
	code = kl_country_code(region.s, region.n);
	if (code == NULL || !kl_phone_has_region(c->phone, code))
		return bad_region(region, err);
	memcpy(s->region, code, sizeof(s->region));
	return KL_OK;
}

/* kl_country_code(), remembered: there are few countries and many records. */
static const char *
country_of(struct kl_converter *c, struct kl_span s)
{
	size_t i;

	if (s.n == 0 || s.n > sizeof(c->country[0].text))
		return kl_country_code(s.s, s.n);
	i = (s.n * 31 + (unsigned char)s.s[0] * 7 +
		(unsigned char)s.s[s.n / 2] * 3 + (unsigned char)s.s[s.n - 1]) &
	    (KL_COUNTRIES - 1);
	if (c->country[i].n != s.n ||
	    memcmp(c->country[i].text, s.s, s.n) != 0) {
		c->country[i].n = (unsigned char)s.n;
		memcpy(c->country[i].text, s.s, s.n);
		c->country[i].code = kl_country_code(s.s, s.n);
	}
	return c->country[i].code;
}

/* The region in the field; NULL if it is missing, or no country. */
static const char *
region_of(const struct step *s, struct kl_converter *c)
{
	struct kl_value v = c->field(c->ctx, s->slot);
	unsigned turn = c->turn;
	const char *code = NULL;

	if (!kl_value_missing(&v) && step_text(s, c, &v, NULL) == KL_OK)
		code = country_of(c, v.s);
	c->turn = turn; /* what it took is free again */
	return code;
}

enum kl_rc
step_phone(const struct step *s, struct kl_converter *c, struct kl_value *v,
    struct kl_err *err)
{
	const char *region = s->region;
	char out[KL_PHONE_TEXT];
	struct kl_buf *b;
	enum kl_rc rc;

	if ((rc = step_text(s, c, v, err)) != KL_OK)
		return rc;
	if (s->from_field)
		region = region_of(s, c);
	if (s->args == 0)
		rc = kl_phone_e164(v->s.s, v->s.n, out, err);
	else
		rc =
		    kl_phone_format(c->phone, v->s.s, v->s.n, region, out, err);
	if (rc != KL_OK)
		return rc;
	b = step_buf(c);
	kl_buf_puts(b, out);
	return step_took(v, b, KL_CLEAN, err);
}
