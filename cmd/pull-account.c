/* SPDX-License-Identifier: MIT */
/* pull-account.c - kl-pull account: whose key it is, and what it may do. */

#include "kl/account.h"
#include "kl/json.h"
#include "pull.h"

/* One finding: a record, and a line for people. */
static void
put_check(void *ctx, const struct kl_check *k)
{
	static const char *const words[] = { "ok", "FAILED", "not tried" };
	struct pull *p = ctx;
	struct kl_buf *b = kl_out_begin(p->out);

	kl_buf_putc(b, '{');
	kl_json_put_str(b, "check", k->name);
	if (k->result == KL_CHECK_UNTRIED)
		kl_json_put_null(b, "ok");
	else
		kl_json_put_bool(b, "ok", k->result == KL_CHECK_GOOD);
	kl_json_put_str(b, "text", k->text);
	if (k->result == KL_CHECK_BAD) {
		kl_json_put_str(b, "code", k->err.code);
		kl_json_put_str(b, "hint", k->err.hint);
		p->checks = kl_err_worse(p->checks, kl_err_exit(k->err.rc));
	}
	kl_buf_putc(b, '}');
	if (kl_out_commit(p->out, NULL) == KL_OK)
		p->rows++;
	cmd_note("%-14s %-9s  %s%s%s", k->name, words[k->result], k->text,
	    k->err.hint[0] != '\0' ? "; " : "", k->err.hint);
}

enum kl_rc
pull_account(struct pull *p, struct kl_err *err)
{
	struct kl_buf *b;
	enum kl_rc rc;

	if (pull_opt.check) {
		rc = kl_account_check(p->client, pull_opt.list,
		    pull_opt.list_name, put_check, p, err);
		return rc == KL_OK ? kl_out_flush(p->out, err) : rc;
	}
	b = kl_out_begin(p->out);
	if ((rc = kl_account_get(p->client, b, err)) != KL_OK) {
		kl_out_abandon(p->out);
		return rc;
	}
	if ((rc = kl_out_commit(p->out, err)) == KL_OK)
		p->rows++;
	p->pages = 1;
	return rc;
}
