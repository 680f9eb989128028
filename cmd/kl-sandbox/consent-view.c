/* SPDX-License-Identifier: MIT */
/* consent-view.c - the subscriptions of a profile in answers. */

#include "people.h"

static void
put_when(struct kl_buf *b, uint32_t seconds)
{
	if (seconds == 0)
		kl_buf_puts(b, "null");
	else
		put_time(b, (uint64_t)seconds * 1000000, false);
}

/* Those that hold back all mail, or those of lists. */
static void
put_suppressions(struct kl_buf *b, const struct store *st,
    const struct consent *c, bool lists)
{
	size_t i;

	kl_buf_putc(b, '[');
	for (i = 0; i < c->n; i++) {
		const struct suppression *s = &c->s[i];

		if ((s->list != EVERYWHERE) != lists)
			continue;
		kl_json_put_comma(b);
		kl_buf_putc(b, '{');
		if (lists)
			kl_json_put_str(b, "list_id", st->list[s->list].id);
		kl_json_put_str(b, "reason", reason_names[s->reason]);
		kl_json_put_name(b, "timestamp");
		put_when(b, s->when);
		kl_buf_putc(b, '}');
	}
	kl_buf_putc(b, ']');
}

static void
put_bool(struct kl_buf *b, bool v)
{
	kl_buf_puts(b, v ? "true" : "false");
}

static bool
can_receive(const struct consent *c, enum channel channel)
{
	if (channel == EMAIL_MARKETING)
		return consent_mailable(c);
	if (channel == OPEN_TRACKING)
		return c->grant[channel].state != UNSUBSCRIBED;
	return c->grant[channel].state == SUBSCRIBED;
}

static void
put_phone(struct kl_buf *b, const struct store *st, uint32_t at)
{
	struct kl_span v = store_get(st, at, KEY_PHONE);

	if (v.s == NULL)
		kl_buf_puts(b, "null");
	else
		kl_buf_span(b, v);
}

void
put_consent(struct kl_buf *b, int source, const struct store *st, uint32_t at)
{
	static const struct consent none = { .s = NULL };
	const struct consent *c = store_consent(st, at);
	enum channel channel =
	    (enum channel)((source - (int)SOURCE_CONSENT) / (int)FACETS);
	const struct grant *g;

	c = c == NULL ? &none : c;
	g = &c->grant[channel];
	switch ((source - (int)SOURCE_CONSENT) % (int)FACETS) {
	case CAN:
		put_bool(b, can_receive(c, channel));
		break;
	case STATE:
		kl_buf_printf(b, "\"%s\"", consent_names[g->state]);
		break;
	case WHEN:
		put_when(b, g->when);
		break;
	case CHANGED:
		put_when(b, g->changed);
		break;
	case METHOD:
		kl_buf_puts(b,
		    g->state == NEVER_SUBSCRIBED ? "null" : "\"API\"");
		break;
	case CUSTOM:
		kl_buf_puts(b, c->source != NULL ? c->source : "null");
		break;
	case DOUBLE:
		if (g->state == SUBSCRIBED)
			put_bool(b, c->double_opt_in);
		else
			kl_buf_puts(b, "null");
		break;
	case SUPPRESSION:
		put_suppressions(b, st, c, false);
		break;
	case LIST_SUPPRESSIONS:
		put_suppressions(b, st, c, true);
		break;
	default: /* PHONE */
		if (g->state == NEVER_SUBSCRIBED)
			kl_buf_puts(b, "null");
		else
			put_phone(b, st, at);
	}
}
