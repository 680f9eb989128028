/* SPDX-License-Identifier: MIT */
/* verb-add.c - profiles into a list: created, or brought up to date. */

#include "verbs.h"

enum kl_rc
verb_profile(struct kl_making *to, const struct kl_json *doc,
    struct kl_err *err)
{
	return kl_profile_body(to->profile, to->body, doc, err);
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

const struct kl_verb kl_verb_add = {
	.name = "add",
	.writes = true,
	.makes = true,
	.list = KL_LIST_MUST,
	.road = { .ep = KL_EP_IMPORT_CREATE,
	    .open = verb_import_open,
	    .close = verb_import_close,
	    .has_job = true,
	    .jobs = KL_EP_IMPORTS,
	    .newest = "-created_at",
	    .job = KL_EP_IMPORT,
	    .errors = KL_EP_IMPORT_ERRORS },
	.item = verb_profile,
};
