/* SPDX-License-Identifier: MIT */
#ifndef CMD_MIRROR_H
#define CMD_MIRROR_H

#include "guards.h"
#include "kl/membership.h"
#include "kl/mirror.h"
#include "kl/out.h"
#include "kl/plan.h"
#include "push.h"

/*
 * cmd/mirror.h - the inside of kl-push mirror.
 *
 *	push-mirror.c	the order of things
 *	mirror-opts.c	the options
 *	mirror-temp.c	what waits in temporary files meanwhile
 *	mirror-plan.c	the input and the list are read and compared
 *	mirror-apply.c	records are sent, people are removed
 *	mirror-undo.c	the file that takes it back
 *	mirror-audit.c	the trail of who was removed
 *
 * The input decides who is removed, so nothing is done before all of it was
 * read.  What came of it, records and people, is the same whether it was
 * found out just now or comes out of a plan.
 */

/* Records in a temporary file, each on the line of the input that it came
 * on: blank lines stand where nothing is. */
struct mirror_lines {
	int fd;
	struct kl_out *out;
	uint64_t line; /* of the last */
	uint64_t n;    /* records */
};

/* People in a temporary file. */
struct mirror_people {
	int fd;
	struct kl_out *out;
	uint64_t n;
};

struct mirror_opts {
	const char *plan, *apply, *undo;
	bool membership_only;
	struct cmd_guards guards;
};
extern struct mirror_opts mirror_opt;

/* Those that cannot be together end the program with 64. */
void mirror_check_options(const struct push *p);

/* Pages of the list at once. */
unsigned mirror_parallel(void);

struct mirror {
	struct push *p;
	struct kl_plan plan;
	struct kl_mirror *m;	 /* the input and the list */
	struct kl_mirror *fresh; /* who is new: NULL if nobody asks */
	struct mirror_lines input, send;
	struct mirror_people out, in; /* to be removed, to be added by id */
	const char *undo;	      /* the file that takes it back; NULL */
	struct mirror_people older;   /* whom it would add already */
	uint64_t aside;	   /* records set aside before any was sent */
	uint64_t nameless; /* records set aside that name nobody */
	/* What became of it. */
	bool planned;		    /* the difference is known */
	uint64_t since[KL_SINCES];  /* of those in out and in, at last */
	uint64_t removed, put_back; /* by id */
	uint64_t refused;	    /* ... and who the service would not */
	uint64_t requests;	    /* by which they were */
	uint64_t idle; /* records of which nothing was made: they are failed */
};

/* --- mirror-temp.c --------------------------------------------------------
 */

/* Where temporary files are made; valid to the end of the program. */
const char *mirror_near(void);

enum kl_rc mirror_lines_open(struct mirror_lines *l, struct kl_err *err);
enum kl_rc mirror_lines_add(struct mirror_lines *l, uint64_t line,
    struct kl_span record, struct kl_err *err);
/* No more are added: read it from its beginning. */
enum kl_rc mirror_lines_rewind(struct mirror_lines *l, struct kl_err *err);
void mirror_lines_close(struct mirror_lines *l);

enum kl_rc mirror_people_open(struct mirror_people *q, struct kl_err *err);
enum kl_rc mirror_people_add(struct mirror_people *q,
    const struct kl_plan_person *p, struct kl_err *err);
/* Read at most n of them from the one numbered at; *got is how many. */
enum kl_rc mirror_people_get(struct mirror_people *q, uint64_t at,
    struct kl_plan_person *p, size_t n, size_t *got, struct kl_err *err);
void mirror_people_close(struct mirror_people *q);

/* --- mirror-plan.c --------------------------------------------------------
 */

/* Read the input and the list, judge, and have what is to be done in
 * x->send, x->out and x->plan, or in the file of --plan. */
enum kl_rc mirror_plan(struct mirror *x, struct kl_err *err);

/* --- mirror-apply.c -------------------------------------------------------
 */

/* Read the file of --apply: the same. */
enum kl_rc mirror_load(struct mirror *x, struct kl_err *err);

/* Do it. */
enum kl_rc mirror_apply(struct mirror *x, struct kl_err *err);

/* --- mirror-undo.c --------------------------------------------------------
 */

/* Whether a file that takes it back may be made there: KL_ECREATE if there is
 * one already, unless it is of the same plan. */
enum kl_rc mirror_undo_ready(struct mirror *x, struct kl_err *err);

/* Make it, before anybody is removed: those of gone were members, and who is
 * new was not. */
enum kl_rc mirror_undo(struct mirror *x, struct mirror_people *gone,
    struct kl_err *err);

/* --- mirror-audit.c; nothing happens unless --audit is given --------------
 */

/* Open the trail, unless the engine did. */
enum kl_rc mirror_audit_open(struct mirror *x, struct kl_err *err);

/* A request about n people is about to be sent; it was, and they are these. */
enum kl_rc mirror_audit_sending(struct mirror *x, uint64_t seq, enum kl_ep ep,
    size_t n, struct kl_err *err);
enum kl_rc mirror_audit_done(struct mirror *x, uint64_t seq, enum kl_ep ep,
    const struct kl_plan_person *p, size_t n, struct kl_err *err);

#endif /* CMD_MIRROR_H */
