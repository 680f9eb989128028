/* SPDX-License-Identifier: MIT */
/*
 * verb-suppress.c - no more e-mail to an address, and that taken back.
 *
 * The service takes addresses alone.  Who is suppressed and is not there yet
 * is created, so that the address is known.
 */

#include <string.h>

#include "verbs.h"

/* {"type":"profile","attributes":{"email":"..."}} */
static enum kl_rc
put_address(struct kl_making *to, const struct kl_json *doc, struct kl_err *err)
{
	uint32_t email = kl_json_get(doc, 0, "email");

	if (email == 0 || kl_json_type(doc, email) != KL_JSON_STRING ||
	    kl_json_is_empty(doc, email)) {
		(void)kl_err_set(err, KL_EDATA, "the record has no address");
		kl_err_code(err, "identifier_missing");
		kl_err_field(err, "email", 5);
		kl_err_hint(err, "suppression is about e-mail alone");
		return KL_EDATA;
	}
	kl_buf_puts(to->body,
	    "{\"type\":\"profile\",\"attributes\":{\"email\":");
	kl_buf_span(to->body, kl_json_raw(doc, email));
	kl_buf_puts(to->body, "}}");
	return kl_buf_check(to->body, err);
}

static void
open_body(struct kl_buf *b, const char *type)
{
	kl_buf_printf(b,
	    "{\"data\":{\"type\":\"%s\",\"attributes\":{\"profiles\":{"
	    "\"data\":[",
	    type);
}

static void
open_suppress(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	open_body(b, "profile-suppression-bulk-create-job");
}

static void
open_unsuppress(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	open_body(b, "profile-suppression-bulk-delete-job");
}

static void
close_body(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, "]}}}}");
}

const struct kl_verb kl_verb_suppress = {
	.name = "suppress",
	.makes = true,
	.list = KL_LIST_NEVER,
	.road = { .ep = KL_EP_SUPPRESS,
	    .open = open_suppress,
	    .close = close_body,
	    .has_job = true,
	    .jobs = KL_EP_SUPPRESS_JOBS,
	    .newest = "-created",
	    .job = KL_EP_SUPPRESS_JOB },
	.item = put_address,
};

const struct kl_verb kl_verb_unsuppress = {
	.name = "unsuppress",
	.list = KL_LIST_NEVER,
	.road = { .ep = KL_EP_UNSUPPRESS,
	    .open = open_unsuppress,
	    .close = close_body,
	    .has_job = true,
	    .jobs = KL_EP_UNSUPPRESS_JOBS,
	    .newest = "-created",
	    .job = KL_EP_UNSUPPRESS_JOB },
	.item = put_address,
};
