/* SPDX-License-Identifier: MIT */
#ifndef KL_MAPPING_H
#define KL_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"
#include "kl/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/mapping.h - records of one shape made into records of another.
 *
 * A mapping is a list of fields: where a value comes from, where it goes, and
 * how it is converted on the way.  It is made once and run on every record.
 * What no function touches is copied as its bytes: numbers and escapes stay
 * as they were written.
 *
 * Origins.  The member with exactly that name; if there is none, a dotted
 * path (address.city, items.0.sku).
 *
 * Destinations.  A member of a profile (email, first_name, ...), location.city
 * and the like, consent. and meta. with what belongs there; anything else is
 * a custom property, so that Plan and properties.Plan are the same.  What
 * follows properties. is one name, dots included.
 *
 * Of an event they are metric, time, value, value_currency, unique_id and
 * backfill, whose values are brought into the form the service takes: time as
 * by date without a format, value as by number, backfill as by bool, metric and
 * unique_id as by text; profile.email and the like, as above but for consent;
 * anything else is a property of the event.
 *
 * In rows every destination is a plain member.
 */

/* What is made of a record. */
enum kl_mapping_shape {
	KL_MAPPING_PROFILE, /* nested, with at least one identifier */
	KL_MAPPING_EVENT, /* with a metric, and a profile with an identifier */
	KL_MAPPING_ROWS,  /* flat, under any names */
};

/* All zero: profiles, forwards, strict. */
struct kl_mapping_options {
	enum kl_mapping_shape shape;
	bool reverse;	 /* profiles or events back into the rows they came
			  * from: the fields are those of the forward
			  * mapping */
	bool keep_empty; /* null and "" are kept; else left out */
	bool omit;	 /* a value that cannot be converted is left out and
			  * counted; else its record is refused */
	const char *phone_plugin; /* see kl_phone_open() */
	const char *jq_plugin;	  /* see kl_jq_new() */
};

struct kl_mapping; /* opaque */

/* NULL only when out of memory.  Freeing allows NULL. */
struct kl_mapping *kl_mapping_new(const struct kl_mapping_options *opt);
void kl_mapping_free(struct kl_mapping *m);

/*
 * Add a field; the texts are copied.  convert is as in kl/convert.h and may be
 * empty.  required: a record in which the value is missing is refused.
 *
 * KL_OK; KL_ECONFIG for an unknown function, a destination that a profile
 * cannot have or that another field has already, a missing name; KL_ENOMEM.
 */
enum kl_rc kl_mapping_add(struct kl_mapping *m, struct kl_span origin,
    struct kl_span destination, struct kl_span convert, bool required,
    struct kl_err *err);

/* Add the fields of a configuration: node is the array mapped_fields.
 * Failures name the element. */
enum kl_rc kl_mapping_add_config(struct kl_mapping *m,
    const struct kl_json *doc, uint32_t node, struct kl_err *err);

/*
 * Pass only records that satisfy the condition, and every other one added:
 *
 *	FIELD=VALUE	its text is VALUE (numbers as they are written)
 *	FIELD!=VALUE	it is not, or is missing
 *	FIELD?		it has a value: not absent, null or ""
 *
 * An empty VALUE stands for a missing one.  KL_OK, KL_EUSAGE, KL_ENOMEM.
 */
enum kl_rc kl_mapping_where(struct kl_mapping *m, const char *condition,
    struct kl_err *err);

/*
 * Finish the mapping, after which nothing can be added.  KL_OK; KL_ECONFIG if
 * it has no field or, for profiles and events, no identifier, or, for events,
 * no metric; KL_ENOMEM.
 */
enum kl_rc kl_mapping_ready(struct kl_mapping *m, struct kl_err *err);

/* What the user should know of the finished mapping, note i: a destination
 * that looks like a slip, times taken as UTC, what --reverse leaves out.
 * NULL after the last. */
const char *kl_mapping_note(const struct kl_mapping *m, size_t i);

/*
 * Map the record that was scanned into doc and append the result to b.
 *
 * KL_OK; KL_AGAIN if a condition is not met, b being as it was; KL_EDATA if
 * the record is refused, err naming the origin, with code and hint, b holding
 * a part of the result that is to be thrown away; KL_ENOMEM, KL_ETOOBIG.
 */
enum kl_rc kl_mapping_run(struct kl_mapping *m, const struct kl_json *doc,
    struct kl_buf *b, struct kl_err *err);

/*
 * The same for rows of a table.  Bind the finished mapping to its columns, and
 * run it on rows that kl_table_put() takes: what it writes is, byte for
 * byte, what kl_mapping_run() writes of the record of kl_table_put(), which is
 * not made.  The table must be plain, see kl_table_is_plain().  A mapping that
 * is bound runs on rows only.
 *
 * KL_OK, KL_ENOMEM; as kl_mapping_run().
 */
enum kl_rc kl_mapping_bind(struct kl_mapping *m, const struct kl_table *t,
    struct kl_err *err);
enum kl_rc kl_mapping_row(struct kl_mapping *m, const struct kl_csv_row *row,
    struct kl_buf *b, struct kl_err *err);

/*
 * Add what another mapping, made and finished in the same way, has counted and
 * seen since this was last done: of the records that come next in the input.
 */
void kl_mapping_join(struct kl_mapping *m, struct kl_mapping *other);

/* Values left out because they could not be converted: by field i, the name
 * of its origin and how many.  NULL after the last field. */
const char *kl_mapping_omitted(const struct kl_mapping *m, size_t i,
    uint64_t *n, const char **code);

/*
 * The origin of a field, or the field of a condition, that none of the records
 * had, from number *i on, which is moved behind it; *near is a member of the
 * last record that may have been meant, or NULL.  NULL if there is none.
 * Borrowed until the next call.
 */
const char *kl_mapping_unseen(struct kl_mapping *m, size_t *i,
    const char **near);

#ifdef __cplusplus
}
#endif

#endif /* KL_MAPPING_H */
