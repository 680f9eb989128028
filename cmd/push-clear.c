/* SPDX-License-Identifier: MIT */
/* push-clear.c - what null means, and which fields are cleared. */

#include <inttypes.h>
#include <string.h>

#include "kl/count.h"
#include "push.h"

static struct {
	struct kl_strs clear;
	const char *null;
} opt = { .null = "ignore" };

const struct kl_opt push_clear_opts[] = {
	{ 0, "null", "WHAT", "of a member: ignore, clear or reject (ignore)",
	    KL_OPT_ENUM, KL_ENV_NONE, &opt.null, 0, 0, "ignore clear reject" },
	{ 0, "clear", "FIELD", "clear it where a record has no value for it",
	    KL_OPT_LIST, KL_ENV_NONE, &opt.clear, 0, 0, NULL },
	{ 0 },
};

void
push_clear_check(struct push *p)
{
	struct kl_err err = { 0 };
	size_t i;

	p->profile.nulls = strcmp(opt.null, "clear") == 0 ? KL_NULLS_CLEAR
	    : strcmp(opt.null, "reject") == 0		  ? KL_NULLS_REFUSE
							  : KL_NULLS_IGNORE;
	for (i = 0; i < opt.clear.n; i++)
		if (kl_profile_clear(&p->profile, opt.clear.s[i], &err) !=
		    KL_OK)
			cmd_usage("--clear: %s; %s", err.msg, err.hint);
	kl_strs_free(&opt.clear);
}

void
push_clear_describe(const struct push *p, struct kl_buf *b)
{
	uint32_t i;

	if (p->profile.nulls != KL_NULLS_IGNORE)
		kl_buf_printf(b, ", --null %s", opt.null);
	for (i = 0; i < p->profile.clears; i++)
		kl_buf_printf(b, ", --clear %s%.*s",
		    p->profile.clear[i].place ? "location." : "",
		    (int)p->profile.clear[i].n, p->profile.clear[i].name);
}

/* --- how many ------------------------------------------------------------- */

struct count {
	struct kl_profile profile;
	struct kl_buf body;
	uint64_t records, single;
};

static void
count(void *ctx, const struct kl_json *doc)
{
	struct count *c = ctx;

	kl_buf_reset(&c->body);
	if (kl_profile_body(&c->profile, &c->body, doc, NULL) != KL_OK)
		return;
	c->records++;
	c->single += c->profile.sends_null;
}

/* A bulk job ignores null, so who has a field cleared takes a request: say how
 * many that are, and how long it takes. */
enum kl_rc
push_clear_ask(struct push *p, struct kl_err *err)
{
	const struct kl_rate *whole = &kl_endpoint(KL_EP_PROFILE_IMPORT)->rate;
	struct kl_rate rate = kl_rate_part(whole, p->send.max_percent);
	struct count c = { .profile = { .unknown = KL_UNKNOWN_DROP,
			       .nulls = p->profile.nulls,
			       .clear = p->profile.clear,
			       .clears = p->profile.clears } };
	const struct push_survey v = { count, &c };
	char ms[40];
	enum kl_rc rc;

	if (p->profile.nulls != KL_NULLS_CLEAR && p->profile.clears == 0)
		return KL_OK;
	rc = push_survey(&v, err);
	c.profile.clear = NULL; /* not ours */
	c.profile.clears = 0;
	kl_profile_free(&c.profile);
	kl_buf_free(&c.body);
	if (rc != KL_OK)
		return rc == KL_EOF ? KL_OK : rc;
	p->send.expected = c.records;
	if (c.single > 0)
		cmd_note("%" PRIu64 " of %s %s sent one by one, which takes %s",
		    c.single, KL_COUNT(c.records, "record", "records"),
		    c.single == 1 ? "has a field cleared and is"
				  : "have a field cleared and are",
		    cmd_duration(kl_rate_ms(&rate, c.single), ms, sizeof(ms)));
	return KL_OK;
}
