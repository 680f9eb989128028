/* SPDX-License-Identifier: MIT */
/* push-opts.c - the options that all verbs of kl-push have. */

#include <inttypes.h>
#include <stdio.h>

#include "kl/limits.h"
#include "push.h"

struct push_opts push_opt;

const struct kl_opt push_list_opts[] = {
	{ 0, "list", "ID", "the list (klaviyo.list_id)", KL_OPT_STR, KL_ENV_OWN,
	    &push_opt.list, 0, 0, NULL },
	{ 0, "list-name", "NAME", "... by its name, which must be the only one",
	    KL_OPT_STR, KL_ENV_OWN, &push_opt.list_name, 0, 0, NULL },
	{ 0 },
};

const struct kl_opt push_own[] = {
	{ 0, "chunk-size", "N", "records in a request (chunk_size, else 2000)",
	    KL_OPT_UINT, KL_ENV_OWN, &push_opt.chunk_size, 1, KL_IMPORT_MAX,
	    NULL },
	{ 0, "drop-unknown", NULL, "leave out members no profile has",
	    KL_OPT_FLAG, KL_ENV_OWN, &push_opt.drop_unknown, 0, 0, NULL },
	{ 0, "job-timeout", "MS", "so long without news of a job (15m)",
	    KL_OPT_MS, KL_ENV_OWN, &push_opt.job_ms, 1, 0, NULL },
	{ 0, "resend-unknown", NULL,
	    "send again what an earlier run may have sent", KL_OPT_FLAG,
	    KL_ENV_NONE, &push_opt.resend, 0, 0, NULL },
	{ 0 },
};

static bool
asks(const struct kl_road *road)
{
	return road != NULL && kl_endpoint(road->ep)->replay == KL_REPLAY_ASK;
}

/* Everything else is sent again without being told. */
static void
check_resend(const struct kl_verb *verb)
{
	bool any = asks(&verb->road);
	size_t i;

	for (i = 0; i < KL_WAYS - 1; i++)
		any = any || asks(verb->aside[i]);
	if (!any)
		cmd_usage("--resend-unknown: what %s sends may be sent twice, "
			  "and is",
		    verb->name);
	if (!cmd_journal_wanted())
		cmd_usage("--resend-unknown is about the run in a --journal");
}

/* Option, environment, configuration, in this order. */
void
push_settle(struct push *p)
{
	const struct kl_verb *verb = p->send.verb;

	(void)push_forgotten_wanted(p);
	if (push_opt.list != NULL && push_opt.list_name != NULL)
		cmd_usage("--list and --list-name are two ways to say it; "
			  "give one");
	if (push_opt.list == NULL && push_opt.list_name == NULL &&
	    verb->list == KL_LIST_MUST)
		push_opt.list = p->config.list_id;
	if (verb->list == KL_LIST_MUST && push_opt.list == NULL &&
	    push_opt.list_name == NULL)
		cmd_usage("%s needs --list ID or --list-name NAME, or "
			  "klaviyo.list_id in the configuration",
		    verb->name);
	if (push_opt.list != NULL && !kl_list_id_valid(push_opt.list))
		cmd_usage("--list: an id has letters and digits only; a name "
			  "goes with --list-name");
	if (push_opt.chunk_size == 0)
		push_opt.chunk_size = p->config.chunk_size;
	if (push_opt.chunk_size > KL_IMPORT_MAX)
		cmd_usage("chunk_size is %" PRIu64 " in the configuration; a "
			  "request holds %d records at most",
		    push_opt.chunk_size, KL_IMPORT_MAX);
	if (push_opt.resend)
		check_resend(verb);
	cmd_sending_settle(&p->config);
	p->profile.unknown =
	    push_opt.drop_unknown ? KL_UNKNOWN_DROP : KL_UNKNOWN_REFUSE;
	p->profile.unknown_option = "--drop-unknown";
	p->profile.match_id = cmd_sending.match != NULL;
	/* Whether it takes such addresses is for the service to say. */
	p->profile.utf8_email = true;
	p->in.drain_ms = cmd_sending.drain_ms;
	p->send.records = push_opt.chunk_size;
	p->send.max_percent = cmd_max_percent();
	p->send.gap_ms = cmd_sending.wait_ms;
	p->send.parallel = (unsigned)cmd_sending.in_flight;
	p->send.job_ms = push_opt.job_ms;
	p->send.resend_unknown = push_opt.resend;
}

enum kl_rc
push_describe(const struct push *p, char *to, size_t size, struct kl_err *err)
{
	const struct kl_send_opts *o = &p->send;
	struct kl_buf b = { 0 };
	enum kl_rc rc;

	kl_buf_printf(&b, "%s%s%s, account %s%s%s%s", o->verb->name,
	    o->list != NULL ? ", list " : "", o->list != NULL ? o->list : "",
	    o->account != NULL ? o->account : "unknown",
	    p->profile.match_id ? ", --match id" : "",
	    push_opt.drop_unknown ? ", --drop-unknown" : "",
	    cmd_filter_unwraps() ? "" : ", --no-unwrap");
	if (cmd_audit_wanted())
		kl_buf_puts(&b, ", --audit");
	if (p->verb->describe != NULL)
		p->verb->describe(p, &b);
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		(void)snprintf(to, size, "%s", kl_buf_str(&b));
	kl_buf_free(&b);
	return rc;
}
