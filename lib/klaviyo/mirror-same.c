/* SPDX-License-Identifier: MIT */
/*
 * mirror-same.c - whether a member has the values of a record.
 *
 * What kl_profile_body() would send is looked at, and nothing else: a member
 * of the record that is null, or that only the service sets, says nothing.
 * Where the two are spelt differently and mean the same to the service (1.0
 * and 1, a coordinate as a string), they are the same; in doubt they are not,
 * and a record is sent that need not be.
 */

#include <stdlib.h>

#include "kl/email.h"
#include "kl/profile.h"
#include "mirror.h"

#define NUMBER_TEXT 64

void
mirror_eye_free(struct mirror_eye *eye)
{
	kl_canon_free(&eye->canon);
	kl_buf_free(&eye->a);
	kl_buf_free(&eye->b);
}

/* The number that the node is, or is the text of. */
static bool
number(const struct kl_json *doc, uint32_t i, double *v)
{
	struct kl_span s = kl_json_raw(doc, i);
	char text[NUMBER_TEXT];
	char *end;

	if (kl_json_type(doc, i) == KL_JSON_STRING && s.n >= 2)
		s = (struct kl_span){ s.s + 1, s.n - 2 };
	else if (kl_json_type(doc, i) != KL_JSON_NUMBER)
		return false;
	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.s, s.n);
	text[s.n] = '\0';
	*v = strtod(text, &end);
	return *end == '\0';
}

static bool
same_text(struct mirror_eye *eye, const struct kl_json *x, uint32_t i,
    const struct kl_json *y, uint32_t k)
{
	struct kl_span a = kl_json_text(x, i, &eye->a);
	struct kl_span b = kl_json_text(y, k, &eye->b);

	return eye->a.rc == KL_OK && eye->b.rc == KL_OK && kl_span_eq(a, b);
}

/* Two values of any kind. */
static bool
same_value(struct mirror_eye *eye, const struct kl_json *x, uint32_t i,
    const struct kl_json *y, uint32_t k)
{
	enum kl_json_type t = kl_json_type(x, i);
	double v, w;

	if (t != kl_json_type(y, k))
		return false;
	if (t == KL_JSON_STRING)
		return same_text(eye, x, i, y, k);
	if (kl_span_eq(kl_json_raw(x, i), kl_json_raw(y, k)))
		return true;
	/* Beyond 15 digits, two that differ may be read as the same number. */
	if (t == KL_JSON_NUMBER)
		return kl_json_raw(x, i).n <= 15 && kl_json_raw(y, k).n <= 15 &&
		    number(x, i, &v) && number(y, k, &w) && !(v < w) &&
		    !(v > w);
	kl_buf_reset(&eye->a);
	kl_buf_reset(&eye->b);
	kl_canon_put(&eye->canon, &eye->a, x, i);
	kl_canon_put(&eye->canon, &eye->b, y, k);
	return eye->a.rc == KL_OK && eye->b.rc == KL_OK &&
	    eye->a.n == eye->b.n &&
	    memcmp(kl_buf_str(&eye->a), kl_buf_str(&eye->b), eye->a.n) == 0;
}

/* A field of the service's own: an empty text is as good as none there. */
static bool
same_field(struct mirror_eye *eye, const struct kl_member *row,
    const struct kl_json *x, uint32_t i, const struct kl_json *y, uint32_t k)
{
	struct kl_span a, b;
	double v, w;

	if (k == 0 || kl_json_is_empty(y, k))
		return kl_json_is_empty(x, i);
	if (row->form == KL_FORM_LATITUDE || row->form == KL_FORM_LONGITUDE)
		return number(x, i, &v) && number(y, k, &w) && !(v < w) &&
		    !(v > w);
	if (row->form != KL_FORM_EMAIL)
		return same_value(eye, x, i, y, k);
	a = kl_json_text(x, i, &eye->a);
	b = kl_json_text(y, k, &eye->b);
	if (a.n == 0 || a.n != b.n || a.n > KL_JSON_SPARE * 8)
		return false;
	{
		char p[KL_JSON_SPARE * 8], q[KL_JSON_SPARE * 8];

		kl_email_fold(p, a.s, a.n);
		kl_email_fold(q, b.s, b.n);
		return memcmp(p, q, a.n) == 0;
	}
}

/* The members of an object that is merged key by key: each that is not null. */
static bool
same_members(struct mirror_eye *eye, const struct kl_member *row,
    const struct kl_json *x, uint32_t i, const struct kl_json *y, uint32_t k)
{
	struct kl_buf tmp = { 0 };
	const struct kl_member *place;
	struct kl_span name;
	bool same = true;
	uint32_t at;

	if (kl_json_type(x, i) != KL_JSON_OBJECT)
		return false;
	kl_json_each_member (m, x, i) {
		if (!same || kl_json_type(x, m + 1) == KL_JSON_NULL)
			continue;
		name = kl_json_text(x, m, &tmp);
		at = k != 0 ? kl_json_getn(y, k, name) : 0;
		place = row->form == KL_FORM_LOCATION ? kl_location_member(name)
						      : NULL;
		if (place != NULL)
			same = same_field(eye, place, x, m + 1, y, at);
		else
			same = at != 0 && same_value(eye, x, m + 1, y, at);
		same = same && tmp.rc == KL_OK;
	}
	kl_buf_free(&tmp);
	return same;
}

bool
mirror_same(struct mirror_eye *eye, const struct kl_json *record,
    const struct kl_json *have, uint32_t obj)
{
	struct kl_buf tmp = { 0 };
	const struct kl_member *row;
	bool same = true;
	uint32_t at;

	kl_json_each_member (m, record, 0) {
		if (!same || kl_json_type(record, m + 1) == KL_JSON_NULL)
			continue;
		row = kl_profile_member(kl_json_text(record, m, &tmp));
		if (row == NULL)
			continue; /* left out, or the record would be wrong */
		if (row->role == KL_MEMBER_META)
			same = false; /* what it did is not to be seen */
		if (row->role != KL_MEMBER_SENT ||
		    strcmp(row->name, "_kx") == 0)
			continue;
		at = kl_json_get(have, obj, row->name);
		if (row->form == KL_FORM_LOCATION ||
		    row->form == KL_FORM_OBJECT)
			same = same_members(eye, row, record, m + 1, have, at);
		else
			same = same_field(eye, row, record, m + 1, have, at);
	}
	same = same && tmp.rc == KL_OK;
	kl_buf_free(&tmp);
	return same;
}
