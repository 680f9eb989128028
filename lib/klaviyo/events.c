/* SPDX-License-Identifier: MIT */
/* events.c - a run of events, and the verb that sends them. */

#include <stdlib.h>

#include "events.h"
#include "kl/time.h"

enum kl_rc
kl_events_new(struct kl_events **to, const struct kl_events_opts *opts,
    struct kl_err *err)
{
	struct kl_events *e = calloc(1, sizeof(*e));

	*to = e;
	if (e == NULL)
		return kl_err_nomem(err);
	e->o = *opts;
	e->times.kind = KL_STAMP_PLAIN;
	if (e->o.most == 0)
		e->o.most = KL_EVENTS_MOST;
	e->seen.most =
	    e->o.most < UINT32_MAX ? (uint32_t)e->o.most : UINT32_MAX;
	e->event.times = &e->times;
	e->event.test_domains = e->o.test_domains;
	e->event.now = (int64_t)(kl_now_wall() / 1000);
	e->event.profile.unknown =
	    e->o.drop_unknown ? KL_UNKNOWN_DROP : KL_UNKNOWN_REFUSE;
	e->event.profile.unknown_option = "--drop-unknown";
	e->event.profile.utf8_email = e->o.utf8_email;
	e->event.profile.match_id = e->o.match_id;
	if (e->o.verify && (e->verify = verify_new()) == NULL) {
		kl_events_free(e);
		*to = NULL;
		return kl_err_nomem(err);
	}
	return KL_OK;
}

void
kl_events_free(struct kl_events *e)
{
	if (e == NULL)
		return;
	kl_event_free(&e->event);
	kl_canon_free(&e->canon);
	kl_buf_free(&e->text);
	kl_buf_free(&e->tmp);
	kl_buf_free(&e->other);
	seen_free(&e->seen);
	verify_free(e->verify);
	free(e->work);
	free(e->slot);
	free(e->turn);
	free(e->of);
	free(e);
}

struct kl_events_stats
kl_events_stats(const struct kl_events *e)
{
	struct kl_events_stats st = e->stats;

	st.dropped += e->event.profile.dropped;
	st.nulls = e->event.profile.nulls_ignored;
	return st;
}

const struct kl_verb kl_verb_track = {
	.name = "track",
	.list = KL_LIST_NEVER,
	.road = { .ep = KL_EP_EVENTS_CREATE,
	    .open = events_open,
	    .close = events_close },
	.kind = &events_kind,
	.items = "events",
};
