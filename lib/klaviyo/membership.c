/* SPDX-License-Identifier: MIT */
/*
 * membership.c - people join and leave a list by the ids of their profiles.
 *
 * The members of a list cannot be filtered by id.  So somebody is looked up by
 * id first, and then among the members by the address or phone number found
 * there, or, having neither, by the time at which he is said to have joined.
 */

#include <string.h>

#include "kl/json.h"
#include "kl/membership.h"
#include "kl/page.h"
#include "kl/timestamp.h"
#include "kl/url.h"

#define FILTER_MAX 5000 /* bytes of one, before it is encoded */

/* Not known yet: there is such a profile. */
#define OPEN KL_SINCES

struct look {
	struct kl_client *client;
	struct kl_mirror *m;
	const char *list;
	const struct kl_plan_person *p;
	size_t n;
	enum kl_since *since;
	bool plain[KL_RECHECK_MAX]; /* nothing to be filtered by */
	struct kl_buf by[2];	    /* values of email, phone_number */
	struct kl_buf text;
};

static const char *const by_name[2] = { "email", "phone_number" };

/* --- filters ---------------------------------------------------------------
 */

/* Append a value to those of an any().  False if it cannot be quoted in a way
 * that is sure to be understood. */
static bool
put_value(struct kl_buf *b, struct kl_span s)
{
	if (s.n == 0 || memchr(s.s, '"', s.n) != NULL ||
	    memchr(s.s, '\\', s.n) != NULL)
		return false;
	if (b->n > 0)
		kl_buf_putc(b, ',');
	kl_buf_putc(b, '"');
	kl_buf_span(b, s);
	kl_buf_putc(b, '"');
	return true;
}

/* Whom the resource at node is about: an index, or n if none of ours. */
static size_t
whose(struct look *l, const struct kl_json *doc, uint32_t node)
{
	uint32_t at = kl_json_get(doc, node, "id");
	struct kl_span id = { 0 };
	size_t i;

	if (at != 0)
		id = kl_json_text(doc, at, &l->text);
	if (id.n == 0)
		return l->n;
	for (i = 0; i < l->n && !kl_span_is(id, l->p[i].id); i++)
		;
	return i;
}

enum kl_rc
kl_list_walk(struct kl_pages *p, struct kl_client *c, const char *list,
    const char *fields, const char *filter, struct kl_err *err)
{
	p->client = c;
	p->ep = kl_endpoint(KL_EP_LIST_PROFILES);
	p->id = list;
	kl_url_param(&p->query, "page[size]", "100", 3);
	kl_url_param(&p->query, "fields[profile]", fields, strlen(fields));
	if (filter != NULL)
		kl_url_param(&p->query, "filter", filter, strlen(filter));
	return kl_buf_check(&p->query, err);
}

/* Every resource that the filter finds, to each(). */
static enum kl_rc
walk(struct look *l, enum kl_ep ep, const char *filter, const char *fields,
    enum kl_rc (*each)(struct look *l, const struct kl_json *doc, uint32_t node,
	size_t i, struct kl_err *err),
    struct kl_err *err)
{
	struct kl_pages p = { 0 };
	enum kl_rc rc;
	uint32_t data;
	size_t i;

	rc = kl_list_walk(&p, l->client, l->list, fields, filter, err);
	p.ep = kl_endpoint(ep);
	while (rc == KL_OK && (rc = kl_pages_next(&p, &data, err)) == KL_OK)
		kl_json_each (node, p.answer.doc, data) {
			if ((i = whose(l, p.answer.doc, node)) == l->n)
				continue;
			rc = each(l, p.answer.doc, node, i, err);
			if (rc != KL_OK)
				break;
		}
	kl_pages_free(&p);
	return rc == KL_EOF ? KL_OK : rc;
}

/* --- who they are ----------------------------------------------------------
 */

static enum kl_rc
see_profile(struct look *l, const struct kl_json *doc, uint32_t node, size_t i,
    struct kl_err *err)
{
	uint32_t obj = kl_json_get(doc, node, "attributes"), at;
	uint64_t was;
	enum kl_rc rc;
	size_t k;

	l->since[i] = OPEN;
	if (obj == 0)
		return KL_OK;
	if ((rc = kl_mirror_was(l->m, doc, obj, &was, err)) != KL_OK)
		return rc;
	if (l->p[i].was != 0 && was != l->p[i].was) {
		l->since[i] = KL_SINCE_EDITED;
		return KL_OK;
	}
	for (k = 0; k < 2; k++)
		if ((at = kl_json_get(doc, obj, by_name[k])) != 0 &&
		    put_value(&l->by[k], kl_json_text(doc, at, &l->text)))
			return KL_OK;
	l->plain[i] = true;
	return KL_OK;
}

static enum kl_rc
look_up(struct look *l, struct kl_err *err)
{
	struct kl_buf filter = { 0 };
	enum kl_rc rc;
	size_t i;

	kl_buf_puts(&filter, "any(id,[");
	for (i = 0; i < l->n; i++) {
		l->since[i] = KL_SINCE_GONE;
		kl_buf_printf(&filter, "%s\"%s\"", i > 0 ? "," : "",
		    l->p[i].id);
	}
	kl_buf_puts(&filter, "])");
	if ((rc = kl_buf_check(&filter, err)) == KL_OK && l->n > 0)
		rc = walk(l, KL_EP_PROFILES, kl_buf_str(&filter),
		    "email,phone_number,external_id", see_profile, err);
	kl_buf_free(&filter);
	return rc;
}

/* --- whether they are members ----------------------------------------------
 */

static enum kl_rc
see_member(struct look *l, const struct kl_json *doc, uint32_t node, size_t i,
    struct kl_err *err)
{
	uint32_t at = kl_json_get(doc, node, "attributes");

	(void)err;
	if (l->since[i] != OPEN)
		return KL_OK;
	if (at != 0)
		at = kl_json_get(doc, at, "joined_group_at");
	l->since[i] = at != 0 && l->p[i].joined[0] != '\0' &&
		!kl_json_is(doc, at, l->p[i].joined)
	    ? KL_SINCE_REJOINED
	    : KL_SINCE_SAME;
	return KL_OK;
}

/* The members whom the filter, which is freed, lets through. */
static enum kl_rc
ask_members(struct look *l, struct kl_buf *filter, struct kl_err *err)
{
	enum kl_rc rc = kl_buf_check(filter, err);

	if (rc == KL_OK)
		rc = walk(l, KL_EP_LIST_PROFILES, kl_buf_str(filter),
		    "joined_group_at", see_member, err);
	kl_buf_free(filter);
	return rc;
}

/* Ask for those of some values, s, of which there are n bytes. */
static enum kl_rc
ask_values(struct look *l, const char *field, struct kl_span s,
    struct kl_err *err)
{
	struct kl_buf filter = { 0 };

	kl_buf_printf(&filter, "any(%s,[", field);
	kl_buf_span(&filter, s);
	kl_buf_puts(&filter, "])");
	return ask_members(l, &filter, err);
}

/* Ask for those of all values, as many at once as a request line may have:
 * it is cut where a value ends. */
static enum kl_rc
find_by(struct look *l, size_t k, struct kl_err *err)
{
	struct kl_span s = { l->by[k].s, l->by[k].n };
	enum kl_rc rc = kl_buf_check(&l->by[k], err);
	size_t n;

	while (rc == KL_OK && s.n > 0) {
		n = s.n;
		if (n > FILTER_MAX)
			for (n = FILTER_MAX;
			     n > 0 && memcmp(s.s + n - 1, "\",\"", 3) != 0; n--)
				;
		if (n == 0)
			n = s.n;
		rc = ask_values(l, by_name[k], (struct kl_span){ s.s, n }, err);
		n += n < s.n; /* the comma */
		s = (struct kl_span){ s.s + n, s.n - n };
	}
	return rc;
}

/* Those who joined in the same moment as somebody who can be found by nothing
 * else. */
static enum kl_rc
find_by_time(struct look *l, size_t i, struct kl_err *err)
{
	struct kl_buf filter = { 0 };

	kl_buf_printf(&filter,
	    "greater-or-equal(joined_group_at,%s),"
	    "less-or-equal(joined_group_at,%s)",
	    l->p[i].joined, l->p[i].joined);
	return ask_members(l, &filter, err);
}

static enum kl_rc
find_members(struct look *l, struct kl_err *err)
{
	enum kl_rc rc = KL_OK;
	size_t i;

	for (i = 0; rc == KL_OK && i < 2; i++)
		rc = find_by(l, i, err);
	for (i = 0; rc == KL_OK && i < l->n; i++)
		if (l->plain[i] && l->since[i] == OPEN &&
		    l->p[i].joined[0] != '\0')
			rc = find_by_time(l, i, err);
	for (i = 0; i < l->n; i++)
		if (l->since[i] == OPEN)
			l->since[i] = KL_SINCE_LEFT;
	return rc;
}

static void
look_free(struct look *l)
{
	kl_buf_free(&l->by[0]);
	kl_buf_free(&l->by[1]);
	kl_buf_free(&l->text);
}

enum kl_rc
kl_recheck_members(struct kl_client *c, struct kl_mirror *m, const char *list,
    const struct kl_plan_person *p, size_t n, enum kl_since *since,
    struct kl_err *err)
{
	struct look l = { c, m, list, p, n, since, { 0 }, { { 0 } }, { 0 } };
	enum kl_rc rc;

	if (n > KL_RECHECK_MAX)
		return kl_err_set(err, KL_EBUG, "%zu people at once", n);
	if ((rc = look_up(&l, err)) == KL_OK)
		rc = find_members(&l, err);
	look_free(&l);
	return rc;
}

enum kl_rc
kl_recheck_profiles(struct kl_client *c, struct kl_mirror *m,
    const struct kl_plan_person *p, size_t n, enum kl_since *since,
    struct kl_err *err)
{
	struct look l = { c, m, NULL, p, n, since, { 0 }, { { 0 } }, { 0 } };
	enum kl_rc rc;
	size_t i;

	if (n > KL_RECHECK_MAX)
		return kl_err_set(err, KL_EBUG, "%zu people at once", n);
	rc = look_up(&l, err);
	for (i = 0; i < n; i++)
		if (since[i] != KL_SINCE_GONE)
			since[i] = KL_SINCE_LEFT;
	look_free(&l);
	return rc;
}

/* --- who has joined --------------------------------------------------------
 */

bool
kl_joined_after(const char *a, const char *b)
{
	struct kl_stamp x, y;

	if (kl_stamp_parse(a, strlen(a), &x, NULL) != KL_OK)
		return false;
	if (kl_stamp_parse(b, strlen(b), &y, NULL) != KL_OK)
		return true;
	return x.sec > y.sec || (x.sec == y.sec && x.ns > y.ns);
}

enum kl_rc
kl_joined_since(struct kl_client *c, struct kl_mirror *m, const char *list,
    const char *since, uint64_t enough,
    enum kl_rc (
	*each)(void *ctx, const struct kl_plan_person *p, struct kl_err *err),
    void *ctx, struct kl_err *err)
{
	struct kl_pages walk = { 0 };
	struct kl_buf fields = { 0 }, filter = { 0 };
	struct kl_plan_person who;
	enum kl_fate_of_member fate;
	uint32_t data;
	enum kl_rc rc;

	kl_mirror_fields(m, &fields);
	kl_buf_printf(&filter, "greater-or-equal(joined_group_at,%s)", since);
	if ((rc = kl_buf_check(&fields, err)) == KL_OK &&
	    (rc = kl_buf_check(&filter, err)) == KL_OK)
		rc = kl_list_walk(&walk, c, list, kl_buf_str(&fields),
		    *since != '\0' ? kl_buf_str(&filter) : NULL, err);
	kl_url_param(&walk.query, "sort", "-joined_group_at", 16);
	while (rc == KL_OK && enough > 0 &&
	    (rc = kl_pages_next(&walk, &data, err)) == KL_OK)
		kl_json_each (node, walk.answer.doc, data) {
			rc = kl_mirror_member(m, walk.answer.doc, node, &fate,
			    &who, err);
			if (rc == KL_OK && fate == KL_MEMBER_WANTED) {
				rc = each(ctx, &who, err);
				enough--;
			}
			if (rc != KL_OK || enough == 0)
				break;
		}
	kl_pages_free(&walk);
	kl_buf_free(&fields);
	kl_buf_free(&filter);
	return rc == KL_EOF ? KL_OK : rc;
}

/* --- joining and leaving ---------------------------------------------------
 */

enum kl_rc
kl_list_change(struct kl_client *c, enum kl_ep ep, const char *list,
    const struct kl_plan_person *p, size_t n, struct kl_answer *answer,
    struct kl_err *err)
{
	struct kl_call call = { .ep = kl_endpoint(ep), .id = list };
	struct kl_buf b = { 0 };
	enum kl_rc rc;
	size_t i;

	kl_buf_puts(&b, "{\"data\":[");
	for (i = 0; i < n; i++)
		kl_buf_printf(&b, "%s{\"type\":\"profile\",\"id\":\"%s\"}",
		    i > 0 ? "," : "", p[i].id);
	kl_buf_puts(&b, "]}");
	call.body = (struct kl_span){ b.s, b.n };
	if ((rc = kl_buf_check(&b, err)) == KL_OK)
		rc = kl_client_call(c, &call, answer, err);
	kl_buf_free(&b);
	return rc;
}
