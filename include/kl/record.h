/* SPDX-License-Identifier: MIT */
#ifndef KL_RECORD_H
#define KL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kl/buf.h"
#include "kl/err.h"
#include "kl/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * kl/record.h - a record made of names and values, by a program that has no
 * JSON.
 *
 *	struct kl_record r = { 0 };
 *
 *	kl_record_text(&r, "email", address);
 *	kl_record_int(&r, "properties.Orders", 3);
 *	...
 *	kl_record_free(&r);
 *
 * A name is that of a member: "email".  What lies in location, properties or
 * an event's profile has that before it: "location.city", "properties.Plan",
 * "profile.email", "profile.properties.Plan".  All that follows "properties."
 * is one name, dots included.  The order does not matter; a name given twice
 * makes the record wrong.
 *
 * Errors stick, as those of a kl_buf: nothing needs a test before
 * kl_record_line(), or whoever takes the record, tells of the first one.
 */

#define KL_RECORD_MAX ((size_t)16 << 20) /* bytes of one; as kl/lines.h */

/* All zero is an empty record.  The members are private. */
struct kl_record {
	struct kl_buf part[6]; /* members, by the object they are in */
	struct kl_buf line;
	struct kl_json scan;
	struct kl_err err; /* the first failure */
};

/* A string: s is UTF-8 and copied; NULL leaves the member out. */
void kl_record_text(struct kl_record *r, const char *name, const char *s);
void kl_record_span(struct kl_record *r, const char *name, struct kl_span s);

/* A number; a double, which must be finite, in as few digits as keep it. */
void kl_record_int(struct kl_record *r, const char *name, int64_t v);
void kl_record_number(struct kl_record *r, const char *name, double v);

/* true or false. */
void kl_record_bool(struct kl_record *r, const char *name, bool v);

/* A time, as the string "2026-11-23T07:00:00+00:00", from seconds since
 * 1970. */
void kl_record_time(struct kl_record *r, const char *name, int64_t seconds);

/* Any value as JSON: "[\"a\",2]", "{}".  NULL leaves the member out. */
void kl_record_json(struct kl_record *r, const char *name, const char *json);

/* True if the record has that member, as it was named. */
bool kl_record_has(const struct kl_record *r, const char *name);

/*
 * The record as JSON, with a NUL after it.  Borrowed until the next call on
 * r.  KL_OK; the first failure of those before: KL_EDATA (not UTF-8, not
 * finite, not JSON, no name), KL_ETOOBIG, KL_ENOMEM, err->field the name.
 */
enum kl_rc kl_record_line(struct kl_record *r, struct kl_span *line,
    struct kl_err *err);

/* Make it empty, keeping the memory, or free that as well. */
void kl_record_reset(struct kl_record *r);
void kl_record_free(struct kl_record *r);

#ifdef __cplusplus
}
#endif

#endif /* KL_RECORD_H */
