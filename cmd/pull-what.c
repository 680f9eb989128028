/* SPDX-License-Identifier: MIT */
/* pull-what.c - the question that kl-pull asks: what names stand for. */

#include <string.h>

#include "kl/lists.h"
#include "kl/metrics.h"
#include "pull.h"

/* Only the suppressions on this list. */
static void
narrow_to_list(struct pull *p, const char *id)
{
	kl_filter_put_text(&p->query.filter, KL_OP_EQUALS,
	    "subscriptions.email.marketing.list_suppressions.list_id",
	    KL_SPAN(id));
	kl_buf_puts(&p->query.id, id);
	p->shaper.list = kl_buf_str(&p->query.id);
}

/* Events are by the ids of metric and person. */
static enum kl_rc
narrow_events(struct pull *p, struct kl_err *err)
{
	char id[KL_METRIC_ID];
	enum kl_rc rc;

	if (pull_opt.metric != NULL) {
		rc = kl_metric_find(p->client, pull_opt.metric, id, err);
		if (rc != KL_OK)
			return rc;
		kl_filter_put_text(&p->query.filter, KL_OP_EQUALS, "metric_id",
		    KL_SPAN(id));
	}
	if (pull_opt.email == NULL)
		return KL_OK;
	if ((rc = kl_person_find(p->client, pull_opt.email, id, err)) != KL_OK)
		return rc;
	kl_filter_put_text(&p->query.filter, KL_OP_EQUALS, "profile_id",
	    KL_SPAN(id));
	return KL_OK;
}

/* Which collection it is, by the options. */
static enum kl_res
resource_of(const struct pull_verb *v)
{
	bool list = pull_opt.list != NULL || pull_opt.list_name != NULL;

	if (pull_opt.segment != NULL)
		return KL_RES_SEGMENT_MEMBERS;
	if (v->res == KL_RES_SUPPRESSIONS && list)
		return KL_RES_LIST_SUPPRESSIONS;
	if (pull_opt.kind == NULL || pull_opt.kind[0] == 'i')
		return v->res;
	return pull_opt.kind[0] == 's' ? KL_RES_SUPPRESS_JOBS
				       : KL_RES_UNSUPPRESS_JOBS;
}

enum kl_rc
pull_ask(struct pull *p, const struct pull_verb *v, struct kl_err *err)
{
	bool events = v->res == KL_RES_EVENTS;
	bool of_list = v->res == KL_RES_SUPPRESSIONS;
	struct kl_want want = { .fields = pull_opt.fields,
		.with = pull_opt.with,
		.where = pull_opt.where,
		.since = pull_opt.since,
		.until = pull_opt.until,
		.email = events ? NULL : pull_opt.email,
		.page = (unsigned)pull_opt.page };
	const char *id = pull_opt.list;
	enum kl_res res;
	struct kl_list list;
	enum kl_rc rc = KL_OK;

	res = resource_of(v);
	if (pull_opt.segment != NULL)
		id = pull_opt.segment;
	/* Rows are told apart by it. */
	if (p->in_flight > 1 || pull_opt.ordered)
		want.need = kl_resource(res)->range.name;
	if (pull_opt.state != NULL && pull_state_by(v)->field != NULL)
		want.need = pull_state_by(v)->name;
	/* What is wrong with the question is found before anything is asked. */
	rc = kl_query_make(&p->query, res, of_list ? NULL : id, &want, err);
	if (rc == KL_OK && pull_opt.list_name != NULL) {
		rc = kl_list_find(p->client, NULL, pull_opt.list_name, &list,
		    err);
		id = list.id;
		if (rc == KL_OK && !of_list)
			kl_buf_puts(&p->query.id, id);
	}
	if (rc == KL_OK && res == KL_RES_LIST_SUPPRESSIONS)
		narrow_to_list(p, id);
	if (rc == KL_OK && events)
		rc = narrow_events(p, err);
	if (rc == KL_OK)
		rc = kl_buf_check(&p->query.filter, err);
	return rc;
}

void
pull_explain(struct pull *p, struct kl_err *err)
{
	struct kl_list list;

	/* Finding it again says which lists there are. */
	if (err->rc == KL_EREFUSED && strcmp(err->code, "list_unknown") == 0 &&
	    p->query.id.n > 0)
		(void)kl_list_find(p->client, kl_buf_str(&p->query.id), NULL,
		    &list, err);
}
