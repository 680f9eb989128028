/* SPDX-License-Identifier: MIT */
/*
 * mirror-audit.c - the audit trail is told who was removed, or put back.
 *
 * In the form in which the engine tells of records.  All that is known of
 * these people is the id of the profile.
 */

#include <stdio.h>

#include "kl/rowkey.h"
#include "kl/time.h"
#include "mirror.h"

enum kl_rc
mirror_audit_open(struct mirror *x, struct kl_err *err)
{
	struct push *p = x->p;
	char what[200];

	if (!cmd_audit_wanted() || p->audit.a != NULL)
		return KL_OK;
	p->send.run = p->in.f.run;
	(void)snprintf(what, sizeof(what), "mirror, list %s, account %s",
	    p->list.id, p->account);
	return push_audit_open(p, what, err);
}

/* What all entries begin with. */
static struct kl_buf *
begin(struct mirror *x, const char *event, uint64_t seq)
{
	struct kl_buf *b = kl_audit_entry(x->p->audit.a);
	char text[KL_TIME_TEXT];

	kl_json_put_str(b, "event", event);
	kl_json_put_str(b, "at", kl_time_text_ms(kl_now_wall(), text));
	kl_json_put_str(b, "run", x->p->in.f.run);
	kl_json_put_int(b, "seq", (int64_t)seq);
	return b;
}

static void
put_command(struct mirror *x, struct kl_buf *b, enum kl_ep ep)
{
	kl_json_put_str(b, "action",
	    ep == KL_EP_LIST_REMOVE ? "remove" : "add");
	kl_json_put_str(b, "account", x->p->account);
	kl_json_put_str(b, "list", x->p->list.id);
}

enum kl_rc
mirror_audit_sending(struct mirror *x, uint64_t seq, enum kl_ep ep, size_t n,
    struct kl_err *err)
{
	struct kl_buf *b;

	if (x->p->audit.a == NULL)
		return KL_OK;
	b = begin(x, "sending", seq);
	kl_json_put_int(b, "members", (int64_t)n);
	put_command(x, b, ep);
	kl_audit_add(x->p->audit.a);
	return kl_audit_sync(x->p->audit.a, err);
}

/* The id, by its keyed digest or in the clear. */
static enum kl_rc
put_who(struct mirror *x, struct kl_rows *rows, struct kl_buf *b,
    const struct kl_plan_person *p, struct kl_err *err)
{
	struct kl_buf text = { 0 };
	struct kl_json doc = { 0 };
	unsigned char key[KL_ROW_DIGEST] = { 0 };
	unsigned char md[KL_SHA256] = { 0 };
	char digest[KL_RECORD_DIGEST];
	enum kl_rc rc;

	kl_buf_printf(&text, "{\"id\":\"%s\"}", p->id);
	if ((rc = kl_buf_check(&text, err)) == KL_OK &&
	    (rc = kl_json_scan(&doc, text.s, text.n, err)) == KL_OK)
		rc = kl_row_key(rows, &doc, 0, key, err);
	memcpy(md, key, sizeof(key));
	kl_digest_text(md, digest);
	kl_json_put_name(b, "who");
	kl_buf_putc(b, '{');
	kl_json_put_str(b, "id", x->p->send.audit_pii ? p->id : digest);
	kl_buf_putc(b, '}');
	kl_json_free(&doc);
	kl_buf_free(&text);
	return rc;
}

enum kl_rc
mirror_audit_done(struct mirror *x, uint64_t seq, enum kl_ep ep,
    const struct kl_plan_person *p, size_t n, struct kl_err *err)
{
	static const char *const id[] = { "id" };
	struct kl_rows rows = { .key = id, .keys = 1 };
	struct kl_buf *b;
	enum kl_rc rc = KL_OK;
	size_t i;

	if (x->p->audit.a == NULL)
		return KL_OK;
	kl_hmac_set(&rows.hash, x->p->journal.hash.byte,
	    sizeof(x->p->journal.hash.byte));
	for (i = 0; rc == KL_OK && i < n; i++) {
		b = begin(x, "change", seq);
		put_command(x, b, ep);
		kl_json_put_str(b, "outcome", "accepted");
		rc = put_who(x, &rows, b, &p[i], err);
		kl_audit_add(x->p->audit.a);
	}
	(void)begin(x, "settled", seq);
	kl_audit_add(x->p->audit.a);
	kl_rows_free(&rows);
	return rc == KL_OK ? kl_audit_sync(x->p->audit.a, err) : rc;
}
