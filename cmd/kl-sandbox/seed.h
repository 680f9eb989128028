/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_SEED_H
#define SANDBOX_SEED_H

#include "box.h"

/*
 * seed.h - what is there before the first request.
 */

/* "ID=NAME". */
enum kl_rc seed_list(struct box *box, const char *spec, struct kl_err *err);

/*
 * Read a file of lines, each an object with a type; kl-sandbox(1) shows them.
 * KL_ENOINPUT, KL_EDATA (naming the line).
 */
enum kl_rc seed_file(struct box *box, const char *path, struct kl_err *err);

/* "members=N,profiles=N,..." */
enum kl_rc seed_generate(struct box *box, const char *spec, struct kl_err *err);

/* The line in box->doc: the person that a member names, by address or id;
 * NONE. */
uint32_t seed_person(const struct box *box, const char *member);

/* seed-things.c: lines of these types. */
enum kl_rc seed_consent(struct box *box, struct kl_err *err);
enum kl_rc seed_metric(struct box *box, struct kl_err *err);
enum kl_rc seed_event(struct box *box, struct kl_err *err);

#endif /* SANDBOX_SEED_H */
