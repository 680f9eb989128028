/* SPDX-License-Identifier: MIT */
#ifndef CMD_FORGOTTEN_H
#define CMD_FORGOTTEN_H

#include "common.h"
#include "kl/rowkey.h"
#include "kl/tombstones.h"

/*
 * cmd/forgotten.h - who was forgotten is not made again.
 *
 * A person is known by email, phone_number, external_id and id, whichever of
 * them a record has: any of them is enough.
 */

/* --tombstones and --allow-forgotten. */
extern const struct kl_opt cmd_forgotten_opts[];

struct cmd_forgotten {
	struct kl_tombstones *stones; /* NULL: nobody asked */
	struct kl_rows rows;
	struct kl_json doc; /* the record that is added */
	uint64_t met;	    /* records of people who were forgotten */
	uint64_t aside;	    /* of them set aside */
};

/* Whether the options were given.  Ends the process where they do not go
 * together. */
bool cmd_forgotten_wanted(void);

/* Whether --allow-forgotten was. */
bool cmd_forgotten_allowed(void);

/* Read the file, if there is one. */
enum kl_rc cmd_forgotten_open(struct cmd_forgotten *f,
    const struct kl_hash_key *hash, struct kl_err *err);
void cmd_forgotten_free(struct cmd_forgotten *f);

/* KL_OK if the record may go on; KL_EDATA with the code "forgotten" if it is
 * to be set aside; KL_ENOMEM. */
enum kl_rc cmd_forgotten_check(struct cmd_forgotten *f,
    const struct kl_json *doc, struct kl_err *why);

/* For who adds to the file: one that is not there has nobody in it. */
enum kl_rc cmd_forgotten_open_to_add(struct cmd_forgotten *f,
    const struct kl_hash_key *hash, struct kl_err *err);

/* Add all identifiers of the record, on disk when it returns. */
enum kl_rc cmd_forgotten_add(struct cmd_forgotten *f, struct kl_span record,
    const struct kl_hash_key *hash, struct kl_err *err);

/* Say how many were let through. */
void cmd_forgotten_say(const struct cmd_forgotten *f);

#endif /* CMD_FORGOTTEN_H */
