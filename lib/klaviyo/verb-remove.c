/* SPDX-License-Identifier: MIT */
/* verb-remove.c - people out of a list; their profiles stay. */

#include "verbs.h"

/* Who is on the list?  Who was when an earlier run was about to remove them
 * and is not any more, has been removed. */
static enum kl_outcome
judge(const struct kl_found *f, const struct kl_frame *frame,
    struct kl_err *why)
{
	(void)frame;
	(void)why;
	if (f->member)
		return KL_SEND_IT;
	return f->tried ? KL_ACCEPTED : KL_UNCHANGED;
}

static const struct kl_look look = { .on_list = true,
	.leaves = true,
	.judge = judge };

/* What names the person, and nothing else of the record: it is not sent, but
 * it is what the batch is known by. */
static enum kl_rc
item(struct kl_making *to, const struct kl_json *doc, struct kl_err *err)
{
	const struct kl_member *row;
	struct kl_span name;
	bool first = true;

	if (kl_json_type(doc, 0) != KL_JSON_OBJECT) {
		(void)kl_err_set(err, KL_EDATA, "the record is no object");
		kl_err_code(err, "not_object");
		return KL_EDATA;
	}
	kl_buf_putc(to->body, '{');
	kl_json_each_member (k, doc, 0) {
		name = kl_json_raw(doc, k);
		row = kl_profile_member(
		    (struct kl_span){ name.s + 1, name.n - 2 });
		if (row == NULL ||
		    (!row->identifies && row->role != KL_MEMBER_ID) ||
		    kl_json_type(doc, k + 1) != KL_JSON_STRING)
			continue;
		if (!first)
			kl_buf_putc(to->body, ',');
		first = false;
		kl_buf_span(to->body, name);
		kl_buf_putc(to->body, ':');
		kl_buf_span(to->body, kl_json_raw(doc, k + 1));
	}
	kl_buf_putc(to->body, '}');
	return to->body->rc;
}

const struct kl_verb kl_verb_remove = {
	.name = "remove",
	.list = KL_LIST_MUST,
	.road = { .ep = KL_EP_LIST_REMOVE,
	    .list_in_path = true,
	    .open = verb_ids_open,
	    .close = verb_ids_close,
	    .put = verb_ids_put },
	.look = &look,
	.item = item,
};
