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
 * Read a file of lines
 *	{"type":"list","id":"ABC123","attributes":{"name":"..."}}
 *	{"type":"profile","id":"01...","attributes":{...},"lists":["ABC123"]}
 * where the id of a profile may be left out.  KL_ENOINPUT, KL_EDATA (naming
 * the line).
 */
enum kl_rc seed_file(struct box *box, const char *path, struct kl_err *err);

/* "members=N,profiles=N,lists=N": people made up, members being on the first
 * list. */
enum kl_rc seed_generate(struct box *box, const char *spec, struct kl_err *err);

#endif /* SANDBOX_SEED_H */
