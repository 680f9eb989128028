/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_SUBSCRIBE_H
#define SANDBOX_SUBSCRIBE_H

#include "body.h"
#include "box.h"

/*
 * subscribe.h - requests that give or take back consent: read in
 * subscribe-read.c, carried out in subscribe.c.
 */

/* Where the nodes of a row go. */
enum {
	ROW_ID,
	ROW_EMAIL,
	ROW_PHONE,
	ROW_BIRTH,
	ROW_ATTRIBUTES,
	ROW_TOKENS,
	ROW_CONSENT,				   /* one for each channel */
	ROW_CONSENTED_AT = ROW_CONSENT + CHANNELS, /* the same */
	ROW_NODES = ROW_CONSENTED_AT + CHANNELS
};

/* A request as a whole. */
struct consent_request {
	bool subscribe; /* or unsubscribe */
	uint32_t rows;	/* node of the list */
	uint32_t source;
	struct list *list; /* or NULL */
	bool historical;
};

/* Read the request around its rows, which are in box->doc from data on. */
bool consent_request_read(struct box *box, bool subscribe, uint32_t data,
    struct consent_request *r, struct problem *p);
/* Read one row; found has ROW_NODES nodes.  The pointer of *p is relative to
 * the row. */
bool consent_row_read(struct box *box, const struct consent_request *r,
    uint32_t row, uint64_t now, uint32_t *found, struct problem *p);

#endif /* SANDBOX_SUBSCRIBE_H */
