/* SPDX-License-Identifier: MIT */
/* push-ask.c - what is asked of the service before anything is sent. */

#include <string.h>

#include "kl/account.h"
#include "push.h"

/* Whose key it is, if it may know; the configuration can name the one it is
 * meant for. */
static enum kl_rc
know_account(struct push *p, struct kl_err *err)
{
	struct kl_buf text = { 0 }, tmp = { 0 };
	struct kl_json doc = { 0 };
	struct kl_err why = { 0 };
	struct kl_span id = { 0 };
	enum kl_rc rc = kl_account_get(p->client, &text, &why);

	if (rc == KL_OK && kl_json_scan(&doc, text.s, text.n, &why) == KL_OK)
		id = kl_json_text(&doc, kl_json_get(&doc, 0, "id"), &tmp);
	if (id.n > 0 && id.n < sizeof(p->account))
		(void)memcpy(p->account, id.s, id.n);
	kl_json_free(&doc);
	kl_buf_free(&text);
	kl_buf_free(&tmp);
	if (rc == KL_EACCESS && strcmp(why.code, "scope_missing") == 0)
		rc = KL_OK; /* a good key need not be allowed that */
	if (rc != KL_OK) {
		*err = why;
		return rc;
	}
	if (p->config.account == NULL || p->account[0] == '\0' ||
	    strcmp(p->config.account, p->account) == 0)
		return KL_OK;
	(void)kl_err_set(err, KL_ECONFIG,
	    "the key is one of account %s, klaviyo.account says %s", p->account,
	    p->config.account);
	return KL_ECONFIG;
}

/* Jobs have to be followed: find out before anything is sent whether the key
 * may. */
static enum kl_rc
try_jobs(struct push *p, const struct kl_road *road, struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(road->jobs) };
	struct kl_answer answer = { 0 };

	if (call.ep->page_size > 0)
		call.query = KL_SPAN("page%5Bsize%5D=1");
	return kl_client_call(p->client, &call, &answer, err);
}

enum kl_rc
push_ask(struct push *p, struct kl_err *err)
{
	const struct kl_verb *v = p->send.verb;
	bool list = push_opt.list != NULL || push_opt.list_name != NULL;
	enum kl_rc rc = know_account(p, err);

	if (rc == KL_OK && v->list != KL_LIST_NEVER && list)
		rc = kl_list_find(p->client, push_opt.list, push_opt.list_name,
		    &p->list, err);
	if (rc == KL_OK && v->road.has_job)
		rc = try_jobs(p, &v->road, err);
	if (rc == KL_OK && p->verb->ask != NULL)
		rc = p->verb->ask(p, err);
	return rc;
}
