/* SPDX-License-Identifier: MIT */
/* push-say.c - plans, notes, and the summary of kl-push. */

#include <inttypes.h>
#include <stdio.h>

#include "kl/count.h"
#include "push.h"

static void
say_plan(const struct push *p, const struct kl_send_stats *st)
{
	char ms[40], single[60] = "", bare[60] = "", looks[KL_COUNTED] = "";

	if (st->single > 0)
		(void)snprintf(single, sizeof(single),
		    ", %" PRIu64 " with a request of their own", st->single);
	if (st->lookups > 0)
		(void)kl_counted(st->lookups, "lookup", "lookups", looks);
	/* Of what writes nothing but identifiers, that is no news. */
	if (p->send.verb->writes)
		(void)snprintf(bare, sizeof(bare),
		    ", %" PRIu64 " of them nothing but identifiers", st->bare);
	cmd_note("dry run, nothing was sent: %s%s%s, %s, %s%s%s; within the "
		 "rate limits that takes %s",
	    KL_COUNT(st->requests, "request", "requests"),
	    st->lookups > 0 ? " and " : "", looks,
	    KL_COUNT(st->bytes, "byte", "bytes"),
	    KL_COUNT(st->people, "profile", "profiles"), bare, single,
	    cmd_duration(st->ms, ms, sizeof(ms)));
}

/* Of what must not be sent twice: only somebody who looks can tell. */
static void
say_undecided(const struct push *p, uint64_t n)
{
	if (n == 0 || p->send.verb->proof != NULL)
		return;
	cmd_note("of %s it is not known whether the service took %s; sent "
		 "again, what %s may be there twice",
	    KL_COUNT(n, "record", "records"), n == 1 ? "it" : "them",
	    n == 1 ? "it appends" : "they append");
	cmd_note("look at a profile of each receipt that is unknown: if it is "
		 "there, those records are done; if not, %s",
	    cmd_journal_wanted()
		? "--resend-unknown sends what is unknown again"
		: "send them again");
}

/* What a reader of the counts may wonder about. */
void
push_notes(const struct push *p, const struct kl_send_stats *st)
{
	if (p->in.f.tally.read == 0 && cmd_stop == 0)
		cmd_note("nothing to send: the input was empty");
	else if (p->client == NULL)
		say_plan(p, st);
	if (st->merged > 0)
		cmd_note("%s merged with an earlier one of the same person",
		    KL_COUNT(st->merged, "record was", "records were"));
	if (p->profile.nulls_ignored > 0)
		cmd_note("%s left out: null clears nothing",
		    KL_COUNT(p->profile.nulls_ignored, "null member was",
			"null members were"));
	if (p->profile.cleared > 0)
		cmd_note("%s %s",
		    p->client != NULL ? "asked to clear" : "would clear",
		    KL_COUNT(p->profile.cleared, "field or property",
			"fields and properties"));
	if (p->profile.dropped > 0)
		cmd_note("%s left out",
		    KL_COUNT(p->profile.dropped, "unknown member was",
			"unknown members were"));
	if (p->forgotten.stones != NULL)
		cmd_forgotten_say(&p->forgotten);
	say_undecided(p, st->undecided);
	cmd_audit_say(&p->audit);
	if (p->verb->notes != NULL)
		p->verb->notes(p, st);
}

void
push_extra(void *push, struct kl_buf *b)
{
	const struct push *p = push;
	struct kl_send_stats st = { 0 };

	if (p->in.send != NULL)
		st = kl_send_stats(p->in.send);
	kl_json_put_bool(b, "dry_run", cmd_sending.dry_run);
	kl_json_put_int(b, "batches", (int64_t)st.batches);
	kl_json_put_int(b, "resumed", (int64_t)st.resumed);
	kl_json_put_int(b, "requests", (int64_t)st.requests);
	kl_json_put_int(b, "lookups", (int64_t)st.lookups);
	kl_json_put_int(b, "single", (int64_t)st.single);
	kl_json_put_int(b, "bytes", (int64_t)st.bytes);
	kl_json_put_int(b, "profiles", (int64_t)st.people);
	kl_json_put_int(b, "merged", (int64_t)st.merged);
	kl_json_put_int(b, "nulls_ignored", (int64_t)p->profile.nulls_ignored);
	kl_json_put_int(b, "cleared", (int64_t)p->profile.cleared);
	kl_json_put_int(b, "dropped", (int64_t)p->profile.dropped);
	if (p->forgotten.stones != NULL && p->send.verb->makes)
		kl_json_put_int(b, "forgotten", (int64_t)p->forgotten.met);
	cmd_audit_extra(&p->audit, b);
	if (p->verb->extra != NULL)
		p->verb->extra(p, b);
}
