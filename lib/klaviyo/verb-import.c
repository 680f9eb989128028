/* SPDX-License-Identifier: MIT */
/*
 * verb-import.c - the ways of a profile, for all verbs that import.
 *
 * A bulk job carries what only sets values.  It ignores null, so who is to
 * have an attribute cleared is imported alone.  Who has something appended to
 * a property goes apart, in bulk or alone, because that must not be sent
 * twice.
 */

#include "verbs.h"

#define ALONE 1U
#define ONCE 2U

enum kl_rc
verb_profile(struct kl_making *to, const struct kl_json *doc,
    struct kl_err *err)
{
	struct kl_profile *p = to->profile;
	enum kl_rc rc = kl_profile_body(p, to->body, doc, err);

	to->way = (p->sends_null ? ALONE : 0) | (p->appends ? ONCE : 0);
	to->apart = p->unsets;
	to->as_read = p->as_read;
	return rc;
}

void
verb_import_open(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_import_open(b);
}

void
verb_import_close(struct kl_buf *b, const struct kl_frame *f)
{
	kl_import_close(b, f->list);
}

static void
open_one(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, "{\"data\":");
}

static void
close_one(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_putc(b, '}');
}

const struct kl_road verb_alone = { .ep = KL_EP_PROFILE_IMPORT,
	.open = open_one,
	.close = close_one,
	.tells_id = true };

const struct kl_road verb_once = VERB_IMPORT(IMPORT_APPEND);

const struct kl_road verb_alone_once = { .ep = KL_EP_PROFILE_APPEND,
	.open = open_one,
	.close = close_one,
	.tells_id = true };

/* --- by ids --------------------------------------------------------------- */

void
verb_ids_open(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, "{\"data\":[");
}

void
verb_ids_close(struct kl_buf *b, const struct kl_frame *f)
{
	(void)f;
	kl_buf_puts(b, "]}");
}

void
verb_ids_put(struct kl_buf *b, struct kl_span made, const struct kl_found *who,
    const struct kl_frame *f)
{
	(void)made;
	(void)f;
	kl_buf_puts(b, "{\"type\":\"profile\",\"id\":");
	kl_json_put_text(b, who->id.s, who->id.n);
	kl_buf_putc(b, '}');
}

const struct kl_road verb_join = { .ep = KL_EP_LIST_ADD,
	.list_in_path = true,
	.open = verb_ids_open,
	.close = verb_ids_close,
	.put = verb_ids_put };
