/* SPDX-License-Identifier: MIT */
/* members.c - which fields of the members of a list to ask for. */

#include <string.h>

#include "kl/members.h"
#include "kl/near.h"
#include "kl/url.h"

/* fields[profile] of klaviyo/openapi; the two objects with many levels are
 * taken by their beginning. */
static const char *const fields_known[] = { "created", "email", "external_id",
	"first_name", "id", "image", "joined_group_at", "last_event_date",
	"last_name", "locale", "location", "location.address1",
	"location.address2", "location.city", "location.country", "location.ip",
	"location.latitude", "location.longitude", "location.region",
	"location.timezone", "location.zip", "organization", "phone_number",
	"predictive_analytics", "properties", "subscriptions", "title",
	"updated", NULL };
static const char *const fields_deep[] = { "subscriptions.",
	"predictive_analytics.", NULL };
static const char *const with_known[] = { "subscriptions",
	"predictive_analytics", NULL };

static bool
known(const char *const *names, struct kl_span s)
{
	for (; *names != NULL; names++)
		if (kl_span_is(s, *names))
			return true;
	return false;
}

static bool
deep(struct kl_span s)
{
	size_t i, n;

	for (i = 0; fields_deep[i] != NULL; i++) {
		n = strlen(fields_deep[i]);
		if (s.n > n && memcmp(s.s, fields_deep[i], n) == 0)
			return true;
	}
	return false;
}

/* Say which word is wrong, and what may have been meant. */
static enum kl_rc
unknown(const char *const *names, struct kl_span s, const char *what,
    struct kl_err *err)
{
	const char *near = kl_near(names, s.s, s.n);

	(void)kl_err_set(err, KL_EUSAGE, "%s: klaviyo offers no %.*s", what,
	    s.n > 100 ? 100 : (int)s.n, s.s);
	kl_err_code(err, "field_unknown");
	if (s.n > 11 && memcmp(s.s, "properties.", 11) == 0)
		kl_err_hint(err,
		    "ask for properties, and choose with kl-map "
		    "or kl-to-csv --columns");
	else if (near != NULL)
		kl_err_hint(err, "%s?", near);
	return KL_EUSAGE;
}

/* Check every word of a comma list. */
static enum kl_rc
check(const char *list, const char *const *names, bool any_depth,
    const char *what, struct kl_err *err)
{
	struct kl_span s;

	for (;; list += s.n + 1) {
		s = (struct kl_span){ list, strcspn(list, ",") };
		if (!known(names, s) && !(any_depth && deep(s)))
			return unknown(names, s, what, err);
		if (list[s.n] == '\0')
			return KL_OK;
	}
}

enum kl_rc
kl_members_walk(struct kl_pages *p, const char *fields, const char *with,
    struct kl_err *err)
{
	bool predicted;
	enum kl_rc rc;

	if (fields != NULL &&
	    (rc = check(fields, fields_known, true, "fields", err)) != KL_OK)
		return rc;
	if (with != NULL &&
	    (rc = check(with, with_known, false, "with", err)) != KL_OK)
		return rc;
	kl_url_param(&p->query, "page[size]", "100", 3);
	if (fields != NULL)
		kl_url_param(&p->query, "fields[profile]", fields,
		    strlen(fields));
	if (with != NULL)
		kl_url_param(&p->query, "additional-fields[profile]", with,
		    strlen(with));
	/* Predictions are computed: they have a stricter limit. */
	predicted = (with != NULL && strstr(with, "predictive") != NULL) ||
	    (fields != NULL && strstr(fields, "predictive") != NULL);
	p->ep =
	    kl_endpoint(predicted ? KL_EP_LIST_PREDICTED : KL_EP_LIST_PROFILES);
	return kl_buf_check(&p->query, err);
}
