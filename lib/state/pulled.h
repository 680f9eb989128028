/* SPDX-License-Identifier: MIT */
#ifndef STATE_PULLED_H
#define STATE_PULLED_H

#include "kl/pulled.h"
#include "sql.h"

/*
 * pulled.h - what the two files about pulled rows share.
 *
 * The rows of KL_PULLED_ALL stand in two tables, all0 and all1: one is what is
 * known, the other what is pending, and a commit changes the roles.
 */

/* A row noted since the last checkpoint. */
struct kl_pulled_note {
	unsigned char digest[KL_STORE_DIGEST];
	int64_t at;
};

struct kl_pulled {
	struct kl_sql q;
	struct kl_hmac hmac;
	enum kl_pulled_plan plan;
	int64_t since, early;
	int64_t newest;	   /* of the pending run */
	int64_t seen_last; /* newest of what was seen */
	int known;	   /* all0 or all1 */
	struct kl_pulled_run run;
	struct kl_buf place, tmp;
	struct kl_pulled_note *note;
	size_t notes, note_cap;
	struct sqlite3_stmt *seen, *see, *get, *put, *left, *save;
};

/* The keyed digest of some bytes. */
void kl_pulled_digest(const struct kl_pulled *s, struct kl_span bytes,
    unsigned char digest[KL_STORE_DIGEST]);

/* Run statements on tables whose names depend on what is known: $K and $P in
 * the text stand for the digit of the known and the pending table. */
enum kl_rc kl_pulled_exec(struct kl_pulled *s, const char *sql,
    struct kl_err *err);
/* (Re)make the statements that use these tables. */
enum kl_rc kl_pulled_prepare(struct kl_pulled *s, struct kl_err *err);
void kl_pulled_finalize(struct kl_pulled *s);

/* From when on what was seen has to be remembered: a boundary less what the
 * run asks from earlier; a time to come is no boundary. */
int64_t kl_pulled_horizon(const struct kl_pulled *s, int64_t boundary);

#endif /* STATE_PULLED_H */
