/* SPDX-License-Identifier: MIT */
/* client-tell.c - words for people: labels, traces, waits. */

#include <string.h>

#include "client.h"
#include "kl/time.h"
#include "kl/url.h"

/* Waits shorter than this are not worth a word. */
#define TELL_MS 1000

/* The path with its id; encoded. */
void
tell_path(struct kl_buf *b, const struct kl_call *call)
{
	const char *path = call->ep->path, *hole = strstr(path, "{id}");

	if (hole == NULL) {
		kl_buf_puts(b, path);
		return;
	}
	kl_buf_put(b, path, (size_t)(hole - path));
	kl_url_encode(b, call->id, strlen(call->id));
	kl_buf_puts(b, hole + 4);
}

/* Parameters that say what is asked for, never about whom. */
static bool
harmless(struct kl_span item)
{
	static const char *const names[] = { "page%5Bsize%5D=", "fields%5B",
		"additional-fields%5B", "sort=", "include=" };
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (item.n >= n && memcmp(item.s, names[i], n) == 0)
			return true;
	}
	return false;
}

/* Encoded text with the brackets and commas that everyone writes plainly. */
static void
put_readable(struct kl_buf *b, struct kl_span s)
{
	static const struct {
		const char *code;
		char plain;
	} known[] = { { "%5B", '[' }, { "%5D", ']' }, { "%2C", ',' } };
	size_t i, k;

	for (i = 0; i < s.n; i++) {
		for (k = 0; k < 3; k++)
			if (i + 3 <= s.n &&
			    memcmp(s.s + i, known[k].code, 3) == 0)
				break;
		kl_buf_putc(b, k < 3 ? known[k].plain : s.s[i]);
		i += k < 3 ? 2 : 0;
	}
}

/* The request as -v shows it: a filter's or cursor's value is left out, and
 * so is the id of a person. */
void
tell_label(struct kl_buf *b, const struct kl_call *call)
{
	struct kl_span q = call->query, item;
	const char *p;

	kl_buf_printf(b, "%s ", call->ep->method);
	if (strncmp(call->ep->path, "/api/profiles/", 14) == 0)
		kl_buf_puts(b, call->ep->path);
	else
		tell_path(b, call);
	while (q.n > 0) {
		kl_buf_putc(b, q.s == call->query.s ? '?' : '&');
		p = memchr(q.s, '&', q.n);
		item = (struct kl_span){ q.s,
			p != NULL ? (size_t)(p - q.s) : q.n };
		q.s += item.n + (p != NULL);
		q.n -= item.n + (p != NULL);
		if (harmless(item)) {
			put_readable(b, item);
			continue;
		}
		p = memchr(item.s, '=', item.n);
		put_readable(b,
		    (struct kl_span){ item.s,
			p != NULL ? (size_t)(p - item.s) + 1 : item.n });
		if (p != NULL)
			kl_buf_puts(b, "...");
	}
}

/* What is used of the limits, by all programs that share them. */
static void
put_budget(struct kl_buf *b, struct kl_client *c, const struct pending *p)
{
	struct kl_budget left;

	kl_governor_budget(c->governor, pending_bucket(p), pending_rate(p),
	    &left, kl_now_mono());
	if (left.unlimited)
		return;
	kl_buf_printf(b, "; limits: %u of %u in 1 s, %u of %u in 1 min",
	    left.used.burst, left.limit.burst, left.used.steady,
	    left.limit.steady);
	if (left.limit.daily != 0)
		kl_buf_printf(b, ", %u of %u in 1 d", left.used.daily,
		    left.limit.daily);
	if (left.programs > 1)
		kl_buf_printf(b, ", by %u programs", left.programs);
	if (left.share != 0)
		kl_buf_printf(b, ", others use them: spread, %u in 1 min",
		    left.share);
}

void
tell_trace(struct kl_client *c, const struct pending *p,
    const struct kl_http_res *res)
{
	struct kl_buf b = { 0 };

	if (c->opts.talk.trace == NULL)
		return;
	kl_buf_span(&b, (struct kl_span){ p->label.s, p->label.n });
	if (res->end == KL_HTTP_ANSWERED)
		kl_buf_printf(&b, " %d", res->status);
	else
		kl_buf_printf(&b, " failed (%s)", res->why);
	kl_buf_printf(&b, " in %llu ms", (unsigned long long)res->ms);
	if (p->body.n > 0)
		kl_buf_printf(&b, ", %zu bytes sent", p->body.n);
	if (res->body.n > 0)
		kl_buf_printf(&b, ", %zu received", res->body.n);
	if (p->attempts > 1)
		kl_buf_printf(&b, ", attempt %u", p->attempts);
	put_budget(&b, c, p);
	c->opts.talk.trace(c->opts.talk.ctx, kl_buf_str(&b));
	kl_buf_free(&b);
}

/* Say that nothing can be sent for a while; once for each such while. */
void
tell_wait(struct kl_client *c, uint64_t wait, const char *why, uint64_t now)
{
	if (c->opts.talk.wait == NULL || wait < TELL_MS ||
	    now + wait <= c->told_until + SLICE_MS)
		return;
	c->told_until = now + wait;
	c->opts.talk.wait(c->opts.talk.ctx, wait, why);
}

void
tell_going(struct kl_client *c)
{
	if (c->told_until == 0)
		return;
	c->told_until = 0;
	c->opts.talk.wait(c->opts.talk.ctx, 0, NULL);
}
