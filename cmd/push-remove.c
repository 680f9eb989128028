/* SPDX-License-Identifier: MIT */
/* push-remove.c - how members are looked up: by filters, or all of them. */

#include <inttypes.h>

#include "kl/count.h"
#include "push.h"

#define AT_ONCE 100 /* identifiers in a filter, members on a page */

/* By what the records would be looked up. */
struct count {
	struct kl_profile_ids ids;
	bool match_id;
	uint64_t records;
	uint64_t straight; /* by address or number, which the list knows */
	uint64_t round;	   /* by id or external id, which it does not */
};

static void
count(void *ctx, const struct kl_json *doc)
{
	struct count *c = ctx;
	bool by_id, straight;

	if (kl_profile_ids(&c->ids, doc, 0, NULL) != KL_OK)
		return;
	c->records++;
	by_id = c->match_id && c->ids.id.n > 0;
	straight = c->ids.email.n > 0 || c->ids.phone.n > 0;
	if (straight && !by_id)
		c->straight++;
	else if (by_id || c->ids.external_id.n > 0)
		c->round++;
}

static uint64_t
requests(uint64_t n, uint64_t each)
{
	return (n + each - 1) / each;
}

/* The input is a file: which is the shorter way is known. */
static void
choose(struct push *p, const struct count *c)
{
	uint64_t chunk = push_opt.chunk_size, each = AT_ONCE, filters;

	if (chunk > 0 && chunk < each)
		each = chunk;
	filters = requests(c->straight, each) + 2 * requests(c->round, each);
	p->send.expected = c->records;
	p->send.scan = p->send.scan_pages < filters;
	if (cmd_common.verbose > 0)
		cmd_note("looking the members up: %s by filters, %" PRIu64
			 " by a scan of the list; by %s",
		    KL_COUNT(filters, "request", "requests"),
		    p->send.scan_pages, p->send.scan ? "a scan" : "filters");
	if (!p->send.scan)
		p->send.scan_pages = 0;
}

/* How large is the list, and how much is there to be looked up? */
static enum kl_rc
ask(struct push *p, struct kl_err *err)
{
	struct count c = { .match_id = p->profile.match_id };
	const struct push_survey v = { count, &c };
	uint64_t members = 0;
	enum kl_rc rc, known = push_survey(&v, err);

	kl_profile_ids_free(&c.ids);
	if (known != KL_OK && known != KL_EOF)
		return known;
	if (known == KL_OK && c.straight + 2 * c.round <= AT_ONCE)
		return KL_OK; /* a request or two: no need to ask */
	rc = kl_list_count(p->client, p->list.id, &members, err);
	if (rc != KL_OK || members > KL_SCAN_MEMBERS)
		return rc;
	p->send.verbose = cmd_common.verbose > 0;
	p->send.scan_pages = members / AT_ONCE + 1;
	if (known == KL_OK)
		choose(p, &c);
	return KL_OK;
}

const struct push_verb push_remove = { .name = "remove", .ask = ask };
