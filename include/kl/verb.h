/* SPDX-License-Identifier: MIT */
#ifndef KL_VERB_H
#define KL_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/endpoints.h"
#include "kl/err.h"
#include "kl/json.h"
#include "kl/profile.h"
#include "kl/tally.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/verb.h - what the send engine does with records, as a row.
 *
 * A row says how a record becomes an item, how items become a request, and
 * what an answer means.  The engine knows no verb by its name.  A batch of
 * people takes these steps, each only if its row has it:
 *
 *	look	ask who they are: the service's id, member or not
 *	judge	who of them is sent, who has an outcome already
 *	road	one request for those who may share it; another way, for what
 *		the usual request cannot carry or must not repeat
 *	job	followed to its end
 *	then	a second request, by the ids that the first has told
 *	proof	where no answer came: look what the request did
 */

/* The list of a run. */
enum kl_verb_list {
	KL_LIST_NEVER, /* the verb has no use for one */
	KL_LIST_MAYBE,
	KL_LIST_MUST,
};

/* What stands around the items of a request. */
struct kl_frame {
	const char *list;     /* id; NULL: none */
	struct kl_span group; /* the key its items share; may be empty */
	void *ctx;	      /* kl_send_opts.ctx: the verb's own settings */
};

/* One profile that a lookup has found for a person. */
struct kl_found {
	struct kl_span id; /* the service's; empty: nobody was found */
	bool member;	   /* of the list (only if the look is on_list) */
	bool tried;	/* an earlier run found it fit and may have sent it */
	uint32_t notes; /* what look->note() has made of it */
};

/* One kind of request. */
struct kl_road {
	enum kl_ep ep;	   /* its limits are those of the batch */
	bool list_in_path; /* {id} in the path is the list */
	/* Append what stands before and after the items. */
	void (*open)(struct kl_buf *b, const struct kl_frame *f);
	void (*close)(struct kl_buf *b, const struct kl_frame *f);
	/* Append the item of a person as it is sent, from what the record was
	 * made into and what was found; NULL: as it was made.  Called once
	 * for each profile found. */
	void (*put)(struct kl_buf *b, struct kl_span made,
	    const struct kl_found *who, const struct kl_frame *f);
	bool may_lack; /* 404: its one person is not there, and unchanged */
	/* Success is a job, complete only when that is. */
	bool has_job;
	enum kl_ep jobs;    /* where all are followed, ... */
	const char *newest; /* sorted so ("-created_at"), ... */
	enum kl_ep job;	    /* one is asked after, ... */
	enum kl_ep errors;  /* and its errors are read; 0: nowhere */
	/* The answer names the one profile of the request, for verb->then. */
	bool tells_id;
};

/* A profile that was found for a person, against one of their records. */
struct kl_weighed {
	const struct kl_json *doc; /* of the answer */
	uint32_t attributes;	   /* of the profile in it */
	const struct kl_json *record;
	char by; /* what it was found by: 'e' the address, 'p' the number */
	int64_t sent; /* a proof: the second (since 1970) in which a request
		       * with the person may first have left */
};

/* What to find out about people, before they are sent, or after. */
struct kl_look {
	bool on_list;	    /* whether they are members is asked too */
	bool leaves;	    /* ... and nothing else, for the members found leave
			     * the list: it may be read whole instead */
	const char *fields; /* further attributes to ask for ("subscriptions,
			     * updated"), NULL: identifiers only; and of these
			     * the ones that come on request only */
	const char *with;
	/* Keep what is of use of a profile found, in f->notes; may be NULL.
	 * attributes is its node in doc. */
	void (*note)(struct kl_found *f, const struct kl_json *doc,
	    uint32_t attributes, const struct kl_frame *frame);
	/* Everybody is asked for by the address and the number of all their
	 * records, whatever is found by one of them: on the list alone, if
	 * on_list, else anywhere.  A person is then judged once, by the notes
	 * on all that was found, or-ed. */
	bool every;
	/* With every, in place of note(): called for each profile found and
	 * each record of the person.  KL_SEND_IT; or what becomes of the
	 * person without further ado: KL_REJECTED with *why; KL_FAILED, and
	 * *why ends the run. */
	enum kl_outcome (*weigh)(struct kl_found *f, const struct kl_weighed *w,
	    const struct kl_frame *frame, struct kl_err *why);
	/* What becomes of a person: KL_SEND_IT, or an outcome; KL_REJECTED
	 * with *why (code, message, hint). */
	enum kl_outcome (*judge)(const struct kl_found *f,
	    const struct kl_frame *frame, struct kl_err *why);
};

#define KL_SEND_IT KL_OUTCOMES

/* What a record is made with, and into. */
struct kl_making {
	struct kl_profile *profile; /* how records are taken */
	void *ctx;		    /* kl_send_opts.ctx */
	struct kl_buf *body;	    /* append the item here */
	/* To be set, where it is not so: */
	unsigned way; /* 0: by verb->road; n: by verb->aside[n - 1] */
	bool apart;   /* it cannot be merged with another of its person */
	bool as_read; /* the item ends with the record's own bytes and a brace:
		       * it is so where this is not set, too, but then it has
		       * to be found out */
};

struct kl_kind; /* opaque */

#define KL_WAYS 4 /* with the usual one */

struct kl_verb {
	const char *name; /* "add": the action in receipts */
	bool writes;	  /* what the record says is written to a profile */
	bool makes;	  /* who is not there yet is created */
	enum kl_verb_list list;
	struct kl_road road;
	const struct kl_road *aside[KL_WAYS - 1]; /* other ways; NULL: none */
	const struct kl_road *then; /* after a way that tells_id, by the ids,
				     * if there is a list; NULL */
	const struct kl_look *look; /* NULL: nothing is to be found out */
	/* Where it is not known whether a request was taken, its people are
	 * looked up kl_send_opts.settle_ms later.  judge() says KL_ACCEPTED,
	 * KL_SEND_IT (from the beginning, look and all), or KL_UNKNOWN.  The
	 * run goes on meanwhile.  Needs an every.  NULL: it ends the run. */
	const struct kl_look *proof;
	/* Append the item of a record; as kl_profile_body(). */
	enum kl_rc (*item)(struct kl_making *to, const struct kl_json *doc,
	    struct kl_err *err);
	/* Append to key what a record must have in common with others to be
	 * in one request with them; NULL: nothing. */
	enum kl_rc (*group)(struct kl_buf *key, const struct kl_json *doc,
	    void *ctx, struct kl_err *err);
	/* How records gather if not as one item a person, in place of item
	 * and group; the engine's own.  NULL: as that. */
	const struct kl_kind *kind;
	const char *items; /* what a plan counts; NULL: "profiles" */
};

/* All verbs of kl-push; NULL at the end.  The one of that name, or NULL. */
extern const struct kl_verb *const kl_verbs[];
/* unsubscribe, from everything. */
extern const struct kl_verb kl_verb_unsubscribe_global;
const struct kl_verb *kl_verb_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif /* KL_VERB_H */
