/* SPDX-License-Identifier: MIT */
/*
 * verb-forget.c - a person is deleted, with all that is known of them.
 *
 * The service takes one person a request, by exactly one identifier: the id
 * if people are matched by it, else the address, else the phone number.
 */

#include "verbs.h"

/* The node of a text that is not empty; 0: there is none. */
static uint32_t
text(const struct kl_json *doc, const char *name)
{
	uint32_t node = kl_json_get(doc, 0, name);

	return node != 0 && kl_json_type(doc, node) == KL_JSON_STRING &&
		!kl_json_is_empty(doc, node)
	    ? node
	    : 0;
}

static enum kl_rc
nobody(const struct kl_json *doc, struct kl_err *err)
{
	(void)kl_err_set(err, KL_EDATA,
	    "the record has no identifier to be forgotten by");
	kl_err_code(err, "identifier_missing");
	kl_err_hint(err, "the service takes email or phone_number%s",
	    text(doc, "id") != 0 ? ", or id with --match id" : "");
	return KL_EDATA;
}

static enum kl_rc
put_person(struct kl_making *to, const struct kl_json *doc, struct kl_err *err)
{
	uint32_t id = to->profile->match_id ? text(doc, "id") : 0;
	uint32_t email = text(doc, "email"), phone = text(doc, "phone_number");
	struct kl_buf *b = to->body;

	if (id == 0 && email == 0 && phone == 0)
		return nobody(doc, err);
	kl_buf_puts(b, "{\"type\":\"profile\"");
	if (id != 0)
		kl_json_put_raw(b, "id", kl_json_raw(doc, id));
	kl_json_put_name(b, "attributes");
	kl_buf_putc(b, '{');
	if (id == 0 && email != 0)
		kl_json_put_raw(b, "email", kl_json_raw(doc, email));
	else if (id == 0)
		kl_json_put_raw(b, "phone_number", kl_json_raw(doc, phone));
	kl_buf_puts(b, "}}");
	return kl_buf_check(b, err);
}

static void
open_body(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b,
	    "{\"data\":{\"type\":\"data-privacy-deletion-job\",\"attributes\":{"
	    "\"profile\":{\"data\":");
}

static void
close_body(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, "}}}}");
}

const struct kl_verb kl_verb_forget = {
	.name = "forget",
	.list = KL_LIST_NEVER,
	.road = { .ep = KL_EP_FORGET,
	    .open = open_body,
	    .close = close_body,
	    .may_lack = true },
	.item = put_person,
};
