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
	struct kl_buf key;	    /* see struct op */
	struct kl_convert *convert; /* NULL: copy */
	struct kl_convert *finish;  /* what the destination asks for; NULL */
	uint32_t slot;		    /* NO_SLOT: no origin (const) */
	uint32_t group;		    /* the object it is written in */
	bool required;
	uint64_t omitted;
	char code[32]; /* why, the first time */
};

/*
 * A step of running a mapping: a field is written, or an object of the result
 * is entered or left.  Of key KEY_SHORT bytes can be read.
 */
struct op {
	const char *key; /* ,"city": */
	uint32_t key_n;
	uint32_t slot;
	uint32_t field;	 /* its place among the fields */
	uint32_t column; /* of a mapping that is bound, from 1; 0: absent */
	uint8_t how;	 /* enum how */
	bool copies;	 /* there is no conversion */
	bool keeps;	 /* null and "" are written like others */
	bool drops;	 /* they are left out like absent ones; else more is to
			  * be done */
};

/* What is to be done with the value in a record. */
enum how {
	HOW_KEEPS, /* it is copied, if there is one; or */
	HOW_DROPS, /* copied unless it is null or ""; or */
	HOW_LOWER, /* made small, if it is plain; or */
	HOW_MORE,
	HOW_ENTER, /* an object */
	HOW_LEAVE,
};

#define KEY_SHORT 32

/*
 * What is to be done for each record of one shape: mapping-stages.c.  Objects
 * that have something in them for sure are part of the text.
 */
struct stage {
	char text[KEY_SHORT]; /* before the value */
	uint32_t n;	      /* bytes of it */
	uint32_t node;	      /* offset of the value's node, in bytes */
	const struct op *op;  /* NULL: text alone */
	uint8_t how;	      /* enum stage_how */
};

enum stage_how {
	STAGE_KEEPS, /* as HOW_KEEPS, and there is a value */
	STAGE_DROPS,
	STAGE_LOWER,
	STAGE_TEXT, /* without a value */
	STAGE_MORE,
	STAGE_ENTER, /* an object that may be left empty */
	STAGE_LEAVE,
	STAGE_END,
};

/* An object of the result.  Group 0 is the result itself. */
struct group {
	struct kl_buf open;  /* ,"location": */
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
	struct op *op, *op_end; /* owned */
	struct group *group;
	uint32_t groups;
	struct where where[MAX_WHERE];
	uint32_t wheres;
	struct note *note, **note_end;
	uint32_t *column; /* of each slot, in a table; NULL: not bound to one */

	struct kl_buf stages;  /* struct stage, one after another */
	uint64_t stages_shape; /* of the records they are for; 0: none */
	size_t stages_fixed;   /* bytes they write beside values, at most */
	size_t stages_values;  /* and how many values */
	unsigned alike;	       /* records of that shape, up to some */
};

static inline struct kl_span
span_of(const struct kl_buf *b)
{
	return (struct kl_span){ b->s, b->n };
}

/*
 * Where the writing of a record stands.  Each member is written with a comma
 * before it, whatever there is; the comma of the first in an object becomes its
 * brace in the end.  So no branch depends on which members there are.
 */
struct writing {
	struct kl_buf *b;
	const struct kl_json *doc; /* what is mapped; NULL: a row */
	uint32_t depth;		   /* objects that were entered */
	struct {
		size_t name;  /* where it begins, in the buffer, */
		size_t first; /* and where the first member in it */
	} open[PARTS + 1];
};

/* Convert what the field is made from, and write it.  As kl_mapping_run(). */
enum kl_rc mapping_put_value(struct kl_mapping *m, struct writing *w,
    const struct op *op, struct kl_value v, struct kl_err *err);

/* The member of the record at hand that has the slot, for conversions. */
struct kl_value mapping_member(void *ctx, uint32_t slot);

/* A record is of the shape of the last.  True if there are stages for it. */
bool mapping_stages_ready(struct kl_mapping *m);

/* True if there is room for the record. */
bool mapping_stages_room(const struct kl_mapping *m, const struct writing *w);

/* Write the members of the record, all stages of it.  As kl_mapping_run(). */
enum kl_rc mapping_stages_run(struct kl_mapping *m, struct writing *w,
    struct kl_err *err);

/* Place the fields in the order of writing, and make their groups and ops.
 * KL_OK, KL_ENOMEM, KL_ETOOBIG. */
enum kl_rc mapping_lay_out(struct kl_mapping *m, struct kl_err *err);

/* Keep something for the user to know.  What is too much for memory is left
 * unsaid. */
void mapping_note(struct kl_mapping *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* MAPPING_PRIV_H */
