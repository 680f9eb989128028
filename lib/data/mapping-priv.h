/* SPDX-License-Identifier: MIT */
#ifndef MAPPING_PRIV_H
#define MAPPING_PRIV_H

/*
 * mapping-priv.h - what the files of a mapping share: it is made (mapping.c),
 * laid out (mapping-lay.c) and run (mapping-run.c) by a program
 * (mapping-program.c) that says what is to be written (mapping-put.c).
 */

#include "destination.h"
#include "kl/convert.h"
#include "kl/cpu.h"
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
	uint8_t depth;	 /* of the object that is entered or left: from 1 */
	bool trims;	 /* if it lowers: white space around it is taken away */
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
	HOW_LEAVE, /* it, whose key is here as well */
};

#define KEY_SHORT 32
#define STAGE_AHEAD 72U /* bytes that are looked at behind a value's first */
#define STAGE_OVER 128U /* bytes that are written behind a record's last */

/*
 * What is to be done for each record of some kind, of which it is known where
 * the scanner tells of its members.  A stage writes the text before a value,
 * and the value.  See mapping-program.c.
 */
struct stage {
	char text[KEY_SHORT]; /* zeros behind it */
	uint32_t n;	      /* bytes of it */
	uint32_t value;	     /* offset in bytes: among the nodes, if it is there
			      * for sure, or of its place */
	const struct op *op; /* NULL: text alone */
	uint8_t how;	     /* enum stage_how */
	uint8_t trims;	     /* 1: as of the op */
};

enum stage_how {
	STAGE_KEEPS, /* as HOW_KEEPS, and there is a value, or */
	STAGE_MAY_KEEP,
	STAGE_DROPS, /* there may be one */
	STAGE_MAY_DROP,
	STAGE_LOWER,
	STAGE_LONG, /* it may, and the text before it is that of the op */
	STAGE_TEXT, /* without a value */
	STAGE_ENTER,
	STAGE_LEAVE,
	STAGE_MORE,
	STAGE_END,
};

struct program {
	struct kl_buf stages; /* struct stage, one after another; none: {} */
	uint64_t id;	      /* what it is for: a shape, or a layout */
	unsigned at;	      /* and which of slots.known it is by */
	uint64_t fixed;	      /* bytes it writes beside values, at most */
	uint32_t values;      /* and how many values */
};

/* An object of the result.  Group 0 is the result itself. */
struct group {
	struct kl_buf open;  /* ,"location": */
	struct kl_span name; /* borrowed from a field */
	uint32_t parent;
};

/*
 * Write what stages say, from one on; returns that which takes more than that,
 * or the end.  There is room.
 */
struct writing;
typedef const struct stage *mapping_put(struct writing *w,
    const struct stage *st);
extern mapping_put mapping_put_plain;
#if KL_CPU_WIDE
extern mapping_put mapping_put_avx2;
#endif

/*
 * Where the writing of a record stands.  Each member is written with a comma
 * before it, whatever there is; the comma of the first in an object becomes its
 * brace in the end.  So no branch depends on which members there are.
 */
struct writing {
	struct kl_buf *b;
	const struct kl_json *doc; /* what is mapped; NULL: a row */
	const char *s;		   /* its text, with STAGE_AHEAD bytes behind */
	const uint32_t *place;	   /* see struct slots */
	size_t most;		   /* bytes in b in the end, at most */
	size_t first[PARTS + 1];   /* where the first member begins of the
				    * objects that were entered, in b */
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

	mapping_put *put;	/* what this processor can do best */
	struct writing writing; /* of a record */
	struct program program[LAYOUTS + 1]; /* for what is in slots.known */
	struct program shaped;		     /* for records of one shape */
	uint64_t shape;			     /* of the last record, */
	unsigned alike;	    /* and how many were so before it, up to some */
	struct kl_buf text; /* a record that had nothing behind it */
};

static inline struct kl_span
span_of(const struct kl_buf *b)
{
	return (struct kl_span){ b->s, b->n };
}

/* Convert what the field is made from, and write it.  As kl_mapping_run(). */
enum kl_rc mapping_put_value(struct kl_mapping *m, struct writing *w,
    const struct op *op, struct kl_value v, struct kl_err *err);

/* The member of the record at hand that has the slot, for conversions. */
struct kl_value mapping_member(void *ctx, uint32_t slot);

/*
 * Make the program for records like the one whose slots were found.  shaped:
 * all have its shape.  False when out of memory; it is then empty.
 */
bool mapping_program_make(struct kl_mapping *m, struct program *p, uint64_t id,
    bool shaped);

/* What this processor can do best. */
mapping_put *mapping_put_best(void);

/* Place the fields in the order of writing, and make their groups and ops.
 * KL_OK, KL_ENOMEM, KL_ETOOBIG. */
enum kl_rc mapping_lay_out(struct kl_mapping *m, struct kl_err *err);

/* Keep something for the user to know.  What is too much for memory is left
 * unsaid. */
void mapping_note(struct kl_mapping *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* MAPPING_PRIV_H */
