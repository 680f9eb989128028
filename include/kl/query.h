/* SPDX-License-Identifier: MIT */
#ifndef KL_QUERY_H
#define KL_QUERY_H

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/resources.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/query.h - a question to a collection: what of it is wanted, as the query
 * of a request.
 *
 * Everything that does not need the service to be judged is judged here: the
 * names of attributes, times, the syntax of filters.
 */

/* What is wanted.  All zero: all of it.  Borrowed for the call. */
struct kl_want {
	const char *fields; /* comma list: "email,location.city"; of events
			     * also "profile.email" and "metric.name" */
	const char *with;   /* comma list of additional fields */
	const char *where;  /* a filter, passed on as it stands */
	const char *since, *until; /* RFC 3339, or a date, which is midnight
				    * UTC; since itself is in it where the
				    * service can compare so, until never is */
	const char *email;
	unsigned page;	  /* rows on a page; 0: as many as the service gives */
	const char *need; /* an attribute that has to be there whatever fields
			   * are wanted; or NULL */
};

/* The question; all zero is none.  Copies what it is made of. */
struct kl_query {
	const struct kl_resource *r;
	const struct kl_endpoint *ep;
	struct kl_buf id;     /* of the list or segment; empty: none */
	struct kl_buf query;  /* encoded: page size, fields, include */
	struct kl_buf filter; /* conditions, with commas, not encoded */
	unsigned page;	      /* rows on a page at most; 0: unknown */
	const char *hidden;   /* an attribute that is there only because it is
			       * needed; or NULL */
};

/*
 * Ask a row of the table, of a list or segment if id is not NULL.  KL_OK;
 * KL_EUSAGE for what the service has not (codes field_unknown, filter_syntax,
 * filter_unknown, time_invalid), naming what may have been meant; KL_ENOMEM.
 * To be freed either way.
 */
enum kl_rc kl_query_make(struct kl_query *a, enum kl_res res, const char *id,
    const struct kl_want *want, struct kl_err *err);
void kl_query_free(struct kl_query *a);

/* Add conditions; joined by "and". */
void kl_query_where(struct kl_query *a, struct kl_span filter);

/* Append OP(FIELD,VALUE) to a filter b, with a comma if that is not empty: the
 * value as it is (times, numbers), or quoted. */
void kl_filter_put(struct kl_buf *b, enum kl_op op, const char *field,
    struct kl_span value);
void kl_filter_put_text(struct kl_buf *b, enum kl_op op, const char *field,
    struct kl_span text);

/*
 * Append the query of one request: the question, in the order of sort
 * ("-created"; NULL: the service's own), further conditions (n 0: none) and
 * the cursor (n 0: the first page).
 */
void kl_query_put(const struct kl_query *a, struct kl_buf *to, const char *sort,
    struct kl_span more, struct kl_span cursor);

/*
 * Check a filter as far as that can be done here: its syntax; that the
 * operator is one that r has for the field; and that a field it does not have
 * is not a slip of one it has.  filters may be NULL: the syntax alone.
 * KL_OK; KL_EUSAGE, naming the byte (from 1).
 *
 *	filter = expr *( "," expr )
 *	expr   = "and(" expr 1*( "," expr ) ")" / op "(" field [ "," value ] ")"
 *	value  = string / number / word / time / "[" value *( "," value ) "]"
 */
enum kl_rc kl_filter_check(struct kl_span filter,
    const struct kl_filter_field *filters, struct kl_err *err);
#define KL_FILTER_MAX 8192 /* bytes; requests have to fit in a URL */

#ifdef __cplusplus
}
#endif

#endif /* KL_QUERY_H */
