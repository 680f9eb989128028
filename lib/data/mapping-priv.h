/* SPDX-License-Identifier: MIT */
#ifndef MAPPING_PRIV_H
#define MAPPING_PRIV_H

/*
 * mapping-priv.h - what the files of a mapping share: it is made (mapping.c),
 * laid out (mapping-lay.c) and run (mapping-run.c).
 */

#include "destination.h"
#include "kl/convert.h"
#include "kl/mapping.h"
#include "slots.h"
#include "where.h"

#define MAX_FIELDS 10000
#define MAX_WHERE 64

struct field {
	struct kl_buf origin;	    /* its name, for messages */
	struct kl_buf text;	    /* the destination as it was given */
	struct destination to;	    /* parts borrowed from text */
	struct kl_buf key, join;    /* see struct op */
	struct kl_convert *convert; /* NULL: copy */
	struct kl_convert *finish;  /* what the destination asks for; NULL */
	uint32_t slot;		    /* NO_SLOT: no origin (const) */
	uint32_t group;		    /* the object it is written in */
	bool required;
	uint64_t omitted;
	char code[32]; /* why, the first time */
};

/*
 * What running needs of a field, packed.  Of key and join KEY_SHORT bytes can
 * be read.
 */
struct op {
	const char *key;  /* ,"city": */
	const char *join; /* the same with all that stands before it if the
			   * field before was written: ,"location":{"city": */
	uint32_t key_n, join_n;
	uint32_t slot;
	uint32_t group;
	uint32_t node; /* the value in the record at hand; 0: absent.  Of a
			* mapping that is bound, its column, from 1 */
	uint8_t now;   /* enum now: what is to be done with that */
	bool copies;   /* there is no conversion */
	bool lowers;   /* kl_convert_lowers() */
	bool keeps;    /* null and "" are written like others, or */
	bool drops;    /* left out like absent ones; else more is to be done */
};

/* What the shape of a record tells of a field. */
enum now {
	NOW_MORE,   /* more than copying is to be done */
	NOW_COPIED, /* it is copied, or */
	NOW_TESTED, /* copied unless it is null or "", or */
	NOW_LOWER,  /* made small, if it is plain, or */
	NOW_ABSENT, /* left out */
};

#define KEY_SHORT 32

/* An object of the result.  Group 0 is the result itself. */
struct group {
	struct kl_buf open;  /* ,"location":{ */
	struct kl_span name; /* borrowed from a field */
	uint32_t parent;
};

struct note {
	struct note *next;
	char text[400];
};

struct kl_mapping {
	struct kl_mapping_options opt;
	struct kl_converter converter;
	struct slots slots;
	struct field **field; /* as added; in order of writing once ready */
	uint32_t fields, cap;
	struct op *op; /* one for each field */
	struct group *group;
	uint32_t groups;
	struct where where[MAX_WHERE];
	uint32_t wheres;
	struct note *note, **note_end;
	uint32_t *column; /* of each slot, in a table; NULL: not bound to one */
};

static inline struct kl_span
span_of(const struct kl_buf *b)
{
	return (struct kl_span){ b->s, b->n };
}

/* Where the writing of a record stands. */
struct writing {
	struct kl_buf *b;
	const struct kl_json *doc; /* what is mapped; NULL: a row */
	uint32_t group;		   /* the innermost that is open */
	bool first;		   /* nothing is in it yet */
	uint32_t next;		   /* the field after the one written last */
};

/* Close and open objects so that group is the innermost. */
void mapping_go_to(const struct kl_mapping *m, struct writing *w,
    uint32_t group);

static inline void
mapping_put_key(const struct kl_mapping *m, struct writing *w,
    const struct op *op)
{
	uint32_t i = (uint32_t)(op - m->op);

	if (w->next == i && op->join != NULL) {
		kl_buf_put(w->b, op->join, op->join_n);
		w->group = op->group;
	} else {
		if (op->group != w->group)
			mapping_go_to(m, w, op->group);
		kl_buf_put(w->b, op->key + w->first, op->key_n - w->first);
	}
	w->first = false;
	w->next = i + 1;
}

/* Convert what field i is made from, and write it where it goes.  As
 * kl_mapping_run(). */
enum kl_rc mapping_put_value(struct kl_mapping *m, struct writing *w,
    uint32_t i, struct kl_value v, struct kl_err *err);

/* The member of the record at hand that has the slot, for conversions. */
struct kl_value mapping_member(void *ctx, uint32_t slot);

/* Place the fields in the order of writing, and make their groups and ops.
 * KL_OK, KL_ENOMEM, KL_ETOOBIG. */
enum kl_rc mapping_lay_out(struct kl_mapping *m, struct kl_err *err);

/* Keep something for the user to know.  What is too much for memory is left
 * unsaid. */
void mapping_note(struct kl_mapping *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* MAPPING_PRIV_H */
