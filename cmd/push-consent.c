/* SPDX-License-Identifier: MIT */
/* push-consent.c - what is subscribe's and unsubscribe's own. */

#include <string.h>

#include "kl/consent.h"
#include "kl/count.h"
#include "push.h"

static struct {
	const char *channel;
	uint64_t settle_ms;
	bool historical, global;
} opt;

static struct kl_consent_opts how;

/* One table for both: the engine's options are of both. */
const struct kl_opt push_consent_opts[] = {
	{ 0, "historical", NULL,
	    "subscribe: consent of the past, with its consented_at",
	    KL_OPT_FLAG, KL_ENV_OWN, &opt.historical, 0, 0, NULL },
	{ 0, "global", NULL,
	    "unsubscribe: from everything, who is not on the list", KL_OPT_FLAG,
	    KL_ENV_NONE, &opt.global, 0, 0, NULL },
	{ 0, "channel", "WHAT",
	    "unsubscribe: email, sms or whatsapp, of records without consent",
	    KL_OPT_ENUM, KL_ENV_OWN, &opt.channel, 0, 0, "email sms whatsapp" },
	{ 0, "settle", "MS", "before looking what a lost answer did (5m)",
	    KL_OPT_MS, KL_ENV_OWN, &opt.settle_ms, 1, 3600000, NULL },
	{ 0 },
};

static void
hand_over(struct push *p)
{
	how.historical = opt.historical;
	how.global = opt.global;
	p->send.ctx = &how;
	p->send.settle_ms = opt.settle_ms;
}

static void
describe(const struct push *p, struct kl_buf *b)
{
	(void)p;
	if (opt.historical)
		kl_buf_puts(b, ", --historical");
	if (opt.global)
		kl_buf_puts(b, ", --global");
	if (how.channels != 0)
		kl_buf_printf(b, ", --channel %s", opt.channel);
}

/* 202 is all that is heard; and sometimes not even that. */
static void
say_accepted(const struct push *p)
{
	uint64_t unknown = p->in.f.tally.count[KL_UNKNOWN];

	if (unknown > 0)
		cmd_note("of %s it is not known whether the service took %s: "
			 "%s",
		    KL_COUNT(unknown, "record", "records"),
		    unknown == 1 ? "it" : "them",
		    cmd_journal_wanted()
			? "the same command looks again; --resend-unknown "
			  "sends again"
			: "with --journal, the same command could look again");
	if (p->client != NULL && p->in.f.tally.count[KL_ACCEPTED] > 0)
		cmd_note("accepted is not applied: the service carries it out "
			 "within minutes, and tells of no failure");
}

/* --- subscribe ------------------------------------------------------------ */

static void
check_subscribe(struct push *p)
{
	if (opt.global || opt.channel != NULL)
		cmd_usage("--%s goes with unsubscribe, not with subscribe",
		    opt.global ? "global" : "channel");
	hand_over(p);
}

/* What becomes of people, before any of them is sent. */
static enum kl_rc
ask_subscribe(struct push *p, struct kl_err *err)
{
	static const char *const becomes[] = {
		[KL_OPT_IN_UNSAID] =
		    "has the opt-in process of its account, which is not told: "
		    "people may be asked to confirm by mail first",
		[KL_OPT_IN_SINGLE] =
		    "is single opt-in: people are subscribed at once",
		[KL_OPT_IN_DOUBLE] =
		    "is double opt-in: people are asked by mail, and "
		    "subscribed when they confirm",
	};
	const struct kl_list *l = &p->list;

	(void)err;
	if (opt.historical)
		cmd_note("list %s (%s): consent is taken as history: people "
			 "are subscribed at once, nobody is asked to confirm, "
			 "and no flow is started",
		    l->id, l->name);
	else
		cmd_note("list %s (%s) %s", l->id, l->name, becomes[l->opt_in]);
	return KL_OK;
}

static void
notes_subscribe(const struct push *p, const struct kl_send_stats *st)
{
	(void)st;
	if (how.again > 0)
		cmd_note("%s had opted out, and agreed again later",
		    KL_COUNT(how.again, "person", "people"));
	if (how.old > 0)
		cmd_note("%s agreed more than a day ago: the service dates "
			 "such consent now, as if it were new; --historical "
			 "keeps its time",
		    KL_COUNT(how.old, "record", "records"));
	say_accepted(p);
}

static void
extra_subscribe(const struct push *p, struct kl_buf *b)
{
	(void)p;
	kl_json_put_int(b, "agreed_again", (int64_t)how.again);
	kl_json_put_int(b, "agreed_long_ago", (int64_t)how.old);
}

const struct push_verb push_subscribe = {
	.name = "subscribe",
	.opts = push_consent_opts,
	.check = check_subscribe,
	.ask = ask_subscribe,
	.describe = describe,
	.notes = notes_subscribe,
	.extra = extra_subscribe,
};

/* --- unsubscribe ---------------------------------------------------------- */

static const struct kl_verb *
row_unsubscribe(void)
{
	return opt.global ? &kl_verb_unsubscribe_global : NULL;
}

static void
check_unsubscribe(struct push *p)
{
	int i;

	if (opt.historical)
		cmd_usage("--historical goes with subscribe, not with "
			  "unsubscribe");
	for (i = 0; opt.channel != NULL && i < KL_CHANNELS; i++)
		if (strcmp(opt.channel, kl_channel_name((enum kl_channel)i)) ==
		    0)
			how.channels = KL_CHANNEL_BIT(i);
	hand_over(p);
}

static enum kl_rc
ask_unsubscribe(struct push *p, struct kl_err *err)
{
	(void)err;
	if (opt.global && p->list.id[0] == '\0')
		cmd_note("people are unsubscribed from everything");
	else if (opt.global)
		cmd_note("who is not on list %s (%s) is unsubscribed from "
			 "everything",
		    p->list.id, p->list.name);
	return KL_OK;
}

static void
notes_unsubscribe(const struct push *p, const struct kl_send_stats *st)
{
	(void)st;
	say_accepted(p);
}

const struct push_verb push_unsubscribe = {
	.name = "unsubscribe",
	.opts = push_consent_opts,
	.row = row_unsubscribe,
	.check = check_unsubscribe,
	.ask = ask_unsubscribe,
	.describe = describe,
	.notes = notes_unsubscribe,
};
