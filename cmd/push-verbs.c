/* SPDX-License-Identifier: MIT */
/* push-verbs.c - all verbs of kl-push, and which is meant. */

#include <string.h>

#include "kl/near.h"
#include "push.h"

/* Verbs without a file of their own. */
const struct push_verb push_add = { .name = "add",
	.opts = push_clear_opts,
	.check = push_clear_check,
	.ask = push_clear_ask,
	.describe = push_clear_describe };
const struct push_verb push_upsert = { .name = "upsert",
	.opts = push_clear_opts,
	.check = push_clear_check,
	.ask = push_clear_ask,
	.describe = push_clear_describe };
const struct push_verb push_update = { .name = "update",
	.opts = push_clear_opts,
	.check = push_clear_check,
	.ask = push_clear_ask,
	.describe = push_clear_describe };

const struct push_verb *const push_verbs[] = {
	&push_add,
	&push_upsert,
	&push_update,
	&push_remove,
	&push_subscribe,
	&push_unsubscribe,
	&push_mirror,
	&push_suppress,
	&push_unsuppress,
	&push_forget,
	&push_audit_verify,
	NULL,
};

static const struct kl_opt *const groups[] = {
	cmd_sending_opts,
	push_list_opts,
	push_mirror_opts,
	push_consent_opts,
	push_clear_opts,
	cmd_journal_opts,
	cmd_audit_opts,
	cmd_forgotten_opts,
	push_forget_opts,
	push_audit_opts,
	cmd_stream_opts,
	cmd_record_opts,
	cmd_client_opts,
	NULL,
};

const struct cmd_about push_about = {
	.name = "kl-push",
	.synopsis = "verb [options] < records > receipts",
	.purpose =
	    "Send profiles to Klaviyo in batches.  Every batch is "
	    "followed to its end and has a\nreceipt; every record that "
	    "was refused is set aside with the reason.\n\n"
	    "  add           create or update profiles and add them to a list\n"
	    "  upsert        create or update profiles, in no list\n"
	    "  update        update profiles that are there, create none\n"
	    "  remove        take people out of a list\n"
	    "  subscribe     give the consent that records carry\n"
	    "  unsubscribe   take back the consent of people on a list, or of "
	    "all\n"
	    "  mirror        make the members of a list equal the records\n"
	    "  suppress      send no e-mail to these addresses any more\n"
	    "  unsuppress    take that back\n"
	    "  forget        delete people, with all that is known of them\n"
	    "  audit-verify  is the file of an audit trail whole?",
	.examples = "  kl-push add --list KKbLLU < people.ndjson > "
		    "receipts.ndjson\n"
		    "  kl-chunk < people.ndjson | kl-push add --list-name "
		    "Newsletter --rejects bad.ndjson\n"
		    "  kl-push add --list KKbLLU --dry-run < people.ndjson\n",
	.own = push_own,
	.groups = groups,
};

/* What only those who send have a use for. */
static const struct kl_opt *const sending[] = {
	push_own,
	cmd_sending_opts,
	push_list_opts,
	cmd_audit_opts,
	cmd_forgotten_opts,
	cmd_stream_opts,
	cmd_record_opts,
	cmd_client_opts,
	NULL,
};

/* The first option typed that only that verb takes; NULL: none was. */
static const char *typed[16], *typed_list, *typed_other;

void
push_remember(int argc, char *argv[])
{
	size_t i;

	for (i = 0; push_verbs[i] != NULL; i++)
		if (push_verbs[i]->opts != NULL)
			typed[i] = cmd_given(&push_about, push_verbs[i]->opts,
			    argc, argv);
	typed_list = cmd_given(&push_about, push_list_opts, argc, argv);
	for (i = 0; typed_other == NULL && sending[i] != NULL; i++)
		typed_other = cmd_given(&push_about, sending[i], argc, argv);
}

/* Nothing is said to be done: what is there? */
static void __attribute__((noreturn)) unsaid(void)
{
	struct kl_buf b = { 0 };
	size_t i;

	for (i = 0; push_verbs[i] != NULL; i++)
		kl_buf_printf(&b, "%s%s", i > 0 ? ", " : "",
		    push_verbs[i]->name);
	cmd_usage("what is to be done? %s", kl_buf_str(&b));
}

/* Complain of a verb that there is not. */
static void __attribute__((noreturn)) unknown(const char *name)
{
	const char *names[17] = { NULL }, *near;
	size_t i;

	for (i = 0; push_verbs[i] != NULL; i++)
		names[i] = push_verbs[i]->name;
	near = kl_near(names, name, strlen(name));
	cmd_usage("%s is not something to be done%s%s%s", name,
	    near != NULL ? "; is it " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

/* An option was typed that goes with that verb, and others, but not with the
 * one that is meant. */
static void __attribute__((noreturn))
foreign(const struct push_verb *v, const char *option, const char *meant)
{
	struct kl_buf b = { 0 };
	size_t i;

	for (i = 0; push_verbs[i] != NULL; i++)
		if (push_verbs[i]->opts == v->opts)
			kl_buf_printf(&b, "%s%s", b.n > 0 ? ", " : "",
			    push_verbs[i]->name);
	cmd_usage("--%s goes with %s, not with %s", option, kl_buf_str(&b),
	    meant);
}

const struct push_verb *
push_pick(int operands, char *argv[])
{
	const struct push_verb *v = NULL;
	const struct kl_verb *row;
	size_t i;

	if (operands == 0)
		unsaid();
	for (i = 0; push_verbs[i] != NULL; i++)
		if (strcmp(push_verbs[i]->name, argv[1]) == 0)
			v = push_verbs[i];
	if (operands > 1 && (v == NULL || v->run == NULL))
		cmd_usage("one thing at a time; records come on standard "
			  "input");
	if (v == NULL)
		unknown(argv[1]);
	for (i = 0; push_verbs[i] != NULL; i++)
		if (typed[i] != NULL && push_verbs[i]->opts != v->opts)
			foreign(push_verbs[i], typed[i], v->name);
	if (v->offline && (typed_other != NULL || cmd_journal_wanted()))
		cmd_usage("--%s: %s sends nothing",
		    typed_other != NULL ? typed_other : "journal", v->name);
	row = kl_verb_find(v->name);
	if (typed_list != NULL && row != NULL && row->list == KL_LIST_NEVER)
		cmd_usage("--%s: %s is about no list", typed_list, v->name);
	return v;
}
