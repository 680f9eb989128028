/* SPDX-License-Identifier: MIT */

/* kl-push - send profiles to Klaviyo in batches, and account for each. */

#include <unistd.h>

#include "push.h"

/* Ids of lists are of one length: a dry run knows sizes without asking. */
static const char *
which_list(const struct push *p)
{
	if (p->send.verb->list == KL_LIST_NEVER ||
	    (push_opt.list == NULL && push_opt.list_name == NULL))
		return NULL;
	if (p->list.id[0] != '\0')
		return p->list.id;
	return push_opt.list != NULL ? push_opt.list : "XXXXXX";
}

enum kl_rc
push_engine(struct push *p, struct kl_err *err)
{
	struct kl_send_opts *o = &p->send;
	char what[KL_JOURNAL_WHAT];
	enum kl_rc rc;

	if ((rc = push_forgotten_open(p, err)) != KL_OK)
		return rc;
	o->profile = &p->profile;
	o->run = p->in.f.run;
	o->sink = cmd_feed_sink(&p->in);
	if (cmd_sending.receipt_records)
		o->hash = &p->journal.hash;
	o->client = p->client;
	o->account = p->account[0] != '\0' ? p->account : p->config.account;
	o->list = which_list(p);
	if ((rc = push_describe(p, what, sizeof(what), err)) != KL_OK ||
	    (rc = cmd_journal_start(&p->journal, what, &p->in.f, err)) != KL_OK)
		return rc;
	o->journal = p->journal.j;
	if ((rc = push_audit_open(p, what, err)) != KL_OK)
		return rc;
	return kl_send_new(&p->in.send, o, err);
}

static enum kl_rc
start(struct push *p, struct kl_err *err)
{
	enum kl_rc rc;

	rc = cmd_journal_open(&p->journal, cmd_sending.receipt_records, err);
	if (rc == KL_OK && !cmd_sending.dry_run) {
		p->client = cmd_connect(&p->config,
		    (unsigned)cmd_sending.in_flight + 2);
		rc = push_ask(p, err);
	}
	return rc == KL_OK ? push_engine(p, err) : rc;
}

int
push_finish(struct push *p, enum kl_rc rc, const struct kl_err *err)
{
	struct kl_send_stats st;
	int status;

	if (p->in.send != NULL) {
		st = kl_send_stats(p->in.send);
		p->in.f.excused += st.excused;
		if (rc == KL_OK)
			push_notes(p, &st);
	}
	cmd_journal_end(&p->journal, &p->in.f, rc, err);
	cmd_filter_extra(push_extra, p);
	cmd_connect_bar(NULL);
	status = cmd_filter_finish(&p->in.f, rc, err);
	kl_send_free(p->in.send);
	cmd_audit_close(&p->audit);
	cmd_forgotten_free(&p->forgotten);
	kl_client_free(p->client);
	kl_profile_free(&p->profile);
	cmd_feed_free(&p->in);
	cmd_journal_close(&p->journal);
	kl_config_free(&p->config);
	return kl_err_worse(status, cmd_stop_status());
}

int
main(int argc, char *argv[])
{
	static struct push p;
	struct kl_err err = { 0 };
	enum kl_rc rc;
	int operands;

	cmd_journal_command(argc, argv);
	push_remember(argc, argv);
	cmd_alternatives(&push_about, push_list_opts, argc, argv);
	operands = cmd_start(&push_about, argc, argv);
	p.verb = push_pick(operands, argv);
	if (p.verb->offline)
		cmd_drop_key();
	if (p.verb->run != NULL)
		return p.verb->run(&p, operands, argv);
	if (p.verb->row != NULL)
		p.send.verb = p.verb->row();
	if (p.send.verb == NULL)
		p.send.verb = kl_verb_find(p.verb->name);
	if (cmd_sending.dry_run && cmd_journal_wanted())
		cmd_usage("a dry run sends nothing and has no --journal");
	if (cmd_audit_wanted() && cmd_sending.dry_run)
		cmd_usage("a dry run changes nobody and has no --audit");
	if (cmd_sending.dry_run)
		cmd_config(&p.config);
	else
		cmd_config_with_key(&p.config);
	push_settle(&p);
	if (p.verb->check != NULL)
		p.verb->check(&p);
	cmd_catch_signals();
	cmd_filter_open(&p.in.f, push_about.name, STDIN_FILENO);
	kl_lines_stop(p.in.f.in, &cmd_stop);
	cmd_connect_bar(p.in.f.bar);
	if ((rc = start(&p, &err)) == KL_OK)
		rc = cmd_feed_run(&p.in, &err);
	return push_finish(&p, rc, &err);
}
