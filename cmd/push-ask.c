/* SPDX-License-Identifier: MIT */
/* push-ask.c - what is asked of the service before anything is sent. */

#include "push.h"

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
	enum kl_rc rc = cmd_whose(p->client, &p->config, p->account, err);

	if (rc == KL_OK && v->list != KL_LIST_NEVER && list)
		rc = kl_list_find(p->client, push_opt.list, push_opt.list_name,
		    &p->list, err);
	if (rc == KL_OK && v->road.has_job)
		rc = try_jobs(p, &v->road, err);
	if (rc == KL_OK && p->verb->ask != NULL)
		rc = p->verb->ask(p, err);
	return rc;
}
