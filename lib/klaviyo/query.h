/* SPDX-License-Identifier: MIT */
#ifndef QUERY_H
#define QUERY_H

#include "kl/query.h"

/*
 * query.h - the parts of a question, for query.c, which puts them together.
 */

/* Which attributes: query-fields.c */

/* KL_OK; KL_EUSAGE for names that the resource does not have. */
enum kl_rc query_fields_check(const struct kl_resource *r, const char *fields,
    const char *with, struct kl_err *err);

/* Ask for the fields (NULL: all), and for what else is wanted or needed. */
void query_fields_put(struct kl_query *a, const char *fields,
    const struct kl_want *w);

/* Which rows: query-where.c */

/* KL_OK; KL_EUSAGE for what the resource cannot be asked for by. */
enum kl_rc query_where_put(struct kl_query *a, const struct kl_want *w,
    struct kl_err *err);

#endif /* QUERY_H */
