/* SPDX-License-Identifier: MIT */
#ifndef KL_EVENTS_PRIV_H
#define KL_EVENTS_PRIV_H

#include "batch.h"
#include "kl/canon.h"
#include "kl/event.h"
#include "kl/events.h"

/*
 * events.h - the inside of a run of events.
 *
 *	events.c	a run, and the verb
 *	events-id.c	what an event without a unique_id is called
 *	events-seen.c	how often an equal one was there before
 *	events-item.c	a record becomes an event and a profile
 *	events-batch.c	a batch, and the parts of it that are sent
 *	events-add.c	... takes a record, unless it was taken before
 *	events-seal.c	... becomes a request: the rest, grouped by profile
 *	events-expect.c	what was accepted, to be read back
 *	events-verify.c	... is read back
 *
 * Until a batch is sealed its body holds, for each record, the event object
 * and right behind it the profile object, whose length is rec->weight.
 * rec->next is, until then, how many bytes from the beginning of the event
 * tell it from others of its person: metric and unique_id, in one spelling.
 */

/* How often each digest was met: 12 bytes a place. */
struct seen {
	uint64_t *hash; /* 0: free */
	uint32_t *times;
	uint32_t n, slots, most;
};

/* How often it was met so far. */
uint32_t seen_times(const struct seen *s, uint64_t hash);
/* Once more.  KL_OK, KL_ECONFIG if there are too many, KL_ENOMEM. */
enum kl_rc seen_add(struct seen *s, uint64_t hash, struct kl_err *err);
void seen_free(struct seen *s);

/* What was accepted, to be read back. */
struct verify;
struct verify *verify_new(void);
void verify_free(struct verify *v);
enum kl_rc verify_expect(struct verify *v, const struct kl_batch *b,
    struct kl_err *err);
struct event_named;
/* ... by an earlier run. */
enum kl_rc verify_known(struct kl_events *e, const struct event_named *name,
    uint64_t line, struct kl_err *err);

#define EVENT_ID 48    /* bytes of an id that was made, with the NUL */
#define EVENT_FIRST 26 /* ... before the number of one that has equals */

/* What an event is called. */
struct event_named {
	const struct kl_json *doc;	  /* its record */
	const struct kl_profile_ids *ids; /* its person */
	char id[EVENT_ID]; /* if it was made; else it is the record's own */
	uint64_t hash;	   /* of one that was made, to be counted by seen_add()
			    * once the event is taken; 0: it is the record's own,
			    * or equal events are one */
};

/* Work on the events of a batch that is sealed. */
struct event_work {
	uint32_t rec;	 /* its first record */
	uint32_t last;	 /* ... and its last, so far */
	uint32_t bundle; /* that it is in */
	uint32_t number; /* in the request */
	uint32_t hash;	 /* of what tells it apart */
};

struct kl_events {
	struct kl_events_opts o;
	struct kl_event event;
	struct kl_stamp_format times;
	struct kl_canon canon;
	struct kl_buf text;  /* scratch: what is digested */
	struct kl_buf tmp;   /* ... and one value */
	struct kl_buf other; /* the body that is being made */
	struct seen seen;
	struct verify *verify; /* NULL: nobody will ask */
	struct kl_events_stats stats;
	/* Scratch of events-seal.c, sized for the largest batch so far. */
	struct event_work *work;
	uint32_t *slot; /* event, plus 1 */
	uint32_t *turn; /* the person's newest bundle, plus 1, by its root */
	uint32_t *of;	/* the event of a record */
	uint32_t cap, slots;
};

/* Find out what the event of name->doc, which was checked, is called. */
enum kl_rc events_id(struct kl_events *e, struct event_named *name,
    struct kl_err *err);

/* What the journal knows it by: account, person, metric, unique_id. */
enum kl_rc events_mark(const struct kl_maker *m, const struct event_named *name,
    struct kl_journal_mark *mark, struct kl_err *err);

/* What an event is about, once it was checked. */
struct event_item {
	uint32_t event_n, profile_n; /* bytes appended */
	uint32_t key_n;		     /* of them, what tells it apart */
};

/* Append event and profile of a checked record.  id is NULL if the record has
 * its own. */
enum kl_rc events_put(struct kl_events *e, struct kl_buf *b,
    const struct kl_json *doc, const char *id, struct event_item *item,
    struct kl_err *err);

extern const struct kl_kind events_kind;
void events_open(struct kl_buf *b, const struct kl_frame *f);
void events_close(struct kl_buf *b, const struct kl_frame *f);

#endif /* KL_EVENTS_PRIV_H */
