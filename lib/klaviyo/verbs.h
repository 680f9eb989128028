/* SPDX-License-Identifier: MIT */
#ifndef VERBS_H
#define VERBS_H

#include "kl/verb.h"

/* verbs.h - the rows, each in a file of its own, and what several share. */

extern const struct kl_verb kl_verb_add;    /* verb-add.c */
extern const struct kl_verb kl_verb_upsert; /* verb-upsert.c */

/* Items of a profile, and the requests they go in. */
enum kl_rc verb_profile(struct kl_making *to, const struct kl_json *doc,
    struct kl_err *err);
void verb_import_open(struct kl_buf *b, const struct kl_frame *f);
void verb_import_close(struct kl_buf *b, const struct kl_frame *f);

#endif /* VERBS_H */
