/* SPDX-License-Identifier: MIT */
#ifndef CMD_FEED_H
#define CMD_FEED_H

#include "filter.h"
#include "kl/send.h"

/*
 * cmd/feed.h - the loop of a program that sends records: input is read while
 * there is room for another batch, and answers are taken in between.
 *
 * Lines are records or chunks of kl-chunk.  What the engine tells goes to the
 * streams of the filter; a signal ends the input and gives what is in flight
 * some time, a second one gives none.
 */

struct cmd_feed {
	struct cmd_filter f;
	struct kl_send *send;
	uint64_t drain_ms; /* what is in flight may take after a signal */
	/* As those of kl_send_sink; NULL: none. */
	enum kl_rc (
	    *check)(void *ctx, const struct kl_json *doc, struct kl_err *why);
	enum kl_rc (
	    *leave)(void *ctx, struct kl_span record, struct kl_err *err);
	void *ctx;   /* theirs */
	int signals; /* seen so far */
	/* What is offered for a record; NULL: itself.  It changes r->doc, and
	 * returns as kl_send_record(), with *why. */
	enum kl_rc (
	    *shape)(void *ctx, struct kl_send_record *r, struct kl_err *why);
	void *shape_ctx;
	bool live;	  /* what cannot be had again is read: after a signal
			   * too, what is there is taken and sent */
	uint64_t stop_at; /* ... until then; 0: no signal came */
	bool eof;	  /* no more input is taken */
	bool starved;	  /* there is no input at the moment */
	/* The chunk that is being fed: its elements are next..end-1. */
	bool in_chunk;
	uint64_t chunk_line;
	uint32_t next, end;
	struct kl_json element;
};

/* Where the engine is to tell what happens. */
struct kl_send_sink cmd_feed_sink(struct cmd_feed *p);

/* All records through p->send, to their end.  KL_OK, or what ended the run
 * before its input did. */
enum kl_rc cmd_feed_run(struct cmd_feed *p, struct kl_err *err);

/* Free what it holds; not the engine, and not the filter. */
void cmd_feed_free(struct cmd_feed *p);

#endif /* CMD_FEED_H */
