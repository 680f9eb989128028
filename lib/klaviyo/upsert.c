/* SPDX-License-Identifier: MIT */
/* upsert.c - one profile, created or updated. */

#include <string.h>

#include "kl/klaviyo.h"
#include "kl/profile.h"

#include "single.h"

/* {"data":PROFILE} of the record. */
static enum kl_rc
put_body(struct kl_buf *b, const struct kl_json *doc, struct kl_err *err)
{
	struct kl_profile p = { 0 };
	enum kl_rc rc;

	kl_buf_puts(b, "{\"data\":");
	if ((rc = kl_profile_check(&p, doc, err)) == KL_OK)
		rc = kl_profile_body(&p, b, doc, err);
	kl_buf_putc(b, '}');
	kl_profile_free(&p);
	return rc == KL_OK ? kl_buf_check(b, err) : rc;
}

/* The id in the answer. */
static enum kl_rc
read_answer(struct kl_upserted *to, const struct kl_answer *a,
    struct kl_err *err)
{
	struct kl_buf tmp = { 0 };
	struct kl_span id = { 0 };
	uint32_t node;

	if ((node = kl_json_get(a->doc, 0, "data")) != 0 &&
	    (node = kl_json_get(a->doc, node, "id")) != 0)
		id = kl_json_text(a->doc, node, &tmp);
	if (id.n > 0 && id.n < sizeof(to->id)) {
		memcpy(to->id, id.s, id.n);
		to->id[id.n] = '\0';
		to->created = a->status == 201;
	}
	kl_buf_free(&tmp);
	if (id.n > 0 && id.n < sizeof(to->id))
		return KL_OK;
	(void)kl_err_set(err, KL_EPROTO, "klaviyo sent no profile");
	kl_err_code(err, "no_resource");
	return KL_EPROTO;
}

enum kl_rc
kl_profile_upsert_json(struct kl_client *c, struct kl_span record,
    struct kl_upserted *to, struct kl_err *err)
{
	struct kl_buf body = { 0 };
	struct kl_json doc = { 0 };
	struct kl_answer a;
	enum kl_rc rc;

	if ((rc = kl_json_scan(&doc, record.s, record.n, err)) == KL_OK &&
	    (rc = put_body(&body, &doc, err)) == KL_OK &&
	    (rc = single_call(c, KL_EP_PROFILE_IMPORT, &body, &a, err)) ==
		KL_OK &&
	    to != NULL)
		rc = read_answer(to, &a, err);
	kl_json_free(&doc);
	kl_buf_free(&body);
	return rc;
}

enum kl_rc
kl_profile_upsert(struct kl_client *c, struct kl_record *r,
    struct kl_upserted *to, struct kl_err *err)
{
	struct kl_span record;
	enum kl_rc rc;

	if ((rc = kl_record_line(r, &record, err)) != KL_OK)
		return rc;
	return kl_profile_upsert_json(c, record, to, err);
}
