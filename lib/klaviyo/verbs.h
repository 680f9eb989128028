/* SPDX-License-Identifier: MIT */
#ifndef VERBS_H
#define VERBS_H

#include "kl/verb.h"

/* verbs.h - the rows, each in a file of its own, and what several share. */

extern const struct kl_verb kl_verb_add;    /* verb-add.c */
extern const struct kl_verb kl_verb_upsert; /* verb-upsert.c */
extern const struct kl_verb kl_verb_update; /* verb-update.c */
extern const struct kl_verb kl_verb_remove; /* verb-remove.c */

extern const struct kl_verb kl_verb_suppress, kl_verb_unsuppress;
extern const struct kl_verb kl_verb_forget;	 /* verb-forget.c */
extern const struct kl_verb kl_verb_subscribe;	 /* verb-subscribe.c */
extern const struct kl_verb kl_verb_unsubscribe; /* verb-unsubscribe.c */

/* Items of a profile, and the ways they go: verb-import.c. */
#define VERB_IMPORT(EP)                                                        \
	{                                                                      \
		.ep = KL_EP_##EP, .open = verb_import_open,                    \
		.close = verb_import_close, .has_job = true,                   \
		.jobs = KL_EP_IMPORTS, .newest = "-created_at",                \
		.job = KL_EP_IMPORT, .errors = KL_EP_IMPORT_ERRORS             \
	}
#define VERB_IMPORT_ASIDE                                                      \
	{                                                                      \
		&verb_alone, &verb_once, &verb_alone_once                      \
	}
extern const struct kl_road verb_alone, verb_once, verb_alone_once;
extern const struct kl_road verb_join; /* people into the list, by their ids */
enum kl_rc verb_profile(struct kl_making *to, const struct kl_json *doc,
    struct kl_err *err);
void verb_import_open(struct kl_buf *b, const struct kl_frame *f);
void verb_import_close(struct kl_buf *b, const struct kl_frame *f);

/* Requests of nothing but ids, out of what was found; verb-import.c too. */
void verb_ids_open(struct kl_buf *b, const struct kl_frame *f);
void verb_ids_close(struct kl_buf *b, const struct kl_frame *f);
void verb_ids_put(struct kl_buf *b, struct kl_span made,
    const struct kl_found *who, const struct kl_frame *f);

#endif /* VERBS_H */
