/* SPDX-License-Identifier: MIT */
#ifndef KL_RESOURCES_H
#define KL_RESOURCES_H

#include <stdbool.h>

#include "kl/buf.h"
#include "kl/endpoints.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/resources.h - what can be read out of Klaviyo, as one table.
 *
 * Pure data, from klaviyo/openapi (stable, revision KL_REVISION): what a
 * collection can be filtered, sorted and cut into ranges by, which attributes
 * it has, and what a row of it looks like.  A question made of a row is
 * kl/query.h's.
 */

enum kl_res {
	KL_RES_MEMBERS,		/* of a list */
	KL_RES_SEGMENT_MEMBERS, /* of a segment */
	KL_RES_PROFILES,
	KL_RES_EVENTS,
	KL_RES_LISTS,
	KL_RES_SEGMENTS,
	KL_RES_METRICS,
	KL_RES_SUPPRESSIONS,	  /* of the account */
	KL_RES_LIST_SUPPRESSIONS, /* of a list */
	KL_RES_IMPORTS,		  /* bulk import jobs */
	KL_RES_SUPPRESS_JOBS,	  /* that suppress */
	KL_RES_UNSUPPRESS_JOBS,	  /* that end suppressions */
	KL_RESOURCES
};

/* Operators of the filter language, as bits. */
enum kl_op {
	KL_OP_EQUALS = 1 << 0,
	KL_OP_ANY = 1 << 1,
	KL_OP_LESS_THAN = 1 << 2,
	KL_OP_LESS_OR_EQUAL = 1 << 3,
	KL_OP_GREATER_THAN = 1 << 4,
	KL_OP_GREATER_OR_EQUAL = 1 << 5,
	KL_OP_CONTAINS = 1 << 6,
	KL_OP_CONTAINS_ANY = 1 << 7,
	KL_OP_CONTAINS_ALL = 1 << 8,
	KL_OP_STARTS_WITH = 1 << 9,
	KL_OP_ENDS_WITH = 1 << 10,
	KL_OP_HAS = 1 << 11,
	KL_OP_BEYOND = 1 << 12 /* no operator */
};
#define KL_OPS_RANGE                                                           \
	(KL_OP_LESS_THAN | KL_OP_LESS_OR_EQUAL | KL_OP_GREATER_THAN |          \
	    KL_OP_GREATER_OR_EQUAL)
#define KL_OPS_STRICT (KL_OP_LESS_THAN | KL_OP_GREATER_THAN)

/* The name of one operator: "greater-than". */
const char *kl_op_name(enum kl_op op);
/* The operator of that name; 0 if there is none. */
unsigned kl_op_of(struct kl_span name);

/* A field that a collection can be filtered by; ends with field NULL. */
struct kl_filter_field {
	const char *field;
	unsigned ops; /* enum kl_op */
};

/*
 * A field of time by which a collection can be both filtered and sorted, so
 * that ranges of it can be read one by one.
 */
struct kl_range_by {
	const char *field; /* of filter and sort; NULL: there is none */
	const char *name;  /* the attribute of a row that has the value */
	bool strict; /* there are only less-than and greater-than; else the
		      * two with -or-equal as well */
	bool moves;  /* the service changes it: a row may be read twice */
};

/* How a row is made of a resource. */
enum kl_shape {
	KL_SHAPE_FLAT,		 /* its id, then its attributes: kl/flat.h */
	KL_SHAPE_EVENT,		 /* the same, with its profile and metric */
	KL_SHAPE_SUPPRESSED,	 /* one row for each suppression of a profile */
	KL_SHAPE_SUPPRESSED_LIST /* ... on a list */
};

/* Attributes that can be asked for one by one: fields[TYPE]. */
struct kl_fieldset {
	const char *type;
	const char *prefix; /* before their names, "profile."; NULL: none */
	const char *const *names; /* NULL at the end */
	const char *const *deep;  /* beginnings of names with more levels, as
				   * "subscriptions."; or NULL */
};

#define KL_FIELDSETS 3

struct kl_resource {
	enum kl_res res;  /* its own index */
	const char *name; /* for messages: "members" */
	enum kl_ep ep;
	const struct kl_filter_field *filters;
	const char *filter; /* a condition that is always there; or NULL */
	struct kl_fieldset fields[KL_FIELDSETS]; /* type NULL at the end */
	const char *only; /* fields asked for if none are named; NULL: all */
	const char *with; /* additional-fields always asked for; or NULL */
	const char *const *more; /* additional-fields that may be; or NULL */
	const char *include;	 /* or NULL */
	enum kl_shape shape;
	struct kl_range_by range;   /* does not change for a row, best not */
	struct kl_range_by changed; /* moves whenever the row changes */
	struct kl_range_by when;    /* what since and until are about */
	const char *email; /* field that an address is looked for in; or NULL */
};

/* The row; res must be one of the enum. */
const struct kl_resource *kl_resource(enum kl_res res);

#ifdef __cplusplus
}
#endif

#endif /* KL_RESOURCES_H */
