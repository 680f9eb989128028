/* SPDX-License-Identifier: MIT */
/* accounts.c - the one account there is. */

#include "box.h"

#define CONTACT "contact_information."
#define ADDRESS CONTACT "street_address."

const struct field account_fields[] = {
	{ "test_account", FIXED, "true", ALWAYS },
	{ CONTACT "default_sender_name", FIXED, "\"Sandbox\"", ALWAYS },
	{ CONTACT "default_sender_email", FIXED, "\"sandbox@mail.example\"",
	    ALWAYS },
	{ CONTACT "website_url", FIXED, "null", ALWAYS },
	{ CONTACT "organization_name", FIXED, "\"kl-sandbox\"", ALWAYS },
	{ ADDRESS "address1", FIXED, "null", ALWAYS },
	{ ADDRESS "address2", FIXED, "null", ALWAYS },
	{ ADDRESS "city", FIXED, "null", ALWAYS },
	{ ADDRESS "region", FIXED, "null", ALWAYS },
	{ ADDRESS "country", FIXED, "null", ALWAYS },
	{ ADDRESS "zip", FIXED, "null", ALWAYS },
	{ "industry", FIXED, "null", ALWAYS },
	{ "timezone", FIXED, "\"UTC\"", ALWAYS },
	{ "preferred_currency", FIXED, "\"EUR\"", ALWAYS },
	{ "public_api_key", FIXED, "\"" ACCOUNT_ID "\"", ALWAYS },
	{ "locale", FIXED, "\"en-US\"", ALWAYS },
	{ 0 },
};

/* All of it is fixed. */
static void
no_value(struct kl_buf *b, int source, void *ctx)
{
	(void)source;
	(void)ctx;
	kl_buf_puts(b, "null");
}

static void
put_account(struct req *q)
{
	struct shape *s = &q->box->shape;
	struct kl_buf *b = &q->out;

	if (!shape_make(s, account_fields, &q->query.fields[0], &q->query.more,
		ALWAYS)) {
		reply_bad(q, BROKEN, "/data", "out of memory");
		return;
	}
	kl_buf_puts(b,
	    "{\"type\":\"account\",\"id\":\"" ACCOUNT_ID "\","
	    "\"attributes\":");
	shape_put(s, b, no_value, NULL);
	reply_links(b, q, "accounts", ACCOUNT_ID);
	kl_buf_putc(b, '}');
}

void
get_accounts(struct req *q)
{
	reply_begin(q, 200);
	kl_buf_putc(&q->out, '[');
	put_account(q);
	kl_buf_putc(&q->out, ']');
	reply_end_whole(q);
}

void
get_account(struct req *q)
{
	if (!kl_span_is(q->id[0], ACCOUNT_ID)) {
		reply_bad(q, NOT_FOUND, "/data/",
		    "An account with id %.*s does not exist.",
		    q->id[0].n > 60 ? 60 : (int)q->id[0].n, q->id[0].s);
		return;
	}
	reply_begin(q, 200);
	put_account(q);
	reply_end(q);
}
